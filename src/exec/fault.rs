//! A database that fails, or ends the process, at a chosen effect. For tests of what a crash
//! leaves behind: a sweep over every effect of a run proves that a rerun always completes it.

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

use crate::db::Attachment;
use crate::db::CatalogObject;
use crate::db::Concurrent;
use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::DatabaseUrl;
use crate::db::JournalEntry;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::db::JournalRow;
use crate::db::Leftovers;
use crate::db::LockAttempt;
use crate::db::ObjectState;
use crate::db::OtherSession;
use crate::db::RelationName;
use crate::db::ResultSet;
use crate::db::RowLength;
use crate::db::SessionOptions;
use crate::db::TableIndex;
use crate::db::Timeouts;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;

/// What happens at the chosen effect.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The effect is not carried out and reports an error.
    Fail,
    /// The function is called before the effect is carried out; it should end the process.
    Call(fn()),
}

/// A decorator that counts effects and lets a fault happen at one of them.
#[derive(Debug)]
pub struct FaultyDatabase<D> {
    inner: D,
    countdown: Option<u32>,
    fault: Fault,
    effects: u32,
}

impl<D> FaultyDatabase<D> {
    /// Lets `fault` happen at the effect number `at`, counted from 1; never, for 0.
    pub fn new(inner: D, at: u32, fault: Fault) -> Self {
        FaultyDatabase { inner, countdown: (at > 0).then_some(at), fault, effects: 0 }
    }

    /// How many effects there have been.
    pub fn effects(&self) -> u32 {
        self.effects
    }

    fn effect(&mut self, name: &str) -> Result<&mut D, DatabaseError> {
        self.effects += 1;
        if self.countdown == Some(self.effects) {
            match self.fault {
                Fault::Fail => {
                    return Err(DatabaseError::new(
                        DatabaseErrorKind::Statement,
                        format!("injected fault at effect {}: {name}", self.effects),
                    ));
                }
                Fault::Call(call) => call(),
            }
        }
        Ok(&mut self.inner)
    }
}

impl<D: Database> Database for FaultyDatabase<D> {
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        self.effect("version_rows")?.version_rows()
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        self.effect("row_length")?.row_length()
    }

    fn keeps_case(&mut self) -> Result<bool, DatabaseError> {
        self.effect("keeps_case")?.keeps_case()
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        self.effect("ensure_version_table")?.ensure_version_table()
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        self.effect("ensure_journal")?.ensure_journal()
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.effect("begin")?.begin()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.effect("commit")?.commit()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.effect("rollback")?.rollback()
    }

    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        self.effect("run")?.run(statement)
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        self.effect("execute")?.execute(sql, parameters)
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        self.effect("change_heads")?.change_heads(change)
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        self.effect("purge_versions")?.purge_versions()
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        self.effect("record")?.record(entry)
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        self.effect("journal")?.journal(revision)
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        self.effect("journal_log")?.journal_log(filter)
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        self.effect("set_timeouts")?.set_timeouts(timeouts)
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.effect("try_lock")?.try_lock()
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.effect("unlock")?.unlock()
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        self.effect("probe")?.probe(object)
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        self.effect("reset_session")?.reset_session()
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        self.effect("drop_invalid")?.drop_invalid(index)
    }

    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        self.effect("move_to")?.move_to(url, options)
    }

    fn holdups(&mut self, statement: &Concurrent) -> Result<Vec<OtherSession>, DatabaseError> {
        self.effect("holdups")?.holdups(statement)
    }

    fn clear_leftovers(
        &mut self,
        statement: &Concurrent,
        is_again: bool,
    ) -> Result<Leftovers, DatabaseError> {
        self.effect("clear_leftovers")?.clear_leftovers(statement, is_again)
    }

    fn attachment(
        &mut self,
        parent: &RelationName,
        partition: &RelationName,
    ) -> Result<Attachment, DatabaseError> {
        self.effect("attachment")?.attachment(parent, partition)
    }

    fn indexes(&mut self, table: &RelationName) -> Result<Vec<TableIndex>, DatabaseError> {
        self.effect("indexes")?.indexes(table)
    }

    fn server_version_num(&mut self) -> Result<Option<u32>, DatabaseError> {
        self.effect("server_version_num")?.server_version_num()
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        self.effect("diesel_history")?.diesel_history()
    }
}
