//! Errors of revision files and of templates.

use std::path::Path;

use limbeck_alembic::header::HeaderError;
use limbeck_alembic::header::HeaderErrorKind;
use limbeck_alembic::python::Position;

use crate::cli::exit_code::ExitCode;
use crate::script::PythonError;
use crate::script::ScriptError;
use crate::script::SyntaxErrorKind;
use crate::script::sql::SourcePosition;

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
        ScriptError::Io { action, source, .. } => {
            let code = if action.is_reading() { failure.code } else { ExitCode::Failed };
            Failure { code, ..failure }.detail(source.to_string())
        }
        ScriptError::Python { path, source } => python(path, source),
        ScriptError::UnreadablePython { source, .. } => {
            let failure = failure.detail(format!("in the text it gives: {source}"));
            match python_place(source) {
                Some(place) => failure.source_line(&place.source_line, place.column),
                None => failure,
            }
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
        | ScriptError::NoUpScript { .. }
        | ScriptError::DuplicateVersion { .. }
        | ScriptError::Template { .. }
        | ScriptError::NoBranchLabels { .. }
        | ScriptError::UnfaithfulRendering { .. } => failure,
    }
}

/// A Python revision that cannot be read.
fn python(path: &Path, error: &PythonError) -> Failure {
    let failure = Failure::new(ExitCode::Configuration, error.to_string());
    let Some(place) = python_place(error) else { return failure.at(path, None) };
    let position = SourcePosition { line: place.line, column: place.column };
    let failure = failure.at(path, Some(position)).source_line(&place.source_line, place.column);
    match error {
        PythonError::Header(HeaderError { kind: HeaderErrorKind::NotStatic { .. }, .. }) => {
            failure.hint("write the value itself; a revision is read here, and not run")
        }
        _ => failure,
    }
}

fn python_place(error: &PythonError) -> Option<&Position> {
    match error {
        PythonError::Syntax(error) => Some(&error.position),
        PythonError::Header(error) => Some(&error.position),
        PythonError::Encoding(_) | PythonError::Name { .. } => None,
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
