//! Taking the lock of a site: polled, bounded, and with a word about who holds it.

use std::time::Duration;
use std::time::Instant;

use crate::db::Database;
use crate::db::LockAttempt;

use super::error::RunErrorKind;
use super::observer::Observer;
use super::options::RunOptions;

/// The first pause between two attempts; pauses grow to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// Long enough not to burden the server, short enough not to be felt.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Does `work` while the lock is held.
///
/// # Errors
/// When the lock is not to be had in time, and those of `work`.
pub(super) fn with_lock<T>(
    database: &mut dyn Database,
    options: &RunOptions,
    observer: &mut dyn Observer,
    work: impl FnOnce(&mut dyn Database, &mut dyn Observer) -> Result<T, RunErrorKind>,
) -> Result<T, RunErrorKind> {
    acquire(database, options, observer)?;
    let result = work(database, observer);
    // Given back on every path; a lock that stays is gone with the connection at the latest.
    if let Err(error) = database.unlock() {
        observer.warning(&format!("the lock could not be given back: {error}"));
    }
    result
}

/// Polls until the lock is held.
///
/// # Errors
/// [`RunErrorKind::LockTimeout`] when it is not to be had in time, and
/// [`RunErrorKind::Interrupted`].
pub(crate) fn acquire(
    database: &mut dyn Database,
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<(), RunErrorKind> {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut announced: Option<Option<String>> = None;
    loop {
        let holder = match database.try_lock()? {
            LockAttempt::Acquired => return Ok(()),
            LockAttempt::Busy { holder } => holder,
        };
        if announced.as_ref() != Some(&holder) {
            observer.waiting_for_lock(holder.as_deref());
            announced = Some(holder.clone());
        }
        if options.is_interrupted() {
            return Err(RunErrorKind::Interrupted { halfway: None });
        }
        let waited = start.elapsed();
        if waited >= options.lock_wait {
            return Err(RunErrorKind::LockTimeout { holder, waited });
        }
        std::thread::sleep(pause.min(options.lock_wait - waited));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
