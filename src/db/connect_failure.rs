//! Why no session could be had: what a client library tells in several lines, reduced to one cause.

mod libpq;

use std::fmt;
use std::time::Duration;

use limbeck_schema::Dialect;

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::url::DatabaseUrl;

pub(super) use libpq::failure as of_libpq;

/// Why no session could be had, and where it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectFailure {
    /// What went wrong.
    pub cause: ConnectCause,
    /// Where the attempt went.
    pub place: ConnectPlace,
    /// Which parts of a configuration have led there, in words; told by those who know it.
    pub sources: Option<String>,
}

/// Where an attempt to connect went. Its text is `user@host:port/database`, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectPlace {
    /// The user, as the URL or the server names it.
    pub user: Option<String>,
    /// Whether the URL names the user. If not, the client library has found one: from a variable
    /// of its own, or the user of the operating system.
    pub is_user_configured: bool,
    /// Whether the URL holds a password.
    pub has_password: bool,
    /// Host or directory of the socket; the path of a SQLite file.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The database.
    pub database: Option<String>,
}

/// Kinds of causes. `words` says each in a few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectCause {
    /// The client library makes nothing of the URL.
    Settings,
    /// The name of the host is not found.
    HostNotFound,
    /// There is no way to the host.
    NoRoute,
    /// Nothing listens there.
    Refused,
    /// Nothing answered in time.
    TimedOut,
    /// The connection ended before the server had said anything.
    Closed,
    /// What answers is no server of this kind.
    NotAServer,
    /// No encrypted connection as asked for.
    Tls,
    /// The server is starting up.
    StartingUp,
    /// The server is shutting down.
    ShuttingDown,
    /// The server takes no more connections.
    TooManyConnections,
    /// The server says something that is not understood here, perhaps in another language.
    RefusedByServer,
    /// The password, or another proof, is wrong.
    WrongPassword,
    /// The server wants a password and there is none.
    NoPassword,
    /// The server's rules admit nobody like this (`pg_hba.conf`, the host of a MySQL account).
    NotAdmitted,
    /// The user may not log in, or not connect to this database.
    Forbidden,
    /// There is no such user.
    NoSuchRole,
    /// There is no such database.
    NoSuchDatabase,
    /// There is no directory for the file.
    NoDirectory,
    /// The file cannot be opened or written.
    FileAccess,
    /// The file holds something else, or is a directory.
    NotADatabase,
}

impl ConnectCause {
    /// What the callers of this crate tell apart.
    pub(super) fn kind(self) -> DatabaseErrorKind {
        match self {
            ConnectCause::WrongPassword
            | ConnectCause::NoPassword
            | ConnectCause::NotAdmitted
            | ConnectCause::Forbidden
            | ConnectCause::NoSuchRole => DatabaseErrorKind::Authentication,
            ConnectCause::NoSuchDatabase => DatabaseErrorKind::NoSuchDatabase,
            _ => DatabaseErrorKind::Unreachable,
        }
    }

    /// Whether it may be gone in a moment without anybody changing the configuration, as it is with
    /// a server that is still starting.
    pub fn may_pass(self) -> bool {
        match self {
            ConnectCause::HostNotFound
            | ConnectCause::NoRoute
            | ConnectCause::Refused
            | ConnectCause::TimedOut
            | ConnectCause::Closed
            | ConnectCause::StartingUp
            | ConnectCause::ShuttingDown
            | ConnectCause::TooManyConnections
            | ConnectCause::RefusedByServer => true,
            ConnectCause::Settings
            | ConnectCause::NotAServer
            | ConnectCause::Tls
            | ConnectCause::WrongPassword
            | ConnectCause::NoPassword
            | ConnectCause::NotAdmitted
            | ConnectCause::Forbidden
            | ConnectCause::NoSuchRole
            | ConnectCause::NoSuchDatabase
            | ConnectCause::NoDirectory
            | ConnectCause::FileAccess
            | ConnectCause::NotADatabase => false,
        }
    }

    /// A word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            ConnectCause::Settings => "settings",
            ConnectCause::HostNotFound => "host_not_found",
            ConnectCause::NoRoute => "no_route",
            ConnectCause::Refused => "refused",
            ConnectCause::TimedOut => "timed_out",
            ConnectCause::Closed => "closed",
            ConnectCause::NotAServer => "not_a_server",
            ConnectCause::Tls => "tls",
            ConnectCause::StartingUp => "starting_up",
            ConnectCause::ShuttingDown => "shutting_down",
            ConnectCause::TooManyConnections => "too_many_connections",
            ConnectCause::RefusedByServer => "refused_by_server",
            ConnectCause::WrongPassword => "wrong_password",
            ConnectCause::NoPassword => "no_password",
            ConnectCause::NotAdmitted => "not_admitted",
            ConnectCause::Forbidden => "forbidden",
            ConnectCause::NoSuchRole => "no_such_role",
            ConnectCause::NoSuchDatabase => "no_such_database",
            ConnectCause::NoDirectory => "no_directory",
            ConnectCause::FileAccess => "file_access",
            ConnectCause::NotADatabase => "not_a_database",
        }
    }
}

impl ConnectFailure {
    /// A failure to connect to a place.
    pub(super) fn new(cause: ConnectCause, place: ConnectPlace) -> Self {
        ConnectFailure { cause, place, sources: None }
    }

    /// The failure as an error: one line with the place, and `words` for the cause.
    pub(super) fn into_error(self, words: impl fmt::Display) -> DatabaseError {
        let place = self.place.to_string();
        let message =
            if place.is_empty() { words.to_string() } else { format!("{place}: {words}") };
        DatabaseError {
            connect: Some(Box::new(self.clone())),
            ..DatabaseError::new(self.cause.kind(), message)
        }
    }
}

/// Seconds with at most one decimal.
pub(super) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

/// The error of a server at `url` that has not said what was asked of it within `limit`. A file is
/// no server, and no place is told of it.
pub fn no_answer(url: &DatabaseUrl, limit: Duration) -> DatabaseError {
    let words = format!("no answer within {} s", seconds(limit));
    if url.dialect() == Dialect::Sqlite {
        return DatabaseError::new(DatabaseErrorKind::Unreachable, words);
    }
    ConnectFailure::new(ConnectCause::TimedOut, ConnectPlace::of(url)).into_error(words)
}

impl ConnectPlace {
    /// What `url` says of it.
    pub(super) fn of(url: &DatabaseUrl) -> Self {
        let is_file = url.sqlite_path().is_some();
        ConnectPlace {
            user: url.user().map(str::to_owned),
            is_user_configured: url.user().is_some(),
            has_password: url.password().is_some(),
            host: url.host().map(str::to_owned),
            port: url.port(),
            database: url.database().filter(|_| !is_file).map(str::to_owned),
        }
    }
}

impl fmt::Display for ConnectPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.host.as_deref() {
            // An IPv6 address, whose own colons are none of a port.
            Some(host) if host.contains(':') && !host.contains(',') => write!(f, "[{host}]")?,
            Some(host) => f.write_str(host)?,
            None => {}
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if let Some(database) = &self.database {
            write!(f, "/{database}")?;
        }
        Ok(())
    }
}
