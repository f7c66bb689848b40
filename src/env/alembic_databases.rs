//! The databases of an Alembic project: where they are, and the tables that it keeps in them.

use std::cell::RefCell;
use std::sync::Arc;

use limbeck_alembic::config::AlembicConfigError;
use limbeck_alembic::env_py::EnvScript;
use limbeck_alembic::env_py::FindingKind;
use limbeck_alembic::env_py::Outside;
use limbeck_alembic::env_py::Setting;
use limbeck_alembic::env_py::UrlError;
use limbeck_alembic::env_py::UrlSource;
use limbeck_alembic::url::SqlAlchemyUrl;

use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::exec::Journal;
use crate::exec::Limits;

use super::alembic::AlembicProject;
use super::database::DatabaseSettings;
use super::database::NamedTables;
use super::database::Tables;
use super::database::ValueProblem;
use super::env_file::EnvFile;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::hooks::Hooks;
use super::location::Location;
use super::setting::Origin;
use super::setting::Setting as Shown;
use super::text::ServerFlags;
use super::variables::VariableSource;
use super::variables::Variables;
use super::watching::HealthSettings;

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

/// The variable that stands in for what only env.py knows. An empty one is an unset one.
fn database_url(variables: Variables<'_>) -> Option<String> {
    variables.get(DATABASE_URL).filter(|text| !text.is_empty())
}

/// A variable of the URL that is not set, where env.py loads a `.env` file that may set it.
fn unset_beside_a_dotenv(script: &EnvScript, variables: Variables<'_>) -> Option<String> {
    let loads_dotenv = script.findings().iter().any(|f| f.kind == FindingKind::Dotenv);
    let UrlSource::Variables { names, .. } = script.url() else { return None };
    let mut unset = names.iter().filter(|variable| variables.get(&variable.name).is_none());
    unset.next().filter(|_| loads_dotenv).map(|variable| variable.name.clone())
}

/// Whether the URL may well be in order, and only env.py has what it is made of. Where Alembic
/// would fail too, nothing stands in.
fn only_env_knows(error: &UrlError) -> bool {
    matches!(error, UrlError::Computed | UrlError::VariableMissing { .. })
}

impl AlembicProject {
    /// The databases of a project that names none in a `limbeck.toml`: those of the template
    /// `multidb`, each with all branches, or the only one.
    pub(super) fn databases(
        &self,
        variables: Variables<'_>,
        server: &ServerFlags,
    ) -> Result<Vec<DatabaseSettings>, ConfigError> {
        let names = self.config.databases(&|name| variables.get(name));
        let names = names.map_err(|error| ConfigError::alembic(self.path(), error))?;
        let mut names: Vec<String> = names.into_iter().map(|database| database.name).collect();
        if names.is_empty() || !self.reads_sections() {
            names.clear();
            names.push(ONLY_DATABASE.to_owned());
        }
        let is_only = names.len() == 1;
        let settings = names.into_iter().map(|name| {
            let Location { url, mut settings } = self.location(&name, is_only, variables, server);
            let tables = self.tables(NamedTables::default(), variables, &mut settings);
            DatabaseSettings {
                url,
                is_own_url: false,
                branches: None,
                tenants: None,
                tables,
                journal: Journal::WhenNeeded,
                lock: LockMode::Session,
                limits: Limits::default(),
                is_protected: false,
                health: HealthSettings::default(),
                hooks: Hooks::default(),
                naming: None,
                settings,
                name,
            }
        });
        Ok(settings.collect())
    }

    /// Whether its files name the database `name`.
    ///
    /// # Errors
    /// When the names of the databases cannot be read.
    pub(super) fn has_database(
        &self,
        name: &str,
        variables: Variables<'_>,
    ) -> Result<bool, ConfigError> {
        let names = self.config.databases(&|name| variables.get(name));
        let names = names.map_err(|error| ConfigError::alembic(self.path(), error))?;
        Ok(names.iter().any(|database| database.name == name))
    }

    /// Whether the names of databases in the ini file mean anything: an env.py that asks for the
    /// main URL alone does not look at them.
    fn reads_sections(&self) -> bool {
        let script = self.env.as_ref().and_then(|env| env.script.as_ref().ok());
        script.is_none_or(|script| *script.url() != UrlSource::FromConfig)
    }

    /// Whether the ini file names several databases.
    ///
    /// # Errors
    /// When the names of the databases cannot be read.
    pub(super) fn has_database_names(&self, variables: Variables<'_>) -> Result<bool, ConfigError> {
        if !self.reads_sections() {
            return Ok(false);
        }
        let names = self.config.databases(&|name| variables.get(name));
        let names = names.map_err(|error| ConfigError::alembic(self.path(), error))?;
        Ok(!names.is_empty())
    }

    /// Where the database `name` is: as the section of that name says, where the ini file lists
    /// it. What env.py, the main section and `DATABASE_URL` say is one URL, so it serves only for
    /// `is_only`, the only database of the project: several must not end up in one place.
    pub(super) fn location(
        &self,
        name: &str,
        is_only: bool,
        variables: Variables<'_>,
        server: &ServerFlags,
    ) -> Location {
        let mut origins = match self.has_database(name, variables) {
            Ok(has_section) => self.url_origins(name, has_section, variables),
            // What the URL comes to below.
            Err(_) => Vec::new(),
        };
        let url = self.configured_url(name, is_only, variables);
        let url = url.and_then(|url| match url.at_server(&server.server) {
            None => Ok(url),
            Some(moved) => {
                origins.extend(server.origins());
                let kind = |source| ConfigErrorKind::Parts { database: name.to_owned(), source };
                moved.map_err(|error| Arc::new(ConfigError::of(self.path(), kind(error))))
            }
        });
        let url = url.map_err(ValueProblem::Other);
        let value = url.as_ref().map(ToString::to_string).map_err(Clone::clone);
        Location { url, settings: vec![Shown { key: "url".to_owned(), value, origins }] }
    }

    /// Where the URL of the database `name` is from.
    fn url_origins(&self, name: &str, has_section: bool, variables: Variables<'_>) -> Vec<Origin> {
        const URL: &str = "sqlalchemy.url";
        if has_section {
            let path = self.path().to_owned();
            return vec![Origin::Option { path, section: name.to_owned(), option: URL }];
        }
        let variable = |name: &str| {
            Some(match variables.source(name)? {
                VariableSource::Environment => Origin::Environment { name: name.to_owned() },
                VariableSource::File { file, line } => {
                    Origin::File { path: file.path.clone(), line: Some(line) }
                }
            })
        };
        if self.takes_database_url(variables) {
            return variable(DATABASE_URL).into_iter().collect();
        }
        let script = self.env.as_ref().and_then(|env| Some((env, env.script.as_ref().ok()?)));
        let (env, position) = match script.map(|(env, script)| (env, script.url())) {
            Some((env, UrlSource::Variables { position, names, .. })) => {
                let line = Some(position.line);
                let mut origins = vec![Origin::File { path: env.path.clone(), line }];
                origins.extend(names.iter().filter_map(|name| variable(&name.name)));
                return origins;
            }
            Some((
                env,
                UrlSource::Literal { position }
                | UrlSource::Sections { position }
                | UrlSource::Computed { position, .. },
            )) => (env, position),
            Some((_, UrlSource::FromConfig)) | None => {
                let origin = self.config.url_place().map(|place| self.option_origin(&place, URL));
                return origin.into_iter().collect();
            }
        };
        vec![Origin::File { path: env.path.clone(), line: Some(position.line) }]
    }

    /// Whether the URL of the only database is that of the variable `DATABASE_URL`.
    pub fn takes_database_url(&self, variables: Variables<'_>) -> bool {
        let Some(Ok(script)) = self.env.as_ref().map(|env| &env.script) else { return false };
        database_url(variables).is_some()
            && *script.url() != UrlSource::FromConfig
            && matches!(self.worked_out(script, variables), Ok(Err(error)) if only_env_knows(&error))
    }

    /// Whether it is up to env.py to say where the database `name` is, rather than up to a
    /// section of its own in the ini file.
    ///
    /// # Errors
    /// When the names of the databases cannot be read.
    pub fn has_url_of_env(
        &self,
        name: &str,
        variables: Variables<'_>,
    ) -> Result<bool, ConfigError> {
        self.has_database(name, variables).map(|has_section| !has_section)
    }

    fn configured_url(
        &self,
        name: &str,
        is_only: bool,
        variables: Variables<'_>,
    ) -> Result<DatabaseUrl, Arc<ConfigError>> {
        let lookup = |name: &str| variables.get(name);
        let failed = |error| Arc::new(ConfigError::alembic(self.path(), error));
        let of = |kind| Arc::new(ConfigError::of(self.path(), kind));
        let databases = self.config.databases(&lookup).map_err(failed)?;
        if databases.iter().any(|database| database.name == name) {
            let url = self.config.database_url(name, &lookup).map_err(failed)?;
            let missing = || of(ConfigErrorKind::NoSectionUrl { section: name.to_owned() });
            return native(&url.ok_or_else(missing)?).map_err(of);
        }
        if !is_only {
            return Err(of(ConfigErrorKind::NoUrlKey { name: name.to_owned() }));
        }
        if let Some(env) = &self.env {
            let script = env.script.as_ref().map_err(Arc::clone)?;
            let section = self.config.section();
            if script.named_sections().iter().any(|named| named != section) {
                let kind = ConfigErrorKind::OtherSection { section: section.to_owned() };
                return Err(Arc::new(ConfigError::of(&env.path, kind)));
            }
            if *script.url() != UrlSource::FromConfig {
                return self.url_of_env(env, script, variables);
            }
        }
        let url = self.config.url(&lookup).map_err(failed)?;
        native(&url.ok_or_else(|| of(ConfigErrorKind::NoAlembicUrl))?).map_err(of)
    }

    /// The URL that env.py puts together, as far as that can be told without running it; where
    /// only running it could tell, that of `DATABASE_URL`.
    fn url_of_env(
        &self,
        env: &EnvFile,
        script: &EnvScript,
        variables: Variables<'_>,
    ) -> Result<DatabaseUrl, Arc<ConfigError>> {
        let position = match script.url() {
            UrlSource::FromConfig => None,
            UrlSource::Variables { position, .. }
            | UrlSource::Literal { position }
            | UrlSource::Sections { position }
            | UrlSource::Computed { position, .. } => Some(position),
        };
        let at = |kind| {
            Arc::new(match position {
                Some(position) => env.error(position, kind),
                None => ConfigError::of(&env.path, kind),
            })
        };
        let worked_out = self.worked_out(script, variables);
        let worked_out =
            worked_out.map_err(|error| Arc::new(ConfigError::alembic(self.path(), error)))?;
        match (worked_out, database_url(variables)) {
            (Ok(text), _) => alembic_url(&text).map_err(at),
            (Err(error), Some(text)) if only_env_knows(&error) => {
                alembic_url(&text).map_err(|kind| Arc::new(ConfigError::of(self.path(), kind)))
            }
            (Err(error), _) => Err(at(ConfigErrorKind::EnvUrl(error))),
        }
    }

    /// What the formula of env.py comes to.
    ///
    /// # Errors
    /// An option of the ini file that it reads and that cannot be read.
    fn worked_out(
        &self,
        script: &EnvScript,
        variables: Variables<'_>,
    ) -> Result<Result<String, UrlError>, AlembicConfigError> {
        let failed = RefCell::new(None);
        let variable = |name: &str| variables.get(name);
        let option = |name: &str| match self.config.option(name, &variable) {
            Ok(option) => option.map(|option| option.value.expose().to_owned()),
            Err(error) => {
                failed.replace(Some(error));
                None
            }
        };
        let x_argument = |key: &str| self.x_arguments.get(key).map(|v| v.expose().to_owned());
        let outside = Outside { variable: &variable, option: &option, x_argument: &x_argument };
        let url = match unset_beside_a_dotenv(script, variables) {
            // A .env file would have it, and is not read.
            Some(name) => Err(UrlError::VariableMissing { name }),
            None => script.url_from(outside),
        };
        failed.into_inner().map_or(Ok(url), Err)
    }

    /// The tables: as they are named, else as env.py or the ini file names them.
    pub(super) fn tables(
        &self,
        mut named: NamedTables,
        variables: Variables<'_>,
        settings: &mut Vec<Shown>,
    ) -> Result<Tables, Arc<ConfigError>> {
        let is_named = named.version.is_some();
        if named.version.is_none() {
            named.version = self.table_setting(VERSION_TABLE, variables, settings)?;
        }
        if named.schema.is_none() {
            named.schema = self.table_setting(VERSION_TABLE_SCHEMA, variables, settings)?;
        }
        let uncertain = self.env.as_ref().filter(|env| {
            !is_named && env.script.as_ref().is_ok_and(|script| !script.arguments_are_certain())
        });
        let uncertain = uncertain.map(|env| env.path.clone());
        let tables =
            named.resolve().map_err(|kind| Arc::new(ConfigError::of(self.path(), kind)))?;
        let tables = Tables { uncertain, ..tables };
        tables.note_defaults(settings);
        Ok(tables)
    }

    /// An argument of `context.configure`; where there is no env.py, the option of that name in
    /// the ini file.
    fn table_setting(
        &self,
        key: &'static str,
        variables: Variables<'_>,
        settings: &mut Vec<Shown>,
    ) -> Result<Option<String>, Arc<ConfigError>> {
        let read = self.named_table(key, variables);
        let (value, origins) = match &read {
            Ok(None) => return Ok(None),
            Ok(Some((value, origin))) => (Ok(value.clone()), origin.iter().cloned().collect()),
            Err(error) => (Err(ValueProblem::Other(Arc::clone(error))), Vec::new()),
        };
        settings.push(Shown { key: key.to_owned(), value, origins });
        read.map(|named| named.map(|(value, _)| value))
    }

    /// The same with where it is from.
    fn named_table(
        &self,
        key: &'static str,
        variables: Variables<'_>,
    ) -> Result<Option<(String, Option<Origin>)>, Arc<ConfigError>> {
        let option = |name: &str| {
            let option = self.config.option(name, &|name| variables.get(name));
            let option = option.map_err(|error| ConfigError::alembic(self.path(), error))?;
            Ok(option.map(|option| {
                let origin = option.place.as_ref().map(|place| self.option_origin(place, key));
                (option.value.expose().to_owned(), origin)
            }))
        };
        let Some(env) = &self.env else { return option(key) };
        match env.script.as_ref().map_err(Arc::clone)?.argument(key) {
            // As in Alembic, the option means nothing where env.py does not read it.
            Setting::Absent | Setting::None { .. } => Ok(None),
            Setting::Text { value, position } => {
                let origin = Origin::File { path: env.path.clone(), line: Some(position.line) };
                Ok(Some((value, Some(origin))))
            }
            Setting::Option { key, .. } => option(&key),
            Setting::Flag { position, .. }
            | Setting::Variable { position, .. }
            | Setting::Computed { position, .. } => {
                Err(Arc::new(env.error(&position, ConfigErrorKind::EnvSetting { key })))
            }
        }
    }
}
