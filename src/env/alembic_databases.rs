//! The databases of an Alembic project: where they are, and the tables that it keeps in them.

use std::sync::Arc;

use limbeck_alembic::config::AlembicConfigError;
use limbeck_alembic::config::AlembicConfigErrorKind;
use limbeck_alembic::env_py::EnvScript;
use limbeck_alembic::env_py::Outside;
use limbeck_alembic::env_py::Setting;
use limbeck_alembic::env_py::UrlSource;
use limbeck_alembic::url::SqlAlchemyUrl;

use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::exec::Journal;

use super::alembic::AlembicProject;
use super::env_file::EnvFile;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::project::DatabaseSettings;
use super::project::NamedTables;
use super::project::Tables;
use super::project::UrlProblem;
use super::variables::Variables;

/// The variable that serves wherever only env.py knows the URL.
const DATABASE_URL: &str = "DATABASE_URL";

/// The arguments of `context.configure` that name the version table.
const VERSION_TABLE: &str = "version_table";
const VERSION_TABLE_SCHEMA: &str = "version_table_schema";

/// The name of the only database of a project.
const ONLY_DATABASE: &str = "main";

/// A URL as SQLAlchemy takes it, for limbeck's drivers.
///
/// # Errors
/// When it is no URL, or means something that limbeck's drivers have not.
pub fn alembic_url(text: &str) -> Result<DatabaseUrl, ConfigErrorKind> {
    let url: SqlAlchemyUrl = text.parse().map_err(ConfigErrorKind::SqlAlchemyUrl)?;
    native(&url)
}

fn native(url: &SqlAlchemyUrl) -> Result<DatabaseUrl, ConfigErrorKind> {
    let native = url.to_native().map_err(ConfigErrorKind::SqlAlchemyUrl)?;
    let database: DatabaseUrl = native.expose().parse().map_err(ConfigErrorKind::NativeUrl)?;
    Ok(database.shown_as(url.to_string()))
}

/// Whether a URL is not there yet, rather than wrong.
fn is_unfinished(error: &AlembicConfigError) -> bool {
    matches!(
        error.kind,
        AlembicConfigErrorKind::PlaceholderUrl { .. }
            | AlembicConfigErrorKind::UnsetVariable { .. }
    )
}

impl AlembicProject {
    /// The databases of a project that names none in a `limbeck.toml`: those of the template
    /// `multidb`, each with all branches, or the only one.
    pub(super) fn databases(
        &self,
        variables: Variables<'_>,
    ) -> Result<Vec<DatabaseSettings>, ConfigError> {
        let names = self.config.databases(&|name| variables.get(name));
        let names = names.map_err(|error| ConfigError::alembic(self.path(), error))?;
        let mut names: Vec<String> = names.into_iter().map(|database| database.name).collect();
        if names.is_empty() {
            names.push(ONLY_DATABASE.to_owned());
        }
        let settings = names.into_iter().map(|name| DatabaseSettings {
            url: self.url(&name, variables),
            branches: None,
            tables: self.tables(NamedTables::default(), variables),
            journal: Journal::WhenNeeded,
            lock: LockMode::Session,
            name,
        });
        Ok(settings.collect())
    }

    /// Where the database `name` is: what env.py says, if it says anything, else the
    /// `sqlalchemy.url` of its section or of the main one, else `DATABASE_URL`.
    pub(super) fn url(
        &self,
        name: &str,
        variables: Variables<'_>,
    ) -> Result<DatabaseUrl, UrlProblem> {
        self.configured_url(name, variables).map_err(UrlProblem::Other)
    }

    /// Whether it is up to env.py to say where the database `name` is, rather than up to a
    /// section of its own in the ini file.
    pub fn has_url_of_env(&self, name: &str) -> bool {
        let names = self.config.databases(&|_| None).unwrap_or_default();
        names.iter().all(|database| database.name != name)
    }

    fn configured_url(
        &self,
        name: &str,
        variables: Variables<'_>,
    ) -> Result<DatabaseUrl, Arc<ConfigError>> {
        let lookup = |name: &str| variables.get(name);
        let failed = |error| Arc::new(ConfigError::alembic(self.path(), error));
        let databases = self.config.databases(&lookup).map_err(failed)?;
        if databases.iter().any(|database| database.name == name) {
            let url = self.config.database_url(name, &lookup).map_err(failed)?;
            return self.native_or_fallback(url, variables, || {
                let kind = ConfigErrorKind::NoSectionUrl { section: name.to_owned() };
                ConfigError::of(self.path(), kind)
            });
        }
        if let Some(env) = &self.env {
            let script = env.script.as_ref().map_err(Arc::clone)?;
            if *script.url() != UrlSource::FromConfig {
                return self.url_of_env(env, script, variables);
            }
        }
        match self.config.url(&lookup) {
            Err(error) if is_unfinished(&error) => {
                let unfinished = || ConfigError::alembic(self.path(), error);
                self.native_or_fallback(None, variables, unfinished)
            }
            url => self.native_or_fallback(url.map_err(failed)?, variables, || {
                ConfigError::of(self.path(), ConfigErrorKind::NoAlembicUrl)
            }),
        }
    }

    /// The URL that env.py puts together, as far as that can be told without running it.
    fn url_of_env(
        &self,
        env: &EnvFile,
        script: &EnvScript,
        variables: Variables<'_>,
    ) -> Result<DatabaseUrl, Arc<ConfigError>> {
        let variable = |name: &str| variables.get(name);
        let option = |name: &str| {
            let option = self.config.option(name, &variable).ok()??;
            Some(option.value.expose().to_owned())
        };
        let x_argument = |key: &str| self.x_arguments.get(key).cloned();
        let outside = Outside { variable: &variable, option: &option, x_argument: &x_argument };
        let position = match script.url() {
            UrlSource::FromConfig => None,
            UrlSource::Variables { position, .. }
            | UrlSource::Literal { position }
            | UrlSource::Sections { position }
            | UrlSource::Computed { position, .. } => Some(position),
        };
        let at = |kind| match position {
            Some(position) => env.error(position, kind),
            None => ConfigError::of(&env.path, kind),
        };
        match script.url_from(outside) {
            Ok(text) => alembic_url(&text).map_err(|kind| Arc::new(at(kind))),
            Err(error) => {
                self.native_or_fallback(None, variables, || at(ConfigErrorKind::EnvUrl(error)))
            }
        }
    }

    /// `url`, or that of the variable `DATABASE_URL`, or the error.
    fn native_or_fallback(
        &self,
        url: Option<SqlAlchemyUrl>,
        variables: Variables<'_>,
        error: impl FnOnce() -> ConfigError,
    ) -> Result<DatabaseUrl, Arc<ConfigError>> {
        let url = match url {
            Some(url) => native(&url),
            None => match variables.get(DATABASE_URL).filter(|text| !text.is_empty()) {
                Some(text) => alembic_url(&text),
                None => return Err(Arc::new(error())),
            },
        };
        url.map_err(|kind| Arc::new(ConfigError::of(self.path(), kind)))
    }

    /// The tables: as they are named, else as env.py or the ini file names them.
    pub(super) fn tables(
        &self,
        mut named: NamedTables,
        variables: Variables<'_>,
    ) -> Result<Tables, Arc<ConfigError>> {
        if named.version.is_none() {
            named.version = self.table_setting(VERSION_TABLE, variables)?;
        }
        if named.schema.is_none() {
            named.schema = self.table_setting(VERSION_TABLE_SCHEMA, variables)?;
        }
        Ok(named.resolve())
    }

    /// An argument of `context.configure`: of env.py, else the option of that name in the ini
    /// file, which env.py files read by convention.
    fn table_setting(
        &self,
        key: &'static str,
        variables: Variables<'_>,
    ) -> Result<Option<String>, Arc<ConfigError>> {
        let option = |key: &str| {
            let option = self.config.option(key, &|name| variables.get(name));
            let option = option.map_err(|error| ConfigError::alembic(self.path(), error))?;
            Ok(option.map(|option| option.value.expose().to_owned()))
        };
        let Some(env) = &self.env else { return option(key) };
        match env.script.as_ref().map_err(Arc::clone)?.argument(key) {
            Setting::Absent => option(key),
            Setting::None { .. } => Ok(None),
            Setting::Text { value, .. } => Ok(Some(value)),
            Setting::Option { key, .. } => option(&key),
            Setting::Flag { position, .. }
            | Setting::Variable { position, .. }
            | Setting::Computed { position, .. } => {
                Err(Arc::new(env.error(&position, ConfigErrorKind::EnvSetting { key })))
            }
        }
    }
}
