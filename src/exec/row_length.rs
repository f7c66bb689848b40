//! Whether the ids that a plan writes fit the column `version_num`.
//!
//! Alembic makes it 32 characters long and never looks: on a server a longer id fails in the
//! middle of a run, after the revision has been applied. So does, on MySQL, an id beside another
//! one that differs only in case: to its usual collations they are one key.

use std::collections::BTreeMap;

use crate::db::DEFAULT_ROW_LENGTH;
use crate::db::Database;
use crate::db::RowLength;
use crate::db::VersionText;
use crate::graph::RevisionId;
use crate::plan::Plan;

use super::error::RunErrorKind;

/// Refuses a plan that writes an id which the version table of `database` cannot hold. The
/// database is asked only where an id is longer than Alembic's table holds, which no table is made
/// shorter than, or where two rows differ only in case.
///
/// # Errors
/// [`RunErrorKind::IdTooLong`], [`RunErrorKind::IdsOfOneKey`], and whatever the database says.
pub(super) fn check(database: &mut dyn Database, plan: &Plan) -> Result<(), RunErrorKind> {
    if let Some([one, other]) = alike(plan)
        && !database.keeps_case()?
    {
        let revisions = [one.clone(), other.clone()];
        return Err(RunErrorKind::IdsOfOneKey { revisions });
    }
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

/// Two ids that differ only in case and that are to be rows at the same time.
fn alike(plan: &Plan) -> Option<[&RevisionId; 2]> {
    plan.steps.iter().find_map(|step| {
        let mut seen: BTreeMap<String, &RevisionId> = BTreeMap::new();
        step.after
            .iter()
            .find_map(|id| seen.insert(id.as_str().to_lowercase(), id).map(|other| [other, id]))
    })
}
