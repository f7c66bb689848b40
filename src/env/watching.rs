//! What a configuration says of watching over databases: `health` of a database, and
//! `[on_failure]`.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::db::TableName;

use super::config_file::Hidden;
use super::database::ValueProblem;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::setting::Setting;
use super::text::Text;
use super::webhook::Webhook;

/// The keys of `health`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { min_tables = 3 }")]
pub(super) struct Health {
    pub(super) min_tables: Option<Spanned<u32>>,
    pub(super) tables: Option<Vec<Spanned<String>>>,
    pub(super) timeout: Option<Spanned<i64>>,
    pub(super) long_locks: Option<Spanned<i64>>,
}

/// The keys of `[on_failure]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `command` or `webhook`")]
pub(super) struct OnFailure {
    pub(super) command: Option<Vec<Spanned<String>>>,
    pub(super) webhook: Option<Spanned<Hidden>>,
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

impl HealthSettings {
    /// Whether a database without any table is all that is expected.
    pub fn expects_no_table(&self) -> bool {
        self.min_tables.unwrap_or(0) == 0 && self.tables.is_empty()
    }
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

/// What is to be done when a run has failed, as far as it is known.
#[derive(Debug, Clone)]
pub struct OnFailureSettings {
    /// What is done, or what that lacks.
    pub hooks: Result<FailureHooks, ValueProblem>,
    /// The same as it may be shown.
    pub settings: Vec<Setting>,
}

/// What is done when a run has failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailureHooks {
    /// A program with its arguments.
    pub command: Vec<String>,
    /// Where the failure is reported to.
    pub webhook: Option<Webhook>,
}

impl Text<'_> {
    /// The `health` of a database; what is wrong in it is added to `problems`.
    pub(super) fn health(
        &self,
        health: Option<&Health>,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> HealthSettings {
        let default = HealthSettings::default();
        let Some(health) = health else { return default };
        let mut time = |key, value: &Option<Spanned<i64>>, default: Duration| {
            let Some(value) = value else { return default };
            let at = Some(value.span().start);
            settings.push(self.written(&format!("health.{key}"), value.get_ref(), at));
            seconds(*value.get_ref()).unwrap_or_else(|| {
                problems.push(Arc::new(self.error(at, ConfigErrorKind::Seconds { key })));
                default
            })
        };
        let timeout = time("timeout", &health.timeout, default.timeout);
        let long_locks = time("long_locks", &health.long_locks, default.long_locks);
        let mut tables = Vec::new();
        for name in health.tables.iter().flatten() {
            let at = Some(name.span().start);
            match table_name(name.get_ref()) {
                Some(table) => tables.push(table),
                None => {
                    let kind = ConfigErrorKind::TableName { name: name.get_ref().clone() };
                    problems.push(Arc::new(self.error(at, kind)));
                }
            }
        }
        if let Some(count) = &health.min_tables {
            let at = Some(count.span().start);
            settings.push(self.written("health.min_tables", count.get_ref(), at));
        }
        if let Some(first) = health.tables.iter().flatten().next() {
            let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
            let at = Some(first.span().start);
            settings.push(self.written("health.tables", names.join(", "), at));
        }
        let min_tables = health.min_tables.as_ref().map(|count| *count.get_ref());
        HealthSettings { min_tables, tables, timeout, long_locks }
    }

    /// `[on_failure]`. An empty webhook is none, so that a variable can turn it off.
    pub(super) fn on_failure(
        &self,
        file: Option<&OnFailure>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> OnFailureSettings {
        let mut settings = Vec::new();
        let mut hooks = FailureHooks::default();
        let mut lacking = Vec::new();
        let words = file.and_then(|file| file.command.as_ref());
        if let Some(words) = words {
            let at = words.first().map(|word| word.span().start);
            for word in words {
                match self.value("command", word) {
                    Ok(value) => hooks.command.push(value.text),
                    Err(problem) => lacking.push(problem),
                }
            }
            if lacking.is_empty() && hooks.command.first().is_none_or(String::is_empty) {
                problems.push(Arc::new(self.error(at, ConfigErrorKind::NoFailureCommand)));
            }
            let origins = at.map(|at| self.origin(at)).into_iter().collect();
            let value = match ValueProblem::first_of(lacking.clone()) {
                // An argument may be a secret.
                None => Ok(hooks.command.first().cloned().unwrap_or_default()),
                Some(problem) => Err(problem),
            };
            settings.push(Setting { key: "command".to_owned(), value, origins });
        }
        if let Some(webhook) = file.and_then(|file| file.webhook.as_ref()) {
            let at = webhook.span().start;
            let (value, origins) = match self.expanded("webhook", &webhook.get_ref().0, at) {
                Ok(value) => {
                    if !value.text.is_empty() {
                        match Webhook::parse(&value.text) {
                            Ok(webhook) => hooks.webhook = Some(webhook),
                            Err(error) => {
                                let error = self.error(Some(at), ConfigErrorKind::Webhook(error));
                                problems.push(Arc::new(error));
                            }
                        }
                    }
                    let shown = hooks.webhook.as_ref().map(ToString::to_string);
                    (Ok(shown.unwrap_or_default()), value.origins)
                }
                Err(problem) => {
                    lacking.push(problem.clone());
                    (Err(problem), vec![self.origin(at)])
                }
            };
            settings.push(Setting { key: "webhook".to_owned(), value, origins });
        }
        let hooks = match ValueProblem::first_of(lacking) {
            None => Ok(hooks),
            Some(problem) => Err(problem),
        };
        OnFailureSettings { hooks, settings }
    }
}

/// A number of seconds between one and a day.
pub(super) fn seconds(number: i64) -> Option<Duration> {
    u64::try_from(number).ok().filter(|n| (1..=86_400).contains(n)).map(Duration::from_secs)
}

/// `schema.table` or `table`; `None` where a part is empty.
fn table_name(text: &str) -> Option<TableName> {
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
    fn tables_may_have_a_schema() {
        let name = |text: &str| table_name(text).map(|table| (table.schema, table.name));
        assert_eq!(name("public.users"), Some((Some("public".into()), "users".into())));
        assert_eq!(name("users"), Some((None, "users".into())));
        assert_eq!((name(""), name("a."), name(".a")), (None, None, None));
        assert_eq!(seconds(5), Some(Duration::from_secs(5)));
        assert_eq!((seconds(0), seconds(-1), seconds(86_401)), (None, None, None));
    }
}
