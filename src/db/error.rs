//! What can go wrong between limbeck and a database, as facts.

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
    /// A version row that should have been there was not: `expected` to be replaced by
    /// `replacement` (or deleted), `found` rows matched.
    VersionRowMoved {
        /// The row that was expected.
        expected: String,
        /// What it was to become; `None` for a deletion.
        replacement: Option<String>,
        /// The table.
        table: String,
        /// How many rows matched.
        found: usize,
    },
    /// The version table or the journal holds something that limbeck cannot have written.
    Corrupt,
    /// The statement failed.
    Statement,
}

impl DatabaseError {
    /// An error with a kind and a message and nothing else known.
    pub fn new(kind: DatabaseErrorKind, message: impl Into<String>) -> Self {
        DatabaseError { kind, message: message.into(), detail: None, hint: None, offset: None }
    }
}
