//! The names whose value depends on the order of statements.

use std::collections::BTreeSet;

use crate::eval::facts::Facts;
use crate::eval::facts::Kind;

use super::index::Index;

/// Names that are shared, by their numbers.
pub(super) struct Shared {
    pub(super) names: Vec<bool>,
    /// Those that reach a shared one, and these themselves.
    pub(super) reaching: Vec<bool>,
}

impl Shared {
    /// Finds them. `telling` are classes that run code when a class is derived from them.
    pub(super) fn of<'t>(
        facts: &[Facts<'t>],
        index: &Index<'t>,
        telling: &BTreeSet<&'t str>,
    ) -> Self {
        let kinds = |wanted: &'static [Kind]| {
            (0..facts.len()).filter(move |at| wanted.contains(&facts[*at].kind))
        };
        let is_variable =
            index.bound_by(|at| matches!(facts[at].kind, Kind::Binding | Kind::Effect));
        let mut names: Vec<bool> =
            index.links.binders.iter().map(|binders| binders.len() > 1).collect();
        // What some function changes.
        let mut is_changed = vec![false; index.len()];
        for fact in facts {
            for name in index.known(fact.sets.iter().chain(&fact.handed_later)) {
                is_changed[name] = true;
            }
        }
        let by_effects = index.links.reached(kinds(&[Kind::Effect])).names;
        let by_values = index.links.reached(kinds(&[Kind::Binding, Kind::Function])).names;
        for name in 0..names.len() {
            names[name] |=
                is_variable[name] && (by_effects[name] || by_values[name] && is_changed[name]);
        }
        let last_star = facts.iter().rposition(|fact| fact.kind == Kind::Star);
        for (at, fact) in facts.iter().enumerate() {
            match fact.kind {
                Kind::Star | Kind::Import => {}
                Kind::Effect => {
                    let set = index.known(&fact.sets);
                    let set = set.filter(|name| !index.links.binders[*name].is_empty());
                    index.binds[at].iter().copied().chain(set).for_each(|name| names[name] = true);
                }
                Kind::Binding | Kind::Function => {
                    let handed = index.known(&fact.handed);
                    let used_up = index.known(&fact.used_up).filter(|name| {
                        !index.is_bound_by_all(*name, |binder| facts[binder].is_display)
                    });
                    handed
                        .chain(used_up)
                        .filter(|name| is_variable[*name])
                        .chain(index.known(fact.bases.intersection(telling)))
                        .for_each(|name| names[name] = true);
                }
            }
            // `import *` may bind anything that was bound before it.
            if last_star.is_some_and(|star| at < star) {
                index.binds[at].iter().for_each(|name| names[*name] = true);
            }
        }
        let shared = (0..names.len()).filter(|name| names[*name]);
        let reaching = index.reaching(shared);
        // What is made of a shared name is made at its place. That makes no other name reach a
        // shared one: those that reach it have reached what it is made of.
        for (at, fact) in facts.iter().enumerate() {
            if fact.kind != Kind::Import && index.reads_any(at, &reaching) {
                index.binds[at].iter().for_each(|name| names[*name] = true);
            }
        }
        Self { names, reaching }
    }
}
