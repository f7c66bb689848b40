//! What a database has, for those on others that depend on it: the version rows, and what a run
//! outside a transaction left half-way.

use crate::db::Database;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan;
use crate::plan::Direction;
use crate::plan::Standing;

use super::alone;
use super::error::RunErrorKind;
use super::prepare::ScriptSource;
use super::resume;

/// What is applied on `database`, and which of `asked` are half-way. Asks the journal only about
/// those of them that run outside a transaction.
///
/// # Errors
/// When the database cannot be read, and when its rows mean nothing in `graph`.
pub fn standing(
    database: &mut dyn Database,
    scripts: &dyn ScriptSource,
    graph: &RevisionGraph,
    asked: &[RevisionId],
) -> Result<Standing, RunErrorKind> {
    let rows = database.version_rows()?.unwrap_or_default();
    let nodes = plan::applied(graph, &rows)?;
    let applied = nodes.into_iter().map(|node| graph.id(node).clone()).collect();
    let mut standing = Standing { applied, ..Standing::default() };
    // Without transactional DDL every revision runs outside a transaction.
    let dialect = database.dialect();
    let has_transactions = dialect.has_transactional_ddl();
    for id in asked {
        let stays_inside = |file| has_transactions && !alone::may_run_outside(file, None, dialect);
        if scripts.file(id).is_none_or(stays_inside) {
            continue;
        }
        let direction = match standing.applied.contains(id) {
            true => Direction::Downgrade,
            false => Direction::Upgrade,
        };
        if resume::is_half_done(&resume::story(database, graph, id)?, direction) {
            standing.halfway.insert(id.clone());
        }
    }
    Ok(standing)
}
