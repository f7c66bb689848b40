//! The tables of rollouts, as the SQL that makes them.

use limbeck_schema::Dialect;

use super::FleetHome;
use crate::db::error::DatabaseError;
use crate::db::table_name::TableName;

/// Rollouts.
const ROLLOUTS: &str = "limbeck_rollouts";
/// The sites of each.
const SITES: &str = "limbeck_rollout_sites";
/// Which sites wait for which.
const NEEDS: &str = "limbeck_rollout_needs";
/// Which databases they are.
const DATABASES: &str = "limbeck_rollout_databases";
/// The waves that do not begin by themselves.
const WAVES: &str = "limbeck_rollout_waves";

/// The id of a row that is no rollout: who makes one holds it, so that two at once see each other.
pub(super) const GUARD: &str = "-";

/// The tables as statements name them.
#[derive(Debug, Clone)]
pub(super) struct FleetTables {
    dialect: Dialect,
    pub(super) rollouts: String,
    pub(super) sites: String,
    pub(super) needs: String,
    pub(super) databases: String,
    pub(super) waves: String,
}

impl FleetTables {
    /// The tables beside the version table `version`.
    pub(super) fn new(dialect: Dialect, version: &TableName) -> Self {
        let [rollouts, sites, needs, databases, waves] = [ROLLOUTS, SITES, NEEDS, DATABASES, WAVES]
            .map(|name| version.sibling(name).sql(dialect));
        FleetTables { dialect, rollouts, sites, needs, databases, waves }
    }

    /// The time now, in milliseconds since 1970. MySQL's by way of UTC: local time has an hour twice
    /// a year.
    pub(super) fn now(&self) -> &'static str {
        match self.dialect {
            Dialect::Postgresql => "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
            Dialect::Mysql => {
                "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)"
            }
            Dialect::Sqlite => "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        }
    }

    /// `expression` as text, as every value is read.
    pub(super) fn text(&self, expression: &str) -> String {
        let kind = match self.dialect {
            Dialect::Mysql => "CHAR",
            Dialect::Postgresql | Dialect::Sqlite => "TEXT",
        };
        format!("CAST({expression} AS {kind})")
    }

    /// `columns` as texts, to be selected.
    pub(super) fn texts(&self, columns: &[&str]) -> String {
        let texts: Vec<String> = columns.iter().map(|column| self.text(column)).collect();
        texts.join(", ")
    }

    /// What keeps others from changing the rows of a query until the end of the transaction; SQLite
    /// has one writer at a time.
    pub(super) fn locked(&self, is_exclusive: bool) -> &'static str {
        match (self.dialect, is_exclusive) {
            (Dialect::Sqlite, _) => "",
            (_, true) => " FOR UPDATE",
            (Dialect::Postgresql, false) => " FOR SHARE",
            (Dialect::Mysql, false) => " LOCK IN SHARE MODE",
        }
    }

    /// The same for rows that nobody else holds: the others are passed over.
    pub(super) fn unclaimed(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgresql | Dialect::Mysql => " FOR UPDATE SKIP LOCKED",
        }
    }

    fn create_sql(&self) -> Vec<String> {
        let (word, text, end) = match self.dialect {
            Dialect::Mysql => (
                "VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "LONGTEXT",
                " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
            ),
            Dialect::Postgresql | Dialect::Sqlite => ("TEXT", "TEXT", ""),
        };
        // The key of InnoDB holds no more than 3072 bytes.
        let key = match self.dialect {
            Dialect::Mysql => "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin",
            Dialect::Postgresql | Dialect::Sqlite => "TEXT",
        };
        let FleetTables { rollouts, sites, needs, databases, waves, .. } = self;
        vec![
            format!(
                "CREATE TABLE IF NOT EXISTS {rollouts} (\n    id {key} NOT NULL PRIMARY KEY,\n    \
                 target {word} NOT NULL,\n    digest {word} NOT NULL,\n    \
                 tool_version {word} NOT NULL,\n    state {word} NOT NULL,\n    \
                 created_at BIGINT NOT NULL,\n    created_by {word} NOT NULL,\n    \
                 finished_at BIGINT,\n    note {text},\n    lease_ms BIGINT NOT NULL,\n    \
                 max_failures BIGINT,\n    per_server BIGINT,\n    window_from BIGINT,\n    \
                 window_to BIGINT\n){end}"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {sites} (\n    rollout {key} NOT NULL,\n    \
                 place BIGINT NOT NULL,\n    database_name {word} NOT NULL,\n    tenant {word},\n    \
                 server {word} NOT NULL,\n    wave BIGINT NOT NULL,\n    state {key} NOT NULL,\n    \
                 fence BIGINT NOT NULL,\n    worker {word},\n    lease_until BIGINT,\n    \
                 not_before BIGINT NOT NULL,\n    attempts BIGINT NOT NULL,\n    \
                 failures BIGINT NOT NULL,\n    steps BIGINT NOT NULL,\n    error {text},\n    \
                 began_at BIGINT,\n    ended_at BIGINT,\n    PRIMARY KEY (rollout, place)\n){end}"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {needs} (\n    rollout {key} NOT NULL,\n    \
                 place BIGINT NOT NULL,\n    needed BIGINT NOT NULL,\n    \
                 PRIMARY KEY (rollout, place, needed)\n){end}"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {databases} (\n    rollout {key} NOT NULL,\n    \
                 database_name {word} NOT NULL,\n    identity {text} NOT NULL,\n    \
                 PRIMARY KEY (rollout, database_name)\n){end}"
            ),
            format!(
                "CREATE TABLE IF NOT EXISTS {waves} (\n    rollout {key} NOT NULL,\n    \
                 database_name {word} NOT NULL,\n    wave BIGINT NOT NULL,\n    \
                 state {key} NOT NULL,\n    is_manual BIGINT NOT NULL,\n    \
                 check_sql {text},\n    reason {text},\n    \
                 PRIMARY KEY (rollout, database_name, wave)\n){end}"
            ),
        ]
    }
}

impl FleetHome {
    /// Makes the tables where they are missing.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn ensure(&mut self) -> Result<(), DatabaseError> {
        if self.is_there() {
            return Ok(());
        }
        for sql in self.tables.create_sql() {
            if let Err(error) = self.connection.batch(&sql) {
                // Whoever makes them at the same time makes them well.
                if !self.awaited() {
                    return Err(error);
                }
            }
        }
        let insert = match self.dialect {
            Dialect::Mysql => "INSERT IGNORE INTO",
            Dialect::Postgresql | Dialect::Sqlite => "INSERT INTO",
        };
        let or_not = match self.dialect {
            Dialect::Mysql => "",
            Dialect::Postgresql | Dialect::Sqlite => " ON CONFLICT DO NOTHING",
        };
        let rollouts = &self.tables.rollouts;
        self.connection.batch(&format!(
            "{insert} {rollouts} (id, target, digest, tool_version, state, created_at, created_by, \
             lease_ms) VALUES ('{GUARD}', '', '', '', 'none', 0, '', 0){or_not}"
        ))
    }

    /// Whether there has been a rollout.
    pub(super) fn is_there(&mut self) -> bool {
        let FleetTables { rollouts, sites, needs, databases, waves, .. } = self.tables.clone();
        let guard = format!("SELECT id FROM {rollouts} WHERE id = '{GUARD}'");
        let has_guard = self.connection.rows(&guard, &[]).is_ok_and(|rows| !rows.is_empty());
        has_guard
            && [sites, needs, databases, waves].iter().all(|table| {
                let look = format!("SELECT rollout FROM {table} WHERE rollout = ''");
                self.connection.rows(&look, &[]).is_ok()
            })
    }

    /// Waits a moment for tables that another one makes.
    fn awaited(&mut self) -> bool {
        (0..20).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            self.is_there()
        })
    }
}
