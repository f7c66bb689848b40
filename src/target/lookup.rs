//! Names to revisions (section 2.1 of Alembic's reference).

use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::SHORTEST_UNABBREVIATED;
use crate::graph::nearest;

use super::error::HeadOf;
use super::error::TargetError;
use super::parse::Branch;

/// The nodes of the rows of a version table, in load order.
///
/// # Errors
/// [`TargetError::UnknownRow`] for a row that no file declares.
pub(super) fn rows(graph: &RevisionGraph, heads: &Heads) -> Result<Vec<Node>, TargetError> {
    let mut nodes = heads
        .iter()
        .map(|id| {
            graph.find(id).ok_or_else(|| TargetError::UnknownRow {
                id: id.clone(),
                nearest: nearest(id.as_str(), graph.nodes().map(|n| graph.id(n).as_str()))
                    .map(str::to_owned),
            })
        })
        .collect::<Result<Vec<Node>, _>>()?;
    nodes.sort_unstable();
    Ok(nodes)
}

/// What messages say of `nodes`.
pub(super) fn describe(graph: &RevisionGraph, nodes: &[Node]) -> Vec<HeadOf> {
    nodes
        .iter()
        .map(|node| HeadOf { id: graph.id(*node).clone(), labels: graph.labels_of(*node).to_vec() })
        .collect()
}

/// The revision that `text` names: an id, a label, or the beginning of exactly one of them
/// (within `branch`, where one is given).
pub(super) fn name(
    graph: &RevisionGraph,
    text: &str,
    branch: Option<&Branch>,
) -> Result<Node, TargetError> {
    let lineage = branch.map(|branch| lineage(graph, branch)).transpose()?;
    let node = match graph.by_name(text) {
        Some(node) => node,
        None => abbreviation(graph, text, lineage.as_ref())?,
    };
    match (branch, lineage) {
        (Some(branch), Some(lineage)) if !lineage.contains(node) => Err(TargetError::NotInBranch {
            text: text.to_owned(),
            id: graph.id(node).clone(),
            branch: branch.as_str().to_owned(),
        }),
        _ => Ok(node),
    }
}

fn abbreviation(
    graph: &RevisionGraph,
    text: &str,
    lineage: Option<&NodeSet>,
) -> Result<Node, TargetError> {
    let matches: Vec<(&str, Node)> = graph
        .names()
        .filter(|(name, _)| name.len() > SHORTEST_UNABBREVIATED && name.starts_with(text))
        .filter(|(_, node)| lineage.is_none_or(|lineage| lineage.contains(*node)))
        .collect();
    match matches.as_slice() {
        [(_, node)] => Ok(*node),
        [] => Err(TargetError::NoSuchRevision {
            text: text.to_owned(),
            nearest: nearest(text, graph.names().map(|(name, _)| name)).map(str::to_owned),
        }),
        several => Err(TargetError::AmbiguousPrefix {
            text: text.to_owned(),
            candidates: several.iter().map(|(name, _)| (*name).to_owned()).collect(),
        }),
    }
}

/// The revision that stands for `branch`: the one that declares the label, or the one named.
pub(super) fn branch_node(graph: &RevisionGraph, branch: &Branch) -> Result<Node, TargetError> {
    name(graph, branch.as_str(), None).map_err(|error| match error {
        TargetError::AmbiguousPrefix { .. } => error,
        _ => {
            let labels: Vec<BranchLabel> = graph.labels().map(|(label, _)| label.clone()).collect();
            TargetError::NoSuchBranch {
                text: branch.as_str().to_owned(),
                nearest: nearest(branch.as_str(), labels.iter().map(BranchLabel::as_str))
                    .map(str::to_owned),
                labels,
            }
        }
    })
}

/// The revisions that stand for `branch`: one, except where a part of a graph leaves out the
/// revision of a label.
pub(super) fn branch_starts(
    graph: &RevisionGraph,
    branch: &Branch,
) -> Result<Vec<Node>, TargetError> {
    let node = branch_node(graph, branch)?;
    let text = branch.as_str();
    let abbreviated = || {
        let mut labels = graph.labels().filter(|(_, start)| *start == node);
        labels.find(|(label, _)| label.as_str().starts_with(text)).map(|(label, _)| label.as_str())
    };
    let name = graph.by_name(text).map(|_| text).or_else(abbreviated);
    Ok(name.map_or_else(|| vec![node], |name| graph.branch_starts(name)))
}

/// Every revision on one line with `branch`.
pub(super) fn lineage(graph: &RevisionGraph, branch: &Branch) -> Result<NodeSet, TargetError> {
    Ok(graph.lineage(&branch_starts(graph, branch)?, Edges::Versioned))
}
