//! Steps of one revision each, for callers that decide themselves which revision comes next.

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::target::Resolver;
use crate::target::TargetError;

use super::applied::Applied;
use super::step::Plan;
use super::step::Step;
use crate::graph::Heads;

/// Why a revision cannot be applied or reverted by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SingleStepError {
    /// A row of the version table is no revision of the graph.
    #[error(transparent)]
    Row(#[from] TargetError),
    /// Something that it follows or depends on is not applied.
    #[error("revision {id} cannot be applied before {}", join(.missing))]
    NotReady {
        /// The revision.
        id: RevisionId,
        /// What is missing.
        missing: Vec<RevisionId>,
    },
    /// Something applied follows it or depends on it.
    #[error("revision {id} cannot be reverted before {}", join(.followers))]
    Followed {
        /// The revision.
        id: RevisionId,
        /// What must go first.
        followers: Vec<RevisionId>,
    },
    /// It is to be reverted, and is not applied.
    #[error("revision {id} is not applied")]
    NotApplied {
        /// The revision.
        id: RevisionId,
    },
}

fn join(ids: &[RevisionId]) -> String {
    ids.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", ")
}

/// The revisions that are applied when the rows are `heads`, each after everything that follows
/// it: the order in which they can be reverted.
///
/// # Errors
/// When a row is unknown.
pub fn applied(graph: &RevisionGraph, heads: &Heads) -> Result<Vec<Node>, TargetError> {
    let rows = Resolver::new(graph).rows(heads)?;
    let applied = graph.ancestors(rows.iter().copied(), Edges::All);
    Ok(graph.topological_order(&applied, &rows))
}

/// The step that applies `node` and nothing else; `None` when it is applied already.
///
/// # Errors
/// When a row is unknown, or something that `node` needs is not applied.
pub fn apply_one(
    graph: &RevisionGraph,
    heads: &Heads,
    node: Node,
) -> Result<Option<Step>, SingleStepError> {
    let mut state = Applied::from_rows(graph, &Resolver::new(graph).rows(heads)?);
    if state.set().contains(node) {
        return Ok(None);
    }
    let needed = graph.parents(node, Edges::All);
    let missing = ids(graph, needed.filter(|parent| !state.set().contains(*parent)));
    if !missing.is_empty() {
        return Err(SingleStepError::NotReady { id: graph.id(node).clone(), missing });
    }
    state.upgrade(node);
    Ok(only_step(state.into_plan()))
}

/// The step that reverts `node` and nothing else.
///
/// # Errors
/// When a row is unknown, `node` is not applied, or something applied needs it.
pub fn revert_one(
    graph: &RevisionGraph,
    heads: &Heads,
    node: Node,
) -> Result<Step, SingleStepError> {
    let mut state = Applied::from_rows(graph, &Resolver::new(graph).rows(heads)?);
    let id = || graph.id(node).clone();
    if !state.set().contains(node) {
        return Err(SingleStepError::NotApplied { id: id() });
    }
    let above = graph.children(node, Edges::All);
    let followers = ids(graph, above.filter(|child| state.set().contains(*child)));
    if !followers.is_empty() {
        return Err(SingleStepError::Followed { id: id(), followers });
    }
    state.downgrade(node);
    only_step(state.into_plan()).ok_or_else(|| SingleStepError::NotApplied { id: id() })
}

fn only_step(plan: Plan) -> Option<Step> {
    plan.steps.into_iter().next()
}

fn ids(graph: &RevisionGraph, nodes: impl Iterator<Item = Node>) -> Vec<RevisionId> {
    nodes.map(|node| graph.id(node).clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing;

    fn heads(ids: &str) -> Heads {
        ids.split_whitespace().map(|id| id.parse().unwrap()).collect()
    }

    fn after(step: Result<Option<Step>, SingleStepError>) -> String {
        match step {
            Ok(Some(step)) => {
                step.after.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" ")
            }
            Ok(None) => "nothing".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn one_revision_at_a_time_is_applied_and_reverted() {
        let graph = testing::graph("a; b|a; c|a; m|b,c; d||c");
        let node = |name: &str| graph.by_name(name).unwrap();
        let apply = |rows: &str, name: &str| after(apply_one(&graph, &heads(rows), node(name)));
        let revert =
            |rows: &str, name: &str| after(revert_one(&graph, &heads(rows), node(name)).map(Some));
        assert_eq!(apply("", "a"), "a");
        assert_eq!(apply("b", "c"), "b c");
        assert_eq!(apply("b c", "m"), "m");
        assert_eq!(apply("m", "d"), "d m");
        assert_eq!(apply("m", "a"), "nothing");
        assert_eq!(apply("b", "m"), "revision m cannot be applied before c");
        assert_eq!(revert("m", "m"), "b c");
        assert_eq!(revert("d m", "m"), "b d");
        assert_eq!(revert("b c", "c"), "b");
        assert_eq!(revert("d m", "c"), "revision c cannot be reverted before m, d");
        assert_eq!(revert("b", "c"), "revision c is not applied");
        assert!(matches!(apply_one(&graph, &heads("x"), node("a")), Err(SingleStepError::Row(_))));
    }

    #[test]
    fn what_is_applied_is_listed_newest_first() {
        let graph = testing::graph("a; b|a; c|a; m|b,c; d||c");
        let listed = applied(&graph, &heads("b d")).unwrap();
        assert_eq!(testing::ids(&graph, listed), "b d c a");
    }
}
