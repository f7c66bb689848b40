//! Walks the statements of `env.py` as Alembic would run them.

use std::collections::BTreeMap;

use super::FindingKind;
use super::formula::Formula;
use super::state::Configure;
use super::state::State;
use super::state::Sym;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Module;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;

/// How many statements are walked, counting each time.
const MAX_STEPS: usize = 5_000;

/// How deep functions of the file are followed.
const MAX_CALLS: usize = 12;

/// How long a list is whose items a loop takes one by one.
const MAX_ROUNDS: usize = 8;

/// How many bytes of values are made and copied in all.
const BUDGET: usize = 1 << 27;

/// How many findings there are, and calls of `context.configure`: more than anyone reads.
const MAX_FINDINGS: usize = 2_000;
const MAX_CONFIGURES: usize = 64;

/// Modules that say nothing about where settings come from.
const PLAIN_MODULES: &[&str] = &[
    "__future__",
    "alembic",
    "asyncio",
    "collections",
    "configparser",
    "contextlib",
    "datetime",
    "dotenv",
    "enum",
    "functools",
    "getpass",
    "importlib",
    "inspect",
    "json",
    "logging",
    "os",
    "pathlib",
    "pprint",
    "re",
    "ssl",
    "sqlalchemy",
    "sys",
    "time",
    "traceback",
    "types",
    "typing",
    "urllib",
    "warnings",
];

/// A value while walking.
/// How a block ends.
pub(super) enum Flow<'m> {
    Next,
    Return(Sym<'m>),
    Raise,
}

/// What a walk has found.
pub(super) struct Walked {
    pub(super) configures: Vec<Configure>,
    pub(super) url: Option<(Formula, Span)>,
    pub(super) findings: Vec<(Span, FindingKind)>,
}

pub(super) struct Walker<'m> {
    pub(super) text: &'m str,
    pub(super) offline: bool,
    pub(super) state: State<'m>,
    pub(super) findings: Vec<(Span, FindingKind)>,
    pub(super) loops: Vec<Span>,
    steps: usize,
    calls: usize,
    /// How many more bytes of values may be made.
    pub(super) budget: usize,
    /// Where the walk has ended early: what comes behind is not known.
    cut: Option<Span>,
}

/// Walks a file as it runs online or offline.
pub(super) fn walk(text: &str, module: &Module, offline: bool) -> Walked {
    let state = State { scopes: vec![BTreeMap::new()], ..State::default() };
    let (findings, loops) = (Vec::new(), Vec::new());
    let (steps, calls, budget, cut) = (0, 0, BUDGET, None);
    let mut walker = Walker { text, offline, state, findings, loops, steps, calls, budget, cut };
    walker.block(&module.body);
    let Walker { mut state, mut findings, cut, .. } = walker;
    if let Some(span) = cut {
        findings.push((span, FindingKind::TooIntricate));
        state.url = Some((Formula::Unknown(span), span));
    }
    // Where nothing is configured, what the file put into the ini's place is all there is.
    let set = state.options.remove("sqlalchemy.url");
    let set = set.map(|formula| (formula, Span { start: 0, end: 0 }));
    let url = state.url.or(set.filter(|_| state.configures.is_empty()));
    Walked { configures: state.configures, url, findings }
}

impl<'m> Walker<'m> {
    pub(super) fn find(&mut self, span: Span, kind: FindingKind) {
        if self.findings.len() == MAX_FINDINGS {
            self.cut(span);
        } else if !self.findings.iter().any(|(own, found)| *own == span && *found == kind) {
            self.findings.push((span, kind));
        }
    }

    /// Ends the walk: the file is more intricate than what is followed.
    pub(super) fn cut(&mut self, span: Span) {
        self.cut = self.cut.or(Some(span));
    }

    /// Whether so many bytes of values may be made; the walk ends where they may not.
    pub(super) fn affords(&mut self, bytes: usize, span: Span) -> bool {
        match self.budget.checked_sub(bytes) {
            Some(left) if self.cut.is_none() => {
                self.budget = left;
                true
            }
            _ => {
                self.cut(span);
                false
            }
        }
    }

    /// Takes note of a call of `context.configure`.
    pub(super) fn add(&mut self, configure: Configure) {
        if self.state.configures.len() < MAX_CONFIGURES {
            self.state.configures.push(configure);
        } else {
            self.cut(configure.span);
        }
    }

    /// Whether the walk may go on.
    fn may_go_on(&mut self, span: Span) -> bool {
        self.steps += 1;
        if self.steps >= MAX_STEPS {
            self.cut(span);
        }
        self.cut.is_none()
    }

    pub(super) fn block(&mut self, body: &'m [Stmt]) -> Flow<'m> {
        for (index, stmt) in body.iter().enumerate() {
            if !self.may_go_on(stmt.span) {
                return Flow::Next;
            }
            let flow = match &stmt.kind {
                StmtKind::If { branches, orelse } => {
                    let rest = body.get(index + 1..).unwrap_or_default();
                    let leaves = branches.iter().any(|(_, body)| leaves(body)) || leaves(orelse);
                    if leaves {
                        // Each side goes on by itself to the end of the block.
                        return self.branches(branches, orelse, Some(rest), stmt.span);
                    }
                    self.branches(branches, orelse, None, stmt.span)
                }
                _ => self.statement(stmt),
            };
            if !matches!(flow, Flow::Next) {
                return flow;
            }
        }
        Flow::Next
    }

    fn statement(&mut self, stmt: &'m Stmt) -> Flow<'m> {
        match &stmt.kind {
            StmtKind::Expr(value) => {
                self.eval(value);
            }
            StmtKind::Assign { targets, value } => {
                let symbol = self.eval(value);
                let bytes = symbol.bytes();
                for target in targets {
                    if !self.affords(bytes, stmt.span) {
                        break;
                    }
                    self.assign(target, symbol.clone());
                }
            }
            StmtKind::AnnAssign { target, value: Some(value), .. } => {
                let symbol = self.eval(value);
                self.assign(target, symbol);
            }
            StmtKind::AugAssign { target, value, .. } => {
                let left = self.formula(target);
                let right = self.formula(value);
                let known = left.unknown_part().or(right.unknown_part()).is_none();
                let value = if known {
                    Formula::Joined(vec![left, right]).bounded(stmt.span)
                } else {
                    Formula::Unknown(stmt.span)
                };
                self.assign(target, Sym::Value(value));
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.repeat(target, iter, body);
                return self.block(orelse);
            }
            StmtKind::While { test, body, .. } => {
                self.eval(test);
                self.loops.push(test.span);
                self.block(body);
                self.loops.pop();
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    let context = self.eval(&item.context);
                    if let Some(target) = &item.target {
                        self.assign(target, context);
                    }
                }
                return self.block(body);
            }
            StmtKind::Try { body, handlers, orelse, finally, .. } => {
                if !self.affords(self.state.bytes(), stmt.span) {
                    return Flow::Next;
                }
                let before = self.state.clone();
                let mut flow = self.block(body);
                if matches!(flow, Flow::Next) {
                    flow = self.block(orelse);
                }
                let after = std::mem::replace(&mut self.state, before);
                // A handler is looked at for what it does; that it runs is the exception.
                for handler in handlers {
                    if !self.affords(self.state.bytes(), stmt.span) {
                        break;
                    }
                    let entered = self.state.clone();
                    self.block(&handler.body);
                    self.state = entered;
                }
                self.state = after;
                return match self.block(finally) {
                    Flow::Next => flow,
                    left => left,
                };
            }
            StmtKind::Raise { exception, .. } => {
                if let Some(exception) = exception {
                    self.eval(exception);
                }
                return Flow::Raise;
            }
            StmtKind::Return(value) => {
                let none = Sym::Value(Formula::None);
                return Flow::Return(value.as_ref().map_or(none, |value| self.eval(value)));
            }
            StmtKind::Import(names) => {
                for name in names {
                    self.note_import(stmt.span, &name.name);
                    let whole = if name.alias.is_some() { &name.name } else { name.bound() };
                    self.set(name.bound(), Sym::Known(whole.to_owned()));
                }
            }
            StmtKind::ImportFrom { level, module, names } => {
                let dots = ".".repeat(usize::try_from(*level).unwrap_or(0));
                let module = dots + module.as_deref().unwrap_or_default();
                self.note_import(stmt.span, &module);
                for name in names {
                    self.set(name.bound(), Sym::Known(format!("{module}.{}", name.name)));
                }
            }
            StmtKind::FunctionDef(function) => {
                for decorator in &function.decorators {
                    self.eval(&decorator.value);
                }
                self.set(&function.name, Sym::Function(function));
            }
            StmtKind::Match { subject, cases } => {
                self.eval(subject);
                for case in cases {
                    self.block(&case.body);
                }
            }
            _ => {}
        }
        Flow::Next
    }

    fn note_import(&mut self, span: Span, module: &str) {
        let top = module.split('.').next().unwrap_or_default();
        if !PLAIN_MODULES.contains(&top) {
            self.find(span, FindingKind::Import { module: module.to_owned() });
        }
    }

    fn repeat(&mut self, target: &'m Expr, iter: &'m Expr, body: &'m [Stmt]) {
        let items = match self.eval(iter) {
            Sym::List(items) if items.len() <= MAX_ROUNDS => items,
            _ => vec![Sym::Value(Formula::Unknown(iter.span))],
        };
        self.loops.push(iter.span);
        for item in items {
            self.assign(target, item);
            self.block(body);
        }
        self.loops.pop();
    }

    pub(super) fn set(&mut self, name: &str, value: Sym<'m>) {
        if let Some(scope) = self.state.scopes.last_mut() {
            scope.insert(name.to_owned(), value);
        }
    }

    fn assign(&mut self, target: &'m Expr, value: Sym<'m>) {
        match &target.kind {
            ExprKind::Name(name) => self.set(name, value),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let items = match value {
                    Sym::List(items) if items.len() == targets.len() => items,
                    _ => vec![Sym::Value(Formula::Unknown(target.span)); targets.len()],
                };
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item);
                }
            }
            ExprKind::Subscript { value: base, index } => {
                let key = self.constant_text(index);
                self.put(base, key, value, target.span);
            }
            ExprKind::Attribute { name, .. } if name == "version_locations" => {
                self.find(target.span, FindingKind::VersionLocations);
            }
            _ => {}
        }
    }

    /// `base[key] = value`, where the base has a name of its own.
    pub(super) fn put(&mut self, base: &'m Expr, key: Option<String>, value: Sym<'m>, at: Span) {
        let whole = self.eval(base);
        if whole == Sym::Known("os.environ".to_owned()) {
            self.find(at, FindingKind::Variable { name: key });
            return;
        }
        if key.as_deref().is_some_and(|key| key.ends_with("url"))
            && matches!(whole, Sym::Section { .. })
        {
            self.find(at, FindingKind::Url);
        }
        let changed = match (whole, key) {
            (Sym::Section { main, mut own, span }, Some(key)) => {
                own.insert(key, Self::to_formula(&value, at));
                Sym::Section { main, own, span }
            }
            (Sym::Dict { mut items, open }, Some(key)) => {
                items.retain(|(own, _)| *own != key);
                items.push((key, value));
                Sym::Dict { items, open }
            }
            (Sym::Dict { items, .. }, None) => Sym::Dict { items, open: true },
            (other, _) => other,
        };
        self.replace(base, changed);
    }

    /// Gives the name that the expression is another value, wherever it is bound.
    pub(super) fn replace(&mut self, base: &Expr, changed: Sym<'m>) {
        if let ExprKind::Name(name) = &base.kind {
            let scope = self.state.scopes.iter_mut().rev().find(|scope| scope.contains_key(name));
            if let Some(scope) = scope {
                scope.insert(name.clone(), changed);
            }
        }
    }

    /// Goes into a function or lambda with these names; `None` when that is too deep.
    pub(super) fn inside<T>(
        &mut self,
        scope: BTreeMap<String, Sym<'m>>,
        span: Span,
        run: impl FnOnce(&mut Self) -> T,
    ) -> Option<T> {
        if self.calls >= MAX_CALLS {
            self.find(span, FindingKind::TooIntricate);
            return None;
        }
        if self.cut.is_some() {
            return None;
        }
        self.steps += 1;
        self.calls += 1;
        self.state.scopes.push(scope);
        let outcome = run(self);
        self.state.scopes.pop();
        self.calls -= 1;
        Some(outcome)
    }

    /// Runs a function of the file with these arguments.
    pub(super) fn follow(
        &mut self,
        function: &'m FunctionDef,
        positional: Vec<Sym<'m>>,
        keywords: &[(String, Sym<'m>)],
        span: Span,
    ) -> Sym<'m> {
        let mut scope = BTreeMap::new();
        let mut positional = positional.into_iter();
        for parameter in function.parameters.iter() {
            let keyword = keywords.iter().find(|(name, _)| *name == parameter.name);
            let value = match (positional.next(), keyword, &parameter.default) {
                (Some(value), ..) => value,
                (None, Some((_, value)), _) => value.clone(),
                (None, None, Some(default)) => self.eval(default),
                (None, None, None) => Sym::Value(Formula::Unknown(span)),
            };
            scope.insert(parameter.name.clone(), value);
        }
        match self.inside(scope, span, |walker| walker.block(&function.body)) {
            Some(Flow::Return(value)) => value,
            Some(Flow::Next) => Sym::Value(Formula::None),
            Some(Flow::Raise) => Sym::Value(Formula::Raises),
            None => Sym::Value(Formula::Unknown(span)),
        }
    }
}

/// Whether a block can leave the function or end the run.
fn leaves(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Raise { .. } => true,
        StmtKind::If { branches, orelse } => {
            branches.iter().any(|(_, body)| leaves(body)) || leaves(orelse)
        }
        StmtKind::With { body, .. } | StmtKind::For { body, .. } | StmtKind::Try { body, .. } => {
            leaves(body)
        }
        _ => false,
    })
}
