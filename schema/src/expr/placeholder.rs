//! Stand-ins until the types and targets of the package are there.

use crate::Dialect;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlType {
    /// SQLAlchemy's `NullType`.
    Null,
    /// `Integer`.
    Integer,
    /// `String`.
    String,
    /// `Boolean`.
    Boolean,
}

/// What is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The dialect.
    pub dialect: Dialect,
}
