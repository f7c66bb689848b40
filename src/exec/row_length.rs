//! Whether the ids that a plan writes fit the column `version_num`.
//!
//! Alembic makes it 32 characters long and never looks: on a server a longer id fails in the
//! middle of a run, after the revision has been applied.

use crate::db::DEFAULT_ROW_LENGTH;
use crate::db::Database;
use crate::db::RowLength;
use crate::db::VersionText;
use crate::graph::RevisionId;
use crate::plan::Plan;

use super::error::RunErrorKind;

/// Refuses a plan that writes an id which the version table of `database` cannot hold. The
/// database is asked only where an id is longer than Alembic's table holds, and no table is made
/// shorter.
///
/// # Errors
/// [`RunErrorKind::IdTooLong`], and whatever the database says.
pub(super) fn check(database: &mut dyn Database, plan: &Plan) -> Result<(), RunErrorKind> {
    if longer(plan, usize::from(DEFAULT_ROW_LENGTH)).is_none() {
        return Ok(());
    }
    let length = database.row_length()?;
    let (longest, is_made) = match length {
        RowLength::Unlimited => return Ok(()),
        RowLength::Made(longest) => (longest, true),
        RowLength::ToBeMade(longest) => (longest, false),
    };
    refuse(plan, longest, is_made)
}

/// As [`check`], for a plan that is written down.
///
/// # Errors
/// [`RunErrorKind::IdTooLong`].
pub(super) fn check_text(plan: &Plan, version: &VersionText) -> Result<(), RunErrorKind> {
    match version.longest_id() {
        Some(longest) => refuse(plan, longest, false),
        None => Ok(()),
    }
}

fn refuse(plan: &Plan, longest: usize, is_made: bool) -> Result<(), RunErrorKind> {
    match longer(plan, longest) {
        None => Ok(()),
        Some(id) => Err(RunErrorKind::IdTooLong { revision: id.clone(), longest, is_made }),
    }
}

/// The first id that `plan` writes and that has more than `longest` characters.
fn longer(plan: &Plan, longest: usize) -> Option<&RevisionId> {
    let written = plan
        .steps
        .iter()
        .flat_map(|step| step.after.iter().filter(|row| !step.before.contains(row)));
    written.into_iter().find(|id| id.as_str().chars().count() > longest)
}
