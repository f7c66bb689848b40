//! Databases: the effects of a run behind one small trait, and their implementation: through
//! Diesel on PostgreSQL and SQLite, through mysql_async on MySQL. No other module of the engine
//! names either.

mod admin;
mod application;
mod boxed;
mod catalog;
mod clear;
mod connect;
mod connect_failure;
mod console;
mod deferred;
mod describe;
mod driver_error;
mod error;
mod execute;
mod fence;
mod fleet;
mod inspect;
mod journal;
mod journal_log;
mod journal_table;
mod lock;
mod logged;
mod lookout;
mod mysql;
mod other_session;
mod own_table;
mod postgres;
mod read_only;
mod result_set;
mod snapshot;
mod sql;
mod sqlite;
mod statement_rows;
mod table_name;
mod tenant;
mod tenant_copy;
mod tenant_home;
mod tenants;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transaction;
mod uncreated;
mod url;
mod version_table;
mod version_text;

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

pub use admin::Administer;
pub use admin::Created;
pub use admin::Shape;
pub use admin::Users;
pub use admin::administer;
pub use admin::check_sqlite;
pub use admin::copy_sqlite;
pub use application::ApplicationConnection;
pub(crate) use application::LockScope;
pub use clear::clear;
pub use clear::contents;
pub use connect::LockMode;
pub use connect::SessionOptions;
pub use connect::connect;
pub use connect_failure::ConnectCause;
pub use connect_failure::ConnectFailure;
pub use connect_failure::ConnectPlace;
pub use connect_failure::no_answer;
pub use console::Answered;
pub use console::Cell;
pub use console::Console;
pub use console::ConsoleError;
pub use console::TakeRows;
pub use console::console;
pub use describe::Column;
pub use describe::Description;
pub use describe::Part;
pub use error::DatabaseError;
pub use error::DatabaseErrorKind;
pub use error::MissingRight;
pub use error::MovedRow;
pub use error::ServerError;
pub use fence::FencedDatabase;
pub use fleet::Claim;
pub use fleet::Claimed;
pub use fleet::Counts;
pub use fleet::Finish;
pub use fleet::FleetHome;
pub use fleet::Gate;
pub use fleet::Holdup;
pub use fleet::NewRollout;
pub use fleet::NewSite;
pub use fleet::NewWave;
pub use fleet::Refused;
pub use fleet::Rollout;
pub use fleet::RolloutSite;
pub use fleet::RolloutState;
pub use fleet::SiteState;
pub use fleet::Wave;
pub use fleet::Window;
pub use fleet::identity;
pub use inspect::Blocker;
pub use inspect::BlockerKind;
pub use inspect::Inspect;
pub use inspect::TableEntry;
pub use inspect::TableKind;
pub use inspect::inspect;
pub use journal::Act;
pub use journal::Direction;
pub use journal::JournalEntry;
pub use journal::JournalEvent;
pub use journal::JournalFilter;
pub use journal::JournalRecord;
pub use journal::JournalRow;
pub use journal::StoredRevision;
pub use journal::Verdict;
pub use journal::seed_subject;
pub use journal_table::JournalTable;
pub use logged::LoggedDatabase;
pub use logged::LoggedEffect;
pub use mysql::MysqlParameters;
pub use mysql::MysqlTls;
pub(crate) use mysql::NO_LEASE;
pub use other_session::OtherSession;
pub use result_set::ResultSet;
pub use snapshot::Changes;
pub use snapshot::Deviation;
pub use snapshot::Difference;
pub use snapshot::Reordered;
pub use snapshot::Schema;
pub use snapshot::SchemaDifference;
pub use snapshot::Snapshot;
pub use table_name::TableName;
pub use tenant::TenantPlace;
pub use tenant::catalogue_name;
pub use tenant_copy::CopyError;
pub use tenant_copy::copy_tenant;
pub use tenant_home::CatalogueRow;
pub use tenant_home::TenantHome;
pub use tenant_home::UNFINISHED;
pub use tenants::TenantRow;
pub use tenants::TenantSource;
pub use tenants::tenants;
pub use tenants::tenants_elsewhere;
pub use url::DatabaseUrl;
pub use url::ServerOverride;
pub use url::ServerParts;
pub use url::UrlError;
pub(crate) use url::is_secret_parameter;
pub use version_table::DEFAULT_ROW_LENGTH;
pub use version_table::VersionTable;
pub use version_text::VersionText;

/// The error of a text that was run on a connection of an application.
pub(crate) use driver_error::of_statement as statement_error;

pub use crate::script::sql::CatalogObject;
pub use crate::script::sql::Concurrent;
pub use crate::script::sql::ObjectKind;
pub use crate::script::sql::RelationName;

use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;

/// The rows of a version table and the digests of a journal; `None` for a table that is missing.
pub type RowsAndDigests = (Option<Heads>, Option<Vec<JournalRecord>>);

/// Everything a run does to one site (a database, or one schema of it): the complete list of
/// effects.
///
/// The implementations of this crate are the sessions of this module. Dry runs, offline
/// SQL and injected faults are decorators around another `Database`, never flags inside one.
///
/// An implementation may hold back `begin`, `set_timeouts` and, within a transaction, `record` and
/// `change_heads` until the next effect, to save round trips: their errors are then those of a
/// later call of the same transaction, at the latest of `commit`. Every other effect has happened when its call
/// returns.
pub trait Database: Send {
    /// The dialect the site speaks.
    fn dialect(&self) -> Dialect;

    /// The rows of the version table; `None` when there is no such table. Creates nothing.
    ///
    /// # Errors
    /// When the database cannot be read, or a row is no revision id.
    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError>;

    /// How long an id may be that the version table is to hold. Creates nothing.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    fn row_length(&mut self) -> Result<RowLength, DatabaseError>;

    /// Whether the version table keeps ids apart that differ only in case; as it will be made,
    /// where there is none.
    ///
    /// # Errors
    /// Whatever the database says.
    fn keeps_case(&mut self) -> Result<bool, DatabaseError> {
        Ok(true)
    }

    /// Creates the version table where it is missing.
    fn ensure_version_table(&mut self) -> Result<(), DatabaseError>;

    /// Creates the journal where it is missing, and adds the columns that one of an earlier
    /// version lacks.
    fn ensure_journal(&mut self) -> Result<(), DatabaseError>;

    /// Puts the session's settings back to those of a new connection, so that what one script
    /// sets (`search_path`, a role, a pragma) never reaches the next. Within a transaction too.
    fn reset_session(&mut self) -> Result<(), DatabaseError>;

    /// Begins a transaction (on SQLite `BEGIN IMMEDIATE`, so that a second writer waits here and
    /// not in the middle).
    fn begin(&mut self) -> Result<(), DatabaseError>;

    /// Commits the transaction.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Rolls the transaction back.
    fn rollback(&mut self) -> Result<(), DatabaseError>;

    /// Runs one statement of a script.
    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError>;

    /// Runs one statement with `parameters` and gives what it answers, with typed values: what a
    /// Python revision does. Values are written, and rows read, as the driver that SQLAlchemy uses
    /// does it: psycopg2, pymysql and sqlite3.
    ///
    /// The parameters stand in `sql` as [`Compiled`] has them: `$1` on PostgreSQL, `?` on MySQL and
    /// SQLite; never within literals, quoted names or comments. Without parameters the text may
    /// hold several statements where the driver takes them, on PostgreSQL; then the answer is that
    /// of the last one.
    ///
    /// A savepoint is a statement like any other (`SAVEPOINT`, `RELEASE`, `ROLLBACK TO`). What
    /// begins or ends a transaction is for [`begin`], [`commit`] and [`rollback`], which hold back
    /// and flush; a text that does it all the same is followed as far as its words tell.
    ///
    /// A failure is the statement's own: the transaction goes on where the database lets it go on,
    /// on MySQL and SQLite always, on PostgreSQL after `ROLLBACK TO` a savepoint.
    ///
    /// # Errors
    /// Whatever the database says, with [`DatabaseError::server`]; a value or a text that the
    /// driver would refuse, without.
    ///
    /// [`Compiled`]: limbeck_schema::expr::Compiled
    /// [`begin`]: Self::begin
    /// [`commit`]: Self::commit
    /// [`rollback`]: Self::rollback
    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError>;

    /// Changes the rows of the version table. Every deletion and update must match exactly one
    /// row.
    ///
    /// # Errors
    /// [`DatabaseErrorKind::VersionRowMoved`] when a row is not there: another program has
    /// written to the table.
    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError>;

    /// Deletes every row of the version table (`stamp --purge`).
    fn purge_versions(&mut self) -> Result<(), DatabaseError>;

    /// Appends a row to the journal.
    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError>;

    /// The rows of the journal that concern `revision`, oldest first; none when there is no
    /// journal. Creates nothing.
    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError>;

    /// The records of the journal that `filter` lets through, oldest first; `None` when there is
    /// no journal. Creates nothing.
    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError>;

    /// What every run begins with, also one with nothing to do: [`version_rows`] and
    /// [`JournalFilter::Digests`] of [`journal_log`]; one question, about one moment, where the
    /// database is on a server that takes it.
    ///
    /// [`version_rows`]: Self::version_rows
    /// [`journal_log`]: Self::journal_log
    fn rows_and_digests(&mut self) -> Result<RowsAndDigests, DatabaseError> {
        Ok((self.version_rows()?, self.journal_log(&JournalFilter::Digests)?))
    }

    /// Sets `lock_timeout` and `statement_timeout` for the statements of one revision, in
    /// milliseconds; `None` restores the connection's own setting. Within a transaction the
    /// setting ends with it.
    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError>;

    /// Tries once to take the migration lock of this site; never blocks.
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError>;

    /// Gives the lock back. Does nothing when it is not held.
    fn unlock(&mut self) -> Result<(), DatabaseError>;

    /// Asks the catalog for an object that a statement creates or removes.
    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError>;

    /// Removes an index that is [`ObjectState::Invalid`], without keeping others from its table.
    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError>;

    /// Who will hold up a statement with `CONCURRENTLY`, the oldest transaction first, as far as the
    /// user may see. Only PostgreSQL has such statements.
    ///
    /// # Errors
    /// Whatever the database says.
    fn holdups(&mut self, statement: &Concurrent) -> Result<Vec<OtherSession>, DatabaseError> {
        let _: &Concurrent = statement;
        Ok(Vec::new())
    }

    /// Does away with what an earlier attempt at a statement with `CONCURRENTLY` has left, so that
    /// it can run: an invalid index, a partition that is half detached. `is_again` says that there
    /// was one; otherwise only what stands in its way goes.
    ///
    /// # Errors
    /// Whatever the database says; also when another session is at work on the index just now.
    fn clear_leftovers(
        &mut self,
        statement: &Concurrent,
        is_again: bool,
    ) -> Result<Leftovers, DatabaseError> {
        let _: (&Concurrent, bool) = (statement, is_again);
        Ok(Leftovers::default())
    }

    /// Whether `partition` is one of `parent`.
    ///
    /// # Errors
    /// Whatever the database says.
    fn attachment(
        &mut self,
        parent: &RelationName,
        partition: &RelationName,
    ) -> Result<Attachment, DatabaseError> {
        let _: (&RelationName, &RelationName) = (parent, partition);
        Ok(Attachment::Attached)
    }

    /// The indexes of a table; none where there are no statements with `CONCURRENTLY`.
    ///
    /// # Errors
    /// Whatever the database says.
    fn indexes(&mut self, table: &RelationName) -> Result<Vec<TableIndex>, DatabaseError> {
        let _: &RelationName = table;
        Ok(Vec::new())
    }

    /// The number of the server's version, as PostgreSQL counts it (`150004`); `None` of others.
    ///
    /// # Errors
    /// Whatever the database says.
    fn server_version_num(&mut self) -> Result<Option<u32>, DatabaseError> {
        Ok(None)
    }

    /// Turns the session to another site that its connection reaches: another tenant of the same
    /// database. `false` when it does not reach it, and then nothing has changed; what the session
    /// holds of its site is given back before.
    ///
    /// # Errors
    /// Whatever the database says; then the session is of no more use.
    fn move_to(
        &mut self,
        url: &DatabaseUrl,
        options: &SessionOptions,
    ) -> Result<bool, DatabaseError> {
        let _: (&DatabaseUrl, &SessionOptions) = (url, options);
        Ok(false)
    }

    /// The versions in Diesel's own history table (`__diesel_schema_migrations`), sorted, for
    /// projects that come from Diesel; `None` when there is no such table. Creates nothing.
    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError>;
}

/// The outcome of one attempt at the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockAttempt {
    /// The lock is held now.
    Acquired,
    /// Somebody else holds it.
    Busy {
        /// Who, as far as the database or the lock file can tell: process, host, since when.
        holder: Option<String>,
    },
}

/// How long an id may be that a version table is to hold, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowLength {
    /// As long as one likes: the column has no limit, or, as on SQLite, one that nobody minds.
    Unlimited,
    /// What the column of the table holds.
    Made(usize),
    /// There is no table yet; what its column will hold.
    ToBeMade(usize),
}

/// Limits for the statements of one revision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a statement may wait for a lock, in milliseconds.
    pub lock: Option<u64>,
    /// How long a statement may run, in milliseconds.
    pub statement: Option<u64>,
}

/// What an attempt at a statement with `CONCURRENTLY` had left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// The invalid indexes that were dropped.
    pub dropped: Vec<String>,
    /// Whether the statement has been brought to its end, and is not to run again.
    pub is_finished: bool,
}

/// An index of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableIndex {
    /// The number by which the database knows it, and no other one ever.
    pub number: String,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Whether it can be used.
    pub is_valid: bool,
}

/// How a partition stands to its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attachment {
    /// It is one of its partitions.
    Attached,
    /// `DETACH PARTITION … CONCURRENTLY` has begun to take it away, and was ended.
    Pending,
    /// It is none.
    Detached,
}

/// What the catalog says of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectState {
    /// It is not there.
    Absent,
    /// It is there and usable.
    Present,
    /// It is there but unusable: an index that `CREATE INDEX CONCURRENTLY` left invalid.
    Invalid,
}
