//! How far a branch label reaches (section 3.2 of Alembic's reference).

use petgraph::graph::NodeIndex;

use super::node::Node;
use super::node::NodeSet;
use super::revision_graph::Edges;
use super::revision_graph::RevisionGraph;

impl RevisionGraph {
    /// Gives every revision the labels of its branch.
    ///
    /// A label goes to the revision that declares it and to all that follow it by down_revision,
    /// straight through merge points. It goes down to ancestors only where the branch is a plain
    /// chain from its tip: to the first branch point (counting dependants) or merge point, which
    /// no longer belongs to one branch alone.
    pub(super) fn propagate_labels(&mut self) {
        for (label, declaring) in std::mem::take(&mut self.labels) {
            let further = self.further_homes.get(&label);
            let homes = further.map_or(std::slice::from_ref(&declaring), Vec::as_slice);
            let mut branch = self.descendants(homes.iter().copied(), Edges::Versioned);
            if further.is_none() && self.is_plain_chain_above(declaring) {
                self.add_chain_below(declaring, &mut branch);
            }
            for node in branch.iter() {
                let labels = &mut self.graph[NodeIndex::new(node.index())].labels;
                if let Err(at) = labels.binary_search(&label) {
                    labels.insert(at, label.clone());
                }
            }
            self.labels.push((label, declaring));
        }
    }

    fn ends_a_chain(&self, node: Node) -> bool {
        self.is_branch_point(node, Edges::All) || self.is_merge_point(node)
    }

    fn is_plain_chain_above(&self, start: Node) -> bool {
        let mut node = start;
        loop {
            if self.ends_a_chain(node) {
                return false;
            }
            match self.children(node, Edges::Versioned).next() {
                Some(child) => node = child,
                None => return true,
            }
        }
    }

    fn add_chain_below(&self, start: Node, branch: &mut NodeSet) {
        let mut node = start;
        while let Some(parent) = self.parents(node, Edges::Versioned).next() {
            if self.ends_a_chain(parent) {
                break;
            }
            branch.insert(parent);
            node = parent;
        }
    }
}
