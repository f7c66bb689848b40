//! Python in an `env.py` that the walk through it does not model.
//!
//! The walk takes both sides of every condition and follows functions of the file; it knows
//! nothing of loops that end early, of exceptions that are caught, or of names that are bound in a
//! roundabout way. Where a file has any of these, what the walk says of it may be wrong, and a
//! migration of the wrong database is the worst that can happen. So nothing is guessed: the first
//! such place makes the URL computed, and the arguments uncertain.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::python::Argument;
use crate::python::BinaryOp;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Module;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_expr;
use crate::python::walk_stmt;
use crate::python::walk_stmts;

/// Functions that run code which is not in the file, or reach its variables by text.
const ROUNDABOUT: [&str; 8] =
    ["__import__", "compile", "delattr", "eval", "exec", "globals", "locals", "setattr"];

/// Methods that change a collection in which settings are kept.
const OF_COLLECTIONS: [&str; 7] =
    ["clear", "insert", "pop", "popitem", "remove", "setdefault", "update"];

/// Functions that end the program: whether they are called is for env.py to say.
const ENDING: [&str; 4] = ["_exit", "abort", "exit", "quit"];

/// The first place that is not modelled, in the order of the text.
pub(super) fn first(module: &Module) -> Option<Span> {
    let mut facts = Facts::default();
    walk_stmts(&module.body, &mut facts);
    let mut doubts = Doubts { facts: &facts, parameters: Vec::new(), found: Vec::new() };
    walk_stmts(&module.body, &mut doubts);
    star_import_behind_a_value(&module.body, &mut doubts.found);
    doubts.found.extend(facts.names_of_callers(module));
    doubts.found.into_iter().min_by_key(|span| span.offset())
}

/// The sections of the ini file that are named in the file: with `-n` another one is meant than
/// the one that is read or written.
pub(super) fn sections(module: &Module) -> Vec<String> {
    let mut sections = Sections(Vec::new());
    walk_stmts(&module.body, &mut sections);
    sections.0
}

struct Sections(Vec<String>);

impl<'t> Visitor<'t> for Sections {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        const METHODS: [&str; 3] = ["get_section", "get_section_option", "set_section_option"];
        if let ExprKind::Call { function, arguments } = &expr.kind
            && let ExprKind::Attribute { name, .. } = &function.kind
            && METHODS.contains(&name.as_str())
            && let Some(ExprKind::Str(section)) = arguments.first().map(|a| &a.value().kind)
        {
            self.0.push(section.clone());
        }
        true
    }
}

/// What has to be known of the whole file.
#[derive(Default)]
struct Facts {
    /// Functions that are called by name, or handed to a call that may run them.
    run: BTreeSet<String>,
    /// How often each name is assigned, anywhere.
    assigned: BTreeMap<String, usize>,
    /// Names that are bound to what another name has: two names of one dictionary.
    aliases: BTreeSet<String>,
}

impl<'t> Visitor<'t> for Facts {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        if let StmtKind::Assign { targets, value } = &stmt.kind {
            for name in targets.iter().filter_map(name) {
                *self.assigned.entry(name.to_owned()).or_default() += 1;
                if let Some(other) = self::name(value) {
                    self.aliases.extend([name.to_owned(), other.to_owned()]);
                }
            }
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Call { function, arguments } = &expr.kind {
            self.run.extend(name(function).map(str::to_owned));
            for argument in arguments {
                if let Argument::Positional(value) = argument {
                    self.run.extend(name(value).map(str::to_owned));
                }
            }
        }
        true
    }
}

impl Facts {
    /// A name that a function takes from around it, while the function that calls it has a
    /// variable of that name: Python takes the one of the module.
    fn names_of_callers(&self, module: &Module) -> Option<Span> {
        let mut functions = Functions::default();
        walk_stmts(&module.body, &mut functions);
        for function in functions.all.iter().filter(|f| self.run.contains(&f.name)) {
            let own = Scope::of(function);
            for (read, span) in own.reads {
                let is_of_another = functions.all.iter().any(|other| {
                    other.name != function.name && Scope::of(other).bound.contains(read)
                });
                let is_of_the_module = module.body.iter().any(|stmt| binds(stmt, read));
                if !own.bound.contains(read) && is_of_another && is_of_the_module {
                    return Some(span);
                }
            }
        }
        None
    }
}

/// Every function of the file.
#[derive(Default)]
struct Functions<'t> {
    all: Vec<&'t FunctionDef>,
}

impl<'t> Visitor<'t> for Functions<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        if let StmtKind::FunctionDef(function) = &stmt.kind {
            self.all.push(function);
        }
        true
    }
}

/// The names of one function.
struct Scope<'t> {
    bound: BTreeSet<&'t str>,
    reads: Vec<(&'t str, Span)>,
}

impl<'t> Scope<'t> {
    fn of(function: &'t FunctionDef) -> Self {
        let bound = function.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        let mut scope = Scope { bound, reads: Vec::new() };
        walk_stmts(&function.body, &mut scope);
        scope
    }
}

impl<'t> Visitor<'t> for Scope<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        let mut bind = |target: &'t Expr| {
            self.bound.extend(name(target));
        };
        match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.iter().for_each(bind),
            StmtKind::AnnAssign { target, .. }
            | StmtKind::AugAssign { target, .. }
            | StmtKind::For { target, .. } => bind(target),
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|item| item.target.as_ref()).for_each(bind);
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let Some(read) = name(expr) {
            self.reads.push((read, expr.span));
        }
        true
    }
}

/// Collects what is not modelled.
struct Doubts<'t, 'f> {
    facts: &'f Facts,
    /// The parameters of the functions around, innermost last.
    parameters: Vec<&'t str>,
    found: Vec<Span>,
}

impl<'t> Visitor<'t> for Doubts<'t, '_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::FunctionDef(function) => {
                if !self.facts.run.contains(&function.name) {
                    // A callback of autogenerate: nothing of it concerns the URL.
                    return false;
                }
                if !function.decorators.is_empty() || self.has_late_default(function) {
                    self.found.push(span);
                }
                let outer = self.parameters.len();
                self.parameters.extend(function.parameters.iter().map(|p| p.name.as_str()));
                walk_stmts(&function.body, self);
                self.parameters.truncate(outer);
                return false;
            }
            StmtKind::Match { .. }
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Delete(_)
            | StmtKind::ClassDef(_)
            | StmtKind::Unsupported(_) => self.found.push(span),
            StmtKind::AugAssign { op, .. } if *op != BinaryOp::Add => self.found.push(span),
            StmtKind::AugAssign { value, .. } if matches!(value.kind, ExprKind::Number(_)) => {
                self.found.push(span);
            }
            StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
                let mut ends = LeavesOrBinds::default();
                walk_stmts(body, &mut ends);
                walk_stmts(orelse, &mut ends);
                if ends.returns || ends.leaves && ends.binds {
                    self.found.push(span);
                }
            }
            StmtKind::Try { body, handlers, .. } if !handlers.is_empty() => {
                let mut parts = LeavesOrBinds::default();
                walk_stmts(body, &mut parts);
                handlers.iter().for_each(|handler| walk_stmts(&handler.body, &mut parts));
                if parts.binds || parts.returns {
                    self.found.push(span);
                }
            }
            StmtKind::Assign { targets, .. } => targets.iter().for_each(|t| self.target(t)),
            StmtKind::If { branches, orelse } => {
                // Whether the migrations run at all is for env.py to say.
                let decides = branches.iter().any(|(test, _)| !is_a_question_of_mode(test));
                let mut runs = RunsMigrations(false);
                branches.iter().for_each(|(_, body)| walk_stmts(body, &mut runs));
                walk_stmts(orelse, &mut runs);
                if runs.0 && decides {
                    self.found.push(span);
                }
                let guards = branches.iter().filter(|(test, _)| !asks_for_a_value(test));
                let are_values = branches.iter().all(|(test, _)| asks_for_a_value(test));
                let orelse = Some(orelse).filter(|_| !are_values);
                let bodies = guards.map(|(_, body)| body).chain(orelse);
                self.found.extend(bodies.flatten().filter(|stmt| is_raise(stmt)).map(|s| s.span));
            }
            StmtKind::Assert { test, .. } if !asks_for_a_value(test) => self.found.push(span),
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Named { .. } => self.found.push(expr.span),
            ExprKind::Call { function, arguments } => self.call(expr, function, arguments),
            ExprKind::Attribute { name, .. } if name == "file_config" => self.found.push(expr.span),
            _ => {}
        }
        true
    }
}

impl Doubts<'_, '_> {
    /// An assignment to something that the walk knows under another name, or not at all.
    fn target(&mut self, target: &Expr) {
        let is_doubtful = match &target.kind {
            ExprKind::Subscript { value, .. } => self.is_shared(value),
            ExprKind::Attribute { name, .. } => name == "config_ini_section",
            _ => false,
        };
        if is_doubtful {
            self.found.push(target.span);
        }
    }

    fn call(&mut self, expr: &Expr, function: &Expr, arguments: &[Argument]) {
        let is_doubtful = match &function.kind {
            ExprKind::Name(name) => {
                ROUNDABOUT.contains(&name.as_str()) || ENDING.contains(&name.as_str())
            }
            ExprKind::Attribute { value, name } => {
                OF_COLLECTIONS.contains(&name.as_str()) && self.is_shared(value)
                    || name == "putenv"
                    || ENDING.contains(&name.as_str())
            }
            _ => false,
        };
        let has_creator = arguments.iter().any(
            |argument| matches!(argument, Argument::Keyword { name, .. } if name == "creator"),
        );
        if is_doubtful || has_creator {
            self.found.push(expr.span);
        }
    }

    /// Whether a change of `value` is seen elsewhere: the environment, what was handed to a
    /// function, what has two names.
    fn is_shared(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Name(name) => {
                name == "environ"
                    || self.parameters.contains(&name.as_str())
                    || self.facts.aliases.contains(name)
            }
            ExprKind::Attribute { name, .. } => name == "environ",
            _ => false,
        }
    }

    /// Whether a default is a name that is bound more than once: it is worked out where the
    /// function is defined.
    fn has_late_default(&self, function: &FunctionDef) -> bool {
        let defaults = function.parameters.iter().filter_map(|p| p.default.as_ref());
        let mut reads = Scope { bound: BTreeSet::new(), reads: Vec::new() };
        defaults.for_each(|default| walk_expr(default, &mut reads));
        reads.reads.iter().any(|(name, _)| self.facts.assigned.get(*name).is_some_and(|n| *n > 1))
    }
}

/// What is in a block that may end before its end.
#[derive(Default)]
struct LeavesOrBinds {
    leaves: bool,
    binds: bool,
    returns: bool,
}

impl<'t> Visitor<'t> for LeavesOrBinds {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Break | StmtKind::Continue => self.leaves = true,
            StmtKind::Return(value) => {
                self.leaves = true;
                self.returns |= value.is_some();
            }
            StmtKind::Assign { .. } | StmtKind::AnnAssign { .. } | StmtKind::AugAssign { .. } => {
                self.binds = true;
            }
            StmtKind::FunctionDef(_) => return false,
            _ => {}
        }
        true
    }
}

/// Whether a block calls `run_migrations()` itself.
struct RunsMigrations(bool);

impl<'t> Visitor<'t> for RunsMigrations {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        self.0 |= matches!(&expr.kind, ExprKind::Call { function, .. }
            if matches!(&function.kind, ExprKind::Attribute { name, .. } if name == "run_migrations"));
        true
    }
}

/// `context.is_offline_mode()`, or a question for the type of what is there.
fn is_a_question_of_mode(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Unary { operand, .. } => is_a_question_of_mode(operand),
        ExprKind::Call { function, .. } => match &function.kind {
            ExprKind::Attribute { name, .. } => name == "is_offline_mode",
            ExprKind::Name(name) => name == "isinstance" || name == "is_offline_mode",
            _ => false,
        },
        _ => asks_for_a_value(test),
    }
}

fn is_raise(stmt: &Stmt) -> bool {
    matches!(stmt.kind, StmtKind::Raise { .. })
}

/// Whether a condition only asks whether something has a value (`not url`, `url is None`, `url`):
/// without one there is no URL either, and the walk knows.
fn asks_for_a_value(test: &Expr) -> bool {
    match &test.kind {
        ExprKind::Name(_) => true,
        // `config.config_file_name`, `settings.DATABASE_URL`.
        ExprKind::Attribute { value, .. } => asks_for_a_value(value),
        ExprKind::Unary { operand, .. } => asks_for_a_value(operand),
        ExprKind::Compare { first, rest } => {
            asks_for_a_value(first) && rest.iter().all(|(_, value)| value.kind == ExprKind::None)
        }
        _ => false,
    }
}

/// `from x import *` may bind anything anew that has a value by then.
fn star_import_behind_a_value(body: &[Stmt], found: &mut Vec<Span>) {
    let mut has_value = false;
    for stmt in body {
        match &stmt.kind {
            StmtKind::ImportFrom { names, .. }
                if has_value && names.iter().any(|name| name.name == "*") =>
            {
                found.push(stmt.span);
            }
            StmtKind::Assign { targets, .. } => {
                // Everybody has these before the models are imported.
                let is_usual = |target: &Expr| {
                    name(target).is_some_and(|name| ["config", "section", "logger"].contains(&name))
                };
                has_value |= !targets.iter().all(is_usual);
            }
            _ => {}
        }
    }
}

fn name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

/// Whether a statement of the module itself binds `wanted`.
fn binds(stmt: &Stmt, wanted: &str) -> bool {
    struct Binds<'w>(&'w str, bool);
    impl<'t> Visitor<'t> for Binds<'_> {
        fn stmt(&mut self, stmt: &'t Stmt) -> bool {
            if let StmtKind::Assign { targets, .. } = &stmt.kind {
                self.1 |= targets.iter().any(|target| name(target) == Some(self.0));
            }
            !matches!(stmt.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_))
        }
    }
    let mut binds = Binds(wanted, false);
    walk_stmt(stmt, &mut binds);
    binds.1
}

#[cfg(test)]
mod tests {
    use crate::env_py::UrlSource;
    use crate::env_py::read_env;

    /// An env.py that makes its engine of `url`, with `code` before.
    fn is_computed(code: &str) -> bool {
        let text = format!(
            "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine\n\
             config = context.config\n{code}\n\
             engine = create_engine(url)\nwith engine.connect() as connection:\n    \
             context.configure(connection=connection)\n    context.run_migrations()\n"
        );
        matches!(read_env(&text).unwrap().url(), UrlSource::Computed { .. })
    }

    #[test]
    fn what_is_not_modelled_is_not_guessed() {
        for code in [
            "match os.environ.get('S'):\n    case 'p': url = 'sqlite:///p.db'\n    case _: url = 'sqlite:///d.db'",
            "for k in ('A', 'B'):\n    url = os.getenv(k)\n    if url: break",
            "def get():\n    for k in ('A', 'B'):\n        if os.getenv(k): return k\n    return 'c'\nurl = get()",
            "try:\n    url = os.environ['A']\nexcept KeyError:\n    url = 'sqlite:///b.db'",
            "url = 'a'\ndef load():\n    global url\n    url = os.environ['B']\nload()",
            "url = 'a'\ndef connect(): return url\ndef run():\n    url = 'b'\n    return connect()\nurl = run()",
            "stage = 'a'\ndef get(s=stage): return s\nstage = 'b'\nurl = get()",
            "url = '%s'\nurl %= 'x'",
            "port = 5432\nport += 1\nurl = f'{port}'",
            "def twice(f): return lambda: f() * 2\n@twice\ndef get(): return 'a'\nurl = get()",
            "os.environ['A'] = 'b'\nurl = os.environ['A']",
            "os.environ.setdefault('A', 'b')\nurl = os.environ['A']",
            "url = 'a'\nexec(open('local.py').read())",
            "url = 'a'\nfrom local_settings import *",
            "kw = {'a': 'b'}\nother = kw\nother['a'] = 'c'\nurl = kw['a']",
            "def fill(d): d['a'] = 'c'\nkw = {'a': 'b'}\nfill(kw)\nurl = kw['a']",
            "url = 'a'\nif os.getenv('STAGE') == 'prod': raise SystemExit('no')",
            "import sys\nurl = 'a'\nif os.getenv('STAGE') == 'prod': sys.exit(1)",
            "url = 'a'\nassert os.getenv('STAGE') != 'prod'",
            "if (url := os.getenv('A')) is None: url = 'b'",
            "url = 'a'\nif os.getenv('GO') == '1':\n    context.run_migrations()",
            "config.config_ini_section = os.environ['S']\nurl = config.get_main_option('sqlalchemy.url')",
        ] {
            assert!(is_computed(code), "{code}");
        }
    }

    #[test]
    fn what_is_modelled_is_not_doubted() {
        for code in [
            "url = os.environ['A']",
            "url = 'a'\nif context.is_offline_mode():\n    context.run_migrations()",
            "url = os.getenv('A', 'sqlite:///b.db').replace('%', '%%')",
            "def get():\n    return os.environ['A']\nurl = get()",
            "url = os.getenv('A')\nif not url:\n    raise ValueError('A is not set')",
            "if os.getenv('A'):\n    url = os.environ['A']\nelse:\n    url = 'sqlite:///b.db'",
            "from app.models import *\nurl = os.environ['A']",
            "try:\n    import app.models\nexcept ImportError:\n    pass\nurl = os.environ['A']",
            "url = 'sqlite:///a.db'\ndef include_object(o, name, *rest):\n    for x in rest:\n        if x: return False\n    return True",
        ] {
            assert!(!is_computed(code), "{code}");
        }
    }
}
