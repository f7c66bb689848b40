//! Applied revisions that are not quite: a downgrade outside a transaction stopped half-way.
//!
//! The version row stays until the last statement of a downgrade is done, so by the rows alone the
//! revision is applied. An upgrade on top of it, or one that finds nothing to do, would be a lie.

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::JournalRow;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::plan::Direction;

use super::prepare::ScriptSource;
use super::resume;
use super::resume::Progress;

/// The first of the rows `heads` whose downgrade has been begun and not ended. Asks the journal
/// only about revisions that run outside a transaction.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn find(
    database: &mut dyn Database,
    scripts: &dyn ScriptSource,
    heads: &Heads,
) -> Result<Option<RevisionId>, DatabaseError> {
    for id in heads.iter() {
        let runs_outside = scripts.file(id).is_some_and(|file| !file.options.transaction);
        if runs_outside && is_begun(&database.journal(id.as_str())?, Direction::Downgrade) {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}

/// Whether `rows`, those of a revision, tell of a run this way that was begun and not ended.
pub(super) fn is_begun(rows: &[JournalRow], direction: Direction) -> bool {
    let mut is_begun = false;
    let mut is_in_doubt = false;
    for row in rows {
        if row.is_whole() {
            // The revision was finished, one way or the other.
            (is_begun, is_in_doubt) = (false, false);
        } else if row.statement.is_some() && row.goes(direction) {
            // A statement that failed has changed nothing by itself.
            let progress = resume::told_by(row);
            is_begun |= progress == Progress::Done;
            is_in_doubt = progress == Progress::InDoubt;
        }
    }
    is_begun || is_in_doubt
}
