//! What can go wrong between limbeck and a database, as facts.

use limbeck_alembic::sa::DriverClass;
use limbeck_schema::Dialect;

use super::connect_failure::ConnectFailure;
use super::other_session::OtherSession;

/// An error of a database, with what the driver tells about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DatabaseError {
    /// What kind of failure it is; exit codes and hints depend on it.
    pub kind: DatabaseErrorKind,
    /// The primary message, as the database words it, without any secret.
    pub message: String,
    /// Further detail from the server.
    pub detail: Option<String>,
    /// The server's own hint.
    pub hint: Option<String>,
    /// Where in the statement's text the server saw the error: a 0-based byte offset.
    pub offset: Option<usize>,
    /// Where and why no session could be had, if that is what failed.
    pub connect: Option<Box<ConnectFailure>>,
    /// What the database itself says of a statement that failed; `None` where the error is not
    /// the database's. Boxed to keep every `Result` of this module small.
    pub server: Option<Box<ServerError>>,
    /// The class of the exception with which the driver of Python says it, where it does so by
    /// itself; `None` as well where that is not known.
    pub driver: Option<DriverClass>,
}

/// An error as a database gives it, for those who treat single errors on their own (Python
/// revisions, with the exceptions of their drivers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// The SQLSTATE, of PostgreSQL and MySQL.
    ///
    /// Diesel tells only some of PostgreSQL's (constraint violations, serialization failures).
    /// The others are read from the message, which a server whose `lc_messages` is not English
    /// words otherwise: then there is none.
    pub sqlstate: Option<String>,
    /// The number of the error: MySQL's, or SQLite's extended result code as far as it is told;
    /// `None` where the words may be anybody's (`RAISE` in a trigger).
    pub code: Option<i64>,
    /// The database's own message, without a word of limbeck's.
    pub message: String,
    /// Who held the lock that was waited for in vain, as far as that was seen.
    pub blockers: Vec<OtherSession>,
}

/// Kinds of failures that callers treat differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseErrorKind {
    /// No connection could be made, or it was lost.
    Unreachable,
    /// The server refused the credentials.
    Authentication,
    /// The database does not exist.
    NoSuchDatabase,
    /// Another connection holds what this one needs (SQLite's "database is locked", a lock
    /// timeout).
    Busy,
    /// A version row that should have been there was not: another program has written to the
    /// table. Boxed to keep every `Result` of this module small.
    VersionRowMoved(Box<MovedRow>),
    /// The version table holds something that limbeck cannot have written.
    CorruptVersions,
    /// The journal, or another thing that is limbeck's, holds something that it cannot have
    /// written.
    Corrupt,
    /// The user lacks a right. Boxed to keep every `Result` of this module small.
    Denied(Box<MissingRight>),
    /// The statement failed.
    Statement,
    /// This build of limbeck cannot do it: the database is of a kind it has no driver for, or what it
    /// has sent is of a type that cannot be read.
    Unsupported,
}

/// A write to the version table that did not match exactly one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedRow {
    /// The row that was expected.
    pub expected: String,
    /// What it was to become; `None` for a deletion.
    pub replacement: Option<String>,
    /// The table, as configured.
    pub table: String,
    /// How many rows matched.
    pub found: usize,
}

/// A right that the user lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRight {
    /// Whose words they are.
    pub dialect: Dialect,
    /// Who lacks it, as far as the URL or the server says.
    pub role: Option<String>,
    /// The right, where the server names it, as MySQL does: `SELECT`.
    pub privilege: Option<String>,
    /// What kind of object it is about: `schema`, `database`, `table`.
    pub kind: String,
    /// The object's name; empty where it is about none, as for `CREATE DATABASE`.
    pub object: String,
    /// Whether only the owner of the object may do it.
    pub needs_owner: bool,
}

impl DatabaseError {
    /// An error with a kind and a message and nothing else known.
    pub fn new(kind: DatabaseErrorKind, message: impl Into<String>) -> Self {
        DatabaseError {
            kind,
            message: message.into(),
            detail: None,
            hint: None,
            offset: None,
            connect: None,
            server: None,
            driver: None,
        }
    }
}
