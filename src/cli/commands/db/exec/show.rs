//! What a statement answers, as text.

use std::io;

use crate::db::Cell;
use crate::db::Rows;
use crate::ui::Output;
use crate::ui::Table;
use crate::ui::printable;

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Aligned columns
    Table,
    /// Comma-separated values
    Csv,
    /// As --json
    Json,
}

/// Shows rows, or how many have changed.
pub(super) fn rows(rows: &Rows, format: Format, output: &mut Output<'_>) -> io::Result<()> {
    if let Some(count) = rows.changed {
        output.talk(match count {
            0 => "done".to_owned(),
            1 => "done, 1 row".to_owned(),
            count => format!("done, {count} rows"),
        });
        return Ok(());
    }
    if format == Format::Csv {
        if !rows.columns.is_empty() {
            output.data(csv(rows.columns.iter().map(String::as_str)))?;
        }
        return rows.rows.iter().try_for_each(|row| output.data(csv(row.iter().map(text))));
    }
    if !rows.columns.is_empty() {
        let is_number = |column: &usize| {
            let mut cells = rows.rows.iter().filter_map(|row| row.get(*column));
            cells.all(|cell| matches!(cell, Cell::Null) || is_number(cell))
        };
        let numbers = (0..rows.columns.len()).filter(is_number);
        let mut table =
            Table::new(rows.columns.iter().map(|name| printable(name))).at_right(numbers);
        for row in &rows.rows {
            table.row(row.iter().map(|cell| match cell {
                Cell::Null => "NULL".to_owned(),
                cell => printable(text(cell)),
            }));
        }
        output.text(&table.to_string())?;
    }
    output.talk(match rows.rows.len() {
        1 => "(1 row)".to_owned(),
        count => format!("({count} rows)"),
    });
    Ok(())
}

fn is_number(cell: &Cell) -> bool {
    matches!(cell, Cell::Json(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-'))
}

fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Null => "",
        Cell::Text(text) | Cell::Json(text) => text,
    }
}

/// A line as RFC 4180 has it; its end is the caller's.
fn csv<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells
        .map(|cell| match cell.contains([',', '"', '\n', '\r']) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => cell.to_owned(),
        })
        .collect();
    cells.join(",")
}

/// Columns and rows apart, as several columns may have one name.
#[derive(Debug, serde::Serialize)]
pub(super) struct RowsJson {
    columns: Vec<String>,
    rows: Vec<Vec<Option<serde_json::Value>>>,
    changed: Option<usize>,
}

/// The same as JSON. A number that JSON's readers would round is a text.
pub(super) fn as_json(rows: &Rows) -> RowsJson {
    let value = |cell: &Cell| match cell {
        Cell::Null => None,
        Cell::Text(text) => Some(text.clone().into()),
        Cell::Json(text) => Some(exact(text)),
    };
    let values = |row: &Vec<Cell>| row.iter().map(value).collect();
    RowsJson {
        columns: rows.columns.clone(),
        rows: rows.rows.iter().map(values).collect(),
        changed: rows.changed,
    }
}

fn exact(text: &str) -> serde_json::Value {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) if !value.is_f64() || is_same_number(text, &value) => value,
        _ => text.into(),
    }
}

/// Whether a floating-point number says the same as the text.
fn is_same_number(text: &str, value: &serde_json::Value) -> bool {
    let digits = |text: &str| {
        let text = text.trim_start_matches('-').trim_start_matches(['0', '.']);
        text.chars().filter(char::is_ascii_digit).count()
    };
    value.as_f64().is_some_and(f64::is_finite) && digits(text) <= 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_not_rounded() {
        assert_eq!(exact("12345678901234567890.123"), "12345678901234567890.123");
        assert_eq!(exact("1.25"), 1.25);
        assert_eq!(exact("[1,2]"), serde_json::json!([1, 2]));
        assert_eq!(exact("7"), 7);
    }

    #[test]
    fn values_with_commas_are_quoted() {
        assert_eq!(csv(["a", "b,c", "d\"e", ""].into_iter()), "a,\"b,c\",\"d\"\"e\",");
    }
}
