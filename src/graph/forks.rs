//! Branches with several heads that nobody has given names of their own.

use super::id::BranchLabel;
use super::node::Node;
use super::revision_graph::Edges;
use super::revision_graph::RevisionGraph;

/// Heads of one branch, of which `head` cannot choose one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The label of the branch; `None` for heads that have none.
    pub label: Option<BranchLabel>,
    /// The heads, at least two.
    pub heads: Vec<Node>,
}

impl RevisionGraph {
    /// Every branch with several heads, unless each of them has a label that the others have not:
    /// then they are branches within the branch, and meant. Heads without any label count as those
    /// of one branch, whether or not they have a common beginning.
    #[must_use]
    pub fn forks(&self) -> Vec<Fork> {
        let heads = self.heads(Edges::Versioned);
        let of_label = |label: &BranchLabel| -> Vec<Node> {
            heads.iter().copied().filter(|head| self.labels_of(*head).contains(label)).collect()
        };
        let unlabelled: Vec<Node> =
            heads.iter().copied().filter(|head| self.labels_of(*head).is_empty()).collect();
        let labelled = self.labels().filter_map(|(label, _)| {
            let own = of_label(label);
            let is_meant = own.iter().all(|head| {
                let is_its_own = |other: &BranchLabel| {
                    own.iter().filter(|head| self.labels_of(**head).contains(other)).count() == 1
                };
                self.labels_of(*head).iter().any(is_its_own)
            });
            (own.len() > 1 && !is_meant).then(|| Fork { label: Some(label.clone()), heads: own })
        });
        let without = (unlabelled.len() > 1).then_some(Fork { label: None, heads: unlabelled });
        without.into_iter().chain(labelled).collect()
    }

    /// Whether some revision lies below two of `nodes`.
    #[must_use]
    pub fn have_grown_apart(&self, nodes: &[Node]) -> bool {
        let mut seen = self.no_nodes();
        nodes.iter().any(|node| {
            let below = self.ancestors([*node], Edges::Versioned);
            let is_shared = below.iter().any(|node| seen.contains(node));
            seen.union_with(&below);
            is_shared
        })
    }
}
