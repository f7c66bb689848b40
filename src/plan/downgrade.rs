//! Plans that revert revisions (section 3.4 of Alembic's reference).

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::target::Resolver;
use crate::target::Spot;
use crate::target::Target;
use crate::target::TargetError;

use super::applied::Applied;
use super::step::Plan;
use crate::graph::Heads;

/// The steps from `heads` down to `target`: everything applied that follows it, or depends on
/// what follows it. Dependencies themselves stay applied.
///
/// # Errors
/// When the target means nothing here, is not applied, or leaves open which of several rows it
/// counts from.
pub fn downgrade(
    graph: &RevisionGraph,
    heads: &Heads,
    target: &Target,
) -> Result<Plan, TargetError> {
    let resolver = Resolver::new(graph);
    let rows = resolver.rows(heads)?;
    let goal = resolver.downgrade_target(target, &rows)?;
    let mut roots: Vec<Node> = match goal.spot {
        Spot::Base => graph.bases(Edges::Versioned),
        Spot::At(node) => graph.children(node, Edges::Versioned).collect(),
    };
    if !goal.branch.is_empty() && roots.len() > 1 {
        let line = graph.ancestors(goal.branch, Edges::Versioned);
        roots.retain(|root| line.contains(*root));
        if roots.is_empty() {
            return Err(TargetError::NothingOfBranch { target: target.to_string() });
        }
    }
    let mut applied = Applied::from_rows(graph, &rows);
    let mut dropped = graph.descendants(roots, Edges::All);
    dropped.intersect_with(applied.set());
    if let Spot::At(node) = goal.spot
        && dropped.is_empty()
        && !rows.contains(&node)
    {
        return Err(TargetError::NotADowngradeTarget {
            target: target.to_string(),
            rows: resolver.describe(&rows),
        });
    }
    for node in graph.topological_order(&dropped, &rows) {
        applied.downgrade(node);
    }
    Ok(applied.into_plan())
}
