//! Preflight of Python revisions.
//!
//! What can be said of one without running Python is whether there is anything to run. A revision
//! that does nothing (a merge, or a revision that was only there to be stamped) is applied; any
//! other is refused before the first effect.

use std::path::PathBuf;

use limbeck_alembic::body::EngineFunction;
use limbeck_alembic::body::FunctionBody;

use crate::db::Timeouts;
use crate::plan::Direction;
use crate::script::Direction as ScriptDirection;
use crate::script::PythonScript;
use crate::script::RevisionFile;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;

use super::integrity::with_plain_line_ends;
use super::options::RunOptions;
use super::prepare::PreparedScript;
use super::prepare::UnfitScript;
use super::prepare::UnfitScriptKind;
use super::prepare::digest;

/// The script of a Python revision.
///
/// # Errors
/// [`UnfitScript`], when it does something, or cannot be read.
pub(super) fn script_of(
    file: &RevisionFile,
    direction: Direction,
    which: ScriptDirection,
    run: &RunOptions,
) -> Result<PreparedScript, UnfitScript> {
    let unfit = |position, statement, kind| UnfitScript {
        revision: file.revision.id.clone(),
        path: file.revision.path.clone(),
        position,
        statement,
        kind,
    };
    let script = PythonScript::read(file).map_err(|error| {
        unfit(None, None, UnfitScriptKind::Unreadable { reason: error.to_string() })
    })?;
    let body = match script.function(which) {
        FunctionBody::Dispatch { functions } => of_database(functions, run),
        body => Some(body),
    };
    match body {
        Some(FunctionBody::Empty) => {}
        Some(FunctionBody::Code { position: at }) => {
            let position = SourcePosition { line: at.line, column: at.column };
            let start = SourcePosition { line: at.line, column: 1 };
            let statement = Statement { text: at.source_line.clone(), position: start };
            let kind = UnfitScriptKind::PythonCode { direction };
            return Err(unfit(Some(position), Some(statement), kind));
        }
        Some(FunctionBody::Dispatch { .. } | FunctionBody::Missing) | None => {
            return Err(unfit(None, None, UnfitScriptKind::NoFunction { direction }));
        }
    }
    let raw_digest = digest(&script.text);
    Ok(PreparedScript {
        revision: file.revision.id.clone(),
        path: PathBuf::from(&file.revision.path),
        statements: Vec::new(),
        transaction: true,
        timeouts: Timeouts::default(),
        raw_digest,
        // Where white space counts, every other change of the text is one of the script.
        normalized_digest: digest(&with_plain_line_ends(&script.text)),
        stored: match direction {
            Direction::Upgrade => Some(file.python_to_stored(&script.text)),
            Direction::Downgrade | Direction::Stamp => None,
        },
    })
}

/// The function for the database at hand, in a project that has one for each
/// (`upgrade_engine1()`, `upgrade_engine2()`).
fn of_database<'a>(functions: &'a [EngineFunction], run: &RunOptions) -> Option<&'a FunctionBody> {
    let database = run.database.as_deref()?;
    functions.iter().find(|function| function.engine == database).map(|function| &function.body)
}
