//! A session on a SQLite database.
//!
//! Transactions are plain SQL text, as on PostgreSQL: Diesel's transaction manager would count
//! transactions that a failing statement may already have ended (`RAISE(ROLLBACK)`, a full disk).

use diesel::sqlite::SqliteConnection;
use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;
use limbeck_schema::quote_identifier;

use super::CatalogObject;
use super::Database;
use super::LockAttempt;
use super::ObjectState;
use super::ResultSet;
use super::RowLength;
use super::Timeouts;
use super::catalog;
use super::connect;
use super::connect::LockMode;
use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::execute;
use super::journal::JournalEntry;
use super::journal::JournalFilter;
use super::journal::JournalRecord;
use super::journal::JournalRow;
use super::journal_table::JournalTable;
use super::lock::FileLock;
use super::lock::NoLock;
use super::lock::SiteLock;
use super::read_only;
use super::sql::Sql;
use super::sql::column;
use super::table_name::TableName;
use super::transaction::Transaction;
use super::url::DatabaseUrl;
use super::version_table::VersionTable;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;

/// How long to wait for another connection's write lock, in milliseconds, unless a revision says
/// otherwise.
const BUSY_TIMEOUT: u64 = 5_000;

const NO_FOREIGN_KEYS: &str = "PRAGMA foreign_keys = OFF";

/// A session on one SQLite database. Every effect has happened when its call returns.
///
/// `foreign_keys` is off, SQLite's own default, as Alembic leaves it: with it, a script that
/// rebuilds a table (`DROP TABLE` of the old one) would delete the rows that refer to it. The
/// library that is built into limbeck has it on unless told otherwise.
pub(super) struct SqliteSession {
    connection: SqliteConnection,
    /// Where the connection leads, for another one.
    url: DatabaseUrl,
    version: VersionTable,
    journal: JournalTable,
    transaction: Transaction,
    /// The busy timeout in force, in milliseconds, and the one to go back to when the transaction
    /// ends.
    wait: u64,
    session_wait: u64,
    lock: Box<dyn SiteLock>,
}

impl SqliteSession {
    /// Opens the file, and creates it unless the session only reads.
    pub(super) fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let mut connection = connect::sqlite(url, options.read_only)?;
        connection.batch(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT}"))?;
        connection.batch(NO_FOREIGN_KEYS)?;
        if options.read_only {
            connection.batch(read_only::REFUSE_WRITES)?;
        }
        let lock: Box<dyn SiteLock> = match (options.lock, url.sqlite_path()) {
            (LockMode::Session | LockMode::Lease, Some(path)) => {
                Box::new(FileLock::new(path, &options.actor, &options.host))
            }
            // A database in memory belongs to this session alone.
            (LockMode::None, _) | (_, None) => Box::new(NoLock),
        };
        Ok(SqliteSession {
            connection,
            url: url.clone(),
            version: VersionTable::new(Dialect::Sqlite, options.version_table.clone())
                .holding(options.version_num_length),
            journal: JournalTable::new(Dialect::Sqlite, options.journal_table.clone()),
            transaction: Transaction::None,
            wait: BUSY_TIMEOUT,
            session_wait: BUSY_TIMEOUT,
            lock,
        })
    }

    /// Runs a statement of our own.
    fn own(&mut self, sql: &str) -> Result<(), DatabaseError> {
        let result = self.connection.batch(sql);
        self.transaction.note(result)
    }

    /// Writes a row about a statement on a connection of its own, so that nothing comes between the
    /// statements of a script (`last_insert_rowid()`, `changes()`). It is opened for the one row:
    /// while it is there, a script could not end the WAL mode. A database in memory has no other
    /// connection, and one that a script keeps for itself (`PRAGMA locking_mode = EXCLUSIVE`) takes
    /// none.
    fn record_apart(&mut self, insert: &str) -> Result<(), DatabaseError> {
        // Ends what is left of such a mode that a script has ended.
        self.connection.rows("SELECT 'any' FROM main.sqlite_master LIMIT 1", &[])?;
        let query = "SELECT locking_mode FROM pragma_locking_mode WHERE schema = 'main'";
        let mode = self.connection.rows(query, &[])?;
        let is_exclusive = mode.first().is_some_and(|row| column(row, 0) == "exclusive");
        if is_exclusive || self.url.sqlite_path().is_none() {
            return self.own(insert);
        }
        let mut connection = connect::sqlite(&self.url, false)?;
        connection.batch(&format!("PRAGMA busy_timeout = {BUSY_TIMEOUT}"))?;
        connection.batch(insert)
    }

    fn exists(&mut self, table: &TableName) -> Result<bool, DatabaseError> {
        exists(&mut self.connection, table)
    }

    /// Ends a transaction's own settings.
    fn end(&mut self) -> Result<(), DatabaseError> {
        self.transaction = Transaction::None;
        self.set_wait(self.session_wait)
    }

    fn set_wait(&mut self, wait: u64) -> Result<(), DatabaseError> {
        if wait != self.wait {
            self.connection.batch(&format!("PRAGMA busy_timeout = {wait}"))?;
            self.wait = wait;
        }
        Ok(())
    }
}

/// Whether there is a table (or view) of that name.
pub(super) fn exists(sql: &mut dyn Sql, table: &TableName) -> Result<bool, DatabaseError> {
    let schema = table.schema.as_deref().unwrap_or("main");
    let query = format!(
        "SELECT 'yes' FROM {}.sqlite_master \
         WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE",
        quote_identifier(Dialect::Sqlite, schema)
    );
    Ok(!sql.rows(&query, &[&table.name])?.is_empty())
}

impl Database for SqliteSession {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        let table = self.version.name().clone();
        if !self.exists(&table)? {
            return Ok(None);
        }
        let rows = self
            .connection
            .rows(&self.version.select_sql(), &[])
            .map_err(|error| self.version.unreadable(error))?;
        self.version.heads(rows).map(Some)
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        Ok(RowLength::Unlimited)
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        self.own(&self.version.create_sql(true))
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        self.own(&self.journal.create_sql(true))?;
        let result = self.journal.complete(&mut self.connection);
        self.transaction.note(result)
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.lock.check()?;
        self.connection.batch("BEGIN IMMEDIATE")?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.transaction.check_commit()?;
        self.own("COMMIT")?;
        self.end()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        if self.transaction == Transaction::None {
            return Ok(());
        }
        let result = match self.connection.batch("ROLLBACK") {
            // The failing statement has rolled the transaction back already.
            Err(error) if error.message.contains("no transaction is active") => Ok(()),
            result => result,
        };
        self.end()?;
        result
    }

    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        self.own(&statement.text)
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        let result = execute::sqlite::execute(&mut self.connection, sql, parameters)?;
        self.transaction = execute::followed(sql, Dialect::Sqlite, self.transaction);
        Ok(result)
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        let result = self.version.change(&mut self.connection, change);
        self.transaction.note(result)
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        let result = self.version.purge(&mut self.connection);
        self.transaction.note(result)
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        let insert = self.journal.insert_sql(entry);
        match self.transaction {
            Transaction::None if entry.statement.is_some() => self.record_apart(&insert),
            _ => self.own(&insert),
        }
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        self.journal.rows(&mut self.connection, revision)
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        if filter.is_of_any_version() {
            // One question: this is asked by every run, also by one with nothing to do. Whether
            // there is a journal is asked only after a failure, which ends no transaction here.
            match self.journal.log(&mut self.connection, filter, &[]) {
                Err(error) if error.kind == DatabaseErrorKind::Statement => {}
                result => return result.map(Some),
            }
        }
        let columns = self.journal.columns(&mut self.connection)?;
        if columns.is_empty() {
            return Ok(None);
        }
        self.journal.log(&mut self.connection, filter, &columns).map(Some)
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        if timeouts.statement.is_some() {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Statement,
                "SQLite has no statement_timeout",
            ));
        }
        let wait = timeouts.lock.unwrap_or(BUSY_TIMEOUT).min(i32::MAX as u64);
        self.set_wait(wait)?;
        if self.transaction == Transaction::None {
            self.session_wait = wait;
        }
        Ok(())
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        // Within a transaction SQLite ignores it, and so it ignores what a script sets there.
        match self.transaction {
            Transaction::None => {
                self.session_wait = BUSY_TIMEOUT;
                self.set_wait(BUSY_TIMEOUT)?;
                self.own(NO_FOREIGN_KEYS)
            }
            Transaction::Open | Transaction::Failed => Ok(()),
        }
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        Err(DatabaseError::new(
            DatabaseErrorKind::Corrupt,
            format!("SQLite has no invalid indexes, but {} is said to be one", index.name),
        ))
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.lock.try_lock()
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.lock.unlock()
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        catalog::probe_sqlite(&mut self.connection, object)
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        if !self.exists(&TableName::new(catalog::DIESEL_HISTORY))? {
            return Ok(None);
        }
        let rows = self.connection.rows(catalog::DIESEL_VERSIONS, &[])?;
        Ok(Some(catalog::first_column(rows)))
    }
}
