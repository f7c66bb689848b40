//! Steps that could not have a lock, and are tried again as a whole.
//!
//! Between two attempts nothing is held, so that those who wait behind the lock go on; the pauses
//! grow, and are of no fixed length, so that two runs do not meet again and again.

use std::time::Duration;
use std::time::Instant;

use uuid::Uuid;

use crate::db::DatabaseError;
use crate::db::OtherSession;

use super::error::RunErrorKind;
use super::error::Tries;
use super::limits;
use super::prepare::PreparedScript;
use super::step::StepRunner;

/// The first pause; each is twice as long as the one before, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How soon a pause ends when the run is asked to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// An attempt that could not have a lock, for those who listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contention<'a> {
    /// What the database said.
    pub error: &'a DatabaseError,
    /// Who was in the way, as far as that could be seen.
    pub blockers: &'a [OtherSession],
    /// How many attempts there have been.
    pub tries: u32,
    /// When the next one begins.
    pub pause: Duration,
}

/// The attempts at one step.
#[derive(Debug)]
pub(super) struct Retry {
    budget: Duration,
    began: Instant,
    tries: u32,
    pause: Duration,
}

impl StepRunner<'_> {
    /// The attempts at `script`, of which the first begins now.
    pub(super) fn attempts(&self, script: Option<&PreparedScript>) -> Retry {
        let budget = limits::budget(script, self.database.dialect(), self.options);
        Retry { budget, began: Instant::now(), tries: 0, pause: FIRST_PAUSE }
    }

    /// Waits until there may be another attempt after one that ended with `error`, of which nothing
    /// is left.
    ///
    /// # Errors
    /// `error` itself where it is none that another attempt could mend, or there has been enough of
    /// them; and when the run is asked to stop.
    pub(super) fn await_next(
        &mut self,
        retry: &mut Retry,
        error: RunErrorKind,
    ) -> Result<(), RunErrorKind> {
        retry.tries += 1;
        let Some(cause) = contention(&error) else { return Err(error) };
        let spent = retry.began.elapsed();
        if spent >= retry.budget {
            return Err(with_tries(error, Tries { count: retry.tries, spent }));
        }
        // Between half of it and all of it.
        let share = f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX);
        let pause = retry.pause.mul_f64(0.5 + share / 2.0).min(retry.budget - spent);
        retry.pause = (retry.pause * 2).min(LONGEST_PAUSE);
        let blockers = cause.server.as_deref().map_or(&[][..], |server| &server.blockers);
        let told = Contention { error: cause, blockers, tries: retry.tries, pause };
        self.observer.contended(&told);
        let end = Instant::now() + pause;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.check_interrupt(None)?;
            std::thread::sleep(left.min(GLANCE));
        }
        Ok(())
    }
}

/// The error of the database in `error`, where it says that somebody else was in the way: a lock
/// that was not to be had in time, a deadlock.
fn contention(error: &RunErrorKind) -> Option<&DatabaseError> {
    let error = match error {
        RunErrorKind::Statement(failure) => &failure.error,
        RunErrorKind::Python(failure) => &failure.statement.as_ref()?.1,
        RunErrorKind::Database { error } | RunErrorKind::Commit { error, .. } => error,
        _ => return None,
    };
    let server = error.server.as_deref()?;
    let is_state = matches!(server.sqlstate.as_deref(), Some("55P03" | "40P01" | "40001"));
    // MySQL's deadlock has the state of a serialization failure, its timeout a general one.
    let is_code = matches!(server.code, Some(1205 | 1213 | 3572));
    (is_state || is_code).then_some(error)
}

fn with_tries(mut error: RunErrorKind, tries: Tries) -> RunErrorKind {
    if let RunErrorKind::Statement(failure) = &mut error {
        failure.tries = Some(tries);
    }
    error
}
