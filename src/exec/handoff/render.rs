//! A Python revision as SQL that stands for it on every database of a dialect.

use std::path::Path;
use std::path::PathBuf;

use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Place;
use limbeck_alembic::preflight::PythonNeeded;
use limbeck_schema::Dialect;
use limbeck_schema::Target;

use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::sql::SourcePosition;

use super::super::error::RunErrorKind;
use super::super::observer::Silent;
use super::super::options::RunOptions;
use super::super::prepare::ScriptSource;
use super::super::prepare::UnfitScriptKind;
use super::super::prepare::script_of;
use super::super::python::PythonFailure;
use super::super::python::Writer;
use super::decide::check;

/// One direction of a revision as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rendered {
    /// Its statements, without semicolons.
    Statements {
        /// In order, `COMMIT` and `BEGIN` left out.
        texts: Vec<String>,
        /// Whether it leaves its transaction.
        leaves_transaction: bool,
    },
    /// It has no such function.
    Missing,
    /// It refuses, with this message.
    Refuses(String),
}

/// A revision that has no SQL that would stand for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotRendered {
    /// The file that it is about: that of the revision, or of a module that it calls.
    pub path: PathBuf,
    /// Where in the file; `None` where it is about no line of it.
    pub position: Option<SourcePosition>,
    /// Why not, with the construct.
    pub reason: String,
}

impl NotRendered {
    /// At `place`; at the function's first statement, in the revision's own file, where that is
    /// in no file.
    fn at(
        place: Option<&Place>,
        path: &Path,
        start: SourcePosition,
        reason: impl Into<String>,
    ) -> Self {
        let (path, position) = match place.filter(|place| place.position.line > 0) {
            Some(place) => {
                let at = &place.position;
                let position = SourcePosition { line: at.line, column: at.column };
                (if place.file.is_empty() { path } else { Path::new(&*place.file) }, position)
            }
            None => (path, start),
        };
        NotRendered { path: path.to_owned(), position: Some(position), reason: reason.into() }
    }

    fn failed(failure: &PythonFailure) -> Self {
        Self::at(failure.place(), &failure.path, failure.start, failure.to_string())
    }
}

/// One direction of a Python revision as SQL.
///
/// # Errors
/// [`NotRendered`]: what it does depends on what a database has, it needs Python, or it fails.
pub fn render(
    revision: &RevisionId,
    direction: Direction,
    scripts: &dyn ScriptSource,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<Rendered, NotRendered> {
    let script = match script_of(revision, direction, scripts, dialect, options) {
        Ok(script) => script,
        Err(unfit) if matches!(unfit.kind, UnfitScriptKind::NoFunction { .. }) => {
            return Ok(Rendered::Missing);
        }
        Err(unfit) => {
            let reason = unfit.to_string();
            return Err(NotRendered { path: unfit.path, position: unfit.position, reason });
        }
    };
    let start = script.python().map(|body| body.position);
    let elsewhere = |kind: RunErrorKind| NotRendered {
        path: script.path.clone(),
        position: start,
        reason: kind.to_string(),
    };
    let target = Target::from(dialect).with_flavour(options.python.flavour);
    let mut leaves_transaction = false;
    if let Some(body) = script.python() {
        let found = check(std::slice::from_ref(body), &target, &options.python, options.clock)
            .map_err(elsewhere)?;
        let Some(found) = found.into_iter().next() else { return Ok(Rendered::Missing) };
        if let Some(PythonNeeded { place, construct }) = found.needed.first() {
            let reason = format!("only Python runs {construct}");
            return Err(NotRendered::at(Some(place), &script.path, body.position, reason));
        }
        match found.failure {
            Some(Failure::Raised { message, .. }) if direction == Direction::Downgrade => {
                return Ok(Rendered::Refuses(message));
            }
            Some(failure) => {
                let failure = PythonFailure::unbegun(&script, body.position, failure);
                return Err(NotRendered::failed(&failure));
            }
            None => {}
        }
        if found.data.is_some() || found.asks {
            let reason = "what it does depends on what the database has";
            let place = found.data.as_ref();
            return Err(NotRendered::at(place, &script.path, body.position, reason));
        }
        leaves_transaction = found.leaves_transaction.is_some();
    }
    let statements = Writer::new(target, options).statements(&script, &mut Silent);
    let statements = statements.map_err(|kind| match kind {
        RunErrorKind::Python(failure) => NotRendered::failed(&failure),
        kind => elsewhere(kind),
    })?;
    let texts = statements.into_iter().map(|statement| statement.text);
    let is_control = |text: &String| matches!(text.as_str(), "COMMIT" | "BEGIN");
    Ok(Rendered::Statements {
        texts: texts.filter(|text| !(leaves_transaction && is_control(text))).collect(),
        leaves_transaction,
    })
}
