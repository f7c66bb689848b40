//! The databases of a `limbeck.toml`.

use std::path::PathBuf;
use std::sync::Arc;

use limbeck_schema::Dialect;
use limbeck_schema::table::NamingConvention;
use toml::Spanned;

use crate::db::DEFAULT_ROW_LENGTH;
use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::db::TableName;
use crate::exec::Journal;
use crate::exec::Limits;
use crate::graph::BranchLabel;

use super::config_file;
use super::config_file::Database;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::error::MissingVariables;
use super::hooks::Hooks;
use super::location::Location;
use super::setting::Origin;
use super::setting::Setting;
use super::tenants::TenantSettings;
use super::text::Text;
use super::watching::HealthSettings;

/// `[databases.NAME]`.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// Its name.
    pub name: String,
    /// Where it is, or why that cannot be said: most commands do not ask.
    pub url: Result<DatabaseUrl, ValueProblem>,
    /// Whether `limbeck.toml` itself names the URL.
    pub is_own_url: bool,
    /// The branches it takes, in its shared schema where it has tenants; `None` for every branch.
    pub branches: Option<Vec<BranchLabel>>,
    /// Its tenants.
    pub tenants: Option<TenantSettings>,
    /// Its tables, or why they cannot be named.
    pub tables: Result<Tables, Arc<ConfigError>>,
    /// When runs write to the journal.
    pub journal: Journal,
    /// How a run keeps others out.
    pub lock: LockMode,
    /// How long statements may wait and run.
    pub limits: Limits,
    /// Whether it is never to be dropped, and not to be written to by hand without a word.
    pub is_protected: bool,
    /// What it looks like when it is well.
    pub health: HealthSettings,
    /// What is done before and after its runs and steps.
    pub hooks: Hooks,
    /// How the operations of Python revisions call what has no name; `None` where limbeck.toml does
    /// not say, and env.py's `target_metadata` may.
    pub naming: Option<NamingConvention>,
    /// All of these as they may be shown, with what is wrong with them.
    pub settings: Vec<Setting>,
}

impl DatabaseSettings {
    /// Puts another URL in the place of the configured one.
    pub fn replace_url(&mut self, url: DatabaseUrl, origins: Vec<Origin>) {
        self.settings.retain(|setting| !setting.is_location());
        let setting = Setting { key: "url".to_owned(), value: Ok(url.to_string()), origins };
        self.settings.insert(0, setting);
        self.url = Ok(url);
    }
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
        let named = |name: &str| TableName { schema: None, name: name.to_owned() };
        Tables {
            version: named(VERSION_TABLE),
            uncertain: None,
            version_num_length: DEFAULT_ROW_LENGTH,
            journal: named(JOURNAL_TABLE),
        }
    }
}

/// The version table where nobody names one, and its journal.
const VERSION_TABLE: &str = "alembic_version";
const JOURNAL_TABLE: &str = "limbeck_journal";

/// How long the name of a table may be: PostgreSQL cuts a longer one off without a word.
const LONGEST_NAME: usize = 63;

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
    /// The tables with these names, or Alembic's and ours, all in one schema. Each version table
    /// has a journal of its own: what one of them has been through says nothing of another.
    ///
    /// # Errors
    /// [`ConfigErrorKind::JournalName`] when the journal would have a name that is too long.
    pub(super) fn resolve(self) -> Result<Tables, ConfigErrorKind> {
        let schema = self.schema;
        let table = |name: String| TableName { schema: schema.clone(), name };
        let version = self.version.unwrap_or_else(|| VERSION_TABLE.to_owned());
        let journal = match self.journal {
            Some(journal) => journal,
            None if version == VERSION_TABLE => JOURNAL_TABLE.to_owned(),
            None => format!("{version}_journal"),
        };
        if journal.len() > LONGEST_NAME && version.len() <= LONGEST_NAME {
            return Err(ConfigErrorKind::JournalName { journal });
        }
        Ok(Tables {
            version: table(version),
            uncertain: None,
            version_num_length: self.version_num_length,
            journal: table(journal),
        })
    }
}

impl Tables {
    /// Notes the names that nobody has given.
    pub(super) fn note_defaults(&self, settings: &mut Vec<Setting>) {
        for (key, table) in [("version_table", &self.version), ("journal_table", &self.journal)] {
            if settings.iter().all(|setting| setting.key != key) {
                settings.push(Setting::default(key, table.name.as_str()));
            }
        }
    }
}

/// Why a value of the configuration cannot be had. It matters when the value is needed.
#[derive(Debug, Clone)]
pub enum ValueProblem {
    /// It names variables that have no value.
    Variables(MissingVariables),
    /// Anything else.
    Other(Arc<ConfigError>),
}

impl ValueProblem {
    /// The one that commands tell: variables that are missing are told together, and after all
    /// else.
    pub(super) fn first_of(problems: Vec<ValueProblem>) -> Option<ValueProblem> {
        problems.into_iter().reduce(|first, next| match (first, next) {
            (ValueProblem::Variables(first), ValueProblem::Variables(next)) => {
                ValueProblem::Variables(first.and(next))
            }
            (ValueProblem::Variables(_), other) | (other, _) => other,
        })
    }

    /// The error of needing the value after all.
    pub fn into_error(self) -> Arc<ConfigError> {
        match self {
            ValueProblem::Variables(missing) => Arc::new(missing.into_error()),
            ValueProblem::Other(error) => error,
        }
    }
}

impl From<ConfigError> for ValueProblem {
    fn from(error: ConfigError) -> Self {
        ValueProblem::Other(Arc::new(error))
    }
}

impl Text<'_> {
    /// A database of the file; `None` where it cannot be one.
    pub(super) fn database(
        &self,
        name: Spanned<String>,
        database: &Database,
        is_only: bool,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Option<DatabaseSettings> {
        let at_name = Some(name.span().start);
        let name = name.into_inner();
        let is_known = match self.alembic {
            // A name that could only be one of Alembic's.
            Some(alembic) if !is_plain_name(&name) => {
                match alembic.has_database(&name, self.alembic_variables) {
                    Ok(is_known) => is_known,
                    Err(error) => {
                        problems.push(Arc::new(error));
                        return None;
                    }
                }
            }
            _ => false,
        };
        if !is_plain_name(&name) && !is_known {
            let kind = ConfigErrorKind::DatabaseName { database: name };
            problems.push(Arc::new(self.error(at_name, kind)));
            return None;
        }
        let location = self.location(&name, database);
        let is_own_url = location.is_some();
        let Location { url, mut settings } = match (location, self.alembic) {
            (Some(location), _) => location,
            (None, Some(alembic)) => {
                alembic.location(&name, is_only, self.alembic_variables, self.server)
            }
            (None, None) => {
                let kind = ConfigErrorKind::NoUrlKey { name };
                problems.push(Arc::new(self.error(at_name, kind)));
                return None;
            }
        };
        let branches = database.branches.as_ref().map(|labels| {
            let labels = labels.iter().filter_map(|label| self.label(&name, label, problems));
            labels.collect::<Vec<_>>()
        });
        let tenants = database.tenants.as_ref().and_then(|tenants| {
            if let Some(first) = database.branches.as_ref().and_then(|labels| labels.first()) {
                let (database, at) = (name.clone(), Some(first.span().start));
                let (first, second) = ("branches", "tenants.shared");
                let kind = ConfigErrorKind::Exclusive { database, first, second };
                problems.push(Arc::new(self.error(at, kind)));
            }
            let at = tenants.span().start;
            let is_files = url.as_ref().is_ok_and(|url| url.dialect() == Dialect::Sqlite);
            let place = (name.as_str(), at, is_files);
            self.tenants(place, tenants.get_ref(), &mut settings, problems)
        });
        let (tenants, branches) = match tenants {
            // What no list names runs nowhere: there is no telling where it belongs.
            Some((tenants, shared)) => (Some(tenants), Some(shared.unwrap_or_default())),
            None => (None, branches),
        };
        if tenants.is_none() {
            settings.push(self.branches_setting(database, branches.as_deref()));
        }
        let version_num_length = match &database.version_num_length {
            None => DEFAULT_ROW_LENGTH,
            Some(length) => row_length(*length.get_ref()).unwrap_or_else(|| {
                let kind = ConfigErrorKind::RowLength { length: *length.get_ref() };
                problems.push(Arc::new(self.error(Some(length.span().start), kind)));
                DEFAULT_ROW_LENGTH
            }),
        };
        let is_journaled = self.alembic.is_none() || database.journal_table.is_some();
        let tables = self.tables(database, version_num_length, &mut settings);
        let lock = match database.lock.as_ref().map(Spanned::get_ref) {
            None | Some(config_file::Lock::Session) => LockMode::Session,
            Some(config_file::Lock::Lease) => LockMode::Lease,
            Some(config_file::Lock::None) => LockMode::None,
        };
        let at = |span: Option<std::ops::Range<usize>>| span.map(|span| span.start);
        let length = at(database.version_num_length.as_ref().map(Spanned::span));
        settings.push(self.written("version_num_length", version_num_length, length));
        let lock_at = at(database.lock.as_ref().map(Spanned::span));
        let mut lock_setting = self.written("lock", lock_word(lock), lock_at);
        let is_mysql = url.as_ref().is_ok_and(|url| url.dialect() == Dialect::Mysql);
        if is_mysql && lock == LockMode::Lease {
            let kind = ConfigErrorKind::Lease { database: name.clone() };
            lock_setting.value = Err(self.error(lock_at, kind).into());
        }
        settings.push(lock_setting);
        let limits = self.limits(database, &mut settings, problems);
        // As a rule it is not, and then there is nothing to show.
        if let Some(protected) = &database.protected {
            let at = Some(protected.span().start);
            settings.push(self.written("protected", protected.get_ref(), at));
        }
        let naming = self.naming(database.naming_convention.as_ref(), &mut settings);
        let health = self.health(database.health.as_ref(), &mut settings, problems);
        let hooks = database.hooks.clone().unwrap_or_default();
        let hooks = self.hooks(&hooks, &mut settings, problems);
        Some(DatabaseSettings {
            url,
            is_own_url,
            branches,
            tenants,
            tables,
            journal: if is_journaled { Journal::Always } else { Journal::WhenNeeded },
            lock,
            limits,
            is_protected: database.protected.as_ref().is_some_and(|protected| *protected.get_ref()),
            health,
            hooks,
            naming,
            settings,
            name,
        })
    }

    /// How the operations of Python revisions call what has no name.
    fn naming(
        &self,
        given: Option<&config_file::NamingConvention>,
        settings: &mut Vec<Setting>,
    ) -> Option<NamingConvention> {
        let given = given?;
        let mut naming = NamingConvention::default();
        for (key, value, slot) in [
            ("naming_convention.ix", &given.ix, &mut naming.index),
            ("naming_convention.uq", &given.uq, &mut naming.unique),
            ("naming_convention.ck", &given.ck, &mut naming.check),
            ("naming_convention.fk", &given.fk, &mut naming.foreign_key),
            ("naming_convention.pk", &given.pk, &mut naming.primary_key),
        ] {
            let Some(value) = value else { continue };
            settings.push(self.written(key, value.get_ref(), Some(value.span().start)));
            *slot = Some(value.get_ref().clone());
        }
        Some(naming)
    }

    pub(super) fn label(
        &self,
        database: &str,
        label: &Spanned<String>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Option<BranchLabel> {
        let text = match self.value("branches", label) {
            Ok(value) => value.text,
            Err(problem) => {
                problems.push(problem.into_error());
                return None;
            }
        };
        let label_at = Some(label.span().start);
        let parsed = text.parse::<BranchLabel>().map_err(|source| {
            let kind = ConfigErrorKind::Label { database: database.to_owned(), source };
            problems.push(Arc::new(self.error(label_at, kind)));
        });
        parsed.ok()
    }

    fn branches_setting(&self, database: &Database, branches: Option<&[BranchLabel]>) -> Setting {
        let Some(branches) = branches else {
            return Setting::default("branches", "(every branch)");
        };
        let labels: Vec<&str> = branches.iter().map(BranchLabel::as_str).collect();
        let first = database.branches.as_ref().and_then(|labels| labels.first());
        let origins = match first {
            Some(label) => vec![self.origin(label.span().start)],
            None => vec![Origin::File { path: self.path.to_owned(), line: None }],
        };
        Setting { key: "branches".to_owned(), value: Ok(labels.join(", ")), origins }
    }

    /// The tables, each of whose names may hold variables.
    fn tables(
        &self,
        database: &Database,
        version_num_length: u16,
        settings: &mut Vec<Setting>,
    ) -> Result<Tables, Arc<ConfigError>> {
        let mut first_problem = None;
        let mut named = |key: &'static str, value: &Option<Spanned<String>>| {
            let value = value.as_ref()?;
            let read = self.value(key, value);
            let (value, shown, origins) = match read {
                Ok(read) => (Some(read.text.clone()), Ok(read.text), read.origins),
                Err(problem) => {
                    first_problem.get_or_insert_with(|| problem.clone());
                    (None, Err(problem), vec![self.origin(value.span().start)])
                }
            };
            settings.push(Setting { key: key.to_owned(), value: shown, origins });
            value
        };
        let named = NamedTables {
            version: named("version_table", &database.version_table),
            schema: named("version_table_schema", &database.version_table_schema),
            journal: named("journal_table", &database.journal_table),
            version_num_length,
        };
        if let Some(problem) = first_problem {
            return Err(problem.into_error());
        }
        match self.alembic {
            Some(alembic) => alembic.tables(named, self.alembic_variables, settings),
            None => {
                let at = database.version_table.as_ref().map(|name| name.span().start);
                let tables = named.resolve().map_err(|kind| Arc::new(self.error(at, kind)))?;
                tables.note_defaults(settings);
                Ok(tables)
            }
        }
    }

    /// A value without variables, where it is written or as it is by default.
    pub(super) fn written(
        &self,
        key: &str,
        value: impl std::fmt::Display,
        at: Option<usize>,
    ) -> Setting {
        let origins = vec![at.map_or(Origin::Default, |at| self.origin(at))];
        Setting { key: key.to_owned(), value: Ok(value.to_string()), origins }
    }
}

fn lock_word(lock: LockMode) -> &'static str {
    match lock {
        LockMode::Session => "session",
        LockMode::Lease => "lease",
        LockMode::None => "none",
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
