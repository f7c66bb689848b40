//! How many messages a run costs.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use chrono::Utc;
use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use uuid::Uuid;

use super::*;
use crate::db::Direction;
use crate::db::JournalEvent;
use crate::db::testing;
use crate::script::sql::SourcePosition;

/// A session, and the number of messages it has sent since it was opened.
fn counted(url: &DatabaseUrl) -> (PostgresSession, Arc<AtomicUsize>) {
    let mut session = PostgresSession::open(url, &SessionOptions::default()).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    session.connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    (session, count)
}

fn entry() -> JournalEntry {
    JournalEntry {
        run: Uuid::nil(),
        revision: "a".to_owned(),
        act: Direction::Upgrade.into(),
        event: JournalEvent::Done,
        raw_digest: None,
        normalized_digest: None,
        statement: None,
        started_at: Utc::now(),
        finished_at: Some(Utc::now()),
        actor: String::new(),
        host: String::new(),
        tool_version: String::new(),
        error: None,
        file: None,
        stored: None,
        note: None,
    }
}

#[test]
fn a_small_revision_costs_two_messages() {
    let url = testing::new_database();
    let (mut session, count) = counted(&url);
    session.ensure_version_table().unwrap();
    session.ensure_journal().unwrap();
    count.store(0, Ordering::Relaxed);
    let mut before = Heads::none();
    for number in 0..200 {
        session.begin().unwrap();
        session.set_timeouts(Timeouts { lock: Some(5_000), statement: None }).unwrap();
        let text = format!("CREATE TABLE t_{number} (x integer)");
        let position = SourcePosition { line: 1, column: 1 };
        session.run(&Statement { text, position }).unwrap();
        let after: Heads = [format!("r{number}").parse().unwrap()].into_iter().collect();
        session.change_heads(&before.change_to(&after)).unwrap();
        session.record(&entry()).unwrap();
        session.commit().unwrap();
        before = after;
    }
    assert_eq!(count.load(Ordering::Relaxed), 400);
}

#[test]
fn a_run_with_nothing_to_do_costs_one_message() {
    let url = testing::new_database();
    let (mut session, _) = counted(&url);
    session.ensure_version_table().unwrap();
    let (mut session, count) = counted(&url);
    assert_eq!(session.version_rows().unwrap(), Some(Heads::none()));
    assert_eq!(count.load(Ordering::Relaxed), 1);
    session.begin().unwrap();
    session.commit().unwrap();
    assert_eq!(count.load(Ordering::Relaxed), 1);
}
