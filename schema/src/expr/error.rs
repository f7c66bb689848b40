//! Why something cannot be written as SQL.

/// Why something cannot be written as SQL for a database. Where SQLAlchemy refuses the same thing,
/// the text is its own.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// SQLAlchemy's `CompileError`, or another error it raises while it compiles, with its text.
    #[error("{0}")]
    Compile(String),
    /// SQLAlchemy's `UnsupportedCompilationError`: the dialect has no way to write this.
    #[error("Compiler {compiler} can't render element of type {element}")]
    Unrenderable {
        /// The compiler as SQLAlchemy prints it.
        compiler: &'static str,
        /// The element or type, as SQLAlchemy prints it.
        element: String,
    },
    /// SQLAlchemy's `ArgumentError` and the like: an expression cannot be built from these parts.
    #[error("{0}")]
    Argument(String),
    /// Python's `NotImplementedError`: an operator does not apply to this type.
    #[error("Operator '{0}' is not supported on this expression")]
    Operator(&'static str),
    /// A value cannot be written as a literal of a type.
    #[error(
        "Could not render literal value \"{value}\" with datatype {sql_type}; see parent stack trace for more detail."
    )]
    Literal {
        /// The value as Python would print it.
        value: String,
        /// The type as SQLAlchemy prints it.
        sql_type: String,
    },
    /// A parameter has no value.
    #[error("A value is required for bind parameter '{0}'")]
    MissingParameter(String),
    /// SQLAlchemy can write this; limbeck cannot yet.
    #[error("limbeck cannot write {0}")]
    Unsupported(String),
}
