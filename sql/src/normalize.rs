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
/// Executable comments and optimizer hints stay, as they have an effect (on PostgreSQL with
/// `pg_hint_plan`). Total: a text that cannot be split is folded as a whole, and a construct that
/// is never closed is kept as it is, to the end.
///
/// Two scripts with the same normalised text have the same tokens, and so the same effect, but for
/// what the white space between two tokens says: a line break between two strings of PostgreSQL
/// makes them one, and is kept; so is white space, or its absence, behind a function of MySQL that
/// must not be parted from its parenthesis.
pub fn normalize(text: &str, dialect: Dialect) -> String {
    match split(text, dialect, SourcePosition { line: 1, column: 1 }) {
        Ok(statements) => {
            let folded = statements.iter().map(|statement| fold(&statement.text, dialect));
            folded.collect::<Vec<_>>().join(";\n")
        }
        Err(_) => fold(text, dialect),
    }
}

/// The same of one statement.
pub(super) fn fold(text: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = Gap::None;
    let mut last: Option<Token> = None;
    for token in Lexer::new(text, dialect) {
        if token.kind.is_trivia() {
            gap = gap.with(token, text);
            continue;
        }
        if gap != Gap::None && is_before_comment(&out, dialect) {
            out.push_str("/**/");
        } else if let Some(last) = last {
            out.push_str(between(&last, gap, &token, text, dialect));
        }
        gap = Gap::None;
        last = Some(token);
        out.push_str(token.text(text));
    }
    if gap != Gap::None && is_before_comment(&out, dialect) {
        out.push_str("/**/");
    }
    out
}

/// Whether white space behind `text` would make a comment of its end: two minus signs of MySQL.
fn is_before_comment(text: &str, dialect: Dialect) -> bool {
    dialect == Dialect::Mysql && text.ends_with("--")
}

/// What stands between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    /// White space and comments.
    Space,
    /// White space with a line break, and no block comment.
    Lines,
    /// A block comment among it.
    Block,
}

impl Gap {
    fn with(self, token: Token, source: &str) -> Gap {
        let text = token.text(source);
        let is_block = token.kind == TokenKind::Comment && text.starts_with("/*");
        match self {
            Gap::Block => Gap::Block,
            _ if is_block => Gap::Block,
            Gap::Lines => Gap::Lines,
            _ if token.kind == TokenKind::Whitespace && text.contains(['\n', '\r']) => Gap::Lines,
            Gap::None | Gap::Space => Gap::Space,
        }
    }
}

/// What is left of the gap between `last` and `token`.
fn between(last: &Token, gap: Gap, token: &Token, source: &str, dialect: Dialect) -> &'static str {
    if gap == Gap::None {
        return "";
    }
    // PostgreSQL's manual, 4.1.2.1: two strings with a line break between are one, without it they
    // are a mistake.
    let are_strings = last.kind == TokenKind::String && token.kind == TokenKind::String;
    if dialect == Dialect::Postgresql && are_strings {
        return if gap == Gap::Lines { "\n" } else { " " };
    }
    let is_call = token.kind == TokenKind::Punctuation(b'(')
        && last.kind == TokenKind::Word
        && dialect == Dialect::Mysql
        && UNPARTED.iter().any(|name| last.text(source).eq_ignore_ascii_case(name));
    let means_nothing = parts_words(last) || parts_words(token);
    if means_nothing && !is_call { "" } else { " " }
}

/// MySQL takes these for functions only where nothing stands before the parenthesis (its manual,
/// 9.2.5 "Function Name Parsing and Resolution").
const UNPARTED: [&str; 32] = [
    "ADDDATE",
    "BIT_AND",
    "BIT_OR",
    "BIT_XOR",
    "CAST",
    "COUNT",
    "CURDATE",
    "CURTIME",
    "DATE_ADD",
    "DATE_SUB",
    "EXTRACT",
    "GROUP_CONCAT",
    "MAX",
    "MID",
    "MIN",
    "NOW",
    "POSITION",
    "SESSION_USER",
    "STD",
    "STDDEV",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "SUBDATE",
    "SUBSTR",
    "SUBSTRING",
    "SUM",
    "SYSDATE",
    "SYSTEM_USER",
    "TRIM",
    "VARIANCE",
    "VAR_POP",
    "VAR_SAMP",
];

/// Whether a token stands for itself whatever is beside it, so that white space there means
/// nothing.
fn parts_words(token: &Token) -> bool {
    let kinds = [b'(', b')', b','].map(TokenKind::Punctuation);
    token.kind == TokenKind::Semicolon || kinds.contains(&token.kind)
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
    fn what_white_space_says_stays() {
        // One string, and a mistake.
        check(Dialect::Postgresql, "SELECT 'a' -- x\n  'b'", "SELECT 'a'\n'b'");
        check(Dialect::Postgresql, "SELECT 'a'   'b'", "SELECT 'a' 'b'");
        check(Dialect::Postgresql, "SELECT 'a'\n/* x */ 'b'", "SELECT 'a' 'b'");
        check(Dialect::Mysql, "SELECT 'a'\n'b'", "SELECT 'a' 'b'");
        // A function, and a column or a stored function.
        check(Dialect::Mysql, "SELECT count(a), Count (a)", "SELECT count(a),Count (a)");
        check(Dialect::Sqlite, "SELECT count (a)", "SELECT count(a)");
        // Minus minus one.
        check(Dialect::Mysql, "SELECT 1--/* x */1", "SELECT 1--/**/1");
    }

    #[test]
    fn hints_count_where_they_are_read() {
        for dialect in [Dialect::Postgresql, Dialect::Mysql] {
            check(dialect, "/*+ H(t) */  SELECT 1", "/*+ H(t) */ SELECT 1");
            check(dialect, "SELECT 1; /*+ no statement */", "SELECT 1");
        }
        check(Dialect::Sqlite, "/*+ H(t) */ SELECT /*+ x */ 1", "SELECT 1");
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
