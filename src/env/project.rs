//! A project: its configuration with everything resolved.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use toml::Spanned;

use crate::db::DEFAULT_ROW_LENGTH;
use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::db::TableName;
use crate::exec::Journal;
use crate::exec::TransactionMode;
use crate::graph::BranchLabel;

use super::alembic::AlembicProject;
use super::alembic::ConfigPlace;
use super::alembic_databases::alembic_url;
use super::config_file;
use super::config_file::ConfigFile;
use super::config_file::Database;
use super::config_file::Scripts;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::error::MissingVariables;
use super::files::ConfigFiles;
use super::variables::Expanded;
use super::variables::Variables;
use super::variables::expand;

/// A project as its configuration describes it.
#[derive(Debug, Clone)]
pub struct Project {
    /// The configuration file; in an Alembic project the ini file, where there is one.
    pub config_path: PathBuf,
    /// All files that the configuration consists of.
    pub files: Vec<PathBuf>,
    /// What Alembic's own files say, where there are such.
    pub alembic: Option<AlembicProject>,
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
    /// Whether somebody has seen to all that env.py does: then nothing is warned of.
    pub stands_in_for_env_py: bool,
}

/// `[databases.NAME]`.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// Its name.
    pub name: String,
    /// Where it is, or why that cannot be said: most commands do not ask.
    pub url: Result<DatabaseUrl, UrlProblem>,
    /// Whether `limbeck.toml` itself names the URL.
    pub is_own_url: bool,
    /// The branches it takes; `None` for every branch.
    pub branches: Option<Vec<BranchLabel>>,
    /// Its tables, or why they cannot be named.
    pub tables: Result<Tables, Arc<ConfigError>>,
    /// When runs write to the journal.
    pub journal: Journal,
    /// How a run keeps others out.
    pub lock: LockMode,
    /// Whether it is never to be dropped, and never to be written to by hand without a word.
    pub is_protected: bool,
}

/// The tables that limbeck keeps in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// The version table.
    pub version: TableName,
    /// The env.py that may give it another name, in arguments that only running it would show.
    pub uncertain: Option<PathBuf>,
    /// How many characters of an id a row of it holds, where limbeck makes it.
    pub version_num_length: u16,
    /// The journal.
    pub journal: TableName,
}

impl Default for Tables {
    fn default() -> Self {
        NamedTables::default().resolve()
    }
}

/// The tables as far as they are named.
#[derive(Debug, Clone)]
pub(super) struct NamedTables {
    pub(super) schema: Option<String>,
    pub(super) version: Option<String>,
    pub(super) journal: Option<String>,
    pub(super) version_num_length: u16,
}

impl Default for NamedTables {
    fn default() -> Self {
        let version_num_length = DEFAULT_ROW_LENGTH;
        NamedTables { schema: None, version: None, journal: None, version_num_length }
    }
}

impl NamedTables {
    /// The tables with these names, or Alembic's and ours, all in one schema.
    pub(super) fn resolve(self) -> Tables {
        let schema = self.schema;
        let table = |name: Option<String>, default: &str| TableName {
            schema: schema.clone(),
            name: name.unwrap_or_else(|| default.to_owned()),
        };
        Tables {
            version: table(self.version, "alembic_version"),
            uncertain: None,
            version_num_length: self.version_num_length,
            journal: table(self.journal, "limbeck_journal"),
        }
    }
}

/// Why it cannot be said where a database is.
#[derive(Debug, Clone)]
pub enum UrlProblem {
    /// Its URL names variables that have no value.
    Variables(MissingVariables),
    /// Anything else.
    Other(Arc<ConfigError>),
}

impl UrlProblem {
    fn into_error(self) -> Arc<ConfigError> {
        match self {
            UrlProblem::Variables(missing) => Arc::new(missing.into_error()),
            UrlProblem::Other(error) => error,
        }
    }
}

impl From<ConfigError> for UrlProblem {
    fn from(error: ConfigError) -> Self {
        UrlProblem::Other(Arc::new(error))
    }
}

/// Where revisions are when the configuration does not say.
const DEFAULT_LOCATION: &str = "versions";

impl Project {
    /// Reads the configuration in `files`.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn load(
        files: &ConfigFiles,
        place: ConfigPlace<'_>,
        variables: Variables<'_>,
    ) -> Result<Self, ConfigError> {
        let alembic = AlembicProject::load(files, place, variables)?;
        let text = match &files.limbeck {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| ConfigError::of(path, ConfigErrorKind::Unreadable(error)))?,
            None => String::new(),
        };
        let path = files.limbeck.as_deref().unwrap_or(files.main());
        let mut project = Self::build(path, &text, alembic, variables)?;
        project.config_path = files.main().to_owned();
        project.files = files.all();
        Ok(project)
    }

    /// The branches that some database takes.
    pub fn taken_branches(&self) -> Vec<BranchLabel> {
        self.databases.iter().filter_map(|database| database.branches.clone()).flatten().collect()
    }

    /// The longest id that the version table of every database holds, as configured.
    pub fn longest_id(&self) -> u16 {
        let tables = self.databases.iter().filter_map(|database| database.tables.as_ref().ok());
        let lengths = tables.map(|tables| tables.version_num_length);
        lengths.min().unwrap_or(DEFAULT_ROW_LENGTH)
    }

    /// Where `database` of this project is.
    ///
    /// # Errors
    /// [`ConfigErrorKind::MissingVariables`] with every variable that it lacks.
    pub fn url(&self, database: &DatabaseSettings) -> Result<DatabaseUrl, Arc<ConfigError>> {
        database.url.clone().map_err(|problem| problem.into_error())
    }

    /// Where `databases` of this project are, in their order.
    ///
    /// # Errors
    /// [`ConfigErrorKind::MissingVariables`] with every variable that any of them lacks, at the
    /// place of the first.
    pub fn urls<'a>(
        &self,
        databases: impl IntoIterator<Item = &'a DatabaseSettings>,
    ) -> Result<Vec<DatabaseUrl>, Arc<ConfigError>> {
        let mut urls = Vec::new();
        for database in databases {
            urls.push(match database.url.clone() {
                Ok(url) => Ok(url),
                Err(UrlProblem::Variables(missing)) => Err(missing),
                Err(UrlProblem::Other(error)) => return Err(error),
            });
        }
        complete(urls.into_iter()).map_err(|missing| Arc::new(missing.into_error()))
    }

    /// Reads `text`, a `limbeck.toml` that stands for itself, as if it were at `path`.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn parse(path: &Path, text: &str, variables: Variables<'_>) -> Result<Self, ConfigError> {
        Self::build(path, text, None, variables)
    }

    /// Reads `text`, a `limbeck.toml` that extends an Alembic project, as if it were at `path`.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn extend(
        alembic: &AlembicProject,
        path: &Path,
        text: &str,
        variables: Variables<'_>,
    ) -> Result<Self, ConfigError> {
        Self::build(path, text, Some(alembic.clone()), variables)
    }

    fn build(
        path: &Path,
        text: &str,
        alembic: Option<AlembicProject>,
        variables: Variables<'_>,
    ) -> Result<Self, ConfigError> {
        let file = config_file::parse(path, text)?;
        let base = path.parent().unwrap_or(Path::new(""));
        let text = Text { path, text, base, variables, alembic: alembic.as_ref() };
        let scripts = text.script_settings(&file.scripts)?;
        let databases = text.database_settings(file)?;
        let files = vec![path.to_owned()];
        Ok(Project { config_path: path.to_owned(), files, alembic, scripts, databases })
    }
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

/// The text of a `limbeck.toml` with all that its values are read against.
#[derive(Clone, Copy)]
struct Text<'a> {
    path: &'a Path,
    text: &'a str,
    /// What relative paths are taken from.
    base: &'a Path,
    variables: Variables<'a>,
    /// The Alembic project that the file extends.
    alembic: Option<&'a AlembicProject>,
}

impl Text<'_> {
    fn error(&self, offset: Option<usize>, kind: ConfigErrorKind) -> ConfigError {
        config_file::error_at(self.path, self.text, offset, kind)
    }

    fn script_settings(&self, scripts: &Scripts) -> Result<ScriptSettings, ConfigError> {
        let diesel_label = match &scripts.diesel_label {
            None => None,
            Some(label) => Some(label.get_ref().parse().map_err(|source| {
                self.error(Some(label.span().start), ConfigErrorKind::DieselLabel(source))
            })?),
        };
        let config = self.alembic.map(|alembic| &alembic.config);
        let default_mode = self.alembic.map(AlembicProject::transaction_mode).unwrap_or_default();
        Ok(ScriptSettings {
            version_locations: self.version_locations(scripts)?,
            recursive: scripts
                .recursive_version_locations
                .or(config.map(|config| config.recursive_version_locations.value))
                .unwrap_or(false),
            transaction_mode: scripts.transaction_mode.unwrap_or(default_mode),
            file_template: scripts
                .file_template
                .clone()
                .or_else(|| config.map(|config| config.file_template.value.clone())),
            truncate_slug_length: scripts
                .truncate_slug_length
                .or(config.map(|config| config.truncate_slug_length)),
            diesel_label,
            stands_in_for_env_py: scripts.stands_in_for_env_py.unwrap_or(false),
        })
    }

    fn version_locations(&self, scripts: &Scripts) -> Result<Vec<PathBuf>, ConfigError> {
        let Some(locations) = &scripts.version_locations else {
            return Ok(match self.alembic {
                Some(alembic) => alembic.version_locations(),
                None => vec![self.base.join(DEFAULT_LOCATION)],
            });
        };
        let expanded = locations
            .iter()
            .map(|location| self.expand_value("version_locations", location))
            .collect::<Result<Vec<_>, _>>()?;
        let locations = complete(expanded.into_iter()).map_err(|missing| missing.into_error())?;
        Ok(locations.into_iter().map(|location| self.base.join(location)).collect())
    }

    /// `value` with its variables replaced, or what it lacks; an error where it cannot be read.
    fn expand_value(
        &self,
        key: &str,
        value: &Spanned<String>,
    ) -> Result<Result<String, MissingVariables>, ConfigError> {
        let at = Some(value.span().start);
        match expand(value.get_ref(), self.variables) {
            Expanded::Complete(value) => Ok(Ok(value)),
            Expanded::Missing(names) => {
                let (position, line) = config_file::place(self.text, at);
                let path = self.path.to_owned();
                Ok(Err(MissingVariables { path, names, position, line }))
            }
            Expanded::Unclosed => {
                Err(self.error(at, ConfigErrorKind::UnclosedVariable { key: key.to_owned() }))
            }
        }
    }

    fn database_settings(&self, file: ConfigFile) -> Result<Vec<DatabaseSettings>, ConfigError> {
        let mut raw: Vec<_> = file.databases.into_iter().collect();
        raw.sort_by_key(|(name, _)| name.span().start);
        let is_only = raw.len() == 1;
        let mut databases = raw
            .into_iter()
            .map(|(name, database)| self.database(name, database, is_only))
            .collect::<Result<Vec<DatabaseSettings>, _>>()?;
        if let Some(alembic) = self.alembic
            && (databases.is_empty() || alembic.has_database_names(self.variables))
        {
            // What extends a project takes none of its databases away.
            for database in alembic.databases(self.variables)? {
                if databases.iter().all(|known| known.name != database.name) {
                    databases.push(database);
                }
            }
        }
        Ok(databases)
    }

    fn database(
        &self,
        name: Spanned<String>,
        database: Database,
        is_only: bool,
    ) -> Result<DatabaseSettings, ConfigError> {
        let at_name = Some(name.span().start);
        let name = name.into_inner();
        if !is_plain_name(&name) {
            return Err(self.error(at_name, ConfigErrorKind::DatabaseName { database: name }));
        }
        let is_own_url = database.url.is_some();
        let url = match (&database.url, self.alembic) {
            (Some(url), _) => self.url(&name, url)?,
            (None, Some(alembic)) => alembic.url(&name, is_only, self.variables),
            (None, None) => return Err(self.error(at_name, ConfigErrorKind::NoUrlKey { name })),
        };
        let label = |label: &Spanned<String>| {
            label.get_ref().parse::<BranchLabel>().map_err(|source| {
                let kind = ConfigErrorKind::Label { database: name.clone(), source };
                self.error(Some(label.span().start), kind)
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
                self.error(Some(length.span().start), kind)
            })?,
        };
        let is_journaled = self.alembic.is_none() || database.journal_table.is_some();
        let named = NamedTables {
            schema: database.version_table_schema,
            version: database.version_table,
            journal: database.journal_table,
            version_num_length,
        };
        Ok(DatabaseSettings {
            url,
            is_own_url,
            branches,
            tables: match self.alembic {
                Some(alembic) => alembic.tables(named, self.variables),
                None => Ok(named.resolve()),
            },
            journal: if is_journaled { Journal::Always } else { Journal::WhenNeeded },
            lock: match database.lock {
                None | Some(config_file::Lock::Session) => LockMode::Session,
                Some(config_file::Lock::Lease) => LockMode::Lease,
                Some(config_file::Lock::None) => LockMode::None,
            },
            is_protected: database.protected.unwrap_or(false),
            name,
        })
    }

    fn url(
        &self,
        name: &str,
        url: &Spanned<String>,
    ) -> Result<Result<DatabaseUrl, UrlProblem>, ConfigError> {
        let text = match self.expand_value("url", url)? {
            Err(missing) => return Ok(Err(UrlProblem::Variables(missing))),
            Ok(text) => text,
        };
        // A variable that env.py reads holds a URL as SQLAlchemy takes it: the parameters of its
        // drivers are not those of ours.
        let has_driver = text.split(':').next().is_some_and(|scheme| scheme.contains('+'));
        let parsed = if self.alembic.is_some() && has_driver {
            alembic_url(&text)
        } else {
            text.parse::<DatabaseUrl>()
                .map_err(|source| ConfigErrorKind::Url { database: name.to_owned(), source })
        };
        match parsed {
            Ok(url) => Ok(Ok(url.resolve_against(self.base))),
            Err(kind) => Err(self.error(Some(url.span().start), kind)),
        }
    }
}

/// `length`, if a version table can have such rows: not shorter than Alembic's, and not longer
/// than a key may be on every server (MySQL's 3,072 bytes, four to a character).
fn row_length(length: i64) -> Option<u16> {
    u16::try_from(length).ok().filter(|length| (DEFAULT_ROW_LENGTH..=768).contains(length))
}

fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
