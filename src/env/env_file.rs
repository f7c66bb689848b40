//! An Alembic project's env.py: read, never run.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use super::error::ConfigError;
use super::error::ConfigErrorKind;

/// The file in the script directory.
const ENV_PY: &str = "env.py";

/// An env.py that has been read.
#[derive(Debug, Clone)]
pub struct EnvFile {
    /// The file.
    pub path: PathBuf,
}

impl EnvFile {
    /// Reads the env.py of a script directory; `None` when there is none.
    pub(super) fn read(script_location: &Path) -> Result<Option<Self>, ConfigError> {
        let path = script_location.join(ENV_PY);
        match std::fs::read(&path) {
            Ok(_) => Ok(Some(EnvFile { path })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ConfigError::of(&path, ConfigErrorKind::Unreadable(error))),
        }
    }

    pub(super) fn has_transaction_per_migration(&self) -> Option<bool> {
        None
    }
}
