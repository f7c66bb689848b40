//! An Alembic project: what `alembic.ini` or `pyproject.toml` says, and what its env.py adds,
//! which is read and never run.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use limbeck_alembic::config::AlembicConfig;
use limbeck_alembic::config::AlembicConfigError;
use limbeck_alembic::config::ConfigInput;
use limbeck_alembic::config::ConfigSource;
use limbeck_alembic::config::Place;
use limbeck_alembic::config::read_config;
use limbeck_alembic::hooks::PostWriteHook;
use limbeck_alembic::logging::LogLevel;
use limbeck_alembic::logging::LoggerSource;
use limbeck_alembic::url::Secret;

use crate::bounded_file;
use crate::exec::TransactionMode;
use crate::script::sql::SourcePosition;

use super::env_file::EnvFile;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::files::ConfigFiles;
use super::setting::Origin;
use super::text::ServerFlags;
use super::variables::Variables;

/// What the command line adds to the files of a configuration.
#[derive(Debug, Clone, Copy)]
pub struct ConfigPlace<'a> {
    /// The section of the ini file.
    pub section: &'a str,
    /// The directory that Alembic's relative paths are taken from.
    pub directory: &'a Path,
    /// The `-x` arguments, which env.py may read.
    pub x_arguments: &'a [String],
    /// The server that takes the place of those of the configuration.
    pub server: &'a ServerFlags,
    /// Whether a `.env` beside `limbeck.toml` is read for it.
    pub reads_dotenv: bool,
}

/// A project of Alembic's.
#[derive(Debug, Clone)]
pub struct AlembicProject {
    /// Its configuration.
    pub config: AlembicConfig,
    /// Its env.py, if there is one.
    pub env: Option<EnvFile>,
    /// Whether a `limbeck.toml` extends it.
    pub is_extended: bool,
    /// The `-x key=value` arguments; one without a value has an empty one, as in Alembic.
    pub(super) x_arguments: BTreeMap<String, Secret>,
}

impl AlembicProject {
    /// Reads the Alembic files among `files`; `None` when there are none.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub(super) fn load(
        files: &ConfigFiles,
        place: ConfigPlace<'_>,
        variables: Variables<'_>,
    ) -> Result<Option<Self>, ConfigError> {
        if !files.is_alembic() {
            return Ok(None);
        }
        let ini = files.ini.as_deref().map(read_text).transpose()?;
        let pyproject = files.pyproject.as_deref().map(read_text).transpose()?;
        let input = ConfigInput {
            ini: source(&files.ini, &ini),
            pyproject: source(&files.pyproject, &pyproject),
            section: place.section,
            current_directory: place.directory,
            environment: &|name| variables.get(name),
            is_directory: &|path| path.is_dir(),
        };
        let failed = |error| ConfigError::alembic(files.main(), error);
        let config = read_config(&input).map_err(failed)?;
        config.check_script_directory(&|path| path.exists()).map_err(failed)?;
        if config.sourceless.value {
            return Err(at(files, config.sourceless.place.as_ref(), ConfigErrorKind::Sourceless));
        }
        let env = EnvFile::read(&config.script_location.value)?;
        let x_arguments = place.x_arguments.iter().map(|argument| {
            let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
            (key.to_owned(), Secret::new(value))
        });
        let (is_extended, x_arguments) = (files.limbeck.is_some(), x_arguments.collect());
        Ok(Some(AlembicProject { config, env, is_extended, x_arguments }))
    }

    /// The directory of env.py and of the template of new revisions.
    pub fn script_location(&self) -> &Path {
        &self.config.script_location.value
    }

    pub(super) fn version_locations(&self) -> Vec<PathBuf> {
        self.config.version_locations.iter().map(|location| location.value.clone()).collect()
    }

    /// The post-write hooks.
    ///
    /// # Errors
    /// [`ConfigError`], when one of them cannot be read.
    pub fn hooks(&self, variables: Variables<'_>) -> Result<Vec<PostWriteHook>, ConfigError> {
        let hooks = self.config.hooks(&|name| variables.get(name));
        hooks.map_err(|error| ConfigError::alembic(self.path(), error))
    }

    /// The options that a template of new revisions may ask for, with their values: those of the
    /// main section that hold no database URL.
    pub fn template_options(&self, variables: Variables<'_>) -> Vec<(String, Secret)> {
        const KNOWN: [&str; 6] = [
            "databases",
            "file_template",
            "script_location",
            "timezone",
            "version_locations",
            "version_table",
        ];
        let others = self.config.other_options.iter().map(|option| option.value.as_str());
        let value = |name: &str| {
            // One that cannot be read is as good as absent, until something asks for it.
            let option = self.config.option(name, &|name| variables.get(name)).ok()??;
            Some((name.to_owned(), option.value))
        };
        KNOWN.into_iter().chain(others).filter_map(value).collect()
    }

    /// Whether the logger of migrations lets lines of the level INFO through; `None` when the
    /// ini file configures no logging.
    pub fn logs_info(&self) -> Option<bool> {
        let logging = self.config.migration_logging();
        (logging.source != LoggerSource::None).then_some(logging.level <= LogLevel::Info)
    }

    /// What one transaction holds: as env.py says, else as Alembic has it.
    pub(super) fn transaction_mode(&self) -> TransactionMode {
        match self.env.as_ref().and_then(EnvFile::has_transaction_per_migration) {
            Some(true) => TransactionMode::Revision,
            Some(false) | None => TransactionMode::Alembic,
        }
    }

    /// Where that is from, unless it is Alembic's default.
    pub(super) fn transaction_mode_origin(&self) -> Option<Origin> {
        let env = self.env.as_ref()?;
        let line = env.line_of_transaction_per_migration()?;
        Some(Origin::File { path: env.path.clone(), line: Some(line) })
    }

    /// An option of its configuration at `place`, as an origin.
    pub(super) fn option_origin(&self, place: &Place, option: &'static str) -> Origin {
        let is_ini = self.config.ini_path() == Some(place.path.as_path());
        let section = if is_ini { self.config.section() } else { "tool.alembic" };
        Origin::Option { path: place.path.clone(), section: section.to_owned(), option }
    }

    /// The file that its errors are about when they name none.
    pub(super) fn path(&self) -> &Path {
        self.config.ini_path().unwrap_or(self.script_location())
    }
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    // `-c` may name a pipe.
    bounded_file::read_any(path, bounded_file::SMALL)
        .and_then(bounded_file::text)
        .map_err(|error| ConfigError::of(path, ConfigErrorKind::Unreadable(error)))
}

fn source<'a>(path: &'a Option<PathBuf>, text: &'a Option<String>) -> Option<ConfigSource<'a>> {
    let (path, text) = path.as_deref().zip(text.as_deref())?;
    Some(ConfigSource { path, text })
}

fn at(files: &ConfigFiles, place: Option<&Place>, kind: ConfigErrorKind) -> ConfigError {
    ConfigError {
        path: place.map_or_else(|| files.main().to_owned(), |place| place.path.clone()),
        position: place.map(|place| SourcePosition { line: place.line, column: 1 }),
        line: None,
        kind,
    }
}

impl ConfigError {
    /// An error of Alembic's own files; `path` is named where it has no place.
    pub(super) fn alembic(path: &Path, error: AlembicConfigError) -> Self {
        let place = error.place.clone();
        ConfigError {
            path: place.as_ref().map_or_else(|| path.to_owned(), |place| place.path.clone()),
            position: place.map(|place| SourcePosition {
                line: place.line,
                column: error.column.unwrap_or(1),
            }),
            line: error.source_line.clone(),
            kind: ConfigErrorKind::Alembic(error),
        }
    }
}
