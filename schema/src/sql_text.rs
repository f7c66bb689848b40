//! Defaults, checks and index expressions.

use crate::CompileError;
use crate::Dialect;
use crate::Target;

/// An expression inside of DDL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlText {
    /// SQL as it stands (`text("…")`).
    Text(String),
    /// A string, which is quoted.
    Literal(String),
    /// `func.now()`.
    Now,
    /// `true()`.
    True,
    /// `false()`.
    False,
    /// `null()`.
    Null,
}

impl SqlText {
    /// The expression as DDL of `target`.
    ///
    /// # Errors
    ///
    /// None yet.
    pub fn compile(&self, target: &Target) -> Result<String, CompileError> {
        let is_sqlite = target.dialect() == Dialect::Sqlite;
        Ok(match self {
            SqlText::Text(text) => text.clone(),
            SqlText::Literal(text) => target.literal(text),
            SqlText::Now if is_sqlite => "CURRENT_TIMESTAMP".to_owned(),
            SqlText::Now => "now()".to_owned(),
            SqlText::True => if is_sqlite { "1" } else { "true" }.to_owned(),
            SqlText::False => if is_sqlite { "0" } else { "false" }.to_owned(),
            SqlText::Null => "NULL".to_owned(),
        })
    }
}
