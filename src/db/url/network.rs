//! URLs of database servers.
//!
//! Written by hand, because the URLs of libpq are not those of the WHATWG: a user without a host
//! (`postgresql://me@/app?host=/run/postgresql`) and lists of hosts are common, and the text must
//! reach libpq exactly as the user wrote it.

use std::fmt;

use limbeck_schema::Dialect;

use super::UrlError;

/// Shown in place of a secret.
const MASK: &str = "***";

/// A text that can only be shown as `***`.
#[derive(Clone, PartialEq, Eq)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The address of a database on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Network {
    dialect: Dialect,
    /// Whether the scheme was `mariadb`.
    is_mariadb: bool,
    user: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    database: Option<String>,
    /// The query parameters, decoded; some are secrets.
    parameters: Vec<(String, Secret)>,
    /// The password, decoded.
    password: Option<Secret>,
    /// The URL in its parts as they are written.
    written: Written,
    /// The whole URL as it may be shown.
    masked: String,
    /// The whole URL as the client library takes it.
    text: Secret,
    /// Every secret in it, as written and as decoded.
    secrets: Vec<Secret>,
}

/// The parts of a URL, encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    user: Option<String>,
    password: Secret,
    authority: String,
    path: String,
    query: Vec<(String, Secret)>,
}

impl Written {
    /// The whole URL with this password; secrets of the query are left to `secret`, which may
    /// leave them out.
    fn text(
        &self,
        dialect: Dialect,
        password: &str,
        secret: impl for<'a> Fn(&'a Secret) -> Option<&'a str>,
    ) -> String {
        let mut text = format!("{dialect}://");
        if let Some(user) = &self.user {
            text.push_str(user);
            if !password.is_empty() {
                text.push(':');
                text.push_str(password);
            }
            text.push('@');
        }
        text.push_str(&self.authority);
        if !self.path.is_empty() || !self.query.is_empty() {
            text.push('/');
            text.push_str(&self.path);
        }
        let mut separator = '?';
        for (name, value) in &self.query {
            let value = if is_secret(name) { secret(value) } else { Some(value.0.as_str()) };
            let Some(value) = value else { continue };
            text.push(std::mem::replace(&mut separator, '&'));
            text.push_str(&format!("{name}={value}"));
        }
        text
    }
}

impl Network {
    /// Reads what follows the `:` of the scheme.
    pub(super) fn parse(dialect: Dialect, rest: &str) -> Result<Network, UrlError> {
        let rest = rest.strip_prefix("//").ok_or(UrlError::NoAuthority { dialect })?;
        // As libpq does: an '@' before the first '/' ends the user and the password.
        let (credentials, rest) = match rest.find(['@', '/']) {
            Some(at) if rest[at..].starts_with('@') => (Some(&rest[..at]), &rest[at + 1..]),
            _ => (None, rest),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.strip_prefix('/').unwrap_or(path);
        // A stray '@' is the rest of a password that was not encoded: no part of it may go on.
        if path.contains('@') || (query.contains('@') && credentials.is_none()) {
            return Err(UrlError::Authority);
        }

        let (user, password) = match credentials {
            None => (None, None),
            Some(text) => match text.split_once(':') {
                None => (Some(text), None),
                Some((user, password)) => (Some(user), Some(password)),
            },
        };
        let mut secrets = Vec::new();
        if let Some(password) = password {
            remember(&mut secrets, password, decode(password, "password")?);
        }
        let (host, port) = split_hosts(authority)?;
        let mut url = Network {
            dialect,
            is_mariadb: false,
            user: non_empty(decode(user.unwrap_or(""), "user")?),
            host: non_empty(decode(&host, "host")?),
            port,
            database: non_empty(decode(path, "database")?),
            parameters: Vec::new(),
            password: secrets.last().cloned(),
            written: Written {
                user: user.map(str::to_owned),
                password: Secret(password.unwrap_or("").to_owned()),
                authority: authority.to_owned(),
                path: path.to_owned(),
                query: Vec::new(),
            },
            masked: String::new(),
            text: Secret(String::new()),
            secrets,
        };
        url.written.query = url.read_query(query)?;
        url.write();
        Ok(url)
    }

    /// The same, under the scheme `mariadb` or not.
    pub(super) fn of_mariadb(self, is_mariadb: bool) -> Network {
        Network { is_mariadb, ..self }
    }

    /// Whether the scheme was `mariadb`.
    pub(super) const fn is_mariadb(&self) -> bool {
        self.is_mariadb
    }

    /// Puts the texts together.
    fn write(&mut self) {
        let password = &self.written.password;
        let shown = if password.0.is_empty() { "" } else { MASK };
        self.masked = self.written.text(self.dialect, shown, |_| Some(MASK));
        let text = self.written.text(self.dialect, &password.0, |value| Some(value.0.as_str()));
        self.text = Secret(text);
    }

    /// The same server with another database.
    pub(super) fn with_database(&self, name: &str) -> Network {
        let mut url = self.clone();
        url.database = non_empty(name.to_owned());
        url.parameters.retain(|(parameter, _)| parameter != "dbname");
        url.written.query.retain(|(parameter, _)| parameter != "dbname");
        url.written.path = encode(name);
        url.write();
        url
    }

    /// The URL without its password and every other secret, for the arguments of a program, which
    /// everybody on the machine can read.
    pub(super) fn without_secrets(&self) -> String {
        self.written.text(self.dialect, "", |_| None)
    }

    /// Splits the query, and takes over what it says of host, port, user and database.
    fn read_query(&mut self, query: &str) -> Result<Vec<(String, Secret)>, UrlError> {
        let mut pairs = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            // The rest of a password that was not encoded, as above.
            if name.contains('@') {
                return Err(UrlError::Authority);
            }
            let decoded = decode(value, "query")?;
            // asyncpg's name of the parameter, with libpq's values.
            let name = match (self.dialect, name) {
                (Dialect::Postgresql, "ssl") if decoded != "true" => "sslmode",
                (_, name) => name,
            };
            if is_secret(name) {
                remember(&mut self.secrets, value, decoded.clone());
            }
            match name {
                "host" => self.host = non_empty(decoded.clone()),
                "port" => self.port = decoded.parse().ok(),
                "user" => self.user = non_empty(decoded.clone()),
                "dbname" => self.database = non_empty(decoded.clone()),
                "password" => self.password = Some(Secret(decoded.clone())),
                _ => {}
            }
            self.parameters.push((name.to_owned(), Secret(decoded)));
            pairs.push((name.to_owned(), Secret(value.to_owned())));
        }
        Ok(pairs)
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    pub(super) fn authority(&self) -> &str {
        &self.written.authority
    }

    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|secret| secret.0.as_str())
    }

    pub(super) fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The same with another host and port, and without the parameters that `is_left_out` names.
    ///
    /// # Errors
    /// When `authority` is none.
    pub(super) fn with_authority(
        &self,
        authority: &str,
        is_left_out: &dyn Fn(&str) -> bool,
    ) -> Result<Network, UrlError> {
        let mut written = self.written.clone();
        authority.clone_into(&mut written.authority);
        written.query.retain(|(name, _)| !is_left_out(name));
        let text = written.text(self.dialect, &written.password.0, |value| Some(value.0.as_str()));
        Network::parse(self.dialect, text.split_once(':').map_or("", |(_, rest)| rest))
    }

    pub(super) fn masked(&self) -> &str {
        &self.masked
    }

    pub(super) fn expose(&self) -> &str {
        &self.text.0
    }

    /// The value of a parameter, decoded. The last of equal parameters counts, as in libpq.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut newest_first = self.parameters.iter().rev();
        newest_first.find(|(parameter, _)| parameter == name).map(|(_, value)| value.0.as_str())
    }

    /// Every parameter, in the order they are written.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.0.as_str()))
    }

    pub(super) fn has_parameters(&self) -> bool {
        !self.parameters.is_empty()
    }

    pub(super) fn redact(&self, message: &str) -> String {
        let mut message = message.to_owned();
        for secret in &self.secrets {
            message = message.replace(&secret.0, MASK);
        }
        message
    }
}

/// Whether the value of a query parameter is a secret: `password`, `sslpassword`,
/// `oauth_client_secret` and their like.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token"].iter().any(|word| name.contains(word)) && name != "passfile"
}

fn remember(secrets: &mut Vec<Secret>, written: &str, decoded: String) {
    if !decoded.is_empty() {
        secrets.push(Secret(written.to_owned()));
        secrets.push(Secret(decoded));
    }
}

fn non_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Splits `host:port`, or a list of them, whose ports are then not told apart.
fn split_hosts(authority: &str) -> Result<(String, Option<u16>), UrlError> {
    let mut hosts = Vec::new();
    let mut last_port = None;
    for entry in authority.split(',') {
        let (host, port) = match entry.strip_prefix('[') {
            Some(address) => {
                let (address, rest) = address.split_once(']').ok_or(UrlError::Authority)?;
                let port = match rest.strip_prefix(':') {
                    Some(port) => port,
                    None if rest.is_empty() => "",
                    None => return Err(UrlError::Authority),
                };
                (address, port)
            }
            None => entry.split_once(':').unwrap_or((entry, "")),
        };
        let readable = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '%' | ':');
        if !host.chars().all(readable) {
            return Err(UrlError::Authority);
        }
        if !port.is_empty() {
            last_port = Some(port.parse::<u16>().map_err(|_| UrlError::Authority)?);
        }
        hosts.push(host);
    }
    let port = if hosts.len() == 1 { last_port } else { None };
    Ok((hosts.join(","), port))
}

/// Encodes everything that means something in a URL.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Decodes percent-encoding. Done for every part before libpq sees the URL: the error message of
/// libpq quotes the whole part, password or not.
fn decode(text: &str, part: &'static str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let code = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        match code {
            // libpq refuses %00.
            Some(byte) if byte != 0 => bytes.push(byte),
            _ => return Err(UrlError::Encoding { part }),
        }
    }
    String::from_utf8(bytes).map_err(|_| UrlError::Encoding { part })
}
