//! Handles of revisions inside one graph, and sets of them.

use fixedbitset::FixedBitSet;

/// A revision of one particular graph. Nodes compare in load order, which is the tie-breaker
/// wherever the graph itself leaves an order open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node(pub(super) u32);

impl Node {
    /// Its place in load order, from 0.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of revisions of one graph, iterated in load order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSet(FixedBitSet);

impl NodeSet {
    /// The empty set, with room for a graph of `size` revisions.
    pub(super) fn with_size(size: usize) -> Self {
        NodeSet(FixedBitSet::with_capacity(size))
    }

    /// Whether `node` is a member.
    pub fn contains(&self, node: Node) -> bool {
        self.0.contains(node.index())
    }

    /// Adds `node`; whether it was new.
    pub fn insert(&mut self, node: Node) -> bool {
        !self.0.put(node.index())
    }

    /// Takes `node` out.
    pub fn remove(&mut self, node: Node) {
        self.0.set(node.index(), false);
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.0.is_clear()
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.count_ones(..)
    }

    /// The members, in load order.
    pub fn iter(&self) -> impl Iterator<Item = Node> {
        self.0.ones().map(|index| Node(index as u32))
    }

    /// Keeps only what is in `other` too.
    pub fn intersect_with(&mut self, other: &NodeSet) {
        self.0.intersect_with(&other.0);
    }

    /// Takes out what is in `other`.
    pub fn subtract(&mut self, other: &NodeSet) {
        self.0.difference_with(&other.0);
    }

    /// Adds what is in `other`.
    pub fn union_with(&mut self, other: &NodeSet) {
        self.0.union_with(&other.0);
    }
}
