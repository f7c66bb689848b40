//! A session on MySQL or MariaDB.
//!
//! Neither has transactional DDL: each such statement commits what went before it, and itself. So
//! a transaction of this session holds the bookkeeping only (version rows and journal row, one
//! COMMIT), scripts run outside of it, statement by statement, and nothing makes a table while one
//! is open.

mod address;
mod blocked;
mod catalog;
mod connection;
mod error;
mod execute;
mod greeting;
mod parameters;
mod tables;
mod tenants;
#[cfg(test)]
mod tests;

use std::time::Duration;

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

pub(super) use connection::AnswerColumn;
pub(super) use connection::MysqlConnection;
pub use parameters::MysqlParameters;
pub use parameters::MysqlTls;
pub(super) use tables::schema_of;
pub(super) use tenants::survey;

use super::CatalogObject;
use super::Database;
use super::LockAttempt;
use super::ObjectState;
use super::ResultSet;
use super::RowLength;
use super::Timeouts;
use super::catalog::first_column;
use super::connect;
use super::connect::LockMode;
use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::execute::followed;
use super::journal::JournalEntry;
use super::journal::JournalEvent;
use super::journal::JournalFilter;
use super::journal::JournalRecord;
use super::journal::JournalRow;
use super::journal_table::JournalTable;
use super::lock::NoLock;
use super::lock::SessionLock;
use super::lock::SiteLock;
use super::lock::WorkLock;
use super::lookout::Lookout;
use super::sql::Sql;
use super::sql::column;
use super::statement_rows::StatementRows;
use super::tenant::Catalogue;
use super::transaction::Transaction;
use super::url::DatabaseUrl;
use super::version_table::VersionTable;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;

/// The versions in Diesel's history table.
const DIESEL_VERSIONS: &str =
    "SELECT CAST(version AS CHAR) FROM __diesel_schema_migrations ORDER BY version";

/// Every server takes a statement shorter than this.
const SMALL_PACKET: usize = 16_000;

/// They say what they say by default, whatever `completion_type` a script has set.
const COMMIT: &str = "COMMIT AND NO CHAIN NO RELEASE";
/// What is said of a lease on MySQL.
pub(crate) const NO_LEASE: &str =
    "lock = \"lease\" is for PostgreSQL behind a pooler; on MySQL use \"session\"";
const ROLLBACK: &str = "ROLLBACK AND NO CHAIN NO RELEASE";

/// A session on one database of a server. Every effect has happened when its call returns.
pub(super) struct MysqlSession {
    connection: MysqlConnection,
    /// What the connection was made of, for another one.
    origin: (DatabaseUrl, SessionOptions),
    statement_rows: StatementRows<MysqlConnection>,
    version: VersionTable,
    journal: JournalTable,
    /// Where the heads of a tenant are noted.
    catalogue: Option<Catalogue>,
    transaction: Transaction,
    /// Whether a statement of a script has been run since the session was last put back.
    is_used: bool,
    /// How long a statement may run.
    limit: Option<Duration>,
    /// How long one may wait for a lock, where limbeck has set that.
    lock_limit: Option<Duration>,
    lookout: Option<Lookout>,
    lock: Box<dyn SiteLock>,
    work_lock: WorkLock,
}

/// Refuses `lock = "lease"`, which MySQL has not.
pub(super) fn refuse_lease(options: &SessionOptions) -> Result<(), DatabaseError> {
    match options.lock {
        LockMode::Lease => Err(DatabaseError::new(DatabaseErrorKind::Unsupported, NO_LEASE)),
        LockMode::Session | LockMode::None => Ok(()),
    }
}

impl MysqlSession {
    /// Connects.
    pub(super) fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        refuse_lease(options)?;
        let lock: Box<dyn SiteLock> = match options.lock {
            LockMode::Session | LockMode::Lease => {
                Box::new(SessionLock::<MysqlConnection>::new(url, options))
            }
            LockMode::None => Box::new(NoLock),
        };
        if url.database().is_none() {
            return Err(DatabaseError::new(
                DatabaseErrorKind::NoSuchDatabase,
                "the MySQL URL names no database: write mysql://user@host/database",
            ));
        }
        Ok(MysqlSession {
            connection: connect::mysql(url, options)?,
            origin: (url.clone(), options.clone()),
            statement_rows: StatementRows::default(),
            version: VersionTable::new(Dialect::Mysql, options.version_table.clone())
                .holding(options.version_num_length),
            journal: JournalTable::new(Dialect::Mysql, options.journal_table.clone()),
            catalogue: tenants::catalogue(options),
            transaction: Transaction::None,
            is_used: false,
            limit: None,
            lock_limit: None,
            lookout: None,
            lock,
            work_lock: WorkLock::default(),
        })
    }

    fn in_transaction(&self) -> bool {
        self.transaction != Transaction::None
    }

    /// The statement that writes `entry`; without the texts of the revision where the server would
    /// not take it with them.
    fn fitting_insert(&mut self, entry: &JournalEntry) -> Result<String, DatabaseError> {
        let insert = self.journal.insert_sql(entry);
        if entry.stored.is_none() || insert.len() < SMALL_PACKET {
            return Ok(insert);
        }
        let rows = self.connection.rows("SELECT CAST(@@max_allowed_packet AS CHAR)", &[])?;
        let most = rows.first().and_then(|row| column(row, 0).parse().ok());
        let most = most.unwrap_or(usize::MAX);
        // A packet has a byte more than its statement; the rest is caution.
        if insert.len() + 64 <= most {
            return Ok(insert);
        }
        let words = format!("texts not kept: they exceed the server's max_allowed_packet ({most})");
        let note = match &entry.note {
            Some(note) => format!("{note}; {words}"),
            None => words,
        };
        Ok(self.journal.insert_sql(&JournalEntry {
            stored: None,
            note: Some(note),
            ..entry.clone()
        }))
    }
}

impl Database for MysqlSession {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        let query = self.version.select_sql();
        let rows = tables::rows_if_exists(&mut self.connection, &query, &[])
            .map_err(|error| self.version.unreadable(error))?;
        rows.map(|rows| self.version.heads(rows)).transpose()
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        tables::row_length(&mut self.connection, self.version.place(), self.version.length())
    }

    fn keeps_case(&mut self) -> Result<bool, DatabaseError> {
        tables::keeps_case(&mut self.connection, self.version.place())
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        let create = self.version.create_sql(true);
        let (table, open) = (self.version.place(), self.in_transaction());
        let schema = tables::ensure(&mut self.connection, table, &create, open)?;
        // From here on the name is complete: a script that says `USE` must not lead the
        // bookkeeping astray.
        self.version = self.version.found_in(schema);
        self.ensure_catalogue()
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        let create = self.journal.create_sql(true);
        let (table, open) = (self.journal.place(), self.in_transaction());
        let schema = tables::ensure(&mut self.connection, table, &create, open)?;
        self.journal = self.journal.found_in(schema);
        if open { Ok(()) } else { self.journal.complete(&mut self.connection) }
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        self.limit = None;
        self.lock_limit = None;
        // Within a transaction, which holds nothing but bookkeeping, it would end that.
        if self.in_transaction() || !self.is_used {
            return Ok(());
        }
        // What a script did after its own `SET autocommit = 0`, and the journal rows with it.
        self.connection.batch(COMMIT)?;
        self.connection.reset()?;
        self.enter_tenant()?;
        self.is_used = false;
        self.work_lock.retake(&mut self.connection)
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.lock.check()?;
        self.connection.batch("START TRANSACTION")?;
        self.transaction = Transaction::Open;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.transaction.check_commit()?;
        let result = self.connection.batch(COMMIT);
        self.transaction.note(result)?;
        self.transaction = Transaction::None;
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        if std::mem::replace(&mut self.transaction, Transaction::None) == Transaction::None {
            return Ok(());
        }
        self.connection.batch(ROLLBACK)
    }

    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        self.is_used = true;
        let run = |session: &mut Self| session.connection.run(&statement.text, session.limit);
        let result = match self.watched(run) {
            // After `SET autocommit = 0`: what the journal calls done must be there.
            Ok(()) if !self.in_transaction() && self.connection.is_in_transaction() => self
                .connection
                .batch(COMMIT)
                .map_err(|error| DatabaseError { offset: None, ..error }),
            result => result,
        };
        self.transaction.note(result)
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        self.is_used = true;
        let result = self.watched(|session| {
            execute::execute(&mut session.connection, sql, parameters, session.limit)
        })?;
        self.transaction = followed(sql, Dialect::Mysql, self.transaction);
        if !self.in_transaction() && self.connection.is_in_transaction() {
            // As in `run`.
            let commit = self.connection.batch(COMMIT);
            commit.map_err(|error| DatabaseError { offset: None, ..error })?;
        }
        Ok(result)
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        let result = self.version.change(&mut self.connection, change);
        self.transaction.note(result)?;
        self.note_heads()
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        let result = self.version.purge(&mut self.connection);
        self.transaction.note(result)?;
        self.note_heads()
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        if entry.event == JournalEvent::Begin {
            // Outside transactions this is where a statement begins.
            self.lock.check()?;
        }
        let insert = self.fitting_insert(entry)?;
        if entry.statement.is_some() && !self.in_transaction() {
            let (url, options) = &self.origin;
            return self.statement_rows.write(&insert, || connect::mysql(url, options));
        }
        let result = self.connection.batch(&insert);
        self.transaction.note(result).map_err(|error| DatabaseError { offset: None, ..error })
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        self.journal.rows(&mut self.connection, revision)
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        let (sql, journal) = (&mut self.connection, &self.journal);
        if filter.is_of_any_version() {
            // One question: this is asked by every run, also by one with nothing to do.
            let query = journal.log_sql(filter, &[]);
            let rows = tables::rows_if_exists(sql, &query, &[])?;
            return rows.map(|rows| journal.records(&rows, filter)).transpose();
        }
        let columns = journal.columns(sql)?;
        if columns.is_empty() {
            return Ok(None);
        }
        journal.log(sql, filter, &columns).map(Some)
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        // Zero is no limit, as on PostgreSQL.
        let limit = |milliseconds: Option<u64>| milliseconds.filter(|limit| *limit > 0);
        self.limit = limit(timeouts.statement).map(Duration::from_millis);
        self.lock_limit = limit(timeouts.lock).map(blocked::seconds);
        let set = match self.lock_limit {
            Some(limit) => {
                let seconds = limit.as_secs();
                format!("innodb_lock_wait_timeout = {seconds}, lock_wait_timeout = {seconds}")
            }
            None => "innodb_lock_wait_timeout = DEFAULT, lock_wait_timeout = DEFAULT".to_owned(),
        };
        if self.lock_limit.is_some() || self.is_used {
            self.is_used = true;
            self.connection.batch(&format!("SET {set}"))?;
        }
        Ok(())
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.work_lock.try_with(self.lock.as_mut(), &mut self.connection)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.unlock_all()
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        catalog::probe(&mut self.connection, object)
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        Err(DatabaseError::new(
            DatabaseErrorKind::Corrupt,
            format!("MySQL has no invalid indexes, but {} is said to be one", index.name),
        ))
    }

    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        self.move_to_tenant(url, options)
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        match tables::rows_if_exists(&mut self.connection, DIESEL_VERSIONS, &[]) {
            Ok(rows) => Ok(rows.map(first_column)),
            // A user with rights to single tables is told so of any other, be it there or not; and
            // who has used Diesel may read its table.
            Err(error) if error::is_denied(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
