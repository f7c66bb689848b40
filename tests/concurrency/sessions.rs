//! Other people's sessions on a database that limbeck works on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;

use crate::support::{TestEnvironment, query};

/// A session on PostgreSQL that calls itself `name`.
pub(super) fn session(url: &str, name: &str) -> PgConnection {
    let mut connection = PgConnection::establish(url).unwrap();
    connection.batch_execute(&format!("SET application_name = '{name}'")).unwrap();
    connection
}

/// A transaction that has done `sql` and stays open until it is dropped.
pub(super) fn open_transaction(url: &str, name: &str, sql: &str) -> PgConnection {
    let mut connection = session(url, name);
    connection.batch_execute(&format!("BEGIN; {sql}")).unwrap();
    connection
}

/// Somebody who does the same thing all the time.
pub(super) struct Busy {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Measured>,
}

/// What became of it.
pub(super) struct Measured {
    /// How often it was done.
    pub(super) count: u32,
    /// How long it took at most.
    pub(super) longest: Duration,
}

impl Busy {
    pub(super) fn start(url: &str, sql: &str) -> Self {
        let mut connection = session(url, "busy");
        let (sql, stop) = (sql.to_owned(), Arc::new(AtomicBool::new(false)));
        let told = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut measured = Measured { count: 0, longest: Duration::ZERO };
            while !told.load(Ordering::Relaxed) {
                let start = Instant::now();
                connection.batch_execute(&sql).unwrap();
                measured.longest = measured.longest.max(start.elapsed());
                measured.count += 1;
                thread::sleep(Duration::from_millis(2));
            }
            measured
        });
        Busy { stop, thread }
    }

    pub(super) fn stop(self) -> Measured {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Waits until `sql` gives `expected`.
pub(super) fn await_rows(env: &TestEnvironment, url: &str, sql: &str, expected: &str) {
    let start = Instant::now();
    loop {
        let rows = query(env, url, sql);
        if rows == expected {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "{sql}: {rows:?}");
        thread::sleep(Duration::from_millis(10));
    }
}
