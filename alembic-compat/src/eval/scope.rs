//! Which names are local to a function, found once for its text; and the variables of its runs.

use std::cell::RefCell;
use std::rc::Rc;
use std::rc::Weak;

use crate::python::Comprehension;
use crate::python::Expr;
use crate::python::ExprKind;
use crate::python::FunctionDef;
use crate::python::Parameters;
use crate::python::Stmt;
use crate::python::StmtKind;
use crate::python::Visitor;
use crate::python::walk_expr;
use crate::python::walk_stmts;

use super::class::Class;
use super::memory;
use super::namespace::hash_text;
use super::table::Table;
use super::text::Text;
use super::value::Value;

/// The names of a function, class body or comprehension, as its text tells.
#[derive(Debug, Default)]
pub(super) struct Names {
    locals: Table<Text, ()>,
    globals: Vec<String>,
    nonlocals: Vec<String>,
    /// Whether it is a generator.
    pub(super) yields: bool,
}

impl Names {
    pub(super) fn of_function(parameters: &Parameters, body: &[Stmt]) -> Self {
        let mut names = Self::default();
        // The order of `Frame::bind`: parameters by position, keyword-only ones, `*`, `**`.
        let Parameters { positional_only, positional, star, keyword_only, double_star } =
            parameters;
        let by_name = positional_only.iter().chain(positional).chain(keyword_only);
        for parameter in by_name.chain(star).chain(double_star) {
            names.add_local(&parameter.name);
        }
        let mut collector = Collector { bound: Vec::new(), names: &mut names };
        walk_stmts(body, &mut collector);
        let bound = collector.bound;
        names.add_bound(&bound);
        names
    }

    pub(super) fn of_lambda(parameters: &Parameters, body: &Expr) -> Self {
        let mut names = Self::of_function(parameters, &[]);
        let mut collector = Collector { bound: Vec::new(), names: &mut names };
        walk_expr(body, &mut collector);
        let bound = collector.bound;
        names.add_bound(&bound);
        names
    }

    pub(super) fn of_comprehension(clauses: &[Comprehension]) -> Self {
        let mut names = Self::default();
        let mut bound = Vec::new();
        clauses.iter().for_each(|clause| target_names(&clause.target, &mut bound));
        names.add_bound(&bound);
        names
    }

    /// A class body: only what it declares matters, its own names are in a namespace.
    pub(super) fn of_class(body: &[Stmt]) -> Self {
        let mut names = Self::default();
        walk_stmts(body, &mut Collector { bound: Vec::new(), names: &mut names });
        names
    }

    fn add_bound(&mut self, bound: &[&str]) {
        for name in bound {
            let declared = self.globals.iter().chain(&self.nonlocals);
            if !declared.into_iter().any(|other| other == name) {
                self.add_local(name);
            }
        }
    }

    fn add_local(&mut self, name: &str) {
        let hash = hash_text(name);
        if self.locals.find(hash, |key| *key == name).is_none() {
            self.locals.push(hash, Text::from(name), ());
        }
    }

    pub(super) fn slot(&self, hash: u64, name: &str) -> Option<usize> {
        self.locals.find(hash, |key| *key == name)
    }

    pub(super) fn is_global(&self, name: &str) -> bool {
        self.globals.iter().any(|other| other == name)
    }

    pub(super) fn is_nonlocal(&self, name: &str) -> bool {
        self.nonlocals.iter().any(|other| other == name)
    }

    pub(super) fn locals(&self) -> impl Iterator<Item = &Text> {
        self.locals.iter().map(|(name, ())| name)
    }
}

/// The names that a target binds.
pub(super) fn target_names<'t>(target: &'t Expr, names: &mut Vec<&'t str>) {
    match &target.kind {
        ExprKind::Name(name) => names.push(name),
        ExprKind::Starred(inner) => target_names(inner, names),
        ExprKind::Tuple(items) | ExprKind::List(items) => {
            items.iter().for_each(|item| target_names(item, names));
        }
        _ => {}
    }
}

/// The names that statements bind, without those of functions and classes in them.
pub(crate) fn bound_names(body: &[Stmt]) -> Vec<&str> {
    let mut collector = Collector { bound: Vec::new(), names: &mut Names::default() };
    walk_stmts(body, &mut collector);
    collector.bound
}

struct Collector<'t, 'n> {
    bound: Vec<&'t str>,
    names: &'n mut Names,
}

impl<'t> Visitor<'t> for Collector<'t, '_> {
    fn stmt(&mut self, stmt: &'t Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } | StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| target_names(target, &mut self.bound));
            }
            StmtKind::AnnAssign { target, .. }
            | StmtKind::AugAssign { target, .. }
            | StmtKind::For { target, .. } => target_names(target, &mut self.bound),
            StmtKind::With { items, .. } => {
                let targets = items.iter().filter_map(|item| item.target.as_ref());
                targets.for_each(|target| target_names(target, &mut self.bound));
            }
            StmtKind::Try { handlers, .. } => {
                self.bound.extend(handlers.iter().filter_map(|handler| handler.name.as_deref()));
            }
            StmtKind::Global(names) => self.names.globals.extend_from_slice(names),
            StmtKind::Nonlocal(names) => self.names.nonlocals.extend_from_slice(names),
            StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } => {
                self.bound
                    .extend(names.iter().map(|name| name.bound()).filter(|name| *name != "*"));
            }
            StmtKind::FunctionDef(function) => self.bound.push(&function.name),
            StmtKind::ClassDef(class) => {
                self.bound.push(&class.name);
                for decorator in &class.decorators {
                    walk_expr(&decorator.value, self);
                }
                for argument in &class.arguments {
                    walk_expr(argument.value(), self);
                }
                return false;
            }
            StmtKind::TypeAlias(name) => self.bound.push(name),
            StmtKind::Match { cases, .. } => {
                self.bound.extend(cases.iter().flat_map(|case| &case.binds).map(String::as_str));
            }
            _ => {}
        }
        true
    }

    fn expr(&mut self, expr: &'t Expr) -> bool {
        match &expr.kind {
            ExprKind::Named { target, .. } => target_names(target, &mut self.bound),
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => self.names.yields = true,
            ExprKind::Lambda { .. } => return false,
            _ => {}
        }
        true
    }

    fn function_body(&mut self, _: &'t FunctionDef) -> bool {
        false
    }
}

/// The variables of one run of a function or comprehension.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) names: Rc<Names>,
    pub(super) slots: RefCell<Vec<Option<Value>>>,
    /// The scope of the function around it.
    pub(super) parent: Option<Rc<Scope>>,
    /// The class whose body defines the function, for `super()`.
    pub(super) class: Option<Rc<ClassCell>>,
}

/// The class that a body makes, known once the body has run.
#[derive(Debug, Default)]
pub(super) struct ClassCell(pub(super) RefCell<Option<Weak<Class>>>);

impl Scope {
    pub(super) fn new(
        names: &Rc<Names>,
        parent: Option<Rc<Self>>,
        class: Option<Rc<ClassCell>>,
    ) -> Self {
        let slots = RefCell::new(vec![None; names.locals.len()]);
        Self { names: Rc::clone(names), slots, parent, class }
    }

    pub(super) fn get(&self, slot: usize) -> Option<Value> {
        self.slots.borrow().get(slot).cloned().flatten()
    }

    /// Gives what was there, to be dropped by the caller.
    pub(super) fn set(&self, slot: usize, value: Option<Value>) -> Option<Value> {
        let mut slots = self.slots.borrow_mut();
        slots.get_mut(slot).and_then(|place| std::mem::replace(place, value))
    }

    /// The variable of this name in this scope or one around it.
    pub(super) fn find(self: &Rc<Self>, hash: u64, name: &str) -> Option<(Rc<Self>, usize)> {
        let mut scope = self;
        loop {
            if let Some(slot) = scope.names.slot(hash, name) {
                return Some((Rc::clone(scope), slot));
            }
            if scope.names.is_global(name) {
                return None;
            }
            scope = scope.parent.as_ref()?;
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        memory::drop_values(self.slots.get_mut().drain(..).flatten());
    }
}
