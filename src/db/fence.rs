//! A session that is not let out of its database: for scripts that are tried out beside databases
//! which they might name.

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

use super::CatalogObject;
use super::Database;
use super::DatabaseError;
use super::DatabaseErrorKind;
use super::DatabaseUrl;
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
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql;
use crate::script::sql::Statement;

/// A decorator that refuses statements which reach into another database.
pub struct FencedDatabase {
    inner: Box<dyn Database>,
    /// The databases that are out of reach.
    others: Vec<String>,
}

impl std::fmt::Debug for FencedDatabase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FencedDatabase").field("others", &self.others).finish_non_exhaustive()
    }
}

impl FencedDatabase {
    /// Keeps `inner` out of the databases named `others`; on SQLite out of every other file.
    pub fn new(inner: Box<dyn Database>, others: Vec<String>) -> Self {
        FencedDatabase { inner, others }
    }

    fn check(&self, text: &str) -> Result<(), DatabaseError> {
        let dialect = self.inner.dialect();
        let message = match (sql::leads_out(text, dialect, &self.others), dialect) {
            (None, _) => return Ok(()),
            (Some(word), Dialect::Sqlite) => format!("{word} leads out of the scratch database"),
            (Some(name), _) => {
                format!(
                    "the statement names the database {name}, which is not the scratch database"
                )
            }
        };
        Err(DatabaseError::new(DatabaseErrorKind::Statement, message))
    }
}

impl Database for FencedDatabase {
    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        self.check(&statement.text)?;
        self.inner.run(statement)
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        self.check(sql)?;
        self.inner.execute(sql, parameters)
    }

    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        self.inner.version_rows()
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        self.inner.row_length()
    }

    fn keeps_case(&mut self) -> Result<bool, DatabaseError> {
        self.inner.keeps_case()
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        self.inner.ensure_version_table()
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        self.inner.ensure_journal()
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.inner.begin()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.inner.commit()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.inner.rollback()
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        self.inner.change_heads(change)
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        self.inner.purge_versions()
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        self.inner.record(entry)
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        self.inner.journal(revision)
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        self.inner.journal_log(filter)
    }

    fn rows_and_digests(&mut self) -> Result<RowsAndDigests, DatabaseError> {
        self.inner.rows_and_digests()
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        self.inner.set_timeouts(timeouts)
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.inner.try_lock()
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.inner.unlock()
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        self.inner.probe(object)
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        self.inner.reset_session()
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        self.inner.drop_invalid(index)
    }

    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        self.inner.move_to(url, options)
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        self.inner.diesel_history()
    }
}
