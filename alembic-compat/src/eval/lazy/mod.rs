//! Which statements of a project's module a name needs.
//!
//! The modules of a project hold much that a migration has no use for: applications, routes,
//! settings, clients. They are run by need: a name runs the statements that say its value, and
//! nothing else. Most names are bound by one statement and never changed; where several statements
//! touch a name, or one that it is made of, these run together in their order, so that the value is
//! the one that Python would have at the end of the file.

mod changes;
mod groups;
mod index;
mod shared;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python::Stmt;
use crate::python::StmtKind;

use super::facts::Facts;
use super::facts::Kind;
use super::facts::Names;
use super::facts::facts;
use super::type_names::types_of;

use self::changes::Changes;
use self::groups::Groups;
use self::index::Index;
use self::shared::Shared;

/// The parts that a module falls into.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Statements that run together, in order.
    pub(super) parts: Vec<Vec<usize>>,
    /// The part that says the value of each name.
    pub(super) owners: BTreeMap<String, usize>,
    /// The part with `from … import *`, which may bind any name.
    pub(super) star: Option<usize>,
    /// Parts that change something outside of the module, and run when it is loaded.
    pub(super) at_load: Vec<usize>,
    pub(super) changes: Changes,
    /// Statements that may change any name.
    pub(super) changes_all: BTreeSet<usize>,
}

/// Which statements a module is run without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    Nothing,
    /// Those that do something with `alembic`.
    Alembic,
}

/// Finds the parts of a module.
pub(super) fn plan(body: &[Stmt], skip: Skip) -> Plan {
    let types = types_of(body);
    let mut facts: Vec<Facts<'_>> =
        body.iter().enumerate().filter_map(|(at, stmt)| facts(at, stmt, &types)).collect();
    let attributes: BTreeSet<&str> =
        facts.iter().flat_map(|fact| fact.attributes.iter().copied()).collect();
    for fact in facts.iter_mut().filter(|fact| !fact.set_by.is_disjoint(&attributes)) {
        fact.sets.extend(fact.binds.iter().copied());
    }
    if skip == Skip::Alembic {
        leave_out_alembic(&mut facts, body);
    }
    let index = Index::of(&facts);
    let telling = telling_classes(&facts);
    let shared = Shared::of(&facts, &index, &telling);
    let mut groups = Groups::of(&facts, &index, &shared);
    let last_star = facts.iter().rposition(|fact| fact.kind == Kind::Star);
    // What looks at all names sees those that were bound before it.
    let names = names(&facts, &index);
    let is_one = names.iter().any(|names| *names != Names::Nothing);
    for (at, fact) in facts.iter().enumerate() {
        let is_before = last_star.is_some_and(|star| at < star) && !fact.binds.is_empty();
        if is_one || is_before || fact.kind == Kind::Star {
            groups.join_all_names(at);
        }
    }
    let is_import: Vec<bool> = (0..index.len())
        .map(|name| index.is_bound_by_all(name, |at| facts[at].kind == Kind::Import))
        .collect();
    let mut plan = Plan::default();
    let mut part_of: BTreeMap<usize, usize> = BTreeMap::new();
    let mut at_load = BTreeSet::new();
    for (at, fact) in facts.iter().enumerate() {
        let part = *part_of.entry(groups.root(at)).or_insert_with(|| {
            plan.parts.push(Vec::new());
            plan.parts.len() - 1
        });
        plan.parts[part].push(fact.at);
        for name in &fact.binds {
            plan.owners.insert((*name).to_owned(), part);
        }
        if fact.kind == Kind::Star || names[at] == Names::Changed {
            plan.star = Some(part);
        }
        if names[at] == Names::Changed {
            plan.changes_all.insert(fact.at);
        }
        let is_outside = fact.environment || index.known(&fact.sets).any(|name| is_import[name]);
        if fact.kind == Kind::Effect && is_outside && at_load.insert(part) {
            plan.at_load.push(part);
        }
    }
    plan.changes = Changes::of(&facts, index, &shared, &telling);
    plan
}

/// Leaves out the statements that do something with `alembic`.
fn leave_out_alembic(facts: &mut Vec<Facts<'_>>, body: &[Stmt]) {
    let index = Index::of(facts);
    let alembic: BTreeSet<&str> = body.iter().flat_map(of_alembic).collect();
    let reaching = index.reaching(index.known(&alembic));
    let reaches: Vec<bool> = (0..facts.len()).map(|at| index.reads_any(at, &reaching)).collect();
    let mut reaches = reaches.into_iter();
    facts.retain(|fact| {
        let reaches = reaches.next().is_some_and(|reaches| reaches);
        fact.kind != Kind::Effect || !reaches
    });
}

/// The names that an import from `alembic` binds.
fn of_alembic(stmt: &Stmt) -> Vec<&str> {
    let is_alembic = |module: &str| module == "alembic" || module.starts_with("alembic.");
    match &stmt.kind {
        StmtKind::Import(names) => {
            let names = names.iter().filter(|name| is_alembic(&name.name));
            names.map(|name| name.bound()).collect()
        }
        StmtKind::ImportFrom { level: 0, module: Some(module), names } if is_alembic(module) => {
            names.iter().map(|name| name.bound()).collect()
        }
        _ => Vec::new(),
    }
}

/// What the statements do with the names of the module as a whole.
fn names(facts: &[Facts<'_>], index: &Index<'_>) -> Vec<Names> {
    let reaching = |what: Names| {
        let bound = index.bound_by(|at| facts[at].names_later >= what);
        index.reaching((0..index.len()).filter(|name| bound[*name]))
    };
    let (reading, changing) = (reaching(Names::Read), reaching(Names::Changed));
    let of_fact = |(at, fact): (usize, &Facts<'_>)| match fact.names {
        own if fact.kind == Kind::Function => own,
        _ if index.reads_any(at, &changing) => Names::Changed,
        own if index.reads_any(at, &reading) => own.max(Names::Read),
        own => own,
    };
    facts.iter().enumerate().map(of_fact).collect()
}

/// The names of classes that run code when a class is derived from them.
fn telling_classes<'t>(facts: &[Facts<'t>]) -> BTreeSet<&'t str> {
    let mut telling = BTreeSet::new();
    // A class stands behind those that it is derived from.
    for fact in facts {
        if fact.tells || !fact.bases.is_disjoint(&telling) {
            telling.extend(&fact.binds);
        }
    }
    telling
}
