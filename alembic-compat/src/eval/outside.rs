//! What the text of a file tells of its dealings with other modules: what it imports, and what it
//! does to imported things when it is loaded and when its functions are called.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashSet;

use crate::python;
use crate::python::Argument;
use crate::python::ClassDef;
use crate::python::Decorator;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;

use super::facts::CHANGING;
use super::facts::facts;
use super::facts::never_runs;
use super::scope::bound_names;

/// What a file does.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// What names that imports bind are called where they come from.
    pub(super) imported: BTreeMap<String, String>,
    /// What is done when it is loaded.
    pub(super) now: Vec<Action>,
    /// What is done when a function, or a method of a class, is called.
    pub(super) later: BTreeMap<String, Vec<Action>>,
    /// Functions that change what they are given.
    pub(super) changes_given: BTreeSet<String>,
    /// Classes that run code when another is derived from them.
    pub(super) tells: BTreeSet<String>,
    /// Classes whose methods change what belongs to the class.
    pub(super) changes_class: BTreeSet<String>,
    /// The names in all of that.
    pub(super) mentions: Mentions,
}

/// Names in what is done, to tell quickly that something is not done.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// The attributes and names that are set.
    pub(super) sets: HashSet<String>,
    /// What stands in paths of things that are set, changed, or given to functions.
    pub(super) changes: HashSet<String>,
    /// What stands in paths of things that are called.
    pub(super) calls: HashSet<String>,
}

/// Something that is done to what an expression of attributes gives.
#[derive(Debug)]
pub(super) struct Action {
    pub(super) what: What,
    /// The name that the expression begins with, and the attributes.
    pub(super) path: Vec<String>,
    pub(super) span: Span,
}

/// What is done.
#[derive(Debug)]
pub(super) enum What {
    /// It is set, or an item of it.
    Set,
    /// It is changed by a method of lists, dicts and sets.
    Changed,
    Called,
    /// It is the base of a class.
    Derived,
    /// It is given to a function of this name.
    Given(String),
}

/// What Python calls when a class is derived.
const HOOK: &str = "__init_subclass__";

/// The name among functions of what runs when a class is derived from this one.
pub(super) fn hook_of(class: &str) -> String {
    format!("{class}.{HOOK}")
}

impl Outside {
    /// Finds out what a file does.
    pub(super) fn of(body: &[Stmt]) -> Self {
        let mut outside = Self::default();
        for stmt in body.iter().filter(|stmt| !never_runs(stmt)) {
            let mut collector =
                Collector { outside: &mut outside, of: None, class: None, locals: Vec::new() };
            python::walk_stmt(stmt, &mut collector);
            if let StmtKind::ClassDef(class) = &stmt.kind
                && facts(0, stmt, &BTreeSet::new()).is_some_and(|facts| {
                    !facts.set_by.is_empty() || facts.sets.contains(class.name.as_str())
                })
            {
                outside.changes_class.insert(class.name.clone());
            }
        }
        let actions: Vec<&Action> =
            outside.now.iter().chain(outside.later.values().flatten()).collect();
        let mut mentions = Mentions::default();
        for action in actions {
            let Some((first, rest)) = action.path.split_first() else { continue };
            let first = outside.imported.get(first).unwrap_or(first);
            if matches!(action.what, What::Set) {
                mentions.sets.insert(rest.last().unwrap_or(first).clone());
            }
            if matches!(action.what, What::Called) {
                mentions.calls.insert(first.clone());
                mentions.calls.extend(rest.iter().cloned());
            }
            if matches!(action.what, What::Set | What::Changed | What::Given(_)) {
                mentions.changes.insert(first.clone());
                mentions.changes.extend(rest.iter().cloned());
            }
        }
        outside.mentions = mentions;
        outside
    }
}

struct Collector<'o> {
    outside: &'o mut Outside,
    /// The function or class at the top that is walked, once its body is.
    of: Option<String>,
    /// The class at the top that is walked.
    class: Option<String>,
    /// The names of the functions that are walked: parameters and what they bind.
    locals: Vec<Locals>,
}

struct Locals {
    parameters: BTreeSet<String>,
    bound: BTreeSet<String>,
    function: String,
}

impl Collector<'_> {
    fn act(&mut self, what: What, expr: &Expr, span: Span) {
        let Some(path) = path_of(expr) else { return };
        if let Some(first) = path.first()
            && let Some(locals) = self.locals.iter().find(|locals| locals.bound.contains(first))
            && !self.outside.imported.contains_key(first)
        {
            let changes = match what {
                What::Set => path.len() > 1 || !matches!(expr.kind, ExprKind::Name(_)),
                What::Changed => true,
                _ => false,
            };
            if changes && locals.parameters.contains(first) {
                let function = locals.function.clone();
                self.outside.changes_given.insert(function);
            }
            return;
        }
        let action = Action { what, path, span };
        match &self.of {
            Some(function) => {
                self.outside.later.entry(function.clone()).or_default().push(action);
            }
            None => self.outside.now.push(action),
        }
    }

    fn set(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {
                self.act(What::Set, target, target.span);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.set(item));
            }
            _ => {}
        }
    }

    fn give(&mut self, to: &str, value: &Expr, span: Span) {
        match &value.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                self.act(What::Given(to.to_owned()), value, span);
            }
            ExprKind::List(items) | ExprKind::Tuple(items) => {
                items.iter().for_each(|item| self.give(to, item, span));
            }
            _ => {}
        }
    }

    fn decorators(&mut self, decorators: &[Decorator]) {
        for decorator in decorators {
            if !matches!(decorator.value.kind, ExprKind::Call { .. }) {
                self.act(What::Called, &decorator.value, decorator.value.span);
            }
        }
    }

    fn class(&mut self, class: &ClassDef) {
        let has_hook = class.body.iter().any(|stmt| {
            matches!(&stmt.kind, StmtKind::FunctionDef(function)
                if function.name == "__init_subclass__")
        });
        let is_metaclass =
            |base: &Argument| matches!(base, Argument::Keyword { name, .. } if name == "metaclass");
        if has_hook || class.arguments.iter().any(is_metaclass) {
            self.outside.tells.insert(class.name.clone());
        }
        for base in &class.arguments {
            self.act(What::Derived, base.value(), base.value().span);
        }
    }
}

/// The name that an expression begins with and the attributes behind it; items and calls are left
/// out.
fn path_of(expr: &Expr) -> Option<Vec<String>> {
    let mut path = Vec::new();
    let mut expr = expr;
    loop {
        match &expr.kind {
            ExprKind::Name(name) => {
                path.push(name.clone());
                path.reverse();
                return Some(path);
            }
            ExprKind::Attribute { value, name } => {
                path.push(name.clone());
                expr = value;
            }
            ExprKind::Subscript { value, .. } => expr = value,
            ExprKind::Call { function, .. } => expr = function,
            _ => return None,
        }
    }
}

impl<'t> Visitor<'t> for Collector<'_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Import(names) => {
                for name in names {
                    // `import a.b` binds `a`, and `import a.b as c` binds `b`.
                    let last = name.name.rsplit('.').next().unwrap_or_default();
                    let original = if name.alias.is_some() { last } else { name.bound() };
                    let original = original.to_owned();
                    self.outside.imported.insert(name.bound().to_owned(), original);
                }
            }
            StmtKind::ImportFrom { names, .. } => {
                for name in names {
                    self.outside.imported.insert(name.bound().to_owned(), name.name.clone());
                }
            }
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.set(target));
            }
            StmtKind::AnnAssign { target, value: Some(_), .. } => self.set(target),
            StmtKind::AugAssign { target, .. } => self.act(What::Set, target, stmt.span),
            StmtKind::Global(names) if self.of.is_some() => {
                for name in names {
                    let function = self.of.clone().unwrap_or_default();
                    let action =
                        Action { what: What::Set, path: vec![name.clone()], span: stmt.span };
                    self.outside.later.entry(function).or_default().push(action);
                }
            }
            StmtKind::FunctionDef(function) => self.decorators(&function.decorators),
            StmtKind::ClassDef(class) => {
                self.decorators(&class.decorators);
                self.class(class);
                let decorators = class.decorators.iter().map(|decorator| &decorator.value);
                let bases = class.arguments.iter().map(Argument::value);
                decorators.chain(bases).for_each(|expr| python::walk_expr(expr, self));
                let inside = self.class.clone().unwrap_or_else(|| class.name.clone());
                let outer = self.class.replace(inside);
                python::walk_stmts(&class.body, self);
                self.class = outer;
                return false;
            }
            StmtKind::If { .. } => return !never_runs(stmt),
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        let ExprKind::Call { function, arguments } = &expr.kind else { return true };
        if let ExprKind::Attribute { value, name } = &function.kind
            && CHANGING.contains(&name.as_str())
        {
            self.act(What::Changed, value, expr.span);
        }
        self.act(What::Called, function, expr.span);
        let last = match &function.kind {
            ExprKind::Name(name) | ExprKind::Attribute { name, .. } => name,
            _ => return true,
        };
        if last == "setattr" || last == "delattr" {
            if let Some(owner) = arguments.first() {
                self.act(What::Changed, owner.value(), expr.span);
            }
            return true;
        }
        for argument in arguments {
            self.give(last, argument.value(), expr.span);
        }
        true
    }

    fn annotation(&mut self, _: &'t Expr) -> bool {
        false
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        let is_method = self.class.is_some() && self.of.is_none();
        let mut parameters: BTreeSet<String> =
            function.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let mut bound: BTreeSet<String> =
            bound_names(&function.body).into_iter().map(str::to_owned).collect();
        for stmt in &function.body {
            if let StmtKind::Global(names) = &stmt.kind {
                bound.retain(|name| !names.contains(name));
            }
        }
        bound.extend(parameters.iter().cloned());
        if is_method && let Some(receiver) = function.parameters.iter().next() {
            parameters.remove(&receiver.name);
        }
        let class = self.class.as_ref();
        let name = match class {
            // It runs for other reasons than the methods that are called.
            Some(class) if is_method && function.name == HOOK => hook_of(class),
            _ => self.of.as_ref().or(class).unwrap_or(&function.name).clone(),
        };
        self.locals.push(Locals { parameters, bound, function: name.clone() });
        let outer = self.of.replace(name);
        python::walk_stmts(&function.body, self);
        self.of = outer;
        self.locals.pop();
        false
    }
}
