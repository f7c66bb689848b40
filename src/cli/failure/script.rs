//! Errors of revision files and of templates.

use crate::cli::exit_code::ExitCode;
use crate::script::ScriptError;
use crate::script::SyntaxErrorKind;

use super::Failure;

pub(super) fn script(error: &ScriptError) -> Failure {
    let failure = Failure::new(ExitCode::Configuration, error.to_string());
    match error {
        ScriptError::Syntax(syntax) => {
            // Of a wrong name Alembic says no more than what is wrong with it; the line shows
            // in which key it stands.
            let message = match &syntax.kind {
                SyntaxErrorKind::Name { source, .. } => source.to_string(),
                kind => kind.to_string(),
            };
            Failure::new(ExitCode::Configuration, message)
                .at(&syntax.path, Some(syntax.position))
                .source_line(&syntax.line, syntax.position.column)
        }
        ScriptError::Io { source, .. } => {
            Failure { code: ExitCode::Failed, ..failure }.detail(source.to_string())
        }
        ScriptError::UnreadableRendering { source, .. } => failure
            .detail(format!("in the text it gives, at {}: {}", source.position, source.kind))
            .source_line(&source.line, source.position.column),
        ScriptError::FileName { source, .. } => with_causes(failure, source),
        ScriptError::DieselVersion { source, .. } => with_causes(failure, source),
        ScriptError::DirectoryNotEmpty { .. } | ScriptError::AlreadyExists { .. } => {
            Failure { code: ExitCode::Usage, ..failure }
        }
        ScriptError::NotUtf8 { .. }
        | ScriptError::PythonRevision { .. }
        | ScriptError::NoUpScript { .. }
        | ScriptError::DuplicateVersion { .. }
        | ScriptError::Template { .. }
        | ScriptError::UnfaithfulRendering { .. } => failure,
    }
}

/// Adds an error and what it comes from, a line each.
fn with_causes(failure: Failure, error: &dyn std::error::Error) -> Failure {
    let mut failure = failure.detail(error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        failure = failure.detail(error.to_string());
        cause = error.source();
    }
    failure
}
