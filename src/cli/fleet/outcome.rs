//! What the end of the work on a site means for its rollout.

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
    /// It is to be tried again.
    Again {
        /// When, from now, in milliseconds.
        delay: i64,
        /// Whether it counts among the failures in a row.
        is_failure: bool,
    },
}

/// What `error` means for a site that was out of reach `failures` times in a row before.
pub(super) fn fate(error: &WorkerError, failures: i64) -> Fate {
    let again = |delay| Fate::Again { delay, is_failure: false };
    let database = match error {
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
        fate(&WorkerError::Run(RunError::before_any_step(kind)), failures)
    }

    #[test]
    fn what_passes_is_tried_again_and_not_for_ever() {
        let again = |delay| Fate::Again { delay, is_failure: true };
        assert_eq!(of_kind(DatabaseErrorKind::Unreachable, 0), again(1_000));
        assert_eq!(of_kind(DatabaseErrorKind::Busy, 3), again(8_000));
        assert_eq!(of_kind(DatabaseErrorKind::Unreachable, 8), again(30_000));
        assert_eq!(of_kind(DatabaseErrorKind::Unreachable, 9), Fate::Failed);
        assert_eq!(of_kind(DatabaseErrorKind::Statement, 0), Fate::Failed);
        assert_eq!(fate(&WorkerError::Site(CliError::NoTenants), 0), Fate::Failed);
    }
}
