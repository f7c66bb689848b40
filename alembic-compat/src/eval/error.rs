//! What can end the run of Python code.

use std::fmt;
use std::rc::Rc;

use crate::python::Position;
use crate::python::Span;
use crate::python::position;

use super::class::Instance;
use super::module::Module;
use super::text::Text;
use super::value::Value;

/// What calls of the interpreter give.
pub type Result<T> = std::result::Result<T, Box<Error>>;

/// Why a run stopped. Only [`Error::Raised`] can be caught by Python code.
#[derive(Debug, Clone)]
pub enum Error {
    /// A Python exception.
    Raised(Rc<Instance>),
    /// Python that the interpreter does not run.
    Unsupported(Unsupported),
    /// A limit was reached.
    Limit(LimitReached),
    /// The host failed in a way that is no Python exception.
    Host(HostError),
}

/// Python that the interpreter does not run: a construct, a module or a function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not supported without Python ({place})")]
pub struct Unsupported {
    /// What it is.
    pub what: String,
    /// Where.
    pub place: Place,
}

/// Which limit was reached, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{limit} ({place})")]
pub struct LimitReached {
    /// Which one.
    pub limit: Limit,
    /// Where.
    pub place: Place,
}

/// The limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Too many steps: an endless loop, most likely.
    #[error("the code ran for more than {0} steps")]
    Steps(u64),
    /// Calls or values nested too deeply.
    #[error("calls or values are nested too deeply")]
    Depth,
    /// Too much memory in all.
    #[error("the values of the code take more than {0} bytes")]
    Memory(usize),
    /// One value is too large.
    #[error("{0} would be larger than limbeck allows")]
    Size(&'static str),
}

/// A failure of the host, with the error of its own.
#[derive(Debug, Clone)]
pub struct HostError {
    source: Rc<dyn std::error::Error>,
}

impl HostError {
    /// From an error or a message.
    pub fn new(error: impl Into<Box<dyn std::error::Error>>) -> Self {
        Self { source: Rc::from(error.into()) }
    }

    /// The host's own error.
    #[must_use]
    pub fn source(&self) -> &(dyn std::error::Error + 'static) {
        &*self.source
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.source, f)
    }
}

impl From<HostError> for Box<Error> {
    fn from(error: HostError) -> Self {
        Self::new(Error::Host(error))
    }
}

/// A place in a file. Its line of source may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file; empty outside of any.
    pub file: String,
    /// The bytes of it.
    pub span: Span,
    /// Line, column and source line.
    pub position: Position,
}

impl Place {
    /// A place outside of any file.
    #[must_use]
    pub fn nowhere() -> Self {
        Self {
            file: String::new(),
            span: Span { start: 0, end: 0 },
            position: Position { line: 0, column: 0, source_line: String::new() },
        }
    }

    pub(super) fn new(module: &Module, span: Span) -> Self {
        Self {
            file: module.file.to_string(),
            span,
            position: position(&module.source, span.offset()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.file, self.position)
    }
}

/// One line of a traceback.
#[derive(Debug, Clone)]
pub struct TraceEntry {
    /// The module, which has the file and its text.
    pub module: Rc<Module>,
    /// The code that ran.
    pub span: Span,
    /// The function, or `<module>`.
    pub function: Text,
    /// Tells the runs of one function apart.
    pub(super) frame: u64,
}

/// What exceptions have beside attributes.
#[derive(Debug, Default)]
pub struct ExceptionState {
    /// The arguments of the class.
    pub args: Vec<Value>,
    /// After `raise … from`.
    pub cause: Option<Value>,
    /// The exception that was being handled.
    pub context: Option<Value>,
    /// Whether `raise … from` was used, so that the context is not shown.
    pub suppress_context: bool,
    /// Innermost first.
    pub traceback: Vec<TraceEntry>,
}

impl ExceptionState {
    pub(super) fn take_values(&mut self) -> Vec<Value> {
        let mut values = std::mem::take(&mut self.args);
        values.extend(self.cause.take());
        values.extend(self.context.take());
        values
    }
}

/// An [`Error`] as plain data, which outlives the interpreter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A Python exception that nothing caught.
    #[error("{summary}")]
    Raised {
        /// The name of its class.
        class: String,
        /// `str()` of the exception.
        message: String,
        /// The last line of a traceback: class and message.
        summary: String,
        /// The whole traceback as Python prints it, source lines included.
        traceback: String,
        /// Where it was raised, outermost first.
        places: Vec<Place>,
    },
    /// Python that the interpreter does not run.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// A limit was reached.
    #[error(transparent)]
    Limit(#[from] LimitReached),
    /// The host failed.
    #[error("{0}")]
    Host(String),
}
