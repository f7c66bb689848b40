//! Database URLs: what a user may write, and the only place where a password is kept.

mod network;
mod parts;

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

use limbeck_schema::Dialect;
use network::Network;
pub(crate) use network::is_secret as is_secret_parameter;
pub use parts::ServerOverride;
pub use parts::ServerParts;

/// Parameters that drivers of Python read in the query of a SQLite URL and that mean nothing
/// here. Any other parameter is an error: ignoring `mode=ro` would be a lie.
const IGNORED_SQLITE_PARAMETERS: [&str; 5] =
    ["cached_statements", "check_same_thread", "detect_types", "isolation_level", "timeout"];

/// The address of a database, with its secrets masked by type: neither `Display` nor `Debug` can
/// show a password.
///
/// Accepted are
/// * `sqlite:PATH`, `sqlite:///PATH` (relative) and `sqlite:////PATH` (absolute) as in
///   SQLAlchemy, `sqlite://`, `sqlite::memory:` and `:memory:` for a database in memory, and a
///   bare path that ends in `.db`, `.sqlite` or `.sqlite3`;
/// * `postgresql://` and `postgres://`, `mysql://` and `mariadb://`, each also with a driver
///   (`postgresql+psycopg2://`), which is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    address: Address,
    /// What `Display` shows in place of the address: a URL that is written in another way.
    shown: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
enum Address {
    Memory,
    File(PathBuf),
    Network(Box<Network>),
}

/// Why a text is no database URL. Never holds the text itself, which may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no text.
    #[error("the database URL is empty")]
    Empty,
    /// There is no `scheme:`, and the text is not the path of a SQLite file.
    #[error(
        "the database URL has no scheme (sqlite:, postgresql:// or mysql://), and a bare path must \
         end in .db, .sqlite or .sqlite3"
    )]
    NoScheme,
    /// The scheme is none that limbeck knows.
    #[error("the database URL scheme '{scheme}' is not known; use sqlite, postgresql or mysql")]
    UnknownScheme {
        /// The scheme as written.
        scheme: String,
    },
    /// The text is a libpq connection string (`host=... dbname=...`).
    #[error(
        "a libpq connection string (key=value ...) is not accepted; write it as \
         postgresql://user@host:port/database?key=value"
    )]
    KeyValue,
    /// A SQLite URL names a host.
    #[error(
        "a SQLite URL has no host: write sqlite:PATH, sqlite:///PATH for a relative path or \
         sqlite:////PATH for an absolute one"
    )]
    SqliteHost,
    /// A SQLite URL holds a `file:` URI.
    #[error("'file:' URIs are not accepted in a SQLite URL; write the path")]
    SqliteFileUri,
    /// A SQLite URL has a query parameter with an effect that limbeck cannot have.
    #[error("the SQLite URL parameter '{name}' is not supported")]
    SqliteParameter {
        /// The parameter's name.
        name: String,
    },
    /// The part after the scheme of a server URL does not begin with `//`.
    #[error("a {dialect} URL begins with {dialect}://")]
    NoAuthority {
        /// The dialect of the scheme.
        dialect: Dialect,
    },
    /// The part before the database name cannot be read.
    #[error(
        "the host or port in the database URL cannot be read; '@', '/', ':', '?' and '#' in a user \
         name or password must be percent-encoded"
    )]
    Authority,
    /// A part holds a NUL, which cannot stand in a URL.
    #[error("the {part} holds a NUL character, which no URL can hold")]
    Nul {
        /// Which part: `user`, `password`, `host`, `name` or `query`.
        part: &'static str,
    },
    /// A `%` is not followed by two hexadecimal digits, or stands for no UTF-8 text.
    #[error("the {part} in the database URL is not correctly percent-encoded (write '%' as %25)")]
    Encoding {
        /// Which part: `user`, `password`, `host`, `database` or `query`.
        part: &'static str,
    },
}

impl From<Network> for Address {
    fn from(network: Network) -> Self {
        Address::Network(Box::new(network))
    }
}

impl From<Address> for DatabaseUrl {
    fn from(address: Address) -> Self {
        DatabaseUrl { address, shown: None }
    }
}

impl DatabaseUrl {
    /// A SQLite file.
    pub fn of_file(path: &Path) -> DatabaseUrl {
        Address::File(path.to_owned()).into()
    }

    /// The dialect of the database.
    pub fn dialect(&self) -> Dialect {
        match &self.address {
            Address::Memory | Address::File(_) => Dialect::Sqlite,
            Address::Network(network) => network.dialect(),
        }
    }

    /// Whether the URL says that the server is MariaDB: `mariadb://`. Behind `mysql://` there may
    /// be one as well.
    pub fn is_mariadb(&self) -> bool {
        self.network().is_some_and(Network::is_mariadb)
            || self.shown.as_ref().is_some_and(|shown| shown.starts_with("mariadb"))
    }

    /// The server's host as written, without percent-encoding; a list where several are written.
    /// `None` for SQLite, and where the client library chooses.
    pub fn host(&self) -> Option<&str> {
        self.network().and_then(Network::host)
    }

    /// Hosts and ports as they are written before the name of the database.
    pub(crate) fn authority(&self) -> Option<&str> {
        self.network().map(Network::authority)
    }

    /// The server's port, where one is written.
    pub fn port(&self) -> Option<u16> {
        self.network().and_then(Network::port)
    }

    /// The user, where one is written.
    pub fn user(&self) -> Option<&str> {
        self.network().and_then(Network::user)
    }

    /// The name of the database on its server, or the path of a SQLite file as far as it is text;
    /// `:memory:` for one in memory.
    pub fn database(&self) -> Option<&str> {
        match &self.address {
            Address::Memory => Some(":memory:"),
            Address::File(path) => path.to_str(),
            Address::Network(network) => network.database(),
        }
    }

    /// The path of a SQLite file; `None` for a server and for a database in memory.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.address {
            Address::File(path) => Some(path),
            Address::Memory | Address::Network(_) => None,
        }
    }

    /// The same database, with a relative SQLite path taken from `base`.
    #[must_use]
    pub fn resolve_against(&self, base: &Path) -> DatabaseUrl {
        match &self.address {
            Address::File(path) => {
                DatabaseUrl { address: Address::File(base.join(path)), ..self.clone() }
            }
            Address::Memory | Address::Network(_) => self.clone(),
        }
    }

    /// The same database, shown as `text`, which must not hold a secret.
    #[must_use]
    pub(crate) fn shown_as(self, text: String) -> DatabaseUrl {
        DatabaseUrl { shown: Some(text), ..self }
    }

    /// The URL with its password, as a client library takes it: for connecting, nothing else.
    pub(crate) fn expose(&self) -> String {
        match &self.address {
            Address::Memory => ":memory:".to_owned(),
            Address::File(path) => path.to_string_lossy().into_owned(),
            Address::Network(network) => network.expose().to_owned(),
        }
    }

    /// The password, where one is written: for connecting, nothing else.
    pub(crate) fn password(&self) -> Option<&str> {
        self.network().and_then(Network::password)
    }

    /// The same server with another database; a SQLite file stays what it is.
    #[must_use]
    pub(crate) fn with_database(&self, name: &str) -> DatabaseUrl {
        match &self.address {
            Address::Network(network) => Address::from(network.with_database(name)).into(),
            Address::Memory | Address::File(_) => self.clone(),
        }
    }

    /// The URL without any secret, for the arguments of a program; the path of a SQLite file.
    pub fn without_secrets(&self) -> String {
        match &self.address {
            Address::Memory | Address::File(_) => self.expose(),
            Address::Network(network) => network.without_secrets(),
        }
    }

    /// The value that the query of the URL gives the parameter `name`, decoded; it may be a secret.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.network().and_then(|network| network.parameter(name))
    }

    /// Every parameter of the query with its value, decoded; some may be secrets.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.network().into_iter().flat_map(Network::parameters)
    }

    /// Whether the URL has a query.
    pub(super) fn has_parameters(&self) -> bool {
        self.network().is_some_and(Network::has_parameters)
    }

    /// `message` without this URL's secrets, for texts of a client library that may quote the URL.
    pub(super) fn redact(&self, message: &str) -> String {
        match &self.address {
            Address::Memory | Address::File(_) => message.to_owned(),
            Address::Network(network) => network.redact(message),
        }
    }

    fn network(&self) -> Option<&Network> {
        match &self.address {
            Address::Network(network) => Some(network),
            Address::Memory | Address::File(_) => None,
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(shown) = &self.shown {
            return f.write_str(shown);
        }
        match &self.address {
            Address::Memory => f.write_str("sqlite://"),
            Address::File(path) => write!(f, "sqlite:///{}", path.display()),
            Address::Network(network) => f.write_str(network.masked()),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if text == ":memory:" {
            return Ok(Address::Memory.into());
        }
        if is_key_value(text) {
            return Err(UrlError::KeyValue);
        }
        if let Some((scheme, rest)) = text.split_once(':') {
            let (name, _driver) = scheme.split_once('+').unwrap_or((scheme, ""));
            if let Some(dialect) = Dialect::from_name(&name.to_ascii_lowercase()) {
                return match dialect {
                    Dialect::Sqlite => parse_sqlite(rest),
                    Dialect::Postgresql | Dialect::Mysql => {
                        let is_mariadb = name.eq_ignore_ascii_case("mariadb");
                        let network = Network::parse(dialect, rest)?;
                        Ok(Address::from(network.of_mariadb(is_mariadb)))
                    }
                }
                .map(DatabaseUrl::from);
            }
        }
        // Only now: `postgresql://u:p@h/app.db` is no path.
        if is_sqlite_file_name(text) && !text.contains("://") {
            return Ok(Address::File(text.into()).into());
        }
        match text.split_once("://") {
            // `user:password@host` without a scheme must not come back as a "scheme".
            Some((scheme, _)) if is_scheme(scheme) => {
                Err(UrlError::UnknownScheme { scheme: scheme.to_owned() })
            }
            _ => Err(UrlError::NoScheme),
        }
    }
}

fn parse_sqlite(rest: &str) -> Result<Address, UrlError> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, _) = parameter.split_once('=').unwrap_or((parameter, ""));
        if !IGNORED_SQLITE_PARAMETERS.contains(&name) {
            return Err(UrlError::SqliteParameter { name: name.to_owned() });
        }
    }
    let path = match rest.strip_prefix("//") {
        Some("") => return Ok(Address::Memory),
        Some(after) => after.strip_prefix('/').ok_or(UrlError::SqliteHost)?,
        None if rest.is_empty() => return Err(UrlError::Empty),
        None => rest,
    };
    match path {
        "" | ":memory:" => Ok(Address::Memory),
        path if path.starts_with("file:") => Err(UrlError::SqliteFileUri),
        path => Ok(Address::File(path.into())),
    }
}

/// Whether a text is a libpq connection string: it begins with one of libpq's keywords and `=`.
fn is_key_value(text: &str) -> bool {
    let Some((keyword, _)) = text.split_once('=') else { return false };
    let keyword = keyword.trim_end();
    matches!(
        keyword,
        "host"
            | "hostaddr"
            | "port"
            | "dbname"
            | "user"
            | "password"
            | "passfile"
            | "service"
            | "sslmode"
            | "options"
            | "application_name"
            | "connect_timeout"
    )
}

fn is_sqlite_file_name(text: &str) -> bool {
    let extension = Path::new(text).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("db" | "sqlite" | "sqlite3"))
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests;
