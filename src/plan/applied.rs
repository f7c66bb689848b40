//! The applied revisions while a plan is made: the law of the version table at work.
//!
//! The rows are the maximal elements of the applied set, counting dependencies. So applying a
//! revision replaces those of its parents that are rows, and reverting one brings back those of
//! its parents that nothing else applied follows. No other rules are needed; Alembic's five
//! (section 3.5 of its reference) follow from it.

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;

use super::step::Direction;
use super::step::Plan;
use super::step::Step;
use crate::graph::Heads;

pub(super) struct Applied<'a> {
    graph: &'a RevisionGraph,
    applied: NodeSet,
    rows: NodeSet,
    plan: Plan,
}

impl<'a> Applied<'a> {
    /// Starts at `rows`, whatever they are: hand-made rows that follow one another are kept.
    pub(super) fn from_rows(graph: &'a RevisionGraph, rows: &[Node]) -> Self {
        let mut row_set = graph.no_nodes();
        for row in rows {
            row_set.insert(*row);
        }
        let before = heads(graph, &row_set);
        Applied {
            graph,
            applied: graph.ancestors(rows.iter().copied(), Edges::All),
            rows: row_set,
            plan: Plan { before, steps: Vec::new() },
        }
    }

    pub(super) fn set(&self) -> &NodeSet {
        &self.applied
    }

    pub(super) fn upgrade(&mut self, node: Node) {
        self.applied.insert(node);
        for parent in self.graph.parents(node, Edges::All) {
            self.rows.remove(parent);
        }
        self.rows.insert(node);
        self.push(Direction::Upgrade, node);
    }

    pub(super) fn downgrade(&mut self, node: Node) {
        self.applied.remove(node);
        self.rows.remove(node);
        for parent in self.graph.parents(node, Edges::All) {
            let is_followed =
                self.graph.children(parent, Edges::All).any(|child| self.applied.contains(child));
            if !is_followed {
                self.rows.insert(parent);
            }
        }
        self.push(Direction::Downgrade, node);
    }

    fn push(&mut self, direction: Direction, node: Node) {
        let revision = self.graph.revision(node);
        let here = vec![revision.id.clone()];
        let below = revision.down_revisions.clone();
        let (from, to) = match direction {
            Direction::Downgrade => (here, below),
            Direction::Upgrade | Direction::Stamp => (below, here),
        };
        let before = self.plan.after().clone();
        self.plan.steps.push(Step {
            direction,
            revision: Some(revision.id.clone()),
            from,
            to,
            doc: revision.doc().to_owned(),
            before,
            after: heads(self.graph, &self.rows),
        });
    }

    pub(super) fn into_plan(self) -> Plan {
        self.plan
    }
}

fn heads(graph: &RevisionGraph, rows: &NodeSet) -> Heads {
    rows.iter().map(|node| graph.id(node).clone()).collect()
}
