//! How a statement stands to those who use the same tables meanwhile.

use limbeck_schema::Dialect;

use super::cursor::Cursor;
use super::statement::Statement;
use super::transaction::refuses_transaction;

/// How a statement stands to others, from the gentlest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockClass {
    /// It lets others work and waits for as long as that takes (`CREATE INDEX CONCURRENTLY`,
    /// `VACUUM`): a limit of its waiting would only make it fail.
    Waiting,
    /// It takes locks that others rarely meet: of rows, and of what is new.
    Rows,
    /// It takes a lock of a table that keeps others from reading or writing it, and while it waits
    /// for that, others wait behind it. Also what cannot be told, such as a `DO` block.
    Tables,
}

/// The class of `statement`. Those of definitions count as [`LockClass::Tables`] without looking
/// further: a limit does no harm to one that has nothing to wait for.
pub fn lock_class(statement: &Statement, dialect: Dialect) -> LockClass {
    let mut cursor = Cursor::new(&statement.text, dialect);
    match dialect {
        Dialect::Sqlite => return LockClass::Rows,
        Dialect::Mysql => {
            let words = ["CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "OPTIMIZE", "REPAIR"];
            return if cursor.at_any(&words) { LockClass::Tables } else { LockClass::Rows };
        }
        Dialect::Postgresql => {}
    }
    if let Some(words) = refuses_transaction(statement, dialect)
        && words.contains("CONCURRENTLY")
    {
        return LockClass::Waiting;
    }
    if cursor.take(&["VACUUM"]) {
        // Behind its options are names, which are rarely called so.
        let is_full = cursor.skip_behind("FULL");
        return if is_full { LockClass::Tables } else { LockClass::Waiting };
    }
    let words =
        ["CREATE", "ALTER", "DROP", "TRUNCATE", "LOCK", "REINDEX", "CLUSTER", "REFRESH", "DO"];
    if cursor.at_any(&words) { LockClass::Tables } else { LockClass::Rows }
}

/// Whether `statement`, outside a transaction, has done nothing at all when it fails: not so of what
/// may commit in its middle, or leaves something that must go first.
pub fn is_all_or_nothing(statement: &Statement, dialect: Dialect) -> bool {
    let cursor = Cursor::new(&statement.text, dialect);
    !cursor.at_any(&["CALL", "DO", "BEGIN", "EXECUTE", "OPTIMIZE", "REPAIR", "XA", "LOCK"])
        && refuses_transaction(statement, dialect).is_none()
}

/// Whether `statement` sets how long to wait for locks itself.
pub fn sets_lock_timeout(statement: &Statement, dialect: Dialect) -> bool {
    let text = statement.text.to_ascii_lowercase();
    let is_named = text.contains("lock_timeout") || text.contains("lock_wait_timeout");
    let may_set = Cursor::new(&statement.text, dialect).at_any(&["SET", "RESET"])
        || text.contains("set_config");
    is_named && may_set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourcePosition;

    fn statement(text: &str) -> Statement {
        Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
    }

    #[test]
    fn classes_are_told_by_the_first_words() {
        use Dialect::{Mysql, Postgresql, Sqlite};
        for (text, dialect, expected) in [
            ("ALTER TABLE t ADD a int", Postgresql, LockClass::Tables),
            ("create index i on t (a)", Postgresql, LockClass::Tables),
            ("CREATE INDEX CONCURRENTLY i ON t (a)", Postgresql, LockClass::Waiting),
            ("ALTER TABLE p DETACH PARTITION c CONCURRENTLY", Postgresql, LockClass::Waiting),
            ("REINDEX (CONCURRENTLY) SCHEMA s", Postgresql, LockClass::Waiting),
            ("REINDEX TABLE t", Postgresql, LockClass::Tables),
            ("VACUUM (ANALYZE) t", Postgresql, LockClass::Waiting),
            ("VACUUM FULL t", Postgresql, LockClass::Tables),
            ("DO $$ BEGIN NULL; END $$", Postgresql, LockClass::Tables),
            ("UPDATE t SET a = 1", Postgresql, LockClass::Rows),
            ("ALTER TABLE t ADD a INT", Mysql, LockClass::Tables),
            ("UPDATE t SET a = 1", Mysql, LockClass::Rows),
            ("ALTER TABLE t ADD a INT", Sqlite, LockClass::Rows),
        ] {
            assert_eq!(lock_class(&statement(text), dialect), expected, "{text}");
        }
    }

    #[test]
    fn what_may_be_done_by_half_is_not_all_or_nothing() {
        for (text, dialect, expected) in [
            ("ALTER TABLE t ADD a int", Dialect::Postgresql, true),
            ("UPDATE t SET a = 1", Dialect::Mysql, true),
            ("CREATE INDEX CONCURRENTLY i ON t (a)", Dialect::Postgresql, false),
            ("CALL p()", Dialect::Mysql, false),
            ("DO $$ BEGIN COMMIT; END $$", Dialect::Postgresql, false),
        ] {
            assert_eq!(is_all_or_nothing(&statement(text), dialect), expected, "{text}");
        }
        let sets = |text| sets_lock_timeout(&statement(text), Dialect::Postgresql);
        assert!(sets("SET LOCAL Lock_Timeout = '1s'"));
        assert!(sets("SELECT set_config('lock_timeout', '1s', true)"));
        assert!(!sets("SELECT current_setting('lock_timeout')"));
        assert!(!sets("LOCK TABLE t"));
        let mysql = statement("SET innodb_lock_wait_timeout = 1");
        assert!(sets_lock_timeout(&mysql, Dialect::Mysql));
    }
}
