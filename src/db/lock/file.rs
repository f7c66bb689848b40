//! The lock of a SQLite database: a locked file beside it.
//!
//! SQLite's own write lock (`BEGIN IMMEDIATE`) cannot hold a whole run: it ends with each
//! transaction, and held on a connection of its own it would shut out the very statements that
//! it is to protect. So the run holds this file, and each of its transactions is still `BEGIN
//! IMMEDIATE` and still checks the version rows: whoever does not know the file (Alembic) is
//! noticed there.
//!
//! The operating system gives the lock back when the process ends. The file itself is removed
//! by its holder; what is left behind after a crash is an unlocked file that the next run takes.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use chrono::SecondsFormat;
use chrono::Utc;

use super::SiteLock;
use super::holder_name;
use crate::db::LockAttempt;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::url::DatabaseUrl;

/// How often an attempt starts over because the previous holder removed the file meanwhile.
const RETRIES: usize = 16;

/// The lock file of one SQLite file.
pub(in crate::db) struct FileLock {
    path: PathBuf,
    holder: String,
    held: Option<File>,
}

impl FileLock {
    /// The lock of the database file `database`, which may not exist yet.
    pub(in crate::db) fn new(database: &Path, actor: &str, host: &str) -> Self {
        // One database must have one lock, whatever links lead to it.
        let database = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
        let mut name = database.into_os_string();
        name.push("-limbeck-lock");
        FileLock { path: name.into(), holder: holder_name(actor, host), held: None }
    }

    /// Who holds the lock, if anybody does. Takes nothing and makes nothing; whoever tries at the
    /// same moment tries again.
    pub(in crate::db) fn holder(&self) -> Option<String> {
        let file = File::open(&self.path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&self.path).unwrap_or_default();
                let holder = holder.trim();
                Some(if holder.is_empty() { "another run".to_owned() } else { holder.to_owned() })
            }
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }

    fn error(&self, error: &io::Error) -> DatabaseError {
        let message = format!("the lock file {} cannot be used: {error}", self.path.display());
        DatabaseError::new(DatabaseErrorKind::Unreachable, message)
    }

    fn attempt(&self) -> io::Result<Attempt> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // Unreadable where locks are mandatory, and empty for a moment after locking.
                let holder = fs::read_to_string(&self.path).unwrap_or_default();
                let holder = holder.trim().to_owned();
                return Ok(Attempt::Busy((!holder.is_empty()).then_some(holder)));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Between opening and locking, the previous holder may have removed the file: then this
        // lock is one on a file that nobody else will ever find.
        if !is_at(&file, &self.path) {
            return Ok(Attempt::Removed);
        }
        file.set_len(0)?;
        let time = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        writeln!(file, "{}, since {time}", self.holder)?;
        Ok(Attempt::Acquired(file))
    }
}

enum Attempt {
    Acquired(File),
    Busy(Option<String>),
    Removed,
}

impl SiteLock for FileLock {
    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<(), DatabaseError> {
        self.unlock()?;
        if let Some(path) = url.sqlite_path() {
            *self = FileLock::new(path, &options.actor, &options.host);
        }
        Ok(())
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.held.is_some() {
            return Ok(LockAttempt::Acquired);
        }
        for _ in 0..RETRIES {
            match self.attempt().map_err(|error| self.error(&error))? {
                Attempt::Acquired(file) => {
                    self.held = Some(file);
                    return Ok(LockAttempt::Acquired);
                }
                Attempt::Busy(holder) => return Ok(LockAttempt::Busy { holder }),
                Attempt::Removed => {}
            }
        }
        Ok(LockAttempt::Busy { holder: None })
    }

    fn check(&mut self) -> Result<(), DatabaseError> {
        // The operating system does not take it back while the file is open.
        Ok(())
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        let Some(file) = self.held.take() else { return Ok(()) };
        if !is_at(&file, &self.path) {
            let name = self.path.display();
            let message = format!("the lock file {name} was removed during the run");
            return Err(DatabaseError::new(DatabaseErrorKind::Busy, message));
        }
        // Removed while still locked: afterwards the path may already be the next holder's file.
        // Where a file has no identity to check, it is left in place.
        let removed = if cfg!(unix) { fs::remove_file(&self.path) } else { Ok(()) };
        // Closing gives the lock back, also when the file could not be removed.
        drop(file);
        removed.map_err(|error| self.error(&error))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Nobody is left to hear that the file could not be removed.
        drop(self.unlock());
    }
}

/// Whether the open `file` is the one that `path` leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// The file is never removed here, so it is always the same.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}
