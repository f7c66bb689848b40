//! Tabs, as Alembic's `--sql` prints them.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::token::TokenKind;

/// `text` with four blanks in place of each tab between tokens or in a comment, as Alembic's
/// `--sql` prints it (section 4.5 of its reference). A tab in a string or a quoted name is data and
/// stays, where Alembic changes that too.
pub fn with_blanks_for_tabs(text: &str, dialect: Dialect) -> String {
    let mut printed = String::with_capacity(text.len());
    for token in Lexer::new(text, dialect) {
        let token_text = token.text(text);
        match token.kind {
            TokenKind::Whitespace | TokenKind::Comment => {
                printed.push_str(&token_text.replace('\t', "    "));
            }
            _ => printed.push_str(token_text),
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_between_tokens_are_blanks() {
        let text = "CREATE TABLE t (\n\tid INTEGER --\tkey\n)";
        assert_eq!(
            with_blanks_for_tabs(text, Dialect::Postgresql),
            "CREATE TABLE t (\n    id INTEGER --    key\n)"
        );
    }

    #[test]
    fn tabs_that_are_data_stay() {
        for (text, dialect) in [
            ("SELECT 'a\tb', E'\\'\t', \"c\td\"", Dialect::Postgresql),
            ("CREATE FUNCTION f() AS $x$\n\tSELECT 1\n$x$", Dialect::Postgresql),
            ("SELECT 'it\\'s\t', \"\t\", `\t`", Dialect::Mysql),
            ("SELECT 'it''s\t', [a\tb], `\t`", Dialect::Sqlite),
        ] {
            assert_eq!(with_blanks_for_tabs(text, dialect), text);
        }
    }
}
