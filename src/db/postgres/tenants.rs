//! Sessions on the tenants of a PostgreSQL database.

use diesel::pg::PgConnection;
use limbeck_schema::Dialect;

use super::PostgresSession;
use super::tables;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::deferred::Deferred;
use crate::db::error::DatabaseError;
use crate::db::journal_table::JournalTable;
use crate::db::read_only;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::tenant::Catalogue;
use crate::db::tenant::TenantPlace;
use crate::db::transaction::Transaction;
use crate::db::url::DatabaseUrl;
use crate::db::version_table::VersionTable;

/// The catalogue that the heads of the tenant of `options` are noted in.
pub(super) fn catalogue(options: &SessionOptions) -> Option<Catalogue> {
    let shared = &options.tenant.as_ref()?.shared_schema;
    Some(Catalogue::new(Dialect::Postgresql, shared, &options.version_table.name))
}

/// What a session with `options` promises to begin with.
pub(super) fn deferred(options: &SessionOptions) -> Deferred {
    Deferred::new(options.tenant.as_ref().map(TenantPlace::setup).unwrap_or_default())
}

impl PostgresSession {
    /// Creates the catalogue of a tenant unless it was `found`; the schema it is in.
    pub(super) fn ensure_catalogue(
        &mut self,
        found: Option<String>,
    ) -> Result<Option<String>, DatabaseError> {
        let Some(catalogue) = self.catalogue.clone() else { return Ok(None) };
        self.ensured(found, catalogue.table(), &catalogue.create_sql()).map(Some)
    }

    /// Notes in the catalogue where the tenant is now: with the COMMIT, where there is to be one.
    pub(super) fn note_heads(&mut self) -> Result<(), DatabaseError> {
        let (Some(catalogue), Some(tenant)) = (&self.catalogue, &self.origin.1.tenant) else {
            return Ok(());
        };
        let note = catalogue.note_sql(tenant);
        if self.transaction == Transaction::Open {
            self.deferred.record(&note);
            return Ok(());
        }
        self.with(|sql| sql.batch(&note)).map_err(|error| DatabaseError { offset: None, ..error })
    }

    /// Turns to another tenant of the same database.
    pub(super) fn move_to_tenant(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        let is_same = self.origin.0 == *url
            && self.origin.1.lock == options.lock
            && self.origin.1.read_only == options.read_only;
        if !is_same || self.in_transaction() {
            return Ok(false);
        }
        self.unlock_all()?;
        self.lock.move_to(url, options)?;
        self.origin = (url.clone(), options.clone());
        self.version = VersionTable::new(Dialect::Postgresql, options.version_table.clone())
            .holding(options.version_num_length);
        self.journal = JournalTable::new(Dialect::Postgresql, options.journal_table.clone());
        self.catalogue = catalogue(options);
        // What a script has left in the session (temporary tables, prepared statements, locks) is
        // none of the next tenant's business.
        self.connection.batch(FORGET)?;
        self.deferred = deferred(options);
        self.found = None;
        self.session_timeouts = false;
        self.local_timeouts = false;
        Ok(true)
    }

    pub(super) fn unlock_all(&mut self) -> Result<(), DatabaseError> {
        self.statement_rows.close();
        self.work_lock.unlock_with(self.lock.as_mut(), &mut self.connection)
    }
}

/// `DISCARD ALL` but for what Diesel has prepared, which it would go on to use: what scripts have
/// is told by `from_sql`. Settings are put back in a message of their own: a default of
/// transactions counts from the next one on.
const FORGET: &str = "RESET SESSION AUTHORIZATION;\nRESET ALL;\nSET client_encoding TO 'UTF8';\n\
    CLOSE ALL;\nUNLISTEN *;\nSELECT pg_advisory_unlock_all();\nDISCARD TEMP;\nDISCARD SEQUENCES;\n\
    DO 'DECLARE n text; BEGIN FOR n IN SELECT name FROM pg_catalog.pg_prepared_statements WHERE from_sql \
    LOOP EXECUTE pg_catalog.format(''DEALLOCATE %I'', n); END LOOP; END'";

/// The rows of [`Catalogue::survey_sql`] for the tenants that `names` gives. The catalogue is
/// there once a tenant has been upgraded; whether it is, a failure tells.
pub(in crate::db) fn survey(
    url: &DatabaseUrl,
    options: &SessionOptions,
    catalogue: &Catalogue,
    names: &str,
) -> Result<Vec<TextRow>, DatabaseError> {
    let mut connection: PgConnection = connect::postgres(url, options)?;
    let place = catalogue.table();
    let with = catalogue.survey_sql(names, true);
    // The query is the user's: it must not be one that changes anything.
    let begin = read_only::begin_sql(Dialect::Postgresql);
    read_only::ask(&mut connection, begin, |sql| {
        match tables::rows_if_exists(sql, place, &with, &[], true)? {
            Some(rows) => Ok(rows),
            None => sql.rows(&catalogue.survey_sql(names, false), &[]),
        }
    })
}
