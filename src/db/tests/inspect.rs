//! What an inspector sees, and that it changes nothing.

use std::time::Duration;

use super::*;

const LIMIT: Duration = Duration::from_secs(5);

fn opened(url: &DatabaseUrl) -> Box<dyn Inspect> {
    match inspect(url, &options(), LIMIT) {
        Ok(inspector) => inspector,
        Err(error) => panic!("{url}: {error}"),
    }
}

fn names(entries: &[TableEntry]) -> Vec<String> {
    let name = |entry: &TableEntry| {
        let schema = entry.schema.as_ref().map(|schema| format!("{schema}."));
        let mark = if entry.is_bookkeeping { " (own)" } else { "" };
        format!("{}{} {}{mark}", schema.unwrap_or_default(), entry.name, entry.kind.word())
    };
    entries.iter().map(name).collect()
}

fn event(revision: &str, event: JournalEvent, statement: Option<(u32, u32)>) -> JournalEntry {
    JournalEntry { event, statement, ..entry(revision) }
}

#[test]
fn an_empty_database_has_nothing_in_it() {
    for url in databases().urls {
        // A file has to be there.
        open(&url).run(&statement("CREATE TABLE t (x INTEGER)")).unwrap();
        let mut inspector = opened(&url);
        assert_eq!(inspector.version_rows().unwrap(), None);
        assert_eq!(inspector.journal_log().unwrap(), None);
        assert_eq!(inspector.lock_holder().unwrap(), None);
        assert_eq!(inspector.tables().unwrap().len(), 1);
        let version = inspector.server_version().unwrap();
        let (name, number) = version.split_once(' ').unwrap();
        assert!(["SQLite", "PostgreSQL", "MariaDB", "MySQL"].contains(&name), "{version}");
        assert!(number.starts_with(|c: char| c.is_ascii_digit()), "{version}");
    }
}

#[test]
fn tables_and_views_are_told_apart() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_version_table().unwrap();
        session.ensure_journal().unwrap();
        let b = limbeck_schema::quote_identifier(url.dialect(), "B");
        session.run(&statement(&format!("CREATE TABLE {b} (x INTEGER)"))).unwrap();
        session.run(&statement(&format!("CREATE VIEW v AS SELECT x FROM {b}"))).unwrap();
        let seen = names(&opened(&url).tables().unwrap());
        match url.dialect() {
            Dialect::Sqlite => {
                let expected = [
                    "B table",
                    "alembic_version table (own)",
                    "limbeck_journal table (own)",
                    "v view",
                ];
                assert_eq!(seen, expected);
            }
            Dialect::Mysql => {
                let schema = url.database().unwrap();
                let expected = [
                    "alembic_version table (own)",
                    "B table",
                    "limbeck_journal table (own)",
                    "v view",
                ];
                assert_eq!(seen, expected.map(|line| format!("{schema}.{line}")));
            }
            Dialect::Postgresql => {
                for part in [
                    "CREATE TABLE p (x INTEGER) PARTITION BY LIST (x)",
                    "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
                    "CREATE MATERIALIZED VIEW m AS SELECT 1",
                    "CREATE SCHEMA s",
                    "CREATE TABLE s.p (x INTEGER)",
                ] {
                    session.run(&statement(part)).unwrap();
                }
                let expected = [
                    "public.B table",
                    "public.alembic_version table (own)",
                    "public.limbeck_journal table (own)",
                    "public.m materialized view",
                    "public.p table",
                    "public.p1 partition",
                    "public.v view",
                    "s.p table",
                ];
                assert_eq!(names(&opened(&url).tables().unwrap()), expected);
            }
        }
    }
}

#[test]
fn rows_and_journal_are_read() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_version_table().unwrap();
        session.ensure_journal().unwrap();
        session.change_heads(&change(&[], &["a"])).unwrap();
        session.record(&entry("a")).unwrap();
        session.record(&event("b", JournalEvent::Fail, None)).unwrap();
        for (what, at) in [
            (JournalEvent::Begin, (1, 2)),
            (JournalEvent::Done, (1, 2)),
            (JournalEvent::Begin, (2, 2)),
        ] {
            session.record(&event("c", what, Some(at))).unwrap();
        }
        let mut inspector = opened(&url);
        assert_eq!(inspector.version_rows().unwrap(), Some(heads(&["a"])));
        let entries = inspector.journal_log().unwrap().unwrap();
        let words: Vec<String> = entries
            .iter()
            .map(|e| format!("{} {} {} {:?}", e.revision, e.direction, e.event, e.statement))
            .collect();
        assert_eq!(
            words,
            [
                "a upgrade done None",
                "b upgrade fail None",
                "c upgrade begin Some((1, 2))",
                "c upgrade done Some((1, 2))",
                "c upgrade begin Some((2, 2))",
            ]
        );
        assert_eq!(entries[4].started_at, entry("c").started_at);
    }
}

#[test]
fn the_holder_of_the_lock_is_named_and_not_disturbed() {
    for url in databases().urls {
        let mut session = open(&url);
        session.ensure_version_table().unwrap();
        assert_eq!(session.try_lock().unwrap(), LockAttempt::Acquired);
        let mut inspector = opened(&url);
        let holder = inspector.lock_holder().unwrap().unwrap();
        if url.dialect() != Dialect::Mysql {
            assert!(holder.contains("alice@ci"), "{holder}");
        }
        session.unlock().unwrap();
        assert_eq!(inspector.lock_holder().unwrap(), None);
    }
}

#[test]
fn who_waits_and_who_is_waited_for_is_seen() {
    let url = testing::new_database();
    let mut holder = open(&url);
    holder.run(&statement("CREATE TABLE t (x INTEGER)")).unwrap();
    holder.begin().unwrap();
    holder.run(&statement("LOCK TABLE t")).unwrap();
    let waiting = url.clone();
    // It waits for as long as the table is locked, however long looking takes.
    let waiter = std::thread::spawn(move || {
        let mut waiter = open(&waiting);
        waiter.begin().unwrap();
        waiter.run(&statement("LOCK TABLE t")).unwrap();
        waiter.rollback().unwrap();
    });
    let mut inspector = opened(&url);
    let mut blockers = Vec::new();
    eventually(|| {
        blockers = inspector.blockers(Duration::ZERO).unwrap();
        blockers.iter().any(|blocker| blocker.kind == BlockerKind::Waiting)
    });
    let of = |kind| blockers.iter().find(|blocker| blocker.kind == kind).unwrap();
    let open_transaction = of(BlockerKind::OpenTransaction);
    assert_eq!(of(BlockerKind::Waiting).blocked_by.join(" "), open_transaction.session);
    assert_eq!(inspector.blockers(Duration::from_secs(3600)).unwrap(), []);
    holder.rollback().unwrap();
    waiter.join().unwrap();
}

#[test]
fn an_inspector_survives_a_question_that_fails_and_writes_nothing() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.run(&statement("CREATE TABLE alembic_version (wrong INTEGER)")).unwrap();
    let mut inspector = opened(&url);
    let error = inspector.version_rows().unwrap_err();
    assert!(error.message.starts_with("the version table alembic_version"), "{error}");
    assert_eq!(names(&inspector.tables().unwrap()), ["public.alembic_version table (own)"]);
}

#[test]
fn what_is_not_there_is_not_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let error = inspect(&file_url(&path), &options(), LIMIT).err().unwrap();
    assert_eq!(error.kind, DatabaseErrorKind::NoSuchDatabase);
    assert!(!path.exists());
}
