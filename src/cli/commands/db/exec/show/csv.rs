//! Comma-separated values as RFC 4180 has them, with what it leaves open: NULL is an empty field,
//! the empty text is a pair of quotation marks, as PostgreSQL's COPY writes and reads them; and
//! results are kept apart by a line that no row can be.

use std::io;

use crate::db::Answered;
use crate::db::Cell;
use crate::db::TakeRows;
use crate::ui::Output;

use super::ShowAnswer;
use super::tell_changed;

/// The line between two results. An empty line would be a row whose only column is NULL.
const BETWEEN: &str = "\u{c}";

/// What one statement answers.
pub(super) struct Csv<'a, 'o> {
    /// How many results there have been.
    shown: &'a mut usize,
    output: &'a mut Output<'o>,
    has_begun: bool,
}

impl<'a, 'o> Csv<'a, 'o> {
    pub(super) fn new(shown: &'a mut usize, output: &'a mut Output<'o>) -> Self {
        Csv { shown, output, has_begun: false }
    }

    fn begin(&mut self) -> io::Result<()> {
        self.has_begun = true;
        *self.shown += 1;
        if *self.shown > 1 { self.output.data(BETWEEN) } else { Ok(()) }
    }
}

impl TakeRows for Csv<'_, '_> {
    fn columns(&mut self, names: &[String]) -> io::Result<()> {
        self.begin()?;
        self.output.data(line(names.iter().map(|name| Some(name.as_str()))))
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        self.output.data(line(cells.iter().map(|cell| match cell {
            Cell::Null => None,
            Cell::Text(text) | Cell::Json(text) => Some(text.as_str()),
        })))
    }
}

impl ShowAnswer for Csv<'_, '_> {
    fn end(&mut self, answered: Option<Answered>) -> io::Result<()> {
        match answered {
            // A result without rows has its place all the same.
            Some(Answered::Rows(_)) if !self.has_begun => self.begin()?,
            Some(Answered::Changed(count)) => tell_changed(count, self.output),
            Some(Answered::Rows(_)) | None => {}
        }
        Ok(())
    }
}

/// A line, whose end is the caller's.
fn line<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> String {
    let cells: Vec<String> = cells
        .map(|cell| match cell {
            None => String::new(),
            Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r', '\u{c}']) => {
                format!("\"{}\"", text.replace('"', "\"\""))
            }
            Some(text) => text.to_owned(),
        })
        .collect();
    cells.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_commas_nothing_and_the_line_between_results() {
        let cells = [Some("a"), Some("b,c"), Some("d\"e"), Some(""), None, Some("\u{c}")];
        assert_eq!(line(cells.into_iter()), "a,\"b,c\",\"d\"\"e\",\"\",,\"\u{c}\"");
        assert_eq!(line([None].into_iter()), "");
    }
}
