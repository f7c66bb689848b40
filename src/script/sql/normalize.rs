//! The text of a script as far as it matters to the database.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::token::TokenKind;

/// `text` without comments and with every run of white space and comments outside quotes folded
/// to one space: two scripts with the same normalised text do the same. For digests only; it is
/// never run.
///
/// MySQL's executable comments and optimizer hints stay, as they have an effect. Total: a
/// construct that is never closed is kept as it is, to the end.
pub fn normalize(text: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for token in Lexer::new(text, dialect) {
        match token.kind {
            TokenKind::Whitespace | TokenKind::Comment => space = true,
            _ => {
                if space && !out.is_empty() {
                    out.push(' ');
                }
                space = false;
                out.push_str(token.text(text));
            }
        }
    }
    out
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
            check(dialect, "  SELECT\r\n\t1 -- one\n ; ", "SELECT 1 ;");
            check(dialect, "a/**/b", "a b");
            check(
                dialect,
                "SELECT ' a  -- b\n' /* x */, \"c  d\"",
                "SELECT ' a  -- b\n' , \"c  d\"",
            );
        }
        check(
            Dialect::Postgresql,
            "/* a /* b */ */ DO $$ BEGIN  -- x\n$$",
            "DO $$ BEGIN  -- x\n$$",
        );
        check(Dialect::Sqlite, "SELECT [a  b] ,  1", "SELECT [a  b] , 1");
        check(Dialect::Mysql, "SELECT `a  b` # c\n, 'd\\'  e'", "SELECT `a  b` , 'd\\'  e'");
    }

    #[test]
    fn what_mysql_reads_in_comments_stays() {
        check(
            Dialect::Mysql,
            "/*!50003  SET /* x */ a=1 */  ; SELECT /*+ H(t)  */ 1",
            "/*!50003 SET a=1 */ ; SELECT /*+ H(t)  */ 1",
        );
        check(Dialect::Sqlite, "/*!1 x */ a", "a");
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
