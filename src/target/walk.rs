//! So many steps up or down (section 2.3 of Alembic's reference).

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;

use super::error::TargetError;
use super::lookup;

/// A place that a walk can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    /// Before the first revision.
    Base,
    /// A revision.
    At(Node),
}

impl Spot {
    /// The revision, if it is one.
    pub(crate) fn node(self) -> Option<Node> {
        match self {
            Spot::Base => None,
            Spot::At(node) => Some(node),
        }
    }
}

/// How a walk ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walked {
    /// Where it ended.
    pub(super) spot: Spot,
    /// Whether all steps were made; otherwise the history ended before.
    pub(super) complete: bool,
}

impl Walked {
    /// Where all steps lead; `None` when the history ended before.
    pub(super) fn whole(self) -> Option<Spot> {
        self.complete.then_some(self.spot)
    }
}

/// Walks `steps` up from `start`, through children in `lineage` where one is given.
pub(super) fn up(
    graph: &RevisionGraph,
    start: Spot,
    steps: u32,
    lineage: Option<&NodeSet>,
) -> Result<Walked, TargetError> {
    let mut spot = start;
    for _ in 0..steps {
        let mut ways: Vec<Node> = match spot {
            Spot::Base => graph.bases(Edges::Versioned),
            Spot::At(node) => graph.children(node, Edges::Versioned).collect(),
        };
        ways.retain(|way| lineage.is_none_or(|lineage| lineage.contains(*way)));
        match only_way(graph, spot, &ways)? {
            Some(next) => spot = Spot::At(next),
            None => return Ok(Walked { spot, complete: false }),
        }
    }
    Ok(Walked { spot, complete: true })
}

/// Walks `steps` down from `start`, to the base at most.
pub(super) fn down(graph: &RevisionGraph, start: Spot, steps: u32) -> Result<Walked, TargetError> {
    let mut spot = start;
    for _ in 0..steps {
        let Spot::At(node) = spot else {
            return Ok(Walked { spot, complete: false });
        };
        let ways: Vec<Node> = graph.parents(node, Edges::Versioned).collect();
        spot = only_way(graph, spot, &ways)?.map_or(Spot::Base, Spot::At);
    }
    Ok(Walked { spot, complete: true })
}

fn only_way(graph: &RevisionGraph, from: Spot, ways: &[Node]) -> Result<Option<Node>, TargetError> {
    match ways {
        [] => Ok(None),
        [way] => Ok(Some(*way)),
        several => Err(TargetError::AmbiguousWalk {
            at: from.node().map(|node| graph.id(node).clone()),
            candidates: lookup::describe(graph, several),
        }),
    }
}
