//! Modules: files that were loaded, and native ones.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::python;

use super::error::Result;
use super::error::Unsupported;
use super::interpreter::Interpreter;
use super::lazy::Plan;
use super::namespace::Namespace;
use super::text::Text;
use super::value::Value;

/// Looks up an attribute that a native module does not have in its namespace.
pub type ModuleFallback = fn(&mut Interpreter, &Rc<Module>, &str) -> Result<Option<Value>>;

/// A module.
pub struct Module {
    /// Its dotted name.
    pub name: Text,
    /// Its file as tracebacks show it; empty for native ones.
    pub file: Text,
    /// The text of the file.
    pub source: Rc<str>,
    /// Its names.
    pub globals: RefCell<Namespace>,
    /// The statements of the file.
    pub(super) tree: Option<Arc<python::Module>>,
    /// What runs by need, in a module of the project.
    pub(super) lazy: Option<Lazy>,
    /// Whether it is a package, so that relative imports count from itself.
    pub(super) is_package: bool,
    pub(super) fallback: Option<ModuleFallback>,
    /// Statements that could not be run and do more than bind names.
    pub(super) skipped: RefCell<Vec<Unsupported>>,
    /// The first class or assignment that could not be run: it may have told others of itself.
    pub(super) failed: RefCell<Option<Unsupported>>,
    /// A module of which it takes all names, where not all of these are known here.
    pub(super) open_star: RefCell<Option<Text>>,
}

/// The state of a module that is run by need.
#[derive(Debug)]
pub(super) struct Lazy {
    pub(super) plan: Rc<Plan>,
    /// Which parts have begun to run.
    pub(super) begun: RefCell<Vec<bool>>,
    /// A `from … import *` that could not be run: any name could come from it.
    pub(super) star_failed: RefCell<Option<Unsupported>>,
}

impl Lazy {
    pub(super) fn new(plan: Rc<Plan>) -> Self {
        let begun = RefCell::new(vec![false; plan.parts.len()]);
        Self { plan, begun, star_failed: RefCell::default() }
    }

    /// The part of a name, if it waits.
    pub(super) fn waiting(&self, name: &str) -> Option<usize> {
        let part = *self.plan.owners.get(name)?;
        (!self.begun.borrow().get(part).copied().unwrap_or(true)).then_some(part)
    }

    /// Says that a part begins to run; `false` when it already has.
    pub(super) fn begin(&self, part: usize) -> bool {
        match self.begun.borrow_mut().get_mut(part) {
            Some(begun) => !std::mem::replace(begun, true),
            None => false,
        }
    }
}

impl Module {
    /// A native module without names.
    #[must_use]
    pub fn native(name: impl Into<Text>) -> Self {
        let name = name.into();
        let module = Self {
            name: name.clone(),
            file: Text::from(""),
            source: Rc::from(""),
            globals: RefCell::default(),
            tree: None,
            lazy: None,
            is_package: false,
            fallback: None,
            skipped: RefCell::default(),
            failed: RefCell::default(),
            open_star: RefCell::default(),
        };
        module.set("__name__", Value::Str(name));
        module
    }

    /// The same with a function for names that are not in the namespace.
    #[must_use]
    pub fn with_fallback(mut self, fallback: ModuleFallback) -> Self {
        self.fallback = Some(fallback);
        self
    }

    /// The statements of the file; none of a native module.
    pub(crate) fn tree(&self) -> Option<&Arc<python::Module>> {
        self.tree.as_ref()
    }

    /// Binds a name.
    pub fn set(&self, name: impl Into<Text>, value: Value) {
        let old = self.globals.borrow_mut().set(name.into(), value);
        drop(old);
    }

    /// Binds a native function.
    pub fn function(
        &self,
        name: &'static str,
        run: impl Fn(&mut Interpreter, super::args::Args) -> Result<Value> + 'static,
    ) {
        self.set(name, Value::Builtin(Rc::new(super::function::Builtin::new(name, run))));
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Module({})", self.name)
    }
}
