//! A text with values written into it, and what stood where before.

use std::ops::Range;

/// A text with values in the places of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::db) struct Interpolated {
    pub(in crate::db) text: String,
    /// The values: where each begins and ends here, and where its placeholder did.
    places: Vec<[usize; 4]>,
}

impl Interpolated {
    /// A text that has no parameters.
    pub(in crate::db) fn plain(sql: &str) -> Self {
        Self { text: sql.to_owned(), places: Vec::new() }
    }

    /// An offset in this text as an offset in the text that it was made of; within a value, that of
    /// its placeholder.
    pub(in crate::db) fn origin(&self, offset: usize) -> usize {
        let before = self.places.iter().take_while(|[start, ..]| *start <= offset).last();
        match before {
            None => offset,
            Some([_, end, from, _]) if offset < *end => *from,
            Some([_, end, _, to]) => offset - end + to,
        }
    }
}

/// Values on their way into a text.
pub(in crate::db) struct Interpolation<'a> {
    sql: &'a str,
    made: Interpolated,
    /// How far `sql` has been taken over.
    copied: usize,
}

impl<'a> Interpolation<'a> {
    pub(in crate::db) fn new(sql: &'a str) -> Self {
        let text = String::with_capacity(sql.len());
        Self { sql, made: Interpolated { text, places: Vec::new() }, copied: 0 }
    }

    /// Writes `value` in the place of a placeholder that stands behind all that were given before.
    pub(in crate::db) fn write(&mut self, placeholder: Range<usize>, value: &str) {
        let text = &mut self.made.text;
        text.push_str(self.sql.get(self.copied..placeholder.start).unwrap_or_default());
        // Nothing before it may become part of it: `u&$1` is no `U&'...'`, and `-?` of a negative
        // number no comment.
        if !text.is_empty() && !text.ends_with([' ', '\n', '\t', '(', ',', '=', '[']) {
            text.push(' ');
        }
        let start = text.len();
        text.push_str(value);
        self.made.places.push([start, text.len(), placeholder.start, placeholder.end]);
        self.copied = placeholder.end;
    }

    pub(in crate::db) fn finish(mut self) -> Interpolated {
        self.made.text.push_str(self.sql.get(self.copied..).unwrap_or_default());
        self.made
    }
}
