//! Errors of repeatable scripts.

use crate::cli::exit_code::ExitCode;
use crate::cli::repeatables::RepeatProblem;
use crate::db::DatabaseErrorKind;
use crate::exec::RepeatFailure;
use crate::exec::RepeatFailureKind;
use crate::script::sql::TemplateError;

use super::Failure;
use super::run::statement_line;
use super::run::with_server_words;
use crate::graph::nearest_name;

pub(super) fn problem(problem: &RepeatProblem) -> Failure {
    let failure = Failure::new(ExitCode::Usage, problem.to_string());
    match problem {
        RepeatProblem::None => failure.hint("`repeatable` of `[scripts]` in limbeck.toml names it"),
        RepeatProblem::NoSuch { names, .. } if names.is_empty() => failure,
        RepeatProblem::NoSuch { name, names } => failure
            .hint_if(
                nearest_name(name, names.iter().map(String::as_str))
                    .map(|nearest| format!("did you mean `{nearest}`?")),
            )
            .hint(format!("there are: {}", names.join(", "))),
        RepeatProblem::Unknown { .. } => {
            failure.hint("`limbeck repeat --plan` names those that are missed")
        }
    }
}

pub(super) fn failed(name: &str, failure: &RepeatFailure) -> Failure {
    let code = match &failure.kind {
        RepeatFailureKind::Database(error) => match error.kind {
            DatabaseErrorKind::Busy => ExitCode::Locked,
            DatabaseErrorKind::Unreachable => ExitCode::Unreachable,
            _ => ExitCode::Failed,
        },
        RepeatFailureKind::Lost { .. } => ExitCode::Failed,
        _ => ExitCode::Configuration,
    };
    let what = failure.to_string();
    // The place has a line of its own.
    let what = what.strip_prefix(&format!("{}: ", failure.position)).unwrap_or(&what);
    let message = format!("database {name}: repeatable {}: {what}", failure.script);
    let mut words = Failure::new(code, message).at(&failure.path, Some(failure.position));
    if let Some(statement) = &failure.statement {
        words = statement_line(words, statement, failure.position);
    }
    match &failure.kind {
        RepeatFailureKind::Database(error) => {
            with_server_words(words, error).hint(match failure.is_undone {
                true => "the scripts of this run were rolled back; the revisions before them stay",
                false => {
                    "what came before the statement is done; the next run begins with the \
                          first statement of the script again"
                }
            })
        }
        RepeatFailureKind::Lost { error, .. } => with_server_words(words, error).hint(
            "nothing was changed: let a script make that view, with a text that fits, or drop it \
             by its name",
        ),
        RepeatFailureKind::Empty => words.hint("delete the file, or write into it what it is for"),
        RepeatFailureKind::TransactionControl { .. } => words
            .hint("remove it: the scripts of a run are one transaction, where there can be one"),
        RepeatFailureKind::RefusesTransaction { .. } => {
            words.hint("set `transaction = false` in the front matter")
        }
        RepeatFailureKind::NoTenant => {
            words.hint("take `template = true` out, or name a branch of tenants only in `branches`")
        }
        RepeatFailureKind::Template(TemplateError::Unknown { .. }) => {
            words.hint("there are {{ tenant }} and {{ schema }}")
        }
        RepeatFailureKind::Template(TemplateError::Quoted { .. }) => words
            .hint("leave the quotes out: {{ tenant }} is a literal, {{ schema }} a quoted name"),
        RepeatFailureKind::Template(_) | RepeatFailureKind::Split(_) => words,
    }
}
