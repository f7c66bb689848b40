//! One revision as a migration of Diesel's.

use std::fmt;
use std::path::PathBuf;

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::migration::Migration;
use diesel::migration::MigrationMetadata;
use diesel::migration::MigrationName;
use diesel::migration::MigrationVersion;
use diesel::migration::Result;
use limbeck_schema::Dialect;

use super::error::HarnessError;
use crate::db;
use crate::db::DatabaseError;
use crate::db::Timeouts;
use crate::exec;
use crate::exec::PreparedScript;
use crate::exec::RunOptions;
use crate::exec::ScriptSource;
use crate::exec::UnfitScript;
use crate::exec::UnfitScriptKind;
use crate::graph::Revision;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::sql::SourcePosition;

/// A statement of a migration that failed, with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{position}: {error}", .path.display())]
pub struct MigrationFailure {
    /// The revision.
    pub revision: RevisionId,
    /// The file its script is in.
    pub path: PathBuf,
    /// Where in the file the database saw the error.
    pub position: SourcePosition,
    /// What the database said.
    pub error: DatabaseError,
}

/// A revision with its scripts for one dialect. Diesel wants migrations that borrow nothing.
///
/// A script that cannot be run is an error when it is asked for, not before: the revision may
/// have been applied long ago, or may never be reverted.
pub(super) struct GraphMigration {
    name: Name,
    metadata: Metadata,
    dialect: Dialect,
    up: std::result::Result<PreparedScript, UnfitScript>,
    down: std::result::Result<PreparedScript, UnfitScript>,
}

struct Name {
    id: RevisionId,
    doc: String,
}

struct Metadata {
    transaction: bool,
}

/// The script of a revision, if Diesel can run it.
///
/// # Errors
/// When it cannot be run at all, and of Python, which needs limbeck's own run.
pub(super) fn script_of(
    id: &RevisionId,
    direction: Direction,
    scripts: &dyn ScriptSource,
    dialect: Dialect,
) -> std::result::Result<PreparedScript, UnfitScript> {
    let script = exec::script_of(id, direction, scripts, dialect, &RunOptions::default())?;
    if let (Some(query), true) = (&script.verification, dialect != Dialect::Postgresql) {
        return Err(UnfitScript {
            revision: script.revision.clone(),
            path: script.path.clone(),
            position: Some(query.position),
            statement: Some(query.clone()),
            kind: UnfitScriptKind::VerifiedElsewhere,
        });
    }
    // Diesel keeps no record of what was done of a migration.
    if let Some(parts) = &script.parts {
        return Err(UnfitScript {
            revision: script.revision.clone(),
            path: script.path.clone(),
            position: None,
            statement: None,
            kind: UnfitScriptKind::RefusesTransaction { words: parts.words.clone() },
        });
    }
    match script.python() {
        None => Ok(script),
        Some(body) => Err(UnfitScript {
            revision: script.revision.clone(),
            path: script.path.clone(),
            position: Some(body.position),
            statement: None,
            kind: UnfitScriptKind::PythonElsewhere { direction },
        }),
    }
}

impl GraphMigration {
    pub(super) fn new(
        revision: &Revision,
        scripts: &dyn ScriptSource,
        dialect: Dialect,
    ) -> GraphMigration {
        let script = |direction| script_of(&revision.id, direction, scripts, dialect);
        let transaction =
            scripts.file(&revision.id).is_none_or(|file| file.options.transaction != Some(false));
        GraphMigration {
            name: Name { id: revision.id.clone(), doc: revision.doc().to_owned() },
            metadata: Metadata { transaction },
            dialect,
            up: script(Direction::Upgrade),
            down: script(Direction::Downgrade),
        }
    }

    fn execute<DB: Backend>(
        &self,
        connection: &mut dyn BoxableConnection<DB>,
        script: &std::result::Result<PreparedScript, UnfitScript>,
    ) -> Result<()> {
        let script =
            script.as_ref().map_err(|unfit| HarnessError::Unfit(Box::new(unfit.clone())))?;
        let limits = Limits::new(script.timeouts, self.dialect, script.transaction)?;
        if let Some(set) = limits.set {
            connection.batch_execute(&set)?;
        }
        let failed = |error, text: &str, position: &dyn Fn(usize) -> SourcePosition| {
            let error = db::statement_error(&error, text, self.dialect);
            MigrationFailure {
                revision: script.revision.clone(),
                path: script.path.clone(),
                position: position(error.offset.unwrap_or(0)),
                error,
            }
        };
        let statements = script.statements().iter().try_for_each(|statement| {
            connection.batch_execute(&statement.text).map_err(|error| {
                failed(error, &statement.text, &|offset| statement.position_at(offset))
            })
        });
        let result = statements.and_then(|()| match &script.verification {
            None => Ok(()),
            Some(query) => {
                let text = exec::assertion(&script.revision, query);
                let result = connection.batch_execute(&text);
                result.map_err(|error| failed(error, &text, &|_| query.position))
            }
        });
        if let Some(reset) = limits.reset {
            connection.batch_execute(reset)?;
        }
        Ok(result?)
    }
}

/// The SQL around a script that keeps its statements within the limits that its file sets.
struct Limits {
    set: Option<String>,
    /// After the script; within a transaction the settings end with it.
    reset: Option<&'static str>,
}

impl Limits {
    fn new(timeouts: Timeouts, dialect: Dialect, transaction: bool) -> Result<Self> {
        let none = Limits { set: None, reset: None };
        if dialect == Dialect::Sqlite {
            // A lock_timeout is about waiting for other writers: here the script is the only one.
            return match timeouts.statement {
                Some(_) => Err("SQLite has no statement_timeout".into()),
                None => Ok(none),
            };
        }
        if timeouts == Timeouts::default() {
            return Ok(none);
        }
        let word = if transaction { "SET LOCAL" } else { "SET" };
        let one = |name, value: Option<u64>| match value {
            Some(value) => format!("{word} {name} = {value};"),
            None => String::new(),
        };
        let set =
            one("lock_timeout", timeouts.lock) + &one("statement_timeout", timeouts.statement);
        let reset = (!transaction).then_some("RESET lock_timeout; RESET statement_timeout");
        Ok(Limits { set: Some(set), reset })
    }
}

impl<DB: Backend> Migration<DB> for GraphMigration {
    fn run(&self, connection: &mut dyn BoxableConnection<DB>) -> Result<()> {
        self.execute(connection, &self.up)
    }

    fn revert(&self, connection: &mut dyn BoxableConnection<DB>) -> Result<()> {
        self.execute(connection, &self.down)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &self.metadata
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

impl MigrationMetadata for Metadata {
    fn run_in_transaction(&self) -> bool {
        self.transaction
    }
}

impl MigrationName for Name {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.id.as_str())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.doc.is_empty() {
            true => write!(f, "{}", self.id),
            false => write!(f, "{}, {}", self.id, self.doc),
        }
    }
}
