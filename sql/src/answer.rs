//! What a statement answers: rows, words, or nothing but a count.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::statement::Statement;
use super::token::TokenKind;

/// What a statement answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Rows. `at` is the byte offset where its main part begins: behind the list of a `WITH`,
    /// and 0 without one.
    Rows {
        /// The offset.
        at: usize,
    },
    /// Rows that only the statement as it stands gives: `SHOW`, `EXPLAIN`, `CALL`, `PRAGMA`.
    Words,
    /// A number of rows that it has changed, at most.
    Count,
}

/// Statements that change rows.
const CHANGES: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"];

/// Statements that answer rows.
const QUERIES: [&str; 3] = ["SELECT", "VALUES", "TABLE"];

/// What `statement` answers, as far as its words tell.
pub fn answer(statement: &Statement, dialect: Dialect) -> Answer {
    let mut cursor = Cursor::new(&statement.text, dialect);
    let words: &[&str] = match dialect {
        Dialect::Postgresql => &["SHOW", "EXPLAIN", "FETCH", "CALL", "EXECUTE"],
        Dialect::Sqlite => &["EXPLAIN", "PRAGMA"],
        Dialect::Mysql => &[
            "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "CALL", "EXECUTE", "CHECK", "ANALYZE",
            "OPTIMIZE",
        ],
    };
    if cursor.at_any(words) {
        return Answer::Words;
    }
    let mut at = 0;
    if cursor.at("WITH") {
        let Some(main) = main_part(&mut cursor) else { return Answer::Count };
        at = main;
    } else if cursor.clone().take_mark(b'(') {
        return Answer::Rows { at };
    }
    let is_change = cursor.at_any(&CHANGES);
    if !is_change && !cursor.at_any(&QUERIES) {
        return Answer::Count;
    }
    // `SELECT INTO` of PostgreSQL makes a table.
    let makes = dialect == Dialect::Postgresql && !is_change && has_word(cursor.clone(), "INTO");
    match makes || (is_change && !has_word(cursor, "RETURNING")) {
        true => Answer::Count,
        false => Answer::Rows { at },
    }
}

/// Moves to the statement behind the list of a `WITH`, and tells where it begins.
fn main_part(cursor: &mut Cursor<'_>) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        let begins = depth == 0 && (cursor.at_any(&CHANGES) || cursor.at_any(&QUERIES));
        if begins {
            let token = cursor.clone().next()?;
            return Some(token.start);
        }
        match cursor.next()?.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// Whether `word` stands outside of parentheses.
fn has_word(mut cursor: Cursor<'_>, word: &str) -> bool {
    let mut depth = 0_usize;
    while let Some(token) = cursor.next() {
        match token.kind {
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => depth = depth.saturating_sub(1),
            _ if depth == 0 && cursor.is_word(token, word) => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;

    #[test]
    fn rows_are_told_from_counts() {
        use Dialect::{Mysql, Postgresql, Sqlite};
        let rows = Answer::Rows { at: 0 };
        for (text, dialect, expected) in [
            ("select 1", Postgresql, rows),
            ("(SELECT 1) UNION (SELECT 2)", Postgresql, rows),
            ("VALUES (1)", Sqlite, rows),
            ("SELECT * INTO t2 FROM t", Postgresql, Answer::Count),
            ("SELECT extract(epoch FROM now())", Postgresql, rows),
            ("INSERT INTO t SELECT 1", Postgresql, Answer::Count),
            ("INSERT INTO t SELECT 1 RETURNING id", Postgresql, rows),
            ("DELETE FROM t WHERE a = 'RETURNING'", Sqlite, Answer::Count),
            (
                "WITH a AS (SELECT 1), b AS (DELETE FROM t RETURNING id) SELECT * FROM a",
                Postgresql,
                Answer::Rows { at: 56 },
            ),
            ("WITH a AS (SELECT 1) DELETE FROM t", Postgresql, Answer::Count),
            ("EXPLAIN SELECT 1", Postgresql, Answer::Words),
            ("PRAGMA table_info(t)", Sqlite, Answer::Words),
            ("SHOW TABLES", Mysql, Answer::Words),
            ("CREATE TABLE t (a int)", Mysql, Answer::Count),
            ("REFRESH MATERIALIZED VIEW v", Postgresql, Answer::Count),
        ] {
            let position = SourcePosition { line: 1, column: 1 };
            let statement = Statement { text: text.to_owned(), position };
            assert_eq!(answer(&statement, dialect), expected, "{text}");
        }
    }
}
