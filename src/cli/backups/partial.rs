//! Files that have their names only when they are complete.

use std::ffi::OsString;
use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::cli::db_error::DbError;

/// A file that has its name only when it is complete.
pub(in crate::cli) struct Partial {
    pub(in crate::cli) path: PathBuf,
}

impl Partial {
    pub(super) fn new(path: &Path) -> Result<Partial, DbError> {
        Partial::with_suffix(path, ".part")
    }

    /// The file that is to be `path`, called so with `suffix` behind it until then.
    pub(in crate::cli) fn with_suffix(path: &Path, suffix: &str) -> Result<Partial, DbError> {
        // Only one that is made here is removed: another may be at work on that one.
        let partial = with_suffix(path, suffix);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // It holds all that a database holds: it is for its owner only.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&partial) {
            Ok(_) => Ok(Partial { path: partial }),
            Err(error) => Err(DbError::File { path: path.to_owned(), error }),
        }
    }

    pub(super) fn finish(self, path: &Path) -> Result<(), DbError> {
        // Never over a file that has come meanwhile.
        let result = fs::hard_link(&self.path, path).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            // A file system without links.
            _ => fs::rename(&self.path, path),
        });
        result.map_err(|error| DbError::File { path: path.to_owned(), error })
    }
}

/// `path` with `suffix` behind its name.
pub(in crate::cli) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It may have been renamed; and what else could be done about it?
        drop(fs::remove_file(&self.path));
    }
}
