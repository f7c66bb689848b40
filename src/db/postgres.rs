//! A session on PostgreSQL.
//!
//! Transactions are plain SQL text here, not Diesel's transaction manager: the manager sends each
//! BEGIN and COMMIT as a message of its own, and [`Deferred`] exists to avoid exactly that.

mod blocked;
mod concurrent;
mod prepared;
pub(super) mod tables;
mod tenants;

pub(super) use tenants::survey;

use diesel::pg::PgConnection;
use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

use super::Attachment;
use super::CatalogObject;
use super::Concurrent;
use super::Database;
use super::Leftovers;
use super::LockAttempt;
use super::ObjectState;
use super::OtherSession;
use super::RelationName;
use super::ResultSet;
use super::RowLength;
use super::RowsAndDigests;
use super::TableIndex;
use super::Timeouts;
use super::catalog;
use super::connect;
use super::connect::LockMode;
use super::connect::SessionOptions;
use super::deferred::Batch;
use super::deferred::Deferred;
use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::execute;
use super::journal::JournalEntry;
use super::journal::JournalEvent;
use super::journal::JournalFilter;
use super::journal::JournalRecord;
use super::journal::JournalRow;
use super::journal_table::JournalTable;
use super::lock::LeaseLock;
use super::lock::NoLock;
use super::lock::SessionLock;
use super::lock::SiteLock;
use super::lock::WorkLock;
use super::sql::Sql;
use super::sql::column;
use super::statement_rows::StatementRows;
use super::table_name::TableName;
use super::tenant::Catalogue;
use super::transaction::Transaction;
use super::url::DatabaseUrl;
use super::version_table::VersionTable;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;
use crate::script::sql::creates_extension;
use crate::script::sql::holds_plain_backslash;
use blocked::Backend;
use blocked::SEQUENTIAL;
use tables::Found;

/// The longest timeout that PostgreSQL knows, in milliseconds.
const LONGEST_TIMEOUT: u64 = i32::MAX as u64;

const SERVER_VERSION: &str = "SELECT pg_catalog.current_setting('server_version_num')";

/// A session on one site of a PostgreSQL server.
///
/// What it defers: `begin` and `set_timeouts` reach the server with the next effect, within a
/// transaction `change_heads` with the next effect or the commit, and `record` with the commit,
/// whose error may then be theirs. Every other effect has happened when its call returns.
pub(super) struct PostgresSession {
    connection: PgConnection,
    /// What the connection was made of, for another one.
    origin: (DatabaseUrl, SessionOptions),
    statement_rows: StatementRows<PgConnection>,
    /// The user of the URL, for those who must be granted a right.
    role: Option<String>,
    version: VersionTable,
    journal: JournalTable,
    /// Where the heads of a tenant are noted.
    catalogue: Option<Catalogue>,
    deferred: Deferred,
    /// The change of the version rows that waits.
    changing: HeadChange,
    /// Which of our tables there are, from the question to the next effect that may change it.
    found: Option<Found>,
    transaction: Transaction,
    /// Whether timeouts of ours are in force: in the session, and in the transaction.
    session_timeouts: bool,
    local_timeouts: bool,
    backend: Backend,
    lock: Box<dyn SiteLock>,
    work_lock: WorkLock,
}

impl PostgresSession {
    /// Connects.
    pub(super) fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let lock: Box<dyn SiteLock> = match options.lock {
            LockMode::Session => Box::new(SessionLock::<PgConnection>::new(url, options)),
            LockMode::Lease => Box::new(LeaseLock::new(url, options)),
            LockMode::None => Box::new(NoLock),
        };
        Ok(PostgresSession {
            connection: connect::postgres(url, options)?,
            origin: (url.clone(), options.clone()),
            statement_rows: StatementRows::default(),
            role: url.user().map(str::to_owned),
            version: VersionTable::new(Dialect::Postgresql, options.version_table.clone())
                .holding(options.version_num_length),
            journal: JournalTable::new(Dialect::Postgresql, options.journal_table.clone()),
            catalogue: tenants::catalogue(options),
            deferred: tenants::deferred(options),
            changing: HeadChange::default(),
            found: None,
            transaction: Transaction::None,
            session_timeouts: false,
            local_timeouts: false,
            backend: Backend::default(),
            lock,
            work_lock: WorkLock::default(),
        })
    }

    fn in_transaction(&self) -> bool {
        self.transaction != Transaction::None
    }

    /// Sends what is promised for the transaction, then `text`.
    fn send(&mut self, text: &str) -> Result<(), DatabaseError> {
        self.settle()?;
        let batch = self.deferred.take_with(text);
        self.send_batch(&batch)
    }

    /// Sends the change of the version rows that waits, before any other effect than the commit.
    fn settle(&mut self) -> Result<(), DatabaseError> {
        if !self.deferred.has_versions() {
            return Ok(());
        }
        let batch = self.deferred.take_with_versions();
        let change = std::mem::take(&mut self.changing);
        self.send_batch(&batch).map_err(|error| self.of_change(&change, error))
    }

    /// The error of a message of our own in which `change` was.
    fn of_change(&self, change: &HeadChange, error: DatabaseError) -> DatabaseError {
        let moved = self.version.moved_in(&error.message, change);
        moved.unwrap_or(DatabaseError { offset: None, ..error })
    }

    fn send_batch(&mut self, batch: &Batch) -> Result<(), DatabaseError> {
        let result = self.connection.batch(&batch.text).map_err(|error| {
            let offset = error.offset.and_then(|offset| batch.own_offset(offset));
            DatabaseError { offset, ..error }
        });
        self.note(result)
    }

    /// Sends what is promised, before an effect that cannot share its message.
    fn flush(&mut self) -> Result<(), DatabaseError> {
        self.settle()?;
        if self.deferred.is_empty() { Ok(()) } else { self.send("") }
    }

    /// Runs `effect` with all that is promised for the transaction done. Outside one, only
    /// scripts can feel what is promised.
    fn with<T>(
        &mut self,
        effect: impl FnOnce(&mut PgConnection) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        if self.in_transaction() {
            self.flush()?;
        }
        let result = effect(&mut self.connection);
        self.note(result)
    }

    /// Notes how an effect has ended, and whom it was denied to.
    fn note<T>(&mut self, result: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        self.transaction.note(result).map_err(|mut error| {
            if let DatabaseErrorKind::Denied(right) = &mut error.kind {
                right.role.clone_from(&self.role);
            }
            error
        })
    }

    /// The setting `name`, as SQL.
    fn setting(&self, name: &str, value: Option<u64>) -> Result<String, DatabaseError> {
        match (self.in_transaction(), value) {
            (_, Some(value)) if value > LONGEST_TIMEOUT => Err(DatabaseError::new(
                DatabaseErrorKind::Statement,
                format!("{name} of {value} ms is longer than PostgreSQL's {LONGEST_TIMEOUT} ms"),
            )),
            (true, Some(value)) => Ok(format!("SET LOCAL {name} = {value}")),
            (true, None) => Ok(format!("SET LOCAL {name} TO DEFAULT")),
            (false, Some(value)) => Ok(format!("SET {name} = {value}")),
            (false, None) => Ok(format!("RESET {name}")),
        }
    }
}

impl Database for PostgresSession {
    fn dialect(&self) -> Dialect {
        Dialect::Postgresql
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        let query = self.version.select_sql();
        let rows = self.rows_of(&query, Found::has_version);
        let rows = rows.map_err(|error| self.version.unreadable(error))?;
        rows.map(|rows| self.version.heads(rows)).transpose()
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        let (table, to_be_made) = (self.version.place().clone(), self.version.length());
        self.with(|sql| tables::row_length(sql, &table, to_be_made))
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        let found = self.find()?;
        let (table, create) = (self.version.place().clone(), self.version.create_sql(true));
        // From here on the name is complete: scripts that change the search_path (pg_dump's empty
        // it) must not lead the bookkeeping astray.
        let schema = self.ensured(found.version, &table, &create)?;
        self.version = self.version.found_in(schema.clone());
        let catalogue = self.ensure_catalogue(found.catalogue)?;
        let found = self.found.take();
        self.found = found.map(|found| Found { version: Some(schema), catalogue, ..found });
        Ok(())
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        let found = self.find()?;
        let (table, create) = (self.journal.place().clone(), self.journal.create_sql(true));
        let is_whole = found.journal_is_whole();
        let schema = self.ensured(found.journal, &table, &create)?;
        self.found = None;
        self.journal = self.journal.found_in(schema);
        if is_whole {
            return Ok(());
        }
        let journal = self.journal.clone();
        self.with(|sql| journal.complete(sql))
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.lock.check()?;
        if self.in_transaction() {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Statement,
                "a transaction is already open",
            ));
        }
        self.deferred.begin();
        if self.backend.has_citus {
            self.deferred.set(SEQUENTIAL);
        }
        self.transaction = Transaction::Open;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.transaction.check_commit()?;
        if self.deferred.is_unopened() && !self.deferred.has_rows() {
            // Nothing was done in it.
            return self.rollback();
        }
        let batch = self.deferred.take_with_commit();
        let change = std::mem::take(&mut self.changing);
        self.send_batch(&batch).map_err(|error| self.of_change(&change, error))?;
        self.transaction = Transaction::None;
        self.local_timeouts = false;
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        let unopened = self.deferred.is_unopened();
        let was = std::mem::replace(&mut self.transaction, Transaction::None);
        self.deferred.roll_back();
        self.changing = HeadChange::default();
        self.found = None;
        self.local_timeouts = false;
        if unopened || was == Transaction::None {
            return Ok(());
        }
        // Without an open transaction, as after a failed COMMIT, this is only a warning.
        self.connection.batch("ROLLBACK")
    }

    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        // Outside a transaction nothing may share the statement's message, or PostgreSQL would
        // run it as one transaction.
        if !self.in_transaction() {
            self.flush()?;
        }
        self.found = None;
        self.watched(|session| session.send(&statement.text))?;
        self.backend.has_citus |= creates_extension(statement, "citus");
        Ok(())
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        if !parameters.is_empty() && holds_plain_backslash(sql) {
            self.check_backslashes()?;
        }
        // What is refused here has not reached the server, and fails no transaction.
        let prepared = execute::postgres::prepare(sql, parameters)?;
        self.found = None;
        let result = self.watched(|session| session.run_prepared(&prepared))?;
        self.transaction =
            execute::followed(prepared.text(), Dialect::Postgresql, self.transaction);
        Ok(result)
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        if change.is_empty() {
            return Ok(());
        }
        self.settle()?;
        if self.transaction == Transaction::Open {
            self.deferred.change(&self.version.change_sql(change));
            self.changing = change.clone();
        } else {
            let version = self.version.clone();
            self.with(|sql| version.change(sql, change))?;
        }
        self.note_heads()
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        let version = self.version.clone();
        self.with(|sql| version.purge(sql))?;
        self.note_heads()
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        if entry.event == JournalEvent::Begin {
            // Outside transactions this is where a statement begins.
            self.lock.check()?;
        }
        let insert = self.journal.insert_sql(entry);
        if self.transaction == Transaction::Open {
            self.deferred.record(&insert);
            return Ok(());
        }
        if entry.statement.is_some() && !self.in_transaction() {
            let (url, options) = &self.origin;
            let result = self.statement_rows.write(&insert, || connect::postgres(url, options));
            return self.note(result);
        }
        self.with(|sql| sql.batch(&insert)).map_err(|error| DatabaseError { offset: None, ..error })
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        let journal = self.journal.clone();
        self.with(|sql| journal.rows(sql, revision))
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        let journal = self.journal.clone();
        if filter.is_of_any_version() {
            // One round trip: this is asked by every run, also by one with nothing to do.
            let rows = self.rows_of(&journal.log_sql(filter, &[]), Found::has_journal)?;
            return rows.map(|rows| journal.records(&rows, filter)).transpose();
        }
        self.with(|sql| {
            let columns = journal.columns(sql)?;
            if columns.is_empty() {
                return Ok(None);
            }
            journal.log(sql, filter, &columns).map(Some)
        })
    }

    fn rows_and_digests(&mut self) -> Result<RowsAndDigests, DatabaseError> {
        // A failure would end a transaction.
        if !self.in_transaction() {
            let query = self.journal.beside_sql(&self.version);
            if let Ok(rows) = self.with(|sql| sql.rows(&query, &[])) {
                let (versions, records) = self.journal.apart(rows)?;
                return Ok((Some(self.version.heads(versions)?), Some(records)));
            }
        }
        // One of the tables is missing, or cannot be read: each question has its own words.
        self.find()?;
        Ok((self.version_rows()?, self.journal_log(&JournalFilter::Digests)?))
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        self.backend.lock_limit = timeouts.lock;
        let any = timeouts != Timeouts::default();
        if !any && !self.session_timeouts && !self.local_timeouts {
            return Ok(());
        }
        let lock = self.setting("lock_timeout", timeouts.lock)?;
        let statement = self.setting("statement_timeout", timeouts.statement)?;
        if self.in_transaction() {
            self.deferred.set(&lock);
            self.deferred.set(&statement);
            self.local_timeouts = any;
        } else {
            // Putting settings back later would undo these.
            self.flush()?;
            self.with(|sql| sql.batch(&format!("{lock}; {statement}")))?;
            self.session_timeouts = any;
        }
        Ok(())
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        self.deferred.reset();
        if self.in_transaction() && self.backend.has_citus {
            self.deferred.set(SEQUENTIAL);
        }
        self.local_timeouts = false;
        self.backend.lock_limit = None;
        // Limits of the session would reach whatever is asked next, which sends no script.
        if std::mem::take(&mut self.session_timeouts) { self.flush() } else { Ok(()) }
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        self.flush()?;
        let name = RelationName { schema: index.schema.clone(), name: index.name.clone() };
        let result = concurrent::drop_invalid(&mut self.connection, &name);
        self.note(result)
    }

    fn holdups(&mut self, statement: &Concurrent) -> Result<Vec<OtherSession>, DatabaseError> {
        self.with(|sql| concurrent::holdups(sql, statement))
    }

    fn clear_leftovers(
        &mut self,
        statement: &Concurrent,
        is_again: bool,
    ) -> Result<Leftovers, DatabaseError> {
        self.flush()?;
        let result = concurrent::clear_leftovers(&mut self.connection, statement, is_again);
        self.note(result)
    }

    fn attachment(
        &mut self,
        parent: &RelationName,
        partition: &RelationName,
    ) -> Result<Attachment, DatabaseError> {
        self.with(|sql| concurrent::attachment(sql, parent, partition))
    }

    fn indexes(&mut self, table: &RelationName) -> Result<Vec<TableIndex>, DatabaseError> {
        self.with(|sql| concurrent::indexes(sql, table))
    }

    fn server_version_num(&mut self) -> Result<Option<u32>, DatabaseError> {
        let rows = self.with(|sql| sql.rows(SERVER_VERSION, &[]))?;
        Ok(rows.first().and_then(|row| column(row, 0).parse().ok()))
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        let attempt = self.work_lock.try_with(self.lock.as_mut(), &mut self.connection)?;
        // Whoever held it may have made our tables.
        if self.found.take().is_some() && attempt == LockAttempt::Acquired {
            self.find()?;
        }
        if attempt == LockAttempt::Acquired {
            self.ask_backend()?;
        }
        Ok(attempt)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.unlock_all()
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        self.with(|sql| catalog::probe_postgres(sql, object))
    }

    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        self.move_to_tenant(url, options)
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        let in_transaction = self.in_transaction();
        let table = TableName::new(catalog::DIESEL_HISTORY);
        let rows = self.with(|sql| {
            tables::rows_if_exists(sql, &table, catalog::DIESEL_VERSIONS, &[], in_transaction)
        })?;
        Ok(rows.map(catalog::first_column))
    }
}

#[cfg(test)]
mod tests;
