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
use crate::db::connect::LockMode;
use crate::db::connect::SessionOptions;
use crate::db::describe;
use crate::db::describe::Description;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::journal::JournalFilter;
use crate::db::journal::JournalRecord;
use crate::db::journal_table::JournalTable;
use crate::db::lock::named_holder;
use crate::db::mysql::MysqlConnection;
use crate::db::mysql::refuse_lease;
use crate::db::mysql::schema_of;
use crate::db::read_only;
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
    connection: Limited,
    version: String,
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
        refuse_lease(options)?;
        let mut connection = MysqlConnection::open_within(limit, url, options)?;
        let begin = read_only::begin_sql(Dialect::Mysql);
        let rows = read_only::ask(&mut connection, begin, |sql| sql.rows("SELECT version()", &[]))?;
        let version = rows.first().map_or("", |row| column(row, 0)).to_owned();
        Ok(MysqlInspector {
            connection: Limited {
                connection,
                limit: milliseconds(limit),
                is_mariadb: version.contains("MariaDB"),
            },
            version,
            options: options.clone(),
            database: database.to_owned(),
            bookkeeping: Bookkeeping::new(options),
        })
    }

    /// Puts a question within a read-only transaction of its own.
    fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut Limited) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        read_only::ask(&mut self.connection, read_only::begin_sql(Dialect::Mysql), question)
    }

    /// The journal, if there is one.
    fn journal(&mut self) -> Result<Option<JournalTable>, DatabaseError> {
        let table = self.options.journal_table.clone();
        let is_there = self.ask(|sql| schema_of(sql, &table))?.is_some();
        Ok(is_there.then(|| JournalTable::new(Dialect::Mysql, table)))
    }
}

/// A connection whose queries end after a limit. Each carries it: a setting of the session would
/// reach the next client of a pooler.
struct Limited {
    connection: MysqlConnection,
    /// In milliseconds.
    limit: u64,
    is_mariadb: bool,
}

impl Limited {
    /// `sql` with the limit. MariaDB has `SET STATEMENT`, MySQL a hint, which it takes in a SELECT
    /// only; all that an inspector asks is one.
    fn limited(&self, sql: &str) -> String {
        let limit = self.limit;
        match (self.is_mariadb, sql.strip_prefix("SELECT ")) {
            (true, _) => format!(
                "SET STATEMENT max_statement_time = {}.{:03} FOR {sql}",
                limit / 1000,
                limit % 1000
            ),
            (false, Some(rest)) => format!("SELECT /*+ MAX_EXECUTION_TIME({limit}) */ {rest}"),
            (false, None) => sql.to_owned(),
        }
    }
}

impl Sql for Limited {
    fn batch(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.connection.batch(sql)
    }

    fn execute(&mut self, sql: &str, binds: &[&str]) -> Result<usize, DatabaseError> {
        self.connection.execute(sql, binds)
    }

    fn rows(&mut self, sql: &str, binds: &[&str]) -> Result<Vec<TextRow>, DatabaseError> {
        let sql = self.limited(sql);
        self.connection.rows(&sql, binds)
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
        // `10.11.6-MariaDB-0+deb12u1`, `8.4.2`.
        let number = self.version.split('-').next().unwrap_or_default();
        let name = if self.connection.is_mariadb { "MariaDB" } else { "MySQL" };
        Ok(format!("{name} {number}"))
    }

    fn tables(&mut self) -> Result<Vec<TableEntry>, DatabaseError> {
        let rows = self.ask(|sql| sql.rows(TABLES, &[]))?;
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

    fn describe(&mut self, table: &TableName) -> Result<Option<Description>, DatabaseError> {
        self.ask(|sql| describe::of_mysql(sql, table))
    }

    fn search_path(&mut self) -> Result<Vec<String>, DatabaseError> {
        let rows = self.ask(|sql| sql.rows("SELECT database()", &[]))?;
        Ok(rows.iter().map(|row| column(row, 0).to_owned()).collect())
    }

    fn blockers(&mut self, older_than: Duration) -> Result<Vec<Blocker>, DatabaseError> {
        let age = older_than.as_secs().to_string();
        let waiting = self.ask(|sql| sql.rows(WAITING, &[&age]))?;
        let open = match self.ask(|sql| sql.rows(OPEN, &[&age])) {
            // Whoever may not see the transactions sees the sessions of the same user only.
            Err(error) if matches!(error.kind, DatabaseErrorKind::Denied(_)) => Vec::new(),
            open => open?,
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
        let (table, database) = (self.options.version_table.clone(), self.database.clone());
        self.ask(|sql| named_holder(sql, &table, &database))
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        let table: TableName = self.options.version_table.clone();
        if self.ask(|sql| schema_of(sql, &table))?.is_none() {
            return Ok(None);
        }
        let table = VersionTable::new(Dialect::Mysql, table);
        let query = table.select_sql();
        let rows =
            self.ask(|sql| sql.rows(&query, &[])).map_err(|error| table.unreadable(error))?;
        table.heads(rows).map(Some)
    }

    fn journal_log(&mut self) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        let Some(table) = self.journal()? else { return Ok(None) };
        self.ask(|sql| {
            let columns = table.columns(sql)?;
            table.log(sql, &JournalFilter::All, &columns)
        })
        .map(Some)
    }
}
