//! PostgreSQL's session-level advisory lock.

use diesel::pg::PgConnection;
use limbeck_schema::Dialect;
use sha2::Digest;
use sha2::Sha256;

use super::holder_name;
use super::session::Keys;
use super::session::Locking;
use crate::db::LockAttempt;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::table_name::TableName;
use crate::db::url::DatabaseUrl;

/// Prepares the connection: names it for those who look at the sessions of the server, and keeps
/// a server that ends idle sessions from ending this one (a setting that PostgreSQL 13 and older
/// do not know).
const PREPARE: &str = "SELECT set_config('application_name', $1, false), \
    (SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout')";

/// The schema that the version table `$1` is in, or would be made in: two roles with different
/// search paths that mean one table need one lock.
const SCHEMA: &str = "SELECT coalesce(\
    (SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.oid = to_regclass($1)), current_schema()::text, '')";

/// A `bigint` key is shown by `pg_locks` in two halves, with `objsubid` 1.
const HOLDER: &str = "SELECT a.pid::text, a.application_name, a.usename::text, \
    a.client_addr::text, a.backend_start::text \
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint";

impl Locking for PgConnection {
    fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let mut connection = connect::postgres(url, options)?;
        let name = format!("limbeck {}", holder_name(&options.actor, &options.host));
        connection.rows(PREPARE, &[&name])?;
        Ok(connection)
    }

    fn keys(&mut self, _: &DatabaseUrl, options: &SessionOptions) -> Result<Keys, DatabaseError> {
        let key = match &options.version_table.schema {
            // Nothing that is to be looked up.
            Some(schema) => lock_key(schema, &options.version_table),
            None => lock_key_in(self, &options.version_table)?,
        };
        // Next to it; two digests that differ by one are not to be expected.
        let work = key.wrapping_add(1).to_string();
        Ok(Keys { lock: key.to_string(), work })
    }

    fn attempt(&mut self, key: &str) -> Result<LockAttempt, DatabaseError> {
        let rows = self.rows("SELECT pg_try_advisory_lock($1::bigint)::text", &[key])?;
        if rows.first().is_some_and(|row| column(row, 0) == "true") {
            return Ok(LockAttempt::Acquired);
        }
        let rows = self.rows(HOLDER, &[key])?;
        Ok(LockAttempt::Busy { holder: rows.first().map(describe) })
    }

    /// The lock lives as long as the connection does.
    fn still_holds(&mut self, _key: &str) -> bool {
        self.batch("SELECT 1").is_ok()
    }

    fn release(&mut self, key: &str) -> Result<bool, DatabaseError> {
        let rows = self.rows("SELECT pg_advisory_unlock($1::bigint)::text", &[key])?;
        Ok(rows.first().is_some_and(|row| column(row, 0) == "true"))
    }
}

/// Who holds the lock `key`, or is still at work under it.
pub(in crate::db) fn holder(
    connection: &mut PgConnection,
    key: i64,
) -> Result<Option<String>, DatabaseError> {
    for key in [key, key.wrapping_add(1)] {
        let rows = connection.rows(HOLDER, &[&key.to_string()])?;
        if let Some(row) = rows.first() {
            return Ok(Some(describe(row)));
        }
    }
    Ok(None)
}

fn describe(row: &crate::db::sql::TextRow) -> String {
    let mut text = format!("server process {}", column(row, 0));
    for (label, number) in [("", 1), ("database user ", 2), ("from ", 3), ("since ", 4)] {
        let value = column(row, number);
        if !value.is_empty() {
            text.push_str(&format!(", {label}{value}"));
        }
    }
    text
}

/// The key of the lock of `table`, as the session of `sql` finds it.
pub(in crate::db) fn lock_key_in(
    sql: &mut dyn Sql,
    table: &TableName,
) -> Result<i64, DatabaseError> {
    let rows = sql.rows(SCHEMA, &[&table.quoted(Dialect::Postgresql)])?;
    Ok(lock_key(rows.first().map_or("", |row| column(row, 0)), table))
}

/// The key of the lock of `table`, in a session whose own schema is `current`. PostgreSQL keeps
/// the keys of its databases apart.
pub(in crate::db) fn lock_key(current: &str, table: &TableName) -> i64 {
    // `alembic_version` and `public.alembic_version` are one table and need one lock.
    let schema = table.schema.as_deref().unwrap_or(current);
    let mut hash = Sha256::new();
    for part in ["limbeck", schema, &table.name] {
        hash.update(part.as_bytes());
        // Keeps ("a", "bc") and ("ab", "c") apart.
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_never_changes() {
        // A release with another key would run beside one with this key.
        let table = TableName::new("alembic_version");
        assert_eq!(lock_key("public", &table), 1493289146653926861);
        assert_ne!(lock_key("", &table), lock_key("public", &table));
    }
}
