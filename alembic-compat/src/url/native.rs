//! The URLs that limbeck connects with, and what all dialects have in common in getting there.

use std::fmt;

use super::MASK;
use super::Secret;
use super::SqlAlchemyUrl;
use super::UrlError;
use super::is_secret;
use super::mysql;
use super::postgresql;
use super::quote::quote;
use super::sqlite;

/// A URL as limbeck's engine takes it:
///
/// * `sqlite://` (in memory), `sqlite:///relative` and `sqlite:////absolute`; the path is not
///   percent-encoded;
/// * `postgresql://user:password@host:port/database?parameters` with libpq's parameters;
/// * `mysql://user:password@host:port/database?parameters` with `unix_socket`, `connect_timeout`,
///   `compress`, `ssl_mode` (`disabled`, `preferred`, `required`, `verify_ca`, `verify_identity`),
///   `ssl_ca`, `ssl_cert` and `ssl_key`.
///
/// All parts but the path are percent-encoded. `Display` and `Debug` mask the secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct NativeUrl {
    text: Secret,
    masked: String,
    notes: Vec<UrlNote>,
}

/// A parameter of a Python driver that the native URL does without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlNote {
    /// The parameter's name.
    pub parameter: String,
    /// Why it is not needed.
    pub reason: &'static str,
}

impl fmt::Display for UrlNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the parameter '{}' of the database URL is ignored: {}",
            self.parameter, self.reason
        )
    }
}

impl NativeUrl {
    /// The URL with its password: for connecting, nothing else.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// What was left out.
    pub fn notes(&self) -> &[UrlNote] {
        &self.notes
    }

    /// A URL without secrets.
    pub(super) fn plain(text: String, notes: Vec<UrlNote>) -> NativeUrl {
        NativeUrl { text: Secret(text.clone()), masked: text, notes }
    }
}

impl fmt::Display for NativeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked)
    }
}

impl fmt::Debug for NativeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NativeUrl({self})")
    }
}

pub(super) fn translate(url: &SqlAlchemyUrl) -> Result<NativeUrl, UrlError> {
    match url.backend() {
        "sqlite" => sqlite::translate(url),
        // `postgres` was SQLAlchemy's name up to 1.3, and is that of many hosting services.
        "postgresql" | "postgres" | "timescaledb" => postgresql::translate(url),
        "mysql" | "mariadb" => mysql::translate(url),
        backend => Err(UrlError::UnsupportedBackend { backend: backend.to_owned() }),
    }
}

/// What the translation of a server's URL writes to.
pub(super) struct Server {
    pub(super) scheme: &'static str,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) database: Option<String>,
    parameters: Vec<(String, String)>,
    notes: Vec<UrlNote>,
}

impl Server {
    /// Takes over the parts before the query.
    pub(super) fn new(scheme: &'static str, url: &SqlAlchemyUrl) -> Result<Server, UrlError> {
        let host_at = url.host().is_some_and(|host| host.contains('@'));
        if host_at || url.stray_at || url.ignores_rest {
            return Err(UrlError::Authority);
        }
        let port = url.port().map(|port| u16::try_from(port).map_err(|_| UrlError::InvalidPort));
        Ok(Server {
            scheme,
            user: non_empty(url.username()),
            password: url.password().filter(|password| !password.expose().is_empty()).cloned(),
            host: non_empty(url.host()),
            port: port.transpose()?,
            database: non_empty(url.database()),
            parameters: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Sets a native parameter; the last one counts.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.parameters.iter_mut().find(|(known, _)| known == name) {
            Some(parameter) => parameter.1 = value,
            None => self.parameters.push((name.to_owned(), value)),
        }
    }

    /// Sets a native parameter unless it is set.
    pub(super) fn set_default(&mut self, name: &str, value: &str) {
        if !self.parameters.iter().any(|(known, _)| known == name) {
            self.set(name, value);
        }
    }

    pub(super) fn drop(&mut self, name: &str, reason: &'static str) {
        self.notes.push(UrlNote { parameter: name.to_owned(), reason });
    }

    pub(super) fn finish(self) -> NativeUrl {
        NativeUrl { text: Secret(self.render(false)), masked: self.render(true), notes: self.notes }
    }

    fn render(&self, mask: bool) -> String {
        let mut out = format!("{}://", self.scheme);
        if self.user.is_some() || self.password.is_some() {
            out.push_str(&quote(self.user.as_deref().unwrap_or_default(), ""));
            if let Some(password) = &self.password {
                out.push(':');
                out.push_str(&if mask { MASK.to_owned() } else { quote(password.expose(), "") });
            }
            out.push('@');
        }
        match &self.host {
            Some(host) if host.contains(':') => out.push_str(&format!("[{}]", quote(host, ":"))),
            Some(host) => out.push_str(&quote(host, "")),
            None => {}
        }
        if let Some(port) = self.port {
            out.push_str(&format!(":{port}"));
        }
        if self.database.is_some() || !self.parameters.is_empty() {
            out.push('/');
            out.push_str(&quote(self.database.as_deref().unwrap_or_default(), ""));
        }
        for (number, (name, value)) in self.parameters.iter().enumerate() {
            out.push(if number == 0 { '?' } else { '&' });
            let value = if mask && is_secret(name) { MASK.to_owned() } else { quote(value, "/,:") };
            out.push_str(&format!("{name}={value}"));
        }
        out
    }
}

fn non_empty(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The one value of a parameter.
pub(super) fn single<'a>(name: &str, values: &'a [Secret]) -> Result<&'a str, UrlError> {
    match values {
        [value] => Ok(value.expose()),
        _ => Err(UrlError::RepeatedParameter { name: name.to_owned() }),
    }
}

/// A boolean as SQLAlchemy's `asbool` reads it.
pub(super) fn boolean(name: &str, value: &str) -> Result<bool, UrlError> {
    crate::config::as_bool(value).ok_or_else(|| UrlError::InvalidParameter {
        name: name.to_owned(),
        expected: "true or false",
    })
}

/// A time in seconds, as a whole number; Python's drivers take fractions.
pub(super) fn seconds(name: &str, value: &str) -> Result<String, UrlError> {
    let invalid = || UrlError::InvalidParameter {
        name: name.to_owned(),
        expected: "a number of seconds between 0 and 1000000",
    };
    let seconds: f64 = value.trim().parse().map_err(|_| invalid())?;
    if (0.0..=1e6).contains(&seconds) {
        Ok(format!("{:.0}", seconds.ceil()))
    } else {
        Err(invalid())
    }
}

pub(super) fn unsupported(name: &str, reason: &'static str) -> UrlError {
    UrlError::UnsupportedParameter { name: name.to_owned(), reason }
}
