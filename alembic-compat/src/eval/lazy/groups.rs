//! Statements that touch the same shared name belong together.

use crate::eval::facts::Facts;
use crate::eval::facts::Kind;

use super::index::Index;
use super::shared::Shared;

/// Statements that belong together have the same root.
#[derive(Debug)]
pub(super) struct Groups {
    /// What stands above each statement, each name, each statement as what binds a name, and what
    /// concerns all names.
    above: Vec<usize>,
}

impl Groups {
    /// Puts together what touches the same shared name: statements that bind it, set it, or reach
    /// it when they run.
    pub(super) fn of<'t>(facts: &[Facts<'t>], index: &Index<'t>, shared: &Shared) -> Self {
        let (statements, names) = (facts.len(), index.len());
        let mut groups = Self { above: (0..=2 * statements + names).collect() };
        let name = |name: usize| statements + name;
        let binder = |at: usize| statements + names + at;
        for (at, fact) in facts.iter().enumerate() {
            let binds = index.binds[at].iter().copied();
            binds.filter(|bound| shared.names[*bound]).for_each(|it| groups.join(at, name(it)));
            if !matches!(fact.kind, Kind::Import | Kind::Function) {
                let sets = index.known(&fact.sets).filter(|set| shared.names[*set]);
                sets.for_each(|set| groups.join(at, name(set)));
            }
            if fact.kind != Kind::Import {
                let reads = index.links.reads[at].iter().filter(|read| shared.reaching[**read]);
                reads.for_each(|read| groups.join(at, name(*read)));
            }
        }
        // A name that a statement reaches stands for the shared ones that it reaches itself.
        let running = (0..statements).filter(|at| facts[*at].kind != Kind::Import);
        let reached = index.links.reached(running);
        for at in (0..statements).filter(|at| reached.binders[*at]) {
            let reads = index.links.reads[at].iter().chain(&index.links.later[at]);
            let mut reads = reads.filter(|read| shared.reaching[**read]).peekable();
            if reads.peek().is_some() {
                let bound = index.binds[at].iter().filter(|bound| reached.names[**bound]);
                bound.for_each(|bound| groups.join(binder(at), name(*bound)));
                reads.for_each(|read| groups.join(binder(at), name(*read)));
            }
        }
        groups
    }

    /// Puts a statement to those that concern all names.
    pub(super) fn join_all_names(&mut self, at: usize) {
        self.join(at, self.above.len() - 1);
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.above[a.max(b)] = a.min(b);
    }

    /// What stands for the group of a statement.
    pub(super) fn root(&mut self, at: usize) -> usize {
        let mut root = at;
        while self.above[root] != root {
            root = self.above[root];
        }
        // Later searches are short.
        let mut at = at;
        while self.above[at] != root {
            at = std::mem::replace(&mut self.above[at], root);
        }
        root
    }
}
