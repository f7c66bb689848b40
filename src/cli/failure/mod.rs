//! The policy of errors: what each means to a user, where to look, what to do, and the exit
//! status. The one place where facts become words.

mod alike;
mod config;
mod connecting;
mod db;
mod describe;
mod graph;
mod handoff;
mod missing;
mod python;
mod repeat;
mod rights;
mod routes;
mod run;
mod scratch;
mod script;
mod seed;
mod target;
mod words;

use crate::env::ConfigFilesError;
use crate::exec::RunErrorKind;
use crate::ui::Output;

use describe::describe;
use words::Failure;
pub(super) use words::short;
pub(super) use words::short_digest;

use super::error::CliError;
use super::exit_code::ExitCode;
use super::manner::Manner;

/// The place that `error` is about, if it is one in a file, and what is wrong there.
pub(super) fn place_and_message(error: &CliError) -> (Option<String>, String) {
    let failure = describe(error);
    let place = failure.details.iter().find_map(|line| line.strip_prefix("--> "));
    (place.map(str::to_owned), failure.message.clone())
}

/// Prints `error` and returns the exit status.
pub(super) fn show(error: &CliError, manner: Manner, output: &mut Output<'_>) -> ExitCode {
    if let CliError::Several { errors, .. } = error {
        for group in alike::groups(errors) {
            show(group.first, manner, output);
            if let Some(others) = group.others() {
                output.insist(format_args!("  {others}"));
            }
        }
        return code(error);
    }
    let failure = describe(error);
    // Of what a quiet Alembic keeps to itself, its log still tells on standard error.
    if manner.is_alembic && !output.is_quiet() {
        let message = match error {
            // Alembic takes a missing file for an empty one.
            CliError::ConfigFiles(ConfigFilesError::Missing { .. } | ConfigFilesError::None) => {
                "No 'script_location' key found in configuration."
            }
            _ => &failure.message,
        };
        // Where Alembic has it. Whether it can be written is found out at the end.
        drop(output.status(format_args!("FAILED: {message}")));
    } else {
        output.insist(format_args!("error: {}", failure.message));
    }
    for line in &failure.details {
        output.insist(format_args!("  {line}"));
    }
    for hint in &failure.hints {
        output.insist(format_args!("hint: {hint}"));
    }
    failure.code
}

/// The exit status of `error`.
pub(super) fn code(error: &CliError) -> ExitCode {
    let CliError::Several { total, errors } = error else { return describe(error).code };
    // A signal stops the whole command, however far each database has come.
    if errors.iter().any(is_interrupted) {
        return ExitCode::Interrupted;
    }
    let well = std::iter::repeat_n(ExitCode::Done, total.saturating_sub(errors.len()));
    ExitCode::of_several(errors.iter().map(code).chain(well))
}

fn is_interrupted(error: &CliError) -> bool {
    if let CliError::Fleet(problem) = error {
        return problem.code() == ExitCode::Interrupted;
    }
    if matches!(error, CliError::WavePaused { failed: 0, .. }) {
        return true;
    }
    if let CliError::Seed(problem) = error {
        return problem.is_interruption();
    }
    matches!(error, CliError::Run { error, .. } if matches!(*error.kind, RunErrorKind::Interrupted { .. }))
}

/// Every error that `error` stands for, as JSON.
pub(super) fn all_as_json(error: &CliError) -> Vec<serde_json::Value> {
    match error {
        CliError::Several { errors, .. } => errors.iter().map(as_json).collect(),
        error => vec![as_json(error)],
    }
}

/// What went wrong, in one line.
pub(super) fn message(error: &CliError) -> String {
    describe(error).message
}

/// `error` as JSON.
pub(super) fn as_json(error: &CliError) -> serde_json::Value {
    let failure = describe(error);
    let database = error.database();
    let mut json = serde_json::json!({
        "database": database,
        "message": failure.message,
        "details": failure.details,
        "hints": failure.hints,
        "exit_code": failure.code as u8,
    });
    if let CliError::Database { error, .. } = error
        && let Some(connect) = &error.connect
        && let Some(object) = json.as_object_mut()
    {
        object.insert("cause".to_owned(), connect.cause.word().into());
    }
    json
}
