//! Which statements of a project's module a name needs.
//!
//! The modules of a project hold much that a migration has no use for: applications, routes,
//! settings, clients. They are run by need: a name runs the statements that say its value, and
//! nothing else. Most names are bound by one statement and never changed; where several statements
//! touch a name, or one that it is made of, these run together in their order, so that the value is
//! the one that Python would have at the end of the file.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python::Stmt;
use crate::python::StmtKind;

use super::facts::Facts;
use super::facts::Kind;
use super::facts::Names;
use super::facts::facts;
use super::type_names::types_of;

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
    /// What a statement may change besides the names that it binds and mentions.
    pub(super) changes: BTreeMap<usize, BTreeSet<String>>,
    /// Classes that a statement may change, or tell of a class.
    pub(super) changes_classes: BTreeMap<usize, BTreeSet<String>>,
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
        let alembic: BTreeSet<&str> = body.iter().flat_map(of_alembic).collect();
        let binders = binders_of(&facts);
        let reach: Vec<BTreeSet<&str>> =
            facts.iter().map(|fact| reach(fact, &facts, &binders)).collect();
        let mut reach = reach.iter();
        facts.retain(|fact| {
            let reaches = reach.next().is_some_and(|reach| !reach.is_disjoint(&alembic));
            fact.kind != Kind::Effect || !reaches
        });
    }
    let binders = binders_of(&facts);
    let reach: Vec<BTreeSet<&str>> =
        facts.iter().map(|fact| reach(fact, &facts, &binders)).collect();
    let shared = shared_names(&facts, &binders, &reach);
    // Statements that touch the same shared name belong together.
    let mut groups: Vec<usize> = (0..facts.len()).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let last_star = facts.iter().rposition(|fact| fact.kind == Kind::Star);
    // What looks at all names sees those that were bound before it.
    let names: Vec<Names> = facts
        .iter()
        .zip(&reach)
        .map(|(fact, reach)| names(fact, reach, &facts, &binders))
        .collect();
    let is_one = names.iter().any(|names| *names != Names::Nothing);
    for (at, fact) in facts.iter().enumerate() {
        let mut touched = touched(fact, &reach[at], &shared);
        let is_before = last_star.is_some_and(|star| at < star) && !fact.binds.is_empty();
        if is_one || is_before || fact.kind == Kind::Star {
            touched.push("*");
        }
        for name in touched {
            match first.get(name) {
                Some(other) => join(&mut groups, *other, at),
                None => drop(first.insert(name, at)),
            }
        }
    }
    let telling = telling_classes(&facts);
    let mut plan = Plan::default();
    let mut part_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, fact) in facts.iter().enumerate() {
        let group = root(&groups, at);
        let part = *part_of.entry(group).or_insert_with(|| {
            plan.parts.push(Vec::new());
            plan.parts.len() - 1
        });
        plan.parts[part].push(fact.at);
        for name in &fact.binds {
            plan.owners.insert((*name).to_owned(), part);
        }
        let is_import = |name: &&str| binders.get(*name).is_some_and(|at| all_imports(at, &facts));
        if fact.kind == Kind::Star || names[at] == Names::Changed {
            plan.star = Some(part);
        }
        if names[at] == Names::Changed {
            plan.changes_all.insert(fact.at);
        }
        let sets = changes(fact, &reach[at], &facts, &binders);
        let owned = |names: &BTreeSet<&str>| {
            names.intersection(&shared).map(|name| (*name).to_owned()).collect::<BTreeSet<_>>()
        };
        let told = &sets | &(&fact.bases & &telling);
        plan.changes_classes.insert(fact.at, owned(&told));
        plan.changes.insert(fact.at, owned(&(&sets | &handed(fact, &reach[at], &facts, &binders))));
        let is_outside = fact.environment || fact.sets.iter().any(is_import);
        if fact.kind == Kind::Effect && is_outside && !plan.at_load.contains(&part) {
            plan.at_load.push(part);
        }
    }
    plan
}

fn binders_of<'t>(facts: &[Facts<'t>]) -> BTreeMap<&'t str, Vec<usize>> {
    let mut binders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, fact) in facts.iter().enumerate() {
        for name in &fact.binds {
            binders.entry(*name).or_default().push(at);
        }
    }
    binders
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

fn all_imports(at: &[usize], facts: &[Facts<'_>]) -> bool {
    at.iter().all(|at| facts[*at].kind == Kind::Import)
}

/// What a statement reads when it runs, with what the functions read that it mentions.
fn reach<'t>(
    fact: &Facts<'t>,
    facts: &[Facts<'t>],
    binders: &BTreeMap<&'t str, Vec<usize>>,
) -> BTreeSet<&'t str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = fact.reads.iter().copied().collect();
    while let Some(name) = open.pop() {
        if !found.insert(name) {
            continue;
        }
        for at in binders.get(name).into_iter().flatten() {
            let other = &facts[*at];
            open.extend(other.reads.iter().chain(&other.later).copied());
        }
    }
    found
}

/// What a statement does with the names of the module as a whole.
fn names(
    fact: &Facts<'_>,
    reach: &BTreeSet<&str>,
    facts: &[Facts<'_>],
    binders: &BTreeMap<&str, Vec<usize>>,
) -> Names {
    let reached = reach.iter().filter_map(|name| binders.get(name)).flatten();
    let later = reached.map(|at| facts[*at].names_later).max().unwrap_or_default();
    if fact.kind == Kind::Function { fact.names } else { fact.names.max(later) }
}

/// What a statement may change, itself or through what it reads.
fn changes<'t>(
    fact: &Facts<'t>,
    reach: &BTreeSet<&'t str>,
    facts: &[Facts<'t>],
    binders: &BTreeMap<&'t str, Vec<usize>>,
) -> BTreeSet<&'t str> {
    let mut changes = BTreeSet::new();
    if fact.kind != Kind::Function {
        changes.extend(&fact.sets);
    }
    for at in reach.iter().filter_map(|name| binders.get(name)).flatten() {
        changes.extend(&facts[*at].sets);
    }
    changes
}

/// What a statement hands to calls, itself or through what it reads.
fn handed<'t>(
    fact: &Facts<'t>,
    reach: &BTreeSet<&'t str>,
    facts: &[Facts<'t>],
    binders: &BTreeMap<&'t str, Vec<usize>>,
) -> BTreeSet<&'t str> {
    let mut handed = fact.handed.clone();
    for at in reach.iter().filter_map(|name| binders.get(name)).flatten() {
        handed.extend(&facts[*at].handed_later);
    }
    handed
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

/// The names whose value depends on the order of statements.
fn shared_names<'t>(
    facts: &[Facts<'t>],
    binders: &BTreeMap<&'t str, Vec<usize>>,
    reach: &[BTreeSet<&'t str>],
) -> BTreeSet<&'t str> {
    let is_variable = |name: &str| {
        let kinds = binders.get(name).into_iter().flatten().map(|at| facts[*at].kind);
        kinds.into_iter().any(|kind| matches!(kind, Kind::Binding | Kind::Effect))
    };
    let mut shared: BTreeSet<&str> =
        binders.iter().filter(|(_, at)| at.len() > 1).map(|(name, _)| *name).collect();
    // What some function changes.
    let changed = facts.iter().flat_map(|fact| fact.sets.iter().chain(&fact.handed_later));
    let changed: BTreeSet<&str> = changed.copied().collect();
    let telling = telling_classes(facts);
    let is_display = |name: &str| {
        let binders = binders.get(name).into_iter().flatten();
        binders.into_iter().all(|at| facts[*at].is_display)
    };
    let last_star = facts.iter().rposition(|fact| fact.kind == Kind::Star);
    for (at, fact) in facts.iter().enumerate() {
        match fact.kind {
            Kind::Star | Kind::Import => {}
            Kind::Effect => {
                shared.extend(fact.binds.iter().copied());
                let known = fact.sets.iter().filter(|name| binders.contains_key(*name));
                shared.extend(known.copied());
                shared.extend(reach[at].iter().filter(|name| is_variable(name)).copied());
            }
            Kind::Binding | Kind::Function => {
                shared.extend(fact.handed.iter().filter(|name| is_variable(name)).copied());
                shared.extend(reach[at].intersection(&changed).filter(|name| is_variable(name)));
                shared.extend(fact.bases.intersection(&telling));
                let used_up = fact.used_up.iter().filter(|name| !is_display(name));
                shared.extend(used_up.filter(|name| is_variable(name)));
            }
        }
        // `import *` may bind anything that was bound before it.
        if last_star.is_some_and(|star| at < star) {
            shared.extend(fact.binds.iter().copied());
        }
    }
    // What is made of a shared name is made at its place.
    loop {
        let before = shared.len();
        for (at, fact) in facts.iter().enumerate() {
            if fact.kind == Kind::Import || fact.binds.is_empty() {
                continue;
            }
            if reach[at].iter().any(|name| shared.contains(name)) {
                shared.extend(fact.binds.iter().copied());
            }
        }
        if shared.len() == before {
            return shared;
        }
    }
}

fn touched<'t>(
    fact: &Facts<'t>,
    reach: &BTreeSet<&'t str>,
    shared: &BTreeSet<&'t str>,
) -> Vec<&'t str> {
    let mut touched: Vec<&str> = fact.binds.intersection(shared).copied().collect();
    if !matches!(fact.kind, Kind::Import | Kind::Function) {
        touched.extend(fact.sets.intersection(shared).copied());
    }
    if fact.kind != Kind::Import {
        touched.extend(reach.intersection(shared).copied());
    }
    touched
}

fn root(groups: &[usize], mut at: usize) -> usize {
    while groups[at] != at {
        at = groups[at];
    }
    at
}

fn join(groups: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(groups, a), root(groups, b));
    groups[a.max(b)] = a.min(b);
}

#[cfg(test)]
mod tests {
    use super::Plan;
    use super::plan;

    fn of(text: &str) -> Plan {
        plan(&crate::python::parse(text).unwrap().body, super::Skip::Nothing)
    }

    fn part<'p>(plan: &'p Plan, name: &str) -> &'p [usize] {
        &plan.parts[plan.owners[name]]
    }

    #[test]
    fn a_class_is_changed_by_methods_that_are_called() {
        let class = "class C:\n    @classmethod\n    def set(cls, f):\n        cls.f = f\n";
        assert_eq!(part(&of(&format!("{class}A = C()\nB = C()\n")), "A"), [1]);
        assert_eq!(part(&of(&format!("{class}A = C()\nC.set(1)\n")), "A"), [0, 1, 2]);
        let made = "class C:\n    def __init__(self):\n        type(self).n += 1\n";
        assert_eq!(part(&of(&format!("{made}A = C()\nB = C()\n")), "A"), [0, 1, 2]);
    }

    #[test]
    fn names_that_nothing_changes_stand_alone() {
        let plan = of("import os\nA = 1\nB = A + 1\ndef f(): return A\nclass C: x = B\nD = f()\n");
        for (at, name) in ["os", "A", "B", "f", "C", "D"].into_iter().enumerate() {
            assert_eq!(part(&plan, name), [at], "{name}");
        }
        assert!(plan.star.is_none() && plan.at_load.is_empty());
    }

    #[test]
    fn what_is_changed_keeps_its_order() {
        let plan = of("A = []\nB = 1\nA.append(B)\nC = len(A)\nA.append(2)\nD = 5\n");
        assert_eq!(part(&plan, "A"), [0, 1, 2, 3, 4], "B is a variable that the call mentions");
        assert_eq!(part(&plan, "D"), [5]);
        let plan = of("A = 1\nB = A\nA = 2\nC = 3\n");
        assert_eq!(part(&plan, "B"), [0, 1, 2]);
        assert_eq!(part(&plan, "C"), [3]);
        let plan = of("A = 1\nfor i in range(3):\n    A += i\nB = A\nC = 2\n");
        assert_eq!(part(&plan, "B"), [0, 1, 2]);
        assert_eq!(part(&plan, "C"), [3]);
    }

    #[test]
    fn functions_that_change_something_count_where_they_are_called() {
        let text = "R = {}\ndef add(n): R[n] = 1\nadd('a')\nK = list(R)\nadd('b')\nZ = 1\n";
        let plan = of(text);
        assert_eq!(part(&plan, "K"), [0, 2, 3, 4]);
        assert_eq!(part(&plan, "add"), [1]);
        assert_eq!(part(&plan, "Z"), [5]);
        let plan =
            of("R = []\ndef add(n):\n    R.append(n)\n    return n\nA = add(1)\nB = add(2)\n");
        assert_eq!(part(&plan, "B"), [0, 2, 3]);
    }

    #[test]
    fn what_no_import_runs_is_left_out() {
        let text = "if TYPE_CHECKING:\n    A = 1\nA = 2\nif __name__ == '__main__':\n    A = 3\n";
        assert_eq!(part(&of(text), "A"), [1]);
    }

    #[test]
    fn types_keep_their_arguments() {
        let of_types = "import sqlalchemy as sa\nfrom sqlalchemy_utils import ChoiceType\n";
        let made = "A = ['a']\nB = ChoiceType(A)\nC = sa.Enum(A)\nD = sa.types.Enum(A)\n";
        assert_eq!(part(&of(&format!("{of_types}{made}")), "A"), [2]);
        // Another function may change it.
        for call in ["sa.func(A)", "other(A)", "ChoiceType(other(A))", "A.append(1)"] {
            let plan = of(&format!("{of_types}{made}E = {call}\n"));
            assert_eq!(part(&plan, "A"), [2, 3, 4, 5, 6], "{call}");
        }
        let plan = of(&format!("{of_types}def ChoiceType(x): x.clear()\nsa = 1\n{made}"));
        assert_eq!(part(&plan, "A").len(), 8);
    }

    #[test]
    fn stars_and_changes_of_others() {
        let plan = of("A = 1\nfrom x import *\nB = 2\n");
        assert_eq!(plan.star, Some(plan.owners["A"]));
        assert_eq!(part(&plan, "A"), [0, 1]);
        assert_eq!(part(&plan, "B"), [2]);
        let plan = of("from x import y\ny.z = 1\nimport os\nos.environ['A'] = 'b'\nB = 2\n");
        assert_eq!(plan.at_load.len(), 2);
        assert!(!plan.at_load.contains(&plan.owners["B"]));
    }
}
