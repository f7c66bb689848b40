//! What a URL of MySQL or MariaDB says, as options of the driver.

use std::fs;
use std::time::Duration;

use mysql_async::ClientIdentity;
use mysql_async::Opts;
use mysql_async::OptsBuilder;
use mysql_async::SslOpts;

use crate::db::connect::SessionOptions;
use crate::db::connect_failure::ConnectPlace;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::url::DatabaseUrl;

/// The port that MySQL and MariaDB have by default.
const PORT: u16 = 3306;

/// The longest message, in bytes: the server's own limit is never higher, and it says so itself.
const LONGEST_MESSAGE: usize = 1 << 30;

/// Parameters of Python's drivers that mean nothing here.
const IGNORED: [&str; 2] = ["binary_prefix", "use_unicode"];

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tls {
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

/// Where to connect to, and how.
#[derive(Clone)]
pub(super) struct Address {
    opts: Opts,
    tls: Tls,
    charset: String,
    patience: Duration,
    database: Option<String>,
}

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it has a parameter that is not known, or one whose value makes no sense.
    pub(super) fn new(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let mut tls = None;
        let mut root = None;
        let mut identity = (None, None);
        let mut socket = None;
        let mut charset = "utf8mb4".to_owned();
        let mut seconds = options.connect_timeout;
        for (name, value) in url.parameters() {
            match name.to_ascii_lowercase().replace('-', "_").as_str() {
                "ssl_mode" | "sslmode" => tls = Some(mode(value)?),
                "ssl" => tls = Some(switch(value)?),
                "ssl_ca" | "sslrootcert" => root = Some(read(name, value)?),
                "ssl_cert" | "sslcert" => identity.0 = Some(read(name, value)?),
                "ssl_key" | "sslkey" => identity.1 = Some(read(name, value)?),
                "unix_socket" | "socket" => socket = Some(value.to_owned()),
                "charset" => charset = unicode(value)?,
                "connect_timeout" => {
                    seconds = value.parse().map_err(|_| wrong(name, "a number of seconds"))?;
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
        let tls = match (tls, &root) {
            (Some(tls), _) => tls,
            // As in MySQL's own client: whoever names an authority wants it asked.
            (None, Some(_)) => Tls::VerifyCa,
            // What does not leave the machine needs none.
            (None, None) if socket.is_some() => Tls::Disabled,
            (None, None) => Tls::Preferred,
        };
        let ssl = match (tls, identity) {
            (Tls::Disabled, _) => None,
            (_, (Some(_), None) | (None, Some(_))) => {
                return Err(unusable("ssl_cert and ssl_key need each other in a MySQL URL"));
            }
            (tls, (certificate, key)) => {
                let unchecked = matches!(tls, Tls::Preferred | Tls::Required);
                let identity = certificate
                    .zip(key)
                    .map(|(certificate, key)| ClientIdentity::new(certificate.into(), key.into()));
                let ssl = SslOpts::default()
                    .with_client_identity(identity)
                    .with_danger_accept_invalid_certs(unchecked)
                    .with_danger_skip_domain_validation(tls != Tls::VerifyIdentity);
                // An authority of one's own is the only one that counts then.
                Some(match root {
                    Some(root) => {
                        ssl.with_root_certs(vec![root.into()]).with_disable_built_in_roots(true)
                    }
                    None => ssl,
                })
            }
        };
        let opts = OptsBuilder::default()
            .ip_or_hostname(url.host().unwrap_or("localhost"))
            .tcp_port(url.port().unwrap_or(PORT))
            .user(url.user())
            .pass(url.password())
            .db_name(url.database())
            .socket(socket)
            // "localhost" over TCP means TCP: the port may lead into a container.
            .prefer_socket(false)
            .tcp_keepalive(Some(60_000_u32))
            .client_found_rows(true)
            .max_allowed_packet(Some(LONGEST_MESSAGE))
            // Only a pool of connections would use it; asking costs a round trip.
            .wait_timeout(Some(28_800))
            .ssl_opts(ssl);
        Ok(Address {
            opts: opts.into(),
            tls,
            charset,
            // libpq takes 0 for "no limit".
            patience: match seconds {
                0 => Duration::from_secs(u64::from(u32::MAX)),
                seconds => Duration::from_secs(u64::from(seconds)),
            },
            database: url.database().map(str::to_owned),
        })
    }

    /// The options of the first attempt.
    pub(super) fn opts(&self) -> Opts {
        self.opts.clone()
    }

    /// Whether a server without TLS is good enough.
    pub(super) fn may_be_plain(&self) -> bool {
        self.tls == Tls::Preferred
    }

    /// The options for a server that has no TLS.
    pub(super) fn plain_opts(&self) -> Opts {
        OptsBuilder::from_opts(self.opts.clone()).ssl_opts(None).into()
    }

    /// How long a connection attempt may take.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// The character set that texts travel in.
    pub(super) fn charset(&self) -> &str {
        &self.charset
    }

    /// The database.
    pub(super) fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Where the server is, for messages.
    pub(super) fn place(&self, url: &DatabaseUrl) -> ConnectPlace {
        // Nobody else chooses a user here: without one the server is told so.
        let place = ConnectPlace { is_user_configured: true, ..ConnectPlace::of(url) };
        match self.opts.socket() {
            Some(socket) => ConnectPlace { host: Some(socket.to_owned()), port: None, ..place },
            None => ConnectPlace {
                host: Some(self.opts.ip_or_hostname().to_owned()),
                port: Some(self.opts.tcp_port()),
                ..place
            },
        }
    }
}

/// MySQL's names of the modes, and libpq's.
fn mode(value: &str) -> Result<Tls, DatabaseError> {
    Ok(match value.to_ascii_lowercase().replace('-', "_").as_str() {
        "disabled" | "disable" => Tls::Disabled,
        "preferred" | "prefer" | "allow" => Tls::Preferred,
        "required" | "require" => Tls::Required,
        "verify_ca" => Tls::VerifyCa,
        "verify_identity" | "verify_full" => Tls::VerifyIdentity,
        _ => {
            return Err(wrong(
                "ssl_mode",
                "disabled, preferred, required, verify_ca or verify_identity",
            ));
        }
    })
}

fn switch(value: &str) -> Result<Tls, DatabaseError> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(Tls::Required),
        "false" | "0" => Ok(Tls::Disabled),
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

fn read(name: &str, path: &str) -> Result<Vec<u8>, DatabaseError> {
    fs::read(path).map_err(|error| unusable(format!("{name}: {path}: {error}")))
}

fn wrong(name: &str, expected: &str) -> DatabaseError {
    unusable(format!("the MySQL URL parameter '{name}' must be {expected}"))
}

fn unusable(message: impl Into<String>) -> DatabaseError {
    DatabaseError::new(DatabaseErrorKind::Unsupported, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(query: &str) -> Result<Address, String> {
        let url = format!("mysql://me:s%20ecret@h:3307/app{query}").parse().unwrap();
        Address::new(&url, &SessionOptions::default()).map_err(|error| error.message)
    }

    fn tls(query: &str) -> Tls {
        address(query).unwrap().tls
    }

    #[test]
    fn a_url_becomes_options() {
        let address = address("?charset=utf8mb4&connect_timeout=3").unwrap();
        assert_eq!(address.opts.user(), Some("me"));
        assert_eq!(address.opts.pass(), Some("s ecret"));
        assert_eq!(address.opts.db_name(), Some("app"));
        assert_eq!(address.patience, Duration::from_secs(3));
        assert!(address.opts.ssl_opts().is_some());
        assert!(address.plain_opts().ssl_opts().is_none());
    }

    #[test]
    fn both_families_of_words_for_tls_are_known() {
        assert_eq!(tls(""), Tls::Preferred);
        assert_eq!(tls("?unix_socket=/run/s"), Tls::Disabled);
        assert_eq!(tls("?ssl_mode=REQUIRED"), Tls::Required);
        assert_eq!(tls("?sslmode=require"), Tls::Required);
        assert_eq!(tls("?ssl-mode=VERIFY_IDENTITY"), Tls::VerifyIdentity);
        assert_eq!(tls("?sslmode=verify-full"), Tls::VerifyIdentity);
        assert_eq!(tls("?ssl=true"), Tls::Required);
        for (query, accepts, skips) in [
            ("?ssl_mode=required", true, true),
            ("?ssl_mode=verify_ca", false, true),
            ("?ssl_mode=verify_identity", false, false),
        ] {
            let address = address(query).unwrap();
            let ssl = address.opts.ssl_opts().unwrap();
            assert_eq!(ssl.accept_invalid_certs(), accepts, "{query}");
            assert_eq!(ssl.skip_domain_validation(), skips, "{query}");
            assert!(!address.may_be_plain());
        }
    }

    #[test]
    fn nothing_is_ignored_that_could_matter() {
        for (query, part) in [
            ("?ssl_mode=sometimes", "must be disabled, preferred"),
            ("?charset=latin1", "must be utf8mb4"),
            ("?local_infile=1", "'local_infile' is not supported"),
            ("?ssl_cert=/dev/null&ssl_mode=required", "need each other"),
            ("?ssl_ca=/nowhere/ca.pem", "/nowhere/ca.pem"),
            ("?connect_timeout=soon", "a number of seconds"),
        ] {
            let error = address(query).err().unwrap();
            assert!(error.contains(part), "{query}: {error}");
        }
    }
}
