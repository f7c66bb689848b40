//! Applied revisions that are not quite: a downgrade outside a transaction stopped half-way.
//!
//! The version row stays until the last statement of a downgrade is done, so by the rows alone the
//! revision is applied. An upgrade on top of it, or one that finds nothing to do, would be a lie.

use crate::db::Database;
use crate::db::DatabaseError;
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
    // Without transactional DDL every revision runs outside a transaction.
    let has_transactions = database.dialect().has_transactional_ddl();
    for id in heads.iter() {
        let runs_outside =
            scripts.file(id).is_some_and(|file| !file.options.transaction || !has_transactions);
        if runs_outside && is_half_reverted(database, id)? {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}

fn is_half_reverted(database: &mut dyn Database, id: &RevisionId) -> Result<bool, DatabaseError> {
    let mut is_begun = false;
    let mut is_in_doubt = false;
    for row in database.journal(id.as_str())? {
        if row.is_whole() {
            // The revision was finished, one way or the other.
            (is_begun, is_in_doubt) = (false, false);
        } else if row.statement.is_some() && row.goes(Direction::Downgrade) {
            // A statement that failed has changed nothing by itself.
            let progress = resume::told_by(&row);
            is_begun |= progress == Progress::Done;
            is_in_doubt = progress == Progress::InDoubt;
        }
    }
    Ok(is_begun || is_in_doubt)
}
