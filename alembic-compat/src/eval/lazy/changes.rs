//! What a statement may change besides the names that it binds and mentions.
//!
//! Only for a statement that fails does somebody ask.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::eval::facts::Facts;
use crate::eval::facts::Kind;

use super::index::Index;
use super::index::Links;
use super::shared::Shared;

/// What the statements of a module may change of its shared names.
#[derive(Debug, Default)]
pub(in crate::eval) struct Changes {
    /// The statements among those that do something, by their places in the module.
    numbers: BTreeMap<usize, usize>,
    /// The shared names by their numbers.
    names: BTreeMap<usize, String>,
    statements: Vec<Changed>,
    /// Those of them that change something for whoever reaches them.
    changing: Vec<usize>,
    links: Links,
}

/// The shared names that a statement may change.
#[derive(Debug, Default)]
pub(in crate::eval) struct ChangedNames<'c> {
    pub(in crate::eval) names: BTreeSet<&'c str>,
    /// Classes that it may change, or tell of a class.
    pub(in crate::eval) classes: BTreeSet<&'c str>,
}

/// What a statement may change.
#[derive(Debug)]
struct Changed {
    is_function: bool,
    sets: Vec<usize>,
    /// What it hands to calls.
    handed: Vec<usize>,
    /// What functions in it hand to calls.
    handed_later: Vec<usize>,
    /// Classes that learn of the class that it is.
    told: Vec<usize>,
}

impl Changes {
    pub(super) fn of<'t>(
        facts: &[Facts<'t>],
        index: Index<'t>,
        shared: &Shared,
        telling: &BTreeSet<&'t str>,
    ) -> Self {
        let known = |names: &BTreeSet<&'t str>| -> Vec<usize> {
            index.known(names).filter(|name| shared.names[*name]).collect()
        };
        let changed = |fact: &Facts<'t>| Changed {
            is_function: fact.kind == Kind::Function,
            sets: known(&fact.sets),
            handed: known(&fact.handed),
            handed_later: known(&fact.handed_later),
            told: known(&(&fact.bases & telling)),
        };
        let statements: Vec<Changed> = facts.iter().map(changed).collect();
        let is_changing =
            |changed: &Changed| !changed.sets.is_empty() || !changed.handed_later.is_empty();
        let changing = (0..statements.len()).filter(|at| is_changing(&statements[*at])).collect();
        let names = index.names().filter(|(_, number)| shared.names[*number]);
        Self {
            numbers: facts.iter().enumerate().map(|(number, fact)| (fact.at, number)).collect(),
            names: names.map(|(name, number)| (number, name.to_owned())).collect(),
            statements,
            changing,
            links: index.links,
        }
    }

    /// What a statement may change, itself or through what it reads.
    pub(in crate::eval) fn by(&self, statement: usize) -> ChangedNames<'_> {
        let Some(number) = self.numbers.get(&statement) else { return ChangedNames::default() };
        let own = &self.statements[*number];
        let mut sets: BTreeSet<usize> = BTreeSet::new();
        let mut handed: BTreeSet<usize> = own.handed.iter().copied().collect();
        if !own.is_function {
            sets.extend(&own.sets);
        }
        let reached = self.links.reached([*number]).binders;
        for at in self.changing.iter().filter(|at| reached[**at]) {
            sets.extend(&self.statements[*at].sets);
            handed.extend(&self.statements[*at].handed_later);
        }
        ChangedNames {
            names: self.texts(sets.iter().chain(&handed)),
            classes: self.texts(sets.iter().chain(&own.told)),
        }
    }

    fn texts<'n>(&self, names: impl Iterator<Item = &'n usize>) -> BTreeSet<&str> {
        names.filter_map(|name| self.names.get(name)).map(String::as_str).collect()
    }
}
