//! Which statements of a project's module a name needs.
//!
//! The modules of a project hold much that a migration has no use for: applications, routes,
//! settings, clients. They are run by need: a name runs the statements that say its value, and
//! nothing else. Most names are bound by one statement and never changed; where several statements
//! touch a name, or one that it is made of, these run together in their order, so that the value is
//! the one that Python would have at the end of the file.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python;
use crate::python::Argument;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;

use super::scope::bound_names;
use super::type_names::is_type;
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Import,
    Star,
    Function,
    /// A class, an assignment, or a block of bindings.
    Binding,
    /// Anything else, which may change what it mentions.
    Effect,
}

/// What is known of a statement from its text.
struct Facts<'t> {
    at: usize,
    kind: Kind,
    binds: BTreeSet<&'t str>,
    /// What it reads when it runs.
    reads: BTreeSet<&'t str>,
    /// What functions in it read when they are called.
    later: BTreeSet<&'t str>,
    /// Names of which an attribute or item is set, or which are set anew.
    sets: BTreeSet<&'t str>,
    /// Names that a call may change: what has the method, and the arguments.
    handed: BTreeSet<&'t str>,
    /// Whether it deals with the environment.
    environment: bool,
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
    for (at, fact) in facts.iter().enumerate() {
        let mut touched = touched(fact, &reach[at], &shared);
        let is_before = last_star.is_some_and(|star| at < star) && !fact.binds.is_empty();
        if is_before || fact.kind == Kind::Star {
            touched.push("*");
        }
        for name in touched {
            match first.get(name) {
                Some(other) => join(&mut groups, *other, at),
                None => drop(first.insert(name, at)),
            }
        }
    }
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
        if fact.kind == Kind::Star {
            plan.star = Some(part);
        }
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
    let changed: BTreeSet<&str> = facts.iter().flat_map(|fact| &fact.sets).copied().collect();
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

/// The facts of a statement; none for those that do nothing here.
fn facts<'t>(at: usize, stmt: &'t Stmt, types: &BTreeSet<&str>) -> Option<Facts<'t>> {
    let kind = match &stmt.kind {
        StmtKind::Pass | StmtKind::AnnAssign { value: None, .. } => return None,
        StmtKind::Expr(expr) if matches!(expr.kind, ExprKind::Str(_)) => return None,
        StmtKind::If { branches, orelse }
            if orelse.is_empty()
                && matches!(branches.as_slice(), [(test, _)]
                    if is_type_checking(test) || is_main(test)) =>
        {
            return None;
        }
        StmtKind::ImportFrom { names, .. } if names.iter().any(|name| name.name == "*") => {
            Kind::Star
        }
        StmtKind::Import(_) | StmtKind::ImportFrom { .. } => Kind::Import,
        StmtKind::FunctionDef(_) => Kind::Function,
        StmtKind::ClassDef(_) | StmtKind::TypeAlias(_) => Kind::Binding,
        _ if binds_only(stmt) => Kind::Binding,
        _ => Kind::Effect,
    };
    Some(collect(at, stmt, kind, types))
}

/// Whether a statement does nothing but bind names.
pub(super) fn binds_only(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Import(_)
        | StmtKind::FunctionDef(_)
        | StmtKind::ClassDef(_)
        | StmtKind::TypeAlias(_)
        | StmtKind::Pass => true,
        StmtKind::ImportFrom { names, .. } => names.iter().all(|name| name.name != "*"),
        StmtKind::Assign { targets, .. } => targets.iter().all(is_plain_target),
        StmtKind::AnnAssign { target, .. } => is_plain_target(target),
        StmtKind::Try { body, handlers, orelse, finally, .. } => {
            let blocks = [body, orelse, finally].into_iter();
            let mut blocks = blocks.chain(handlers.iter().map(|handler| &handler.body));
            blocks.all(|block| block.iter().all(binds_only))
        }
        StmtKind::If { branches, orelse } => {
            let mut blocks = branches.iter().map(|(_, block)| block).chain([orelse]);
            blocks.all(|block| block.iter().all(binds_only))
        }
        _ => false,
    }
}

fn is_plain_target(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(_) => true,
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().all(is_plain_target),
        ExprKind::Starred(inner) => is_plain_target(inner),
        _ => false,
    }
}

/// `if TYPE_CHECKING:`, which no run takes.
fn is_type_checking(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } => name == "TYPE_CHECKING",
        _ => false,
    }
}

/// `if __name__ == "__main__":`, which no import takes.
fn is_main(test: &Expr) -> bool {
    let ExprKind::Compare { first, rest } = &test.kind else { return false };
    matches!(&first.kind, ExprKind::Name(name) if name == "__name__")
        && matches!(rest.as_slice(), [(python::CompareOp::Eq, value)]
            if matches!(&value.kind, ExprKind::Str(text) if text == "__main__"))
}

fn collect<'t>(at: usize, stmt: &'t Stmt, kind: Kind, types: &BTreeSet<&str>) -> Facts<'t> {
    let mut collector = Collector {
        facts: Facts {
            at,
            kind,
            binds: bound_names(std::slice::from_ref(stmt)).into_iter().collect(),
            reads: BTreeSet::new(),
            later: BTreeSet::new(),
            sets: BTreeSet::new(),
            handed: BTreeSet::new(),
            environment: false,
        },
        in_function: false,
        types,
    };
    python::walk_stmt(stmt, &mut collector);
    collector.facts
}

struct Collector<'t, 'a> {
    facts: Facts<'t>,
    in_function: bool,
    /// The names of types, and of modules that have them.
    types: &'a BTreeSet<&'a str>,
}

impl<'t> Collector<'t, '_> {
    /// Whether what is called only keeps its arguments: a type that is made of a list of choices or of
    /// a class of names.
    fn keeps(&self, function: &Expr) -> bool {
        match &function.kind {
            ExprKind::Name(name) => is_type(name) && self.types.contains(name.as_str()),
            ExprKind::Attribute { value, name } => {
                is_type(name) && base(value).is_some_and(|base| self.types.contains(base))
            }
            _ => false,
        }
    }

    fn set(&mut self, target: &'t Expr) {
        match &target.kind {
            ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => {
                if let Some(name) = base(value) {
                    self.facts.sets.insert(name);
                }
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.set(item));
            }
            _ => {}
        }
    }
}

/// The name that an expression of attributes and items begins with.
fn base(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => base(value),
        ExprKind::Call { function, .. } => base(function),
        _ => None,
    }
}

impl<'t> Visitor<'t> for Collector<'t, '_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.set(target));
            }
            StmtKind::AnnAssign { target, .. } => self.set(target),
            StmtKind::AugAssign { target, .. } => match base(target) {
                // A local variable of a function, most likely, which does no harm here.
                Some(name) => drop(self.facts.sets.insert(name)),
                None => self.set(target),
            },
            StmtKind::Global(names) => {
                self.facts.sets.extend(names.iter().map(String::as_str));
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(name) => {
                if name == "load_dotenv" || name == "environ" {
                    self.facts.environment = true;
                }
                let names =
                    if self.in_function { &mut self.facts.later } else { &mut self.facts.reads };
                names.insert(name);
            }
            ExprKind::Attribute { name, .. } if name == "environ" || name == "putenv" => {
                self.facts.environment = true;
            }
            ExprKind::Call { function, arguments } => {
                if self.keeps(function) {
                    return true;
                }
                if let ExprKind::Attribute { value, name } = &function.kind
                    && let Some(owner) = base(value)
                {
                    self.facts.handed.insert(owner);
                    if CHANGING.contains(&name.as_str()) {
                        self.facts.sets.insert(owner);
                    }
                }
                for argument in arguments {
                    if let (
                        ExprKind::Name(name),
                        Argument::Positional(_) | Argument::Keyword { .. },
                    ) = (&argument.value().kind, argument)
                    {
                        self.facts.handed.insert(name);
                    }
                }
            }
            _ => {}
        }
        true
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let outer = std::mem::replace(&mut self.in_function, true);
        // What calls inside hand on matters when the function is called.
        let handed = self.facts.handed.clone();
        python::walk_stmts(&function.body, self);
        self.facts.handed = handed;
        self.in_function = outer;
        false
    }
}

/// The methods of lists, dictionaries and sets that change them.
const CHANGING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "insert",
    "intersection_update",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "symmetric_difference_update",
    "update",
];

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
