//! Errors of revisions that only Python runs.

use crate::cli::exit_code::ExitCode;
use crate::exec::HandoffError;
use crate::exec::HandoffFailure;
use crate::exec::PythonRevision;
use crate::exec::RunErrorKind;
use crate::exec::Unhanded;
use crate::script::sql::SourcePosition;

use super::Failure;
use super::run::start_over;

/// More revisions are not named one by one.
const MOST_REVISIONS: usize = 20;

/// A plan that is to do without Python and cannot.
pub(super) fn python_needed(
    name: &str,
    error: &RunErrorKind,
    revisions: &[PythonRevision],
    why: Unhanded,
) -> Failure {
    let mut words = Failure::new(ExitCode::Configuration, format!("database {name}: {error}"));
    for one in revisions.iter().take(MOST_REVISIONS) {
        let place = &one.needed.place;
        let at = &place.position;
        let position = SourcePosition { line: at.line, column: at.column };
        // The construct may stand in a module of the project.
        let path = match place.file.is_empty() {
            true => one.path.as_path(),
            false => std::path::Path::new(&place.file),
        };
        words = words.at(path, (at.line > 0).then_some(position));
        words = words.detail(format!(" |  revision {}: {}", one.revision, one.needed.construct));
    }
    if let Some(more) = revisions.len().checked_sub(MOST_REVISIONS).filter(|more| *more > 0) {
        words = words.detail(format!("and {more} more"));
    }
    match why {
        Unhanded::Never => {
            words.hint("--python auto lets the project's own Python and Alembic run them")
        }
        Unhanded::NoProject => words.hint(
            "limbeck hands such revisions to the project's own Python where there is an alembic.ini \
             with an env.py; here there is none",
        ),
    }
    .hint("or write what they do as SQL revisions")
}

/// A revision that Python did not run to its end.
pub(super) fn failed(name: &str, error: &RunErrorKind, failure: &HandoffFailure) -> Failure {
    let HandoffFailure { revision, path, error: inner, is_transactional, .. } = failure;
    let code = match inner {
        HandoffError::Raised { .. } => ExitCode::Failed,
        HandoffError::Ended { .. } | HandoffError::Protocol | HandoffError::Interrupted { .. } => {
            ExitCode::Interrupted
        }
        _ => ExitCode::Configuration,
    };
    let words = Failure::new(code, format!("database {name}: {error}"))
        .at(path, None)
        .hint_if(inner.hint());
    if inner.is_before() {
        return words.hint(format!("nothing of revision {revision} was begun"));
    }
    if inner.is_in_doubt() {
        return words
            .hint(format!(
                "look whether it took effect, say so, and run again: limbeck journal resolve \
                 {revision} -d {name} --as done, or --as not-done"
            ))
            .hint("or run again with --in-doubt skip if it did, --in-doubt rerun if it did not");
    }
    match is_transactional {
        true => words.hint(format!(
            "revision {revision} was rolled back, as far as it ran in the transaction of env.py"
        )),
        false => words
            .hint(format!(
                "what revision {revision} has done stays done: this database commits every DDL \
                 statement by itself"
            ))
            .hint(start_over(name, revision)),
    }
}
