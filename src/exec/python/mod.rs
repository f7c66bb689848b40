//! Python revisions.
//!
//! What `upgrade()` or `downgrade()` does is known when it runs. Before that it is known whether
//! there is anything to run, which function it is, and whether that leaves the transaction it
//! begins in ([`leaving`]). It runs on a thread of its own ([`worker`]); the engine serves what it
//! asks for, inside a transaction ([`inside`]) or statement by statement ([`outside`]), or has it
//! collect its statements ([`text`]).

mod error;
pub(super) mod host;
mod inside;
mod known;
mod leaving;
mod naming;
mod options;
mod outside;
mod overrides;
mod reading;
mod savepoints;
mod text;
mod told;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use limbeck_alembic::body::EngineFunction;
use limbeck_alembic::body::FunctionBody;
use limbeck_alembic::python;
use limbeck_schema::Dialect;

use crate::db::JournalRow;
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
use super::prepare::ScriptBody;
use super::prepare::UnfitScript;
use super::prepare::UnfitScriptKind;
use super::prepare::digest;

pub use error::PythonFailure;
pub use error::place_of_failure;
pub use known::Known;
pub use naming::EnvNaming;
pub use naming::FileText;
pub use naming::Naming;
pub use naming::header_value;
pub use options::Environment;
pub use options::Modules;
pub use options::PythonOptions;
pub use options::RandomBytes;
pub use overrides::LoadedTexts;
pub use overrides::Overrides;
pub(super) use text::Writer;
pub(super) use worker::Worker;

/// A function of a Python revision that is to run.
#[derive(Debug, Clone)]
pub struct PythonBody {
    /// The text of its file, with plain line ends.
    pub text: Arc<str>,
    /// Its statements.
    pub tree: Arc<python::Module>,
    /// The file as tracebacks name it.
    pub file: Arc<str>,
    /// The name of the function.
    pub function: String,
    /// Its first statement that does something.
    pub position: SourcePosition,
}

/// The statements follow from the text.
impl PartialEq for PythonBody {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
            && self.file == other.file
            && self.position == other.position
            && self.function == other.function
    }
}

impl Eq for PythonBody {}

/// The statement that a row of the journal is about, as far as the row has its text.
pub(super) fn told_statement(script: &PreparedScript, row: &JournalRow) -> Statement {
    let told = told::Told::by(row);
    let position = inside::start_of(script);
    let text = told.sql().unwrap_or("-- its text is not in the journal").to_owned();
    Statement { text, position }
}

/// Whether the function of `file` that goes this way leaves its transaction, as far as it tells.
pub(super) fn leaves_transaction(
    file: &RevisionFile,
    direction: ScriptDirection,
    dialect: Dialect,
) -> bool {
    let name = direction.name();
    // A file that cannot be read has its own error where it is to run.
    file.python_text().is_ok_and(|text| {
        python::parse(&with_plain_line_ends(&text))
            .is_ok_and(|module| leaving::leaves(&module, name, dialect))
    })
}

/// The script of a Python revision.
///
/// # Errors
/// [`UnfitScript`], when it cannot be read, or lacks the function.
pub(super) fn script_of(
    file: &RevisionFile,
    direction: Direction,
    which: ScriptDirection,
    dialect: Dialect,
    run: &RunOptions,
) -> Result<PreparedScript, UnfitScript> {
    let unfit = |kind| UnfitScript {
        revision: file.revision.id.clone(),
        path: file.revision.path.clone(),
        position: None,
        statement: None,
        kind,
    };
    let script = PythonScript::read(file)
        .map_err(|error| unfit(UnfitScriptKind::Unreadable { reason: error.to_string() }))?;
    let name = which.name();
    let (function, body) = match script.function(which) {
        FunctionBody::Dispatch { functions } => of_database(functions, name, run),
        body => Some((name.to_owned(), body)),
    }
    .unwrap_or_else(|| (name.to_owned(), &FunctionBody::Missing));
    let mut transaction = true;
    let body = match body {
        FunctionBody::Empty => ScriptBody::Sql(Vec::new()),
        FunctionBody::Code { position } => {
            let text = with_plain_line_ends(&script.text);
            transaction = dialect.has_transactional_ddl()
                && !leaving::leaves(&script.tree, &function, dialect);
            ScriptBody::Python(PythonBody {
                text: Arc::from(&*text),
                tree: Arc::clone(&script.tree),
                file: Arc::from(&*file.revision.path.to_string_lossy()),
                function,
                position: SourcePosition { line: position.line, column: position.column },
            })
        }
        FunctionBody::Dispatch { .. } | FunctionBody::Missing => {
            return Err(unfit(UnfitScriptKind::NoFunction { direction }));
        }
    };
    let raw_digest = digest(&script.text);
    Ok(PreparedScript {
        revision: file.revision.id.clone(),
        path: PathBuf::from(&file.revision.path),
        body,
        transaction,
        parts: None,
        timeouts: Timeouts::default(),
        lock_retry: None,
        raw_digest,
        // Where white space counts, every other change of the text is one of the script.
        normalized_digest: digest(&with_plain_line_ends(&script.text)),
        stored: match direction {
            Direction::Upgrade => Some(file.python_to_stored(&script.text)),
            Direction::Downgrade | Direction::Stamp => None,
        },
        is_proven: false,
        verification: None,
    })
}

/// The function for the database at hand, in a project that has one for each
/// (`upgrade_engine1()`, `upgrade_engine2()`).
fn of_database<'a>(
    functions: &'a [EngineFunction],
    name: &str,
    run: &RunOptions,
) -> Option<(String, &'a FunctionBody)> {
    let database = run.database.as_deref()?;
    let function = functions.iter().find(|function| function.engine == database)?;
    Some((format!("{name}_{database}"), &function.body))
}
