//! The journal as a table: how it is made and written. How it is read is in `journal_log.rs`.

use chrono::DateTime;
use chrono::SecondsFormat;
use chrono::Utc;
use limbeck_schema::Dialect;
use limbeck_schema::quote_literal;

use super::error::DatabaseError;
use super::journal::JournalEntry;
use super::mysql;
use super::own_table::OwnTable;
use super::sql::Sql;
use super::sql::column;
use super::table_name::TableName;

/// A journal as the SQL that makes, writes and reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalTable(pub(super) OwnTable);

/// The columns that a journal of an earlier version may lack: all of them hold texts.
pub(super) const LATER_COLUMNS: [&str; 5] =
    ["file", "header", "upgrade_text", "downgrade_text", "note"];

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
        let later: String = LATER_COLUMNS
            .iter()
            .map(|name| format!(",\n    {}", self.later_column(name)))
            .collect();
        format!(
            "CREATE TABLE {condition}{table} (\n    id {id},\n    run_id {uuid} NOT NULL,\n    \
             revision TEXT NOT NULL,\n    direction {word} NOT NULL,\n    event {word} NOT NULL,\n    \
             raw_digest {word},\n    normalized_digest {word},\n    statement_no INTEGER,\n    \
             statement_count INTEGER,\n    started_at {time} NOT NULL,\n    finished_at {time},\n    \
             actor {word} NOT NULL,\n    host {word} NOT NULL,\n    tool_version {word} NOT NULL,\n    \
             error {long}{later}\n){engine}",
            table = self.0.sql()
        )
    }

    /// One of [`LATER_COLUMNS`], as it is defined. MySQL's TEXT ends at 64 KiB.
    fn later_column(&self, name: &str) -> String {
        let kind = match self.0.dialect {
            Dialect::Mysql if name != "file" => "LONGTEXT",
            _ => "TEXT",
        };
        format!("{name} {kind}")
    }

    /// The names of the columns there are, in lower case; none when there is no such table.
    pub(super) fn columns(&self, sql: &mut dyn Sql) -> Result<Vec<String>, DatabaseError> {
        let place = self.place();
        let schema = place.schema.as_deref().unwrap_or("");
        let rows = match self.0.dialect {
            Dialect::Postgresql => sql.rows(
                "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) \
                 AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                &[&place.quoted(Dialect::Postgresql)],
            )?,
            Dialect::Sqlite => sql.rows(
                "SELECT name FROM pragma_table_xinfo(?1, CASE ?2 WHEN '' THEN 'main' ELSE ?2 END)",
                &[&place.name, schema],
            )?,
            Dialect::Mysql => {
                let query = "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
                     WHERE table_name = ? AND table_schema = coalesce(nullif(?, ''), database()) \
                     ORDER BY ordinal_position";
                match sql.rows(query, &[&place.name, schema])? {
                    // Nothing is also what a user without a right to it sees, which is an error.
                    rows if rows.is_empty() && mysql::schema_of(sql, place)?.is_some() => {
                        sql.rows(query, &[&place.name, schema])?
                    }
                    rows => rows,
                }
            }
        };
        Ok(rows.iter().map(|row| column(row, 0).to_lowercase()).collect())
    }

    /// Adds the columns that the table of an earlier version lacks. Others may do the same at the
    /// same time. Within a transaction of PostgreSQL too: there a column that somebody else has
    /// added meanwhile is no error.
    ///
    /// # Errors
    /// When they cannot be added, as when the table belongs to another user.
    pub(super) fn complete(&self, sql: &mut dyn Sql) -> Result<(), DatabaseError> {
        let missing = self.missing(sql)?;
        if missing.is_empty() {
            return Ok(());
        }
        let condition = match self.0.dialect {
            Dialect::Postgresql => "IF NOT EXISTS ",
            Dialect::Sqlite | Dialect::Mysql => "",
        };
        for name in missing {
            let column = self.later_column(name);
            let added =
                sql.batch(&format!("ALTER TABLE {} ADD COLUMN {condition}{column}", self.0.sql()));
            if let Err(error) = added {
                let is_there =
                    self.0.dialect != Dialect::Postgresql && !self.missing(sql)?.contains(&name);
                if !is_there {
                    let message = format!(
                        "the journal {} was made by an earlier version of limbeck, and the column \
                         {name} cannot be added: {}",
                        self.0.name, error.message
                    );
                    return Err(DatabaseError { message, offset: None, ..error });
                }
            }
        }
        Ok(())
    }

    fn missing(&self, sql: &mut dyn Sql) -> Result<Vec<&'static str>, DatabaseError> {
        let present = self.columns(sql)?;
        let is_missing = |name: &&str| !present.iter().any(|column| column == name);
        Ok(LATER_COLUMNS.into_iter().filter(is_missing).collect())
    }

    /// The statement that appends `entry`, with its values as literals: on PostgreSQL it travels
    /// in one message with the COMMIT, and such a message has no parameters.
    pub(super) fn insert_sql(&self, entry: &JournalEntry) -> String {
        let text = |text: &str| literal(self.0.dialect, text);
        let optional = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
        let optional_text = |value: Option<&str>| optional(value.map(text));
        let time = |time: DateTime<Utc>| match self.0.dialect {
            // MySQL's DATETIME knows no zone; the journal is in UTC throughout.
            Dialect::Mysql => text(&time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()),
            _ => text(&time.to_rfc3339_opts(SecondsFormat::Micros, true)),
        };
        let stored = entry.stored.as_ref();
        let values = [
            text(&entry.run.to_string()),
            text(&entry.revision),
            text(entry.act.word()),
            text(entry.event.word()),
            optional_text(entry.raw_digest.as_deref()),
            optional_text(entry.normalized_digest.as_deref()),
            optional(entry.statement.map(|(number, _)| number.to_string())),
            optional(entry.statement.map(|(_, count)| count.to_string())),
            time(entry.started_at),
            optional(entry.finished_at.map(time)),
            text(&entry.actor),
            text(&entry.host),
            text(&entry.tool_version),
            optional_text(entry.error.as_deref()),
            optional_text(entry.file.as_deref()),
            optional_text(stored.map(|stored| stored.header.as_str())),
            optional_text(stored.map(|stored| stored.upgrade.as_str())),
            optional_text(stored.and_then(|stored| stored.downgrade.as_deref())),
            optional_text(entry.note.as_deref()),
        ];
        format!(
            "INSERT INTO {} (run_id, revision, direction, event, raw_digest, normalized_digest, \
             statement_no, statement_count, started_at, finished_at, actor, host, tool_version, \
             error, {}) VALUES ({})",
            self.0.sql(),
            LATER_COLUMNS.join(", "),
            values.join(", ")
        )
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
