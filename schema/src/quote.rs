//! Identifiers and literals as each dialect writes them.

use crate::Dialect;

/// `name` as a quoted identifier of `dialect`; safe for any text.
pub fn quote_identifier(dialect: Dialect, name: &str) -> String {
    let quote = match dialect {
        Dialect::Sqlite | Dialect::Postgresql => '"',
        Dialect::Mysql => '`',
    };
    enclose(name, quote)
}

/// `text` as a string literal of `dialect`; safe for any text in the dialect's default mode
/// (`standard_conforming_strings` on PostgreSQL; backslash escapes on MySQL).
pub fn quote_literal(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Sqlite | Dialect::Postgresql => enclose(text, '\''),
        Dialect::Mysql => enclose(&text.replace('\\', "\\\\"), '\''),
    }
}

fn enclose(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        if c == quote {
            out.push(quote);
        }
        out.push(c);
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(quote_identifier(Dialect::Postgresql, r#"a"b"#), r#""a""b""#);
        assert_eq!(quote_identifier(Dialect::Mysql, "a`b"), "`a``b`");
        assert_eq!(quote_literal(Dialect::Sqlite, "it's"), "'it''s'");
    }

    #[test]
    fn mysql_reads_backslashes_as_escapes() {
        assert_eq!(quote_literal(Dialect::Mysql, r"a\'"), r"'a\\'''");
        assert_eq!(quote_literal(Dialect::Postgresql, r"a\"), r"'a\'");
    }
}
