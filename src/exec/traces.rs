//! Whether a statement that leaves several traces took effect.

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::ObjectState;
use crate::script::sql::Trace;

/// Whether all of `traces` are there (`Some(true)`) or none (`Some(false)`); `None` when they
/// contradict each other, since then somebody else has been at work, or a list of tables was
/// dropped in part.
pub(super) fn tell(
    database: &mut dyn Database,
    traces: &[Trace],
) -> Result<Option<bool>, DatabaseError> {
    let mut verdict = None;
    for trace in traces {
        let state = database.probe(trace.object())?;
        let is_left = match trace {
            Trace::Creates(_) => state != ObjectState::Absent,
            Trace::Drops(_) => state == ObjectState::Absent,
        };
        match verdict {
            Some(before) if before != is_left => return Ok(None),
            _ => verdict = Some(is_left),
        }
    }
    Ok(verdict)
}
