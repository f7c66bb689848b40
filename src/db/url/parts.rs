//! Database URLs that are put together from parts, and URLs whose server is replaced.

use limbeck_alembic::url::Secret;
use limbeck_schema::Dialect;

use super::Address;
use super::DatabaseUrl;
use super::UrlError;
use super::network;
use super::network::Network;

/// Where a database on a server is, in parts as they are: nothing in them is percent-encoded.
#[derive(Debug, Clone)]
pub struct ServerParts {
    /// What kind of server it is; SQLite has none, see [`DatabaseUrl::sqlite_file`].
    pub dialect: Dialect,
    /// A name, an address, the directory of a socket (PostgreSQL), or several of these with
    /// commas between them.
    pub host: Option<String>,
    /// The port of each host.
    pub port: Option<u16>,
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The name of the database.
    pub name: Option<String>,
    /// What stands in the query of a URL, in that order. Some values are secrets.
    pub parameters: Vec<(String, Secret)>,
}

/// A server that takes the place of the one in a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerOverride {
    /// Another host, or several.
    pub host: Option<String>,
    /// Another port.
    pub port: Option<u16>,
}

impl ServerOverride {
    /// Whether nothing is replaced.
    pub fn is_empty(&self) -> bool {
        *self == ServerOverride::default()
    }
}

/// The parameters of a query that name the server: libpq's, and the sockets of MySQL's drivers.
const HOST_PARAMETERS: [&str; 4] = ["host", "hostaddr", "socket", "unix_socket"];
const PORT_PARAMETER: &str = "port";

impl DatabaseUrl {
    /// The URL of a database on a server.
    ///
    /// # Errors
    /// When a part holds a NUL, which no URL can hold, or a host cannot be one.
    pub fn from_parts(parts: &ServerParts) -> Result<DatabaseUrl, UrlError> {
        let mut text = String::from("//");
        let password = parts.password.as_ref().map(Secret::expose).unwrap_or_default();
        if parts.user.is_some() || !password.is_empty() {
            text.push_str(&encode(parts.user.as_deref().unwrap_or_default(), "user")?);
            if !password.is_empty() {
                text.push(':');
                text.push_str(&encode(password, "password")?);
            }
            text.push('@');
        }
        text.push_str(&authority(parts.host.as_deref().unwrap_or_default(), parts.port)?);
        text.push('/');
        text.push_str(&encode(parts.name.as_deref().unwrap_or_default(), "name")?);
        for (number, (name, value)) in parts.parameters.iter().enumerate() {
            text.push(if number == 0 { '?' } else { '&' });
            text.push_str(&encode(name, "query")?);
            text.push('=');
            text.push_str(&encode(value.expose(), "query")?);
        }
        Network::parse(parts.dialect, &text).map(|network| Address::from(network).into())
    }

    /// The URL of a SQLite file, or of a database in memory (`:memory:`).
    ///
    /// # Errors
    /// [`UrlError`], when there is no path, or a `file:` URI in its place.
    pub fn sqlite_file(path: &str) -> Result<DatabaseUrl, UrlError> {
        match path {
            "" => Err(UrlError::Empty),
            ":memory:" => Ok(Address::Memory.into()),
            path if path.starts_with("file:") => Err(UrlError::SqliteFileUri),
            path => Ok(Address::File(path.into()).into()),
        }
    }

    /// The same database on another server. Several hosts are replaced as a whole, with what the
    /// query of the URL says of the server. `None` for SQLite.
    ///
    /// # Errors
    /// When the host cannot be one.
    pub fn at_server(&self, server: &ServerOverride) -> Option<Result<DatabaseUrl, UrlError>> {
        let network = self.network()?;
        if server.is_empty() {
            return Some(Ok(self.clone()));
        }
        let has_several = network.host().is_some_and(|host| host.contains(','));
        let port = match (server.port, &server.host) {
            (Some(port), _) => Some(port),
            // Each of them has its own.
            (None, Some(_)) if has_several => None,
            (None, _) => network.port(),
        };
        let host = server.host.as_deref().or(network.host()).unwrap_or_default();
        let is_replaced = |name: &str| {
            HOST_PARAMETERS.contains(&name) && server.host.is_some() || name == PORT_PARAMETER
        };
        let replaced = authority(host, port)
            .and_then(|authority| network.with_authority(&authority, &is_replaced));
        Some(replaced.map(|network| Address::from(network).into()))
    }
}

/// `host`, or a list of them, as it stands in a URL, each with `port`.
fn authority(host: &str, port: Option<u16>) -> Result<String, UrlError> {
    let one = |host: &str| {
        let host = host.trim();
        let mut text = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => format!("[{}]", encode(address, "host")?.replace("%3A", ":")),
            None if host.contains(':') && !host.contains('/') => {
                format!("[{}]", encode(host, "host")?.replace("%3A", ":"))
            }
            None => encode(host, "host")?,
        };
        if let Some(port) = port {
            text.push_str(&format!(":{port}"));
        }
        Ok(text)
    };
    host.split(',').map(one).collect::<Result<Vec<_>, _>>().map(|hosts| hosts.join(","))
}

/// Percent-encodes a part, which may hold anything but a NUL.
fn encode(text: &str, part: &'static str) -> Result<String, UrlError> {
    if text.contains('\0') { Err(UrlError::Nul { part }) } else { Ok(network::encode(text)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(password: &str) -> ServerParts {
        ServerParts {
            dialect: Dialect::Postgresql,
            host: Some("db.example".into()),
            port: Some(6432),
            user: Some("me@corp".into()),
            password: Some(Secret::new(password)),
            name: Some("a/b?c".into()),
            parameters: vec![("sslmode".into(), Secret::new("require"))],
        }
    }

    fn host(host: &str, port: Option<u16>) -> DatabaseUrl {
        let host = Some(host.to_owned());
        let parts = ServerParts { host, port, ..parts("") };
        DatabaseUrl::from_parts(&parts).unwrap()
    }

    fn moved(url: &str, host: Option<&str>, port: Option<u16>) -> String {
        let server = ServerOverride { host: host.map(str::to_owned), port };
        let url: DatabaseUrl = url.parse().unwrap();
        url.at_server(&server).unwrap().unwrap().expose()
    }

    #[test]
    fn parts_come_back() {
        let url = DatabaseUrl::from_parts(&parts("p w:@/?#%")).unwrap();
        assert_eq!(
            url.expose(),
            "postgresql://me%40corp:p%20w%3A%40%2F%3F%23%25@db.example:6432/a%2Fb%3Fc?sslmode=require"
        );
        assert_eq!(
            url.to_string(),
            "postgresql://me%40corp:***@db.example:6432/a%2Fb%3Fc?sslmode=require"
        );
        assert_eq!(url.user(), Some("me@corp"));
        assert_eq!(url.database(), Some("a/b?c"));
        let error = DatabaseUrl::from_parts(&parts("a\0b")).unwrap_err();
        assert_eq!(error, UrlError::Nul { part: "password" });
    }

    #[test]
    fn hosts_of_all_kinds() {
        for (given, port, written) in [
            ("::1", Some(5432), "[::1]:5432"),
            ("[fe80::1%eth0]", None, "[fe80::1%25eth0]"),
            ("/run/postgresql", None, "%2Frun%2Fpostgresql"),
            ("a,b", Some(1), "a:1,b:1"),
            ("a, b", None, "a,b"),
        ] {
            let url = host(given, port);
            assert_eq!(
                url.expose(),
                format!("postgresql://me%40corp@{written}/a%2Fb%3Fc?sslmode=require")
            );
        }
        assert_eq!(host("/run/postgresql", None).host(), Some("/run/postgresql"));
        assert_eq!(host("::1", Some(1)).host(), Some("::1"));
        // It is encoded, so that it cannot become another part of the URL.
        assert_eq!(host("h/x?y", None).host(), Some("h/x?y"));
    }

    #[test]
    fn a_user_or_a_password_may_be_left_out() {
        let none = ServerParts { user: None, password: None, ..parts("") };
        let none = DatabaseUrl::from_parts(&none).unwrap();
        assert_eq!(none.expose(), "postgresql://db.example:6432/a%2Fb%3Fc?sslmode=require");
        let only_password = ServerParts { user: None, ..parts("x") };
        let only_password = DatabaseUrl::from_parts(&only_password).unwrap();
        assert_eq!(only_password.user(), None);
        assert!(only_password.expose().starts_with("postgresql://:x@db"));
    }

    #[test]
    fn the_server_of_a_url_is_replaced() {
        const ONE: &str = "postgresql://u:p%40@h:1/d?sslmode=require";
        for (url, host, port, expected) in [
            (ONE, Some("db"), None, "postgresql://u:p%40@db:1/d?sslmode=require"),
            (ONE, None, Some(2), "postgresql://u:p%40@h:2/d?sslmode=require"),
            (ONE, Some("::1"), Some(2), "postgresql://u:p%40@[::1]:2/d?sslmode=require"),
            ("postgresql://u@a:1,b:2/d", Some("c"), None, "postgresql://u@c/d"),
            ("postgresql://u@a:1,b:2/d", Some("c,d"), Some(3), "postgresql://u@c:3,d:3/d"),
            ("postgresql://u@a:1,b:2/d", None, Some(3), "postgresql://u@a:3,b:3/d"),
            ("postgresql:///d?host=/run&port=7&a=b", Some("c"), None, "postgresql://c:7/d?a=b"),
            (
                "postgresql:///d?host=/run&port=7",
                None,
                Some(8),
                "postgresql://%2Frun:8/d?host=/run",
            ),
            ("mysql://u@h/d?unix_socket=/s", Some("c"), None, "mysql://u@c/d"),
        ] {
            assert_eq!(moved(url, host, port), expected, "{url}");
        }
        let file: DatabaseUrl = "sqlite:a.db".parse().unwrap();
        let server = ServerOverride { host: Some("h".into()), port: None };
        assert_eq!(file.at_server(&server), None);
    }

    #[test]
    fn what_is_shown_is_the_server_that_is_meant() {
        let url: DatabaseUrl = "postgresql://u:secret@h/d".parse().unwrap();
        let url = url.shown_as("postgresql+psycopg2://u:***@h/d".into());
        let server = ServerOverride { host: Some("other".into()), port: None };
        let url = url.at_server(&server).unwrap().unwrap();
        assert_eq!(url.to_string(), "postgresql://u:***@other/d");
    }

    /// The password in a URL, by the rule of RFC 3986.
    fn password_of(url: &str) -> String {
        let credentials = url.split_once("://").unwrap().1.split_once('@').unwrap().0;
        let mut pieces = credentials.split_once(':').unwrap().1.split('%');
        let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
        for piece in pieces {
            bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
            bytes.extend(piece[2..].bytes());
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn any_password_survives_and_is_never_shown(
            password in "[^\0]{6,40}", user in "[^\0Z]{0,9}", dialect in prop::bool::ANY,
        ) {
            // Marked, so that what is found is the password and no other part.
            let password = format!("Z{password}Z");
            let dialect = if dialect { Dialect::Postgresql } else { Dialect::Mysql };
            let parameters = vec![("sslpassword".to_owned(), Secret::new(password.as_str()))];
            let user = Some(user).filter(|user| !user.is_empty());
            let parts = ServerParts { dialect, user: user.clone(), parameters, ..parts(&password) };
            let url = DatabaseUrl::from_parts(&parts).unwrap();
            prop_assert_eq!(password_of(&url.expose()), password.as_str());
            prop_assert_eq!(url.parameter("sslpassword"), Some(password.as_str()));
            prop_assert_eq!(url.user(), user.as_deref());
            prop_assert_eq!(url.database(), Some("a/b?c"));
            for shown in [url.to_string(), format!("{url:?}"), format!("{parts:?}")] {
                prop_assert!(!shown.contains('Z'), "{}", shown);
            }
            let message = format!("cannot connect with {password} or {}", url.expose());
            prop_assert!(!url.redact(&message).contains(&password));
            // What the client library reads is the same URL again.
            let again: DatabaseUrl = url.expose().parse().unwrap();
            prop_assert_eq!(again, url);
        }
    }
}
