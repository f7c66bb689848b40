//! Looking at a database: what is in it, how far it is, and who stands in the way.
//!
//! An inspector has a connection of its own and never writes: on a server every question is put
//! within a read-only transaction (so that no setting of it reaches another client of a pooler), a
//! SQLite file is opened so that every write fails, and never made. No question takes longer than
//! the limit it was opened with, as far as the database can keep one; a server that hangs without
//! a word can only be left alone by the caller.

mod mysql;
mod postgres;
mod sqlite;

use std::time::Duration;

use limbeck_schema::Dialect;
use serde::Serialize;

use super::connect::SessionOptions;
use super::describe::Description;
use super::error::DatabaseError;
use super::journal::JournalRecord;
use super::lock::LEASE_TABLE;
use super::table_name::TableName;
use super::url::DatabaseUrl;
use crate::graph::Heads;

/// What can be asked of a database without changing it.
pub trait Inspect: Send {
    /// The server and its version in words: `PostgreSQL 15.18`.
    ///
    /// # Errors
    /// When the connection fails.
    fn server_version(&mut self) -> Result<String, DatabaseError>;

    /// Every table and view but those of the catalogs and of extensions, by schema and name.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    fn tables(&mut self) -> Result<Vec<TableEntry>, DatabaseError>;

    /// Describes a table or view; without a schema it is searched as a statement would search it.
    /// `None` when there is none.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    fn describe(&mut self, table: &TableName) -> Result<Option<Description>, DatabaseError>;

    /// The schemas in which a table without a schema is looked for, in order; none where a database
    /// has no schemas.
    ///
    /// # Errors
    /// When the server does not answer.
    fn search_path(&mut self) -> Result<Vec<String>, DatabaseError>;

    /// The sessions that have been waiting for a lock for longer than `older_than`, and those
    /// whose transaction has been open for so long, the oldest first. A server shows a user
    /// without rights only the user's own.
    ///
    /// # Errors
    /// When the server does not answer.
    fn blockers(&mut self, older_than: Duration) -> Result<Vec<Blocker>, DatabaseError>;

    /// Who holds limbeck's migration lock, if anybody does.
    ///
    /// # Errors
    /// When the server does not answer.
    fn lock_holder(&mut self) -> Result<Option<String>, DatabaseError>;

    /// The rows of the version table; `None` when there is no such table.
    ///
    /// # Errors
    /// When it cannot be read, or a row is no revision id.
    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError>;

    /// The journal, the oldest entry first, without the texts of revisions ([`JournalFilter::All`]);
    /// `None` when there is none.
    ///
    /// [`JournalFilter::All`]: super::JournalFilter::All
    ///
    /// # Errors
    /// When it cannot be read, or holds what limbeck cannot have written.
    fn journal_log(&mut self) -> Result<Option<Vec<JournalRecord>>, DatabaseError>;
}

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableEntry {
    /// Its schema; `None` where a database has none (SQLite).
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// How many rows the database believes it has, where it has counted.
    pub row_estimate: Option<u64>,
    /// Whether limbeck or Alembic keeps it for its own purposes.
    pub is_bookkeeping: bool,
}

/// What a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableKind {
    /// An ordinary table, or a partitioned one as a whole.
    Table,
    /// A part of a partitioned table.
    Partition,
    /// A table of another server.
    ForeignTable,
    /// A virtual table of SQLite.
    VirtualTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
}

impl TableKind {
    /// The kind as a word for people.
    pub fn word(self) -> &'static str {
        match self {
            TableKind::Table => "table",
            TableKind::Partition => "partition",
            TableKind::ForeignTable => "foreign table",
            TableKind::VirtualTable => "virtual table",
            TableKind::View => "view",
            TableKind::MaterializedView => "materialized view",
        }
    }
}

/// A session that stands in the way of others, or for which something stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// What about it.
    pub kind: BlockerKind,
    /// The number of the session on its server.
    pub session: String,
    /// Who has opened it.
    pub user: Option<String>,
    /// How it calls itself.
    pub application: Option<String>,
    /// For how many seconds.
    pub seconds: u64,
    /// The sessions that it waits for.
    pub blocked_by: Vec<String>,
}

/// What is the matter with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockerKind {
    /// It waits for a lock.
    Waiting,
    /// Its transaction has been open for long.
    OpenTransaction,
}

/// Opens an inspector on the database at `url`, none of whose questions takes longer than `limit`,
/// including the connecting (which a server's URL may limit otherwise).
///
/// # Errors
/// As [`connect`](super::connect): [`NoSuchDatabase`](super::DatabaseErrorKind::NoSuchDatabase) also for a SQLite file
/// that is not there.
pub fn inspect(
    url: &DatabaseUrl,
    options: &SessionOptions,
    limit: Duration,
) -> Result<Box<dyn Inspect>, DatabaseError> {
    let connect_timeout = u32::try_from(limit.as_secs()).unwrap_or(u32::MAX).max(1);
    let options = SessionOptions { connect_timeout, read_only: true, ..options.clone() };
    Ok(match url.dialect() {
        Dialect::Sqlite => Box::new(sqlite::SqliteInspector::open(url, &options, limit)?),
        Dialect::Postgresql => Box::new(postgres::PostgresInspector::open(url, &options, limit)?),
        Dialect::Mysql => Box::new(mysql::MysqlInspector::open(url, &options, limit)?),
    })
}

/// The tables of `options` that people do not think of as theirs. Alembic's and limbeck's default
/// names count too: another checkout may use them.
struct Bookkeeping {
    names: Vec<TableName>,
}

impl Bookkeeping {
    fn new(options: &SessionOptions) -> Self {
        let version = &options.version_table;
        let names = vec![
            version.clone(),
            options.journal_table.clone(),
            version.sibling(LEASE_TABLE),
            TableName::new("alembic_version"),
            TableName::new("limbeck_journal"),
        ];
        Bookkeeping { names }
    }

    fn has(&self, schema: Option<&str>, name: &str) -> bool {
        self.names.iter().any(|table| {
            table.name == name
                && (table.schema.is_none() || schema.is_none() || table.schema.as_deref() == schema)
        })
    }
}

/// A duration in whole milliseconds, at least one: zero means "no limit" to a server.
fn milliseconds(limit: Duration) -> u64 {
    u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).clamp(1, i32::MAX as u64)
}
