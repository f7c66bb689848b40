//! Reading in transactions in which the database itself refuses every change.
//!
//! A transaction of its own for each question: a setting of the session would reach the next
//! client of a pooler that hands sessions out by the transaction, and a transaction that stays
//! open would hold locks and see one moment only (PostgreSQL keeps the state of the other sessions
//! for as long as it lasts).

use limbeck_schema::Dialect;

use super::error::DatabaseError;
use super::sql::Sql;

/// The text that begins a transaction of reading on a server, or in a file whose connection has
/// been made to refuse writes ([`REFUSE_WRITES`]).
///
/// PostgreSQL fixes the kind of a transaction at its first query ("SET TRANSACTION"): behind this
/// text nothing that a user runs in it can make it writable, not even `set_config`.
pub(super) fn begin_sql(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgresql => "BEGIN READ ONLY; SELECT 1",
        Dialect::Mysql => "START TRANSACTION READ ONLY",
        Dialect::Sqlite => "BEGIN",
    }
}

/// Makes a connection to a SQLite file, which no other client will ever use, refuse writes.
pub(super) const REFUSE_WRITES: &str = "PRAGMA query_only = ON";

/// Puts a question in a transaction of its own, which the text `begin` begins.
///
/// # Errors
/// That of the question, or of the transaction.
pub(super) fn ask<S: Sql, T>(
    sql: &mut S,
    begin: &str,
    question: impl FnOnce(&mut S) -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    sql.batch(begin)?;
    match question(sql) {
        Ok(answer) => sql.batch("COMMIT").map(|()| answer),
        Err(error) => {
            // A connection that is gone says so at the next question, too.
            drop(sql.batch("ROLLBACK"));
            Err(error)
        }
    }
}
