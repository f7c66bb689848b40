//! Connections that belong to an application, as the keeper of a version table sees them.
//!
//! A session of this module owns its connection and drives transactions as plain SQL. Here the
//! connection is lent, and may be in the middle of a transaction that Diesel counts, so Diesel's
//! transaction manager is used. What is read and written is the same.

use diesel::connection::Connection;
use diesel::connection::TransactionManager;
use diesel::connection::TransactionManagerStatus;
use diesel::pg::PgConnection;
use diesel::result::Error;
use diesel::sqlite::SqliteConnection;
use limbeck_schema::Dialect;

use super::error::DatabaseError;
use super::lock::lock_key_in;
use super::postgres::tables;
use super::sql::Sql;
use super::sql::column;
use super::sqlite;
use super::version_table::VersionTable;
use crate::graph::HeadChange;
use crate::graph::Heads;

/// A connection of Diesel's that an application can lend to limbeck. Implemented for
/// `PgConnection` and `SqliteConnection`, and for no other type.
pub trait ApplicationConnection: Connection + Bookkeeping + 'static {}

impl ApplicationConnection for PgConnection {}
impl ApplicationConnection for SqliteConnection {}

/// How long a lock lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockScope {
    /// As long as the transaction.
    Transaction,
    /// Until it is given back.
    Session,
}

/// Keeping a version table on such a connection. Not nameable outside of this crate.
pub trait Bookkeeping: Sized {
    /// The dialect of the connection.
    const DIALECT: Dialect;

    /// Runs `work` in a transaction that may write from the start, or in a savepoint of the one
    /// that is open.
    fn in_transaction<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>;

    /// Tries once to take the lock that runs of limbeck take.
    fn try_lock(&mut self, table: &VersionTable, scope: LockScope) -> Result<bool, DatabaseError>;

    /// Gives back a lock of the session.
    fn unlock(&mut self, table: &VersionTable) -> Result<(), DatabaseError>;

    /// The rows of the table; none when there is no such table.
    fn version_rows(&mut self, table: &VersionTable) -> Result<Heads, DatabaseError>;

    /// Creates the table where it is missing. Gives it with its full name, which no script can
    /// lead astray.
    fn ensure(&mut self, table: &VersionTable) -> Result<VersionTable, DatabaseError>;

    /// Changes the rows.
    fn change_heads(
        &mut self,
        table: &VersionTable,
        change: &HeadChange,
    ) -> Result<(), DatabaseError>;
}

impl Bookkeeping for PgConnection {
    const DIALECT: Dialect = Dialect::Postgresql;

    fn in_transaction<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work)
    }

    fn try_lock(&mut self, table: &VersionTable, scope: LockScope) -> Result<bool, DatabaseError> {
        let function = match scope {
            LockScope::Transaction => "pg_try_advisory_xact_lock",
            LockScope::Session => "pg_try_advisory_lock",
        };
        let key = key(self, table)?;
        let rows = self.rows(&format!("SELECT {function}($1::bigint)::text"), &[&key])?;
        Ok(rows.first().is_some_and(|row| column(row, 0) == "true"))
    }

    fn unlock(&mut self, table: &VersionTable) -> Result<(), DatabaseError> {
        let key = key(self, table)?;
        self.rows("SELECT pg_advisory_unlock($1::bigint)::text", &[&key])?;
        Ok(())
    }

    fn version_rows(&mut self, table: &VersionTable) -> Result<Heads, DatabaseError> {
        // As within a transaction: the application may be in one, and must not lose it.
        let rows = tables::rows_if_exists(self, table.place(), &table.select_sql(), &[], true)?;
        table.heads(rows.unwrap_or_default())
    }

    fn ensure(&mut self, table: &VersionTable) -> Result<VersionTable, DatabaseError> {
        let schema = tables::ensure(self, table.place(), &table.create_sql(true), true)?;
        Ok(table.found_in(schema))
    }

    fn change_heads(
        &mut self,
        table: &VersionTable,
        change: &HeadChange,
    ) -> Result<(), DatabaseError> {
        table.change(self, change)
    }
}

/// The key of the lock of `table`, as text.
fn key(sql: &mut dyn Sql, table: &VersionTable) -> Result<String, DatabaseError> {
    Ok(lock_key_in(sql, table.name())?.to_string())
}

impl Bookkeeping for SqliteConnection {
    const DIALECT: Dialect = Dialect::Sqlite;

    fn in_transaction<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        type Manager = <SqliteConnection as Connection>::TransactionManager;
        let status: &TransactionManagerStatus = Manager::transaction_manager_status_mut(self);
        match status.transaction_depth()? {
            None => self.immediate_transaction(work),
            Some(_) => self.transaction(work),
        }
    }

    /// Nothing to take: every transaction here is the only writer from its start.
    fn try_lock(&mut self, _: &VersionTable, _: LockScope) -> Result<bool, DatabaseError> {
        Ok(true)
    }

    fn unlock(&mut self, _: &VersionTable) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn version_rows(&mut self, table: &VersionTable) -> Result<Heads, DatabaseError> {
        if !sqlite::exists(self, table.name())? {
            return Ok(Heads::none());
        }
        let rows = self.rows(&table.select_sql(), &[])?;
        table.heads(rows)
    }

    fn ensure(&mut self, table: &VersionTable) -> Result<VersionTable, DatabaseError> {
        self.batch(&table.create_sql(true))?;
        Ok(table.clone())
    }

    fn change_heads(
        &mut self,
        table: &VersionTable,
        change: &HeadChange,
    ) -> Result<(), DatabaseError> {
        table.change(self, change)
    }
}
