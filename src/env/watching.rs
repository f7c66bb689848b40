//! What a configuration says of watching over databases: `health` of a database, and
//! `[on_failure]`.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::db::TableName;

/// The keys of `health`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { min_tables = 3 }")]
pub(super) struct Health {
    pub(super) min_tables: Option<u32>,
    pub(super) tables: Option<Vec<Spanned<String>>>,
    pub(super) timeout: Option<Spanned<i64>>,
    pub(super) long_locks: Option<Spanned<i64>>,
}

/// The keys of `[on_failure]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `command` or `webhook`")]
pub(super) struct OnFailure {
    pub(super) command: Option<Vec<Spanned<String>>>,
    pub(super) webhook: Option<Spanned<String>>,
}

/// What a healthy database looks like, and how long it may take to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthSettings {
    /// How many tables it has at least.
    pub min_tables: Option<u32>,
    /// Tables that must be there.
    pub tables: Vec<TableName>,
    /// How long looking at it may take, all in all.
    pub timeout: Duration,
    /// From what age on a transaction or a wait for a lock is long.
    pub long_locks: Duration,
}

impl Default for HealthSettings {
    fn default() -> Self {
        HealthSettings {
            min_tables: None,
            tables: Vec::new(),
            timeout: Duration::from_secs(5),
            long_locks: Duration::from_secs(60),
        }
    }
}

/// What is done when a run has failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailureHooks {
    /// A program with its arguments.
    pub command: Vec<String>,
    /// Where the failure is reported to.
    pub webhook: Option<Webhook>,
}

/// The address of a webhook. It often is the only secret there is, so neither `Display` nor
/// `Debug` shows more than the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook(String);

impl Webhook {
    /// The address `url`; `None` where it is none of HTTP.
    pub fn new(url: String) -> Option<Self> {
        let is_http = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
        (is_http && !url.contains(char::is_whitespace)).then_some(Webhook(url))
    }

    /// The whole address: for calling it, nothing else.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("http", ""));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let server = authority.rsplit('@').next().unwrap_or_default();
        write!(f, "{scheme}://{server}/***")
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({self})")
    }
}

/// A number of seconds between one and a day.
pub(super) fn seconds(number: i64) -> Option<Duration> {
    u64::try_from(number).ok().filter(|n| (1..=86_400).contains(n)).map(Duration::from_secs)
}

/// `schema.table` or `table`; `None` where a part is empty.
pub(super) fn table_name(text: &str) -> Option<TableName> {
    let (schema, name) = match text.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, text),
    };
    let is_complete = !name.is_empty() && schema.as_deref() != Some("");
    is_complete.then(|| TableName { schema, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_webhook_is_never_shown() {
        for url in ["https://me:hush@hooks.example/T0/B1?token=hush", "http://hooks.example#hush"] {
            let hook = Webhook::new(url.to_owned()).unwrap();
            let shown = format!("{hook} {hook:?}");
            assert!(!shown.contains("hush") && shown.contains("://hooks.example/***"), "{shown}");
        }
        assert_eq!(Webhook::new("ftp://x".to_owned()), None);
        assert_eq!(Webhook::new(String::new()), None);
    }

    #[test]
    fn tables_may_have_a_schema() {
        let name = |text: &str| table_name(text).map(|table| (table.schema, table.name));
        assert_eq!(name("public.users"), Some((Some("public".into()), "users".into())));
        assert_eq!(name("users"), Some((None, "users".into())));
        assert_eq!((name(""), name("a."), name(".a")), (None, None, None));
        assert_eq!(seconds(5), Some(Duration::from_secs(5)));
        assert_eq!((seconds(0), seconds(-1), seconds(86_401)), (None, None, None));
    }
}
