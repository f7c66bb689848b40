//! One SQL statement and the place it was read from.

use std::fmt;

/// A place in a revision file. Lines and columns are 1-based; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePosition {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for SourcePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// One statement of a script, never empty and never only comments, without its terminator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text that is sent to the database: from the first to the last character that is
    /// neither white space nor an outer comment.
    pub text: String,
    /// Where that text begins in the file.
    pub position: SourcePosition,
}
