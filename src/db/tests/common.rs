//! What every database must do.

use super::*;

fn state(session: &mut dyn Database, object: &CatalogObject) -> ObjectState {
    session.probe(object).unwrap()
}

#[test]
fn reading_an_empty_database_creates_nothing() {
    for url in databases().urls {
        let mut session = open(&url);
        assert_eq!(session.version_rows().unwrap(), None);
        assert_eq!(session.journal("a").unwrap(), []);
        assert_eq!(session.diesel_history().unwrap(), None);
        session.begin().unwrap();
        assert_eq!(session.version_rows().unwrap(), None);
        assert_eq!(session.journal("a").unwrap(), []);
        assert_eq!(session.diesel_history().unwrap(), None);
        session.commit().unwrap();
        for table in ["alembic_version", "limbeck_journal"] {
            let table = object(ObjectKind::Table, table);
            assert_eq!(state(&mut *session, &table), ObjectState::Absent, "{url}");
        }
    }
}

#[test]
fn rows_follow_the_changes() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_version_table().unwrap();
        session.ensure_version_table().unwrap();
        assert_eq!(session.version_rows().unwrap(), Some(Heads::none()));
        session.change_heads(&change(&[], &["a", "b", "it's"])).unwrap();
        session.change_heads(&change(&["a", "b", "it's"], &["c"])).unwrap();
        assert_eq!(session.version_rows().unwrap(), Some(heads(&["c"])), "{url}");
        session.change_heads(&change(&["c"], &["c"])).unwrap();
        session.change_heads(&change(&["c"], &["a", "b"])).unwrap();
        assert_eq!(open(&url).version_rows().unwrap(), Some(heads(&["a", "b"])), "{url}");
        session.purge_versions().unwrap();
        assert_eq!(session.version_rows().unwrap(), Some(Heads::none()));
    }
}

/// Between two statements the session is asked nothing and told nothing.
#[test]
fn rows_about_statements_leave_the_session_alone() {
    for url in databases().urls {
        let seen = "CREATE TABLE seen (a BIGINT CHECK (a = 100), b BIGINT CHECK (b = 3))";
        let texts: &[&str] = match url.dialect() {
            Dialect::Mysql => &[
                "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT) AUTO_INCREMENT = 100",
                seen,
                "INSERT INTO t (v) VALUES (1), (2), (3)",
                "INSERT INTO seen SELECT last_insert_id(), row_count()",
            ],
            Dialect::Postgresql => &[
                "CREATE TABLE t (id SERIAL PRIMARY KEY, v INT)",
                seen,
                "ALTER SEQUENCE t_id_seq RESTART 98",
                "INSERT INTO t (v) VALUES (1), (2), (3)",
                "INSERT INTO seen SELECT lastval(), 3",
                // What a script does to its session.
                "CREATE ROLE statement_rows_nobody",
                "SET default_transaction_read_only = on",
                "SET ROLE statement_rows_nobody",
            ],
            Dialect::Sqlite => &[
                "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT)",
                seen,
                "INSERT INTO t VALUES (98, 1), (99, 2), (100, 3)",
                "INSERT INTO seen SELECT last_insert_rowid(), changes()",
                // These need the file for themselves.
                "PRAGMA journal_mode = WAL",
                "INSERT INTO t VALUES (101, 1)",
                "PRAGMA journal_mode = DELETE",
                "PRAGMA locking_mode = EXCLUSIVE",
                "INSERT INTO t VALUES (102, 1)",
                "PRAGMA locking_mode = NORMAL",
                "PRAGMA query_only = ON",
            ],
        };
        let mut session = open(&url);
        session.ensure_journal().unwrap();
        for text in texts {
            for event in [JournalEvent::Begin, JournalEvent::Done] {
                if event == JournalEvent::Done {
                    session.run(&statement(text)).unwrap_or_else(|e| panic!("{text}: {e}"));
                }
                let row = JournalEntry { statement: Some((1, 9)), event, ..entry("a") };
                session.record(&row).unwrap_or_else(|e| panic!("{text}: {e}"));
            }
        }
        drop(session);
        assert_eq!(open(&url).journal("a").unwrap().len(), 2 * texts.len(), "{url}");
    }
}

#[test]
fn a_row_that_moved_is_named() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_version_table().unwrap();
        session.change_heads(&change(&[], &["z"])).unwrap();
        let error = session.change_heads(&change(&["a"], &["b"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected to match one row when updating 'a' to 'b' in 'alembic_version'; 0 found"
        );
        let moved = |error: DatabaseError| match error.kind {
            DatabaseErrorKind::VersionRowMoved(row) => *row,
            other => panic!("{other:?}"),
        };
        let expected = MovedRow {
            expected: "a".to_owned(),
            replacement: Some("b".to_owned()),
            table: "alembic_version".to_owned(),
            found: 0,
        };
        assert_eq!(moved(error), expected);
        let error = session.change_heads(&change(&["a"], &[])).unwrap_err();
        assert_eq!(moved(error), MovedRow { replacement: None, ..expected });
        assert_eq!(session.version_rows().unwrap(), Some(heads(&["z"])));
    }
}

#[test]
fn a_row_that_is_no_revision_is_corrupt() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_version_table().unwrap();
        session.run(&statement("INSERT INTO alembic_version VALUES ('a@b')")).unwrap();
        let error = session.version_rows().unwrap_err();
        assert_eq!(error.kind, DatabaseErrorKind::CorruptVersions);
        assert!(error.message.contains("'a@b'"), "{error}");
        // The cure must work all the same.
        session.purge_versions().unwrap();
        assert_eq!(session.version_rows().unwrap(), Some(Heads::none()));
    }
}

#[test]
fn a_step_is_there_as_a_whole_or_not_at_all() {
    for url in databases().urls {
        if !url.dialect().has_transactional_ddl() {
            continue;
        }
        let mut session = open(&url);
        session.ensure_version_table().unwrap();
        session.ensure_journal().unwrap();
        let step = |session: &mut dyn Database, number: u32| {
            session.begin().unwrap();
            session.run(&statement(&format!("CREATE TABLE t_{number} (x INTEGER)"))).unwrap();
            session.change_heads(&change(&[], &["a"])).unwrap();
            session.record(&entry("a")).unwrap();
        };
        step(&mut *session, 1);
        session.rollback().unwrap();
        session.rollback().unwrap();
        let mut other = open(&url);
        assert_eq!(other.version_rows().unwrap(), Some(Heads::none()), "{url}");
        assert_eq!(other.journal("a").unwrap(), []);
        assert_eq!(state(&mut *other, &object(ObjectKind::Table, "t_1")), ObjectState::Absent);
        step(&mut *session, 2);
        session.commit().unwrap();
        assert_eq!(other.version_rows().unwrap(), Some(heads(&["a"])), "{url}");
        assert_eq!(other.journal("a").unwrap().len(), 1);
        assert_eq!(state(&mut *other, &object(ObjectKind::Table, "t_2")), ObjectState::Present);
        // An open transaction goes with its session.
        step_open(&mut *session);
        drop(session);
        assert_eq!(state(&mut *other, &object(ObjectKind::Table, "t_3")), ObjectState::Absent);
    }
}

fn step_open(session: &mut dyn Database) {
    session.begin().unwrap();
    session.run(&statement("CREATE TABLE t_3 (x INTEGER)")).unwrap();
}

#[test]
fn a_failed_transaction_cannot_be_committed() {
    for url in databases().urls {
        if !url.dialect().has_transactional_ddl() {
            continue;
        }
        let mut session = open(&url);
        assert!(session.commit().is_err());
        session.begin().unwrap();
        session.run(&statement("CREATE TABLE t_1 (x INTEGER)")).unwrap();
        assert!(session.run(&statement("CREATE TABLE t_1 (x INTEGER)")).is_err());
        assert!(session.commit().is_err(), "{url}");
        session.rollback().unwrap();
        assert_eq!(state(&mut *session, &object(ObjectKind::Table, "t_1")), ObjectState::Absent);
        // And the session goes on.
        session.begin().unwrap();
        session.run(&statement("CREATE TABLE t_1 (x INTEGER)")).unwrap();
        session.commit().unwrap();
        assert_eq!(state(&mut *session, &object(ObjectKind::Table, "t_1")), ObjectState::Present);
    }
}

#[test]
fn the_journal_keeps_what_it_is_given() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_journal().unwrap();
        session.ensure_journal().unwrap();
        session.record(&entry("a")).unwrap();
        let begin = JournalEntry {
            event: JournalEvent::Begin,
            statement: Some((2, 3)),
            finished_at: None,
            raw_digest: None,
            ..entry("a")
        };
        session.record(&begin).unwrap();
        let fail = JournalEntry {
            event: JournalEvent::Fail,
            error: Some("it's \\ über\0".to_owned()),
            ..entry("b")
        };
        session.record(&fail).unwrap();
        let stamp = JournalEntry { act: Direction::Stamp.into(), ..entry("a, b") };
        session.record(&stamp).unwrap();
        let row = |id, direction: &str, event: &str, digest: Option<&str>, statement| JournalRow {
            id,
            run: Uuid::nil().to_string(),
            direction: direction.to_owned(),
            event: event.to_owned(),
            raw_digest: digest.map(str::to_owned),
            normalized_digest: None,
            statement,
            note: None,
        };
        assert_eq!(
            session.journal("a").unwrap(),
            [
                row(1, "upgrade", "done", Some("abc"), None),
                row(2, "upgrade", "begin", None, Some((2, 3))),
                row(4, "stamp", "done", Some("abc"), None),
            ],
            "{url}"
        );
        assert_eq!(session.journal("b").unwrap().len(), 2);
        assert_eq!(session.journal("").unwrap(), []);
    }
}

#[test]
fn tables_have_the_names_that_are_asked_for() {
    for url in databases().urls {
        let schema = if url.dialect() == Dialect::Sqlite { "main" } else { "My \"Schema" };
        let version_table = TableName { schema: Some(schema.into()), name: "Order\"".into() };
        let options = SessionOptions {
            journal_table: version_table.sibling("select"),
            version_table,
            ..options()
        };
        let mut session = connect(&url, &options).unwrap();
        assert_eq!(session.version_rows().unwrap(), None);
        match url.dialect() {
            Dialect::Postgresql => {
                session.run(&statement("CREATE SCHEMA \"My \"\"Schema\"")).unwrap();
            }
            Dialect::Mysql => {
                session.run(&statement("CREATE DATABASE `My \"Schema`")).unwrap();
            }
            Dialect::Sqlite => {}
        }
        session.ensure_version_table().unwrap();
        session.ensure_journal().unwrap();
        session.change_heads(&change(&[], &["a"])).unwrap();
        session.record(&entry("a")).unwrap();
        let mut other = connect(&url, &options).unwrap();
        assert_eq!(other.version_rows().unwrap(), Some(heads(&["a"])));
        assert_eq!(other.journal("a").unwrap().len(), 1);
        assert_eq!(open(&url).version_rows().unwrap(), None);
    }
}

#[test]
fn the_catalog_is_asked_in_the_databases_own_way() {
    for url in databases().urls {
        let mut session = open(&url);
        for text in [
            "CREATE TABLE parent (x INTEGER, gone INTEGER)",
            "CREATE VIEW seen AS SELECT x FROM parent",
            "CREATE INDEX parent_x ON parent (x)",
            "ALTER TABLE parent DROP COLUMN gone",
        ] {
            session.run(&statement(text)).unwrap();
        }
        let column = |table: &str, name: &str| CatalogObject {
            table: Some(table.to_owned()),
            ..object(ObjectKind::Column, name)
        };
        for (object, expected) in [
            (object(ObjectKind::Table, "parent"), ObjectState::Present),
            (object(ObjectKind::Table, "seen"), ObjectState::Absent),
            (object(ObjectKind::View, "seen"), ObjectState::Present),
            (object(ObjectKind::View, "parent"), ObjectState::Absent),
            (object(ObjectKind::Index, "parent_x"), ObjectState::Present),
            (object(ObjectKind::Index, "other"), ObjectState::Absent),
            (object(ObjectKind::Trigger, "other"), ObjectState::Absent),
            (object(ObjectKind::Sequence, "other"), ObjectState::Absent),
            (object(ObjectKind::Type, "parent"), ObjectState::Absent),
            (object(ObjectKind::Schema, "other"), ObjectState::Absent),
            (column("parent", "x"), ObjectState::Present),
            (column("parent", "gone"), ObjectState::Absent),
            (column("other", "x"), ObjectState::Absent),
        ] {
            assert_eq!(state(&mut *session, &object), expected, "{url} {object:?}");
        }
    }
}

#[test]
fn diesels_history_is_read() {
    for url in databases().urls {
        let mut session = open(&url);
        for text in [
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('2'), ('1')",
        ] {
            session.run(&statement(text)).unwrap();
        }
        assert_eq!(session.diesel_history().unwrap(), Some(vec!["1".to_owned(), "2".to_owned()]));
    }
}

#[test]
fn two_sessions_may_create_the_tables_at_once() {
    for url in databases().urls {
        std::thread::scope(|scope| {
            let ensure = || {
                for _ in 0..3 {
                    let mut session = open(&url);
                    session.ensure_version_table().unwrap();
                    session.ensure_journal().unwrap();
                }
            };
            for _ in 0..4 {
                scope.spawn(ensure);
            }
        });
        assert_eq!(open(&url).version_rows().unwrap(), Some(Heads::none()));
    }
}
