//! Byte offsets as lines and columns.

use super::statement::SourcePosition;

/// Turns rising byte offsets of a text into positions in the file, in one pass over the text:
/// counting from the start for each of them would be quadratic.
#[derive(Debug)]
pub(super) struct PositionTracker<'a> {
    text: &'a str,
    offset: usize,
    position: SourcePosition,
}

impl<'a> PositionTracker<'a> {
    /// A tracker for `text`, whose first character is at `start`.
    pub(super) fn new(text: &'a str, start: SourcePosition) -> Self {
        PositionTracker { text, offset: 0, position: start }
    }

    /// The position of the character at `offset`, which is not before the one asked for last.
    ///
    /// Lines end at the line feed, so CR LF counts once.
    pub(super) fn at(&mut self, offset: usize) -> SourcePosition {
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        if let Some(last_break) = passed.rfind('\n') {
            self.position.line += passed.bytes().filter(|byte| *byte == b'\n').count();
            self.position.column = 1;
            self.position.column +=
                passed.get(last_break + 1..).unwrap_or_default().chars().count();
        } else {
            self.position.column += passed.chars().count();
        }
        self.offset = self.offset.max(offset);
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_line_feeds() {
        let start = SourcePosition { line: 7, column: 3 };
        let mut tracker = PositionTracker::new("äö\r\n\r\nüa", start);
        assert_eq!(tracker.at(0), start);
        assert_eq!(tracker.at(4), SourcePosition { line: 7, column: 5 });
        assert_eq!(tracker.at(8), SourcePosition { line: 9, column: 1 });
        assert_eq!(tracker.at(10), SourcePosition { line: 9, column: 2 });
    }
}
