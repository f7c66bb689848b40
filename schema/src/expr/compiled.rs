//! What compiling an expression or a statement gives.

use crate::SqlType;
use crate::value::SqlValue;

/// How values appear in compiled text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binds {
    /// Written into the text as literals (SQLAlchemy's `literal_binds`).
    Literal,
    /// As parameters: `$1` on PostgreSQL, `?` on MySQL and SQLite.
    Parameters,
}

/// A value that goes to the database beside the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name it was given, if any: `x` for `:x`.
    pub name: Option<String>,
    /// The value.
    pub value: SqlValue,
    /// The type SQLAlchemy would take for it, if it knows one.
    pub sql_type: Option<SqlType>,
}

/// SQL text and the parameters it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// The text, with SQLAlchemy's line breaks.
    pub sql: String,
    /// One entry for each `?`, or for each number of `$n`, in order; empty with
    /// [`Binds::Literal`].
    pub parameters: Vec<Parameter>,
    /// Whether values are asked for in any form, an empty list as well; false with
    /// [`Binds::Literal`].
    pub has_binds: bool,
}
