//! SQLite files. An empty file is an empty database.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Dialect;
use limbeck_schema::quote_literal;

use super::Administer;
use super::Created;
use super::Shape;
use super::Users;
use crate::db::LockAttempt;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::lock::FileLock;
use crate::db::lock::SiteLock as _;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::url::DatabaseUrl;

/// What SQLite keeps beside a file ("Temporary Files Used By SQLite").
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// How a database file begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

pub(super) struct SqliteAdmin {
    url: DatabaseUrl,
    path: PathBuf,
    name: String,
    lock: FileLock,
}

impl SqliteAdmin {
    pub(super) fn new(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let Some(path) = url.sqlite_path() else {
            return Err(DatabaseError::new(
                DatabaseErrorKind::Unsupported,
                "a database in memory is there for as long as its connection, and for nobody else",
            ));
        };
        Ok(SqliteAdmin {
            url: url.clone(),
            path: path.to_owned(),
            name: path.display().to_string(),
            lock: FileLock::new(path, &options.actor, &options.host),
        })
    }

    /// Whether the file is empty or begins as a database does ("Database File Format").
    fn may_be_database(&self) -> Result<bool, DatabaseError> {
        let mut start = Vec::new();
        File::open(&self.path)
            .and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut start))
            .map_err(|error| self.failed("read", &error))?;
        Ok(start.is_empty() || start == MAGIC)
    }

    fn failed(&self, what: &str, error: &io::Error) -> DatabaseError {
        let message = format!("{} cannot be {what}: {error}", self.name);
        DatabaseError::new(DatabaseErrorKind::Unreachable, message)
    }
}

impl Administer for SqliteAdmin {
    fn name(&self) -> &str {
        &self.name
    }

    fn exists(&mut self) -> Result<bool, DatabaseError> {
        Ok(self.path.exists())
    }

    fn create(&mut self) -> Result<Created, DatabaseError> {
        connect::check_place(&self.path)?;
        let was_there = match OpenOptions::new().write(true).create_new(true).open(&self.path) {
            Ok(_) => false,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Whether it is one is worth knowing now.
                connect::sqlite(&self.url, true)?.rows("PRAGMA schema_version", &[]).map(drop)?;
                true
            }
            Err(error) => return Err(self.failed("created", &error)),
        };
        Ok(Created { was_there, made_user: None, owner: None })
    }

    fn users(&mut self) -> Result<Users, DatabaseError> {
        if let LockAttempt::Busy { holder } = self.lock.try_lock()? {
            return Ok(vec![holder.unwrap_or_else(|| "a run of limbeck".to_owned())].into());
        }
        self.lock.unlock()?;
        // Nobody uses as a database what is none, and it may go as well. Before it is opened:
        // closing a file ends every lock that this process has on it.
        if !self.may_be_database()? {
            return Ok(Users::default());
        }
        // Those who hold nothing at this moment cannot be seen.
        let mut connection = connect::sqlite(&self.url, false)?;
        connection.batch("PRAGMA busy_timeout = 200")?;
        match connection.batch("BEGIN EXCLUSIVE; ROLLBACK") {
            Ok(()) => Ok(Users::default()),
            Err(error) if error.kind == DatabaseErrorKind::Busy => {
                Ok(vec!["another program that reads or writes".to_owned()].into())
            }
            Err(error) => Err(error),
        }
    }

    fn shape(&mut self) -> Result<Shape, DatabaseError> {
        Ok(Shape::default())
    }

    fn drop_database(&mut self, force: bool) -> Result<(), DatabaseError> {
        if let LockAttempt::Busy { holder } = self.lock.try_lock()?
            && !force
        {
            let holder = holder.unwrap_or_else(|| "a run of limbeck".to_owned());
            let message = format!("{} is locked by {holder}", self.name);
            return Err(DatabaseError::new(DatabaseErrorKind::Busy, message));
        }
        // A path that is wrong must not cost a file of another kind.
        if !force && !self.may_be_database()? {
            let message = format!("{} is not a SQLite database", self.name);
            return Err(DatabaseError::new(DatabaseErrorKind::Unreachable, message));
        }
        // The file last: without it, what lies beside it would be taken for another's.
        for suffix in BESIDE {
            let mut beside = self.path.clone().into_os_string();
            beside.push(suffix);
            match fs::remove_file(&beside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(self.failed("removed", &error));
                }
                _ => {}
            }
        }
        fs::remove_file(&self.path).map_err(|error| self.failed("removed", &error))?;
        self.lock.unlock()
    }

    fn recreate(&mut self, _: &Shape) -> Result<(), DatabaseError> {
        self.create().map(drop)
    }
}

/// Copies the database at `url` into the file `target`, which is empty, and checks the copy.
///
/// # Errors
/// When it cannot be read or written, and when the copy is damaged, as the database then is.
pub(in crate::db) fn copy(
    url: &DatabaseUrl,
    options: &SessionOptions,
    target: &Path,
) -> Result<(), DatabaseError> {
    let mut connection = connect::sqlite(url, true)?;
    connection.batch("PRAGMA busy_timeout = 5000")?;
    let text = target.to_str().ok_or_else(|| {
        let message = format!("{} is no text that SQL could hold", target.display());
        DatabaseError::new(DatabaseErrorKind::Unsupported, message)
    })?;
    connection.batch(&format!("VACUUM INTO {}", quote_literal(Dialect::Sqlite, text)))?;
    let mut copy = connect::sqlite(&DatabaseUrl::of_file(target), options.read_only)?;
    match damage(&mut copy)? {
        None => Ok(()),
        Some(found) => Err(DatabaseError::new(
            DatabaseErrorKind::Corrupt,
            format!("the copy is damaged, as the database must be: {found}"),
        )),
    }
}

/// Looks whether the file is whole.
///
/// # Errors
/// When it cannot be read, or is damaged.
pub(in crate::db) fn check(url: &DatabaseUrl) -> Result<(), DatabaseError> {
    match damage(&mut connect::sqlite(url, true)?)? {
        None => Ok(()),
        Some(found) => Err(DatabaseError::new(DatabaseErrorKind::Corrupt, found)),
    }
}

/// What SQLite finds to be wrong with a file.
fn damage(connection: &mut dyn Sql) -> Result<Option<String>, DatabaseError> {
    let found = connection.rows("PRAGMA integrity_check", &[])?;
    let first = found.first().map_or("", |row| column(row, 0));
    Ok((first != "ok").then(|| first.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_has_users_and_what_fails_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.db");
        let mut admin =
            SqliteAdmin::new(&DatabaseUrl::of_file(&path), &SessionOptions::default()).unwrap();
        for text in ["", "SQLite", "something else entirely, of some length"] {
            fs::write(&path, text).unwrap();
            assert_eq!(admin.users(), Ok(Users::default()), "{text}");
        }
        // The beginning of a database, and then nothing that makes sense.
        let mut damaged = MAGIC.to_vec();
        damaged.extend([0xff; 500]);
        fs::write(&path, damaged).unwrap();
        assert!(admin.users().is_err());
        fs::remove_file(&path).unwrap();
        let mut connection = connect::sqlite(&admin.url, false).unwrap();
        connection.batch("CREATE TABLE t (n); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)").unwrap();
        assert_eq!(
            admin.users(),
            Ok(vec!["another program that reads or writes".to_owned()].into())
        );
        connection.batch("COMMIT").unwrap();
        assert_eq!(admin.users(), Ok(Users::default()));
    }
}
