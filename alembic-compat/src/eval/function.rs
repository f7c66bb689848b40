//! Functions: of Python code, native, and bound to objects.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use crate::python::Expr;
use crate::python::FunctionDef;
use crate::python::Parameters;
use crate::python::Stmt;

use super::args::Args;
use super::error::Result;
use super::interpreter::Interpreter;
use super::memory;
use super::module::Module;
use super::namespace::Namespace;
use super::scope::ClassCell;
use super::scope::Names;
use super::scope::Scope;
use super::text::Text;
use super::value::Value;

/// A function or lambda of Python code.
pub struct Function {
    /// The name.
    pub name: Text,
    /// The name with those of the classes and functions around it.
    pub qualified: Text,
    /// The module that defines it, whose globals it sees.
    pub module: Rc<Module>,
    /// Attributes set from outside; `__doc__`, `__wrapped__` and the like.
    pub attributes: RefCell<Namespace>,
    pub(super) code: Code,
    /// Defaults of the positional parameters, for the last ones of them.
    pub(super) defaults: Vec<Value>,
    /// Defaults of the keyword-only parameters.
    pub(super) keyword_defaults: Vec<Option<Value>>,
    pub(super) closure: Option<Rc<Scope>>,
    pub(super) class_cell: Option<Rc<ClassCell>>,
    pub(super) names: Rc<Names>,
}

/// What a function runs.
#[derive(Clone)]
pub(super) enum Code {
    Def(Arc<FunctionDef>),
    Lambda(Arc<Parameters>, Arc<Expr>),
}

impl Code {
    pub(super) fn parameters(&self) -> &Parameters {
        match self {
            Self::Def(function) => &function.parameters,
            Self::Lambda(parameters, _) => parameters,
        }
    }

    pub(super) fn body(&self) -> &[Stmt] {
        match self {
            Self::Def(function) => &function.body,
            Self::Lambda(..) => &[],
        }
    }
}

impl Function {
    /// The names of its parameters, in order.
    pub fn default_count(&self) -> usize {
        self.defaults.len() + self.keyword_defaults.iter().flatten().count()
    }

    /// The names of the parameters, stars left out.
    pub fn parameter_names(&self) -> impl Iterator<Item = &str> {
        self.code.parameters().iter().map(|parameter| &*parameter.name)
    }

    pub(super) fn class_cell(&self) -> Option<Rc<ClassCell>> {
        self.class_cell.clone()
    }

    /// Its definition, when it is a `def`.
    pub(crate) fn definition(&self) -> Option<&Arc<FunctionDef>> {
        match &self.code {
            Code::Def(function) => Some(function),
            Code::Lambda(..) => None,
        }
    }

    /// Its parameters and its expression, when it is a lambda.
    pub(crate) fn lambda(&self) -> Option<(&Arc<Parameters>, &Arc<Expr>)> {
        match &self.code {
            Code::Def(_) => None,
            Code::Lambda(parameters, body) => Some((parameters, body)),
        }
    }

    /// Where its text is in memory, which tells it from others as long as the text is kept.
    pub(crate) fn address(&self) -> usize {
        match &self.code {
            Code::Def(definition) => Arc::as_ptr(definition) as usize,
            Code::Lambda(_, body) => Arc::as_ptr(body) as usize,
        }
    }

    /// Whether calling it gives a generator.
    #[must_use]
    pub fn is_generator(&self) -> bool {
        self.names.yields
    }

    /// Whether it is an `async def`.
    #[must_use]
    pub fn is_async(&self) -> bool {
        matches!(&self.code, Code::Def(function) if function.is_async)
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        memory::drop_values(self.defaults.drain(..));
        memory::drop_values(self.keyword_defaults.drain(..).flatten());
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({}.{})", self.module.name, self.qualified)
    }
}

/// A native function.
pub struct Builtin {
    /// The name.
    pub name: Text,
    /// Whether it gets the object as its first argument when it is found in the object's class.
    pub is_method: bool,
    run: Box<NativeCall>,
}

type NativeCall = dyn Fn(&mut Interpreter, Args) -> Result<Value>;

impl Builtin {
    /// A function.
    pub fn new(
        name: impl Into<Text>,
        run: impl Fn(&mut Interpreter, Args) -> Result<Value> + 'static,
    ) -> Self {
        Self { name: name.into(), is_method: false, run: Box::new(run) }
    }

    /// A method: the object is the first positional argument.
    pub fn method(
        name: impl Into<Text>,
        run: impl Fn(&mut Interpreter, Args) -> Result<Value> + 'static,
    ) -> Self {
        Self { is_method: true, ..Self::new(name, run) }
    }

    pub(super) fn call(&self, interp: &mut Interpreter, args: Args) -> Result<Value> {
        (self.run)(interp, args)
    }
}

impl fmt::Debug for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Builtin({})", self.name)
    }
}

/// A function bound to an object (or a class).
#[derive(Debug)]
pub struct Method {
    /// The function.
    pub function: Value,
    /// Its first argument.
    pub receiver: Value,
}

impl Drop for Method {
    fn drop(&mut self) {
        memory::drop_values([
            std::mem::take(&mut self.function),
            std::mem::take(&mut self.receiver),
        ]);
    }
}
