//! Sessions on the tenants of a MySQL server: databases beside the one that the URL names.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::MysqlSession;
use super::tables;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::journal_table::JournalTable;
use crate::db::read_only;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::tenant::Catalogue;
use crate::db::url::DatabaseUrl;
use crate::db::version_table::VersionTable;

/// The catalogue that the heads of the tenant of `options` are noted in.
pub(super) fn catalogue(options: &SessionOptions) -> Option<Catalogue> {
    let shared = &options.tenant.as_ref()?.shared_schema;
    Some(Catalogue::new(Dialect::Mysql, shared, &options.version_table.name))
}

impl MysqlSession {
    /// Creates the catalogue where it is missing.
    pub(super) fn ensure_catalogue(&mut self) -> Result<(), DatabaseError> {
        let Some(catalogue) = &self.catalogue else { return Ok(()) };
        let (open, create) = (self.in_transaction(), catalogue.create_sql());
        let table = catalogue.table().clone();
        tables::ensure(&mut self.connection, &table, &create, open).map(drop)
    }

    /// Notes in the catalogue where the tenant is now, in the transaction of its version rows.
    pub(super) fn note_heads(&mut self) -> Result<(), DatabaseError> {
        let (Some(catalogue), Some(tenant)) = (&self.catalogue, &self.origin.1.tenant) else {
            return Ok(());
        };
        let note = catalogue.note_sql(tenant);
        let result = self.connection.batch(&note);
        self.transaction.note(result).map_err(|error| DatabaseError { offset: None, ..error })
    }

    /// Goes back to the database of the tenant, which a script may have left.
    pub(super) fn enter_tenant(&mut self) -> Result<(), DatabaseError> {
        let Some(tenant) = &self.origin.1.tenant else { return Ok(()) };
        let database = quote_identifier(Dialect::Mysql, &tenant.schema);
        self.connection.batch(&format!("USE {database}"))
    }

    /// Turns to another tenant of the same server.
    pub(super) fn move_to_tenant(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        let (Some(tenant), Some(from)) = (&options.tenant, &self.origin.1.tenant) else {
            return Ok(false);
        };
        let is_same = self.origin.0.with_database(&tenant.schema) == *url
            && from.shared_schema == tenant.shared_schema
            && self.origin.1.lock == options.lock
            && self.origin.1.read_only == options.read_only;
        if !is_same || self.in_transaction() {
            return Ok(false);
        }
        self.unlock_all()?;
        self.lock.move_to(url, options)?;
        self.origin = (url.clone(), options.clone());
        self.version = VersionTable::new(Dialect::Mysql, options.version_table.clone())
            .holding(options.version_num_length);
        self.journal = JournalTable::new(Dialect::Mysql, options.journal_table.clone());
        self.catalogue = catalogue(options);
        self.connection.reset()?;
        self.enter_tenant()?;
        self.is_used = false;
        self.limit = None;
        Ok(true)
    }

    pub(super) fn unlock_all(&mut self) -> Result<(), DatabaseError> {
        self.statement_rows.close();
        self.work_lock.unlock_with(self.lock.as_mut(), &mut self.connection)
    }
}

/// The rows of [`Catalogue::survey_sql`] for the tenants that `names` gives. The catalogue is
/// there once a tenant has been upgraded.
pub(in crate::db) fn survey(
    url: &DatabaseUrl,
    options: &SessionOptions,
    catalogue: &Catalogue,
    names: &str,
) -> Result<Vec<TextRow>, DatabaseError> {
    let mut connection = connect::mysql(url, options)?;
    let is_there = tables::schema_of(&mut connection, catalogue.table())?.is_some();
    // The query is the user's: it must not be one that changes anything.
    let begin = read_only::begin_sql(Dialect::Mysql);
    read_only::ask(&mut connection, begin, |sql| {
        sql.rows(&catalogue.survey_sql(names, is_there), &[])
    })
}
