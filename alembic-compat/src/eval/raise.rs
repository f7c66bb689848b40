//! Raising: the `raise` statement, and exceptions and errors that native code gives.

use std::rc::Rc;

use crate::python::Expr;
use crate::python::Stmt;

use super::args::Args;
use super::class::Class;
use super::class::Instance;
use super::error::Error;
use super::error::Result;
use super::error::Unsupported;
use super::frame::Frame;
use super::interpreter::Interpreter;
use super::statement::Flow;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    pub(super) fn exec_raise(
        &mut self,
        frame: &Frame,
        stmt: &Stmt,
        exception: Option<&Expr>,
        cause: Option<&Expr>,
    ) -> Result<Flow> {
        let Some(exception) = exception else {
            return match self.handled.last() {
                Some(Value::Instance(exception)) => {
                    Err(Box::new(Error::Raised(Rc::clone(exception))))
                }
                _ => self.raise("RuntimeError", "No active exception to reraise"),
            };
        };
        let exception = self.eval(frame, exception)?;
        let exception =
            self.as_exception(&exception, "exceptions must derive from BaseException")?;
        let cause =
            match cause {
                None => None,
                Some(cause) => {
                    let cause = self.eval(frame, cause)?;
                    Some(match &cause {
                        Value::None => None,
                        cause => Some(Value::Instance(self.as_exception(
                            cause,
                            "exception causes must derive from BaseException",
                        )?)),
                    })
                }
            };
        self.mark(stmt.span);
        if let Some(state) = &exception.exception {
            let mut state = state.borrow_mut();
            if let Some(cause) = cause {
                state.cause = cause;
                state.suppress_context = true;
            }
            let context = self.handled.last().cloned();
            if !context.as_ref().is_some_and(|it| it.is(&Value::Instance(Rc::clone(&exception)))) {
                state.context = context;
            }
        }
        Err(Box::new(Error::Raised(exception)))
    }

    /// The exception that `raise value` raises.
    ///
    /// # Errors
    /// A `TypeError` for what is none.
    pub(super) fn as_exception(&mut self, value: &Value, message: &str) -> Result<Rc<Instance>> {
        let made = match value {
            Value::Class(class) if class.traits.is_exception => {
                self.call_class(class, Args::none())?
            }
            other => other.clone(),
        };
        match made {
            Value::Instance(instance) if instance.exception.is_some() => Ok(instance),
            _ => self.type_error(message),
        }
    }

    /// An error for Python that is not supported. It cannot be caught.
    #[must_use]
    pub fn unsupported(&self, what: impl Into<String>) -> Box<Error> {
        Box::new(Error::Unsupported(Unsupported { what: what.into(), place: self.place() }))
    }

    /// A new exception of a class.
    ///
    /// # Errors
    /// What making it raises.
    pub fn exception(&mut self, class: &Rc<Class>, args: Vec<Value>) -> Result<Value> {
        self.call_class(class, Args::of(args))
    }

    /// An exception as an error, without running its constructor: for native classes.
    #[must_use]
    pub fn raised(&mut self, class: &Rc<Class>, args: Vec<Value>) -> Box<Error> {
        let instance = Instance::new(Rc::clone(class), None);
        if let Some(state) = &instance.exception {
            let mut state = state.borrow_mut();
            state.args = args;
            state.context = self.handled.last().cloned();
        }
        Box::new(Error::Raised(Rc::new(instance)))
    }

    /// An exception of a built-in class as an error.
    #[must_use]
    pub fn raised_builtin(&mut self, class: &str, args: Vec<Value>) -> Box<Error> {
        match self.builtins.get(class) {
            Some(Value::Class(class)) => {
                let class = Rc::clone(class);
                self.raised(&class, args)
            }
            _ => self.unsupported(format!("the exception {class}")),
        }
    }

    /// Raises an exception of a built-in class with a message.
    ///
    /// # Errors
    /// Always.
    pub fn raise<R>(&mut self, class: &str, message: impl Into<Text>) -> Result<R> {
        Err(self.raised_builtin(class, vec![Value::str(message)]))
    }

    /// Raises a `TypeError`.
    ///
    /// # Errors
    /// Always.
    pub fn type_error<R>(&mut self, message: impl Into<Text>) -> Result<R> {
        self.raise("TypeError", message)
    }

    /// Raises a `ValueError`.
    ///
    /// # Errors
    /// Always.
    pub fn value_error<R>(&mut self, message: impl Into<Text>) -> Result<R> {
        self.raise("ValueError", message)
    }
}
