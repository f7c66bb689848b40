//! MySQL's named lock (`GET_LOCK`).
//!
//! It is held by a connection of its own: a script may end the locks of its session
//! (`RELEASE_ALL_LOCKS()`), and putting a session back does so too. The server gives it back when
//! that connection ends, however the process ends. As on PostgreSQL, the session that does the
//! work holds a second lock, since a server goes on with the statement of a run that was killed;
//! the next run waits for that one.

use std::time::Duration;
use std::time::Instant;

use sha2::Digest;
use sha2::Sha256;

use super::SiteLock;
use crate::db::LockAttempt;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::mysql;
use crate::db::mysql::MysqlConnection;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::table_name::TableName;
use crate::db::url::DatabaseUrl;

/// How long the connection that holds the lock is taken to be there without asking.
const TRUSTED: Duration = Duration::from_secs(2);

/// Who holds the lock `?`. What other users do, only those with the privilege PROCESS can see.
const HOLDER: &str = "SELECT CAST(IS_USED_LOCK(?) AS CHAR), p.user, p.host, CAST(p.time AS CHAR) \
    FROM (SELECT 1) one LEFT JOIN information_schema.processlist p ON p.id = IS_USED_LOCK(?)";

/// The lock of one version table.
pub(in crate::db) struct NamedLock {
    url: DatabaseUrl,
    options: SessionOptions,
    /// Opened by the first attempt: a run with nothing to do never pays for it.
    link: Option<Link>,
    held: bool,
    /// When the lock was last known to be ours.
    seen: Instant,
}

struct Link {
    connection: MysqlConnection,
    name: String,
}

impl NamedLock {
    pub(in crate::db) fn new(url: &DatabaseUrl, options: &SessionOptions) -> Self {
        NamedLock {
            url: url.clone(),
            options: options.clone(),
            link: None,
            held: false,
            seen: Instant::now(),
        }
    }

    fn open(&self) -> Result<Link, DatabaseError> {
        let mut connection = connect::mysql(&self.url, &self.options)?;
        let database = self.url.database().unwrap_or_default();
        let name = name_in(&mut connection, &self.options.version_table, database)?;
        Ok(Link { connection, name })
    }

    fn lost(&self) -> DatabaseError {
        DatabaseError::new(
            DatabaseErrorKind::Busy,
            format!("the migration lock of {} was lost during the run", self.options.version_table),
        )
    }
}

impl SiteLock for NamedLock {
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.held {
            return Ok(LockAttempt::Acquired);
        }
        let mut link = match self.link.take() {
            Some(link) => link,
            None => self.open()?,
        };
        // After a failure the link is dropped here, and the next attempt opens another one.
        let attempt = attempt(&mut link.connection, &link.name)?;
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
        let query = "SELECT CAST(IS_USED_LOCK(?) = CONNECTION_ID() AS CHAR)";
        let is_ours = link
            .connection
            .rows(query, &[&link.name])
            .is_ok_and(|rows| rows.first().is_some_and(|row| column(row, 0) == "1"));
        if !is_ours {
            self.held = false;
            self.link = None;
            return Err(self.lost());
        }
        self.seen = Instant::now();
        Ok(())
    }

    fn work_key(&self) -> Option<String> {
        self.link.as_ref().map(|link| format!("{}w", link.name))
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        if !std::mem::take(&mut self.held) {
            return Ok(());
        }
        let Some(mut link) = self.link.take() else { return Ok(()) };
        if release(&mut link.connection, &link.name)? {
            self.link = Some(link);
            return Ok(());
        }
        Err(self.lost())
    }
}

/// The name of the lock of `table` in a session on `database`.
fn name_in(
    connection: &mut dyn Sql,
    table: &TableName,
    database: &str,
) -> Result<String, DatabaseError> {
    let database = match (&table.schema, mysql::schema_of(connection, table)?) {
        (_, Some(found)) => found,
        (Some(schema), None) => schema.clone(),
        (None, None) => database.to_owned(),
    };
    Ok(lock_name(&database, table))
}

/// Who holds the lock of `table` in a session on `database`, or is still at work under it.
pub(in crate::db) fn holder(
    connection: &mut dyn Sql,
    table: &TableName,
    database: &str,
) -> Result<Option<String>, DatabaseError> {
    let name = name_in(connection, table, database)?;
    for name in [format!("{name}w"), name] {
        let rows = connection.rows(HOLDER, &[&name, &name])?;
        if let Some(holder) = rows.first().and_then(describe) {
            return Ok(Some(holder));
        }
    }
    Ok(None)
}

/// Tries once to take the lock `name` in the session of `connection`.
fn attempt(connection: &mut MysqlConnection, name: &str) -> Result<LockAttempt, DatabaseError> {
    let rows = connection.rows("SELECT CAST(GET_LOCK(?, 0) AS CHAR)", &[name])?;
    if rows.first().is_some_and(|row| column(row, 0) == "1") {
        return Ok(LockAttempt::Acquired);
    }
    let rows = connection.rows(HOLDER, &[name, name])?;
    Ok(LockAttempt::Busy { holder: rows.first().and_then(describe) })
}

/// Gives the lock `name` back; whether the session held it.
fn release(connection: &mut MysqlConnection, name: &str) -> Result<bool, DatabaseError> {
    let rows = connection.rows("SELECT CAST(RELEASE_LOCK(?) AS CHAR)", &[name])?;
    Ok(rows.first().is_some_and(|row| column(row, 0) == "1"))
}

/// The second lock, of the session that does the work.
#[derive(Debug, Default)]
pub(in crate::db) struct NamedWorkLock(Option<String>);

impl NamedWorkLock {
    /// Tries once to take the lock `name` in the session of `connection`, which does the work.
    pub(in crate::db) fn try_lock(
        &mut self,
        connection: &mut MysqlConnection,
        name: String,
    ) -> Result<LockAttempt, DatabaseError> {
        if self.0.is_some() {
            return Ok(LockAttempt::Acquired);
        }
        Ok(match attempt(connection, &name)? {
            LockAttempt::Busy { holder } => LockAttempt::Busy {
                holder: holder.map(|holder| {
                    format!("{holder}, still at the last statement of a run that was killed")
                }),
            },
            LockAttempt::Acquired => {
                self.0 = Some(name);
                LockAttempt::Acquired
            }
        })
    }

    /// Takes the lock again, after the session was put back. Nobody else can have it: they would
    /// need the first lock before.
    pub(in crate::db) fn retake(
        &mut self,
        connection: &mut MysqlConnection,
    ) -> Result<(), DatabaseError> {
        let Some(name) = self.0.take() else { return Ok(()) };
        match self.try_lock(connection, name)? {
            LockAttempt::Acquired => Ok(()),
            LockAttempt::Busy { .. } => Err(DatabaseError::new(
                DatabaseErrorKind::Busy,
                "the migration lock was lost during the run",
            )),
        }
    }

    /// Gives the lock back. A script may have ended it before, which does no harm: a run that is
    /// not killed needs it no more.
    pub(in crate::db) fn unlock(
        &mut self,
        connection: &mut MysqlConnection,
    ) -> Result<(), DatabaseError> {
        match self.0.take() {
            Some(name) => release(connection, &name).map(drop),
            None => Ok(()),
        }
    }
}

fn describe(row: &crate::db::sql::TextRow) -> Option<String> {
    let id = column(row, 0);
    if id.is_empty() {
        // It has been given back meanwhile.
        return None;
    }
    let mut text = format!("server connection {id}");
    for (label, number, unit) in
        [("database user ", 1, ""), ("from ", 2, ""), ("active ", 3, " s ago")]
    {
        let value = column(row, number);
        if !value.is_empty() {
            text.push_str(&format!(", {label}{value}{unit}"));
        }
    }
    Some(text)
}

/// The name of the lock of `table` in `database`. Names are known to the whole server, are no
/// longer than 64 characters and know no case. Databases whose names differ in case only share a
/// lock, which does no harm.
fn lock_name(database: &str, table: &TableName) -> String {
    let mut hash = Sha256::new();
    for part in [database, &table.name] {
        hash.update(part.to_lowercase().as_bytes());
        // Keeps ("a", "bc") and ("ab", "c") apart.
        hash.update([0]);
    }
    let digest = hash.finalize();
    let digits: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("limbeck:{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_never_changes() {
        // A release with another name would run beside one with this name.
        let table = TableName::new("alembic_version");
        let name = lock_name("app", &table);
        assert_eq!(name, "limbeck:21c0dc80ecc0bc0f4ce8a2a18720a68756b7f4f7");
        assert_eq!(name, lock_name("App", &table));
        assert_ne!(name, lock_name("other", &table));
        assert!(name.len() < 64);
    }
}
