//! What a statement leaves behind that could not be run: errors in place of values, which are raised
//! when a name is read.

use std::rc::Rc;

use crate::eval::deferred::Deferred;
use crate::eval::error::Unsupported;
use crate::eval::facts::binds_only;
use crate::eval::frame::Frame;
use crate::eval::interpreter::Interpreter;
use crate::eval::module::Lazy;
use crate::eval::module::Module;
use crate::eval::scope::bound_names;
use crate::eval::text::Text;
use crate::eval::value::Value;
use crate::python;
use crate::python::ExprKind;
use crate::python::Stmt;
use crate::python::StmtKind;

impl Interpreter {
    /// Lets the names that a statement binds carry its error, and those of containers that it
    /// mentions: it may have changed them before it failed.
    pub(super) fn poison(&mut self, frame: &Frame, stmt: &Stmt, failed: Unsupported) {
        let is_told = !matches!(
            stmt.kind,
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::FunctionDef(_)
        );
        if frame.module.lazy.is_none() && is_told {
            frame.module.failed.borrow_mut().get_or_insert(failed.clone());
        }
        let bound = bound_names(std::slice::from_ref(stmt));
        let failure = Value::Deferred(Rc::new(Deferred::Failed(failed.clone())));
        let mut mentioned = mentioned_names(stmt);
        let at = lazy_statement(&frame.module, stmt);
        let lazy = frame.module.lazy.as_ref();
        let changes = at.zip(lazy).map(|(at, lazy)| lazy.plan.changes.by(at)).unwrap_or_default();
        mentioned.extend(&changes.names);
        if let (Some(at), Some(lazy)) = (at, lazy)
            && lazy.plan.changes_all.contains(&at)
        {
            self.poison_all(frame, lazy, &failed);
        }
        for name in mentioned {
            let changeable = match frame.module.globals.borrow().get(name) {
                Some(
                    Value::List(_)
                    | Value::Dict(_)
                    | Value::Set(_)
                    | Value::Instance(_)
                    | Value::Native(_),
                ) => true,
                Some(Value::Class(class)) => {
                    class.traits.is_python && changes.classes.contains(name)
                }
                _ => false,
            } || self.is_told_of(frame, stmt, name);
            if changeable {
                let name = self.intern(name);
                frame.module.set(name, failure.clone());
            }
        }
        for name in &bound {
            let name = self.intern(name);
            frame.module.set(name, failure.clone());
        }
        if let Some(lazy) = &frame.module.lazy
            && matches!(stmt.kind, StmtKind::ImportFrom { .. })
            && bound.is_empty()
        {
            lazy.star_failed.borrow_mut().get_or_insert(failed.clone());
        }
        if bound.is_empty() || !binds_only(stmt) {
            frame.module.skipped.borrow_mut().push(failed);
        }
    }

    /// Lets every name of a module carry an error: those that are bound, and those that are not.
    fn poison_all(&mut self, frame: &Frame, lazy: &Lazy, failed: &Unsupported) {
        lazy.star_failed.borrow_mut().get_or_insert(failed.clone());
        let bound: Vec<Text> =
            frame.module.globals.borrow().iter().map(|(name, _)| name.clone()).collect();
        let failure = Value::Deferred(Rc::new(Deferred::Failed(failed.clone())));
        for name in bound.into_iter().filter(|name| !name.starts_with("__")) {
            frame.module.set(name, failure.clone());
        }
    }

    /// Whether a name is that of a class of the project which learns of the classes derived from it,
    /// as a mapped class does, and one is derived here.
    fn is_told_of(&self, frame: &Frame, stmt: &Stmt, name: &str) -> bool {
        let StmtKind::ClassDef(derived) = &stmt.kind else { return false };
        let mut above = Names::default();
        for base in &derived.arguments {
            python::walk_expr(base.value(), &mut above);
        }
        above.0.contains(&name)
            && matches!(
                frame.module.globals.borrow().get(name),
                Some(Value::Class(class)) if class.traits.is_python && class.hooks.is_some()
            )
    }

    /// The statements of a module that could not be run and do more than bind names: what they
    /// would have done is missing.
    #[must_use]
    pub fn skipped(module: &Module) -> Vec<Unsupported> {
        module.skipped.borrow().clone()
    }

    /// A class or an assignment at the top of a file that could not be run. Its names carry the
    /// error, but whom else it would have told of itself, as a model tells its metadata, is not
    /// known.
    #[must_use]
    pub fn failed_statement(&self) -> Option<Unsupported> {
        self.modules.values().find_map(|module| module.failed.borrow().clone())
    }

    /// A value that stands for something that is not supported.
    pub(in crate::eval) fn deferred_failure(&self, what: String) -> Value {
        let failed = Unsupported { what, place: self.place() };
        Value::Deferred(Rc::new(Deferred::Failed(failed)))
    }
}

/// Which statement of a lazily run module this is.
fn lazy_statement(module: &Module, stmt: &Stmt) -> Option<usize> {
    let tree = module.tree.as_ref().filter(|_| module.lazy.is_some())?;
    let at = tree.body.partition_point(|other| other.span.start < stmt.span.start);
    tree.body.get(at).filter(|other| std::ptr::eq(*other, stmt)).map(|_| at)
}

/// The names that code mentions, but for those in the bodies of functions.
#[derive(Default)]
struct Names<'t>(Vec<&'t str>);

impl<'t> python::Visitor<'t> for Names<'t> {
    fn expr(&mut self, expr: &'t python::Expr) -> bool {
        if let ExprKind::Name(name) = &expr.kind {
            self.0.push(name);
        }
        true
    }

    fn function_body(&mut self, _: &'t python::FunctionDef) -> bool {
        false
    }
}

/// The names that a statement mentions outside of functions.
pub(in crate::eval) fn mentioned_names(stmt: &Stmt) -> Vec<&str> {
    let mut names = Names::default();
    python::walk_stmt(stmt, &mut names);
    names.0
}
