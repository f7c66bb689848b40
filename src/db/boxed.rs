//! A boxed database is a database: what [`connect`](super::connect()) returns can be decorated.

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

use super::Attachment;
use super::CatalogObject;
use super::Concurrent;
use super::Database;
use super::DatabaseError;
use super::DatabaseUrl;
use super::JournalEntry;
use super::JournalFilter;
use super::JournalRecord;
use super::JournalRow;
use super::Leftovers;
use super::LockAttempt;
use super::ObjectState;
use super::OtherSession;
use super::RelationName;
use super::ResultSet;
use super::RowLength;
use super::RowsAndDigests;
use super::SessionOptions;
use super::TableIndex;
use super::Timeouts;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;

impl<D: Database + ?Sized> Database for Box<D> {
    fn dialect(&self) -> Dialect {
        self.as_ref().dialect()
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        self.as_mut().version_rows()
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        self.as_mut().row_length()
    }

    fn keeps_case(&mut self) -> Result<bool, DatabaseError> {
        self.as_mut().keeps_case()
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().ensure_version_table()
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().ensure_journal()
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().reset_session()
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        self.as_mut().drop_invalid(index)
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().begin()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().commit()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().rollback()
    }

    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        self.as_mut().run(statement)
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        self.as_mut().execute(sql, parameters)
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        self.as_mut().change_heads(change)
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().purge_versions()
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        self.as_mut().record(entry)
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        self.as_mut().journal(revision)
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        self.as_mut().journal_log(filter)
    }

    fn rows_and_digests(&mut self) -> Result<RowsAndDigests, DatabaseError> {
        self.as_mut().rows_and_digests()
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        self.as_mut().set_timeouts(timeouts)
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.as_mut().try_lock()
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.as_mut().unlock()
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        self.as_mut().probe(object)
    }

    fn holdups(&mut self, statement: &Concurrent) -> Result<Vec<OtherSession>, DatabaseError> {
        self.as_mut().holdups(statement)
    }

    fn clear_leftovers(
        &mut self,
        statement: &Concurrent,
        is_again: bool,
    ) -> Result<Leftovers, DatabaseError> {
        self.as_mut().clear_leftovers(statement, is_again)
    }

    fn attachment(
        &mut self,
        parent: &RelationName,
        partition: &RelationName,
    ) -> Result<Attachment, DatabaseError> {
        self.as_mut().attachment(parent, partition)
    }

    fn indexes(&mut self, table: &RelationName) -> Result<Vec<TableIndex>, DatabaseError> {
        self.as_mut().indexes(table)
    }

    fn server_version_num(&mut self) -> Result<Option<u32>, DatabaseError> {
        self.as_mut().server_version_num()
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        self.as_mut().diesel_history()
    }

    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        self.as_mut().move_to(url, options)
    }
}
