//! What a client program makes of a statement that is handed to it as text.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::token::TokenKind;

/// Whether a `;` stands in `statement` outside quotes and comments, as in the body of a routine.
/// MySQL's client ends the statement there, unless `DELIMITER` has told it otherwise.
pub fn holds_semicolon(statement: &str, dialect: Dialect) -> bool {
    Lexer::new(statement, dialect).any(|token| token.kind == TokenKind::Semicolon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_semicolon_that_a_client_sees_counts() {
        let holds = |text| holds_semicolon(text, Dialect::Mysql);
        assert!(holds("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @x = 1; END"));
        assert!(!holds("INSERT INTO a VALUES (';') -- ;"));
    }
}
