//! What PostgreSQL does in its own way.

use diesel::connection::SimpleConnection;

use super::*;
use crate::db::sql::Sql;

/// The one value that a query on another connection gives.
fn value(url: &DatabaseUrl, query: &str) -> String {
    let rows = testing::connection(url).rows(query, &[]).unwrap();
    rows[0][0].clone().unwrap()
}

#[test]
fn connecting_fails_for_a_reason() {
    testing::administer("CREATE USER secured PASSWORD 'right'");
    let kind = |url: &DatabaseUrl| {
        let error = fails_to_open(url, &options());
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        (error.kind, error.message)
    };
    let (wrong, message) = kind(&testing::url_for("secured:hunter2", "postgres"));
    assert_eq!(wrong, DatabaseErrorKind::Authentication, "{message}");
    assert!(message.starts_with("secured@"), "{message}");
    let (missing, message) = kind(&testing::url_for("secured", "postgres"));
    assert_eq!(missing, DatabaseErrorKind::Authentication, "{message}");
    let (stranger, message) = kind(&testing::url_for("nobody:hunter2", "postgres"));
    assert_eq!(stranger, DatabaseErrorKind::Authentication, "{message}");
    let (unknown, message) = kind(&testing::url_for("secured:right", "nowhere"));
    assert_eq!(unknown, DatabaseErrorKind::NoSuchDatabase, "{message}");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (refused, message) = kind(&format!("postgres://me:hunter2@{closed}/d").parse().unwrap());
    assert_eq!(refused, DatabaseErrorKind::Unreachable, "{message}");
    let (invalid, message) = kind(&"postgres://me:hunter2@h/d?nonsense=hunter2".parse().unwrap());
    assert_eq!(invalid, DatabaseErrorKind::Unreachable, "{message}");
    open(&testing::url_for("secured:right", "postgres")).version_rows().unwrap();
}

#[test]
fn offsets_are_bytes_of_the_statement() {
    let mut session = open(&testing::new_database());
    let text = "SELECT 'äöü€', nowhere";
    for in_transaction in [false, true, true] {
        if in_transaction {
            session.begin().unwrap();
            session.set_timeouts(Timeouts { lock: Some(5000), statement: Some(5000) }).unwrap();
        }
        let error = session.run(&statement(text)).unwrap_err();
        assert_eq!(error.offset.map(|offset| &text[offset..]), Some("nowhere"), "{error:?}");
        session.rollback().unwrap();
    }
    session.begin().unwrap();
    session.run(&statement("SELECT 1")).unwrap();
    let error = session.run(&statement("SELECT (")).unwrap_err();
    assert_eq!(error.offset, Some("SELECT (".len()));
}

#[test]
fn the_version_table_is_alembics() {
    let url = testing::new_database();
    open(&url).ensure_version_table().unwrap();
    let shape = value(
        &url,
        "SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), ',') || ' ' || \
         (SELECT format_type(atttypid, atttypmod) || ' ' || attnotnull FROM pg_attribute \
          WHERE attrelid = 'alembic_version'::regclass AND attnum > 0) \
         FROM pg_constraint WHERE conrelid = 'alembic_version'::regclass AND contype = 'p'",
    );
    assert_eq!(shape, "alembic_version_pkc PRIMARY KEY (version_num) character varying(32) true");
}

#[test]
fn the_tables_can_be_created_within_a_transaction() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.begin().unwrap();
    assert_eq!(session.version_rows().unwrap(), None);
    session.ensure_version_table().unwrap();
    session.ensure_journal().unwrap();
    session.change_heads(&change(&[], &["a"])).unwrap();
    // Another run creates the same table and must wait for ours, then go on in its transaction.
    let other = url.clone();
    let waiting = std::thread::spawn(move || {
        let mut session = open(&other);
        session.begin().unwrap();
        session.ensure_version_table().unwrap();
        let rows = session.version_rows().unwrap();
        session.commit().unwrap();
        rows
    });
    wait_for(
        &url,
        "SELECT (count(*) = 1)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    );
    session.commit().unwrap();
    assert_eq!(waiting.join().unwrap(), Some(heads(&["a"])));
}

/// Waits until a query gives `true`.
fn wait_for(url: &DatabaseUrl, query: &str) {
    for _ in 0..500 {
        if value(url, query) == "true" {
            return;
        }
        sleep(Duration::from_millis(10));
    }
    panic!("never true: {query}");
}

#[test]
fn an_emptied_search_path_does_not_lead_the_bookkeeping_astray() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.ensure_version_table().unwrap();
    session.ensure_journal().unwrap();
    session.begin().unwrap();
    // The first line of every dump.
    session.run(&statement("SELECT pg_catalog.set_config('search_path', '', false)")).unwrap();
    session.run(&statement("SET standard_conforming_strings = off")).unwrap();
    session.change_heads(&change(&[], &["a"])).unwrap();
    session.record(&entry("a")).unwrap();
    session.commit().unwrap();
    assert_eq!(session.version_rows().unwrap(), Some(heads(&["a"])));
    assert_eq!(value(&url, "SELECT actor FROM limbeck_journal"), "it's \\ \"me\"");
    assert_eq!(
        value(&url, "SELECT (started_at AT TIME ZONE 'UTC')::text FROM limbeck_journal"),
        "2023-11-14 22:13:20.123456"
    );
}

#[test]
fn scripts_see_the_time_zone_of_the_role() {
    let url = testing::new_database();
    let name = url.database().unwrap();
    testing::administer(&format!("ALTER DATABASE {name} SET timezone = 'Asia/Tokyo'"));
    let note = statement("INSERT INTO seen SELECT current_setting('timezone')");
    let mut session = open(&url);
    session.run(&statement("CREATE TABLE seen (zone text)")).unwrap();
    session.run(&note).unwrap();
    let mut session = open(&url);
    for commit in [false, true, true] {
        session.begin().unwrap();
        session.run(&note).unwrap();
        if commit { session.commit().unwrap() } else { session.rollback().unwrap() }
    }
    assert_eq!(
        value(&url, "SELECT string_agg(zone, ',') FROM seen"),
        "Asia/Tokyo,Asia/Tokyo,Asia/Tokyo"
    );
}

#[test]
fn statements_outside_a_transaction_run_alone() {
    let mut session = open(&testing::new_database());
    session.run(&statement("CREATE TABLE t (x integer)")).unwrap();
    session.set_timeouts(Timeouts { lock: Some(1000), statement: None }).unwrap();
    session.run(&statement("CREATE INDEX CONCURRENTLY i ON t (x)")).unwrap();
    session.set_timeouts(Timeouts::default()).unwrap();
    session.run(&statement("VACUUM t")).unwrap();
    assert_eq!(session.probe(&object(ObjectKind::Index, "i")).unwrap(), ObjectState::Present);
}

#[test]
fn timeouts_end_statements_and_end_themselves() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.run(&statement("CREATE TABLE t (x integer)")).unwrap();
    let mut other = testing::connection(&url);
    other.batch_execute("BEGIN; LOCK TABLE t").unwrap();
    session.begin().unwrap();
    session.set_timeouts(Timeouts { lock: Some(20), statement: None }).unwrap();
    let error = session.run(&statement("LOCK TABLE t")).unwrap_err();
    assert_eq!(error.kind, DatabaseErrorKind::Busy, "{error:?}");
    session.rollback().unwrap();
    session.begin().unwrap();
    session.set_timeouts(Timeouts { lock: None, statement: Some(20) }).unwrap();
    let error = session.run(&statement("SELECT pg_sleep(10)")).unwrap_err();
    assert_eq!(error.kind, DatabaseErrorKind::Statement, "{error:?}");
    session.rollback().unwrap();
    session.set_timeouts(Timeouts { lock: None, statement: Some(20) }).unwrap();
    assert!(session.run(&statement("SELECT pg_sleep(10)")).is_err());
    // What is to succeed has all the time that a machine under load may need.
    let minute = Timeouts { lock: None, statement: Some(60_000) };
    let check = |session: &mut dyn Database, expected: &str| {
        let check = format!(
            "DO $$ BEGIN ASSERT current_setting('statement_timeout') = '{expected}'; END $$"
        );
        session.run(&statement(&check)).unwrap();
    };
    session.set_timeouts(minute).unwrap();
    check(session.as_mut(), "1min");
    // A transaction in between does not make the session forget to restore them.
    session.begin().unwrap();
    session.run(&statement("SELECT 1")).unwrap();
    session.commit().unwrap();
    session.set_timeouts(Timeouts::default()).unwrap();
    check(session.as_mut(), "0");
    session.begin().unwrap();
    session.set_timeouts(minute).unwrap();
    check(session.as_mut(), "1min");
    session.set_timeouts(Timeouts::default()).unwrap();
    check(session.as_mut(), "0");
    session.commit().unwrap();
    check(session.as_mut(), "0");
    assert!(session.set_timeouts(Timeouts { lock: Some(u64::MAX), statement: None }).is_err());
}

#[test]
fn a_commit_that_fails_leaves_nothing_and_the_session_usable() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.ensure_journal().unwrap();
    session
        .run(&statement("CREATE TABLE t (x integer UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        .unwrap();
    session.begin().unwrap();
    session.run(&statement("INSERT INTO t VALUES (1), (1)")).unwrap();
    session.record(&entry("a")).unwrap();
    let error = session.commit().unwrap_err();
    assert!(error.message.contains("duplicate key"), "{error}");
    session.rollback().unwrap();
    assert_eq!(session.journal("a").unwrap(), []);
    session.begin().unwrap();
    session.record(&entry("a")).unwrap();
    session.commit().unwrap();
    assert_eq!(open(&url).journal("a").unwrap().len(), 1);
    // A statement after a journal row of the same transaction.
    session.begin().unwrap();
    session.record(&entry("b")).unwrap();
    session.run(&statement("INSERT INTO t VALUES (2)")).unwrap();
    session.record(&entry("b")).unwrap();
    session.commit().unwrap();
    assert_eq!(open(&url).journal("b").unwrap().len(), 2);
}

#[test]
fn an_index_that_could_not_be_finished_is_invalid() {
    let mut session = open(&testing::new_database());
    for text in ["CREATE TABLE t (x integer)", "INSERT INTO t VALUES (1), (1)"] {
        session.run(&statement(text)).unwrap();
    }
    let index = "CREATE UNIQUE INDEX CONCURRENTLY i ON t (x)";
    assert!(session.run(&statement(index)).is_err());
    assert_eq!(session.probe(&object(ObjectKind::Index, "i")).unwrap(), ObjectState::Invalid);
}

#[test]
fn the_catalog_knows_schemas_types_triggers_and_the_search_path() {
    let mut session = open(&testing::new_database());
    for text in [
        "CREATE SCHEMA far",
        "CREATE TABLE far.t (x integer)",
        "CREATE TYPE far.mood AS ENUM ('ok')",
        "CREATE TYPE pair AS (a integer, b integer)",
        "CREATE DOMAIN small AS integer",
        "CREATE MATERIALIZED VIEW m AS SELECT 1",
        "CREATE SEQUENCE s",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER tr BEFORE INSERT ON far.t FOR EACH ROW EXECUTE FUNCTION f()",
    ] {
        session.run(&statement(text)).unwrap();
    }
    let far = |kind, name| CatalogObject { schema: Some("far".into()), ..object(kind, name) };
    let of = |table: &str, object| CatalogObject { table: Some(table.into()), ..object };
    for (object, expected) in [
        (object(ObjectKind::Schema, "far"), ObjectState::Present),
        (object(ObjectKind::Table, "t"), ObjectState::Absent),
        (far(ObjectKind::Table, "t"), ObjectState::Present),
        (far(ObjectKind::Type, "mood"), ObjectState::Present),
        (object(ObjectKind::Type, "mood"), ObjectState::Absent),
        (object(ObjectKind::Type, "pair"), ObjectState::Present),
        (object(ObjectKind::Type, "small"), ObjectState::Present),
        (object(ObjectKind::View, "m"), ObjectState::Present),
        (object(ObjectKind::Sequence, "s"), ObjectState::Present),
        (far(ObjectKind::Sequence, "s"), ObjectState::Absent),
        (far(ObjectKind::Trigger, "tr"), ObjectState::Present),
        (of("t", far(ObjectKind::Trigger, "tr")), ObjectState::Present),
        (of("u", far(ObjectKind::Trigger, "tr")), ObjectState::Absent),
        (of("t", far(ObjectKind::Column, "x")), ObjectState::Present),
        (of("t", object(ObjectKind::Column, "x")), ObjectState::Absent),
        (far(ObjectKind::Index, "nope"), ObjectState::Absent),
        (
            CatalogObject { schema: Some("no".into()), ..object(ObjectKind::Table, "t") },
            ObjectState::Absent,
        ),
    ] {
        assert_eq!(session.probe(&object).unwrap(), expected, "{object:?}");
    }
    session.run(&statement("SET search_path = far")).unwrap();
    assert_eq!(session.probe(&object(ObjectKind::Table, "t")).unwrap(), ObjectState::Present);
}

#[test]
fn a_lost_connection_is_told() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.begin().unwrap();
    session.run(&statement("SELECT 1")).unwrap();
    value(
        &url,
        "SELECT bool_and(pg_terminate_backend(pid))::text FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let error = session.run(&statement("SELECT 1")).unwrap_err();
    assert_eq!(error.kind, DatabaseErrorKind::Unreachable, "{error:?}");
    assert!(session.rollback().is_err());
}
