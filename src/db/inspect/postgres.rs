//! Looking at a PostgreSQL database.

use std::time::Duration;

use diesel::pg::PgConnection;
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
use crate::db::describe;
use crate::db::describe::Description;
use crate::db::error::DatabaseError;
use crate::db::journal::JournalFilter;
use crate::db::journal::JournalRecord;
use crate::db::journal_table::JournalTable;
use crate::db::lock::LEASE_TABLE;
use crate::db::lock::advisory_holder;
use crate::db::lock::lock_key;
use crate::db::read_only;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::sql::column;
use crate::db::table_name::TableName;
use crate::db::url::DatabaseUrl;
use crate::db::version_table::VersionTable;
use crate::graph::Heads;

/// One question for all that every inspection needs: the version, and the schemas that the tables
/// `$1` to `$3` are in, with that in which they would be made.
const OPENING: &str = "SELECT current_setting('server_version'), current_schema()::text, \
    (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass($1)), \
    (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass($2)), \
    (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass($3))";

/// TimescaleDB's chunks are ordinary tables in a schema of its own. What else an extension has
/// made is known to belong to it.
const TABLES: &str = "SELECT n.nspname::text, c.relname::text, \
    CASE WHEN c.relispartition THEN 'partition' ELSE c.relkind::text END, \
    c.reltuples::bigint::text \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') \
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^(pg_|_timescaledb_)' \
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass \
    AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2";

/// Not the text of what a session runs: it may hold a secret. A session without client is one of
/// the server's own.
const BLOCKERS: &str = "SELECT kind, pid::text, usename::text, application_name, \
    greatest(0, extract(epoch FROM age))::bigint::text, \
    CASE kind WHEN 'waiting' THEN array_to_string(pg_blocking_pids(pid), ' ') END FROM (\
    SELECT 'waiting' AS kind, pid, usename, application_name, \
    clock_timestamp() - greatest(query_start, state_change) AS age FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock' \
    UNION ALL SELECT 'open', pid, usename, application_name, clock_timestamp() - xact_start \
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
    AND xact_start IS NOT NULL AND backend_type = 'client backend' \
    AND wait_event_type IS DISTINCT FROM 'Lock') AS sessions \
    WHERE age >= $1::interval ORDER BY age DESC, pid LIMIT 20";

/// An inspector of one PostgreSQL database.
pub(super) struct PostgresInspector {
    connection: PgConnection,
    begin: String,
    options: SessionOptions,
    opening: Option<Opening>,
    bookkeeping: Bookkeeping,
}

/// What [`OPENING`] says.
#[derive(Clone)]
struct Opening {
    server_version: String,
    current_schema: String,
    version: Option<TableName>,
    journal: Option<TableName>,
    lease: Option<TableName>,
}

impl PostgresInspector {
    pub(super) fn open(
        url: &DatabaseUrl,
        options: &SessionOptions,
        limit: Duration,
    ) -> Result<Self, DatabaseError> {
        let limit = milliseconds(limit);
        let mut connection = connect::postgres(url, options)?;
        if let Some(tenant) = &options.tenant {
            let place = tenant.setup();
            connection.batch(&format!("{}{}", place.enter, place.check))?;
        }
        Ok(PostgresInspector {
            connection,
            begin: format!(
                "{}; SET LOCAL statement_timeout = {limit}; SET LOCAL lock_timeout = {limit}",
                read_only::begin_sql(Dialect::Postgresql)
            ),
            options: options.clone(),
            opening: None,
            bookkeeping: Bookkeeping::new(options),
        })
    }

    /// Puts a question within a read-only transaction of its own.
    fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut PgConnection) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        read_only::ask(&mut self.connection, &self.begin, question)
    }

    fn opening(&mut self) -> Result<Opening, DatabaseError> {
        if let Some(opening) = &self.opening {
            return Ok(opening.clone());
        }
        let version = self.options.version_table.clone();
        let journal = self.options.journal_table.clone();
        let lease = version.sibling(LEASE_TABLE);
        let names = [&version, &journal, &lease].map(|table| table.quoted(Dialect::Postgresql));
        let rows = self.ask(|sql| sql.rows(OPENING, &[&names[0], &names[1], &names[2]]))?;
        let row = rows.into_iter().next().unwrap_or_default();
        let found = |table: TableName, at: usize| {
            let schema = row.get(at).cloned().flatten()?;
            Some(TableName { schema: Some(unquoted(&schema)), ..table })
        };
        let opening = Opening {
            server_version: column(&row, 0).to_owned(),
            current_schema: column(&row, 1).to_owned(),
            version: found(version, 2),
            journal: found(journal, 3),
            lease: found(lease, 4),
        };
        self.opening = Some(opening.clone());
        Ok(opening)
    }

    /// The journal, by its complete name, if there is one.
    fn journal(&mut self) -> Result<Option<JournalTable>, DatabaseError> {
        let place = self.opening()?.journal;
        Ok(place.map(|place| JournalTable::new(Dialect::Postgresql, place)))
    }
}

/// A name as `regnamespace` shows it, without its quotes.
fn unquoted(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

fn optional(row: &TextRow, at: usize) -> Option<String> {
    row.get(at).cloned().flatten().filter(|text| !text.is_empty())
}

impl Inspect for PostgresInspector {
    fn server_version(&mut self) -> Result<String, DatabaseError> {
        let version = self.opening()?.server_version;
        // Debian adds the name of its package.
        Ok(format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default()))
    }

    fn tables(&mut self) -> Result<Vec<TableEntry>, DatabaseError> {
        let rows = self.ask(|sql| sql.rows(TABLES, &[]))?;
        // What other tenants have is none of this one's.
        let own = self.options.tenant.as_ref().map(|tenant| tenant.schema.as_str());
        let is_meant = |row: &&TextRow| own.is_none_or(|own| column(row, 0) == own);
        let entries = rows.iter().filter(is_meant).map(|row| {
            let (schema, name) = (column(row, 0), column(row, 1));
            TableEntry {
                schema: Some(schema.to_owned()),
                name: name.to_owned(),
                kind: match column(row, 2) {
                    "partition" => TableKind::Partition,
                    "f" => TableKind::ForeignTable,
                    "v" => TableKind::View,
                    "m" => TableKind::MaterializedView,
                    _ => TableKind::Table,
                },
                // -1 where nobody has counted yet.
                row_estimate: column(row, 3).parse().ok(),
                is_bookkeeping: self.bookkeeping.has(Some(schema), name),
            }
        });
        Ok(entries.collect())
    }

    fn describe(&mut self, table: &TableName) -> Result<Option<Description>, DatabaseError> {
        self.ask(|sql| describe::of_postgres(sql, table))
    }

    fn search_path(&mut self) -> Result<Vec<String>, DatabaseError> {
        let query = "SELECT schema::text FROM unnest(current_schemas(false)) AS schema";
        let rows = self.ask(|sql| sql.rows(query, &[]))?;
        Ok(rows.iter().map(|row| column(row, 0).to_owned()).collect())
    }

    fn blockers(&mut self, older_than: Duration) -> Result<Vec<Blocker>, DatabaseError> {
        let age = format!("{} milliseconds", older_than.as_millis());
        let rows = self.ask(|sql| sql.rows(BLOCKERS, &[&age]))?;
        let blockers = rows.iter().map(|row| Blocker {
            kind: match column(row, 0) {
                "waiting" => BlockerKind::Waiting,
                _ => BlockerKind::OpenTransaction,
            },
            session: column(row, 1).to_owned(),
            user: optional(row, 2),
            application: optional(row, 3),
            seconds: column(row, 4).parse().unwrap_or_default(),
            blocked_by: column(row, 5).split_whitespace().map(str::to_owned).collect(),
        });
        Ok(blockers.collect())
    }

    fn lock_holder(&mut self) -> Result<Option<String>, DatabaseError> {
        let opening = self.opening()?;
        match self.options.lock {
            LockMode::None => Ok(None),
            LockMode::Session => {
                let key = lock_key(
                    &opening.current_schema,
                    &TableName {
                        // Where it is found, or else where it would be made.
                        schema: opening
                            .version
                            .and_then(|table| table.schema)
                            .or_else(|| self.options.version_table.schema.clone()),
                        name: self.options.version_table.name.clone(),
                    },
                );
                self.ask(|sql| advisory_holder(sql, key))
            }
            LockMode::Lease => {
                let Some(lease) = opening.lease else { return Ok(None) };
                let query = format!(
                    "SELECT holder FROM {} WHERE name = $1 AND expires_at > clock_timestamp()",
                    lease.sql(Dialect::Postgresql)
                );
                let name = self.options.version_table.name.clone();
                let rows = self.ask(|sql| sql.rows(&query, &[&name]))?;
                Ok(rows.first().map(|row| column(row, 0).to_owned()))
            }
        }
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        let Some(schema) = self.opening()?.version.and_then(|table| table.schema) else {
            return Ok(None);
        };
        let table = VersionTable::new(Dialect::Postgresql, self.options.version_table.clone())
            .found_in(schema);
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
