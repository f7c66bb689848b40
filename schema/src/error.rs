//! What cannot be written as SQL.

/// Why something cannot be compiled. The text is SQLAlchemy's or Alembic's where they have one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// SQLAlchemy's `UnsupportedCompilationError`: the dialect has no such construct.
    #[error("Compiler of {dialect} can't render element of type {element}")]
    Unsupported {
        /// SQLAlchemy's name of the dialect.
        dialect: &'static str,
        /// The class of the construct.
        element: String,
    },
    /// SQLAlchemy's `CompileError`.
    #[error("{0}")]
    Compile(String),
    /// The same, inside of a column of CREATE TABLE.
    #[error("(in table '{table}', column '{column}'): {reason}")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// SQLAlchemy's `ArgumentError`, `InvalidRequestError` and `IdentifierError`: a description
    /// that contradicts itself.
    #[error("{0}")]
    Argument(String),
    /// Alembic's `CommandError`.
    #[error("{0}")]
    Command(String),
    /// Python's `NotImplementedError` in Alembic's implementation of a dialect.
    #[error("{0}")]
    NotImplemented(String),
    /// A `TypeError`, `ValueError`, `KeyError` or the like that Python would raise there.
    #[error("{0}")]
    Python(String),
    /// A parameter has no value when the statement is to be executed.
    #[error("A value is required for bind parameter '{0}'")]
    MissingParameter(String),
}
