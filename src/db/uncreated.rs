//! A SQLite file that does not exist yet: nothing is applied to it, and reading that does not
//! make it. It comes into being with the first effect that needs it, so that a run that is refused
//! leaves no empty file behind.

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

use super::CatalogObject;
use super::Database;
use super::DatabaseError;
use super::JournalEntry;
use super::JournalFilter;
use super::JournalRecord;
use super::JournalRow;
use super::LockAttempt;
use super::ObjectState;
use super::ResultSet;
use super::RowLength;
use super::RowsAndDigests;
use super::SessionOptions;
use super::Timeouts;
use super::sqlite::SqliteSession;
use super::url::DatabaseUrl;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;

/// A session that opens its file when it is needed.
pub(super) struct UncreatedSqlite {
    url: DatabaseUrl,
    options: SessionOptions,
    session: Option<SqliteSession>,
}

impl UncreatedSqlite {
    pub(super) fn new(url: &DatabaseUrl, options: &SessionOptions) -> Self {
        UncreatedSqlite { url: url.clone(), options: options.clone(), session: None }
    }

    /// The session, which makes the file if need be.
    fn created(&mut self) -> Result<&mut SqliteSession, DatabaseError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => SqliteSession::open(&self.url, &self.options)?,
        };
        Ok(self.session.insert(session))
    }

    /// The session, if the file is there: somebody else may have made it meanwhile.
    fn existing(&mut self) -> Result<Option<&mut SqliteSession>, DatabaseError> {
        let exists = self.url.sqlite_path().is_some_and(|path| path.exists());
        if self.session.is_some() || exists { self.created().map(Some) } else { Ok(None) }
    }
}

impl Database for UncreatedSqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        self.existing()?.map_or(Ok(None), SqliteSession::version_rows)
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        Ok(RowLength::Unlimited)
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        self.created()?.ensure_version_table()
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        self.created()?.ensure_journal()
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.created()?.begin()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.created()?.commit()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.session.as_mut().map_or(Ok(()), SqliteSession::rollback)
    }

    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        self.created()?.run(statement)
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        self.created()?.execute(sql, parameters)
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        self.created()?.change_heads(change)
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        self.created()?.purge_versions()
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        self.created()?.record(entry)
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        self.existing()?.map_or(Ok(Vec::new()), |session| session.journal(revision))
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        self.existing()?.map_or(Ok(None), |session| session.journal_log(filter))
    }

    fn rows_and_digests(&mut self) -> Result<RowsAndDigests, DatabaseError> {
        self.existing()?.map_or(Ok((None, None)), Database::rows_and_digests)
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        self.created()?.set_timeouts(timeouts)
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.created()?.try_lock()
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.session.as_mut().map_or(Ok(()), SqliteSession::unlock)
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        self.created()?.probe(object)
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        self.session.as_mut().map_or(Ok(()), SqliteSession::reset_session)
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        self.created()?.drop_invalid(index)
    }

    /// Another file needs another session.
    fn move_to(&mut self, _: &DatabaseUrl, _: &SessionOptions) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        self.existing()?.map_or(Ok(None), SqliteSession::diesel_history)
    }
}
