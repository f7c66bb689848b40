//! What can go wrong with a repeatable script, as facts.

use std::path::PathBuf;

use limbeck_schema::Dialect;

use crate::db::DatabaseError;
use crate::script::RepeatableScript;
use crate::script::Unsplit;
use crate::script::sql;
use crate::script::sql::SourcePosition;
use crate::script::sql::SplitError;
use crate::script::sql::Statement;

/// A repeatable script that cannot be run, or that failed. What ran with it in one transaction was
/// rolled back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct RepeatFailure {
    /// The script.
    pub script: String,
    /// Its file.
    pub path: PathBuf,
    /// The statement that it is about.
    pub statement: Option<Statement>,
    /// Where in the file.
    pub position: SourcePosition,
    /// What is wrong.
    pub kind: RepeatFailureKind,
    /// Whether nothing of it is left.
    pub is_undone: bool,
}

/// What is wrong with a repeatable script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepeatFailureKind {
    /// Its text cannot be split into statements.
    #[error(transparent)]
    Split(SplitError),
    /// It holds no statement.
    #[error("the script holds no statement")]
    Empty,
    /// It begins or ends a transaction, which belongs to limbeck.
    #[error("{word} is not allowed in a script: limbeck owns the transaction")]
    TransactionControl {
        /// The statement's first word or words.
        word: String,
        /// The dialect of the database.
        dialect: Dialect,
    },
    /// It holds a statement that the database refuses inside a transaction.
    #[error("{words} cannot run inside a transaction")]
    RefusesTransaction {
        /// The statement's words.
        words: String,
    },
    /// It asks for the tenant, and does not run in one.
    #[error("the script has `template = true`, and does not run in a tenant here")]
    NoTenant,
    /// Its variables cannot be filled in.
    #[error(transparent)]
    Template(sql::TemplateError),
    /// The database refused a statement.
    #[error("{0}")]
    Database(DatabaseError),
    /// What it drops takes a view along that nobody can make again.
    #[error("{view} is dropped with what it is made of, and cannot be made again: {error}")]
    Lost {
        /// The view, with its schema.
        view: String,
        /// What the database said.
        error: DatabaseError,
    },
}

impl RepeatFailure {
    pub(super) fn new(
        script: &RepeatableScript,
        statement: Option<&Statement>,
        kind: RepeatFailureKind,
    ) -> Self {
        let offset = match &kind {
            RepeatFailureKind::Database(error) => error.offset.unwrap_or(0),
            _ => 0,
        };
        RepeatFailure {
            script: script.name.clone(),
            path: script.path.clone(),
            position: statement.map_or(script.position(), |one| one.position_at(offset)),
            statement: statement.cloned(),
            kind,
            is_undone: true,
        }
    }
}

impl From<Unsplit> for RepeatFailure {
    fn from(Unsplit { script, error }: Unsplit) -> Self {
        let position = error.position();
        let failure = RepeatFailure::new(&script, None, RepeatFailureKind::Split(error));
        RepeatFailure { position, ..failure }
    }
}
