//! The databases of an Alembic project: where they are, and the tables that it keeps in them.

use std::sync::Arc;

use limbeck_alembic::url::SqlAlchemyUrl;

use crate::db::DatabaseUrl;
use crate::db::LockMode;
use crate::exec::Journal;

use super::alembic::AlembicProject;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::project::DatabaseSettings;
use super::project::NamedTables;
use super::project::Tables;
use super::project::UrlProblem;
use super::variables::Variables;

/// The variable that serves wherever only env.py knows the URL.
const DATABASE_URL: &str = "DATABASE_URL";

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
        Ok(self.configured_url(name, variables)?)
    }

    fn configured_url(
        &self,
        name: &str,
        variables: Variables<'_>,
    ) -> Result<DatabaseUrl, ConfigError> {
        let lookup = |name: &str| variables.get(name);
        let failed = |error| ConfigError::alembic(self.path(), error);
        let databases = self.config.databases(&lookup).map_err(failed)?;
        let is_one_of_several = databases.iter().any(|database| database.name == name);
        let url = if is_one_of_several {
            self.config.database_url(name, &lookup)
        } else {
            self.config.url(&lookup)
        };
        if let Some(url) = url.map_err(failed)? {
            return native(&url).map_err(|kind| ConfigError::of(self.path(), kind));
        }
        match variables.get(DATABASE_URL).filter(|text| !text.is_empty()) {
            Some(text) => {
                alembic_url(&text).map_err(|kind| ConfigError::of(self.path(), kind))
            }
            None => Err(ConfigError::of(self.path(), ConfigErrorKind::NoAlembicUrl)),
        }
    }

    /// The tables: as they are named, else as env.py or the ini file names them.
    pub(super) fn tables(
        &self,
        mut named: NamedTables,
        variables: Variables<'_>,
    ) -> Result<Tables, Arc<ConfigError>> {
        let lookup = |name: &str| variables.get(name);
        let failed = |error| Arc::new(ConfigError::alembic(self.path(), error));
        if named.version.is_none() {
            let option = self.config.version_table(&lookup).map_err(failed)?;
            named.version = option.map(|option| option.value);
        }
        if named.schema.is_none() {
            let option = self.config.version_table_schema(&lookup).map_err(failed)?;
            named.schema = option.map(|option| option.value);
        }
        Ok(named.resolve())
    }
}
