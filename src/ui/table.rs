//! Tables of text with aligned columns.

use std::fmt;

use unicode_width::UnicodeWidthStr;

/// A table. Its text has a line for the headings, one of dashes unless there is to be none, and one
/// for each row.
#[derive(Debug, Clone, Default)]
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Columns whose values stand at the right.
    right: Vec<usize>,
    has_no_rule: bool,
    /// Of a table whose beginning has been taken away.
    widths: Option<Vec<usize>>,
}

impl Table {
    /// A table without rows.
    pub fn new<T: Into<String>>(headings: impl IntoIterator<Item = T>) -> Self {
        let headings = headings.into_iter().map(Into::into).collect();
        Table { headings, ..Table::default() }
    }

    /// Puts the values of these columns at the right.
    #[must_use]
    pub fn at_right(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.right.extend(columns);
        self
    }

    /// Leaves the line of dashes out.
    #[must_use]
    pub fn without_rule(mut self) -> Self {
        self.has_no_rule = true;
        self
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Takes away the text of what there is so far, for a table that is too long to be held: the
    /// columns stay as wide as they are now, and rows that need more are longer than the others.
    pub fn take_text(&mut self) -> String {
        let text = self.to_string();
        self.widths = Some(self.widths());
        self.rows.clear();
        text
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells =
                self.rows.iter().filter_map(|row| row.get(column)).chain(self.headings.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        self.widths.clone().unwrap_or_else(|| (0..self.headings.len()).map(width).collect())
    }

    fn line(&self, cells: &[String], widths: &[usize], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        for (column, width) in widths.iter().enumerate() {
            let cell = cells.get(column).map_or("", String::as_str);
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            if column > 0 {
                line.push_str("  ");
            }
            if self.right.contains(&column) {
                line.push_str(&blanks);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&blanks);
            }
        }
        writeln!(f, "{}", line.trim_end())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        if self.widths.is_none() {
            self.line(&self.headings, &widths, f)?;
            if !self.has_no_rule {
                let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                self.line(&dashes, &widths, f)?;
            }
        }
        self.rows.iter().try_for_each(|row| self.line(row, &widths, f))
    }
}

/// `text` in one line, and without what a terminal would obey.
pub fn printable(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            '\r' => line.push_str("\\r"),
            c if c.is_control() => line.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let mut table = Table::new(["name", "n"]).at_right([1]);
        table.row(["naïve", "1"]);
        table.row(["日本", "1000"]);
        assert_eq!(table.to_string(), "name      n\n-----  ----\nnaïve     1\n日本   1000\n");
        let plain = table.without_rule().to_string();
        assert_eq!(plain, "name      n\nnaïve     1\n日本   1000\n");
        assert_eq!(printable("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
    }

    #[test]
    fn a_long_table_keeps_the_widths_of_its_beginning() {
        let mut table = Table::new(["name", "n"]).at_right([1]);
        table.row(["a", "100"]);
        let mut text = table.take_text();
        table.row(["b", "2"]);
        text.push_str(&table.take_text());
        table.row(["longer", "3000"]);
        text.push_str(&table.take_text());
        assert_eq!(text, "name    n\n----  ---\na     100\nb       2\nlonger  3000\n");
    }
}
