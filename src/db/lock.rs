//! Locks that keep two runs on one site apart.
//!
//! A lock is tried, never waited for: the caller polls, names the holder meanwhile and gives up
//! when it has waited long enough. Every lock ends with the value that holds it.

mod advisory;
mod file;
mod lease;
mod named;
mod session;

use super::LockAttempt;
use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::url::DatabaseUrl;

pub(super) use advisory::holder as advisory_holder;
pub(super) use advisory::lock_key;
pub(super) use advisory::lock_key_in;
pub(super) use file::FileLock;
pub(super) use lease::LEASE_TABLE;
pub(super) use lease::LeaseLock;
pub(super) use named::holder as named_holder;
pub(super) use session::SessionLock;
pub(super) use session::WorkLock;

/// The lock of one site.
pub(super) trait SiteLock: Send {
    /// Tries once; succeeds at once when the lock is already held by this value.
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError>;

    /// Gives the lock back; does nothing when it is not held.
    ///
    /// # Errors
    /// When it turns out that the lock was lost before: another run may have been at work.
    fn unlock(&mut self) -> Result<(), DatabaseError>;

    /// A second lock, which the session that does the work is to hold too, while this
    /// lock is held.
    fn work_key(&self) -> Option<String> {
        None
    }

    /// Turns to the lock of another site on the same server, once this one is given back.
    ///
    /// # Errors
    /// Whatever the database says.
    fn move_to(&mut self, url: &DatabaseUrl, options: &SessionOptions)
    -> Result<(), DatabaseError>;

    /// Fails when the lock has been lost. Cheap enough to be called for every step.
    fn check(&mut self) -> Result<(), DatabaseError>;
}

/// No lock: for those who exclude other runs by their own means.
pub(super) struct NoLock;

impl SiteLock for NoLock {
    fn check(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        Ok(LockAttempt::Acquired)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn move_to(&mut self, _: &DatabaseUrl, _: &SessionOptions) -> Result<(), DatabaseError> {
        Ok(())
    }
}

/// How a holder presents itself to those who wait.
pub(super) fn holder_name(actor: &str, host: &str) -> String {
    match (actor, host) {
        ("", "") => format!("process {}", std::process::id()),
        (actor, "") => format!("process {}, {actor}", std::process::id()),
        (actor, host) => format!("process {}, {actor}@{host}", std::process::id()),
    }
}
