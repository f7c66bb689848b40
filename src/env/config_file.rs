//! `limbeck.toml` as it is written: names and types checked, nothing looked up.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::exec::TransactionMode;
use crate::graph::nearest;
use crate::script::sql::SourcePosition;

use super::error::ConfigError;
use super::error::ConfigErrorKind;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    #[serde(default)]
    pub(super) scripts: Scripts,
    #[serde(default)]
    pub(super) databases: BTreeMap<Spanned<String>, Database>,
}

/// `[scripts]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Scripts {
    pub(super) version_locations: Option<Vec<Spanned<String>>>,
    pub(super) recursive_version_locations: Option<bool>,
    pub(super) transaction_mode: Option<TransactionMode>,
    pub(super) file_template: Option<String>,
    pub(super) truncate_slug_length: Option<usize>,
    pub(super) diesel_label: Option<Spanned<String>>,
    pub(super) stands_in_for_env_py: Option<bool>,
}

/// `[databases.NAME]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with a `url`")]
pub(super) struct Database {
    /// Without it the URL is that of the Alembic project which the file extends.
    pub(super) url: Option<Spanned<String>>,
    pub(super) branches: Option<Vec<Spanned<String>>>,
    pub(super) version_table: Option<String>,
    pub(super) version_table_schema: Option<String>,
    pub(super) version_num_length: Option<Spanned<i64>>,
    pub(super) journal_table: Option<String>,
    pub(super) lock: Option<Lock>,
    pub(super) protected: Option<bool>,
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
    // The line of a URL may hold a password, and so may any line where the quoting has gone wrong.
    let line = line.filter(|_| {
        !matches!(kind, ConfigErrorKind::Url { .. } | ConfigErrorKind::UnclosedVariable { .. })
    });
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
        .filter(|line| !line.contains("://") && !line.contains("password"))
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
