//! The names behind RETURNING.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::token::Token;
use super::token::TokenKind;

/// An item of the list of a RETURNING.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    /// A column of this name.
    Name(String),
    /// Every column of the table that is changed, as its name stands in the text.
    All(String),
}

/// The list of the RETURNING of an INSERT, UPDATE, DELETE or MERGE, as far as the names can be
/// told: an expression without an alias is called `?column?`, as PostgreSQL does with most. `None`
/// for a statement without one.
pub fn returned(text: &str, dialect: Dialect) -> Option<Vec<Returned>> {
    let mut cursor = Cursor::new(text, dialect);
    if cursor.at("WITH") {
        skip_with(&mut cursor)?;
    }
    let is_delete = cursor.at("DELETE");
    if !cursor.take_any(&["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"]) {
        return None;
    }
    let table = table_name(cursor.clone(), is_delete);
    let mut depth = 0_usize;
    loop {
        let token = cursor.next()?;
        match token.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            _ if depth == 0 && cursor.is_word(token, "RETURNING") => break,
            _ => {}
        }
    }
    let mut items = vec![Vec::new()];
    while let Some(token) = cursor.next() {
        match token.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            TokenKind::Punctuation(b',') if depth == 0 => {
                items.push(Vec::new());
                continue;
            }
            TokenKind::Semicolon => break,
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(token);
        }
    }
    Some(items.iter().map(|item| one(text, dialect, item, table.as_deref())).collect())
}

fn skip_with(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut depth = 0_usize;
    loop {
        let words = ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "SELECT", "VALUES"];
        if depth == 0 && cursor.at_any(&words) {
            return Some(());
        }
        match cursor.next()?.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// The table that is changed, as it is written.
fn table_name(mut cursor: Cursor<'_>, is_delete: bool) -> Option<String> {
    if is_delete {
        cursor.take(&["FROM"]);
    } else if cursor.at("OR") {
        cursor.next();
        cursor.next();
    }
    cursor.take(&["INTO"]);
    cursor.take(&["ONLY"]);
    let mut name = String::new();
    loop {
        let token = cursor.next()?;
        if !matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier) {
            return None;
        }
        name.push_str(cursor.text_of(token));
        if !cursor.take_mark(b'.') {
            return Some(name);
        }
        name.push('.');
    }
}

fn one(text: &str, dialect: Dialect, item: &[Token], table: Option<&str>) -> Returned {
    let unknown = || Returned::Name("?column?".to_owned());
    let name = |token: Token| {
        let mut cursor = Cursor::new(token.text(text), dialect);
        cursor.name().unwrap_or_else(|| token.text(text).to_owned())
    };
    let is_name =
        |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
    let is_dot = |token: &Token| token.kind == TokenKind::Punctuation(b'.');
    match item {
        [.., last] if last.kind == TokenKind::Punctuation(b'*') => match (item.len(), table) {
            (1, Some(table)) => Returned::All(table.to_owned()),
            (_, Some(table)) if item.iter().rev().nth(1).is_some_and(is_dot) => {
                Returned::All(table.to_owned())
            }
            _ => unknown(),
        },
        // A plain column, or an alias.
        [only] if is_name(only) => Returned::Name(name(*only)),
        [.., before, last] if is_name(last) => {
            let is_alias = is_dot(before)
                || before.text(text).eq_ignore_ascii_case("as")
                || is_name(before)
                || matches!(
                    before.kind,
                    TokenKind::Punctuation(b')') | TokenKind::Number | TokenKind::String
                );
            if is_alias { Returned::Name(name(*last)) } else { unknown() }
        }
        // A function is called by its name.
        [first, second, .., last]
            if first.kind == TokenKind::Word
                && second.kind == TokenKind::Punctuation(b'(')
                && last.kind == TokenKind::Punctuation(b')') =>
        {
            Returned::Name(name(*first))
        }
        _ => unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_list() {
        let name = |name: &str| Returned::Name(name.to_owned());
        let all = |table: &str| Returned::All(table.to_owned());
        for (text, expected) in [
            (
                "INSERT INTO t (a) SELECT 1 WHERE false RETURNING id, t.a AS b, A",
                vec![name("id"), name("b"), name("a")],
            ),
            ("DELETE FROM ONLY \"T\".x RETURNING *", vec![all("\"T\".x")]),
            (
                "UPDATE t AS u SET a = 1 RETURNING u.*, \"U\".\"Name\", lower(a), a + 1",
                vec![all("t"), name("Name"), name("lower"), name("?column?")],
            ),
            ("WITH q AS (SELECT 1) INSERT INTO t SELECT * FROM q RETURNING id x;", vec![name("x")]),
        ] {
            assert_eq!(returned(text, Dialect::Postgresql), Some(expected), "{text}");
        }
        assert_eq!(returned("SELECT 1 AS returning", Dialect::Postgresql), None);
        assert_eq!(returned("DELETE FROM t", Dialect::Sqlite), None);
    }
}
