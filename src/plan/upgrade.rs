//! Plans that apply revisions (section 3.4 of Alembic's reference).

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;
use crate::target::TargetKind;

use super::applied::Applied;
use super::step::Plan;
use crate::graph::Heads;

/// The steps from `heads` to `target`: everything the target follows or depends on that is not
/// applied yet. Empty when it is applied already.
///
/// # Errors
/// When the target means nothing here, a row is unknown, or rows or targets follow one another.
pub fn upgrade(graph: &RevisionGraph, heads: &Heads, target: &Target) -> Result<Plan, TargetError> {
    let resolver = Resolver::new(graph);
    let rows = resolver.rows(heads);
    // Where row and target are wrong, Alembic tells of the target, if it does not hang on the rows.
    let is_counted_from_rows = matches!(target.kind, TargetKind::Relative { anchor: None, .. });
    let rows = if is_counted_from_rows { Ok(rows?) } else { rows };
    let targets = resolver.upgrade_targets(target, rows.as_deref().unwrap_or_default())?;
    let rows = rows?;
    upgrade_to(graph, &rows, &targets)
}

fn upgrade_to(graph: &RevisionGraph, rows: &[Node], targets: &[Node]) -> Result<Plan, TargetError> {
    check_overlap(graph, targets)?;
    check_overlap(graph, rows)?;
    let mut applied = Applied::from_rows(graph, rows);
    let mut needed = graph.ancestors(targets.iter().copied(), Edges::All);
    needed.subtract(applied.set());
    for node in graph.topological_order(&needed, targets).into_iter().rev() {
        applied.upgrade(node);
    }
    Ok(applied.into_plan())
}

/// Refuses `nodes` of which one follows another.
pub(super) fn check_overlap(graph: &RevisionGraph, nodes: &[Node]) -> Result<(), TargetError> {
    if nodes.len() < 2 {
        return Ok(());
    }
    for node in nodes {
        let below = graph.ancestors([*node], Edges::All);
        let others: Vec<Node> =
            nodes.iter().copied().filter(|other| other != node && below.contains(*other)).collect();
        if !others.is_empty() {
            return Err(TargetError::Overlap {
                id: graph.id(*node).clone(),
                others: others.into_iter().map(|other| graph.id(other).clone()).collect(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph;

    #[test]
    fn of_a_wrong_row_and_a_wrong_target_the_target_is_told() {
        let graph = graph("a1; b1|a1; c1|a1");
        let heads: Heads = ["gone".parse().unwrap()].into_iter().collect();
        let error = |target: &str| {
            upgrade(&graph, &heads, &target.parse().unwrap()).unwrap_err().to_string()
        };
        assert!(error("head").starts_with("Multiple head revisions"));
        assert!(error("b1").ends_with("'gone'"));
        assert!(error("+1").ends_with("'gone'"));
    }
}
