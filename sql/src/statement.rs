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

impl Statement {
    /// Where in the file the byte `offset` of the text stands. An offset beyond the text is its
    /// end.
    pub fn position_at(&self, offset: usize) -> SourcePosition {
        let before: String = self
            .text
            .char_indices()
            .take_while(|(index, _)| *index < offset)
            .map(|(_, c)| c)
            .collect();
        match before.rsplit_once('\n') {
            None => SourcePosition {
                line: self.position.line,
                column: self.position.column + before.chars().count(),
            },
            Some((above, last)) => SourcePosition {
                line: self.position.line + above.matches('\n').count() + 1,
                column: last.chars().count() + 1,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_a_place_in_the_file() {
        let statement = Statement {
            text: "SELECT é,\n  b\nFROM t".to_owned(),
            position: SourcePosition { line: 7, column: 5 },
        };
        let at = |offset| statement.position_at(offset).to_string();
        assert_eq!(at(0), "7:5");
        assert_eq!(at(9), "7:13");
        assert_eq!(at(13), "8:3");
        assert_eq!(at(99), "9:7");
    }
}
