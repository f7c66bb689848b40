//! Tests of the sessions: what every database must do, then what each does in its own way.

mod common;
mod execute;
mod execute_python;
mod inspect;
mod journals;
mod locks;
mod moving;
mod postgres;
mod sqlite;

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

use chrono::DateTime;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::graph::RevisionId;
use crate::script::sql::SourcePosition;

/// A database of each dialect that this build speaks, each empty.
struct Databases {
    _directory: TempDir,
    urls: Vec<DatabaseUrl>,
}

fn databases() -> Databases {
    let directory = tempfile::tempdir().unwrap();
    let urls = vec![
        file_url(&directory.path().join("app.db")),
        testing::new_database(),
        testing::new_mysql_database(),
    ];
    Databases { _directory: directory, urls }
}

fn file_url(path: &Path) -> DatabaseUrl {
    format!("sqlite:{}", path.display()).parse().unwrap()
}

fn options() -> SessionOptions {
    SessionOptions { actor: "alice".into(), host: "ci".into(), ..SessionOptions::default() }
}

fn open(url: &DatabaseUrl) -> Box<dyn Database> {
    connect(url, &options()).unwrap()
}

fn fails_to_open(url: &DatabaseUrl, options: &SessionOptions) -> DatabaseError {
    match connect(url, options) {
        Ok(_) => panic!("{url} could be opened"),
        Err(error) => error,
    }
}

/// Waits until it is so, for as long as a machine under load may need.
fn eventually(mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "never true");
        sleep(Duration::from_millis(10));
    }
}

fn statement(text: &str) -> Statement {
    Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
}

fn id(text: &str) -> RevisionId {
    text.parse().unwrap()
}

fn heads(ids: &[&str]) -> Heads {
    ids.iter().map(|text| id(text)).collect()
}

/// The change from one set of rows to another.
fn change(before: &[&str], after: &[&str]) -> HeadChange {
    heads(before).change_to(&heads(after))
}

pub(super) fn entry(revision: &str) -> JournalEntry {
    let started_at = DateTime::from_timestamp(1_700_000_000, 123_456_000).unwrap();
    JournalEntry {
        run: Uuid::nil(),
        revision: revision.to_owned(),
        act: Direction::Upgrade.into(),
        event: JournalEvent::Done,
        raw_digest: Some("abc".to_owned()),
        normalized_digest: None,
        statement: None,
        started_at,
        finished_at: Some(started_at),
        actor: "it's \\ \"me\"".to_owned(),
        host: "höst".to_owned(),
        tool_version: "0.1.0".to_owned(),
        error: None,
        file: None,
        stored: None,
        note: None,
    }
}

fn object(kind: ObjectKind, name: &str) -> CatalogObject {
    CatalogObject { kind, schema: None, table: None, name: name.to_owned() }
}

fn holder(attempt: LockAttempt) -> String {
    match attempt {
        LockAttempt::Acquired => panic!("the lock is free"),
        LockAttempt::Busy { holder } => holder.unwrap(),
    }
}
