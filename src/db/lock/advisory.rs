//! PostgreSQL's session-level advisory lock.
//!
//! It is taken on a connection of its own: a script may end its session's locks
//! (`pg_advisory_unlock_all`, `DISCARD ALL`), and the lock must outlive every transaction of the
//! run. The server gives it back when that connection ends, however the process ends.
//!
//! A server process notices only between two statements that its client is gone. When a run is
//! killed in the middle of a long statement (an index that takes an hour), its lock is free at
//! once, and the statement goes on. So the session that does the work holds a second lock, which
//! stays for as long as its last statement runs: the next run waits for it, and then finds the
//! statement done or undone, but never under way.

use std::time::Duration;
use std::time::Instant;

use diesel::pg::PgConnection;
use limbeck_schema::Dialect;
use sha2::Digest;
use sha2::Sha256;

use super::SiteLock;
use super::holder_name;
use crate::db::LockAttempt;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
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

/// The advisory lock of one version table.
pub(in crate::db) struct AdvisoryLock {
    url: DatabaseUrl,
    options: SessionOptions,
    /// Opened by the first attempt: a run with nothing to do never pays for it.
    link: Option<Link>,
    held: bool,
    /// When the connection was last known to be there.
    seen: Instant,
}

/// How long the connection that holds the lock is taken to be there without asking.
const TRUSTED: Duration = Duration::from_secs(2);

struct Link {
    connection: PgConnection,
    key: String,
    work_key: String,
}

impl AdvisoryLock {
    pub(in crate::db) fn new(url: &DatabaseUrl, options: &SessionOptions) -> Self {
        AdvisoryLock {
            url: url.clone(),
            options: options.clone(),
            link: None,
            held: false,
            seen: Instant::now(),
        }
    }

    fn open(&self) -> Result<Link, DatabaseError> {
        let mut connection = connect::postgres(&self.url, &self.options)?;
        let name = format!("limbeck {}", holder_name(&self.options.actor, &self.options.host));
        connection.rows(PREPARE, &[&name])?;
        let key = lock_key_in(&mut connection, &self.options.version_table)?;
        // Next to it; two digests that differ by one are not to be expected.
        let work_key = key.wrapping_add(1).to_string();
        Ok(Link { connection, key: key.to_string(), work_key })
    }
}

impl AdvisoryLock {
    fn lost(&self) -> DatabaseError {
        DatabaseError::new(
            DatabaseErrorKind::Busy,
            format!("the migration lock of {} was lost during the run", self.options.version_table),
        )
    }
}

impl SiteLock for AdvisoryLock {
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.held {
            return Ok(LockAttempt::Acquired);
        }
        let mut link = match self.link.take() {
            Some(link) => link,
            None => self.open()?,
        };
        // After a failure the link is dropped here, and the next attempt opens another one.
        let attempt = attempt(&mut link.connection, &link.key)?;
        self.held = attempt == LockAttempt::Acquired;
        self.seen = Instant::now();
        self.link = Some(link);
        Ok(attempt)
    }

    fn check(&mut self) -> Result<(), DatabaseError> {
        if !self.held || self.seen.elapsed() < TRUSTED {
            return Ok(());
        }
        let Some(link) = &mut self.link else { return Ok(()) };
        // The lock lives as long as the connection does.
        if link.connection.batch("SELECT 1").is_err() {
            self.held = false;
            self.link = None;
            return Err(self.lost());
        }
        self.seen = Instant::now();
        Ok(())
    }

    fn work_key(&self) -> Option<String> {
        self.link.as_ref().map(|link| link.work_key.clone())
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        if !std::mem::take(&mut self.held) {
            return Ok(());
        }
        let Some(mut link) = self.link.take() else { return Ok(()) };
        if release(&mut link.connection, &link.key)? {
            self.link = Some(link);
            return Ok(());
        }
        Err(self.lost())
    }
}

/// Tries once to take the lock `key` in the session of `connection`.
fn attempt(connection: &mut PgConnection, key: &str) -> Result<LockAttempt, DatabaseError> {
    let rows = connection.rows("SELECT pg_try_advisory_lock($1::bigint)::text", &[key])?;
    if rows.first().is_some_and(|row| column(row, 0) == "true") {
        return Ok(LockAttempt::Acquired);
    }
    let rows = connection.rows(HOLDER, &[key])?;
    Ok(LockAttempt::Busy { holder: rows.first().map(describe) })
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

/// Gives the lock `key` back; whether the session held it.
fn release(connection: &mut PgConnection, key: &str) -> Result<bool, DatabaseError> {
    let rows = connection.rows("SELECT pg_advisory_unlock($1::bigint)::text", &[key])?;
    Ok(rows.first().is_some_and(|row| column(row, 0) == "true"))
}

/// The second lock, of the session that does the work.
#[derive(Debug, Default)]
pub(in crate::db) struct WorkLock(Option<String>);

impl WorkLock {
    /// Tries once to take the lock `key` in the session of `connection`, which does the work.
    pub(in crate::db) fn try_lock(
        &mut self,
        connection: &mut PgConnection,
        key: String,
    ) -> Result<LockAttempt, DatabaseError> {
        if self.0.is_some() {
            return Ok(LockAttempt::Acquired);
        }
        let attempt = match attempt(connection, &key)? {
            LockAttempt::Busy { holder } => LockAttempt::Busy {
                holder: holder.map(|holder| {
                    format!("{holder}, still at the last statement of a run that was killed")
                }),
            },
            LockAttempt::Acquired => {
                self.0 = Some(key);
                LockAttempt::Acquired
            }
        };
        Ok(attempt)
    }

    /// Gives the lock back. A script may have ended it before, which does no harm: a run that is
    /// not killed needs it no more.
    pub(in crate::db) fn unlock(
        &mut self,
        connection: &mut PgConnection,
    ) -> Result<(), DatabaseError> {
        match self.0.take() {
            Some(key) => release(connection, &key).map(drop),
            None => Ok(()),
        }
    }
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
