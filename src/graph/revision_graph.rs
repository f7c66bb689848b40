//! The graph itself: revisions, their edges, and the questions that need nothing but them.

use std::collections::HashMap;

use petgraph::Direction;
use petgraph::graph::DiGraph;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;

use super::error::EdgeKind;
use super::error::GraphWarning;
use super::id::BranchLabel;
use super::id::RevisionId;
use super::node::Node;
use super::node::NodeSet;
use super::revision::Revision;

/// Which edges a question follows. Alembic prefixes with `_real_` or `_all_` what follows both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// `down_revision` only: lineage, heads and bases as users speak of them.
    Versioned,
    /// `down_revision` and `depends_on`: what must be applied before what.
    All,
}

/// A revision in the graph, with what the graph adds to it.
#[derive(Debug, Clone)]
pub(super) struct Vertex {
    pub(super) revision: Revision,
    /// What `depends_on` resolved to, as written.
    pub(super) dependencies: Vec<Node>,
    /// Every label of its branch, declared here or elsewhere; sorted.
    pub(super) labels: Vec<BranchLabel>,
    /// The longest path down to a base of the whole graph, by all edges: an ancestor's is always
    /// smaller.
    pub(super) generation: u32,
}

/// Revisions joined by `down_revision` and `depends_on`: acyclic, every name unique and known.
///
/// Built by [`RevisionGraph::build`]. Everything it answers is deterministic: ties go by load
/// order, labels are sorted.
#[derive(Debug, Clone)]
pub struct RevisionGraph {
    /// Edges point from a revision to what it follows. They are added in such an order that
    /// petgraph, which lists the newest edge first, yields parents as written and children in
    /// load order.
    pub(super) graph: DiGraph<Vertex, EdgeKind>,
    /// Ids and labels share one namespace; a label stands for the revision that declares it.
    pub(super) names: HashMap<String, Node>,
    /// Labels in the order in which they were loaded, each with its revision.
    pub(super) labels: Vec<(BranchLabel, Node)>,
    /// In a part, where the revision of a label is left out and several begin its branch: these.
    pub(super) further_homes: HashMap<BranchLabel, Vec<Node>>,
    /// In a part, the place of each revision in the order of the whole.
    pub(super) ranks: Option<Vec<u32>>,
    pub(super) warnings: Vec<GraphWarning>,
}

impl RevisionGraph {
    /// How many revisions there are.
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.graph.node_count() == 0
    }

    /// What is worth mending in the files.
    pub fn warnings(&self) -> &[GraphWarning] {
        &self.warnings
    }

    /// All revisions, in load order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + use<> {
        (0..self.graph.node_count() as u32).map(Node)
    }

    fn vertex(&self, node: Node) -> &Vertex {
        &self.graph[NodeIndex::new(node.index())]
    }

    /// The revision as its file declares it.
    pub fn revision(&self, node: Node) -> &Revision {
        &self.vertex(node).revision
    }

    /// The identifier of `node`.
    pub fn id(&self, node: Node) -> &RevisionId {
        &self.vertex(node).revision.id
    }

    /// Every label of the branch of `node`, whether this revision declares it or not; sorted.
    pub fn labels_of(&self, node: Node) -> &[BranchLabel] {
        &self.vertex(node).labels
    }

    /// All branch labels with the revision that declares each, in load order.
    pub fn labels(&self) -> impl Iterator<Item = (&BranchLabel, Node)> {
        self.labels.iter().map(|(label, node)| (label, *node))
    }

    /// The revisions that a label or id stands for where a branch is meant. More than one only in
    /// a part that leaves out the revision of the label, if several begin its branch.
    pub fn branch_starts(&self, name: &str) -> Vec<Node> {
        match self.further_homes.get(name) {
            Some(homes) => homes.clone(),
            None => self.by_name(name).into_iter().collect(),
        }
    }

    /// The revisions that the `depends_on` of `node` names, in the order of the file.
    pub fn dependencies(&self, node: Node) -> &[Node] {
        &self.vertex(node).dependencies
    }

    /// The longest path from `node` down to a base of the whole graph.
    pub(super) fn generation(&self, node: Node) -> u32 {
        self.vertex(node).generation
    }

    /// The revision with exactly this id.
    pub fn find(&self, id: &RevisionId) -> Option<Node> {
        self.by_name(id.as_str()).filter(|node| self.id(*node) == id)
    }

    /// The revision that a name, an id or a label, stands for exactly.
    pub fn by_name(&self, name: &str) -> Option<Node> {
        self.names.get(name).copied()
    }

    /// Every name of the shared namespace that can be shortened: ids and labels, in load order,
    /// ids first.
    pub fn names(&self) -> impl Iterator<Item = (&str, Node)> {
        self.nodes()
            .map(|node| (self.id(node).as_str(), node))
            .chain(self.labels.iter().map(|(label, node)| (label.as_str(), *node)))
    }

    fn neighbors(
        &self,
        node: Node,
        direction: Direction,
        edges: Edges,
    ) -> impl Iterator<Item = Node> {
        self.graph
            .edges_directed(NodeIndex::new(node.index()), direction)
            .filter(move |edge| edges == Edges::All || *edge.weight() == EdgeKind::DownRevision)
            .map(move |edge| match direction {
                Direction::Outgoing => edge.target(),
                Direction::Incoming => edge.source(),
            })
            .map(|index| Node(index.index() as u32))
    }

    /// What `node` directly follows: its down_revisions as written, then its dependencies (each
    /// once, and not those that are down_revisions too).
    pub fn parents(&self, node: Node, edges: Edges) -> impl Iterator<Item = Node> {
        self.neighbors(node, Direction::Outgoing, edges)
    }

    /// What directly follows `node`, in load order.
    pub fn children(&self, node: Node, edges: Edges) -> impl Iterator<Item = Node> {
        self.neighbors(node, Direction::Incoming, edges)
    }

    /// Revisions that nothing follows. By all edges these are the rows of a fully upgraded
    /// database; by versioned edges also "effective heads", which something depends on.
    pub fn heads(&self, edges: Edges) -> Vec<Node> {
        self.nodes().filter(|node| self.is_head(*node, edges)).collect()
    }

    /// Revisions that follow nothing.
    pub fn bases(&self, edges: Edges) -> Vec<Node> {
        self.nodes().filter(|node| self.parents(*node, edges).next().is_none()).collect()
    }

    /// Whether nothing follows `node`.
    pub fn is_head(&self, node: Node, edges: Edges) -> bool {
        self.children(node, edges).next().is_none()
    }

    /// Whether several revisions follow `node`.
    pub fn is_branch_point(&self, node: Node, edges: Edges) -> bool {
        self.children(node, edges).nth(1).is_some()
    }

    /// Whether `node` has several down_revisions.
    pub fn is_merge_point(&self, node: Node) -> bool {
        self.revision(node).down_revisions.len() > 1
    }

    /// The empty set of revisions of this graph.
    pub fn no_nodes(&self) -> NodeSet {
        NodeSet::with_size(self.len())
    }
}
