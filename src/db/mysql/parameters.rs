//! What the parameters of a MySQL URL ask for, read once: for the driver, and for the client
//! programs.

use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::url::DatabaseUrl;

/// Parameters of Python's drivers that mean nothing here.
const IGNORED: [&str; 2] = ["binary_prefix", "use_unicode"];

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MysqlTls {
    /// Not at all.
    Disabled,
    /// By TLS where the server has it, without looking at its certificate.
    Preferred,
    /// By TLS, without looking at the server's certificate.
    Required,
    /// By TLS, with a certificate that is signed by somebody known.
    VerifyCa,
    /// By TLS, with a certificate that also names the host.
    VerifyIdentity,
}

/// What the parameters of a URL ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MysqlParameters {
    /// How the connection is protected.
    pub tls: MysqlTls,
    /// The file of the authorities whose signature counts.
    pub ca: Option<String>,
    /// The files of the client's own certificate and its key.
    pub identity: Option<(String, String)>,
    /// The socket to go through in place of host and port.
    pub socket: Option<String>,
    /// The character set that texts travel in.
    pub charset: String,
    /// How long a connection attempt may take, in seconds; 0 for as long as it takes.
    pub connect_timeout: Option<u32>,
}

impl MysqlParameters {
    /// Reads the parameters of `url`.
    ///
    /// # Errors
    /// When one is not known, and when a value makes no sense.
    pub fn of(url: &DatabaseUrl) -> Result<Self, DatabaseError> {
        let mut tls = None;
        let mut ca = None;
        let mut identity = (None, None);
        let mut socket = None;
        let mut charset = "utf8mb4".to_owned();
        let mut connect_timeout = None;
        for (name, value) in url.parameters() {
            match name.to_ascii_lowercase().replace('-', "_").as_str() {
                "ssl_mode" | "sslmode" => tls = Some(mode(value)?),
                "ssl" => tls = Some(switch(value)?),
                "ssl_ca" | "sslrootcert" => ca = Some(value.to_owned()),
                "ssl_cert" | "sslcert" => identity.0 = Some(value.to_owned()),
                "ssl_key" | "sslkey" => identity.1 = Some(value.to_owned()),
                "unix_socket" | "socket" => socket = Some(value.to_owned()),
                "charset" => charset = unicode(value)?,
                "connect_timeout" => {
                    let seconds = value.parse().map_err(|_| wrong(name, "a number of seconds"))?;
                    connect_timeout = Some(seconds);
                }
                ignored if IGNORED.contains(&ignored) => {}
                _ => {
                    return Err(unusable(format!(
                        "the MySQL URL parameter '{name}' is not supported (there are ssl_mode, \
                         ssl_ca, ssl_cert, ssl_key, unix_socket, charset and connect_timeout)"
                    )));
                }
            }
        }
        let tls = match (tls, &ca) {
            (Some(tls), _) => tls,
            // As in MySQL's own client: whoever names an authority wants it asked.
            (None, Some(_)) => MysqlTls::VerifyCa,
            // What does not leave the machine needs none.
            (None, None) if socket.is_some() => MysqlTls::Disabled,
            (None, None) => MysqlTls::Preferred,
        };
        let identity = match identity {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(unusable("ssl_cert and ssl_key need each other in a MySQL URL")),
        };
        Ok(MysqlParameters { tls, ca, identity, socket, charset, connect_timeout })
    }
}

/// MySQL's names of the modes, and libpq's.
fn mode(value: &str) -> Result<MysqlTls, DatabaseError> {
    Ok(match value.to_ascii_lowercase().replace('-', "_").as_str() {
        "disabled" | "disable" => MysqlTls::Disabled,
        "preferred" | "prefer" | "allow" => MysqlTls::Preferred,
        "required" | "require" => MysqlTls::Required,
        "verify_ca" => MysqlTls::VerifyCa,
        "verify_identity" | "verify_full" => MysqlTls::VerifyIdentity,
        _ => {
            return Err(wrong(
                "ssl_mode",
                "disabled, preferred, required, verify_ca or verify_identity",
            ));
        }
    })
}

fn switch(value: &str) -> Result<MysqlTls, DatabaseError> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(MysqlTls::Required),
        "false" | "0" => Ok(MysqlTls::Disabled),
        _ => Err(wrong("ssl", "true or false")),
    }
}

/// limbeck sends UTF-8, so nothing else can be meant.
fn unicode(value: &str) -> Result<String, DatabaseError> {
    let value = value.to_ascii_lowercase();
    match value.as_str() {
        "utf8mb4" | "utf8" | "utf8mb3" => Ok(value),
        _ => Err(wrong("charset", "utf8mb4, since revision files are UTF-8")),
    }
}

fn wrong(name: &str, expected: &str) -> DatabaseError {
    unusable(format!("the MySQL URL parameter '{name}' must be {expected}"))
}

fn unusable(message: impl Into<String>) -> DatabaseError {
    DatabaseError::new(DatabaseErrorKind::Unsupported, message)
}
