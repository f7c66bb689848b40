//! The databases that a command works on, each with its part of the graph.

use std::borrow::Cow;
use std::sync::Arc;

use limbeck_schema::Dialect;

use crate::db;
use crate::db::Database;
use crate::db::DatabaseUrl;
use crate::db::LoggedDatabase;
use crate::db::LoggedEffect;
use crate::db::SessionOptions;
use crate::db::TenantPlace;
use crate::diesel_interop::AdoptionError;
use crate::env::ConfigError;
use crate::env::DatabaseSettings;
use crate::env::Tables;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::plan::Need;
use crate::ui::Output;
use crate::ui::SqlLog;

use super::error::CliError;
use super::origins;
use super::tenants::Tenant;

/// A database that can be opened, or one tenant of it, with its part of the graph.
pub(super) struct Site<'a> {
    /// What messages call it, and `--database` chooses: `app`, or `app/north` for a tenant.
    pub(super) name: String,
    pub(super) settings: Cow<'a, DatabaseSettings>,
    pub(super) tenant: Option<Tenant>,
    pub(super) url: DatabaseUrl,
    pub(super) graph: &'a RevisionGraph,
    /// What its revisions depend on in other databases.
    pub(super) needs: &'a [Need],
    /// Whether every statement is shown.
    pub(super) logs_sql: bool,
}

impl Site<'_> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What its part of the graph is called: that of the tenants, for one of them.
    pub(super) fn part_name(&self) -> &str {
        match (&self.tenant, &self.settings.tenants) {
            (Some(_), Some(tenants)) => &tenants.name,
            _ => &self.name,
        }
    }

    /// Its tables.
    pub(super) fn tables(&self) -> Result<Tables, Arc<ConfigError>> {
        let tables = self.settings.tables.clone()?;
        Ok(match self.place() {
            Some(place) => tables.of_tenant(place),
            None => tables,
        })
    }

    /// Where a tenant is that shares its database with others.
    pub(super) fn place(&self) -> Option<&TenantPlace> {
        self.tenant.as_ref()?.place.as_ref()
    }

    /// Says what Alembic logs when its env.py has opened a database.
    pub(super) fn announce(&self, output: &mut Output<'_>) {
        self.announce_context(output, false);
    }

    /// The same for `--sql`, which opens none.
    pub(super) fn announce_offline(&self, output: &mut Output<'_>) {
        self.announce_context(output, true);
    }

    fn announce_context(&self, output: &mut Output<'_>, is_offline: bool) {
        let (class, transactional) = match self.url.dialect() {
            Dialect::Postgresql => ("PostgresqlImpl", "transactional"),
            Dialect::Sqlite => ("SQLiteImpl", "non-transactional"),
            Dialect::Mysql => ("MySQLImpl", "non-transactional"),
        };
        output.alembic_info(format_args!("Context impl {class}."));
        if is_offline {
            output.alembic_info("Generating static SQL");
        }
        output.alembic_info(format_args!("Will assume {transactional} DDL."));
    }

    /// An error of the site's database.
    pub(super) fn error(&self, mut error: db::DatabaseError) -> CliError {
        if let Some(connect) = &mut error.connect {
            connect.sources = origins::of_failure(&self.settings, connect.cause);
        }
        CliError::Database { database: self.name.clone(), url: self.url.to_string(), error }
    }

    /// An error of taking over another tool's history.
    pub(super) fn adoption_error(&self, error: AdoptionError) -> CliError {
        match error {
            AdoptionError::Database(error) => self.error(error),
            AdoptionError::Target(error) => error.into(),
            error => CliError::Adoption(error),
        }
    }

    /// How a session is opened.
    pub(super) fn options(&self, read_only: bool) -> Result<SessionOptions, CliError> {
        // Only libpq asks for them, and looking costs a dozen file accesses.
        let system_certificates = match self.url.dialect() {
            Dialect::Postgresql => openssl_probe::probe().cert_file,
            Dialect::Sqlite | Dialect::Mysql => None,
        };
        let tables = self.tables()?;
        Ok(SessionOptions {
            version_table: tables.version,
            version_num_length: tables.version_num_length,
            journal_table: tables.journal,
            lock: self.settings.lock,
            actor: actor(),
            host: host(),
            read_only,
            tenant: self.place().cloned(),
            system_certificates,
            ..SessionOptions::default()
        })
    }

    /// Opens a session.
    pub(super) fn connect(&self, read_only: bool) -> Result<Box<dyn Database>, CliError> {
        self.check_tenant()?;
        let options = self.options(read_only)?;
        let database = db::connect(&self.url, &options).map_err(|error| self.error(error))?;
        if !self.logs_sql {
            return Ok(database);
        }
        let mut log = SqlLog::new(self.name());
        let log = move |effect: LoggedEffect<'_>| {
            log.line(effect.text, effect.elapsed, effect.has_failed);
        };
        Ok(Box::new(LoggedDatabase::new(database, &options, log)))
    }

    /// Opens a session that only reads; a database file that does not exist yet is an empty
    /// database, and stays away.
    pub(super) fn connect_to_read(&self) -> Result<Box<dyn Database>, CliError> {
        self.reader()?.into_session()
    }

    /// Refuses what [`Site::certain_rows`] refuses, and asks the database only if need be.
    pub(super) fn check_version_table(&self, database: &mut dyn Database) -> Result<(), CliError> {
        match &self.settings.tables {
            Ok(tables) if tables.uncertain.is_none() => Ok(()),
            _ => self.certain_rows(database).map(drop),
        }
    }

    /// The rows of the version table. Refused where there are none in a table that may be the
    /// wrong one: everything would run again in a database whose own table has another name. One
    /// with rows is the right one.
    pub(super) fn certain_rows(&self, database: &mut dyn Database) -> Result<Heads, CliError> {
        let tables = self.tables()?;
        let rows = database.version_rows().map_err(|error| self.error(error))?;
        match (rows.unwrap_or_default(), tables.uncertain) {
            (rows, Some(env)) if rows.is_empty() => Err(CliError::UncertainTable {
                database: self.name.clone(),
                table: tables.version.to_string(),
                env,
            }),
            (rows, _) => Ok(rows),
        }
    }

    /// Does something in a session that may write.
    pub(super) fn with_session<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, db::DatabaseError>,
    ) -> Result<T, CliError> {
        let mut database = self.connect(false)?;
        self.check_version_table(database.as_mut())?;
        work(database.as_mut()).map_err(|error| self.error(error))
    }
}

/// Who runs this, for the journal and for those who wait for the lock.
pub(super) fn actor() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Where this runs, likewise.
pub(super) fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}
