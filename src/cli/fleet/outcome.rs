//! What the end of the work on a site means for its rollout, and for the worker.

use std::collections::BTreeMap;
use std::time::Duration;
use std::time::Instant;

use crate::cli::error::CliError;
use crate::cli::fan_out::WorkerError;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::exec::RunErrorKind;

/// How often in a row a site may be out of reach before it counts as failed.
const MOST_FAILURES: i64 = 10;
/// The pause after the first time, in milliseconds; each is twice as long as the one before.
const FIRST_DELAY: i64 = 1_000;
const LONGEST_DELAY: i64 = 30_000;
/// How soon to look again at a site whose lock another run holds, in milliseconds.
const LOCK_DELAY: i64 = 3_000;

/// What is to become of a site that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It has failed.
    Failed,
    /// Nothing is known of it: this worker does not reach its database, which others may.
    OutOfReach,
    /// It is to be tried again.
    Again {
        /// When, from now, in milliseconds.
        delay: i64,
        /// Whether it counts among the failures in a row.
        is_failure: bool,
    },
}

/// What `error` means for a site that was out of reach `failures` times in a row before, and that
/// has a database of its own or not.
pub(super) fn fate(error: &WorkerError, failures: i64, has_own: bool) -> Fate {
    let again = |delay| Fate::Again { delay, is_failure: false };
    let database = match error {
        // Of a database of many sites that is the worker's matter, and none of theirs.
        WorkerError::Site(error) if !has_own && is_unreached(error) => return Fate::OutOfReach,
        WorkerError::Site(error) => of_site(error),
        WorkerError::Run(error) => match error.kind.as_ref() {
            RunErrorKind::Interrupted { .. } => return again(0),
            RunErrorKind::LockTimeout { .. } => return again(LOCK_DELAY),
            kind => of_run(kind),
        },
    };
    let is_passing = database.is_some_and(|error| {
        matches!(error.kind, DatabaseErrorKind::Unreachable | DatabaseErrorKind::Busy)
    });
    if !is_passing || failures + 1 >= MOST_FAILURES {
        return Fate::Failed;
    }
    let delay = FIRST_DELAY << failures.clamp(0, 10);
    Fate::Again { delay: delay.min(LONGEST_DELAY), is_failure: true }
}

fn of_site(error: &CliError) -> Option<&DatabaseError> {
    match error {
        CliError::Database { error, .. } | CliError::TenantList { error, .. } => Some(error),
        _ => None,
    }
}

/// Whether no session was to be had.
fn is_unreached(error: &CliError) -> bool {
    match of_site(error) {
        Some(error) => matches!(
            error.kind,
            DatabaseErrorKind::Unreachable
                | DatabaseErrorKind::Authentication
                | DatabaseErrorKind::NoSuchDatabase
        ),
        None => matches!(error, CliError::Fleet(_)),
    }
}

/// Databases that a worker does not reach: it leaves them to others, for a growing time.
#[derive(Default)]
pub(super) struct OutOfReach {
    databases: BTreeMap<String, Unreached>,
}

struct Unreached {
    until: Instant,
    times: u32,
    /// Why, as it was said last.
    message: String,
}

impl OutOfReach {
    /// `database` could not be reached; whether that is new.
    pub(super) fn add(&mut self, database: &str, message: String) -> bool {
        let times = self.databases.get(database).map_or(0, |unreached| unreached.times) + 1;
        let pause = Duration::from_secs(1 << times.min(6));
        let unreached = Unreached { until: Instant::now() + pause, times, message };
        self.databases.insert(database.to_owned(), unreached).is_none()
    }

    /// `database` was reached.
    pub(super) fn remove(&mut self, database: &str) {
        self.databases.remove(database);
    }

    /// The databases that are left alone now.
    pub(super) fn now(&self) -> Vec<String> {
        let now = Instant::now();
        let left = self
            .databases
            .iter()
            .filter(|(_, unreached)| unreached.until > now || unreached.times >= MOST_TIMES);
        left.map(|(database, _)| database.clone()).collect()
    }

    /// The database that this worker will not try again, and why.
    pub(super) fn given_up(&self) -> Option<(&str, &str)> {
        let found = self.databases.iter().find(|(_, unreached)| unreached.times >= MOST_TIMES);
        found.map(|(database, unreached)| (database.as_str(), unreached.message.as_str()))
    }

    /// Whether one is left alone that is to be tried again.
    pub(super) fn has_hope(&self) -> bool {
        self.databases.values().any(|unreached| unreached.times < MOST_TIMES)
    }
}

/// How often a worker tries a database, all in all for some minutes.
const MOST_TIMES: u32 = 8;

fn of_run(kind: &RunErrorKind) -> Option<&DatabaseError> {
    match kind {
        RunErrorKind::Database { error } | RunErrorKind::Commit { error, .. } => Some(error),
        RunErrorKind::Statement(failure) => Some(&failure.error),
        RunErrorKind::Python(failure) => failure.statement.as_ref().map(|(_, error)| error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::RunError;

    fn of_kind(kind: DatabaseErrorKind, failures: i64) -> Fate {
        let error = DatabaseError::new(kind, "gone");
        let kind = RunErrorKind::Database { error };
        fate(&WorkerError::Run(RunError::before_any_step(kind)), failures, false)
    }

    #[test]
    fn what_passes_is_tried_again_and_not_for_ever() {
        let again = |delay| Fate::Again { delay, is_failure: true };
        assert_eq!(of_kind(DatabaseErrorKind::Unreachable, 0), again(1_000));
        assert_eq!(of_kind(DatabaseErrorKind::Busy, 3), again(8_000));
        assert_eq!(of_kind(DatabaseErrorKind::Unreachable, 8), again(30_000));
        assert_eq!(of_kind(DatabaseErrorKind::Unreachable, 9), Fate::Failed);
        assert_eq!(of_kind(DatabaseErrorKind::Statement, 0), Fate::Failed);
        assert_eq!(fate(&WorkerError::Site(CliError::NoTenants), 0, false), Fate::Failed);
    }

    #[test]
    fn what_a_worker_does_not_reach_is_left_to_others() {
        for kind in [DatabaseErrorKind::NoSuchDatabase, DatabaseErrorKind::Authentication] {
            let error = DatabaseError::new(kind, "no");
            let (database, url) = ("app".to_owned(), String::new());
            let error = WorkerError::Site(CliError::Database { database, url, error });
            assert_eq!(fate(&error, 0, false), Fate::OutOfReach);
            // There nobody else reaches more.
            assert_eq!(fate(&error, 0, true), Fate::Failed);
        }
        let mut unreached = OutOfReach::default();
        assert!(unreached.add("app", "no".to_owned()));
        assert!(!unreached.add("app", "no".to_owned()));
        assert_eq!(unreached.now(), ["app"]);
        assert!(unreached.has_hope() && unreached.given_up().is_none());
        for _ in 2..MOST_TIMES {
            unreached.add("app", "still no".to_owned());
        }
        assert_eq!(unreached.given_up(), Some(("app", "still no")));
        assert!(!unreached.has_hope());
        unreached.remove("app");
        assert!(unreached.now().is_empty());
    }
}
