//! What went wrong in a Python revision.

use std::path::Path;
use std::path::PathBuf;

use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Place;
use limbeck_alembic::preflight;
use limbeck_alembic::preflight::PythonNeeded;
use limbeck_alembic::sa::SqlError;
use limbeck_schema::Dialect;

use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::graph::RevisionId;
use crate::script::sql::SourcePosition;

use super::super::error::Undone;
use super::super::handoff::NotInstead;
use super::super::prepare::PreparedScript;

/// A Python revision that failed: by an exception that nothing caught, or at something that limbeck
/// does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonFailure {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: PathBuf,
    /// What ended it.
    pub failure: Failure,
    /// The statement that the database refused and what it said, where that is what ended it.
    pub statement: Option<(String, DatabaseError)>,
    /// What was rolled back with it.
    pub undone: Undone,
    /// Why the project's own Python has not run it instead, where it is one for Python.
    pub not_instead: Option<NotInstead>,
    /// The first statement of the function.
    pub start: SourcePosition,
}

impl PythonFailure {
    /// Of a script of which nothing was begun.
    pub(in crate::exec) fn unbegun(
        script: &PreparedScript,
        start: SourcePosition,
        failure: Failure,
    ) -> Self {
        PythonFailure {
            revision: script.revision.clone(),
            path: script.path.clone(),
            failure,
            statement: None,
            undone: Undone::Unbegun,
            not_instead: None,
            start,
        }
    }

    /// Whether it ended at something that limbeck does not run, rather than at an error of the code.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.failure, Failure::Unsupported(_))
    }

    /// What only Python may run, where that has ended it and nothing that the database or the code
    /// itself says.
    pub(in crate::exec) fn python_needed(&self) -> Option<PythonNeeded> {
        self.statement.is_none().then(|| preflight::needed_for(&self.failure)).flatten()
    }

    /// Where in a file it ended; where several functions called each other, in the innermost one
    /// that belongs to the revision.
    pub fn place(&self) -> Option<&Place> {
        place_of_failure(&self.failure, &self.path)
    }

    /// The line and column of [`place`](Self::place); where that is not known, as of a function that
    /// is imported, where the function begins.
    pub fn position(&self) -> SourcePosition {
        self.place().map_or(self.start, |place| SourcePosition {
            line: place.position.line,
            column: place.position.column,
        })
    }
}

/// The same of a failure in the revision of the file `path`.
pub fn place_of_failure<'f>(failure: &'f Failure, path: &Path) -> Option<&'f Place> {
    match failure {
        Failure::Raised { places, .. } => {
            let own = places.iter().rfind(|place| path.as_os_str() == &*place.file);
            own.or(places.last())
        }
        Failure::Unsupported(failed) => Some(&failed.place),
        Failure::Limit(reached) => Some(&reached.place),
        Failure::Host(_) => None,
    }
    .filter(|place| place.position.line > 0)
}

impl std::fmt::Display for PythonFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some((_, error)) = &self.statement {
            return write!(f, "{error}");
        }
        match &self.failure {
            Failure::Raised { summary, .. } => f.write_str(summary),
            // The place has a line of its own.
            Failure::Unsupported(failed) => {
                write!(f, "limbeck does not run this without Python: {}", failed.what)
            }
            Failure::Limit(reached) => write!(f, "{}", reached.limit),
            Failure::Host(message) => f.write_str(message),
        }
    }
}

/// What a database refused, as the driver of Python tells it.
pub(super) fn sql_error(error: &DatabaseError, dialect: Dialect) -> SqlError {
    let server = error.server.as_deref();
    let mut message = server.map_or(&error.message, |server| &server.message).clone();
    if dialect == Dialect::Postgresql && server.is_some() {
        let more = [("DETAIL", &error.detail), ("HINT", &error.hint)];
        for (word, text) in more.into_iter().filter_map(|(word, text)| Some((word, text.as_ref()?)))
        {
            message = format!("{message}\n{word}:  {text}");
        }
        message.push('\n');
    }
    SqlError {
        sqlstate: server.and_then(|server| server.sqlstate.clone()),
        code: server.and_then(|server| server.code),
        class: error.driver,
        is_database: server.is_some(),
        message,
        dialect,
        is_unreadable: error.kind == DatabaseErrorKind::Unsupported,
    }
}
