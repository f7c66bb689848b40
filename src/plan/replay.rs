//! The same steps again: on another graph, or in another order.

use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::target::Resolver;
use crate::target::TargetError;

use super::applied::Applied;
use super::step::Direction;
use super::step::Plan;

/// The plan that does `steps` from the rows `heads`, in this order; `None` where `graph` does not
/// let them be done so: a revision is unknown, comes before one that it follows or depends on, or
/// is applied or reverted already.
///
/// # Errors
/// When a row is unknown.
pub fn replay<'a>(
    graph: &RevisionGraph,
    heads: &Heads,
    steps: impl IntoIterator<Item = (Direction, &'a RevisionId)>,
) -> Result<Option<Plan>, TargetError> {
    let mut state = Applied::from_rows(graph, &Resolver::new(graph).rows(heads)?);
    for (direction, id) in steps {
        let Some(node) = graph.find(id) else { return Ok(None) };
        let set = state.set();
        let fits = match direction {
            Direction::Upgrade => {
                let mut parents = graph.parents(node, Edges::All);
                !set.contains(node) && parents.all(|parent| set.contains(parent))
            }
            Direction::Downgrade => {
                let mut children = graph.children(node, Edges::All);
                set.contains(node) && !children.any(|child| set.contains(child))
            }
            Direction::Stamp => false,
        };
        if !fits {
            return Ok(None);
        }
        match direction {
            Direction::Upgrade => state.upgrade(node),
            Direction::Downgrade | Direction::Stamp => state.downgrade(node),
        }
    }
    Ok(Some(state.into_plan()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing;

    #[test]
    fn steps_are_done_again_only_where_the_graph_lets_them() {
        let graph = testing::graph("a; b|a; c|a; m|b,c");
        let again = |rows: &str, words: &str| {
            let heads: Heads = rows.split_whitespace().map(|id| id.parse().unwrap()).collect();
            let ids: Vec<(Direction, RevisionId)> = words
                .split_whitespace()
                .map(|word| match word.strip_prefix('!') {
                    Some(id) => (Direction::Downgrade, id.parse().unwrap()),
                    None => (Direction::Upgrade, word.parse().unwrap()),
                })
                .collect();
            let plan = replay(&graph, &heads, ids.iter().map(|(way, id)| (*way, id))).unwrap();
            plan.map(|plan| {
                let after: Vec<&str> = plan.after().iter().map(RevisionId::as_str).collect();
                after.join(" ")
            })
        };
        assert_eq!(again("", "a c b m").unwrap(), "m");
        assert_eq!(again("m", "!m !b").unwrap(), "c");
        for (rows, words) in
            [("", "b"), ("a", "a"), ("", "a x"), ("m", "!b"), ("b", "!m"), ("a", "b m")]
        {
            assert_eq!(again(rows, words), None, "{rows}: {words}");
        }
    }
}
