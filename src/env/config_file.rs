//! `limbeck.toml` as it is written: names and types checked, nothing looked up.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use limbeck_alembic::secrets::may_hold_secret;
use limbeck_alembic::secrets::without_texts;
use serde::Deserialize;
use serde::Deserializer;
use serde::de;
use serde::de::Visitor;
use toml::Spanned;

use crate::exec::PythonMode;
use crate::exec::TransactionMode;
use crate::graph::nearest;
use crate::script::sql::SourcePosition;

use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::fleet::Fleet;
use super::hooks::WrittenHooks;
use super::tenants::Tenants;
use super::watching::Health;
use super::watching::OnFailure;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    #[serde(default)]
    pub(super) scripts: Scripts,
    #[serde(default)]
    pub(super) databases: BTreeMap<Spanned<String>, Database>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) hooks: Option<WrittenHooks>,
    pub(super) fleet: Option<Fleet>,
}

/// `[scripts]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Scripts {
    pub(super) version_locations: Option<Vec<Spanned<String>>>,
    pub(super) repeatable: Option<Spanned<String>>,
    pub(super) recursive_version_locations: Option<Spanned<bool>>,
    pub(super) transaction_mode: Option<Spanned<TransactionMode>>,
    pub(super) python: Option<Spanned<PythonMode>>,
    pub(super) python_program: Option<Spanned<String>>,
    pub(super) sqlalchemy: Option<Spanned<Sqlalchemy>>,
    pub(super) file_template: Option<Spanned<String>>,
    pub(super) truncate_slug_length: Option<Spanned<usize>>,
    pub(super) diesel_label: Option<Spanned<String>>,
    pub(super) unrouted_branches: Option<Vec<Spanned<String>>>,
    pub(super) stands_in_for_env_py: Option<Spanned<bool>>,
    pub(super) seeds: Option<Spanned<String>>,
}

/// The SQLAlchemy that revisions are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Sqlalchemy {
    /// 1.4.
    #[serde(rename = "1.4")]
    V14,
    /// 2.0.
    #[serde(rename = "2.0")]
    V20,
    /// 2.1 and later.
    #[serde(rename = "2.1")]
    V21,
}

/// `[databases.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with a `url`")]
pub(super) struct Database {
    // Where it is. Without any of these, where the Alembic project says that the file extends.
    pub(super) url: Option<Spanned<Hidden>>,
    pub(super) url_file: Option<Spanned<String>>,
    pub(super) dialect: Option<Spanned<String>>,
    pub(super) host: Option<Spanned<String>>,
    pub(super) port: Option<Spanned<Scalar>>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) password: Option<Spanned<Hidden>>,
    pub(super) password_file: Option<Spanned<String>>,
    pub(super) name: Option<Spanned<String>>,
    pub(super) parameters: Option<Spanned<BTreeMap<Spanned<String>, Spanned<Scalar>>>>,

    pub(super) branches: Option<Vec<Spanned<String>>>,
    pub(super) version_table: Option<Spanned<String>>,
    pub(super) version_table_schema: Option<Spanned<String>>,
    pub(super) version_num_length: Option<Spanned<i64>>,
    pub(super) journal_table: Option<Spanned<String>>,
    pub(super) lock: Option<Spanned<Lock>>,
    pub(super) lock_timeout: Option<Spanned<Scalar>>,
    pub(super) lock_retry: Option<Spanned<Scalar>>,
    pub(super) statement_timeout: Option<Spanned<Scalar>>,
    pub(super) protected: Option<Spanned<bool>>,
    pub(super) naming_convention: Option<NamingConvention>,
    pub(super) health: Option<Health>,
    pub(super) hooks: Option<WrittenHooks>,
    pub(super) tenants: Option<Spanned<Tenants>>,
}

/// How constraints without a name are called, as `MetaData` of SQLAlchemy takes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamingConvention {
    pub(super) ix: Option<Spanned<String>>,
    pub(super) uq: Option<Spanned<String>>,
    pub(super) ck: Option<Spanned<String>>,
    pub(super) fk: Option<Spanned<String>>,
    pub(super) pk: Option<Spanned<String>>,
}

/// A text that may be a secret: not shown, not even where another type stands in its place.
#[derive(Clone)]
pub(super) struct Hidden(pub(super) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(HiddenVisitor)
    }
}

struct HiddenVisitor;

impl HiddenVisitor {
    /// The words of serde would quote the value.
    fn wrong_type<E: de::Error, T>(what: &str) -> Result<T, E> {
        Err(E::custom(format_args!("invalid type: {what}, expected a string")))
    }
}

impl Visitor<'_> for HiddenVisitor {
    type Value = Hidden;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Hidden, E> {
        Ok(Hidden(text.to_owned()))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Hidden, E> {
        Self::wrong_type("integer")
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Hidden, E> {
        Self::wrong_type("floating point number")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Hidden, E> {
        Self::wrong_type("boolean")
    }
}

/// A text, or a number or a flag that means its own text. It may be a secret.
#[derive(Clone, Deserialize)]
#[serde(untagged, expecting = "invalid type: expected a string or a number")]
pub(super) enum Scalar {
    Text(String),
    Number(i64),
    Flag(bool),
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Scalar {
    /// As it would be written in a URL.
    pub(super) fn text(&self) -> String {
        match self {
            Scalar::Text(text) => text.clone(),
            Scalar::Number(number) => number.to_string(),
            Scalar::Flag(flag) => flag.to_string(),
        }
    }
}

/// How a run keeps others out of the database.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Lock {
    /// A lock that ends with the connection.
    Session,
    /// A row that expires: for connections through a transaction pooler.
    Lease,
    /// None: something else keeps others out.
    None,
}

/// Reads `text`, the content of `path`.
pub(super) fn parse(path: &Path, text: &str) -> Result<ConfigFile, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let message = without_secrets(error.message());
        let kind = unknown_key(&message).unwrap_or(ConfigErrorKind::Syntax { message });
        error_at(path, text, error.span().map(|span| span.start), kind)
    })
}

/// serde quotes a value of the wrong type, which may be a URL with a password.
fn without_secrets(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(start), Some(end)) if end > start => {
            format!("{}\"...\"{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

/// An error at a byte offset of `text`.
pub(super) fn error_at(
    path: &Path,
    text: &str,
    offset: Option<usize>,
    kind: ConfigErrorKind,
) -> ConfigError {
    let (position, line) = place(text, offset);
    // The line of a URL may hold a password, and so may any line where the quoting has gone wrong
    // and that of a key which nobody knows.
    let line = match &kind {
        ConfigErrorKind::Url { .. }
        | ConfigErrorKind::UnclosedVariable { .. }
        | ConfigErrorKind::VariableExcess { .. }
        | ConfigErrorKind::Webhook(_) => None,
        ConfigErrorKind::UnknownKey { .. } => line.and_then(|line| without_texts(&line)),
        _ => line,
    };
    ConfigError { path: path.to_owned(), position, line, kind }
}

/// The place at a byte offset of `text`, with its line unless that may hold a password.
pub(super) fn place(text: &str, offset: Option<usize>) -> (Option<SourcePosition>, Option<String>) {
    let before = offset.and_then(|offset| text.get(..offset));
    let position = before.map(|before| SourcePosition {
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|c| *c != '\n').count() + 1,
    });
    let line = position
        .and_then(|position| text.lines().nth(position.line - 1))
        .filter(|line| !may_hold_secret(line))
        .map(|line| line.trim_end().to_owned());
    (position, line)
}

/// serde names the unknown field and every known one in backquotes; anything else is no error of
/// that kind.
fn unknown_key(message: &str) -> Option<ConfigErrorKind> {
    let rest = message.strip_prefix("unknown field `")?;
    let mut words = rest.split('`').step_by(2);
    let key = words.next()?.to_owned();
    let nearest = nearest(&key, words).map(str::to_owned);
    Some(ConfigErrorKind::UnknownKey { key, nearest })
}
