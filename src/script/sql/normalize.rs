//! The text of a script as far as it matters to the database.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::split::split;
use super::statement::SourcePosition;
use super::token::Token;
use super::token::TokenKind;

/// The statements of `text`, each without comments and with every run of white space and comments
/// outside quotes folded to one space, and to none beside a parenthesis, a comma or a `;`: two
/// scripts with the same normalised text do the same. For digests only; it is never run.
///
/// Statements, because only they know which delimiter MySQL's client command `DELIMITER` has set.
/// MySQL's executable comments and optimizer hints stay, as they have an effect. Total: a text
/// that cannot be split is folded as a whole, and a construct that is never closed is kept as it
/// is, to the end.
pub fn normalize(text: &str, dialect: Dialect) -> String {
    match split(text, dialect, SourcePosition { line: 1, column: 1 }) {
        Ok(statements) => {
            let folded = statements.iter().map(|statement| fold(&statement.text, dialect));
            folded.collect::<Vec<_>>().join(";\n")
        }
        Err(_) => fold(text, dialect),
    }
}

fn fold(text: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut last: Option<Token> = None;
    for token in Lexer::new(text, dialect) {
        match token.kind {
            TokenKind::Whitespace | TokenKind::Comment => space = true,
            _ => {
                let parts = |token: &Token| parts_words(token, text);
                if space && last.is_some_and(|last| !parts(&last)) && !parts(&token) {
                    out.push(' ');
                }
                space = false;
                last = Some(token);
                out.push_str(token.text(text));
            }
        }
    }
    out
}

/// Whether a token stands for itself whatever is beside it, so that white space there means
/// nothing.
fn parts_words(token: &Token, text: &str) -> bool {
    !matches!(token.kind, TokenKind::String | TokenKind::QuotedIdentifier)
        && matches!(token.text(text), "(" | ")" | "," | ";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, text: &str, expected: &str) {
        assert_eq!(normalize(text, dialect), expected);
    }

    #[test]
    fn comments_and_white_space_fold_to_one_space() {
        for dialect in Dialect::ALL {
            check(dialect, "", "");
            check(dialect, " -- only\r\n", "");
            check(dialect, "  SELECT\r\n\t1 -- one\n ; ", "SELECT 1");
            check(dialect, "a/**/b", "a b");
            check(dialect, "SELECT ' a  -- b\n' /* x */, \"c  d\"", "SELECT ' a  -- b\n',\"c  d\"");
            check(
                dialect,
                "CREATE TABLE t (id INT /* pk */ , b INT) ;",
                "CREATE TABLE t(id INT,b INT)",
            );
        }
        check(
            Dialect::Postgresql,
            "/* a /* b */ */ DO $$ BEGIN  -- x\n$$",
            "DO $$ BEGIN  -- x\n$$",
        );
        check(Dialect::Sqlite, "SELECT [a  b] ,  1", "SELECT [a  b],1");
        check(Dialect::Mysql, "SELECT `a  b` # c\n, 'd\\'  e'", "SELECT `a  b`,'d\\'  e'");
    }

    #[test]
    fn what_mysql_reads_in_comments_stays() {
        check(
            Dialect::Mysql,
            "/*!50003  SET /* x */ a=1 */  ; SELECT /*+ H(t)  */ 1",
            "/*!50003 SET a=1 */;\nSELECT /*+ H(t)  */ 1",
        );
        check(Dialect::Sqlite, "/*!1 x */ a", "a");
    }

    #[test]
    fn a_delimiter_that_is_set_is_no_comment() {
        for delimiter in ["#", "--", "$$"] {
            let text = |of: &str| {
                format!(
                    "DELIMITER {delimiter}\nCREATE TABLE a (b INT){delimiter} {of}{delimiter}\nDELIMITER ;\n"
                )
            };
            let normalized = normalize(&text("CREATE TABLE c (d INT)"), Dialect::Mysql);
            assert_eq!(normalized, "CREATE TABLE a(b INT);\nCREATE TABLE c(d INT)", "{delimiter}");
            assert_ne!(normalized, normalize(&text("SELECT 1"), Dialect::Mysql));
        }
    }

    #[test]
    fn what_is_never_closed_is_kept() {
        for dialect in Dialect::ALL {
            check(dialect, "a  'b  ", "a 'b  ");
            check(dialect, "a  /* b  ", "a /* b  ");
        }
        check(Dialect::Postgresql, "a  $x$ b  ", "a $x$ b  ");
    }
}
