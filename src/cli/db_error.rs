//! What can go wrong with the commands below `limbeck db`, beyond what databases say.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use limbeck_schema::Dialect;

use crate::db::DatabaseError;
use crate::script::sql::SourcePosition;
use crate::script::sql::SplitError;

/// Why a command below `limbeck db` ends without success, as facts.
#[derive(Debug, thiserror::Error)]
pub(super) enum DbError {
    #[error("database {database} is protected: `{command}` is refused")]
    Protected { database: String, command: &'static str },
    #[error("database {database}: {name} belongs to the server: `{command}` is refused")]
    OfServer { database: String, name: String, command: &'static str },
    #[error("what was typed is not the name of the database, {name}")]
    OtherName { database: String, name: String },
    #[error("database {database} is in use")]
    InUse { database: String, users: Vec<String> },
    #[error("one administrator's URL cannot serve databases of several servers")]
    SeveralServers { names: Vec<String> },
    #[error("--admin-url: {0}")]
    AdminUrl(crate::db::UrlError),
    #[error(transparent)]
    Parameters(DatabaseError),
    #[error("there is no program {program} on PATH")]
    NoProgram { program: &'static str, package: &'static str },
    #[error("{} cannot be run: {error}", program.display())]
    Program { program: PathBuf, error: io::Error },
    #[error("database {database}: {program} failed: {status}")]
    ProgramFailed { database: String, program: String, status: ExitStatus, said: String },
    #[error("database {database} has no table {table}")]
    NoSuchTable { database: String, table: String, nearest: Vec<String> },
    #[error("database {database} has several tables {table}")]
    SeveralTables { database: String, table: String, places: Vec<String> },
    #[error("there is no SQL to run")]
    NoSql,
    #[error("{source_name} cannot be read: {error}")]
    Unreadable { source_name: String, error: io::Error },
    #[error("{source_name} holds no SQL")]
    EmptySql { source_name: String },
    #[error("{source_name}:{error}")]
    Split { source_name: String, error: SplitError },
    #[error("{place}: {words} in a script that runs in one transaction")]
    OwnTransaction { place: Place, words: String },
    #[error("{place}: {words} cannot run in a transaction")]
    RefusesTransaction { place: Place, words: String },
    #[error("{place}: {words} is more than reading, and database {database} is protected")]
    NotReading { database: String, place: Place, words: String },
    #[error("--no-transaction: database {database} is protected, and only read in a transaction")]
    GuardedTransaction { database: String },
    #[error("database {database}: {place}: {error}")]
    Statement {
        database: String,
        place: Place,
        error: DatabaseError,
        undone: Undone,
        is_protected: bool,
    },
    #[error("{} is there already", path.display())]
    FileExists { path: PathBuf },
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("-o {} names one file for {count} databases", path.display())]
    OneFile { path: PathBuf, count: usize },
    #[error("database {database} is not empty: {what}")]
    NotEmpty { database: String, what: String },
    #[error("{} is no backup of {dialect}, and database {database} is one", path.display())]
    OtherBackup { path: PathBuf, database: String, dialect: Dialect },
    #[error("database {database}: the backup is not as it should be: {what}")]
    BadBackup { database: String, what: String },
}

/// What of a script is undone after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undone {
    /// Everything.
    All,
    /// Changes of rows since the last definition.
    Rows,
    /// Nothing but the statement itself.
    Nothing,
}

/// Where a statement stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The file, `<stdin>` or `<command line>`.
    pub(super) source: String,
    pub(super) position: SourcePosition,
    /// The line of the text.
    pub(super) line: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.source, self.position.line)
    }
}

impl DbError {
    /// The database that it is about, if it is about one.
    pub(super) fn database(&self) -> Option<&String> {
        match self {
            DbError::Protected { database, .. }
            | DbError::OfServer { database, .. }
            | DbError::OtherName { database, .. }
            | DbError::InUse { database, .. }
            | DbError::ProgramFailed { database, .. }
            | DbError::NoSuchTable { database, .. }
            | DbError::SeveralTables { database, .. }
            | DbError::NotReading { database, .. }
            | DbError::GuardedTransaction { database }
            | DbError::Statement { database, .. }
            | DbError::NotEmpty { database, .. }
            | DbError::OtherBackup { database, .. }
            | DbError::BadBackup { database, .. } => Some(database),
            _ => None,
        }
    }
}
