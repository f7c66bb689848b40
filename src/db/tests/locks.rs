//! Locks between sessions.

use std::fs;

use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::*;
use crate::db::lock::LeaseLock;
use crate::db::lock::SiteLock;
use crate::db::sql::Sql;

#[test]
fn one_session_at_a_time_holds_the_lock() {
    for mode in [LockMode::Session, LockMode::Lease] {
        for url in databases().urls {
            let is_mysql = url.dialect() == Dialect::Mysql;
            if is_mysql && mode == LockMode::Lease {
                continue;
            }
            let options = SessionOptions { lock: mode, ..options() };
            let (mut first, mut second) =
                (connect(&url, &options).unwrap(), connect(&url, &options).unwrap());
            first.unlock().unwrap();
            assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
            assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
            let holder = holder(second.try_lock().unwrap());
            // MySQL shows nobody what a session says of itself.
            let name = if is_mysql { "database user limbeck" } else { "alice@ci" };
            assert!(holder.contains(name), "{mode:?} {url} {holder}");
            first.unlock().unwrap();
            assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired, "{mode:?} {url}");
            assert!(matches!(first.try_lock().unwrap(), LockAttempt::Busy { .. }));
            drop(second);
            // The server may take a moment to notice.
            eventually(|| first.try_lock().unwrap() == LockAttempt::Acquired);
            first.begin().unwrap();
            first.rollback().unwrap();
            first.unlock().unwrap();
        }
    }
}

#[test]
fn without_a_lock_nobody_waits() {
    for url in databases().urls {
        let options = SessionOptions { lock: LockMode::None, ..options() };
        let mut sessions = [connect(&url, &options).unwrap(), connect(&url, &options).unwrap()];
        for session in &mut sessions {
            assert_eq!(session.try_lock().unwrap(), LockAttempt::Acquired);
        }
    }
}

#[test]
fn the_lock_file_is_there_only_while_it_is_held() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.db");
    let lock_file = directory.path().join("app.db-limbeck-lock");
    let mut session = open(&file_url(&path));
    session.try_lock().unwrap();
    assert!(fs::read_to_string(&lock_file).unwrap().contains("alice@ci, since "));
    session.unlock().unwrap();
    assert!(!lock_file.exists());
    // What a crash has left behind is no obstacle.
    fs::write(&lock_file, "process 1, somebody with a long name, since yesterday\n").unwrap();
    session.try_lock().unwrap();
    let text = fs::read_to_string(&lock_file).unwrap();
    assert!(!text.contains("somebody") && text.contains("alice"), "{text}");
    drop(session);
    assert!(!lock_file.exists());
}

#[test]
fn a_lock_file_that_vanished_is_told_and_anothers_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let url = file_url(&directory.path().join("app.db"));
    let lock_file = directory.path().join("app.db-limbeck-lock");
    let (mut first, mut second) = (open(&url), open(&url));
    first.try_lock().unwrap();
    fs::remove_file(&lock_file).unwrap();
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired);
    assert_eq!(first.unlock().unwrap_err().kind, DatabaseErrorKind::Busy);
    assert!(lock_file.exists());
    assert!(matches!(first.try_lock().unwrap(), LockAttempt::Busy { .. }));
}

#[cfg(unix)]
#[test]
fn links_to_one_database_share_its_lock() {
    let directory = tempfile::tempdir().unwrap();
    let (path, link) = (directory.path().join("app.db"), directory.path().join("link.db"));
    let mut first = open(&file_url(&path));
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut second = open(&file_url(&link));
    first.try_lock().unwrap();
    assert!(matches!(second.try_lock().unwrap(), LockAttempt::Busy { .. }));
}

#[test]
fn many_threads_never_share_the_lock_file() {
    let directory = tempfile::tempdir().unwrap();
    let url = file_url(&directory.path().join("app.db"));
    open(&url).ensure_version_table().unwrap();
    let inside = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut session = open(&url);
                for _ in 0..200 {
                    if session.try_lock().unwrap() == LockAttempt::Acquired {
                        use std::sync::atomic::Ordering::SeqCst;
                        assert_eq!(inside.fetch_add(1, SeqCst), 0);
                        inside.fetch_sub(1, SeqCst);
                        session.unlock().unwrap();
                    }
                }
            });
        }
    });
}

#[test]
fn a_table_with_and_without_its_schema_has_one_lock() {
    let url = testing::new_database();
    let version_table =
        TableName { schema: Some("public".into()), ..TableName::new("alembic_version") };
    let qualified = SessionOptions { version_table, ..options() };
    let (mut first, mut second) = (open(&url), connect(&url, &qualified).unwrap());
    first.try_lock().unwrap();
    assert!(matches!(second.try_lock().unwrap(), LockAttempt::Busy { .. }));
    let other = SessionOptions { version_table: TableName::new("other_version"), ..options() };
    assert_eq!(connect(&url, &other).unwrap().try_lock().unwrap(), LockAttempt::Acquired);
}

#[test]
fn an_advisory_lock_whose_connection_broke_is_told() {
    let url = testing::new_database();
    let mut session = open(&url);
    session.try_lock().unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name LIKE 'limbeck process%'";
    testing::connection(&url).batch_execute(end).unwrap();
    assert_eq!(session.unlock().unwrap_err().kind, DatabaseErrorKind::Unreachable);
    assert_eq!(session.try_lock().unwrap(), LockAttempt::Acquired);
}

#[test]
fn a_lease_is_renewed_while_it_is_held() {
    let url = testing::new_database();
    let time = Duration::from_secs(6);
    let mut first = LeaseLock::lasting(&url, &options(), time);
    let mut second = LeaseLock::lasting(&url, &options(), time);
    assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
    let mut connection = testing::connection(&url);
    let mut end = || {
        let end = "SELECT extract(epoch FROM expires_at)::text FROM limbeck_lease";
        let rows = connection.rows(end, &[]).unwrap();
        rows[0][0].as_deref().unwrap().parse::<f64>().unwrap()
    };
    let first_end = end();
    eventually(|| {
        assert!(matches!(second.try_lock().unwrap(), LockAttempt::Busy { .. }));
        end() > first_end
    });
    assert!(matches!(second.try_lock().unwrap(), LockAttempt::Busy { .. }));
    first.unlock().unwrap();
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired);
}

#[test]
fn a_lease_that_nobody_renews_runs_out() {
    let url = testing::new_database();
    let time = Duration::from_millis(600);
    let mut lease = LeaseLock::lasting(&url, &options(), time);
    lease.try_lock().unwrap();
    lease.unlock().unwrap();
    // As a process leaves it that was killed.
    testing::connection(&url)
        .batch_execute(
            "INSERT INTO limbeck_lease VALUES ('alembic_version', 'process 1, bob@nowhere', 't', \
             clock_timestamp() + interval '1 hour')",
        )
        .unwrap();
    let holder = holder(lease.try_lock().unwrap());
    assert!(holder.starts_with("process 1, bob@nowhere, lease until "), "{holder}");
    testing::connection(&url)
        .batch_execute("UPDATE limbeck_lease SET expires_at = clock_timestamp() + interval '20 ms'")
        .unwrap();
    eventually(|| lease.try_lock().unwrap() == LockAttempt::Acquired);
}

#[test]
fn a_lease_that_was_taken_over_is_told() {
    let url = testing::new_database();
    let mut lease = LeaseLock::lasting(&url, &options(), Duration::from_millis(1500));
    lease.try_lock().unwrap();
    lease.check().unwrap();
    testing::connection(&url).batch_execute("UPDATE limbeck_lease SET token = 'other'").unwrap();
    eventually(|| lease.check().is_err());
    assert_eq!(lease.try_lock().unwrap_err().kind, DatabaseErrorKind::Busy);
    assert_eq!(lease.unlock().unwrap_err().kind, DatabaseErrorKind::Busy);
    // The other run's lease was not given back with ours.
    let row = "SELECT token FROM limbeck_lease";
    assert_eq!(testing::connection(&url).rows(row, &[]).unwrap(), [[Some("other".to_owned())]]);
}

/// Kills a run in the middle of a statement: its own lock is gone, the statement goes on.
#[test]
fn the_last_statement_of_a_killed_run_is_waited_for() {
    let url = testing::new_database();
    let of_the_run = url.clone();
    let work = std::thread::spawn(move || {
        let mut killed = connect(&of_the_run, &options()).unwrap();
        assert_eq!(killed.try_lock().unwrap(), LockAttempt::Acquired);
        killed.run(&statement("SELECT pg_sleep(1.5)"))
    });
    let mut admin = testing::connection(&url);
    let busy = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
    eventually(|| !admin.rows(busy, &[]).unwrap().is_empty());
    let kill = "SELECT pg_terminate_backend(a.pid)::text FROM pg_stat_activity a \
                WHERE datname = current_database() AND application_name LIKE 'limbeck process%'";
    assert_eq!(admin.rows(kill, &[]).unwrap().len(), 1);

    let mut next = connect(&url, &options()).unwrap();
    let mut holder = String::new();
    eventually(|| match next.try_lock().unwrap() {
        LockAttempt::Busy { holder: Some(text) } => {
            holder = text;
            holder.contains("still at the last statement of a run that was killed")
        }
        other => panic!("the statement is still running: {other:?}"),
    });
    work.join().unwrap().unwrap();
    eventually(|| next.try_lock().unwrap() == LockAttempt::Acquired);
    next.unlock().unwrap();
}
