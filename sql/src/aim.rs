//! What a statement is to bring about in the catalog, whether or not it had to: for checking that
//! a database is as a script would leave it.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::effect::Effect;
use super::lexer::Lexer;
use super::probe::leaves_behind;
use super::statement::Statement;
use super::token::TokenKind;

/// What there is, or is no more, once `statement` has run, also where it is worded so as to run
/// again without harm (`CREATE TABLE IF NOT EXISTS`, `CREATE OR REPLACE VIEW`).
pub fn aim(statement: &Statement, dialect: Dialect) -> Effect {
    let text = unguarded(&statement.text, dialect);
    leaves_behind(&Statement { text, position: statement.position }, dialect)
}

/// The names in a statement that changes or removes what is there, in lower case: what is known of
/// such names is not to be relied on where the statement is not understood.
pub fn names_changed(statement: &Statement, dialect: Dialect) -> Vec<String> {
    let mut cursor = Cursor::new(&statement.text, dialect);
    if !cursor.at_any(&["ALTER", "DROP", "RENAME", "DO", "CALL", "EXECUTE"]) {
        return Vec::new();
    }
    let mut names = Vec::new();
    while !cursor.at_end() {
        match cursor.name() {
            Some(name) => names.push(name.to_lowercase()),
            None => drop(cursor.next()),
        }
    }
    names
}

const GUARDS: [&[&str]; 3] = [&["OR", "REPLACE"], &["IF", "NOT", "EXISTS"], &["IF", "EXISTS"]];

/// `text` without the guards that stand before its first parenthesis.
fn unguarded(text: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len());
    let tokens: Vec<_> = Lexer::new(text, dialect).collect();
    let is_word = |at: usize, word: &str| {
        tokens.get(at).is_some_and(|token| token.text(text).eq_ignore_ascii_case(word))
    };
    // Where each word of the guard stands, with nothing but white space between.
    let guard_at = |at: usize, guard: &[&str]| {
        let mut end = at;
        for word in guard {
            while tokens.get(end).is_some_and(|token| token.kind.is_trivia()) {
                end += 1;
            }
            if !is_word(end, word) {
                return None;
            }
            end += 1;
        }
        Some(end)
    };
    let mut at = 0;
    let mut in_head = true;
    while let Some(token) = tokens.get(at) {
        in_head &= !matches!(token.kind, TokenKind::Punctuation(b'('));
        let guard = match in_head && !token.kind.is_trivia() {
            true => GUARDS.iter().find_map(|guard| guard_at(at, guard)),
            false => None,
        };
        match guard {
            Some(end) => at = end,
            None => {
                out.push_str(token.text(text));
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::effect::ObjectKind;
    use super::super::statement::SourcePosition;
    use super::*;

    fn statement(text: &str) -> Statement {
        Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
    }

    #[test]
    fn a_guard_changes_nothing_about_the_aim() {
        for (text, kind, name) in [
            ("CREATE TABLE IF NOT EXISTS t (id int DEFAULT 1)", ObjectKind::Table, "t"),
            ("create table if /* so */ not\nexists t (x int)", ObjectKind::Table, "t"),
            ("CREATE OR REPLACE VIEW v AS SELECT 1", ObjectKind::View, "v"),
            ("CREATE INDEX IF NOT EXISTS i ON t (a)", ObjectKind::Index, "i"),
            ("ALTER TABLE t ADD COLUMN IF NOT EXISTS c int", ObjectKind::Column, "c"),
        ] {
            let Effect::Creates(object) = aim(&statement(text), Dialect::Postgresql) else {
                panic!("{text}");
            };
            assert_eq!((object.kind, object.name.as_str()), (kind, name), "{text}");
        }
        let dropped = aim(&statement("DROP TABLE IF EXISTS t"), Dialect::Sqlite);
        assert!(matches!(dropped, Effect::Drops(object) if object.name == "t"));
        for text in
            ["INSERT INTO t VALUES (1)", "CREATE TABLE t AS SELECT 1", "GRANT ALL ON t TO x"]
        {
            let aim = aim(&statement(text), Dialect::Postgresql);
            assert!(matches!(aim, Effect::Unknown | Effect::Repeatable), "{text}: {aim:?}");
        }
    }

    #[test]
    fn names_of_what_is_changed_are_found_however_they_are_written() {
        let names = |text| names_changed(&statement(text), Dialect::Postgresql);
        assert_eq!(
            names("ALTER TABLE Old RENAME TO \"New\""),
            ["alter", "table", "old", "rename", "to", "new"]
        );
        assert_eq!(names("INSERT INTO t VALUES (1)"), Vec::<String>::new());
    }
}
