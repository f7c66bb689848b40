//! Looking at a MySQL or MariaDB database.

use std::time::Duration;

use limbeck_schema::Dialect;

use super::Blocker;
use super::BlockerKind;
use super::Bookkeeping;
use super::Inspect;
use super::TableEntry;
use super::TableKind;
use super::milliseconds;
use crate::db::connect;
use crate::db::connect::LockMode;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::journal::JournalFilter;
use crate::db::journal::JournalRecord;
use crate::db::journal_table::JournalTable;
use crate::db::lock::named_holder;
use crate::db::mysql::MysqlConnection;
use crate::db::mysql::schema_of;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::sql::column;
use crate::db::table_name::TableName;
use crate::db::url::DatabaseUrl;
use crate::db::version_table::VersionTable;
use crate::graph::Heads;

const TABLES: &str = "SELECT table_schema, table_name, table_type, CAST(table_rows AS CHAR) \
    FROM information_schema.tables WHERE table_schema = database() AND table_type <> 'SEQUENCE' \
    ORDER BY table_name";

const WAITING: &str = "SELECT CAST(id AS CHAR), user, CAST(time AS CHAR) \
    FROM information_schema.processlist WHERE db = database() AND state LIKE 'Waiting for %lock%' \
    AND time >= CAST(? AS SIGNED) ORDER BY time DESC, id LIMIT 20";

/// Needs the privilege PROCESS.
const OPEN: &str = "SELECT CAST(p.id AS CHAR), p.user, \
    CAST(timestampdiff(second, t.trx_started, now()) AS CHAR) \
    FROM information_schema.innodb_trx t \
    JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
    WHERE p.db = database() AND p.id <> connection_id() \
    AND timestampdiff(second, t.trx_started, now()) >= CAST(? AS SIGNED) \
    ORDER BY t.trx_started, p.id LIMIT 20";

/// An inspector of one database of a server.
pub(super) struct MysqlInspector {
    connection: MysqlConnection,
    options: SessionOptions,
    database: String,
    bookkeeping: Bookkeeping,
}

impl MysqlInspector {
    pub(super) fn open(
        url: &DatabaseUrl,
        options: &SessionOptions,
        limit: Duration,
    ) -> Result<Self, DatabaseError> {
        let Some(database) = url.database() else {
            return Err(DatabaseError::new(
                DatabaseErrorKind::NoSuchDatabase,
                "the MySQL URL names no database: write mysql://user@host/database",
            ));
        };
        let mut connection = connect::mysql(url, options)?;
        connection.batch("SET SESSION TRANSACTION READ ONLY")?;
        let limit = milliseconds(limit);
        // The one is MariaDB's name for it, the other MySQL's.
        let seconds = limit.div_ceil(1000);
        if connection.batch(&format!("SET max_statement_time = {seconds}")).is_err() {
            connection.batch(&format!("SET max_execution_time = {limit}"))?;
        }
        Ok(MysqlInspector {
            connection,
            options: options.clone(),
            database: database.to_owned(),
            bookkeeping: Bookkeeping::new(options),
        })
    }

    /// The journal, if there is one.
    fn journal(&mut self) -> Result<Option<JournalTable>, DatabaseError> {
        let table = self.options.journal_table.clone();
        let is_there = schema_of(&mut self.connection, &table)?.is_some();
        Ok(is_there.then(|| JournalTable::new(Dialect::Mysql, table)))
    }
}

fn blocker(kind: BlockerKind, row: &TextRow) -> Blocker {
    Blocker {
        kind,
        session: column(row, 0).to_owned(),
        user: row.get(1).cloned().flatten(),
        application: None,
        seconds: column(row, 2).parse().unwrap_or_default(),
        blocked_by: Vec::new(),
    }
}

impl Inspect for MysqlInspector {
    fn server_version(&mut self) -> Result<String, DatabaseError> {
        let rows = self.connection.rows("SELECT version()", &[])?;
        let version = rows.first().map_or("", |row| column(row, 0));
        // `10.11.6-MariaDB-0+deb12u1`, `8.4.2`.
        let number = version.split('-').next().unwrap_or_default();
        let name = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
        Ok(format!("{name} {number}"))
    }

    fn tables(&mut self) -> Result<Vec<TableEntry>, DatabaseError> {
        let rows = self.connection.rows(TABLES, &[])?;
        let entries = rows.iter().map(|row| {
            let (schema, name) = (column(row, 0), column(row, 1));
            let kind = match column(row, 2) {
                "VIEW" | "SYSTEM VIEW" => TableKind::View,
                _ => TableKind::Table,
            };
            TableEntry {
                schema: Some(schema.to_owned()),
                name: name.to_owned(),
                kind,
                row_estimate: column(row, 3).parse().ok(),
                is_bookkeeping: self.bookkeeping.has(Some(schema), name),
            }
        });
        Ok(entries.collect())
    }

    fn search_path(&mut self) -> Result<Vec<String>, DatabaseError> {
        let rows = self.connection.rows("SELECT database()", &[])?;
        Ok(rows.iter().map(|row| column(row, 0).to_owned()).collect())
    }

    fn blockers(&mut self, older_than: Duration) -> Result<Vec<Blocker>, DatabaseError> {
        let age = older_than.as_secs().to_string();
        let waiting = self.connection.rows(WAITING, &[&age])?;
        let open = match self.connection.rows(OPEN, &[&age]) {
            Ok(open) => open,
            // Whoever may not see the transactions sees the sessions of the same user only.
            Err(error) if matches!(error.kind, DatabaseErrorKind::Unreachable) => {
                return Err(error);
            }
            Err(_) => Vec::new(),
        };
        let waiting = waiting.iter().map(|row| blocker(BlockerKind::Waiting, row));
        let open = open.iter().map(|row| blocker(BlockerKind::OpenTransaction, row));
        let mut all: Vec<Blocker> = waiting.chain(open).collect();
        all.sort_by_key(|blocker| std::cmp::Reverse(blocker.seconds));
        Ok(all)
    }

    fn lock_holder(&mut self) -> Result<Option<String>, DatabaseError> {
        if self.options.lock == LockMode::None {
            return Ok(None);
        }
        named_holder(&mut self.connection, &self.options.version_table, &self.database)
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        let table: TableName = self.options.version_table.clone();
        if schema_of(&mut self.connection, &table)?.is_none() {
            return Ok(None);
        }
        let table = VersionTable::new(Dialect::Mysql, table);
        let rows = self
            .connection
            .rows(&table.select_sql(), &[])
            .map_err(|error| table.unreadable(error))?;
        table.heads(rows).map(Some)
    }

    fn journal_log(&mut self) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        let Some(table) = self.journal()? else { return Ok(None) };
        let columns = table.columns(&mut self.connection)?;
        table.log(&mut self.connection, &JournalFilter::All, &columns).map(Some)
    }
}
