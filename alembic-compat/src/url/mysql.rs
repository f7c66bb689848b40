//! URLs of MySQL and MariaDB servers: the parameters of PyMySQL, mysqlclient, aiomysql, asyncmy and
//! the two vendors' connectors become limbeck's.

use super::Secret;
use super::SqlAlchemyUrl;
use super::UrlError;
use super::native::NativeUrl;
use super::native::Server;
use super::native::boolean;
use super::native::seconds;
use super::native::single;
use super::native::unsupported;

const PYTHON_ONLY: &str = "it concerns only Python's driver";
const UTF_8: &str = "limbeck speaks UTF-8 (utf8mb4) with the server";
const OWN_TRANSACTIONS: &str = "limbeck begins and ends the transactions of a migration itself";

/// How strictly the connection is encrypted, from weak to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SslMode {
    Required,
    VerifyCa,
    VerifyIdentity,
}

/// What the parameters say of encryption, each in its driver's way.
#[derive(Default)]
struct Ssl {
    /// `ssl_mode`, which says all.
    explicit: Option<&'static str>,
    disabled: bool,
    required: bool,
    authority: bool,
    verify_certificate: Option<bool>,
    verify_host: Option<bool>,
}

pub(super) fn translate(url: &SqlAlchemyUrl) -> Result<NativeUrl, UrlError> {
    match url.driver() {
        None
        | Some(
            "pymysql" | "mysqldb" | "aiomysql" | "asyncmy" | "mysqlconnector" | "mariadbconnector"
            | "cymysql",
        ) => {}
        Some(driver) => {
            let backend = url.backend().to_owned();
            return Err(UrlError::UnsupportedDriver { backend, driver: driver.to_owned() });
        }
    }
    let mut server = Server::new("mysql", url)?;
    let mut ssl = Ssl::default();
    for (name, values) in url.query() {
        let value = single(name, values)?;
        if !ssl.read(&mut server, name, value)? {
            parameter(&mut server, name, value)?;
        }
    }
    // PyMySQL and its descendants check the host where an authority is given, the others do not.
    let checks_host = matches!(url.driver(), Some("pymysql" | "aiomysql" | "asyncmy" | "cymysql"));
    if let Some(mode) = ssl.mode(checks_host) {
        server.set("ssl_mode", mode);
    }
    Ok(server.finish())
}

fn parameter(server: &mut Server, name: &str, value: &str) -> Result<(), UrlError> {
    match name {
        "user" | "username" => server.user = Some(value.to_owned()),
        "password" | "passwd" => server.password = Some(Secret::new(value)),
        "db" | "database" => server.database = Some(value.to_owned()),
        "host" => server.host = Some(value.to_owned()),
        "port" => server.port = Some(value.parse().map_err(|_| UrlError::InvalidPort)?),
        "unix_socket" => server.set(name, value),
        "connect_timeout" | "connection_timeout" => {
            server.set("connect_timeout", seconds(name, value)?);
        }
        "compress" if boolean(name, value)? => server.set(name, "true"),
        "charset" | "character_set" if is_unicode(value) => server.drop(name, UTF_8),
        "charset" | "character_set" => return Err(unsupported(name, UTF_8)),
        "autocommit" | "local_infile" | "allow_local_infile" | "raise_on_warnings" => {
            let reason = match name {
                "autocommit" => OWN_TRANSACTIONS,
                "raise_on_warnings" => "warnings of the server are no errors here",
                _ => "LOAD DATA LOCAL is not available",
            };
            if boolean(name, value)? {
                return Err(unsupported(name, reason));
            }
            server.drop(name, reason);
        }
        "read_timeout" | "write_timeout" => {
            server.drop(name, "limbeck has its own time limit for statements");
        }
        "auth_plugin" => server.drop(name, "the server names the method of authentication"),
        "program_name" => server.drop(name, "limbeck names itself to the server"),
        "binary_prefix"
        | "buffered"
        | "cached_statements"
        | "compress"
        | "consume_results"
        | "converter_str_fallback"
        | "get_warnings"
        | "max_allowed_packet"
        | "plugin"
        | "pool_name"
        | "pool_reset_connection"
        | "pool_reset_session"
        | "pool_size"
        | "prepared_statement_cache_size"
        | "raw"
        | "use_pure"
        | "use_unicode"
        | "async_fallback" => {
            server.drop(name, PYTHON_ONLY);
        }
        "init_command" | "sql_mode" | "collation" | "time_zone" => {
            return Err(unsupported(
                name,
                "it changes what statements mean, and limbeck sets nothing for the session",
            ));
        }
        "read_default_file" | "read_default_group" | "option_files" | "option_groups"
        | "default_file" | "default_group" => {
            return Err(unsupported(name, "limbeck reads no option files; write the URL in full"));
        }
        _ => return Err(unsupported(name, "limbeck knows no such parameter for MySQL")),
    }
    Ok(())
}

/// Whether a character set is UTF-8, of three or four bytes.
fn is_unicode(charset: &str) -> bool {
    matches!(charset.to_ascii_lowercase().as_str(), "utf8mb4" | "utf8" | "utf8mb3" | "utf-8")
}

impl Ssl {
    /// Reads one parameter; `false` when it does not concern encryption.
    fn read(&mut self, server: &mut Server, name: &str, value: &str) -> Result<bool, UrlError> {
        match name {
            "ssl_mode" | "ssl-mode" => self.explicit = Some(explicit_mode(name, value)?),
            "ssl_disabled" => self.disabled |= boolean(name, value)?,
            "ssl" if boolean(name, value)? => self.required = true,
            "ssl" => self.disabled = true,
            "ssl_verify_cert" => self.verify_certificate = Some(boolean(name, value)?),
            "ssl_verify_identity" | "ssl_check_hostname" => {
                self.verify_host = Some(boolean(name, value)?);
            }
            "ssl_ca" => {
                self.authority = true;
                server.set(name, value);
            }
            "ssl_cert" | "ssl_key" => {
                self.required = true;
                server.set(name, value);
            }
            "ssl_capath" | "ssl_cipher" | "ssl_key_password" | "tls_versions" | "tls_version"
            | "tls_ciphersuites" | "ssl_crl" | "ssl_crlpath" => {
                return Err(unsupported(
                    name,
                    "limbeck knows ssl_mode, ssl_ca, ssl_cert and ssl_key",
                ));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn mode(&self, checks_host: bool) -> Option<&'static str> {
        if self.explicit.is_some() {
            return self.explicit;
        }
        if self.disabled {
            return Some("disabled");
        }
        let mut mode = (self.required || self.authority).then_some(SslMode::Required);
        let verifies = self.verify_certificate.unwrap_or(self.authority);
        if verifies {
            mode = mode.max(Some(SslMode::VerifyCa));
        }
        if self.verify_host.unwrap_or(checks_host && self.authority && verifies) {
            mode = Some(SslMode::VerifyIdentity);
        }
        mode.map(|mode| match mode {
            SslMode::Required => "required",
            SslMode::VerifyCa => "verify_ca",
            SslMode::VerifyIdentity => "verify_identity",
        })
    }
}

fn explicit_mode(name: &str, value: &str) -> Result<&'static str, UrlError> {
    match value.to_ascii_lowercase().as_str() {
        "disabled" => Ok("disabled"),
        "preferred" => Ok("preferred"),
        "required" => Ok("required"),
        "verify_ca" => Ok("verify_ca"),
        "verify_identity" => Ok("verify_identity"),
        _ => Err(UrlError::InvalidParameter {
            name: name.to_owned(),
            expected: "one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY",
        }),
    }
}
