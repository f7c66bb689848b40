//! A project: its configuration with everything resolved.

use std::path::Path;
use std::path::PathBuf;

use toml::Spanned;

use crate::db::DEFAULT_ROW_LENGTH;
use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::db::TableName;
use crate::exec::TransactionMode;
use crate::graph::BranchLabel;

use super::config_file;
use super::config_file::ConfigFile;
use super::config_file::Scripts;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::error::MissingVariables;
use super::variables::Expanded;
use super::variables::Variables;
use super::variables::expand;

/// A project as its configuration describes it.
#[derive(Debug, Clone)]
pub struct Project {
    /// The configuration file.
    pub config_path: PathBuf,
    /// Where its scripts are and how they run.
    pub scripts: ScriptSettings,
    /// Its databases, in the order of the file.
    pub databases: Vec<DatabaseSettings>,
}

/// `[scripts]`, with paths made absolute or relative to the current directory.
#[derive(Debug, Clone)]
pub struct ScriptSettings {
    /// Directories that hold revisions, in the order in which they are loaded.
    pub version_locations: Vec<PathBuf>,
    /// Whether their sub-directories are searched too.
    pub recursive: bool,
    /// What one transaction holds.
    pub transaction_mode: TransactionMode,
    /// The names of new files (Alembic's `file_template`).
    pub file_template: Option<String>,
    /// The longest slug in the name of a new file, in characters.
    pub truncate_slug_length: Option<usize>,
    /// The branch label of directories that Diesel wrote.
    pub diesel_label: Option<BranchLabel>,
}

/// `[databases.NAME]`.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// Its name.
    pub name: String,
    /// Where it is, or what has to be set before that can be said: most commands do not ask.
    pub url: Result<DatabaseUrl, MissingVariables>,
    /// The branches it takes; `None` for every branch.
    pub branches: Option<Vec<BranchLabel>>,
    /// Its version table.
    pub version_table: TableName,
    /// How many characters of an id a row of it holds, where limbeck makes it.
    pub version_num_length: u16,
    /// Its journal.
    pub journal_table: TableName,
    /// How a run keeps others out.
    pub lock: LockMode,
}

/// Where revisions are when the configuration does not say.
const DEFAULT_LOCATION: &str = "versions";

impl Project {
    /// Reads the configuration at `path`.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn load(path: &Path, variables: Variables<'_>) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| fail(path, ConfigErrorKind::Unreadable(error)))?;
        Self::parse(path, &text, variables)
    }

    /// The branches that some database takes.
    pub fn taken_branches(&self) -> Vec<BranchLabel> {
        self.databases.iter().filter_map(|database| database.branches.clone()).flatten().collect()
    }

    /// The longest id that the version table of every database holds, as configured.
    pub fn longest_id(&self) -> u16 {
        let lengths = self.databases.iter().map(|database| database.version_num_length);
        lengths.min().unwrap_or(DEFAULT_ROW_LENGTH)
    }

    /// Where `database` of this project is.
    ///
    /// # Errors
    /// [`ConfigErrorKind::MissingVariables`] with every variable that it lacks.
    pub fn url(&self, database: &DatabaseSettings) -> Result<DatabaseUrl, ConfigError> {
        let url = database.url.clone();
        url.map_err(|missing| missing.into_error(&self.config_path))
    }

    /// Where `databases` of this project are, in their order.
    ///
    /// # Errors
    /// [`ConfigErrorKind::MissingVariables`] with every variable that any of them lacks, at the
    /// place of the first.
    pub fn urls<'a>(
        &self,
        databases: impl IntoIterator<Item = &'a DatabaseSettings>,
    ) -> Result<Vec<DatabaseUrl>, ConfigError> {
        let urls = databases.into_iter().map(|database| database.url.clone());
        complete(urls).map_err(|missing| missing.into_error(&self.config_path))
    }

    /// As [`Project::load`], for a text at hand.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn parse(path: &Path, text: &str, variables: Variables<'_>) -> Result<Self, ConfigError> {
        let file = config_file::parse(path, text)?;
        let base = path.parent().unwrap_or(Path::new(""));
        let scripts = script_settings(path, text, base, &file.scripts, variables)?;
        let databases = database_settings(path, text, base, file, variables)?;
        Ok(Project { config_path: path.to_owned(), scripts, databases })
    }
}

fn fail(path: &Path, kind: ConfigErrorKind) -> ConfigError {
    ConfigError { path: path.to_owned(), position: None, line: None, kind }
}

/// The values, or everything that any of them lacks.
fn complete<T>(
    values: impl Iterator<Item = Result<T, MissingVariables>>,
) -> Result<Vec<T>, MissingVariables> {
    let mut complete = Vec::new();
    let mut lacking: Option<MissingVariables> = None;
    for value in values {
        match value {
            Ok(value) => complete.push(value),
            Err(missing) => {
                lacking = Some(match lacking {
                    None => missing,
                    Some(before) => before.and(missing),
                });
            }
        }
    }
    lacking.map_or(Ok(complete), Err)
}

fn script_settings(
    path: &Path,
    text: &str,
    base: &Path,
    scripts: &Scripts,
    variables: Variables<'_>,
) -> Result<ScriptSettings, ConfigError> {
    let version_locations = match &scripts.version_locations {
        None => vec![base.join(DEFAULT_LOCATION)],
        Some(locations) => {
            let expanded = locations
                .iter()
                .map(|location| expand_value(path, text, "version_locations", location, variables))
                .collect::<Result<Vec<_>, _>>()?;
            let locations =
                complete(expanded.into_iter()).map_err(|missing| missing.into_error(path))?;
            locations.into_iter().map(|location| base.join(location)).collect()
        }
    };
    let diesel_label = match &scripts.diesel_label {
        None => None,
        Some(label) => Some(label.get_ref().parse().map_err(|source| {
            let kind = ConfigErrorKind::DieselLabel(source);
            config_file::error_at(path, text, Some(label.span().start), kind)
        })?),
    };
    Ok(ScriptSettings {
        version_locations,
        recursive: scripts.recursive_version_locations.unwrap_or(false),
        transaction_mode: scripts.transaction_mode.unwrap_or_default(),
        file_template: scripts.file_template.clone(),
        truncate_slug_length: scripts.truncate_slug_length,
        diesel_label,
    })
}

/// `value` with its variables replaced, or what it lacks; an error where it cannot be read.
fn expand_value(
    path: &Path,
    text: &str,
    key: &str,
    value: &Spanned<String>,
    variables: Variables<'_>,
) -> Result<Result<String, MissingVariables>, ConfigError> {
    let at = Some(value.span().start);
    match expand(value.get_ref(), variables) {
        Expanded::Complete(value) => Ok(Ok(value)),
        Expanded::Missing(names) => {
            let (position, line) = config_file::place(text, at);
            Ok(Err(MissingVariables { names, position, line }))
        }
        Expanded::Unclosed => {
            let kind = ConfigErrorKind::UnclosedVariable { key: key.to_owned() };
            Err(config_file::error_at(path, text, at, kind))
        }
    }
}

fn database_settings(
    path: &Path,
    text: &str,
    base: &Path,
    file: ConfigFile,
    variables: Variables<'_>,
) -> Result<Vec<DatabaseSettings>, ConfigError> {
    let mut raw: Vec<_> = file.databases.into_iter().collect();
    raw.sort_by_key(|(name, _)| name.span().start);
    let mut databases = Vec::with_capacity(raw.len());
    for (name, database) in raw {
        let at_name = Some(name.span().start);
        let at_url = Some(database.url.span().start);
        let name = name.into_inner();
        let error = |offset, kind| config_file::error_at(path, text, offset, kind);
        if !is_plain_name(&name) {
            return Err(error(at_name, ConfigErrorKind::DatabaseName { database: name }));
        }
        let url = match expand_value(path, text, "url", &database.url, variables)? {
            Err(missing) => Err(missing),
            Ok(url) => {
                let url = url.parse::<DatabaseUrl>().map_err(|source| {
                    error(at_url, ConfigErrorKind::Url { database: name.clone(), source })
                })?;
                Ok(url.resolve_against(base))
            }
        };
        let label = |label: &Spanned<String>| {
            label.get_ref().parse::<BranchLabel>().map_err(|source| {
                let kind = ConfigErrorKind::Label { database: name.clone(), source };
                error(Some(label.span().start), kind)
            })
        };
        let branches = match &database.branches {
            None => None,
            Some(labels) => Some(labels.iter().map(label).collect::<Result<_, _>>()?),
        };
        let version_num_length = match &database.version_num_length {
            None => DEFAULT_ROW_LENGTH,
            Some(length) => row_length(*length.get_ref()).ok_or_else(|| {
                let kind = ConfigErrorKind::RowLength { length: *length.get_ref() };
                error(Some(length.span().start), kind)
            })?,
        };
        let schema = database.version_table_schema;
        let table = |name: Option<String>, default: &str| TableName {
            schema: schema.clone(),
            name: name.unwrap_or_else(|| default.to_owned()),
        };
        databases.push(DatabaseSettings {
            url,
            branches,
            version_table: table(database.version_table, "alembic_version"),
            version_num_length,
            journal_table: table(database.journal_table, "limbeck_journal"),
            lock: match database.lock {
                None | Some(config_file::Lock::Session) => LockMode::Session,
                Some(config_file::Lock::Lease) => LockMode::Lease,
                Some(config_file::Lock::None) => LockMode::None,
            },
            name,
        });
    }
    Ok(databases)
}

/// `length`, if a version table can have such rows: not shorter than Alembic's, and not longer
/// than a key may be on every server (MySQL's 3,072 bytes, four to a character).
fn row_length(length: i64) -> Option<u16> {
    u16::try_from(length).ok().filter(|length| (DEFAULT_ROW_LENGTH..=768).contains(length))
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
