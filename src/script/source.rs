//! From byte offsets to the places that messages show.

use super::error::SyntaxErrorKind;
use super::sql::SourcePosition;

/// What is wrong, and at which byte of the text: the form in which the readers of this module
/// report, so that lines and columns are counted once and only when something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) kind: SyntaxErrorKind,
}

impl Fault {
    pub(super) fn new(offset: usize, kind: SyntaxErrorKind) -> Self {
        Fault { offset, kind }
    }
}

/// The byte order mark that some editors put before UTF-8 text.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// `text` without its byte order mark. Positions count from what is left, as editors do.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The line and column of a byte offset; offsets past the end mean the end.
pub(super) fn position_at(text: &str, offset: usize) -> SourcePosition {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    SourcePosition {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// The line that holds a byte offset, without its line break.
pub(super) fn line_at(text: &str, offset: usize) -> &str {
    let offset = text.floor_char_boundary(offset);
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
    text[start..end].trim_end_matches('\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_may_end_in_crlf() {
        let text = "é\r\nüx\nlast";
        let at = text.find('x').unwrap();
        assert_eq!(position_at(text, at), SourcePosition { line: 2, column: 2 });
        assert_eq!(line_at(text, 0), "é");
        assert_eq!(line_at(text, at), "üx");
        // Within the two bytes of the first character, and far past the end.
        assert_eq!(position_at(text, 1), SourcePosition { line: 1, column: 1 });
        assert_eq!(position_at(text, 99), SourcePosition { line: 3, column: 5 });
        assert_eq!(line_at(text, 99), "last");
    }
}
