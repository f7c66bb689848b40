//! What code can do to the variables of a module besides assigning them: through `global` in a
//! function, `:=`, `globals()`, `exec` and the like.
//!
//! A function that is mentioned by code that runs at load counts as called from then on, and what
//! it can reach is never trusted again. The methods of a class count as called. `setattr` and
//! `sys.modules` cannot reach the variables, because Alembic does not enter the module there.

use std::collections::BTreeSet;

use crate::python::BinaryOp;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Span;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_expr;
use crate::python::walk_stmt;
use crate::python::walk_stmts;

/// Without one of these in it, ASCII code has no effects. (Elsewhere names have several spellings.)
const SIGNS: [&str; 6] = ["global", "exec", "eval", "vars", "locals", ":="];

/// Effects that were met.
#[derive(Debug)]
pub(crate) struct Effects<'t> {
    possible: bool,
    functions: Vec<&'t FunctionDef>,
    /// Functions that count as called.
    called: Vec<&'t FunctionDef>,
    /// A name, or all of them, and the code that may change it.
    on: Vec<(Option<&'t str>, Span)>,
}

impl<'t> Effects<'t> {
    /// For a module that was parsed from `code`.
    pub(crate) fn new(code: &str) -> Self {
        Self {
            possible: !code.is_ascii() || SIGNS.iter().any(|sign| code.contains(sign)),
            functions: Vec::new(),
            called: Vec::new(),
            on: Vec::new(),
        }
    }

    /// The code that may change the variable `name`.
    pub(crate) fn on(&self, name: &str) -> Option<Span> {
        let hit = |(on, _): &&(Option<&str>, Span)| on.is_none_or(|on| on == name);
        self.on.iter().find(hit).map(|(_, span)| *span)
    }

    /// Takes note of what a statement does when it is executed.
    pub(crate) fn of_stmt(&mut self, stmt: &'t Stmt) {
        if self.possible {
            self.follow(|walk| walk_stmt(stmt, walk));
        }
    }

    /// Takes note of what an expression does when it is evaluated.
    pub(super) fn of_expr(&mut self, expr: &'t Expr) {
        if self.possible {
            self.follow(|walk| walk_expr(expr, walk));
        }
    }

    fn follow(&mut self, start: impl FnOnce(&mut Walk<'_, 't>)) {
        let mut walk = Walk { effects: self, inside: false, pending: Vec::new() };
        start(&mut walk);
        while let Some(function) = walk.pending.pop() {
            if !walk.effects.called.iter().any(|called| std::ptr::eq(*called, function)) {
                walk.effects.called.push(function);
                walk.inside = true;
                walk_stmts(&function.body, &mut walk);
            }
        }
    }
}

/// Walks through code that is executed.
struct Walk<'e, 't> {
    effects: &'e mut Effects<'t>,
    /// In a function that is called, or in a class.
    inside: bool,
    /// Functions that are mentioned.
    pending: Vec<&'t FunctionDef>,
}

impl<'t> Visitor<'t> for Walk<'_, 't> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Global(names) => {
                self.effects.on.extend(names.iter().map(|name| (Some(&**name), stmt.span)));
            }
            StmtKind::FunctionDef(function) => self.effects.functions.push(function),
            StmtKind::ClassDef(class) => {
                let inside = std::mem::replace(&mut self.inside, true);
                for decorator in &class.decorators {
                    walk_expr(&decorator.value, self);
                }
                for argument in &class.arguments {
                    walk_expr(argument.value(), self);
                }
                walk_stmts(&class.body, self);
                self.inside = inside;
                return false;
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        let all = (None, expr.span);
        match &expr.kind {
            ExprKind::Name(name) => match &**name {
                "globals" | "locals" | "vars" | "exec" | "eval" => self.effects.on.push(all),
                name => {
                    let functions = &self.effects.functions;
                    let named = functions.iter().filter(|function| function.name == name);
                    self.pending.extend(named);
                }
            },
            ExprKind::Attribute { name, .. } => {
                if matches!(&**name, "__globals__" | "f_globals" | "f_locals") {
                    self.effects.on.push(all);
                }
            }
            ExprKind::Named { target, .. } => {
                if let ExprKind::Name(name) = &target.kind {
                    self.effects.on.push((Some(name), expr.span));
                }
            }
            // `vars(x)` is about x.
            ExprKind::Call { function, arguments }
                if !arguments.is_empty()
                    && matches!(&function.kind, ExprKind::Name(name) if name == "vars") =>
            {
                for argument in arguments {
                    walk_expr(argument.value(), self);
                }
                return false;
            }
            _ => {}
        }
        true
    }

    fn annotation(&mut self, annotation: &'t Expr) -> bool {
        !is_plain(annotation) && self.expr(annotation)
    }

    fn function_body(&mut self, function: &'t FunctionDef) -> bool {
        self.inside || !function.decorators.is_empty()
    }
}

/// Whether evaluating `expr` calls nothing: names, constants, types such as `Union[str, None]`.
fn is_plain(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::None
        | ExprKind::Bool(_)
        | ExprKind::Ellipsis
        | ExprKind::Number(_)
        | ExprKind::Str(_)
        | ExprKind::Bytes(_)
        | ExprKind::Name(_) => true,
        ExprKind::Attribute { value, .. } => is_plain(value),
        ExprKind::Subscript { value, index } => is_plain(value) && is_plain(index),
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().all(is_plain),
        ExprKind::Binary { first, rest } => {
            is_plain(first)
                && rest.iter().all(|(op, value)| *op == BinaryOp::BitOr && is_plain(value))
        }
        _ => false,
    }
}

/// Whether defining `function` calls nothing.
pub(super) fn is_plain_function(function: &FunctionDef) -> bool {
    let parameters = &function.parameters;
    let mut at_definition = parameters
        .iter()
        .flat_map(|parameter| parameter.annotation.iter().chain(&parameter.default))
        .chain(&function.returns);
    function.decorators.is_empty() && at_definition.all(is_plain)
}

/// The names that the visited code mentions anywhere.
pub(super) fn mentioned_names<'t>(visit: impl FnOnce(&mut Mentioned<'t>)) -> Vec<&'t str> {
    let mut mentioned = Mentioned::default();
    visit(&mut mentioned);
    mentioned.0
}

#[derive(Default)]
pub(super) struct Mentioned<'t>(Vec<&'t str>);

impl<'t> Visitor<'t> for Mentioned<'t> {
    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Name(name) = &expr.kind {
            self.0.push(name);
        }
        true
    }
}

/// The variables of the module that `body`, which stands outside functions, can bind or unbind.
/// Each is named once.
pub(crate) fn bound_names(body: &[Stmt]) -> Vec<&str> {
    let mut bound = Bound { names: Vec::new(), seen: BTreeSet::new() };
    walk_stmts(body, &mut bound);
    bound.names
}

struct Bound<'t> {
    names: Vec<&'t str>,
    seen: BTreeSet<&'t str>,
}

impl<'t> Bound<'t> {
    fn add(&mut self, name: &'t str) {
        if self.seen.insert(name) {
            self.names.push(name);
        }
    }

    fn target(&mut self, target: &'t Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.add(name),
            ExprKind::Starred(target) => self.target(target),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                targets.iter().for_each(|target| self.target(target));
            }
            _ => {}
        }
    }
}

impl<'t> Visitor<'t> for Bound<'t> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.target(target));
            }
            StmtKind::AnnAssign { target, value: Some(_), .. }
            | StmtKind::AugAssign { target, .. }
            | StmtKind::For { target, .. } => self.target(target),
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|item| item.target.as_ref()).for_each(|t| self.target(t));
            }
            StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } => {
                names
                    .iter()
                    .filter(|name| name.name != "*")
                    .for_each(|name| self.add(name.bound()));
            }
            StmtKind::FunctionDef(function) => self.add(&function.name),
            StmtKind::TypeAlias(name) => self.add(name),
            StmtKind::Try { handlers, .. } => {
                handlers.iter().filter_map(|h| h.name.as_deref()).for_each(|name| self.add(name));
            }
            StmtKind::Match { cases, .. } => {
                cases.iter().flat_map(|case| &case.binds).for_each(|name| self.add(name));
            }
            StmtKind::ClassDef(class) => {
                // What is bound in a class is its own, except through `global`: an effect.
                self.add(&class.name);
                return false;
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        if let ExprKind::Named { target, .. } = &expr.kind {
            self.target(target);
        }
        true
    }

    fn function_body(&mut self, _function: &'t FunctionDef) -> bool {
        false
    }
}
