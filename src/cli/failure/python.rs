//! Errors of Python revisions.

use std::path::Path;

use limbeck_alembic::eval::Failure as PythonError;

use crate::cli::exit_code::ExitCode;
use crate::db::DatabaseErrorKind;
use crate::exec::NotInstead;
use crate::exec::OtherStatement;
use crate::exec::PythonFailure;
use crate::exec::RunErrorKind;
use crate::exec::Undone;

use super::Failure;
use super::run::database_code;
use super::run::start_over;
use super::run::with_server_words;

const LET_ALEMBIC: &str = "let Alembic run the revision (`alembic upgrade` or `downgrade`): limbeck \
                           goes on from wherever that ends";

/// More lines of a statement are not shown.
const MOST_LINES: usize = 20;

/// A revision whose code failed.
pub(super) fn failed(name: &str, failure: &PythonFailure) -> Failure {
    let revision = &failure.revision;
    let code = match (&failure.failure, &failure.statement) {
        (_, Some((_, error))) => match database_code(&error.kind) {
            code @ (ExitCode::Locked | ExitCode::Unreachable) => code,
            _ => ExitCode::Failed,
        },
        (PythonError::Unsupported(_), None) => ExitCode::Configuration,
        _ => ExitCode::Failed,
    };
    let message = match failure.undone {
        Undone::Unbegun => format!("revision {revision}: {failure}"),
        _ => format!("database {name}: revision {revision}: {failure}"),
    };
    // The place may be in a module of the project.
    let path = match failure.place() {
        Some(place) if !place.file.is_empty() => Path::new(&place.file),
        _ => &failure.path,
    };
    let mut words = Failure::new(code, first_line(&message)).at(path, Some(failure.position()));
    if let Some(place) = failure.place() {
        words = words.source_line(&place.position.source_line, place.position.column);
    }
    if let PythonError::Raised { traceback, .. } = &failure.failure {
        // What the server said is said already.
        let lines = traceback.lines().take_while(|line| !line.starts_with("[SQL: "));
        for line in lines.filter(|line| !line.is_empty()) {
            words = words.detail(line);
        }
    }
    if let Some((sql, error)) = &failure.statement {
        let mut lines = sql.trim().lines();
        for (index, line) in lines.by_ref().take(MOST_LINES).enumerate() {
            words = words
                .detail(format!("{} {line}", if index == 0 { "statement:" } else { "          " }));
        }
        if lines.next().is_some() {
            words = words.detail("           ...");
        }
        let is_said = |text: &str| words.details.iter().any(|line| line.contains(text));
        if !error.detail.as_deref().is_some_and(is_said) {
            words = with_server_words(words, error);
        }
    }
    let words = match &failure.failure {
        PythonError::Unsupported(_) if failure.undone == Undone::Unbegun => words
            .hint("Alembic can write its text: `alembic upgrade` or `downgrade` with `--sql`")
            .hint("without `--sql`, --python auto lets Alembic run it"),
        _ if failure.not_instead.is_some() => not_instead(words, failure),
        PythonError::Unsupported(_) => words.hint(LET_ALEMBIC),
        PythonError::Raised { class, .. } if class.ends_with("ObjectNotExecutableError") => words
            .hint(
                "where the project has SQLAlchemy 1.4, which takes such texts: \
                 sqlalchemy = \"1.4\" in [scripts] of limbeck.toml",
            ),
        PythonError::Raised { .. } if failure.undone == Undone::Unbegun => words.hint(
            "without a database code gets no results: what depends on them has no text, with \
             Alembic neither",
        ),
        PythonError::Limit(_) if failure.undone == Undone::Unbegun => words
            .hint("so it goes on any database: nothing was begun")
            .hint("--python always lets the project's own Python and Alembic run it"),
        _ => words,
    };
    let is_unreachable = failure
        .statement
        .as_ref()
        .is_some_and(|(_, error)| error.kind == DatabaseErrorKind::Unreachable);
    words.hint_if(match failure.undone {
        Undone::Unbegun => None,
        Undone::Revision => Some(format!("revision {revision} was rolled back")),
        Undone::Run => Some("the whole run was rolled back".to_owned()),
        Undone::Rest => Some(
            "what came after the last revision outside a transaction was rolled back".to_owned(),
        ),
        Undone::Nothing if is_unreachable => Some(format!(
            "revision {revision} runs outside a transaction, and nobody has seen how the statement \
             ended: a rerun looks in the catalog, and asks where that cannot tell"
        )),
        Undone::Nothing | Undone::Part => Some(format!(
            "revision {revision} runs outside a transaction: what is done stays done, and a rerun \
             runs its code again without repeating that"
        )),
    })
}

/// Why a revision that limbeck does not run to its end was not handed to Python, and the way out.
fn not_instead(words: Failure, failure: &PythonFailure) -> Failure {
    match &failure.not_instead {
        Some(NotInstead::Never) => {
            words.hint("--python auto lets the project's own Python and Alembic run it")
        }
        Some(NotInstead::WholeRun) => words.hint(
            "Python runs a revision on a connection of its own, and this run is one transaction \
             (`transaction_mode` is \"run\")",
        ),
        Some(NotInstead::Left(what)) => {
            let words =
                words.hint(format!("it was not handed to the project's own Python: {what}"));
            match failure.undone {
                Undone::Nothing => words,
                _ => words.hint("--python always hands it over from the start"),
            }
        }
        Some(NotInstead::Program { message, hint }) => words
            .hint(format!("the project's own Python could not run it instead: {message}"))
            .hint_if(*hint),
        // An exception may well be what Python would come to too.
        Some(NotInstead::NoProject) | None => {
            words.hint_if(failure.is_unsupported().then_some(LET_ALEMBIC))
        }
    }
}

/// A revision that is continued and comes to something else.
pub(super) fn other_statement(name: &str, error: &RunErrorKind, other: &OtherStatement) -> Failure {
    let mut words = Failure::new(ExitCode::Integrity, format!("database {name}: {error}"))
        .at(&other.path, None);
    if let Some(done) = &other.done {
        words = words.detail(format!("done: {}", first_line(done)));
    }
    words = match &other.now {
        Some(now) => words.detail(format!("now:  {}", first_line(now))),
        None => words.detail("now:  none, or what it answered then is not known any more"),
    };
    words
        .hint("the code depends on what is in the database, or was edited: put back what it saw")
        .hint(start_over(name, &other.revision))
}

pub(super) fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().to_owned()
}
