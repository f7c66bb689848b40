//! What a statement leaves behind in its session: settings and temporary objects, which end with
//! the connection.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::statement::Statement;

/// What a statement leaves behind in its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEffect {
    /// Nothing that this module knows.
    None,
    /// A setting, an attached database, a prepared statement: what follows may rely on it, and it
    /// can be made again.
    Setting,
    /// A savepoint, which outside a transaction opens one.
    Savepoint,
    /// A temporary object, whose rows cannot be made again.
    Temporary,
    /// Locks that keep this session from other tables, or everybody from writing (MySQL).
    TableLocks,
}

/// What `statement` leaves behind in its session. A script that is continued in another session
/// needs its settings again ("SET", "PRAGMA Statements" and the like in the manuals).
pub fn session_effect(statement: &Statement, dialect: Dialect) -> SessionEffect {
    let mut cursor = Cursor::new(&statement.text, dialect);
    if cursor.take(&["CREATE"]) {
        cursor.take(&["OR", "REPLACE"]);
        cursor.take_any(&["GLOBAL", "LOCAL"]);
        let is_temporary =
            cursor.at_any(&["TEMP", "TEMPORARY"]) || is_within_temporary(cursor, dialect);
        return if is_temporary { SessionEffect::Temporary } else { SessionEffect::None };
    }
    if dialect == Dialect::Postgresql && selects_into_temporary(cursor.clone()) {
        return SessionEffect::Temporary;
    }
    if cursor.at_any(&["SAVEPOINT", "RELEASE"]) {
        return SessionEffect::Savepoint;
    }
    if dialect == Dialect::Mysql && locks_tables(cursor.clone()) {
        return SessionEffect::TableLocks;
    }
    let is_setting = if cursor.take(&["SET"]) {
        // MariaDB's `SET STATEMENT ... FOR statement` runs the statement.
        dialect != Dialect::Mysql || !cursor.at("STATEMENT")
    } else if cursor.take(&["SELECT"]) {
        dialect == Dialect::Postgresql
            && cursor.qualified_name().is_some_and(|name| name.name == "set_config")
    } else {
        let words: &[&str] = match dialect {
            Dialect::Sqlite => &["PRAGMA", "ATTACH", "DETACH"],
            Dialect::Postgresql => {
                &["RESET", "DISCARD", "PREPARE", "DEALLOCATE", "LISTEN", "UNLISTEN", "LOAD"]
            }
            Dialect::Mysql => &["USE", "PREPARE", "DEALLOCATE"],
        };
        cursor.at_any(words)
    };
    if is_setting { SessionEffect::Setting } else { SessionEffect::None }
}

/// Whether what is created is in the schema of the temporary objects (PostgreSQL's manual, 19.11.1
/// "search_path"; SQLite's, "Database Object Name Resolution").
fn is_within_temporary(mut cursor: Cursor<'_>, dialect: Dialect) -> bool {
    if dialect == Dialect::Mysql {
        return false;
    }
    // Behind these, others are named.
    while !cursor.at_end()
        && !cursor.at_any(&["AS", "BEGIN", "USING"])
        && !cursor.clone().take_mark(b'(')
    {
        if schema(cursor.clone()).is_some_and(|schema| is_temporary_schema(&schema, dialect)) {
            return true;
        }
        cursor.next();
    }
    false
}

fn is_temporary_schema(schema: &str, dialect: Dialect) -> bool {
    match dialect {
        Dialect::Mysql => false,
        Dialect::Postgresql => schema == "pg_temp" || schema.starts_with("pg_temp_"),
        Dialect::Sqlite => schema.eq_ignore_ascii_case("temp"),
    }
}

/// The schema before the name that comes next.
fn schema(mut cursor: Cursor<'_>) -> Option<String> {
    let schema = cursor.name()?;
    cursor.take_mark(b'.').then_some(schema)
}

/// Whether a query of PostgreSQL makes a temporary table of its rows ("SELECT INTO").
fn selects_into_temporary(mut cursor: Cursor<'_>) -> bool {
    if !cursor.at_any(&["SELECT", "WITH"]) && !cursor.clone().take_mark(b'(') {
        return false;
    }
    // An `INSERT` in a `WITH` names a table that there is.
    let mut is_insert = false;
    while let Some(token) = cursor.next() {
        if !is_insert && cursor.is_word(token, "INTO") {
            let mut into = cursor.clone();
            into.take_any(&["GLOBAL", "LOCAL"]);
            return into.at_any(&["TEMP", "TEMPORARY"])
                || schema(into)
                    .is_some_and(|schema| is_temporary_schema(&schema, Dialect::Postgresql));
        }
        is_insert = cursor.is_word(token, "INSERT") || cursor.is_word(token, "MERGE");
    }
    false
}

/// Whether a statement of MySQL locks tables until it is told otherwise (its manual, 15.3.6 and
/// 15.7.8.3).
fn locks_tables(mut cursor: Cursor<'_>) -> bool {
    if cursor.take(&["LOCK"]) {
        return cursor.at_any(&["TABLE", "TABLES", "INSTANCE"]);
    }
    if !cursor.take(&["FLUSH"]) {
        return false;
    }
    cursor.take_any(&["LOCAL", "NO_WRITE_TO_BINLOG"]);
    cursor.take_any(&["TABLE", "TABLES"])
        && (cursor.clone().skip_behind("READ") || cursor.skip_behind("EXPORT"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;

    fn effect(text: &str, dialect: Dialect) -> SessionEffect {
        let position = SourcePosition { line: 1, column: 1 };
        session_effect(&Statement { text: text.to_owned(), position }, dialect)
    }

    #[test]
    fn settings_and_temporary_objects_are_told_from_the_rest() {
        use Dialect::{Mysql, Postgresql, Sqlite};
        for (text, dialect, expected) in [
            ("set search_path = s", Postgresql, SessionEffect::Setting),
            ("/* x */ RESET ALL", Postgresql, SessionEffect::Setting),
            ("SELECT pg_catalog.set_config('a', 'b', false)", Postgresql, SessionEffect::Setting),
            ("SELECT 1", Postgresql, SessionEffect::None),
            ("PRAGMA foreign_keys = ON", Sqlite, SessionEffect::Setting),
            ("savepoint a", Sqlite, SessionEffect::Savepoint),
            ("ATTACH 'x.db' AS x", Sqlite, SessionEffect::Setting),
            ("CREATE TEMP TABLE t (a)", Sqlite, SessionEffect::Temporary),
            ("create local temporary table t (a int)", Postgresql, SessionEffect::Temporary),
            ("CREATE TABLE temp (a)", Sqlite, SessionEffect::None),
            ("CREATE TABLE IF NOT EXISTS Temp.v (x)", Sqlite, SessionEffect::Temporary),
            ("CREATE VIEW \"temp\".v AS SELECT 1", Sqlite, SessionEffect::Temporary),
            (
                "CREATE TRIGGER temp.g AFTER INSERT ON t BEGIN SELECT 1; END",
                Sqlite,
                SessionEffect::Temporary,
            ),
            ("CREATE VIEW v AS SELECT temp.a FROM temp", Sqlite, SessionEffect::None),
            ("CREATE TABLE t (a CHECK (temp.a))", Sqlite, SessionEffect::None),
            ("CREATE TABLE temp.v (x INT)", Postgresql, SessionEffect::None),
            ("CREATE TABLE temp.v (x INT)", Mysql, SessionEffect::None),
            ("CREATE UNLOGGED TABLE PG_TEMP.n1 (x int)", Postgresql, SessionEffect::Temporary),
            (
                "CREATE OR REPLACE FUNCTION pg_temp.f() RETURNS int AS ''",
                Postgresql,
                SessionEffect::Temporary,
            ),
            ("CREATE TABLE n AS SELECT * FROM pg_temp.n1", Postgresql, SessionEffect::None),
            ("SELECT 1 AS x INTO TEMP tt", Postgresql, SessionEffect::Temporary),
            (
                "WITH a AS (SELECT 1) SELECT * into local temporary table tt FROM a",
                Postgresql,
                SessionEffect::Temporary,
            ),
            ("(SELECT 1 INTO pg_temp.tt)", Postgresql, SessionEffect::Temporary),
            ("SELECT 1 INTO tt", Postgresql, SessionEffect::None),
            (
                "WITH a AS (INSERT INTO temp SELECT 1 RETURNING x) SELECT * FROM a",
                Postgresql,
                SessionEffect::None,
            ),
            (
                "WITH a AS (INSERT INTO temp SELECT 1 RETURNING x) SELECT * INTO TEMP b FROM a",
                Postgresql,
                SessionEffect::Temporary,
            ),
            ("SELECT 1 INTO @temp", Mysql, SessionEffect::None),
            ("SET STATEMENT max_statement_time=1 FOR DELETE FROM t", Mysql, SessionEffect::None),
            ("LOCK TABLES t WRITE", Mysql, SessionEffect::TableLocks),
            ("/*!40000 LOCK TABLE t READ */", Mysql, SessionEffect::TableLocks),
            ("FLUSH TABLES WITH READ LOCK", Mysql, SessionEffect::TableLocks),
            ("FLUSH TABLES t FOR EXPORT", Mysql, SessionEffect::TableLocks),
            ("FLUSH TABLES", Mysql, SessionEffect::None),
            ("LOCK TABLE t", Postgresql, SessionEffect::None),
            ("USE other", Mysql, SessionEffect::Setting),
        ] {
            assert_eq!(effect(text, dialect), expected, "{text}");
        }
    }
}
