//! What is done when a run has failed: the command and the webhook of `[on_failure]`.
//!
//! Both are told everything that is known, and neither can do any harm: their time is bounded, and
//! their own failure is a warning that changes no exit status.

mod webhook;

use std::io::Write as _;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

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

/// The longest value of a variable: the whole text is in the document.
const LONGEST_VARIABLE: usize = 8 * 1024;

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
        && let Err(reason) = run_command(program, arguments, facts, PATIENCE)
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
struct Facts {
    variables: Vec<(&'static str, String)>,
    document: Value,
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
            ("LIMBECK_HOST", host),
        ];
        Facts { variables, document }
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

/// Runs `program` without a shell, with the facts in variables and as a document on its standard
/// input. What it prints goes to standard error: standard output is for data.
fn run_command(
    program: &str,
    arguments: &[String],
    facts: &Facts,
    patience: Duration,
) -> Result<(), String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::from(std::io::stderr()));
    for (name, value) in &facts.variables {
        command.env(name, fit(value));
    }
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        let document = facts.document.to_string();
        // In a thread of its own: a program that does not read would keep us from waiting for it.
        // One that does not want to know closes its end.
        drop(thread::spawn(move || drop(input.write_all(document.as_bytes()))));
    }
    wait(&mut child, patience)
}

fn wait(child: &mut Child, patience: Duration) -> Result<(), String> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Err(error) => return Err(error.to_string()),
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(status.to_string()),
            Ok(None) if began.elapsed() >= patience => {
                // It may have ended just now; then there is nothing to kill.
                drop(child.kill());
                drop(child.wait());
                return Err(format!("stopped after {} s", patience.as_secs()));
            }
            Ok(None) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// A value that a variable can have: no NUL, and not longer than a system takes.
fn fit(value: &str) -> String {
    let mut text = value.replace('\0', "\u{fffd}");
    if text.len() > LONGEST_VARIABLE {
        let end = (0..=LONGEST_VARIABLE).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(error: &str) -> Facts {
        Facts {
            variables: vec![("LIMBECK_ERROR", error.to_owned())],
            document: serde_json::json!({ "error": error }),
        }
    }

    fn sh(script: &str, error: &str, patience: Duration) -> Result<(), String> {
        run_command("/bin/sh", &["-c".to_owned(), script.to_owned()], &facts(error), patience)
    }

    #[test]
    fn the_command_is_told_in_variables_and_on_its_input() {
        let long = Duration::from_secs(20);
        assert_eq!(sh(r#"test "$LIMBECK_ERROR" = 'a "b" $c'"#, r#"a "b" $c"#, long), Ok(()));
        assert_eq!(sh("grep -q '\"error\":\"x\"'", "x", long), Ok(()));
        assert_eq!(sh("exit 3", "x", long), Err("exit status: 3".to_owned()));
        // Neither a program that does not read nor a text that is too long is in the way.
        let huge = "ü\0".repeat(500_000);
        assert_eq!(sh("test ${#LIMBECK_ERROR} -lt 9000", &huge, long), Ok(()));
        assert!(run_command("/no/such/program", &[], &facts("x"), long).is_err());
    }

    #[test]
    fn a_command_that_hangs_is_stopped() {
        let began = Instant::now();
        let result = sh("exec sleep 60", "x", Duration::from_millis(100));
        assert_eq!(result, Err("stopped after 0 s".to_owned()));
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}
