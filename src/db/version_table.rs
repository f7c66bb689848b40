//! The version table: one row per head, exactly as Alembic keeps it, so that either program can
//! go on where the other stopped.

use limbeck_schema::Dialect;

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::error::MovedRow;
use super::own_table::OwnTable;
use super::sql;
use super::sql::Sql;
use super::sql::TextRow;
use super::table_name::TableName;
use super::table_name::identifier;
use super::version_text;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::graph::RevisionId;

/// How many characters of an id Alembic's version table holds.
pub const DEFAULT_ROW_LENGTH: u16 = 32;

/// A version table as the SQL that makes, reads and changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTable {
    table: OwnTable,
    /// How many characters of an id its rows hold, where it is made.
    length: u16,
}

impl VersionTable {
    /// The table `name` in a database of `dialect`.
    pub fn new(dialect: Dialect, name: TableName) -> Self {
        VersionTable { table: OwnTable::new(dialect, name), length: DEFAULT_ROW_LENGTH }
    }

    /// The same table, made for ids of up to `length` characters.
    #[must_use]
    pub fn holding(self, length: u16) -> Self {
        VersionTable { length, ..self }
    }

    /// How many characters of an id its rows hold, where it is made.
    pub(super) fn length(&self) -> usize {
        usize::from(self.length)
    }

    /// The same table, known to be in `schema`.
    pub(super) fn found_in(&self, schema: String) -> Self {
        VersionTable { table: self.table.found_in(schema), length: self.length }
    }

    /// Its name, as configured.
    pub fn name(&self) -> &TableName {
        &self.table.name
    }

    /// Its name, as complete as it is known.
    pub(super) fn place(&self) -> &TableName {
        &self.table.place
    }

    /// The statement that creates it, in Alembic's words.
    pub fn create_sql(&self, if_not_exists: bool) -> String {
        let table = self.table.sql();
        let key = identifier(self.table.dialect, &format!("{}_pkc", self.table.name.name));
        let text = version_text::create(&table, &key, self.length, if_not_exists);
        match self.table.dialect {
            // SQLite keeps the text and shows it (`.schema`): online, SQLAlchemy writes tabs.
            Dialect::Sqlite => text.replace("\n    ", "\n\t"),
            Dialect::Postgresql | Dialect::Mysql => text,
        }
    }

    pub(super) fn select_sql(&self) -> String {
        let text = match self.table.dialect {
            Dialect::Sqlite | Dialect::Postgresql => "TEXT",
            Dialect::Mysql => "CHAR",
        };
        format!("SELECT CAST(version_num AS {text}) FROM {}", self.table.sql())
    }

    fn insert_sql(&self) -> String {
        let value = placeholder(self.table.dialect, 1);
        format!("INSERT INTO {} (version_num) VALUES ({value})", self.table.sql())
    }

    fn update_sql(&self) -> String {
        let (to, from) = (placeholder(self.table.dialect, 1), placeholder(self.table.dialect, 2));
        let table = self.table.sql();
        format!("UPDATE {table} SET version_num = {to} WHERE version_num = {from}")
    }

    fn delete_sql(&self) -> String {
        let from = placeholder(self.table.dialect, 1);
        format!("DELETE FROM {} WHERE version_num = {from}", self.table.sql())
    }

    /// The rows that [`VersionTable::select_sql`] gave.
    pub(super) fn heads(&self, rows: Vec<TextRow>) -> Result<Heads, DatabaseError> {
        rows.into_iter()
            .map(|mut row| match row.pop().flatten() {
                Some(text) => text.parse::<RevisionId>().map_err(|error| {
                    self.corrupt(&format!("holds '{}': {error}", text.escape_debug()))
                }),
                None => Err(self.corrupt("holds a row without a value")),
            })
            .collect()
    }

    /// The error of a query for the rows, which says nothing of what was asked.
    pub(super) fn unreadable(&self, error: DatabaseError) -> DatabaseError {
        let kind = match error.kind {
            DatabaseErrorKind::Corrupt => DatabaseErrorKind::CorruptVersions,
            DatabaseErrorKind::Statement => DatabaseErrorKind::Statement,
            _ => return error,
        };
        let message =
            format!("the version table {} cannot be read: {}", self.table.name, error.message);
        DatabaseError { kind, message, ..error }
    }

    fn corrupt(&self, what: &str) -> DatabaseError {
        let message = format!("the version table {} {what}", self.table.name);
        DatabaseError::new(DatabaseErrorKind::CorruptVersions, message)
    }

    /// Makes the writes of `change`, in its order.
    pub(super) fn change(
        &self,
        sql: &mut dyn Sql,
        change: &HeadChange,
    ) -> Result<(), DatabaseError> {
        for id in &change.deleted {
            let found = sql.execute(&self.delete_sql(), &[id.as_str()])?;
            self.check_moved(found, id, None)?;
        }
        for id in &change.inserted {
            sql.execute(&self.insert_sql(), &[id.as_str()])?;
        }
        if let Some((from, to)) = &change.updated {
            let found = sql.execute(&self.update_sql(), &[to.as_str(), from.as_str()])?;
            self.check_moved(found, from, Some(to))?;
        }
        Ok(())
    }

    /// The writes of `change` as one text for PostgreSQL, which fails where [`change`](Self::change)
    /// does: [`moved_in`](Self::moved_in) tells such a failure from others.
    pub(super) fn change_sql(&self, change: &HeadChange) -> String {
        let table = self.table.sql();
        let value = |id: &RevisionId| sql::literal(self.table.dialect, id.as_str());
        let mut text = String::new();
        for (number, id) in change.deleted.iter().enumerate() {
            let delete = format!("DELETE FROM {table} WHERE version_num = {}", value(id));
            text.push_str(&of_one_row(&delete, number));
        }
        for id in &change.inserted {
            text.push_str(&format!("INSERT INTO {table} (version_num) VALUES ({});\n", value(id)));
        }
        if let Some((from, to)) = &change.updated {
            let (from, to) = (value(from), value(to));
            let update =
                format!("UPDATE {table} SET version_num = {to} WHERE version_num = {from}");
            text.push_str(&of_one_row(&update, change.deleted.len()));
        }
        text
    }

    /// Which row of `change` was not there, where the `message` of a failure of
    /// [`change_sql`](Self::change_sql) says so.
    pub(super) fn moved_in(&self, message: &str, change: &HeadChange) -> Option<DatabaseError> {
        let (_, rest) = message.split_once(MOVED)?;
        let (number, rest) = rest.split_once(": ")?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, found) = (number.parse::<usize>().ok()?, rest[..end].parse().ok()?);
        let (from, to) = match (change.deleted.get(number), &change.updated) {
            (Some(id), _) => (id, None),
            (None, Some((from, to))) => (from, Some(to)),
            (None, None) => return None,
        };
        self.check_moved(found, from, to).err()
    }

    /// A row that does not match has been moved by another program since the heads were read.
    fn check_moved(
        &self,
        found: usize,
        expected: &RevisionId,
        replacement: Option<&RevisionId>,
    ) -> Result<(), DatabaseError> {
        if found == 1 {
            return Ok(());
        }
        let table = self.table.name.to_string();
        let action = match replacement {
            Some(to) => format!("updating '{expected}' to '{to}'"),
            None => format!("deleting '{expected}'"),
        };
        let message =
            format!("expected to match one row when {action} in '{table}'; {found} found");
        let kind = DatabaseErrorKind::VersionRowMoved(Box::new(MovedRow {
            expected: expected.to_string(),
            replacement: replacement.map(ToString::to_string),
            table,
            found,
        }));
        Err(DatabaseError::new(kind, message))
    }

    /// Deletes every row.
    pub(super) fn purge(&self, sql: &mut dyn Sql) -> Result<(), DatabaseError> {
        sql.execute(&format!("DELETE FROM {}", self.table.sql()), &[])?;
        Ok(())
    }
}

/// What the error of a write begins with that has not met one row, before its number.
const MOVED: &str = "limbeck: rows of write ";

/// `write`, the `number`th of a change, failing unless it meets exactly one row: what a number
/// cannot be made of is an error wherever it is asked for.
fn of_one_row(write: &str, number: usize) -> String {
    format!(
        "WITH met AS ({write} RETURNING 1) SELECT CASE count(*) WHEN 1 THEN 1 \
         ELSE ('{MOVED}{number}: ' || count(*))::integer END FROM met;\n"
    )
}

/// The `number`th parameter of a statement, from 1. They must be used in order.
pub(super) fn placeholder(dialect: Dialect, number: usize) -> String {
    match dialect {
        Dialect::Sqlite => format!("?{number}"),
        Dialect::Postgresql => format!("${number}"),
        Dialect::Mysql => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_created_in_alembics_words() {
        let table = VersionTable::new(Dialect::Postgresql, TableName::new("alembic_version"));
        assert_eq!(
            table.create_sql(false),
            "CREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL, \n    \
             CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)"
        );
        let name = TableName { schema: Some("App".into()), name: "v".into() };
        assert_eq!(
            VersionTable::new(Dialect::Mysql, name).create_sql(true),
            "CREATE TABLE IF NOT EXISTS `App`.`v` (\n    version_num VARCHAR(32) NOT NULL, \n    \
             CONSTRAINT `v_pkc` PRIMARY KEY (version_num)\n)"
        );
    }
}
