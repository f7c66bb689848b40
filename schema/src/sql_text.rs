//! Defaults, checks and index expressions.

use crate::CompileError;
use crate::Dialect;
use crate::Target;

/// An expression inside of DDL.
#[derive(Debug, Clone, PartialEq)]
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

    /// The keys of the columns that the expression names as columns, not as text.
    pub fn columns(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The keys of the columns when it is an element of an index: there Alembic takes a whole text
    /// for a column.
    pub(crate) fn index_columns(&self) -> Vec<&str> {
        match self {
            SqlText::Text(text) => vec![text],
            _ => Vec::new(),
        }
    }

    /// The key by which `postgresql_ops` calls it.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            SqlText::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether MySQL needs parentheses around it in an index.
    pub(crate) fn needs_parentheses_in_mysql_index(&self) -> bool {
        matches!(self, SqlText::Now)
    }

    /// The expression as an element of PostgreSQL's indexes, where operators are in parentheses.
    pub(crate) fn compile_grouped(&self, target: &Target) -> Result<String, CompileError> {
        self.compile(target)
    }
}

impl From<&str> for SqlText {
    fn from(text: &str) -> Self {
        SqlText::Text(text.to_owned())
    }
}
