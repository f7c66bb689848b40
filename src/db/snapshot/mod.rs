//! Everything that is in a database as sorted lines of text: what two ways to the same revision are
//! compared by.
//!
//! A line stands for one thing: a column, a constraint, an index, a row. It begins with the table
//! that it belongs to. Limbeck's own tables and the version table are left out.

mod changes;
mod mysql;
mod postgres;
mod schema;
mod sqlite;

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;

use super::Database;
use super::error::DatabaseError;

pub use changes::Changes;
pub use changes::Difference;
pub use schema::Deviation;
pub use schema::Reordered;
pub use schema::Schema;
pub use schema::SchemaDifference;

/// What is in a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Sorted; equal rows are there as often as they are in the table.
    lines: Vec<String>,
}

impl Snapshot {
    /// Reads everything that is in `database` but the tables named `own`.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn of(database: &mut dyn Database, own: &[String]) -> Result<Self, DatabaseError> {
        let entries = read(database, own, Extent::Everything)?;
        Ok(Self::from_lines(entries.iter().map(Entry::line).collect()))
    }

    /// Reads how `schema` is built (on MySQL the database of the session), without the rows of its
    /// tables and without a word of its name: what a copy of it is compared by.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn structure(
        database: &mut dyn Database,
        own: &[String],
        schema: &str,
    ) -> Result<Self, DatabaseError> {
        let entries = read(database, own, Extent::Structure(schema))?;
        let line = |entry: &Entry| without_schema(&entry.line(), schema);
        Ok(Self::from_lines(entries.iter().map(line).collect()))
    }

    fn from_lines(mut lines: Vec<String>) -> Self {
        lines.sort_unstable();
        Snapshot { lines }
    }

    /// Its lines, sorted.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The same with other lines.
    pub(super) fn mapped(&self, change: impl Fn(&str) -> String) -> Snapshot {
        Self::from_lines(self.lines.iter().map(|line| change(line)).collect())
    }

    /// What has come and gone since `before`.
    pub fn changes_since(&self, before: &Snapshot) -> Changes {
        Changes::between(&before.lines, &self.lines)
    }
}

/// How much of a database is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent<'a> {
    /// All there is.
    Everything,
    /// How one schema is built.
    Structure(&'a str),
    /// How all of it is built.
    Schema,
}

/// One thing in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// What it is called.
    object: String,
    /// How it is defined, as it stands behind its name.
    definition: String,
    /// Of a column, the how manieth it is.
    place: Option<usize>,
}

impl Entry {
    fn line(&self) -> String {
        let place = self.place.map_or_else(String::new, |place| format!(" in place {place}"));
        format!("{}{}{place}", self.object, self.definition)
    }
}

fn read(
    database: &mut dyn Database,
    own: &[String],
    extent: Extent<'_>,
) -> Result<Vec<Entry>, DatabaseError> {
    let mut reader = Reader { database, own, extent, entries: Vec::new() };
    match reader.database.dialect() {
        Dialect::Postgresql => postgres::read(&mut reader)?,
        Dialect::Mysql => mysql::read(&mut reader)?,
        Dialect::Sqlite => sqlite::read(&mut reader)?,
    }
    Ok(reader.entries)
}

/// Asks a database and collects what is in it.
struct Reader<'a> {
    database: &'a mut dyn Database,
    own: &'a [String],
    extent: Extent<'a>,
    entries: Vec<Entry>,
}

/// `line` without the name of `schema` before that of anything in it.
fn without_schema(line: &str, schema: &str) -> String {
    let quoted = format!("\"{}\".", schema.replace('"', "\"\""));
    let line = line.replace(&quoted, "");
    let plain = format!("{schema}.");
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(at) = rest.find(&plain) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let is_inside = before.chars().next_back().or(out.chars().next_back());
        if is_inside.is_some_and(|last| last.is_alphanumeric() || "_$.\"".contains(last)) {
            out.push_str(&plain);
        }
        rest = behind.get(plain.len()..).unwrap_or_default();
    }
    out + rest
}

impl Reader<'_> {
    /// The rows of a query, each value as text; NULL is empty.
    fn texts(&mut self, sql: &str) -> Result<Vec<Vec<String>>, DatabaseError> {
        let answer = self.database.execute(sql, &[])?;
        let text = |value: &SqlValue| match value {
            SqlValue::Null => String::new(),
            SqlValue::Text(text) => text.clone(),
            SqlValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            SqlValue::Int(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        Ok(answer.rows.iter().map(|row| row.iter().map(text).collect()).collect())
    }

    /// The only schema that is read.
    fn schema(&self) -> Option<&str> {
        match self.extent {
            Extent::Structure(schema) => Some(schema),
            Extent::Everything | Extent::Schema => None,
        }
    }

    fn add(&mut self, object: impl Into<String>, definition: impl Into<String>) {
        let (object, definition) = (object.into(), definition.into());
        self.entries.push(Entry { object, definition, place: None });
    }

    /// What a query gives: of each thing the table that it belongs to, or nothing, what it is
    /// called, how it is defined, and perhaps its place.
    fn entries(&mut self, sql: &str) -> Result<(), DatabaseError> {
        for row in self.texts(sql)? {
            let [table, object, definition, place @ ..] = row.as_slice() else { continue };
            if !self.is_own(table) {
                let place = place.first().and_then(|place| place.parse().ok());
                let (object, definition) = (object.clone(), definition.clone());
                self.entries.push(Entry { object, definition, place });
            }
        }
        Ok(())
    }

    /// A line for each row of a query, behind `table`.
    fn rows(&mut self, table: &str, sql: &str) -> Result<(), DatabaseError> {
        if self.extent != Extent::Everything {
            return Ok(());
        }
        let answer = self.database.execute(sql, &[])?;
        for row in &answer.rows {
            let values: Vec<String> = row.iter().map(literal).collect();
            self.add(table, format!("{ROW}({})", values.join(", ")));
        }
        Ok(())
    }

    fn is_own(&self, table: &str) -> bool {
        self.own.iter().any(|own| own == table)
    }
}

/// What stands before the values of a row.
const ROW: &str = ": row ";

/// A value as it is told; values of different types are never told alike.
fn literal(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Int(number) => number.to_string(),
        SqlValue::Text(text) => format!("'{}'", text.replace('\'', "''")),
        SqlValue::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
        other => format!("{other:?}"),
    }
}

/// `text` with each run of white space outside of quotes as one space.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut quote = None;
    for character in text.trim().chars() {
        match quote {
            Some(end) => {
                folded.push(character);
                quote = Some(end).filter(|end| *end != character);
            }
            None if character.is_whitespace() => {
                if !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            None => {
                folded.push(character);
                quote = matches!(character, '\'' | '"' | '`').then_some(character);
            }
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_counts_within_quotes_only() {
        for (text, expected) in [
            ("CREATE  TABLE t (\n\ta INTEGER\n)", "CREATE TABLE t ( a INTEGER )"),
            (" DEFAULT 'a  b' ", "DEFAULT 'a  b'"),
            ("\"a  b\"  c", "\"a  b\" c"),
            ("'it''s  '  x", "'it''s  ' x"),
        ] {
            assert_eq!(folded(text), expected);
        }
    }

    #[test]
    fn values_of_different_types_are_told_apart() {
        let texts: Vec<String> = [
            SqlValue::Null,
            SqlValue::Int(1),
            SqlValue::Text("1".to_owned()),
            SqlValue::Bytes(vec![0x31]),
            SqlValue::Bool(true),
            SqlValue::Float(1.0),
            SqlValue::Text("NULL".to_owned()),
        ]
        .iter()
        .map(literal)
        .collect();
        let mut different = texts.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), texts.len(), "{texts:?}");
    }
}
