//! The journal as a table: how it is made, written and read.

use std::str::FromStr;

use chrono::DateTime;
use chrono::SecondsFormat;
use chrono::Utc;
use limbeck_schema::Dialect;
use limbeck_schema::quote_literal;

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::journal::Direction;
use super::journal::JournalEntry;
use super::journal::JournalEvent;
use super::journal::JournalRow;
use super::own_table::OwnTable;
use super::sql::TextRow;
use super::sql::column;
use super::table_name::TableName;
use super::version_table::placeholder;

/// A journal as the SQL that makes, writes and reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalTable(OwnTable);

impl JournalTable {
    /// The table `name` in a database of `dialect`.
    pub fn new(dialect: Dialect, name: TableName) -> Self {
        JournalTable(OwnTable::new(dialect, name))
    }

    /// The same table, known to be in `schema`.
    pub(super) fn found_in(&self, schema: String) -> Self {
        JournalTable(self.0.found_in(schema))
    }

    /// Its name, as configured.
    pub fn name(&self) -> &TableName {
        &self.0.name
    }

    /// Its name, as complete as it is known.
    pub(super) fn place(&self) -> &TableName {
        &self.0.place
    }

    /// The statement that creates it.
    pub fn create_sql(&self, if_not_exists: bool) -> String {
        let condition = if if_not_exists { "IF NOT EXISTS " } else { "" };
        let (id, uuid, word, time, long) = match self.0.dialect {
            Dialect::Sqlite => {
                ("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT", "TEXT", "TEXT", "TEXT")
            }
            Dialect::Postgresql => (
                "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                "UUID",
                "TEXT",
                "TIMESTAMPTZ",
                "TEXT",
            ),
            Dialect::Mysql => (
                "BIGINT AUTO_INCREMENT PRIMARY KEY",
                "CHAR(36)",
                "VARCHAR(255)",
                "DATETIME(6)",
                "LONGTEXT",
            ),
        };
        // Whatever the defaults of the server and the database are: what a transaction does must be
        // undone with it, and texts can be of any language.
        let engine = match self.0.dialect {
            Dialect::Mysql => " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            Dialect::Sqlite | Dialect::Postgresql => "",
        };
        format!(
            "CREATE TABLE {condition}{table} (\n    id {id},\n    run_id {uuid} NOT NULL,\n    \
             revision TEXT NOT NULL,\n    direction {word} NOT NULL,\n    event {word} NOT NULL,\n    \
             raw_digest {word},\n    normalized_digest {word},\n    statement_no INTEGER,\n    \
             statement_count INTEGER,\n    started_at {time} NOT NULL,\n    finished_at {time},\n    \
             actor {word} NOT NULL,\n    host {word} NOT NULL,\n    tool_version {word} NOT NULL,\n    \
             error {long}\n){engine}",
            table = self.0.sql()
        )
    }

    /// The statement that appends `entry`, with its values as literals: on PostgreSQL it travels
    /// in one message with the COMMIT, and such a message has no parameters.
    pub(super) fn insert_sql(&self, entry: &JournalEntry) -> String {
        let text = |text: &str| literal(self.0.dialect, text);
        let optional = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
        let time = |time: DateTime<Utc>| match self.0.dialect {
            // MySQL's DATETIME knows no zone; the journal is in UTC throughout.
            Dialect::Mysql => text(&time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()),
            _ => text(&time.to_rfc3339_opts(SecondsFormat::Micros, true)),
        };
        let values = [
            text(&entry.run.to_string()),
            text(&entry.revision),
            text(direction_text(entry.direction)),
            text(event_text(entry.event)),
            optional(entry.raw_digest.as_deref().map(text)),
            optional(entry.normalized_digest.as_deref().map(text)),
            optional(entry.statement.map(|(number, _)| number.to_string())),
            optional(entry.statement.map(|(_, count)| count.to_string())),
            time(entry.started_at),
            optional(entry.finished_at.map(time)),
            text(&entry.actor),
            text(&entry.host),
            text(&entry.tool_version),
            optional(entry.error.as_deref().map(text)),
        ];
        format!(
            "INSERT INTO {} (run_id, revision, direction, event, raw_digest, normalized_digest, \
             statement_no, statement_count, started_at, finished_at, actor, host, tool_version, \
             error) VALUES ({})",
            self.0.sql(),
            values.join(", ")
        )
    }

    /// The query for the rows of one revision, its only parameter, and for all stamps: the row of
    /// a stamp may name several revisions, which [`JournalTable::rows`] sorts out.
    pub(super) fn select_sql(&self) -> String {
        let text = match self.0.dialect {
            Dialect::Sqlite | Dialect::Postgresql => "TEXT",
            Dialect::Mysql => "CHAR",
        };
        format!(
            "SELECT revision, CAST(run_id AS {text}), direction, event, raw_digest, \
             CAST(statement_no AS {text}), CAST(statement_count AS {text}), \
             CAST(id AS {text}) FROM {} \
             WHERE revision = {} OR direction = 'stamp' ORDER BY id",
            self.0.sql(),
            placeholder(self.0.dialect, 1)
        )
    }

    /// Those of the rows that [`JournalTable::select_sql`] gave that concern `revision`.
    pub(super) fn rows(
        &self,
        rows: &[TextRow],
        revision: &str,
    ) -> Result<Vec<JournalRow>, DatabaseError> {
        let concerns = |row: &&TextRow| {
            let text = column(row, 0);
            text == revision || text.split(", ").any(|one| one == revision)
        };
        rows.iter()
            .filter(concerns)
            .map(|row| {
                Ok(JournalRow {
                    id: self.number(row, 7)?.unwrap_or_default(),
                    run: column(row, 1).to_owned(),
                    direction: column(row, 2).to_owned(),
                    event: column(row, 3).to_owned(),
                    raw_digest: row.get(4).cloned().flatten(),
                    statement: match (self.number(row, 5)?, self.number(row, 6)?) {
                        (Some(number), Some(count)) => Some((number, count)),
                        _ => None,
                    },
                })
            })
            .collect()
    }

    fn number<T: FromStr>(&self, row: &TextRow, at: usize) -> Result<Option<T>, DatabaseError> {
        let Some(text) = row.get(at).and_then(Option::as_deref) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let message = format!(
                "the journal {} holds '{}' as a number (run {})",
                self.0.name,
                text.escape_debug(),
                column(row, 1)
            );
            DatabaseError::new(DatabaseErrorKind::Corrupt, message)
        })
    }
}

fn direction_text(direction: Direction) -> &'static str {
    match direction {
        Direction::Upgrade => "upgrade",
        Direction::Downgrade => "downgrade",
        Direction::Stamp => "stamp",
    }
}

fn event_text(event: JournalEvent) -> &'static str {
    match event {
        JournalEvent::Begin => "begin",
        JournalEvent::Done => "done",
        JournalEvent::Fail => "fail",
    }
}

/// `text` as a literal that means the same whatever a script has set: on PostgreSQL
/// `standard_conforming_strings` decides how `'...'` is read, but not how `E'...'` is; on MySQL it
/// is `sql_mode` and the character set, neither of which matters to a hexadecimal literal. No
/// database takes NUL within a statement.
fn literal(dialect: Dialect, text: &str) -> String {
    let text = text.replace('\0', "\u{fffd}");
    match dialect {
        Dialect::Postgresql if text.contains('\\') => {
            format!("E{}", quote_literal(dialect, &text.replace('\\', "\\\\")))
        }
        Dialect::Mysql if text.contains('\\') || !text.is_ascii() => {
            let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            format!("_utf8mb4 x'{digits}'")
        }
        _ => quote_literal(dialect, &text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backslashes_survive_any_setting() {
        assert_eq!(literal(Dialect::Postgresql, r"it's \ x"), r"E'it''s \\ x'");
        assert_eq!(literal(Dialect::Postgresql, "it's"), "'it''s'");
        assert_eq!(literal(Dialect::Mysql, "it's"), "'it''s'");
        assert_eq!(literal(Dialect::Mysql, "\\ ö"), "_utf8mb4 x'5c20c3b6'");
        assert_eq!(literal(Dialect::Sqlite, "a\\\0"), "'a\\\u{fffd}'");
    }
}
