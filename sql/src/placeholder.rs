//! The places of parameters in a statement.

use limbeck_schema::Dialect;

use super::lexer::Lexer;
use super::token::Construct;
use super::token::Token;
use super::token::TokenKind;

/// A place that a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// Byte offset of its first byte.
    pub start: usize,
    /// Byte offset behind its last byte.
    pub end: usize,
    /// Whose place it is.
    pub kind: PlaceholderKind<'a>,
}

/// Which parameter a placeholder stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderKind<'a> {
    /// The one after the last: `?`.
    Next,
    /// The one with this number, from 1: `$1` of PostgreSQL, `?1` of SQLite.
    Number(usize),
    /// The one of this name, with its mark: `:a`, `@a` and `$a` of SQLite.
    Name(&'a str),
}

/// The placeholders of `text` in order, outside of literals, quoted names and comments.
pub fn placeholders(text: &str, dialect: Dialect) -> Vec<Placeholder<'_>> {
    let mut tokens = Lexer::new(text, dialect).peekable();
    let mut found = Vec::new();
    while let Some(token) = tokens.next() {
        let TokenKind::Punctuation(mark) = token.kind else { continue };
        let behind = tokens.peek().copied();
        if let Some(placeholder) = placeholder(text, dialect, mark, token, behind) {
            if placeholder.end > token.end {
                tokens.next();
            }
            found.push(placeholder);
        }
    }
    found
}

/// Whether a plain literal of PostgreSQL holds a backslash: with `standard_conforming_strings` off
/// it may end elsewhere, and so may everything behind it.
pub fn holds_plain_backslash(text: &str) -> bool {
    Lexer::new(text, Dialect::Postgresql).any(|token| {
        let text = token.text(text);
        let is_string =
            matches!(token.kind, TokenKind::String | TokenKind::Unterminated(Construct::String));
        is_string && text.starts_with('\'') && text.contains('\\')
    })
}

fn placeholder(
    text: &str,
    dialect: Dialect,
    mark: u8,
    token: Token,
    behind: Option<Token>,
) -> Option<Placeholder<'_>> {
    let number = behind.filter(|next| next.kind == TokenKind::Number);
    let word = behind.filter(|next| next.kind == TokenKind::Word);
    let (kind, end) = match (mark, dialect) {
        (b'$', Dialect::Postgresql) => {
            let number = number?;
            // A number that is beyond all parameters is one of none.
            let value = number.text(text).parse().unwrap_or(usize::MAX);
            (PlaceholderKind::Number(value), number.end)
        }
        (b'?', Dialect::Mysql) => (PlaceholderKind::Next, token.end),
        (b'?', Dialect::Sqlite) => match number {
            Some(number) => {
                let value = number.text(text).parse().unwrap_or(usize::MAX);
                (PlaceholderKind::Number(value), number.end)
            }
            None => (PlaceholderKind::Next, token.end),
        },
        (b':' | b'@' | b'$', Dialect::Sqlite) => {
            let name = word.or(number)?;
            let text = text.get(token.start..name.end)?;
            (PlaceholderKind::Name(text), name.end)
        }
        _ => return None,
    };
    Some(Placeholder { start: token.start, end, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, dialect: Dialect) -> Vec<PlaceholderKind<'_>> {
        placeholders(text, dialect).into_iter().map(|placeholder| placeholder.kind).collect()
    }

    #[test]
    fn placeholders_stand_outside_of_everything_else() {
        use PlaceholderKind::{Name, Next, Number};
        let text = "SELECT $1, '$2', \"$3\", $a$ $4 $a$, E'\\'$5', a$6, $12::int -- $7\n/* $8 */";
        assert_eq!(kinds(text, Dialect::Postgresql), [Number(1), Number(12)]);
        let text = "SELECT ?, '?', \"?\", `?`, '\\'?' # ?\n, ?/* ? */";
        assert_eq!(kinds(text, Dialect::Mysql), [Next, Next]);
        let text = "SELECT ?, '?', \"?\", [?], ?2, :a, @b, $c -- ?";
        let expected = [Next, Number(2), Name(":a"), Name("@b"), Name("$c")];
        assert_eq!(kinds(text, Dialect::Sqlite), expected);
        let text = "SELECT $1";
        let found = placeholders(text, Dialect::Postgresql);
        assert_eq!((found[0].start, found[0].end), (7, 9));
        assert!(kinds("SELECT 'a'::text, a ? 'b'", Dialect::Postgresql).is_empty());
    }
}
