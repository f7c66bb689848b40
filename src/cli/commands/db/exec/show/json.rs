//! One JSON document of all answers, written piece by piece.

use std::io;

use serde::Serialize;
use serde_json::Value;

use crate::db::Answered;
use crate::db::Cell;
use crate::db::TakeRows;
use crate::ui::Output;

use super::ShowAnswer;

/// The document: what of it is open, and whether there is something in it already.
#[derive(Debug, Default)]
pub(super) struct Json {
    open: Vec<(char, bool)>,
    /// The name of the next value has been written.
    is_named: bool,
}

impl Json {
    /// `{"databases": [{"database": …, "results": [`
    pub(super) fn begin_database(&mut self, name: &str) -> io::Result<String> {
        let mut text = String::new();
        if self.open.is_empty() {
            text = self.begin('{') + &self.named("databases") + &self.begin('[');
        }
        text += &self.begin('{');
        text += &(self.named("database") + &self.value(name)?);
        text += &(self.named("results") + &self.begin('['));
        Ok(text)
    }

    pub(super) fn end_database(&mut self) -> String {
        self.end_one() + &self.end_one()
    }

    /// `], "errors": …}`
    pub(super) fn end(&mut self, errors: &[Value]) -> io::Result<String> {
        let mut text = self.end_one() + &self.named("errors") + &self.value(errors)?;
        text += &self.end_one();
        text.push('\n');
        Ok(text)
    }

    /// What stands before the next member or value.
    fn lead(&mut self) -> String {
        if std::mem::take(&mut self.is_named) {
            return String::new();
        }
        let indent = self.indent();
        match self.open.last_mut() {
            None => String::new(),
            Some((_, has_some)) => {
                let comma = if std::mem::replace(has_some, true) { "," } else { "" };
                format!("{comma}\n{indent}")
            }
        }
    }

    fn indent(&self) -> String {
        "  ".repeat(self.open.len())
    }

    fn begin(&mut self, bracket: char) -> String {
        let text = format!("{}{bracket}", self.lead());
        self.open.push((if bracket == '{' { '}' } else { ']' }, false));
        text
    }

    /// A name of our own.
    fn named(&mut self, name: &str) -> String {
        let text = format!("{}\"{name}\": ", self.lead());
        self.is_named = true;
        text
    }

    fn value(&mut self, value: &(impl Serialize + ?Sized)) -> io::Result<String> {
        let text = serde_json::to_string_pretty(value)?;
        // Within its texts a line end is written otherwise.
        let text = text.replace('\n', &format!("\n{}", self.indent()));
        Ok(self.lead() + &text)
    }

    fn end_one(&mut self) -> String {
        match self.open.pop() {
            Some((bracket, true)) => format!("\n{}{bracket}", self.indent()),
            Some((bracket, false)) => bracket.to_string(),
            None => String::new(),
        }
    }
}

/// What one statement answers: columns and rows apart, as several columns may have one name.
pub(super) struct JsonAnswer<'a, 'o> {
    json: &'a mut Json,
    output: &'a mut Output<'o>,
    has_columns: bool,
}

impl<'a, 'o> JsonAnswer<'a, 'o> {
    pub(super) fn new(json: &'a mut Json, output: &'a mut Output<'o>) -> Self {
        JsonAnswer { json, output, has_columns: false }
    }

    /// The result as far as its rows.
    fn begin(&mut self, changed: Option<usize>, columns: &[String]) -> io::Result<()> {
        self.has_columns = true;
        let json = &mut *self.json;
        let mut text = json.begin('{') + &json.named("changed") + &json.value(&changed)?;
        text += &(json.named("columns") + &json.value(columns)?);
        text += &(json.named("rows") + &json.begin('['));
        self.output.json_piece(&text)
    }
}

impl TakeRows for JsonAnswer<'_, '_> {
    fn columns(&mut self, names: &[String]) -> io::Result<()> {
        self.begin(None, names)
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let values: Vec<Value> = cells.into_iter().map(value).collect();
        self.output.json_piece(&self.json.value(&values)?)
    }
}

impl ShowAnswer for JsonAnswer<'_, '_> {
    fn end(&mut self, answered: Option<Answered>) -> io::Result<()> {
        if !self.has_columns {
            match answered {
                Some(Answered::Rows(_)) => self.begin(None, &[])?,
                Some(Answered::Changed(count)) => self.begin(Some(count), &[])?,
                // Failed before its first row: it has no result.
                None => return Ok(()),
            }
        }
        let text = self.json.end_one() + &self.json.end_one();
        self.output.json_piece(&text)
    }
}

/// A number that JSON's readers would round is a text.
fn value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Json(text) => exact(&text),
    }
}

fn exact(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if !value.is_f64() || is_same_number(text, &value) => value,
        _ => text.into(),
    }
}

/// Whether a floating-point number says the same as the text.
fn is_same_number(text: &str, value: &Value) -> bool {
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
    fn the_pieces_are_what_the_whole_would_be() {
        let rows = [serde_json::json!([1, "a\nb", null]), serde_json::json!([[1, 2], {}, []])];
        let whole = serde_json::json!({
            "databases": [
                { "database": "a", "results": [
                    { "changed": null, "columns": ["x"], "rows": rows },
                    { "changed": 3, "columns": [], "rows": [] },
                ] },
                { "database": "b", "results": [] },
            ],
            "errors": [{ "exit_code": 1 }],
        });
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let mut output = Output::new(&mut data, &mut talk, false);
        let mut json = Json::default();
        output.json_piece(&json.begin_database("a").unwrap()).unwrap();
        let mut answer = JsonAnswer::new(&mut json, &mut output);
        answer.columns(&["x".to_owned()]).unwrap();
        let texts = ["1", "\"a\\nb\"", "null", "[1,2]", "{}", "[]"];
        for row in texts.chunks(3) {
            answer.row(row.iter().map(|text| Cell::Json((*text).to_owned())).collect()).unwrap();
        }
        answer.end(Some(Answered::Rows(2))).unwrap();
        JsonAnswer::new(&mut json, &mut output).end(Some(Answered::Changed(3))).unwrap();
        JsonAnswer::new(&mut json, &mut output).end(None).unwrap();
        output.json_piece(&json.end_database()).unwrap();
        output.json_piece(&json.begin_database("b").unwrap()).unwrap();
        output.json_piece(&json.end_database()).unwrap();
        let errors = [serde_json::json!({ "exit_code": 1 })];
        output.json_piece(&json.end(&errors).unwrap()).unwrap();
        let expected = serde_json::to_string_pretty(&whole).unwrap() + "\n";
        assert_eq!(String::from_utf8(data).unwrap(), expected);
    }
}
