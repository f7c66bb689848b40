//! A lock that a server keeps for a session, and gives back when the session ends, however the
//! process ends.
//!
//! It is taken on a connection of its own: a script may end the locks of its session, and the lock
//! must outlive every transaction of the run.
//!
//! A server process notices only between two statements that its client is gone. When a run is
//! killed in the middle of a long statement (an index that takes an hour), its lock is free at
//! once, and the statement goes on. So the session that does the work holds a second lock, which
//! stays for as long as its last statement runs: the next run waits for it, and then finds the
//! statement done or undone, but never under way.

use std::time::Duration;
use std::time::Instant;

use super::SiteLock;
use crate::db::LockAttempt;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::url::DatabaseUrl;

/// How long the connection that holds the lock is taken to be there without asking.
const TRUSTED: Duration = Duration::from_secs(2);

/// A connection to a server that keeps locks by their keys.
pub(in crate::db) trait Locking: Send + Sized {
    /// Opens a connection that is to hold the locks of sites.
    fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError>;

    /// The keys of the locks of a site.
    fn keys(&mut self, url: &DatabaseUrl, options: &SessionOptions) -> Result<Keys, DatabaseError>;

    /// Tries once to take the lock `key` in this session.
    fn attempt(&mut self, key: &str) -> Result<LockAttempt, DatabaseError>;

    /// Whether this session, which has taken the lock `key`, holds it still.
    fn still_holds(&mut self, key: &str) -> bool;

    /// Gives the lock `key` back; whether this session held it.
    fn release(&mut self, key: &str) -> Result<bool, DatabaseError>;
}

/// The keys of the two locks of a site.
pub(in crate::db) struct Keys {
    pub(in crate::db) lock: String,
    /// That of the session that does the work.
    pub(in crate::db) work: String,
}

/// The lock of one version table.
pub(in crate::db) struct SessionLock<C> {
    url: DatabaseUrl,
    options: SessionOptions,
    /// Opened by the first attempt: a run with nothing to do never pays for it.
    link: Option<(C, Option<Keys>)>,
    held: bool,
    /// When the lock was last known to be ours.
    seen: Instant,
}

impl<C: Locking> SessionLock<C> {
    pub(in crate::db) fn new(url: &DatabaseUrl, options: &SessionOptions) -> Self {
        SessionLock {
            url: url.clone(),
            options: options.clone(),
            link: None,
            held: false,
            seen: Instant::now(),
        }
    }

    fn lost(&self) -> DatabaseError {
        DatabaseError::new(
            DatabaseErrorKind::Busy,
            format!("the migration lock of {} was lost during the run", self.options.version_table),
        )
    }
}

impl<C: Locking> SiteLock for SessionLock<C> {
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.held {
            return Ok(LockAttempt::Acquired);
        }
        let (mut connection, keys) = match self.link.take() {
            Some(link) => link,
            None => (C::open(&self.url, &self.options)?, None),
        };
        let keys = match keys {
            Some(keys) => keys,
            None => connection.keys(&self.url, &self.options)?,
        };
        // After a failure the link is dropped here, and the next attempt opens another one.
        let attempt = connection.attempt(&keys.lock)?;
        self.held = attempt == LockAttempt::Acquired;
        self.seen = Instant::now();
        self.link = Some((connection, Some(keys)));
        Ok(attempt)
    }

    fn check(&mut self) -> Result<(), DatabaseError> {
        if !self.held || self.seen.elapsed() < TRUSTED {
            return Ok(());
        }
        let Some((connection, Some(keys))) = &mut self.link else { return Ok(()) };
        if !connection.still_holds(&keys.lock) {
            self.held = false;
            self.link = None;
            return Err(self.lost());
        }
        self.seen = Instant::now();
        Ok(())
    }

    fn work_key(&self) -> Option<String> {
        self.link.as_ref().and_then(|(_, keys)| Some(keys.as_ref()?.work.clone()))
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        if !std::mem::take(&mut self.held) {
            return Ok(());
        }
        let Some((mut connection, Some(keys))) = self.link.take() else { return Ok(()) };
        if connection.release(&keys.lock)? {
            self.link = Some((connection, Some(keys)));
            return Ok(());
        }
        Err(self.lost())
    }

    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<(), DatabaseError> {
        self.unlock()?;
        (self.url, self.options) = (url.clone(), options.clone());
        if let Some((_, keys)) = &mut self.link {
            *keys = None;
        }
        Ok(())
    }
}

/// The second lock, of the session that does the work.
#[derive(Debug, Default)]
pub(in crate::db) struct WorkLock(Option<String>);

impl WorkLock {
    /// Tries once to take the lock of the site, and then this one in the session of `connection`,
    /// which does the work: both or none.
    pub(in crate::db) fn try_with(
        &mut self,
        lock: &mut dyn SiteLock,
        connection: &mut impl Locking,
    ) -> Result<LockAttempt, DatabaseError> {
        let attempt = lock.try_lock()?;
        let Some(key) = lock.work_key().filter(|_| attempt == LockAttempt::Acquired) else {
            return Ok(attempt);
        };
        let attempt = self.try_lock(connection, key);
        if !matches!(attempt, Ok(LockAttempt::Acquired)) {
            lock.unlock()?;
        }
        attempt
    }

    fn try_lock(
        &mut self,
        connection: &mut impl Locking,
        key: String,
    ) -> Result<LockAttempt, DatabaseError> {
        if self.0.is_some() {
            return Ok(LockAttempt::Acquired);
        }
        Ok(match connection.attempt(&key)? {
            LockAttempt::Busy { holder } => LockAttempt::Busy {
                holder: holder.map(|holder| {
                    format!("{holder}, still at the last statement of a run that was killed")
                }),
            },
            LockAttempt::Acquired => {
                self.0 = Some(key);
                LockAttempt::Acquired
            }
        })
    }

    /// Takes the lock again, after the session was put back. Nobody else can have it: they would
    /// need the lock of the site before.
    pub(in crate::db) fn retake(
        &mut self,
        connection: &mut impl Locking,
    ) -> Result<(), DatabaseError> {
        let Some(key) = self.0.take() else { return Ok(()) };
        match self.try_lock(connection, key)? {
            LockAttempt::Acquired => Ok(()),
            LockAttempt::Busy { .. } => Err(DatabaseError::new(
                DatabaseErrorKind::Busy,
                "the migration lock was lost during the run",
            )),
        }
    }

    /// Gives both back. A script may have ended this one before, which does no harm: a run that
    /// is not killed needs it no more.
    pub(in crate::db) fn unlock_with(
        &mut self,
        lock: &mut dyn SiteLock,
        connection: &mut impl Locking,
    ) -> Result<(), DatabaseError> {
        let work = match self.0.take() {
            Some(key) => connection.release(&key).map(drop),
            None => Ok(()),
        };
        lock.unlock()?;
        work
    }
}
