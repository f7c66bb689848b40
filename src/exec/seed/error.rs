//! What can go wrong with seeds, as facts.

use std::path::PathBuf;

use crate::db::DatabaseError;
use crate::exec::error::RunErrorKind;
use crate::graph::RevisionId;
use crate::script::CsvProblem;
use crate::script::Seed;
use crate::script::sql::SourcePosition;
use crate::script::sql::SplitError;
use crate::script::sql::Statement;
use crate::script::sql::TemplateError;

/// Why a seed is not run. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database fails, and not at what the seed says.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The lock is not to be had, or somebody has asked to stop.
    #[error(transparent)]
    Run(Box<RunErrorKind>),
    /// It needs a revision that is not applied.
    #[error("seed {seed} needs revision {revision}, which {}", match .is_known {
        true => "is not applied",
        false => "this database does not have",
    })]
    Needs {
        /// The seed.
        seed: String,
        /// Its file.
        path: PathBuf,
        /// The revision.
        revision: RevisionId,
        /// Whether it is one of this database.
        is_known: bool,
    },
    /// It cannot be run as it stands.
    #[error("{kind}")]
    Unfit {
        /// Its file.
        path: PathBuf,
        /// Where, if it is about one place.
        position: Option<SourcePosition>,
        /// The statement there.
        statement: Option<Box<Statement>>,
        /// Why.
        kind: UnfitSeed,
    },
    /// One of its statements fails.
    #[error("{error}")]
    Statement {
        /// Its file.
        path: PathBuf,
        /// The statement.
        statement: Box<Statement>,
        /// What the database says.
        error: DatabaseError,
    },
    /// One of its rows is none.
    #[error("{problem}")]
    Csv {
        /// Its file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong.
        problem: CsvProblem,
    },
    /// The table is not as the file has it.
    #[error("{kind}")]
    Table {
        /// Its file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong.
        kind: TableProblem,
    },
    /// The database refuses a row.
    #[error("{error}")]
    Row {
        /// Its file.
        path: PathBuf,
        /// The line of the row.
        line: usize,
        /// What the database says.
        error: DatabaseError,
    },
    /// The database refuses all of it at the end.
    #[error("{error}")]
    Commit {
        /// Its file.
        path: PathBuf,
        /// What the database says.
        error: DatabaseError,
    },
}

/// Why a `.sql` file cannot be run as a seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitSeed {
    /// There is no statement in it.
    #[error("the seed holds no SQL")]
    Empty,
    /// Its text cannot be split into statements.
    #[error(transparent)]
    Split(SplitError),
    /// It begins or ends a transaction.
    #[error("{words} is not allowed in a seed, which is one transaction")]
    TransactionControl {
        /// The words.
        words: String,
    },
    /// The database refuses it in a transaction.
    #[error("{words} cannot run inside a transaction, and a seed is one")]
    RefusesTransaction {
        /// The words.
        words: String,
    },
    /// MySQL commits at it.
    #[error("{words} ends the transaction on MySQL and MariaDB, and a seed is one")]
    Commits {
        /// The words.
        words: &'static str,
    },
    /// It holds variables that tell of a tenant, and this is none.
    #[error("the seed has `template = true`, and does not run in a tenant here")]
    NoTenant,
    /// Its variables cannot be filled in.
    #[error(transparent)]
    Template(TemplateError),
}

/// What of a table is not as a `.csv` file has it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableProblem {
    /// It is not there.
    #[error("there is no table {table}")]
    NoTable {
        /// Its name.
        table: String,
    },
    /// A column is not there.
    #[error("table {table} has no column '{column}'{}", match .nearest {
        Some(nearest) => format!(", did you mean '{nearest}'?"),
        None => String::new(),
    })]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What it resembles.
        nearest: Option<String>,
    },
    /// Nothing tells its rows apart.
    #[error("table {table} has no primary key")]
    NoKey {
        /// The table.
        table: String,
    },
    /// A key that several rows have.
    #[error("{count} rows of table {table} have this key")]
    SeveralRows {
        /// The table.
        table: String,
        /// How many.
        count: usize,
    },
    /// SQLite would keep the text.
    #[error("column '{column}' of table {table} is {type_name}, and {value:?} is no whole number")]
    NoInteger {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        type_name: String,
        /// The value.
        value: String,
    },
}

impl SeedError {
    /// That `seed` needs `revision`.
    pub(super) fn needs(seed: &Seed, revision: &RevisionId, is_known: bool) -> Self {
        SeedError::Needs {
            seed: seed.name.clone(),
            path: seed.path.clone(),
            revision: revision.clone(),
            is_known,
        }
    }

    /// Whether a person has asked to stop.
    pub fn is_interruption(&self) -> bool {
        matches!(self, SeedError::Run(kind) if matches!(**kind, RunErrorKind::Interrupted { .. }))
    }
}

impl From<RunErrorKind> for SeedError {
    fn from(kind: RunErrorKind) -> Self {
        SeedError::Run(Box::new(kind))
    }
}
