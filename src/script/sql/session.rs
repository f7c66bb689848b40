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
        return match cursor.at_any(&["TEMP", "TEMPORARY"]) {
            true => SessionEffect::Temporary,
            false => SessionEffect::None,
        };
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
    use crate::script::sql::SourcePosition;

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
