//! From byte offsets to what people count: lines and columns.

use std::fmt;

/// A place in a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1. A line ends with LF, CR LF or CR, as in Python.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// The line without its end. It may hold a password (`env.py`): think before showing it.
    pub source_line: String,
}

// The source line is left out: errors are logged with `{:?}`, and the line may hold a password.
impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// The place of the byte `offset` in `text`. An offset behind the end means the end; one inside a
/// character means that character.
#[must_use]
pub fn position(text: &str, offset: usize) -> Position {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let bytes = text.as_bytes();
    let mut line = 1;
    let mut line_start = 0;
    let mut at = 0;
    while at < offset {
        let end = match bytes[at] {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => at + 2,
            b'\r' | b'\n' => at + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        if end > offset {
            break;
        }
        line += 1;
        line_start = end;
        at = end;
    }
    let rest = &text[line_start..];
    let length = rest.find(['\r', '\n']).unwrap_or(rest.len());
    Position {
        line,
        column: text[line_start..offset].trim_start_matches('\u{feff}').chars().count() + 1,
        source_line: rest[..length].trim_start_matches('\u{feff}').to_owned(),
    }
}
