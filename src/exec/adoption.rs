//! The guard for databases that come from Diesel: what Diesel has run is not run again.
//!
//! A database whose history Diesel keeps looks empty to limbeck until that history has been taken
//! over (`limbeck import diesel`). An upgrade then would begin with the first migration.

use std::collections::HashSet;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Plan;
use crate::script::RevisionFormat;

use super::error::RunErrorKind;
use super::prepare::ScriptSource;

/// Refuses a plan that starts a branch of Diesel's migrations of which Diesel has applied some.
///
/// Costs nothing unless such a branch is started: once rows of it are there, Diesel's table is
/// never looked at again.
///
/// # Errors
/// [`RunErrorKind::NotTakenOver`], and whatever the database says.
pub(super) fn check(
    database: &mut dyn Database,
    scripts: &dyn ScriptSource,
    plan: &Plan,
) -> Result<(), RunErrorKind> {
    let started = started(scripts, plan);
    if started.is_empty() {
        return Ok(());
    }
    let history = database.diesel_history()?.unwrap_or_default();
    let known: HashSet<&str> = history.iter().map(String::as_str).collect();
    let mut versions = Vec::new();
    for id in started.into_iter().filter(|id| known.contains(id.as_str())) {
        // What limbeck has reverted is still in Diesel's table, and may be applied anew.
        if !was_reverted(database, id)? {
            versions.push(id.clone());
        }
    }
    if versions.is_empty() { Ok(()) } else { Err(RunErrorKind::NotTakenOver { versions }) }
}

/// Whether the last thing that limbeck did to a revision was to revert it, as its journal tells.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) fn was_reverted(
    database: &mut dyn Database,
    id: &RevisionId,
) -> Result<bool, DatabaseError> {
    let rows = database.journal(id.as_str())?;
    let last = rows.iter().rfind(|row| row.is_whole());
    Ok(last.is_some_and(|row| row.goes(Direction::Downgrade)))
}

/// The revisions of the plan that belong to a branch of Diesel's which begins in the plan.
fn started<'a>(scripts: &dyn ScriptSource, plan: &'a Plan) -> Vec<&'a RevisionId> {
    let is_diesel = |id: &RevisionId| {
        scripts.file(id).is_some_and(|file| file.format == RevisionFormat::Diesel)
    };
    let mut started: Vec<&RevisionId> = Vec::new();
    let mut members: HashSet<&RevisionId> = HashSet::new();
    for step in plan.steps.iter().filter(|step| step.direction == Direction::Upgrade) {
        let Some(id) = step.revision.as_ref().filter(|id| is_diesel(id)) else { continue };
        // The order of the plan puts what is followed first.
        let mut parents = step.from.iter().filter(|parent| is_diesel(parent)).peekable();
        if parents.peek().is_none() || parents.any(|parent| members.contains(parent)) {
            members.insert(id);
            started.push(id);
        }
    }
    started
}
