//! Looking at a SQLite file.

use std::time::Duration;

use diesel::sqlite::SqliteConnection;
use limbeck_schema::Dialect;

use super::Blocker;
use super::Bookkeeping;
use super::Inspect;
use super::TableEntry;
use super::TableKind;
use super::milliseconds;
use crate::db::connect;
use crate::db::connect::LockMode;
use crate::db::connect::SessionOptions;
use crate::db::describe;
use crate::db::describe::Description;
use crate::db::error::DatabaseError;
use crate::db::journal::JournalFilter;
use crate::db::journal::JournalRecord;
use crate::db::journal_table::JournalTable;
use crate::db::lock::FileLock;
use crate::db::read_only;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::sqlite::exists;
use crate::db::table_name::TableName;
use crate::db::url::DatabaseUrl;
use crate::db::version_table::VersionTable;
use crate::graph::Heads;

/// An inspector of one SQLite file.
pub(super) struct SqliteInspector {
    connection: SqliteConnection,
    version: VersionTable,
    journal: JournalTable,
    bookkeeping: Bookkeeping,
    lock: Option<FileLock>,
}

impl SqliteInspector {
    pub(super) fn open(
        url: &DatabaseUrl,
        options: &SessionOptions,
        limit: Duration,
    ) -> Result<Self, DatabaseError> {
        let mut connection = connect::sqlite(url, true)?;
        let wait = milliseconds(limit);
        connection.batch(&format!("PRAGMA busy_timeout = {wait}; {}", read_only::REFUSE_WRITES))?;
        let lock = match (options.lock, url.sqlite_path()) {
            (LockMode::Session | LockMode::Lease, Some(path)) => {
                Some(FileLock::new(path, &options.actor, &options.host))
            }
            (LockMode::None, _) | (_, None) => None,
        };
        Ok(SqliteInspector {
            connection,
            version: VersionTable::new(Dialect::Sqlite, options.version_table.clone()),
            journal: JournalTable::new(Dialect::Sqlite, options.journal_table.clone()),
            bookkeeping: Bookkeeping::new(options),
            lock,
        })
    }

    fn has(&mut self, table: &TableName) -> Result<bool, DatabaseError> {
        exists(&mut self.connection, table)
    }

    /// What ANALYZE has counted, by table.
    fn counted(&mut self) -> Result<Vec<(String, u64)>, DatabaseError> {
        if !self.has(&TableName::new("sqlite_stat1"))? {
            return Ok(Vec::new());
        }
        // The first number of a line is that of the rows.
        let rows = self.connection.rows("SELECT tbl, stat FROM sqlite_stat1", &[])?;
        let counted = rows.iter().filter_map(|row| {
            let count = column(row, 1).split(' ').next()?.parse().ok()?;
            Some((column(row, 0).to_owned(), count))
        });
        Ok(counted.collect())
    }
}

impl Inspect for SqliteInspector {
    fn server_version(&mut self) -> Result<String, DatabaseError> {
        // Reads a page too: opening a file that is no database does not fail.
        let rows = self
            .connection
            .rows("SELECT sqlite_version() FROM (SELECT count(*) FROM sqlite_master)", &[])?;
        Ok(format!("SQLite {}", rows.first().map_or("", |row| column(row, 0))))
    }

    fn tables(&mut self) -> Result<Vec<TableEntry>, DatabaseError> {
        let rows = self.connection.rows(
            "SELECT name, type FROM pragma_table_list \
             WHERE schema = 'main' AND type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             ORDER BY name",
            &[],
        )?;
        let counted = self.counted()?;
        let entries = rows.iter().map(|row| {
            let name = column(row, 0);
            TableEntry {
                schema: None,
                name: name.to_owned(),
                kind: match column(row, 1) {
                    "view" => TableKind::View,
                    "virtual" => TableKind::VirtualTable,
                    _ => TableKind::Table,
                },
                row_estimate: counted
                    .iter()
                    .filter(|(table, _)| table == name)
                    .map(|(_, count)| *count)
                    .max(),
                is_bookkeeping: self.bookkeeping.has(None, name),
            }
        });
        Ok(entries.collect())
    }

    fn describe(&mut self, table: &TableName) -> Result<Option<Description>, DatabaseError> {
        describe::of_sqlite(&mut self.connection, table)
    }

    fn search_path(&mut self) -> Result<Vec<String>, DatabaseError> {
        Ok(Vec::new())
    }

    /// SQLite does not tell who holds its locks.
    fn blockers(&mut self, _older_than: Duration) -> Result<Vec<Blocker>, DatabaseError> {
        Ok(Vec::new())
    }

    fn lock_holder(&mut self) -> Result<Option<String>, DatabaseError> {
        Ok(self.lock.as_ref().and_then(FileLock::holder))
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        let table = self.version.name().clone();
        if !self.has(&table)? {
            return Ok(None);
        }
        let rows = self
            .connection
            .rows(&self.version.select_sql(), &[])
            .map_err(|error| self.version.unreadable(error))?;
        self.version.heads(rows).map(Some)
    }

    fn journal_log(&mut self) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        let columns = self.journal.columns(&mut self.connection)?;
        if columns.is_empty() {
            return Ok(None);
        }
        self.journal.log(&mut self.connection, &JournalFilter::All, &columns).map(Some)
    }
}
