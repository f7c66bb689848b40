//! Opening a session on a database.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use diesel::Connection;
use diesel::pg::PgConnection;
use diesel::sqlite::SqliteConnection;
use limbeck_schema::Dialect;

use super::Database;
use super::connect_failure::ConnectCause;
use super::connect_failure::ConnectFailure;
use super::connect_failure::ConnectPlace;
use super::driver_error;
use super::error::DatabaseError;
use super::mysql::MysqlConnection;
use super::mysql::MysqlSession;
use super::postgres::PostgresSession;
use super::sql::Sql;
use super::sqlite::SqliteSession;
use super::table_name::TableName;
use super::tenant::TenantPlace;
use super::uncreated::UncreatedSqlite;
use super::url::DatabaseUrl;
use super::version_table::DEFAULT_ROW_LENGTH;

/// How a session on one site is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// The version table.
    pub version_table: TableName,
    /// How many characters of an id its rows hold, where it is made.
    pub version_num_length: u16,
    /// The journal.
    pub journal_table: TableName,
    /// How runs exclude each other.
    pub lock: LockMode,
    /// Who runs it, for those who wait for the lock.
    pub actor: String,
    /// Where it runs, likewise.
    pub host: String,
    /// How long a connection attempt to a server may take, in seconds, unless the URL says so.
    pub connect_timeout: u32,
    /// Whether nothing will be written. A SQLite file is then never created, and every write to
    /// it fails; on a server the commands that read simply write nothing.
    pub read_only: bool,
    /// The tenant that the session works on, where that is a schema of its own.
    pub tenant: Option<TenantPlace>,
    /// The system's certificates, for `sslrootcert=system`: an OpenSSL that was built into the
    /// program does not know where the system keeps them.
    pub system_certificates: Option<PathBuf>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        let version_table = TableName::new("alembic_version");
        SessionOptions {
            journal_table: version_table.sibling("limbeck_journal"),
            version_table,
            version_num_length: DEFAULT_ROW_LENGTH,
            lock: LockMode::Session,
            actor: String::new(),
            host: String::new(),
            connect_timeout: 10,
            read_only: false,
            tenant: None,
            system_certificates: None,
        }
    }
}

/// How two runs on one site exclude each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LockMode {
    /// A lock that ends with its session: an advisory lock on PostgreSQL, a named lock on MySQL, a
    /// lock file beside a SQLite file.
    #[default]
    Session,
    /// A row with a time limit, renewed while the run goes on: for PostgreSQL behind a pooler
    /// that hands out sessions by the transaction, where session locks hold nothing. On SQLite
    /// the same as `Session`; MySQL has none.
    Lease,
    /// None: every attempt succeeds.
    None,
}

/// Opens a session on the database at `url`. A SQLite file that does not exist is made when it is
/// first needed: reading that nothing is applied does not make it.
///
/// # Errors
/// * [`NoSuchDatabase`](crate::db::DatabaseErrorKind::NoSuchDatabase): the server has no such database, or, when
///   `read_only`, there is no such SQLite file (nothing has been applied to it, then).
/// * [`Authentication`](crate::db::DatabaseErrorKind::Authentication): the server refuses the user.
/// * [`Unreachable`](crate::db::DatabaseErrorKind::Unreachable): no server answers, or the SQLite file cannot be opened.
/// * [`Unsupported`](crate::db::DatabaseErrorKind::Unsupported): the URL or the options ask for something that limbeck
///   does not have on this database.
pub fn connect(
    url: &DatabaseUrl,
    options: &SessionOptions,
) -> Result<Box<dyn Database>, DatabaseError> {
    match url.dialect() {
        Dialect::Sqlite => match url.sqlite_path() {
            Some(path) if !options.read_only && !path.exists() => {
                check_place(path)?;
                Ok(Box::new(UncreatedSqlite::new(url, options)))
            }
            _ => Ok(Box::new(SqliteSession::open(url, options)?)),
        },
        Dialect::Postgresql => Ok(Box::new(PostgresSession::open(url, options)?)),
        Dialect::Mysql => Ok(Box::new(MysqlSession::open(url, options)?)),
    }
}

/// Connects to a PostgreSQL server.
pub(super) fn postgres(
    url: &DatabaseUrl,
    options: &SessionOptions,
) -> Result<PgConnection, DatabaseError> {
    let text = postgres_url(url, options);
    PgConnection::establish(&text).map_err(|error| driver_error::of_connecting(&error, url))
}

/// Connects to a MySQL or MariaDB server, and to the database that the URL names, if any.
pub(super) fn mysql(
    url: &DatabaseUrl,
    options: &SessionOptions,
) -> Result<MysqlConnection, DatabaseError> {
    MysqlConnection::open(url, options)
}

/// The URL as libpq takes it, with what `options` add to it.
fn postgres_url(url: &DatabaseUrl, options: &SessionOptions) -> String {
    let mut text = url.expose();
    let mut separator = if url.has_parameters() { '&' } else { '?' };
    let mut add = |parameter: &str| {
        text.push(std::mem::replace(&mut separator, '&'));
        text.push_str(parameter);
    };
    if url.parameter("connect_timeout").is_none() {
        add(&format!("connect_timeout={}", options.connect_timeout));
    }
    // Only a fallback: libpq prefers the name in the URL and PGAPPNAME.
    if url.parameter("fallback_application_name").is_none() {
        add("fallback_application_name=limbeck");
    }
    // The last of two equal parameters counts. The word `system` implies verify-full.
    if let Some(file) = options.system_certificates.as_ref().and_then(|file| file.to_str())
        && url.parameter("sslrootcert") == Some("system")
    {
        let file = file.replace('%', "%25").replace('&', "%26");
        add(&format!("sslrootcert={file}"));
        add("sslmode=verify-full");
    }
    text
}

/// Opens a SQLite database.
pub(super) fn sqlite(
    url: &DatabaseUrl,
    read_only: bool,
) -> Result<SqliteConnection, DatabaseError> {
    let Some(path) = url.sqlite_path() else {
        return SqliteConnection::establish(":memory:")
            .map_err(|error| driver_error::of_opening(&error));
    };
    // SQLite says "unable to open database file" for all of these.
    if read_only {
        check_there(path)?;
    } else {
        check_place(path)?;
        check_writable(path)?;
    }
    if path.is_dir() {
        let message = format!("{} is a directory, not a database file", path.display());
        return Err(not_opened(ConnectCause::NotADatabase, message));
    }
    // Not "ro" for a reader: it could not roll back what a crash has left in the journal file,
    // and so could not read at all. The session itself refuses to write instead.
    let mode = if read_only { "rw" } else { "rwc" };
    let is_there = path.exists();
    let mut connection =
        SqliteConnection::establish(&format!("file:{}?mode={mode}", uri_path(path))).map_err(
            |error| {
                let error = driver_error::of_opening(&error);
                let message = format!("{}: {}", path.display(), error.message);
                not_opened(ConnectCause::FileAccess, message)
            },
        )?;
    // SQLite looks into the file with the first question only. Whatever else that runs into,
    // whoever puts the next one is told.
    if is_there
        && let Err(error) = connection.batch("PRAGMA schema_version")
        && let Some(what) = driver_error::unusable_file(&error)
    {
        let message = format!("{} {what}", path.display());
        return Err(not_opened(ConnectCause::NotADatabase, message));
    }
    Ok(connection)
}

/// The failure to open a file. It names the file itself.
fn not_opened(cause: ConnectCause, message: impl std::fmt::Display) -> DatabaseError {
    ConnectFailure::new(cause, ConnectPlace::default()).into_error(message)
}

/// Fails when there is no database file `path`.
pub(super) fn check_there(path: &Path) -> Result<(), DatabaseError> {
    if is_there(path)? {
        return Ok(());
    }
    let message = format!("the database file {} does not exist", path.display());
    let missing = missing_directory(path).map(|directory| {
        let message = format!("{message}: there is no directory {}", directory.display());
        not_opened(ConnectCause::NoDirectory, message)
    });
    Err(missing.unwrap_or_else(|| not_opened(ConnectCause::NoSuchDatabase, message)))
}

/// Fails when there is no directory for the database file `path`, or none that may be looked into.
pub(super) fn check_place(path: &Path) -> Result<(), DatabaseError> {
    if let Some(directory) = missing_directory(path) {
        let message = format!(
            "the database file {} cannot be created: there is no directory {}",
            path.display(),
            directory.display()
        );
        return Err(not_opened(ConnectCause::NoDirectory, message));
    }
    is_there(path).map(drop)
}

/// The directory that the file `path` would be in, where there is none.
fn missing_directory(path: &Path) -> Option<&Path> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty())?;
    // Of one that nobody may look at, another message tells.
    let is_hidden =
        matches!(directory.try_exists(), Err(error) if error.kind() == ErrorKind::PermissionDenied);
    (!is_hidden && !directory.is_dir()).then_some(directory)
}

/// Whether there is something at `path`; fails where the directory keeps that to itself.
fn is_there(path: &Path) -> Result<bool, DatabaseError> {
    match path.try_exists() {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let message = format!("the database file {} is out of reach: {error}", path.display());
            Err(not_opened(ConnectCause::FileAccess, message))
        }
        found => Ok(found.unwrap_or(false)),
    }
}

/// Fails when the file says that nobody writes to it: SQLite would open it all the same, and
/// complain in the middle of the first script.
fn check_writable(path: &Path) -> Result<(), DatabaseError> {
    // Not by opening it: closing it again would end every lock that this process has on it.
    match path.metadata() {
        Ok(metadata) if metadata.permissions().readonly() => {
            let message = format!("the database file {} is read-only", path.display());
            Err(not_opened(ConnectCause::FileAccess, message))
        }
        _ => Ok(()),
    }
}

/// `path` as the path of a `file:` URI of SQLite. Diesel opens a plain path as a URI too when it
/// begins with `file:`, so only the URI form is free of surprises.
fn uri_path(path: &Path) -> String {
    // SQLite takes any bytes; only where paths are not bytes is a detour through text needed.
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = {
        let text = path.to_string_lossy().replace('\\', "/");
        if path.is_absolute() { format!("/{text}").into_bytes() } else { text.into_bytes() }
    };
    let mut uri = String::with_capacity(bytes.len());
    // `//` at the start would be read as the start of a host name.
    if bytes.starts_with(b"//") {
        uri.push_str("//");
    }
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_certificates_stand_in_for_the_word_system_only() {
        let options = SessionOptions {
            system_certificates: Some("/etc/ssl/a&b.crt".into()),
            ..SessionOptions::default()
        };
        let added = |query: &str| {
            let url = format!("postgresql://me@host/app?{query}");
            let text = postgres_url(&url.parse().unwrap(), &options);
            let defaults = "&connect_timeout=10&fallback_application_name=limbeck";
            text.strip_prefix(&format!("{url}{defaults}")).unwrap().to_owned()
        };
        let certificates = "&sslrootcert=/etc/ssl/a%26b.crt&sslmode=verify-full";
        for query in
            ["sslrootcert=system", "sslrootcert=s%79stem", "sslrootcert=x&sslrootcert=system"]
        {
            assert_eq!(added(query), certificates, "{query}");
        }
        for query in [
            "sslrootcert=system.crt",
            "application_name=sslrootcert=system",
            "xsslrootcert=system",
            "sslrootcert=system&sslrootcert=x",
        ] {
            assert_eq!(added(query), "", "{query}");
        }
    }
}
