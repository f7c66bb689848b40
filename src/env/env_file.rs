//! An Alembic project's env.py: read, never run.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use limbeck_alembic::env_py::EnvScript;
use limbeck_alembic::env_py::Finding;
use limbeck_alembic::env_py::FindingKind;
use limbeck_alembic::env_py::Setting;
use limbeck_alembic::env_py::Treatment;
use limbeck_alembic::env_py::UrlSource;
use limbeck_alembic::env_py::read_env;
use limbeck_alembic::header::decode_source;
use limbeck_alembic::python::Position;

use crate::bounded_file;
use crate::script::sql::SourcePosition;

use super::error::ConfigError;
use super::error::ConfigErrorKind;

/// The file in the script directory.
const ENV_PY: &str = "env.py";

/// An env.py that has been read.
#[derive(Debug, Clone)]
pub struct EnvFile {
    /// The file.
    pub path: PathBuf,
    /// What it says, unless it is no Python: what needs no database works without it.
    pub script: Result<EnvScript, Arc<ConfigError>>,
}

impl EnvFile {
    /// Reads the env.py of a script directory; `None` when there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn read(script_location: &Path) -> Result<Option<Self>, ConfigError> {
        let path = script_location.join(ENV_PY);
        let bytes = match bounded_file::read(&path, bounded_file::SMALL) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ConfigError::of(&path, ConfigErrorKind::Unreadable(error))),
        };
        let script = match decode_source(&bytes) {
            Err(error) => Err(ConfigError::of(&path, ConfigErrorKind::EnvEncoding(error))),
            Ok(text) => read_env(&text).map_err(|error| {
                let position = error.position.clone();
                in_env(&path, &position, ConfigErrorKind::EnvSyntax(error))
            }),
        };
        Ok(Some(EnvFile { path, script: script.map_err(Arc::new) }))
    }

    /// What it says of `transaction_per_migration`, where that is written out.
    pub(super) fn has_transaction_per_migration(&self) -> Option<bool> {
        match self.script.as_ref().ok()?.transaction_per_migration() {
            Setting::Flag { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Where it says so.
    pub(super) fn line_of_transaction_per_migration(&self) -> Option<usize> {
        match self.script.as_ref().ok()?.transaction_per_migration() {
            Setting::Flag { position, .. } => Some(position.line),
            _ => None,
        }
    }

    /// An error at a place of the file.
    pub(super) fn error(&self, position: &Position, kind: ConfigErrorKind) -> ConfigError {
        in_env(&self.path, position, kind)
    }

    /// Everything in it that a person who does without it has to know.
    pub fn findings(&self) -> &[Finding] {
        self.script.as_ref().map(EnvScript::findings).unwrap_or_default()
    }

    /// Whether limbeck does the same without any setting: what goes into the URL in a known way,
    /// and arguments that are written out.
    pub fn is_followed(&self, finding: &Finding) -> bool {
        let Ok(script) = &self.script else { return false };
        match (&finding.kind, script.url()) {
            _ if finding.treatment == Treatment::Followed => true,
            (FindingKind::Url, url) => !matches!(url, UrlSource::Computed { .. }),
            (
                FindingKind::XArgument { key: Some(key) },
                UrlSource::Variables { x_arguments, .. },
            ) => x_arguments.contains(key),
            (FindingKind::Argument { name }, _) => {
                let followed = ["version_table", "version_table_schema"].contains(&name.as_str());
                let is_written = matches!(
                    script.argument(name),
                    Setting::None { .. } | Setting::Text { .. } | Setting::Option { .. }
                );
                let is_mode = name == "transaction_per_migration"
                    && matches!(script.argument(name), Setting::Flag { .. });
                (followed && is_written) || is_mode
            }
            _ => false,
        }
    }

    /// What it does with the `-x` argument `key`, where limbeck does not do the same.
    pub fn unfollowed_argument(&self, key: &str) -> Option<&Finding> {
        self.findings().iter().find(|finding| {
            matches!(&finding.kind, FindingKind::XArgument { key: read }
                if read.as_deref().is_none_or(|read| read == key))
                && !self.is_followed(finding)
        })
    }
}

fn in_env(path: &Path, position: &Position, kind: ConfigErrorKind) -> ConfigError {
    // `read_env` leaves out of the line what stands in quotes; it is empty where it cannot.
    ConfigError {
        path: path.to_owned(),
        position: Some(SourcePosition { line: position.line, column: position.column }),
        line: Some(position.source_line.clone()).filter(|line| !line.is_empty()),
        kind,
    }
}
