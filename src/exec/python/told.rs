//! What the journal keeps of a statement of Python code, which no file shows: its text, and what it
//! answered, so that a run that continues behind it can tell the code the same.

use limbeck_schema::SqlValue;
use serde_json::Value;
use serde_json::json;

use crate::db::JournalRow;
use crate::db::ResultSet;

use super::super::resume;
use super::super::resume::Progress;

/// More of a text is not kept.
const LONGEST_TEXT: usize = 2_000;

/// What the journal tells of one statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) progress: Progress,
    pub(super) digest: Option<String>,
    pub(super) was_so_before: bool,
    note: Option<Value>,
}

impl Told {
    /// By its last row.
    pub(super) fn by(row: &JournalRow) -> Self {
        let note = row.note.as_deref().and_then(|note| serde_json::from_str(note).ok());
        let was_so_before =
            note.as_ref().is_some_and(|note: &Value| note["so_before"] == Value::Bool(true));
        Told { progress: resume::told_by(row), digest: row.raw_digest.clone(), was_so_before, note }
    }

    /// The statement's text.
    pub(super) fn sql(&self) -> Option<&str> {
        self.note.as_ref()?.get("sql")?.as_str()
    }

    /// What it answered; `None` where rows are lost.
    pub(super) fn answer(&self) -> Option<ResultSet> {
        let note = self.note.as_ref().unwrap_or(&Value::Null);
        if note["lost"] == Value::Bool(true) {
            return None;
        }
        let columns = note["columns"].as_array().map(|names| {
            names.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect()
        });
        let rows = note["rows"].as_array().map(|rows| {
            let row = |row: &Value| {
                row.as_array().map(|values| values.iter().filter_map(to_value).collect())
            };
            rows.iter().filter_map(row).collect()
        });
        Some(ResultSet {
            columns,
            rows: rows.unwrap_or_default(),
            row_count: note["row_count"].as_i64().unwrap_or(-1),
            last_id: note["last_id"].as_i64(),
        })
    }
}

/// The note of a row that says that a statement begins.
pub(super) fn begin_note(sql: &str, was_so_before: bool) -> String {
    let mut note = json!({ "sql": shortened(sql) });
    if let (true, Some(note)) = (was_so_before, note.as_object_mut()) {
        note.insert("so_before".to_owned(), Value::Bool(true));
    }
    note.to_string()
}

/// The note of a row that says that a statement is done.
pub(super) fn done_note(sql: &str, answer: &ResultSet) -> String {
    let mut note = json!({ "sql": shortened(sql), "row_count": answer.row_count });
    let Some(object) = note.as_object_mut() else { return String::new() };
    if let Some(key) = answer.last_id {
        object.insert("last_id".to_owned(), json!(key));
    }
    if let Some(columns) = &answer.columns {
        let rows: Option<Vec<Vec<Value>>> =
            answer.rows.iter().map(|row| row.iter().map(from_value).collect()).collect();
        match rows {
            Some(rows) if rows.len() <= 20 => {
                object.insert("columns".to_owned(), json!(columns));
                object.insert("rows".to_owned(), json!(rows));
            }
            _ => {
                object.insert("lost".to_owned(), Value::Bool(true));
            }
        }
    }
    note.to_string()
}

fn shortened(sql: &str) -> &str {
    &sql[..sql.floor_char_boundary(LONGEST_TEXT)]
}

/// Values that JSON has too; of others the journal keeps none.
fn from_value(value: &SqlValue) -> Option<Value> {
    Some(match value {
        SqlValue::Null => Value::Null,
        SqlValue::Bool(value) => json!(value),
        SqlValue::Int(value) => json!(value),
        SqlValue::Text(value) if value.len() <= LONGEST_TEXT => json!(value),
        SqlValue::Uuid(value) => json!({ "uuid": value.to_string() }),
        _ => return None,
    })
}

fn to_value(value: &Value) -> Option<SqlValue> {
    Some(match value {
        Value::Null => SqlValue::Null,
        Value::Bool(value) => SqlValue::Bool(*value),
        Value::Number(value) => SqlValue::Int(value.as_i64()?),
        Value::String(value) => SqlValue::Text(value.clone()),
        Value::Object(value) => SqlValue::Uuid(value.get("uuid")?.as_str()?.parse().ok()?),
        Value::Array(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(event: &str, note: String) -> JournalRow {
        JournalRow {
            id: 1,
            run: "r".to_owned(),
            direction: "upgrade".to_owned(),
            event: event.to_owned(),
            raw_digest: None,
            normalized_digest: None,
            statement: Some((1, 0)),
            note: Some(note),
        }
    }

    #[test]
    fn an_answer_comes_back_as_it_was() {
        let answer = ResultSet {
            columns: Some(vec!["id".to_owned(), "name".to_owned()]),
            rows: vec![vec![SqlValue::Int(7), SqlValue::Text("x".to_owned())]],
            row_count: 1,
            last_id: Some(7),
        };
        let told = Told::by(&row("done", done_note("INSERT ...", &answer)));
        assert_eq!(told.progress, Progress::Done);
        assert_eq!(told.answer(), Some(answer));
        assert_eq!(told.sql(), Some("INSERT ..."));
    }

    #[test]
    fn rows_that_cannot_be_kept_are_said_to_be_lost() {
        let answer = ResultSet {
            columns: Some(vec!["x".to_owned()]),
            rows: vec![vec![SqlValue::Bytes(vec![1])]],
            row_count: 1,
            last_id: None,
        };
        assert_eq!(Told::by(&row("done", done_note("INSERT", &answer))).answer(), None);
    }

    #[test]
    fn what_was_so_before_is_kept() {
        assert!(Told::by(&row("begin", begin_note("CREATE", true))).was_so_before);
        let told = Told::by(&row("begin", begin_note("CREATE", false)));
        assert!(!told.was_so_before);
        assert_eq!(told.progress, Progress::InDoubt);
    }
}
