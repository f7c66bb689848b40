//! What a URL of MySQL or MariaDB says, as options of the driver.

use std::fs;
use std::time::Duration;

use mysql_async::ClientIdentity;
use mysql_async::Opts;
use mysql_async::OptsBuilder;
use mysql_async::SslOpts;

use super::greeting;
use super::parameters::MysqlParameters;
use super::parameters::MysqlTls as Tls;
use crate::db::connect::SessionOptions;
use crate::db::connect_failure::ConnectPlace;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::url::DatabaseUrl;

/// The port that MySQL and MariaDB have by default.
const PORT: u16 = 3306;

/// The longest message, in bytes: the server's own limit is never higher, and it says so itself.
const LONGEST_MESSAGE: usize = 1 << 30;

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
        let parameters = MysqlParameters::of(url)?;
        let tls = parameters.tls;
        let file =
            |name, path: &Option<String>| path.as_deref().map(|path| read(name, path)).transpose();
        let root = file("ssl_ca", &parameters.ca)?;
        let (certificate, key) = parameters.identity.unzip();
        let identity = file("ssl_cert", &certificate)?
            .zip(file("ssl_key", &key)?)
            .map(|(certificate, key)| ClientIdentity::new(certificate.into(), key.into()));
        let ssl = match tls {
            Tls::Disabled => None,
            tls => {
                let unchecked = matches!(tls, Tls::Preferred | Tls::Required);
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
            .socket(parameters.socket)
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
            charset: parameters.charset,
            // libpq takes 0 for "no limit".
            patience: match parameters.connect_timeout.unwrap_or(options.connect_timeout) {
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

    /// Keeps a connection attempt, with a second look after it, within `limit`.
    pub(super) fn limit(&mut self, limit: Duration) {
        let reserve = (greeting::PATIENCE + Duration::from_millis(300)).min(limit / 2);
        self.patience = self.patience.min(limit.saturating_sub(reserve));
    }

    /// Host and port, unless it is a socket that leads to the server.
    pub(super) fn network(&self) -> Option<(&str, u16)> {
        match self.opts.socket() {
            Some(_) => None,
            None => Some((self.opts.ip_or_hostname(), self.opts.tcp_port())),
        }
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

fn read(name: &str, path: &str) -> Result<Vec<u8>, DatabaseError> {
    fs::read(path).map_err(|error| unusable(format!("{name}: {path}: {error}")))
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
