//! Applied revisions that are not quite: a downgrade outside a transaction stopped half-way.
//!
//! The version row stays until the last statement of a downgrade is done, so by the rows alone the
//! revision is applied. An upgrade on top of it, or one that finds nothing to do, would be a lie.

use crate::db::Database;
use crate::db::DatabaseError;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::Direction as ScriptDirection;
use crate::script::RevisionFormat;

use super::alone;
use super::prepare::ScriptSource;
use super::python;
use super::resume;

/// The first of the rows `heads` whose downgrade has been begun and not ended. Asks the journal
/// only about revisions that run outside a transaction.
///
/// Where revisions may be handed to Python (`may_hand_over`), any of Python may run outside.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn find(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    scripts: &dyn ScriptSource,
    heads: &Heads,
    may_hand_over: bool,
) -> Result<Option<RevisionId>, DatabaseError> {
    // Without transactional DDL every revision runs outside a transaction.
    let dialect = database.dialect();
    let has_transactions = dialect.has_transactional_ddl();
    for id in heads.iter() {
        let runs_outside = scripts.file(id).is_some_and(|file| {
            alone::may_run_outside(file, Some(ScriptDirection::Downgrade), dialect)
                || !has_transactions
                || file.format == RevisionFormat::Python
                    && (may_hand_over
                        || python::leaves_transaction(file, ScriptDirection::Downgrade, dialect))
        });
        if runs_outside
            && resume::is_half_done(&resume::story(database, graph, id)?, Direction::Downgrade)
        {
            return Ok(Some(id.clone()));
        }
    }
    Ok(None)
}
