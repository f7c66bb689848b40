//! Ancestors, descendants and lineage.

use super::node::Node;
use super::node::NodeSet;
use super::revision_graph::Edges;
use super::revision_graph::RevisionGraph;

impl RevisionGraph {
    /// `nodes` and everything they follow, however far.
    pub fn ancestors(&self, nodes: impl IntoIterator<Item = Node>, edges: Edges) -> NodeSet {
        self.reach(nodes, |graph, node, todo| todo.extend(graph.parents(node, edges)))
    }

    /// `nodes` and everything that follows them, however far.
    pub fn descendants(&self, nodes: impl IntoIterator<Item = Node>, edges: Edges) -> NodeSet {
        self.reach(nodes, |graph, node, todo| todo.extend(graph.children(node, edges)))
    }

    fn reach(
        &self,
        nodes: impl IntoIterator<Item = Node>,
        next: impl Fn(&Self, Node, &mut Vec<Node>),
    ) -> NodeSet {
        let mut seen = self.no_nodes();
        let mut todo: Vec<Node> = nodes.into_iter().collect();
        while let Some(node) = todo.pop() {
            if seen.insert(node) {
                next(self, node, &mut todo);
            }
        }
        seen
    }

    /// Whether `descendant` follows `ancestor`, by one step or more, by all edges.
    pub fn is_ancestor(&self, ancestor: Node, descendant: Node) -> bool {
        self.follows(ancestor, descendant, Edges::All)
    }

    pub(super) fn follows(&self, ancestor: Node, descendant: Node, edges: Edges) -> bool {
        let floor = self.generation(ancestor);
        let mut seen = self.no_nodes();
        let mut todo = vec![descendant];
        while let Some(node) = todo.pop() {
            for parent in self.parents(node, edges) {
                if parent == ancestor {
                    return true;
                }
                // Below the ancestor's own generation it cannot be met any more.
                if self.generation(parent) > floor && seen.insert(parent) {
                    todo.push(parent);
                }
            }
        }
        false
    }

    /// The revisions on one line with any of `nodes`: their ancestors and descendants, and they
    /// themselves. With [`Edges::Versioned`] this is the lineage, or branch, of the nodes.
    pub fn lineage(&self, nodes: &[Node], edges: Edges) -> NodeSet {
        let mut set = self.ancestors(nodes.iter().copied(), edges);
        set.union_with(&self.descendants(nodes.iter().copied(), edges));
        set
    }

    /// The members of `set` that no other member follows, by all edges. `set` must hold the
    /// ancestors of its members, as every set of applied revisions does.
    pub fn maximal(&self, set: &NodeSet) -> Vec<Node> {
        set.iter()
            .filter(|node| !self.children(*node, Edges::All).any(|child| set.contains(child)))
            .collect()
    }

    /// The parents of `node` that the order goes by: its down_revisions, then the
    /// dependencies that no ancestor (by down_revision) has named already (Alembic:
    /// `_normalized_down_revisions`).
    pub fn normalized_parents(&self, node: Node) -> Vec<Node> {
        let mut parents: Vec<Node> = self.parents(node, Edges::Versioned).collect();
        if self.dependencies(node).is_empty() {
            return parents;
        }
        for dependency in self.dependencies(node) {
            // Nearly always nobody else names it, and no ancestor needs to be looked at.
            let named_below = self.children(*dependency, Edges::All).any(|child| {
                child != node
                    && self.dependencies(child).contains(dependency)
                    && self.follows(child, node, Edges::Versioned)
            });
            if !named_below && !parents.contains(dependency) {
                parents.push(*dependency);
            }
        }
        parents
    }
}
