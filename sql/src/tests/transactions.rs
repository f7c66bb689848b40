//! Transaction control, and statements that refuse a transaction.

use super::*;
use crate::TransactionControl;
use crate::TransactionControl::*;
use crate::commits_implicitly;
use crate::ends_transaction;
use crate::refuses_transaction;
use crate::transaction_control;

fn control(text: &str, dialect: Dialect) -> Option<TransactionControl> {
    transaction_control(&statement(text), dialect)
}

#[test]
fn control_is_recognised() {
    for dialect in Dialect::ALL {
        for (text, expected) in [
            ("BEGIN", Begin),
            ("begin /* x */ work", Begin),
            ("Start -- x\n Transaction READ ONLY", StartTransaction),
            ("COMMIT", Commit),
            ("commit AND CHAIN", Commit),
            ("ROLLBACK", Rollback),
            ("ROLLBACK WORK", Rollback),
        ] {
            assert_eq!(control(text, dialect), Some(expected), "{text}");
        }
        for text in [
            "SAVEPOINT a",
            "RELEASE SAVEPOINT a",
            "ROLLBACK TO a",
            "rollback work /* x */ to savepoint a",
            "SET TRANSACTION READ ONLY",
            "\"COMMIT\"",
            "'COMMIT'",
            "commits",
            "SELECT 'COMMIT'",
        ] {
            assert_eq!(control(text, dialect), None, "{text}");
        }
    }
}

#[test]
fn each_database_has_words_of_its_own() {
    for (text, dialect, expected) in [
        ("END", Postgresql, Some(End)),
        ("END TRANSACTION", Sqlite, Some(End)),
        ("END", Mysql, None),
        ("ABORT", Postgresql, Some(Abort)),
        ("ABORT", Sqlite, None),
        ("PREPARE TRANSACTION 'x'", Postgresql, Some(PrepareTransaction)),
        ("PREPARE x AS SELECT 1", Postgresql, None),
        ("COMMIT PREPARED 'x'", Postgresql, None),
        ("ROLLBACK TRANSACTION TO SAVEPOINT x", Sqlite, None),
        ("BEGIN IMMEDIATE", Sqlite, Some(Begin)),
        ("BEGIN NOT ATOMIC SELECT 1; COMMIT; END", Mysql, None),
        ("/*!40000 COMMIT */", Mysql, Some(Commit)),
        ("XA START 'x'", Mysql, Some(Xa)),
        ("XA RECOVER", Mysql, None),
        ("DO $$ BEGIN COMMIT; END $$", Postgresql, None),
        ("CREATE PROCEDURE p() BEGIN COMMIT; END", Mysql, None),
    ] {
        assert_eq!(control(text, dialect), expected, "{text}");
    }
    assert_eq!(PrepareTransaction.to_string(), "PREPARE TRANSACTION");
}

fn refused(text: &str, dialect: Dialect) -> Option<String> {
    refuses_transaction(&statement(text), dialect)
}

#[test]
fn postgresql_refuses_these_in_a_transaction() {
    for (text, words) in [
        ("create index concurrently if not exists i on t (a)", "CREATE INDEX CONCURRENTLY"),
        ("CREATE UNIQUE /* x */ INDEX CONCURRENTLY ON t (a)", "CREATE INDEX CONCURRENTLY"),
        ("DROP INDEX CONCURRENTLY i", "DROP INDEX CONCURRENTLY"),
        ("REINDEX INDEX CONCURRENTLY i", "REINDEX CONCURRENTLY"),
        ("REINDEX (VERBOSE, CONCURRENTLY) TABLE t", "REINDEX CONCURRENTLY"),
        ("REINDEX DATABASE d", "REINDEX DATABASE"),
        ("REINDEX (VERBOSE) SCHEMA s", "REINDEX SCHEMA"),
        ("VACUUM (FULL) t", "VACUUM"),
        ("CREATE DATABASE d", "CREATE DATABASE"),
        ("DROP DATABASE d", "DROP DATABASE"),
        ("CREATE TABLESPACE s LOCATION 'x'", "CREATE TABLESPACE"),
        ("DROP TABLESPACE s", "DROP TABLESPACE"),
        ("ALTER SYSTEM SET a = 1", "ALTER SYSTEM"),
        (
            "ALTER TABLE s.t DETACH PARTITION s.\"p\" CONCURRENTLY",
            "ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY",
        ),
        ("ALTER DATABASE d SET TABLESPACE s", "ALTER DATABASE ... SET TABLESPACE"),
        ("CLUSTER", "CLUSTER"),
        ("DISCARD ALL", "DISCARD ALL"),
        ("COMMIT PREPARED 'x'", "COMMIT PREPARED"),
        ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE SUBSCRIPTION"),
    ] {
        assert_eq!(refused(text, Postgresql).as_deref(), Some(words), "{text}");
    }
    for text in [
        "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
        "CREATE INDEX i ON t (a)",
        "CREATE INDEX \"concurrently\" ON t (a)",
        "REINDEX TABLE t",
        "REINDEX (CONCURRENTLY FALSE) TABLE t",
        "ALTER TABLE t DETACH PARTITION p",
        "ALTER TABLE t DETACH PARTITION p FINALIZE",
        "ALTER DATABASE d SET a = 1",
        "CLUSTER t USING i",
        "DISCARD PLANS",
        "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false)",
        "SELECT 'VACUUM'",
    ] {
        assert_eq!(refused(text, Postgresql), None, "{text}");
    }
}

#[test]
fn sqlite_refuses_these_in_a_transaction() {
    for (text, words) in [
        ("VACUUM INTO 'x'", Some("VACUUM")),
        ("detach database x", Some("DETACH")),
        ("PRAGMA foreign_keys = ON", Some("PRAGMA foreign_keys")),
        ("pragma main.Foreign_Keys(0)", Some("PRAGMA foreign_keys")),
        ("PRAGMA journal_mode=wal", Some("PRAGMA journal_mode")),
        ("PRAGMA synchronous=OFF", Some("PRAGMA synchronous")),
        ("PRAGMA wal_checkpoint", Some("PRAGMA wal_checkpoint")),
        ("PRAGMA foreign_keys", None),
        ("PRAGMA foreign_key_check", None),
        ("PRAGMA defer_foreign_keys = ON", None),
        ("PRAGMA user_version = 3", None),
    ] {
        assert_eq!(refused(text, Sqlite).as_deref(), words, "{text}");
    }
    assert_eq!(refused("VACUUM", Mysql), None);
}

#[test]
fn ends_are_found_behind_everything() {
    for sql in [
        "COMMIT",
        " end ",
        "ROLLBACK",
        "-- now\ncommit",
        "/* ; */ COMMIT",
        "SELECT 1; COMMIT; SELECT 2",
        "SELECT 'it''s; x'; COMMIT",
        "CREATE FUNCTION f() RETURNS int AS $x$ BEGIN; END $x$; COMMIT",
        "CREATE TRIGGER t AFTER INSERT ON x EXECUTE FUNCTION f(); COMMIT",
    ] {
        assert!(ends_transaction(sql, Postgresql), "{sql}");
    }
    assert!(ends_transaction("SELECT E'\\''; COMMIT", Postgresql));
    assert!(ends_transaction("SELECT 'x\\'; COMMIT", Sqlite));
}

#[test]
fn bodies_and_literals_end_nothing() {
    for (sql, dialect) in [
        ("CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = 'x;'; END", Sqlite),
        ("CREATE TEMP TRIGGER IF NOT EXISTS t DELETE ON a BEGIN SELECT 1; END;", Sqlite),
        (
            "CREATE DEFINER=`a`@`b` TRIGGER t BEFORE INSERT ON x FOR EACH ROW BEGIN SET @a = 1; END",
            Mysql,
        ),
        (
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW IF NEW.a THEN SET @a = 1; END IF",
            Mysql,
        ),
        ("CREATE PROCEDURE p() BEGIN START TRANSACTION; COMMIT; END", Mysql),
        ("BEGIN NOT ATOMIC SELECT 1; END", Mysql),
        ("INSERT INTO t VALUES ('it\\'s; end')", Mysql),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END", Postgresql),
        ("CREATE FUNCTION f() RETURNS int AS 'BEGIN; COMMIT; END'", Postgresql),
        ("DO $$ BEGIN NULL; COMMIT; END $$", Postgresql),
        ("INSERT INTO t VALUES ('a; END')", Sqlite),
        ("ROLLBACK TO SAVEPOINT a", Postgresql),
        ("COMMENT ON TABLE t IS 'x; commit'", Postgresql),
        ("SELECT $1; SELECT $2", Postgresql),
    ] {
        assert!(!ends_transaction(sql, dialect), "{sql}");
    }
}

#[test]
fn mysql_commits_at_definitions() {
    for (sql, words) in [
        ("create table t (a int)", Some("CREATE")),
        ("/*!50000 CREATE */ OR REPLACE VIEW v AS SELECT 1", Some("CREATE")),
        ("CREATE TEMPORARY TABLE t (a int)", None),
        ("CREATE OR REPLACE TEMPORARY TABLE t (a int)", None),
        ("DROP TABLE t", Some("DROP")),
        ("DROP TEMPORARY TABLE t", None),
        ("DROP PREPARE s", None),
        ("TRUNCATE t", Some("TRUNCATE")),
        ("SET autocommit = 1", Some("SET autocommit")),
        ("SET @a = 1", None),
        ("INSERT INTO t VALUES ('DROP TABLE t')", None),
        ("-- CREATE\nUPDATE t SET a = 1", None),
        ("WITH x AS (SELECT 1) SELECT * FROM x", None),
    ] {
        assert_eq!(commits_implicitly(&statement(sql), Mysql), words, "{sql}");
        assert_eq!(commits_implicitly(&statement(sql), Postgresql), None, "{sql}");
    }
}
