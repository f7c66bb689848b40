//! Where a database of `limbeck.toml` is: a whole URL, or parts of one, out of the file, of
//! variables, or of files that hold a secret.

use std::path::Path;

use limbeck_alembic::url::Secret;
use limbeck_schema::Dialect;
use toml::Spanned;

use crate::bounded_file;
use crate::db::DatabaseUrl;
use crate::db::ServerParts;

use super::alembic_databases::alembic_url;
use super::config_file::Database;
use super::config_file::Hidden;
use super::config_file::Scalar;
use super::database::ValueProblem;
use super::error::ConfigErrorKind;
use super::error::SecretFileError;
use super::setting::Origin;
use super::setting::Setting;
use super::text::Text;
use super::text::Value;

/// Shown in place of a secret.
const MASK: &str = "***";

/// The parameters of a query that have a key of their own in a database by parts.
const PARAMETERS_WITH_KEYS: [(&str, &str); 6] = [
    ("host", "host"),
    ("hostaddr", "host"),
    ("port", "port"),
    ("user", "user"),
    ("password", "password"),
    ("dbname", "name"),
];

/// Where a database is, as far as that can be said, and how that came to be known.
pub(super) struct Location {
    pub(super) url: Result<DatabaseUrl, ValueProblem>,
    pub(super) settings: Vec<Setting>,
}

/// The key of a part with the place of its value.
type Key = (&'static str, usize);

impl Database {
    /// The keys of parts that are there, in the order of their names here.
    fn parts(&self) -> Vec<Key> {
        let keys = [
            ("dialect", self.dialect.as_ref().map(Spanned::span)),
            ("host", self.host.as_ref().map(Spanned::span)),
            ("port", self.port.as_ref().map(Spanned::span)),
            ("user", self.user.as_ref().map(Spanned::span)),
            ("password", self.password.as_ref().map(Spanned::span)),
            ("password_file", self.password_file.as_ref().map(Spanned::span)),
            ("name", self.name.as_ref().map(Spanned::span)),
            ("parameters", self.parameters.as_ref().map(Spanned::span)),
        ];
        keys.into_iter().filter_map(|(key, span)| Some((key, span?.start))).collect()
    }

    /// Two keys of which there can be one, the later of them with its place.
    fn exclusive_keys(&self) -> Option<(&'static str, Key)> {
        let mut ways: Vec<Key> = Vec::new();
        ways.extend(self.url.as_ref().map(|url| ("url", url.span().start)));
        ways.extend(self.url_file.as_ref().map(|file| ("url_file", file.span().start)));
        ways.extend(self.parts().into_iter().next());
        let mut passwords: Vec<Key> = Vec::new();
        passwords.extend(self.password.as_ref().map(|text| ("password", text.span().start)));
        passwords.extend(self.password_file.as_ref().map(|f| ("password_file", f.span().start)));
        [ways, passwords].into_iter().find_map(|mut ways| {
            ways.sort_by_key(|(_, at)| *at);
            let (first, second) = (ways.first()?, ways.get(1)?);
            Some((first.0, *second))
        })
    }
}

impl Text<'_> {
    /// Where the database `name` is; `None` where the file does not say.
    pub(super) fn location(&self, name: &str, database: &Database) -> Option<Location> {
        if let Some((first, (second, at))) = database.exclusive_keys() {
            let kind = ConfigErrorKind::Exclusive { database: name.to_owned(), first, second };
            return Some(self.nowhere(at, kind));
        }
        if let Some(url) = &database.url {
            return Some(self.whole("url", name, url.span().start, self.hidden("url", url)));
        }
        if let Some(file) = &database.url_file {
            let content = self.secret_file("url_file", name, file);
            return Some(self.whole("url_file", name, file.span().start, content));
        }
        let parts = database.parts();
        let at = parts.first()?.1;
        Some(self.in_parts(name, database, at))
    }

    fn nowhere(&self, at: usize, kind: ConfigErrorKind) -> Location {
        let problem = ValueProblem::from(self.error(Some(at), kind));
        let setting =
            Setting { key: "url".to_owned(), value: Err(problem.clone()), origins: Vec::new() };
        Location { url: Err(problem), settings: vec![setting] }
    }

    /// A database with a URL, which stands at `at` or in the file that is named there.
    fn whole(
        &self,
        key: &str,
        name: &str,
        at: usize,
        value: Result<Value, ValueProblem>,
    ) -> Location {
        let (url, origins) = match value {
            Err(problem) => (Err(problem), vec![self.origin(at)]),
            Ok(Value { text, mut origins }) => {
                let url = self.parse_url(name, &text);
                let url = url.map_err(|kind| self.error(Some(at), kind).into());
                let url = url.and_then(|url| self.moved(name, at, url, &mut origins));
                (url, origins)
            }
        };
        let value = url.as_ref().map(ToString::to_string).map_err(Clone::clone);
        let setting = Setting { key: key.to_owned(), value, origins };
        Location { url, settings: vec![setting] }
    }

    fn parse_url(&self, name: &str, text: &str) -> Result<DatabaseUrl, ConfigErrorKind> {
        // A variable that env.py reads holds a URL as SQLAlchemy takes it: the parameters of its
        // drivers are not those of ours.
        let has_driver = text.split(':').next().is_some_and(|scheme| scheme.contains('+'));
        let url = if self.alembic.is_some() && has_driver {
            alembic_url(text)?
        } else {
            text.parse::<DatabaseUrl>()
                .map_err(|source| ConfigErrorKind::Url { database: name.to_owned(), source })?
        };
        Ok(url.resolve_against(self.base))
    }

    /// `url` at the server that the command line names.
    fn moved(
        &self,
        name: &str,
        at: usize,
        url: DatabaseUrl,
        origins: &mut Vec<Origin>,
    ) -> Result<DatabaseUrl, ValueProblem> {
        match url.at_server(&self.server.server) {
            None => Ok(url),
            Some(Ok(url)) => {
                origins.extend(self.server.origins());
                Ok(url)
            }
            Some(Err(source)) => {
                let kind = ConfigErrorKind::Parts { database: name.to_owned(), source };
                Err(self.error(Some(at), kind).into())
            }
        }
    }

    fn in_parts(&self, name: &str, database: &Database, at: usize) -> Location {
        let mut parts =
            Parts { text: self, database: name, settings: Vec::new(), problems: Vec::new() };
        let url = parts.read(database, at);
        let Parts { mut settings, problems, .. } = parts;
        let url = match (url, ValueProblem::first_of(problems)) {
            (_, Some(problem)) => Err(problem),
            (Err(problem), None) => {
                settings.push(Setting {
                    key: "url".to_owned(),
                    value: Err(problem.clone()),
                    origins: Vec::new(),
                });
                Err(problem)
            }
            (Ok(url), None) => Ok(url.resolve_against(self.base)),
        };
        Location { url, settings }
    }

    /// The content of a file that holds a secret.
    fn secret_file(
        &self,
        key: &'static str,
        database: &str,
        file: &Spanned<String>,
    ) -> Result<Value, ValueProblem> {
        let Value { text, mut origins } = self.value(key, file)?;
        let path = self.base.join(text);
        match read_secret(&path) {
            Ok(text) => {
                origins.push(Origin::File { path, line: None });
                Ok(Value { text, origins })
            }
            Err(source) => {
                let database = database.to_owned();
                let kind = ConfigErrorKind::SecretFile { database, key, file: path, source };
                Err(self.error(Some(file.span().start), kind).into())
            }
        }
    }

    fn hidden(&self, key: &str, value: &Spanned<Hidden>) -> Result<Value, ValueProblem> {
        self.expanded(key, &value.get_ref().0, value.span().start)
    }

    fn scalar(&self, key: &str, value: &Spanned<Scalar>) -> Result<Value, ValueProblem> {
        self.expanded(key, &value.get_ref().text(), value.span().start)
    }
}

/// Reads a file with a secret in it, without the end of its line.
fn read_secret(path: &Path) -> Result<String, SecretFileError> {
    let bytes =
        bounded_file::read(path, bounded_file::SMALL).map_err(SecretFileError::Unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| SecretFileError::Encoding)?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() { Err(SecretFileError::Empty) } else { Ok(text.to_owned()) }
}

/// The parts of one database while they are read: whatever is wrong with one, the others are
/// looked at too.
struct Parts<'a> {
    text: &'a Text<'a>,
    database: &'a str,
    settings: Vec<Setting>,
    problems: Vec<ValueProblem>,
}

impl Parts<'_> {
    /// The URL; what is wrong with single parts is among the problems.
    fn read(&mut self, keys: &Database, at: usize) -> Result<DatabaseUrl, ValueProblem> {
        let text = self.text;
        let dialect = keys.dialect.as_ref().map(|dialect| {
            let value = text.value("dialect", dialect);
            let at = dialect.span().start;
            let parsed = value.and_then(|value| {
                let dialect = self.dialect(at, &value.text)?;
                Ok((dialect, value))
            });
            self.note("dialect", at, parsed, Dialect::to_string)
        });
        let server = &text.server;
        let host = match (&server.server.host, &keys.host) {
            (Some(host), _) => Some(self.flag("host", host, server.host.as_ref())),
            (None, host) => host.as_ref().and_then(|host| {
                let value = text.value("host", host);
                self.plain("host", host.span().start, value)
            }),
        };
        let port = match (server.server.port, &keys.port) {
            (Some(port), _) => {
                self.flag("port", &port.to_string(), server.port.as_ref());
                Some(port)
            }
            (None, port) => port.as_ref().and_then(|port| self.port(port)),
        };
        let user = keys.user.as_ref().and_then(|user| {
            let value = text.value("user", user);
            self.plain("user", user.span().start, value)
        });
        let password = self.password(keys);
        let name = keys.name.as_ref().and_then(|name| {
            let value = text.value("name", name);
            self.plain("name", name.span().start, value)
        });
        let parameters = self.parameters(keys);

        let Some(dialect) = dialect else { return Err(self.lacks("dialect", at)) };
        let Some(dialect) = dialect else {
            // What is wrong with it has been noted.
            return Err(self.lacks("dialect", at));
        };
        let of_server =
            keys.parts().into_iter().find(|(key, _)| !["dialect", "name"].contains(key));
        if let (Dialect::Sqlite, Some((key, at))) = (dialect, of_server) {
            let kind = ConfigErrorKind::SqlitePart { database: self.database.to_owned(), key };
            return Err(text.error(Some(at), kind).into());
        }
        let Some(name) = name else {
            let at = keys.name.as_ref().map_or(at, |name| name.span().start);
            return Err(self.lacks("name", at));
        };
        let url = match dialect {
            Dialect::Sqlite => DatabaseUrl::sqlite_file(&name),
            dialect => DatabaseUrl::from_parts(&ServerParts {
                dialect,
                host,
                port,
                user,
                password,
                name: Some(name),
                parameters,
            }),
        };
        url.map_err(|source| {
            let kind = ConfigErrorKind::Parts { database: self.database.to_owned(), source };
            text.error(Some(at), kind).into()
        })
    }

    fn lacks(&self, key: &'static str, at: usize) -> ValueProblem {
        let kind = ConfigErrorKind::NoPart { database: self.database.to_owned(), key };
        self.text.error(Some(at), kind).into()
    }

    fn dialect(&self, at: usize, text: &str) -> Result<Dialect, ValueProblem> {
        let name = text.split_once('+').map_or(text, |(name, _driver)| name);
        Dialect::from_name(&name.to_ascii_lowercase()).ok_or_else(|| {
            let kind = ConfigErrorKind::Dialect { database: self.database.to_owned() };
            self.text.error(Some(at), kind).into()
        })
    }

    /// Notes a value, or what is wrong with it.
    fn note<T>(
        &mut self,
        key: &str,
        at: usize,
        read: Result<(T, Value), ValueProblem>,
        show: impl Fn(&T) -> String,
    ) -> Option<T> {
        let (value, shown, origins) = match read {
            Ok((value, Value { origins, .. })) => {
                let shown = show(&value);
                (Some(value), Ok(shown), origins)
            }
            Err(problem) => {
                self.problems.push(problem.clone());
                (None, Err(problem), vec![self.text.origin(at)])
            }
        };
        self.settings.push(Setting { key: key.to_owned(), value: shown, origins });
        value
    }

    /// A text that is no secret; an empty one is as good as none.
    fn plain(
        &mut self,
        key: &str,
        at: usize,
        value: Result<Value, ValueProblem>,
    ) -> Option<String> {
        let read = value.map(|value| (value.text.clone(), value));
        self.note(key, at, read, Clone::clone).filter(|text| !text.is_empty())
    }

    fn flag(&mut self, key: &str, value: &str, origin: Option<&Origin>) -> String {
        let origins = origin.into_iter().cloned().collect();
        let value = value.to_owned();
        self.settings.push(Setting { key: key.to_owned(), value: Ok(value.clone()), origins });
        value
    }

    fn port(&mut self, port: &Spanned<Scalar>) -> Option<u16> {
        let at = port.span().start;
        let read = self.text.scalar("port", port).and_then(|value| {
            let text = value.text.trim();
            let number = if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
            match number.filter(|number| *number != Some(0)) {
                Some(number) => Ok((number, value)),
                None => {
                    let kind = ConfigErrorKind::Port { database: self.database.to_owned() };
                    Err(self.text.error(Some(at), kind).into())
                }
            }
        });
        let show = |number: &Option<u16>| number.map(|n| n.to_string()).unwrap_or_default();
        self.note("port", at, read, show).flatten()
    }

    fn password(&mut self, keys: &Database) -> Option<Secret> {
        let (key, at, value) = match (&keys.password, &keys.password_file) {
            (Some(password), _) => {
                ("password", password.span().start, self.text.hidden("password", password))
            }
            (None, Some(file)) => {
                let content = self.text.secret_file("password_file", self.database, file);
                ("password_file", file.span().start, content)
            }
            (None, None) => return None,
        };
        let read = value.map(|value| (Secret::new(value.text.as_str()), value));
        let show = |secret: &Secret| if secret.expose().is_empty() { "" } else { MASK }.to_owned();
        self.note(key, at, read, show).filter(|secret| !secret.expose().is_empty())
    }

    fn parameters(&mut self, keys: &Database) -> Vec<(String, Secret)> {
        let Some(parameters) = &keys.parameters else { return Vec::new() };
        let mut parameters: Vec<_> = parameters.get_ref().iter().collect();
        parameters.sort_by_key(|(name, _)| name.span().start);
        let mut read = Vec::new();
        for (name, value) in parameters {
            let at = value.span().start;
            let key = format!("parameters.{}", name.get_ref());
            let own = PARAMETERS_WITH_KEYS.iter().find(|(known, _)| known == name.get_ref());
            let value = match own {
                Some((parameter, key)) => {
                    let database = self.database.to_owned();
                    let parameter = (*parameter).to_owned();
                    let kind = ConfigErrorKind::ParameterKey { database, parameter, key };
                    Err(self.text.error(Some(name.span().start), kind).into())
                }
                None => self.text.scalar(&key, value),
            };
            let is_secret = crate::db::is_secret_parameter(name.get_ref());
            let value = value.map(|value| (Secret::new(value.text.as_str()), value));
            let show = |secret: &Secret| {
                if is_secret { MASK.to_owned() } else { secret.expose().to_owned() }
            };
            let value = self.note(&key, at, value, show);
            read.extend(value.map(|value| (name.get_ref().clone(), value)));
        }
        read
    }
}
