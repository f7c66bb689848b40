//! `[hooks]`, for every database, and `[databases.NAME.hooks]`: what is done before and after runs
//! and steps.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::database::ValueProblem;
use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::setting::Setting;
use super::text::Text;
use super::watching::seconds;

/// The hooks as they are written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of hooks")]
pub(super) struct WrittenHooks {
    before_run: Option<Spanned<WrittenHook>>,
    after_run: Option<Spanned<WrittenHook>>,
    before_step: Option<Spanned<WrittenHook>>,
    after_step: Option<Spanned<WrittenHook>>,
    on_failure: Option<Spanned<WrittenHook>>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { command = [\"notify\"] }")]
struct WrittenHook {
    command: Option<Vec<Spanned<String>>>,
    sql: Option<Spanned<String>>,
    file: Option<Spanned<String>>,
    timeout: Option<Spanned<i64>>,
}

/// When a hook is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookEvent {
    /// There is something to do, the lock is held, and nothing has been done.
    BeforeRun,
    /// The run is done, and has done something.
    AfterRun,
    /// A transaction is about to begin, with one step or with several.
    BeforeStep,
    /// It has been committed.
    AfterStep,
    /// The run has failed.
    OnFailure,
}

impl HookEvent {
    /// The key in the configuration.
    pub const fn key(self) -> &'static str {
        match self {
            HookEvent::BeforeRun => "before_run",
            HookEvent::AfterRun => "after_run",
            HookEvent::BeforeStep => "before_step",
            HookEvent::AfterStep => "after_step",
            HookEvent::OnFailure => "on_failure",
        }
    }
}

/// What a hook does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookAction {
    /// A program with its arguments, without a shell.
    Command(Vec<String>),
    /// Statements on the database.
    Sql(String),
    /// The same from a file.
    File(PathBuf),
}

/// A hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// What it does.
    pub action: HookAction,
    /// How long that may take.
    pub timeout: Duration,
}

/// The hooks of a database, each as it is, or what it lacks.
#[derive(Debug, Clone, Default)]
pub struct Hooks(BTreeMap<HookEvent, Result<Hook, ValueProblem>>);

/// How long a hook may take where nobody says.
const TIMEOUT: Duration = Duration::from_secs(60);

impl Hooks {
    /// Those that are complete.
    ///
    /// # Errors
    /// All that they lack.
    pub fn ready(&self) -> Result<BTreeMap<HookEvent, Hook>, Arc<ConfigError>> {
        let lacking = self.0.values().filter_map(|hook| hook.as_ref().err().cloned()).collect();
        match ValueProblem::first_of(lacking) {
            Some(problem) => Err(problem.into_error()),
            None => Ok(self
                .0
                .iter()
                .filter_map(|(event, hook)| Some((*event, hook.as_ref().ok()?.clone())))
                .collect()),
        }
    }

    /// These, and of `others` those for other events.
    pub(super) fn over(mut self, others: &Hooks) -> Hooks {
        for (event, hook) in &others.0 {
            self.0.entry(*event).or_insert_with(|| hook.clone());
        }
        self
    }
}

impl Text<'_> {
    /// The hooks of a table; what is wrong in it is added to `problems`.
    pub(super) fn hooks(
        &self,
        written: &WrittenHooks,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Hooks {
        let all = [
            (HookEvent::BeforeRun, &written.before_run),
            (HookEvent::AfterRun, &written.after_run),
            (HookEvent::BeforeStep, &written.before_step),
            (HookEvent::AfterStep, &written.after_step),
            (HookEvent::OnFailure, &written.on_failure),
        ];
        let mut hooks = Hooks::default();
        for (event, hook) in all {
            let Some(hook) = hook else { continue };
            if let Some(read) = self.hook(event, hook, settings, problems) {
                hooks.0.insert(event, read);
            }
        }
        hooks
    }

    fn hook(
        &self,
        event: HookEvent,
        written: &Spanned<WrittenHook>,
        settings: &mut Vec<Setting>,
        problems: &mut Vec<Arc<ConfigError>>,
    ) -> Option<Result<Hook, ValueProblem>> {
        let at = Some(written.span().start);
        let hook = written.get_ref();
        let key = event.key();
        let mut wrong = |at, kind| {
            problems.push(Arc::new(self.error(at, kind)));
            None
        };
        let timeout = match &hook.timeout {
            None => TIMEOUT,
            Some(value) => match seconds(*value.get_ref()) {
                Some(timeout) => timeout,
                None => {
                    let at = Some(value.span().start);
                    return wrong(at, ConfigErrorKind::Seconds { key: "timeout" });
                }
            },
        };
        let (action, shown) = match (&hook.command, &hook.sql, &hook.file) {
            (Some(words), None, None) if !words.is_empty() => {
                let words: Result<Vec<String>, ValueProblem> =
                    words.iter().map(|word| Ok(self.value("command", word)?.text)).collect();
                // An argument may be a secret.
                let shown = words.as_ref().ok().and_then(|words| words.first().cloned());
                (words.map(HookAction::Command), shown)
            }
            (None, Some(sql), None) => {
                (Ok(HookAction::Sql(sql.get_ref().clone())), Some("SQL".to_owned()))
            }
            (None, None, Some(file)) => {
                let path = self.value("file", file).map(|value| value.text);
                let shown = path.as_ref().ok().cloned();
                (path.map(|path| HookAction::File(self.base.join(path))), shown)
            }
            _ => return wrong(at, ConfigErrorKind::HookAction { key }),
        };
        settings.push(Setting {
            key: format!("hooks.{key}"),
            value: match &action {
                Ok(_) => Ok(shown.unwrap_or_default()),
                Err(problem) => Err(problem.clone()),
            },
            origins: at.map(|at| self.origin(at)).into_iter().collect(),
        });
        Some(action.map(|action| Hook { action, timeout }))
    }
}
