//! SQLAlchemy's database URLs: read as `make_url` reads them, shown as SQLAlchemy shows them, and
//! translated into the URLs that limbeck connects with.

mod mysql;
mod native;
mod parse;
mod postgresql;
mod quote;
mod sqlite;

use std::fmt;
use std::str::FromStr;

pub use native::NativeUrl;
pub use native::UrlNote;
pub(crate) use parse::python_int;

/// Shown in place of a secret.
const MASK: &str = "***";

/// A text that may be a password: neither `Debug` nor `Display` shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text: for use, never for showing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// A database URL as SQLAlchemy's `make_url` understands it.
///
/// `Display` is `render_as_string(hide_password=True)`, with two exceptions, both for the sake of
/// secrets that SQLAlchemy would show: the value of a query parameter such as `password` or
/// `sslpassword`, and the rest of a password with an `@` in it that was not encoded and so became a
/// part of the host or the database.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlAlchemyUrl {
    driver_name: String,
    username: Option<String>,
    password: Option<Secret>,
    host: Option<String>,
    port: Option<i64>,
    database: Option<String>,
    /// In order of first appearance; a name that is repeated has several values.
    query: Vec<(String, Vec<Secret>)>,
    /// There is text behind the host that SQLAlchemy's pattern does not reach and ignores.
    ignores_rest: bool,
    /// The database as written holds an `@`, and there is no user.
    stray_at: bool,
}

/// Why a URL cannot be used. Never holds a part of the URL that may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no `name://`. The text is SQLAlchemy's.
    #[error("Could not parse SQLAlchemy URL from given URL string")]
    Unparsable,
    /// What stands in the place of the port is no number; often it is a part of a password.
    #[error(
        "the port in the database URL is no number; ':', '/', '@' and '?' in a user name or a \
         password must be percent-encoded"
    )]
    InvalidPort,
    /// The database is none that limbeck speaks to.
    #[error(
        "the database URL is for '{backend}': limbeck speaks PostgreSQL, MySQL, MariaDB and SQLite"
    )]
    UnsupportedBackend {
        /// The name before `+` or `://`.
        backend: String,
    },
    /// The driver is none whose parameters are known.
    #[error("the driver '{driver}' of the database URL is not known for {backend}")]
    UnsupportedDriver {
        /// The name before `+`.
        backend: String,
        /// The name after `+`.
        driver: String,
    },
    /// A host or database that can only come from a password that was not encoded.
    #[error(
        "the host in the database URL cannot be read; '@', '/', ':' and '?' in a user name or a \
         password must be percent-encoded"
    )]
    Authority,
    /// A query parameter with an effect that limbeck cannot have.
    #[error("the parameter '{name}' of the database URL is not supported: {reason}")]
    UnsupportedParameter {
        /// The parameter's name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// A query parameter with a value that it cannot have. The value itself may be a secret.
    #[error("the parameter '{name}' of the database URL must be {expected}")]
    InvalidParameter {
        /// The parameter's name.
        name: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A parameter is written twice.
    #[error("the parameter '{name}' of the database URL is given more than once")]
    RepeatedParameter {
        /// The parameter's name.
        name: String,
    },
    /// Lists of hosts and ports that do not fit. The text is SQLAlchemy's.
    #[error("number of hosts and ports don't match")]
    HostsAndPorts,
    /// Both forms of a list of hosts at once. The text is SQLAlchemy's.
    #[error(
        "Can't mix 'multihost' formats together; use \"host=h1,h2,h3&port=p1,p2,p3\" or \
         \"host=h1:p1&host=h2:p2&host=h3:p3\" separately"
    )]
    MixedHosts,
    /// A SQLite URL with a user, a host or a port. The text is SQLAlchemy's.
    #[error(
        "Invalid SQLite URL: {url}\nValid SQLite URL forms are:\n sqlite:///:memory: (or, \
         sqlite://)\n sqlite:///relative/path/to/file.db\n sqlite:////absolute/path/to/file.db"
    )]
    InvalidSqliteUrl {
        /// The URL, masked.
        url: String,
    },
    /// A SQLite URL with `uri=true` or `file:`.
    #[error("'file:' URIs (uri=true) are not supported in a SQLite URL; write the path")]
    SqliteFileUri,
    /// A path that a limbeck URL cannot express.
    #[error("a '?' in the path of a SQLite database is not supported")]
    SqlitePath,
}

impl SqlAlchemyUrl {
    /// The name of the database system: what stands before `+` or `://`.
    pub fn backend(&self) -> &str {
        self.driver_name.split('+').next().unwrap_or(&self.driver_name)
    }

    /// The name of the driver, where one is written.
    pub fn driver(&self) -> Option<&str> {
        self.driver_name.split('+').nth(1)
    }

    /// The user, decoded.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The password, decoded.
    pub fn password(&self) -> Option<&Secret> {
        self.password.as_ref()
    }

    /// The host as written.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The port.
    pub fn port(&self) -> Option<i64> {
        self.port
    }

    /// The database, decoded: a name, or for SQLite a path.
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The query parameters, decoded, in order of first appearance.
    pub fn query(&self) -> impl Iterator<Item = (&str, &[Secret])> {
        self.query.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// The URL that limbeck connects with: the driver is dropped, and the query parameters are
    /// translated from those of the Python driver.
    ///
    /// # Errors
    /// Another database system or an unknown driver, a host that cannot be one, and parameters
    /// whose meaning would be lost.
    pub fn to_native(&self) -> Result<NativeUrl, UrlError> {
        native::translate(self)
    }

    /// The URL with its password, as SQLAlchemy renders it with `hide_password=False`.
    pub fn expose(&self) -> String {
        self.render(false)
    }

    fn render(&self, mask: bool) -> String {
        let mut out = format!("{}://", self.driver_name);
        if let Some(username) = &self.username {
            out.push_str(&quote::quote(username, " +"));
            if let Some(password) = &self.password {
                out.push(':');
                if mask {
                    out.push_str(MASK);
                } else {
                    out.push_str(&quote::quote(password.expose(), " +"));
                }
            }
            out.push('@');
        }
        if let Some(host) = &self.host {
            let host = match host.rsplit_once('@') {
                Some((_, host)) if mask => format!("{MASK}@{host}"),
                _ => host.clone(),
            };
            if host.contains(':') {
                out.push_str(&format!("[{host}]"));
            } else {
                out.push_str(&host);
            }
        }
        if let Some(port) = self.port {
            out.push_str(&format!(":{port}"));
        }
        if let Some(database) = &self.database {
            let database = quote::quote(database, " +/");
            out.push('/');
            match database.rsplit_once("%40") {
                Some((_, name)) if mask && self.stray_at => {
                    out.push_str(&format!("{MASK}%40{name}"));
                }
                _ => out.push_str(&database),
            }
        }
        let mut parameters: Vec<_> = self.query.iter().collect();
        parameters.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut separator = '?';
        for (name, values) in parameters {
            for value in values {
                out.push(separator);
                out.push_str(&quote::quote_plus(name));
                out.push('=');
                if mask && is_secret(name) {
                    out.push_str(MASK);
                } else {
                    out.push_str(&quote::quote_plus(value.expose()));
                }
                separator = '&';
            }
        }
        out
    }
}

impl FromStr for SqlAlchemyUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        parse::parse(text)
    }
}

impl fmt::Display for SqlAlchemyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(true))
    }
}

impl fmt::Debug for SqlAlchemyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlAlchemyUrl({self})")
    }
}

/// Whether the value of a query parameter is a secret: `password`, `sslpassword`, `passwd`,
/// `oauth_client_secret` and their like.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token"].iter().any(|word| name.contains(word)) && name != "passfile"
}

#[cfg(test)]
mod tests;
