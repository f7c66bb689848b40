//! Topological order, newest first, as Alembic's `_topological_sort` defines it (section 3.3 of
//! its reference), so that plans and listings agree with Alembic's to the line.
//!
//! The walk goes down one line from the head that was loaded first. A revision waits until
//! everything above it has been listed: the walk then goes on at the first head above it. At a
//! merge it follows the first parent and keeps the others for later.
//!
//! Alembic recomputes the ancestors of every head at every fork, which is quadratic. Here the
//! question "is there a head above this revision?" is answered by looking upwards over what lies
//! below a head and has not been listed yet. That is little, since the walk has come from there.
//!
//! A part of a graph is listed as the whole is: the plans of several databases never disagree
//! about what comes first.

use super::node::Node;
use super::node::NodeSet;
use super::revision_graph::Edges;
use super::revision_graph::RevisionGraph;

impl RevisionGraph {
    /// The members of `selection`, each after everything that follows it. `heads` are where the
    /// walk may start: every member of `selection` must be one of them or an ancestor of one.
    pub fn topological_order(&self, selection: &NodeSet, heads: &[Node]) -> Vec<Node> {
        if let Some(ranks) = &self.ranks {
            let mut order: Vec<Node> = selection.iter().collect();
            order.sort_unstable_by_key(|node| ranks[node.index()]);
            return order;
        }
        let mut walk = Walk {
            graph: self,
            todo: selection.clone(),
            listed: self.no_nodes(),
            below_heads: self.ancestors(heads.iter().copied(), Edges::All),
            is_head: self.no_nodes(),
            heads: Vec::new(),
        };
        let mut starts: Vec<Node> =
            heads.iter().copied().filter(|head| selection.contains(*head)).collect();
        starts.sort_unstable();
        starts.dedup();
        for start in starts {
            walk.is_head.insert(start);
            walk.heads.push(start);
        }
        walk.run()
    }
}

struct Walk<'a> {
    graph: &'a RevisionGraph,
    /// Selected and not listed yet.
    todo: NodeSet,
    listed: NodeSet,
    /// Where a head can be met on the way up.
    below_heads: NodeSet,
    /// The members of `heads`, as a set.
    is_head: NodeSet,
    heads: Vec<Node>,
}

impl Walk<'_> {
    fn run(mut self) -> Vec<Node> {
        let mut output = Vec::with_capacity(self.todo.len());
        let mut at = 0;
        while let Some(candidate) = self.heads.get(at).copied() {
            if let Some(above) = self.first_head_above(candidate) {
                at = above;
                continue;
            }
            if self.todo.contains(candidate) {
                self.todo.remove(candidate);
                self.listed.insert(candidate);
                output.push(candidate);
            }
            self.is_head.remove(candidate);
            let mut next = self
                .graph
                .normalized_parents(candidate)
                .into_iter()
                .filter(|parent| self.todo.contains(*parent) && !self.is_head.contains(*parent))
                .collect::<Vec<_>>()
                .into_iter();
            match next.next() {
                Some(first) => {
                    self.heads[at] = first;
                    self.is_head.insert(first);
                    for other in next {
                        self.is_head.insert(other);
                        self.heads.push(other);
                    }
                }
                None => {
                    self.heads.remove(at);
                    at = at.saturating_sub(1);
                }
            }
        }
        output
    }

    /// The position of the first head that `candidate` is an ancestor of.
    fn first_head_above(&self, candidate: Node) -> Option<usize> {
        let mut seen: Option<NodeSet> = None;
        let mut found: Option<NodeSet> = None;
        let mut todo: Vec<Node> = self.graph.children(candidate, Edges::All).collect();
        while let Some(node) = todo.pop() {
            // What follows a listed revision has been listed, or was never selected.
            if self.listed.contains(node) || !self.below_heads.contains(node) {
                continue;
            }
            let seen = seen.get_or_insert_with(|| self.graph.no_nodes());
            if !seen.insert(node) {
                continue;
            }
            if self.is_head.contains(node) {
                found.get_or_insert_with(|| self.graph.no_nodes()).insert(node);
            }
            todo.extend(self.graph.children(node, Edges::All));
        }
        found.and_then(|found| self.heads.iter().position(|head| found.contains(*head)))
    }
}
