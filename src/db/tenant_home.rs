//! The shared schema of tenants: their catalogue, and making and dropping their schemas.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::sql;
use super::sql::Sql;
use super::sql::column;
use super::tenant::Catalogue;
use super::tenant::TenantPlace;
use super::tenants;
use super::url::DatabaseUrl;
use crate::graph::Heads;

/// How long the name of a schema may be, in bytes: PostgreSQL cuts a longer one off without a word,
/// so that two tenants could come to be one.
const LONGEST_SCHEMA: usize = 63;
/// The same on MySQL, in characters.
const LONGEST_DATABASE: usize = 64;

/// The table that marks a schema as not finished.
pub const UNFINISHED: &str = "limbeck_unfinished";

/// A connection to the shared schema of tenants.
pub struct TenantHome {
    connection: Box<dyn Sql + Send>,
    dialect: Dialect,
    catalogue: Catalogue,
}

impl std::fmt::Debug for TenantHome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TenantHome").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

/// A row of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueRow {
    /// The tenant.
    pub name: String,
    /// Where it says the tenant is; `None` where it makes no sense, or says only that the tenant
    /// has failed.
    pub heads: Option<Heads>,
}

impl TenantHome {
    /// Opens the shared schema of the database at `url`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn open(
        url: &DatabaseUrl,
        options: &SessionOptions,
        shared_schema: &str,
    ) -> Result<Self, DatabaseError> {
        let (dialect, name) = (url.dialect(), &options.version_table.name);
        let catalogue = Catalogue::new(dialect, shared_schema, name);
        let connection = tenants::open(url, options)?;
        Ok(TenantHome { connection, dialect, catalogue })
    }

    /// Makes the catalogue where it is missing.
    fn ensure_catalogue(&mut self) -> Result<(), DatabaseError> {
        match self.connection.rows(&self.catalogue.failures_sql(), &[]) {
            Ok(_) => Ok(()),
            // Whoever has made it meanwhile has made it well.
            Err(_) => match self.connection.batch(&self.catalogue.create_sql()) {
                Ok(()) => Ok(()),
                Err(error) => self
                    .connection
                    .rows(&self.catalogue.failures_sql(), &[])
                    .map_or(Err(error), |_| Ok(())),
            },
        }
    }

    /// Notes why `tenant` could not be brought on, or that it could.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn note_failure(&mut self, tenant: &str, error: Option<&str>) -> Result<(), DatabaseError> {
        self.ensure_catalogue()?;
        self.connection.batch(&self.catalogue.failure_sql(tenant, error))
    }

    /// The rows of the catalogue, sorted by name; none where there is no catalogue.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn rows(&mut self) -> Result<Vec<CatalogueRow>, DatabaseError> {
        if self.connection.rows(&self.catalogue.failures_sql(), &[]).is_err() {
            return Ok(Vec::new());
        }
        let rows = self.connection.rows(&self.catalogue.rows_sql(), &[])?;
        let row = |row: &sql::TextRow| CatalogueRow {
            name: column(row, 0).to_owned(),
            heads: (column(row, 1) != "0").then(|| tenants::heads(column(row, 2))).flatten(),
        };
        let mut rows: Vec<CatalogueRow> = rows.iter().map(row).collect();
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(rows)
    }

    /// Whether the catalogue has a row of `tenant`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn has_row(&mut self, tenant: &str) -> Result<bool, DatabaseError> {
        Ok(self.rows()?.iter().any(|row| row.name == tenant))
    }

    /// Writes the row of a tenant anew, from its version table.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn note(&mut self, tenant: &TenantPlace) -> Result<(), DatabaseError> {
        self.ensure_catalogue()?;
        self.connection.batch(&self.catalogue.note_sql(tenant))
    }

    /// Takes the row of `tenant` out of the catalogue, where there is one.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn forget(&mut self, tenant: &str) -> Result<(), DatabaseError> {
        if self.connection.rows(&self.catalogue.failures_sql(), &[]).is_err() {
            return Ok(());
        }
        self.connection.batch(&self.catalogue.forget_sql(tenant))
    }

    /// Whether the first value that `query` gives is true, or a number other than 0.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn is_true(&mut self, query: &str) -> Result<bool, DatabaseError> {
        let query = query.trim_end().trim_end_matches(';');
        let text = match self.dialect {
            Dialect::Mysql => "CHAR",
            Dialect::Postgresql | Dialect::Sqlite => "TEXT",
        };
        let query = format!("WITH t(v) AS ({query}\n) SELECT CAST(v AS {text}) FROM t");
        let rows = self.connection.rows(&query, &[])?;
        Ok(rows.first().is_some_and(|row| !matches!(column(row, 0), "" | "0" | "f" | "false")))
    }

    /// Makes the schema `name` (on MySQL the database); whether it was missing.
    ///
    /// # Errors
    /// A name that is too long; whatever the database says.
    pub fn create_schema(&mut self, name: &str) -> Result<bool, DatabaseError> {
        let is_too_long = match self.dialect {
            Dialect::Postgresql => name.len() > LONGEST_SCHEMA,
            Dialect::Mysql => name.chars().count() > LONGEST_DATABASE,
            Dialect::Sqlite => false,
        };
        if is_too_long {
            let message = format!("the name `{}` is too long for a schema", name.escape_debug());
            return Err(DatabaseError::new(DatabaseErrorKind::Unsupported, message));
        }
        if self.has_schema(name)? {
            return Ok(false);
        }
        let quoted = quote_identifier(self.dialect, name);
        self.connection.batch(&match self.dialect {
            Dialect::Mysql => format!("CREATE DATABASE {quoted}"),
            Dialect::Postgresql | Dialect::Sqlite => format!("CREATE SCHEMA {quoted}"),
        })?;
        Ok(true)
    }

    /// Drops the schema `name` with all that is in it; whether it was there.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn drop_schema(&mut self, name: &str) -> Result<bool, DatabaseError> {
        let is_there = self.has_schema(name)?;
        if is_there {
            let quoted = quote_identifier(self.dialect, name);
            self.connection.batch(&match self.dialect {
                Dialect::Mysql => format!("DROP DATABASE {quoted}"),
                Dialect::Postgresql | Dialect::Sqlite => format!("DROP SCHEMA {quoted} CASCADE"),
            })?;
        }
        self.forget(name)?;
        Ok(is_there)
    }

    /// Marks the schema `name` as one that is not finished, until [`finish`](Self::finish): a table
    /// in it, which a crash leaves there.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn begin(&mut self, name: &str) -> Result<(), DatabaseError> {
        let mark = self.mark(name);
        self.connection.batch(&format!("CREATE TABLE {mark} (unfinished INTEGER)"))
    }

    /// Whether the schema `name` was begun and not finished.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn is_unfinished(&mut self, name: &str) -> Result<bool, DatabaseError> {
        let text = match self.dialect {
            Dialect::Mysql => "CHAR",
            Dialect::Postgresql | Dialect::Sqlite => "TEXT",
        };
        let query = format!(
            "SELECT CAST(count(*) AS {text}) FROM information_schema.tables \
             WHERE table_schema = {} AND table_name = {}",
            sql::literal(self.dialect, name),
            sql::literal(self.dialect, UNFINISHED),
        );
        let rows = self.connection.rows(&query, &[])?;
        Ok(rows.first().is_some_and(|row| column(row, 0) != "0"))
    }

    /// The schema `name` is finished.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn finish(&mut self, name: &str) -> Result<(), DatabaseError> {
        let mark = self.mark(name);
        self.connection.batch(&format!("DROP TABLE {mark}"))
    }

    fn mark(&self, name: &str) -> String {
        let [schema, table] = [name, UNFINISHED].map(|name| quote_identifier(self.dialect, name));
        format!("{schema}.{table}")
    }

    /// Whether there is a schema `name`, spelled as it is (on MySQL a database).
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn has_schema(&mut self, name: &str) -> Result<bool, DatabaseError> {
        let query = match self.dialect {
            Dialect::Mysql => {
                "SELECT CAST(count(*) AS CHAR) FROM information_schema.schemata \
                 WHERE BINARY schema_name = ?"
            }
            Dialect::Postgresql | Dialect::Sqlite => {
                "SELECT count(*)::text FROM pg_catalog.pg_namespace WHERE nspname::text = $1"
            }
        };
        let rows = self.connection.rows(query, &[name])?;
        Ok(rows.first().is_some_and(|row| column(row, 0) != "0"))
    }
}
