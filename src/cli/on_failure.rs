//! What is done when a run has failed: the command and the webhook of `[on_failure]`.
//!
//! Both are told everything that is known, and neither can do any harm: their time is bounded, and
//! their own failure is a warning that changes no exit status.

pub(super) mod command;
mod webhook;

use std::time::Duration;

use chrono::Utc;
use serde_json::Value;

use crate::env::FailureHooks;
use crate::env::ValueProblem;
use crate::exec::RunErrorKind;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::exit_code::ExitCode;
use super::failure;
use super::sites;
use super::times;

/// How long the command may take, and the webhook.
const PATIENCE: Duration = Duration::from_secs(30);

/// Does `work`, a command named `command`, and reports its failure to the hooks of the project.
pub(super) fn watched(
    context: &Context,
    command: &'static str,
    output: &mut Output<'_>,
    work: impl FnOnce(&mut Output<'_>) -> Result<ExitCode, CliError>,
) -> Result<ExitCode, CliError> {
    // What the hooks lack is said before anything is changed.
    let hooks = context.project.on_failure.hooks.clone();
    let hooks = hooks.map_err(ValueProblem::into_error)?;
    let result = work(output);
    if let Err(error) = &result
        && failure::code(error) != ExitCode::Usage
        && !matches!(error, CliError::Output(_))
    {
        report(&hooks, &Facts::new(context, command, error), output);
    }
    result
}

fn report(hooks: &FailureHooks, facts: &Facts, output: &mut Output<'_>) {
    if let [program, arguments @ ..] = hooks.command.as_slice()
        && let Err(reason) = command::run(program, arguments, facts, PATIENCE)
    {
        output.insist(format_args!("warning: on_failure: {program}: {reason}"));
    }
    if let Some(hook) = &hooks.webhook
        && let Err(reason) = webhook::post(hook, &facts.document, PATIENCE)
    {
        output.insist(format_args!("warning: on_failure: {hook}: {reason}"));
    }
}

/// What the hooks are told.
pub(super) struct Facts {
    pub(super) variables: Vec<(String, String)>,
    pub(super) document: Value,
}

impl Facts {
    fn new(context: &Context, command: &'static str, error: &CliError) -> Self {
        let errors: Vec<&CliError> = match error {
            CliError::Several { errors, .. } => errors.iter().collect(),
            error => vec![error],
        };
        let code = failure::code(error) as u8;
        let mut databases: Vec<&str> = errors.iter().filter_map(|e| e.database()).collect();
        databases.dedup();
        let revision = errors.iter().find_map(|error| revision(error)).unwrap_or_default();
        let messages: Vec<String> = errors.iter().map(|e| failure::message(e)).collect();
        let described: Vec<Value> = errors
            .iter()
            .map(|error| {
                let mut json = failure::as_json(error);
                if let Some(json) = json.as_object_mut() {
                    json.insert("revision".to_owned(), self::revision(error).into());
                }
                json
            })
            .collect();
        let (actor, host) = (sites::actor(), sites::host());
        let document = serde_json::json!({
            "event": "run_failed",
            "command": command,
            "exit_code": code,
            "databases": databases,
            "errors": described,
            "actor": actor,
            "host": host,
            "at": times::in_json(Utc::now()),
            "configuration": context.project.config_path.display().to_string(),
            "limbeck_version": env!("CARGO_PKG_VERSION"),
        });
        let variables = vec![
            ("LIMBECK_COMMAND", command.to_owned()),
            ("LIMBECK_DATABASE", databases.join(",")),
            ("LIMBECK_REVISION", revision),
            ("LIMBECK_ERROR", messages.join("\n")),
            ("LIMBECK_EXIT_CODE", code.to_string()),
            ("LIMBECK_ACTOR", actor),
            ("LIMBECK_MACHINE", host),
        ];
        let named = |(name, value): (&str, String)| (name.to_owned(), value);
        Facts { variables: variables.into_iter().map(named).collect(), document }
    }
}

/// The revision at which a run stopped.
fn revision(error: &CliError) -> Option<String> {
    let CliError::Run { error, .. } = error else { return None };
    Some(match error.kind.as_ref() {
        RunErrorKind::Script(unfit) => unfit.revision.to_string(),
        RunErrorKind::Unmet { unmet, .. } => unmet.revision.to_string(),
        RunErrorKind::Statement(failure) => failure.revision.to_string(),
        RunErrorKind::LostState(lost) => lost.revision.to_string(),
        RunErrorKind::IdTooLong { revision, .. }
        | RunErrorKind::IdsOfOneKey { revisions: [_, revision] }
        | RunErrorKind::Commit { revision, .. }
        | RunErrorKind::InDoubt { revision, .. }
        | RunErrorKind::HalfReverted { revision }
        | RunErrorKind::EditedWhileUnfinished { revision, .. } => revision.to_string(),
        _ => return None,
    })
}
