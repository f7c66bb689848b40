//! A table for people.

use std::io;

use crate::db::Answered;
use crate::db::Cell;
use crate::db::TakeRows;
use crate::ui::Output;
use crate::ui::Table;
use crate::ui::printable;

use super::ShowAnswer;
use super::tell_changed;

/// How many rows, and bytes of them, are held to find out how wide the columns are.
const HELD_ROWS: usize = 1000;
const HELD_BYTES: usize = 1 << 20;

/// What one statement answers.
pub(super) struct TableAnswer<'a, 'o> {
    /// How many tables there have been.
    shown: &'a mut usize,
    output: &'a mut Output<'o>,
    columns: Vec<String>,
    /// The beginning, until there is enough of it.
    held: Vec<Vec<Cell>>,
    held_bytes: usize,
    /// What its columns were made by.
    table: Option<Table>,
}

impl<'a, 'o> TableAnswer<'a, 'o> {
    pub(super) fn new(shown: &'a mut usize, output: &'a mut Output<'o>) -> Self {
        let (columns, held) = (Vec::new(), Vec::new());
        TableAnswer { shown, output, columns, held, held_bytes: 0, table: None }
    }

    /// Shows what is held.
    fn show(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        let table = self.table.get_or_insert_with(|| {
            let numbers = (0..self.columns.len()).filter(|column| {
                let mut cells = held.iter().filter_map(|row| row.get(*column));
                cells.all(|cell| matches!(cell, Cell::Null) || is_number(cell))
            });
            Table::new(self.columns.iter().map(|name| printable(name))).at_right(numbers)
        });
        for row in held {
            table.row(row.iter().map(|cell| match cell {
                Cell::Null => "NULL".to_owned(),
                Cell::Text(text) | Cell::Json(text) => printable(text),
            }));
        }
        self.output.text(&table.take_text())
    }
}

impl TakeRows for TableAnswer<'_, '_> {
    fn columns(&mut self, names: &[String]) -> io::Result<()> {
        self.columns = names.to_vec();
        *self.shown += 1;
        if *self.shown > 1 { self.output.text("\n") } else { Ok(()) }
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let length = |cell: &Cell| match cell {
            Cell::Null => 0,
            Cell::Text(text) | Cell::Json(text) => text.len(),
        };
        self.held_bytes += cells.iter().map(length).sum::<usize>();
        self.held.push(cells);
        let is_enough = self.held.len() >= HELD_ROWS || self.held_bytes >= HELD_BYTES;
        if is_enough || self.table.is_some() { self.show() } else { Ok(()) }
    }
}

impl ShowAnswer for TableAnswer<'_, '_> {
    fn end(&mut self, answered: Option<Answered>) -> io::Result<()> {
        if !self.columns.is_empty() && self.table.is_none() {
            self.show()?;
        }
        match answered {
            Some(Answered::Changed(count)) => tell_changed(count, self.output),
            Some(Answered::Rows(1)) => self.output.talk("(1 row)"),
            Some(Answered::Rows(count)) => self.output.talk(format_args!("({count} rows)")),
            None => {}
        }
        Ok(())
    }
}

fn is_number(cell: &Cell) -> bool {
    matches!(cell, Cell::Json(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
}
