//! A database to crash on, used again and again, and everything that can be seen of it.

use std::cell::RefCell;
use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::asker::Asker;
use crate::support::{mariadb, postgres};

/// The tables of the scripts as they are seen without limbeck, and the rows that limbeck keeps.
/// The journal holds more rows after a crash than without one, but each revision and each
/// statement is done once.
const ROWS: &str = "
    SELECT 'version', version_num, '' FROM alembic_version
    UNION ALL SELECT 'ran', script, '' FROM ran
    UNION ALL SELECT 'done', direction || ' ' || revision || coalesce(' ' || statement_no, ''),
        CAST(count(*) AS TEXT)
        FROM limbeck_journal WHERE event = 'done' GROUP BY direction, revision, statement_no
    ORDER BY 1, 2, 3;";

const SQLITE_CATALOG: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2;";

/// Columns, indexes (with their validity), constraints and views.
const POSTGRES_CATALOG: &str = "
    SELECT c.relkind, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
        a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attisdropped
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2, 3;
    SELECT i.indisvalid, pg_get_indexdef(i.indexrelid) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace ORDER BY 2;
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1;
    SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1;";

/// Columns, indexes, constraints, views, triggers, routines.
const MARIADB_CATALOG: &str = "
    SELECT table_name, ordinal_position, column_name, column_type, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = database() ORDER BY 1, 2;
    SELECT table_name, index_name, seq_in_index, column_name, non_unique
    FROM information_schema.statistics WHERE table_schema = database() ORDER BY 1, 2, 3;
    SELECT table_name, constraint_name, constraint_type
    FROM information_schema.table_constraints WHERE table_schema = database() ORDER BY 1, 2;
    SELECT table_name, view_definition FROM information_schema.views
    WHERE table_schema = database() ORDER BY 1;
    SELECT trigger_name, event_object_table, action_statement FROM information_schema.triggers
    WHERE trigger_schema = database() ORDER BY 1;
    SELECT routine_name, routine_type, routine_definition FROM information_schema.routines
    WHERE routine_schema = database() ORDER BY 1;";

const MARIADB_ROWS: &str = "
    SELECT 'version', version_num, '' FROM alembic_version
    UNION ALL SELECT 'done', concat(direction, ' ', revision, ' ', coalesce(statement_no, '')),
        count(*)
        FROM limbeck_journal WHERE event = 'done' GROUP BY direction, revision, statement_no
    ORDER BY 1, 2, 3;";

/// The name of the database of a URL.
fn database(url: &str) -> &str {
    url.rsplit_once('/').map_or("", |(_, name)| name)
}

pub(crate) enum Bench {
    /// A file in a directory of its own: in memory where that can be had, because a sweep is all
    /// commits, and each waits for the disk.
    Sqlite(TempDir),
    /// The URL of a database, and a session on it that is not limbeck's.
    Postgres { url: String, session: RefCell<Asker> },
    /// The URL of a database.
    Mariadb(String),
}

impl Bench {
    pub(crate) fn sqlite() -> Self {
        let mut builder = tempfile::Builder::new();
        builder.prefix("limbeck-faults-");
        Bench::Sqlite(builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir()).unwrap())
    }

    /// Through the server's socket, which asks for no password: with one, every connection would
    /// be slow on purpose.
    pub(crate) fn postgres() -> Self {
        let url = postgres().create_database();
        let (address, name) = url.rsplit_once('/').unwrap();
        let (user, port) = (
            address.trim_start_matches("postgres://").split(':').next().unwrap(),
            address.rsplit(':').next().unwrap(),
        );
        let directory = postgres().psql("postgres", "SHOW unix_socket_directories");
        let url = format!("postgres://{user}@/{name}?host={}&port={port}", directory.trim_end());
        let session = RefCell::new(Asker::start(
            postgres().program("psql"),
            &["-XqAt", "-v", "ON_ERROR_STOP=1", "-d", &url],
            "\\echo",
        ));
        session.borrow_mut().ask("SET client_min_messages = warning");
        Bench::Postgres { url, session }
    }

    pub(crate) fn mariadb() -> Self {
        Bench::Mariadb(mariadb().create_database())
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Bench::Sqlite(directory) => {
                format!("sqlite:{}", directory.path().join("app.db").display())
            }
            Bench::Mariadb(url) | Bench::Postgres { url, .. } => url.clone(),
        }
    }

    /// Empties the database.
    pub(crate) fn reset(&self) {
        match self {
            Bench::Sqlite(directory) => {
                for entry in fs::read_dir(directory).unwrap() {
                    fs::remove_file(entry.unwrap().path()).unwrap();
                }
            }
            Bench::Postgres { .. } => {
                self.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            }
            Bench::Mariadb(url) => {
                let name = database(url);
                mariadb().sql("mysql", &format!("DROP DATABASE {name}; CREATE DATABASE {name}"));
            }
        }
    }

    /// Everything there is, as text.
    pub(crate) fn state(&self) -> String {
        match self {
            Bench::Sqlite(_) => self.ask(&format!("{SQLITE_CATALOG}{ROWS}")),
            Bench::Postgres { .. } => self.ask(&format!("{POSTGRES_CATALOG}{ROWS}")),
            Bench::Mariadb(_) => self.ask(&format!("{MARIADB_CATALOG}{MARIADB_ROWS}")),
        }
    }

    /// The catalog, and what the scripts wrote, without the rows of limbeck.
    pub(crate) fn ran_and_tables(&self) -> String {
        let rows = "SELECT script FROM ran ORDER BY script;
            SELECT version_num FROM alembic_version ORDER BY 1;";
        let catalog = match self {
            Bench::Sqlite(_) => SQLITE_CATALOG,
            Bench::Postgres { .. } => POSTGRES_CATALOG,
            Bench::Mariadb(_) => MARIADB_CATALOG,
        };
        self.ask(&format!("{catalog}{rows}"))
    }

    /// The tables there are, for a database that may hold nothing yet.
    pub(crate) fn tables(&self) -> String {
        self.ask(match self {
            Bench::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1",
            Bench::Mariadb(_) => "SHOW TABLES",
            Bench::Postgres { .. } => {
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            }
        })
    }

    /// The rows that a query gives, read without limbeck.
    pub(crate) fn ask(&self, sql: &str) -> String {
        match self {
            Bench::Sqlite(directory) => {
                let file = directory.path().join("app.db");
                let output = Command::new("sqlite3")
                    .args(["-bail", "-batch"])
                    .arg(file)
                    .arg(sql)
                    .output()
                    .unwrap();
                assert!(
                    output.status.success(),
                    "{sql}\n{}",
                    String::from_utf8_lossy(&output.stderr)
                );
                String::from_utf8(output.stdout).unwrap()
            }
            Bench::Postgres { session, .. } => session.borrow_mut().ask(sql),
            Bench::Mariadb(url) => mariadb().sql(database(url), sql),
        }
    }
}
