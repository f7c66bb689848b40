//! What cannot be written as SQL.

/// Why something cannot be compiled. The text is SQLAlchemy's or Alembic's where they have one.
///
/// Each exception of theirs has its variant: whoever tells a user or Python code matches on all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// SQLAlchemy's `ArgumentError`: a description that contradicts itself.
    #[error("{0}")]
    Argument(String),
    /// SQLAlchemy's `InvalidRequestError`.
    #[error("{0}")]
    InvalidRequest(String),
    /// A name that a convention would give, of which nobody knows whether there is one.
    #[error("the naming convention is not known")]
    UnknownNaming,
    /// SQLAlchemy's `IdentifierError`: a name is too long.
    #[error("Identifier '{name}' exceeds maximum length of {most} characters")]
    Identifier {
        /// The name.
        name: String,
        /// How many characters it may have.
        most: usize,
    },
    /// SQLAlchemy's `ConstraintColumnNotFoundError`.
    #[error("Can't create {class} on table '{table}': no column named '{column}' is present.")]
    ConstraintColumnNotFound {
        /// The class of the constraint.
        class: String,
        /// The table.
        table: String,
        /// The column that it has not.
        column: String,
    },
    /// SQLAlchemy's `NoReferencedTableError`: the table of a foreign key is not known.
    #[error(
        "Foreign key associated with column '{column}' could not find table '{target}' with which \
         to generate a foreign key to target column '{target_column}'"
    )]
    NoReferencedTable {
        /// The column that refers, with its table.
        column: String,
        /// The table, with its schema.
        target: String,
        /// The column of that table.
        target_column: String,
    },
    /// SQLAlchemy's `NoReferencedColumnError`: the table of a foreign key has no such column.
    #[error(
        "Could not initialize target column for ForeignKey '{target}.{target_column}' on table \
         '{table}': table '{target_table}' has no column named '{target_column}'"
    )]
    NoReferencedColumn {
        /// The table that refers.
        table: String,
        /// The table referred to, with its schema.
        target: String,
        /// The same without it.
        target_table: String,
        /// The column that it has not.
        target_column: String,
    },
    /// SQLAlchemy's `NoForeignKeysError`: nothing says how two tables are joined.
    #[error("{0}")]
    NoForeignKeys(String),
    /// SQLAlchemy's `AmbiguousForeignKeysError`: several foreign keys do.
    #[error("{0}")]
    AmbiguousForeignKeys(String),
    /// SQLAlchemy's `CircularDependencyError`.
    #[error("{0}")]
    CircularDependency(String),
    /// Alembic's `CommandError`.
    #[error("{0}")]
    Command(String),
    /// Python's `NotImplementedError` in Alembic's implementation of a dialect.
    #[error("{0}")]
    NotImplemented(String),
    /// What Python itself would raise there.
    #[error(transparent)]
    Python(#[from] PythonError),
    /// A parameter has no value when the statement is to be executed.
    #[error("A value is required for bind parameter '{0}'")]
    MissingParameter(String),
}

/// An exception of Python's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PythonError {
    /// `AssertionError`, without a text.
    #[error("AssertionError")]
    Assertion,
    /// `AttributeError`.
    #[error("{0}")]
    Attribute(String),
    /// `IndexError` of a list.
    #[error("list index out of range")]
    Index,
    /// `KeyError`: the key that is not there.
    #[error("'{0}'")]
    Key(String),
    /// `TypeError`.
    #[error("{0}")]
    Type(String),
    /// `ValueError`.
    #[error("{0}")]
    Value(String),
}
