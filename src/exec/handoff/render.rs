//! A Python revision as SQL that stands for it on every database of a dialect.

use limbeck_alembic::eval::Failure;
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
    /// Where in the file.
    pub position: Option<SourcePosition>,
    /// Why not.
    pub reason: String,
}

impl NotRendered {
    fn new(reason: impl Into<String>) -> Self {
        NotRendered { position: None, reason: reason.into() }
    }

    fn at(line: usize, column: usize, reason: impl Into<String>) -> Self {
        let position = Some(SourcePosition { line, column }).filter(|_| line > 0);
        NotRendered { position, reason: reason.into() }
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
        Err(unfit) => return Err(NotRendered::new(unfit.to_string())),
    };
    let target = Target::from(dialect).with_flavour(options.python.flavour);
    let mut leaves_transaction = false;
    if let Some(body) = script.python() {
        let found = check(std::slice::from_ref(body), &target, &options.python, options.clock)
            .map_err(|kind| NotRendered::new(kind.to_string()))?;
        let Some(found) = found.into_iter().next() else { return Ok(Rendered::Missing) };
        if let Some(PythonNeeded { place, construct }) = found.needed.first() {
            let reason = format!("only Python runs {construct}");
            return Err(match place.file == *body.file {
                true => NotRendered::at(place.position.line, place.position.column, reason),
                false => NotRendered::new(format!("{reason} ({place})")),
            });
        }
        match found.failure {
            Some(Failure::Raised { message, .. }) if direction == Direction::Downgrade => {
                return Ok(Rendered::Refuses(message));
            }
            Some(failure) => return Err(NotRendered::new(failure.to_string())),
            None => {}
        }
        let place = found.data.map(|place| (place.position.line, place.position.column));
        let start = (body.position.line, body.position.column);
        if let Some((line, column)) = place.or(found.asks.then_some(start)) {
            let reason = "what it does depends on what the database has";
            return Err(NotRendered::at(line, column, reason));
        }
        leaves_transaction = found.leaves_transaction.is_some();
    }
    let statements = Writer::new(target, options).statements(&script, &mut Silent);
    let statements = statements.map_err(|kind| match kind {
        RunErrorKind::Python(failure) => {
            NotRendered { position: Some(failure.position()), reason: failure.to_string() }
        }
        kind => NotRendered::new(kind.to_string()),
    })?;
    let texts = statements.into_iter().map(|statement| statement.text);
    let is_control = |text: &String| matches!(text.as_str(), "COMMIT" | "BEGIN");
    Ok(Rendered::Statements {
        texts: texts.filter(|text| !(leaves_transaction && is_control(text))).collect(),
        leaves_transaction,
    })
}
