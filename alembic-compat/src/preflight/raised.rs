//! Exceptions that may be limbeck's fault, or that of an application which was not started.

use std::rc::Rc;

use crate::eval::Error;
use crate::eval::Failure;
use crate::eval::Place;
use crate::eval::Value;
use crate::op;

use super::PythonNeeded;
use super::Subject;

/// An exception that another module has raised: code of an application, which may only lack what
/// the start of that application gives it. Of its own exceptions a revision is to be believed.
pub(super) fn raised_elsewhere(failure: &Failure, file: &str) -> Option<PythonNeeded> {
    let Failure::Raised { summary, places, .. } = failure else { return None };
    // No trial has a table: that one is not there says nothing of the application.
    if summary.starts_with("sqlalchemy.exc.NoSuchTableError") {
        return None;
    }
    let raised = places.last().filter(|place| place.file != file)?;
    let place = places.iter().rfind(|place| place.file == file)?.clone();
    let construct =
        format!("{summary}, which line {} of {} raises", raised.position.line, raised.file);
    Some(PythonNeeded { place, construct })
}

/// What a trial has raised for want of a table, where `finally` or a handler has raised something
/// else because of it.
pub(super) fn of_missing_table(error: Box<Error>) -> Box<Error> {
    let mut next = match &*error {
        Error::Raised(raised) => Some(Rc::clone(raised)),
        _ => None,
    };
    while let Some(raised) = next {
        if &*raised.class().name == "NoSuchTableError" {
            return Box::new(Error::Raised(raised));
        }
        next = match raised.exception.as_ref().and_then(|state| state.borrow().context.clone()) {
            Some(Value::Instance(context)) => Some(context),
            _ => None,
        };
    }
    error
}

/// Exceptions by which limbeck's own objects refuse what they do not know, as those of Python do.
const OF_OBJECTS: &[&str] = &[
    "AmbiguousForeignKeysError",
    "ArgumentError",
    "AttributeError",
    "CompileError",
    "ConstraintColumnNotFoundError",
    "DetachedInstanceError",
    "DuplicateColumnError",
    "InvalidRequestError",
    "KeyError",
    "NoForeignKeysError",
    "NoInspectionAvailable",
    "NoReferencedTableError",
    "NoSuchColumnError",
    "ObjectNotExecutableError",
    "ResourceClosedError",
    "StatementError",
    "TypeError",
    "UnmappedInstanceError",
    "UnsupportedCompilationError",
];

/// Such an exception, which a call of the revision has raised whatever the database has: it may be
/// limbeck's fault, and Python will tell. What the revision itself raises is to be believed.
pub(super) fn raised_by_limbeck(failure: &Failure, subject: &Subject<'_>) -> Option<PythonNeeded> {
    let place = place_of_object(failure)?;
    let text = subject.source.strip_prefix('\u{feff}').unwrap_or(subject.source);
    let statement = text.get(usize::try_from(place.span.start).ok()?..)?;
    of_object(failure, place, statement)
}

/// Where an exception of such a class was raised.
fn place_of_object(failure: &Failure) -> Option<&Place> {
    let Failure::Raised { class, places, .. } = failure else { return None };
    places.last().filter(|_| OF_OBJECTS.contains(&class.as_str()))
}

/// Words by which Alembic and SQLAlchemy refuse what limbeck knows that they refuse: of constraints
/// and transactions, and a statement that is a mere `str`.
const BELIEVED: &[&str] = &[
    "Can't emit DROP CONSTRAINT for constraint; it has no name",
    "Can't operate on closed transaction inside context manager",
    "This connection has already initialized a SQLAlchemy Transaction() object",
    "ObjectNotExecutableError: Not an executable object: '",
];

/// Whether it is one by which Alembic refuses an operation in the same words, of which random calls
/// have shown that limbeck refuses no others.
fn is_alembics(summary: &str) -> bool {
    let Some(message) = summary.strip_prefix("TypeError: ") else {
        return BELIEVED.iter().any(|words| summary.contains(words));
    };
    let directive = message.split_once("() missing ").map(|(directive, _)| directive);
    directive.is_some_and(op::has) || message == "Integer() takes no arguments"
}

/// What needs Python, where `statement` is the text that begins with what has raised `failure`.
fn of_object(failure: &Failure, place: &Place, statement: &str) -> Option<PythonNeeded> {
    let Failure::Raised { summary, .. } = failure else { return None };
    if statement.starts_with("raise") || statement.starts_with("assert") || is_alembics(summary) {
        return None;
    }
    Some(PythonNeeded {
        place: place.clone(),
        construct: format!("{summary}, which is raised here"),
    })
}

/// What needs Python of a function that has ended with `failure` on a database, by the rules of
/// [`check`](super::check): something that limbeck does not run, or an exception of its own objects, whichever
/// file they are used in. What the code itself raises, what a database refuses and limits are to be
/// believed.
#[must_use]
pub fn needed_for(failure: &Failure) -> Option<PythonNeeded> {
    match failure {
        Failure::Unsupported(unsupported) => Some(unsupported.clone().into()),
        Failure::Raised { .. } => {
            let place = place_of_object(failure)?;
            let column = place.position.column.checked_sub(1)?;
            let line = &place.position.source_line;
            let at = line.char_indices().nth(column).map_or(0, |(at, _)| at);
            of_object(failure, place, line.get(at..)?)
        }
        Failure::Limit(_) | Failure::Host(_) => None,
    }
}
