//! Revisions that only Python runs, handed over to the project's own Python and Alembic.
//!
//! A small program of ours ([`worker.py`]) runs one direction of one revision in the
//! project's env.py and touches no version table: the lock, the order, the version table and the
//! journal stay limbeck's. The revision is one statement of a step outside a transaction: it is
//! journaled before and after, its version row has a transaction of its own, and what was killed in
//! between is in doubt. env.py opens its own connection and decides on its URL; before anything
//! runs, what it has opened is compared with what limbeck has.

mod decide;
mod error;
mod identity;
mod instead;
mod job;
mod kept;
mod process;
mod render;
mod step;
mod survey;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use limbeck_alembic::preflight::PythonNeeded;

use crate::db::DatabaseUrl;
use crate::script::sql::Statement;

pub use decide::PythonRevision;
pub use decide::Unhanded;
pub(super) use decide::decide;
pub(in crate::exec) use decide::interpreter;
pub use error::HandoffError;
use identity::Identity;
use identity::identity_of;
pub(super) use instead::Instead;
pub use instead::NotInstead;
pub(super) use instead::go_on_with_begun;
use job::Job;
pub use kept::KeptPython;
pub use render::NotRendered;
pub use render::Rendered;
pub use render::render;
pub use step::HandoffFailure;
pub use step::check_program;
pub use survey::Class;
pub use survey::Surveyed;
pub use survey::class_of_step;
pub use survey::survey;

/// The program that Python runs.
pub(super) const SCRIPT: &str = include_str!("worker.py");

/// Which revisions Python runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PythonMode {
    /// Those that limbeck cannot run.
    #[default]
    Auto,
    /// None: a plan with one that limbeck cannot run is refused.
    Never,
    /// Every `.py` revision that does something.
    Always,
}

impl PythonMode {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            PythonMode::Auto => "auto",
            PythonMode::Never => "never",
            PythonMode::Always => "always",
        }
    }
}

/// A script that Python runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// One, which stands for all that Python does.
    pub statements: Vec<Statement>,
    /// The function: `upgrade` or `downgrade`.
    pub direction: &'static str,
    /// What limbeck does not run; absent where somebody has asked for Python.
    pub needed: Option<PythonNeeded>,
}

/// The project's Python and what it needs to know of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonProgram {
    /// The interpreter.
    pub program: OsString,
    /// Where it comes from, for messages.
    pub origin: ProgramOrigin,
    /// The ini file of Alembic, where there is one.
    pub config: Option<PathBuf>,
    /// The `pyproject.toml` of Alembic, where there is one.
    pub toml: Option<PathBuf>,
    /// The section of the ini file.
    pub section: String,
    /// The `-x` arguments.
    pub x_arguments: Vec<String>,
    /// Where the connections of env.py are to go instead of where it says.
    pub scratch: Option<Redirection>,
}

/// Scratch databases, which connections of env.py go to whatever URL it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirection {
    /// The scratch database.
    pub place: DatabaseUrl,
    /// The name of the database that it stands for, or the path of the file; without one it stands
    /// for every database.
    pub stands_for: Option<String>,
    /// Where connections to other databases go; without one they are refused.
    pub elsewhere: Option<DatabaseUrl>,
}

/// How an interpreter was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramOrigin {
    /// `python_program` of `limbeck.toml`.
    Setting,
    /// The environment that `VIRTUAL_ENV` names.
    VirtualEnv,
    /// `.venv` beside the configuration.
    DotVenv,
    /// `python3` on the search path.
    Path,
}
