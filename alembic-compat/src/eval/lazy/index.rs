//! The statements of a module by the names that they bind and read.
//!
//! A statement reaches the names that it reads, those that the functions read which it mentions,
//! and so on. Where registrations follow on each other every statement reaches what stands before
//! it: lists of what each one reaches would have the square of their number. What is asked is
//! asked of all at once instead: which names some statements reach, and which reach some names.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::eval::facts::Facts;

/// Statements and names by their numbers.
#[derive(Debug)]
pub(super) struct Index<'t> {
    ids: BTreeMap<&'t str, usize>,
    /// The names that a statement binds.
    pub(super) binds: Vec<Vec<usize>>,
    /// The statements that read a name, when they run or later.
    readers: Vec<Vec<usize>>,
    pub(super) links: Links,
}

/// What leads from a statement to names, and from a name to the statements that bind it.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The statements that bind a name.
    pub(super) binders: Vec<Vec<usize>>,
    /// What a statement reads when it runs.
    pub(super) reads: Vec<Vec<usize>>,
    /// What functions in a statement read when they are called.
    pub(super) later: Vec<Vec<usize>>,
}

/// What is reached.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) names: Vec<bool>,
    /// The statements that bind these names.
    pub(super) binders: Vec<bool>,
}

impl<'t> Index<'t> {
    pub(super) fn of(facts: &[Facts<'t>]) -> Self {
        let mut index = Self {
            ids: BTreeMap::new(),
            binds: Vec::new(),
            readers: Vec::new(),
            links: Links::default(),
        };
        for (at, fact) in facts.iter().enumerate() {
            let binds = index.numbers(&fact.binds);
            let reads = index.numbers(&fact.reads);
            let later = index.numbers(&fact.later);
            for name in &binds {
                index.links.binders[*name].push(at);
            }
            for name in reads.iter().chain(&later) {
                index.readers[*name].push(at);
            }
            index.binds.push(binds);
            index.links.reads.push(reads);
            index.links.later.push(later);
        }
        index
    }

    fn numbers(&mut self, names: &BTreeSet<&'t str>) -> Vec<usize> {
        let number = |name: &&'t str| {
            let next = self.ids.len();
            let number = *self.ids.entry(*name).or_insert(next);
            if number == next {
                self.readers.push(Vec::new());
                self.links.binders.push(Vec::new());
            }
            number
        };
        names.iter().map(number).collect()
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The numbers of those among some names that are known: all that a statement binds or reads.
    pub(super) fn known<'s>(
        &'s self,
        names: impl IntoIterator<Item = &'s &'t str> + 's,
    ) -> impl Iterator<Item = usize> + 's {
        names.into_iter().filter_map(|name| self.ids.get(*name).copied())
    }

    /// The names with their numbers.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'t str, usize)> {
        self.ids.iter().map(|(name, number)| (*name, *number))
    }

    /// The names that reach one of these, and these.
    pub(super) fn reaching(&self, names: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut found = vec![false; self.len()];
        let mut seen = vec![false; self.binds.len()];
        let mut open: Vec<usize> = names.into_iter().collect();
        while let Some(name) = open.pop() {
            if std::mem::replace(&mut found[name], true) {
                continue;
            }
            for reader in &self.readers[name] {
                if !std::mem::replace(&mut seen[*reader], true) {
                    open.extend(&self.binds[*reader]);
                }
            }
        }
        found
    }

    /// Whether a statement reads one of these names when it runs.
    pub(super) fn reads_any(&self, at: usize, names: &[bool]) -> bool {
        self.links.reads[at].iter().any(|name| names[*name])
    }

    /// Whether a name is bound, and all that bind it are such statements.
    pub(super) fn is_bound_by_all(&self, name: usize, is_such: impl Fn(usize) -> bool) -> bool {
        let binders = &self.links.binders[name];
        !binders.is_empty() && binders.iter().all(|at| is_such(*at))
    }

    /// The names of which some binder is such a statement.
    pub(super) fn bound_by(&self, is_such: impl Fn(usize) -> bool) -> Vec<bool> {
        self.links.binders.iter().map(|binders| binders.iter().any(|at| is_such(*at))).collect()
    }
}

impl Links {
    /// What is reached from statements when they run.
    pub(super) fn reached(&self, statements: impl IntoIterator<Item = usize>) -> Reached {
        let mut names = vec![false; self.binders.len()];
        let mut binders = vec![false; self.reads.len()];
        let statements = statements.into_iter();
        let mut open: Vec<usize> =
            statements.flat_map(|at| self.reads[at].iter().copied()).collect();
        while let Some(name) = open.pop() {
            if std::mem::replace(&mut names[name], true) {
                continue;
            }
            for at in &self.binders[name] {
                if !std::mem::replace(&mut binders[*at], true) {
                    open.extend(self.reads[*at].iter().chain(&self.later[*at]));
                }
            }
        }
        Reached { names, binders }
    }
}
