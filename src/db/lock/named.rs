//! MySQL's named lock (`GET_LOCK`). A script may end the locks of its session
//! (`RELEASE_ALL_LOCKS()`), and putting a session back does so too.

use sha2::Digest;
use sha2::Sha256;

use super::session::Keys;
use super::session::Locking;
use crate::db::LockAttempt;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::mysql;
use crate::db::mysql::MysqlConnection;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::table_name::TableName;
use crate::db::url::DatabaseUrl;

/// Who holds the lock `?`. What other users do, only those with the privilege PROCESS can see.
const HOLDER: &str = "SELECT CAST(IS_USED_LOCK(?) AS CHAR), p.user, p.host, CAST(p.time AS CHAR) \
    FROM (SELECT 1) one LEFT JOIN information_schema.processlist p ON p.id = IS_USED_LOCK(?)";

impl Locking for MysqlConnection {
    fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        connect::mysql(url, options)
    }

    fn keys(&mut self, url: &DatabaseUrl, options: &SessionOptions) -> Result<Keys, DatabaseError> {
        let database = url.database().unwrap_or_default();
        let lock = name_in(self, &options.version_table, database)?;
        let work = work_name(&lock);
        Ok(Keys { lock, work })
    }

    fn attempt(&mut self, name: &str) -> Result<LockAttempt, DatabaseError> {
        let rows = self.rows("SELECT CAST(GET_LOCK(?, 0) AS CHAR)", &[name])?;
        if rows.first().is_some_and(|row| column(row, 0) == "1") {
            return Ok(LockAttempt::Acquired);
        }
        let rows = self.rows(HOLDER, &[name, name])?;
        Ok(LockAttempt::Busy { holder: rows.first().and_then(describe) })
    }

    fn still_holds(&mut self, name: &str) -> bool {
        let query = "SELECT CAST(IS_USED_LOCK(?) = CONNECTION_ID() AS CHAR)";
        let rows = self.rows(query, &[name]);
        rows.is_ok_and(|rows| rows.first().is_some_and(|row| column(row, 0) == "1"))
    }

    fn release(&mut self, name: &str) -> Result<bool, DatabaseError> {
        let rows = self.rows("SELECT CAST(RELEASE_LOCK(?) AS CHAR)", &[name])?;
        Ok(rows.first().is_some_and(|row| column(row, 0) == "1"))
    }
}

/// The name of the second lock beside `lock`.
fn work_name(lock: &str) -> String {
    format!("{lock}w")
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
    for name in [work_name(&name), name] {
        let rows = connection.rows(HOLDER, &[&name, &name])?;
        if let Some(holder) = rows.first().and_then(describe) {
            return Ok(Some(holder));
        }
    }
    Ok(None)
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
