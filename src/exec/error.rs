//! Why a run stopped.

use std::path::PathBuf;
use std::time::Duration;

use crate::db::DatabaseError;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::plan::Unmet;
use crate::script::sql::Carried;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;
use crate::target::TargetError;

use super::handoff::HandoffFailure;
use super::handoff::PythonRevision;
use super::handoff::Unhanded;
use super::integrity::Edited;
use super::prepare::UnfitScript;
use super::python::PythonFailure;
use super::repeat::RepeatFailure;
use super::report::Report;

/// A run that stopped early, and what it had done by then.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct RunError {
    /// Why.
    pub kind: Box<RunErrorKind>,
    /// What was done before; every step in it is committed.
    pub report: Report,
}

impl RunError {
    /// A run that stopped for `kind` before its first step.
    pub fn before_any_step(kind: RunErrorKind) -> Self {
        RunError { kind: Box::new(kind), report: Report::default() }
    }
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunErrorKind {
    /// The target means nothing here. Nothing was changed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The rows are none that a given plan comes by. Nothing was changed.
    #[error(
        "the plan begins at {}, and the database is at {}, which the plan does not come by",
        at(.planned), at(.found)
    )]
    StateChanged {
        /// The rows that the plan begins with.
        planned: Heads,
        /// The rows that are there.
        found: Heads,
    },
    /// A hook of the project failed: see [`Gate`](super::Gate). What had been done stays.
    #[error("hook {hook} failed: {reason}")]
    Hook {
        /// Its key in the configuration.
        hook: &'static str,
        /// The revision of its step, if it is one of a step.
        revision: Option<RevisionId>,
        /// Why.
        reason: String,
    },
    /// A script cannot be run. Nothing was changed.
    #[error(transparent)]
    Script(#[from] UnfitScript),
    /// An id is longer than a row of the version table holds. Nothing was changed.
    #[error(
        "revision identifier '{revision}' is {} characters long, and version_num of the version \
         table holds {longest}", .revision.as_str().chars().count()
    )]
    IdTooLong {
        /// The revision.
        revision: RevisionId,
        /// How many characters a row holds.
        longest: usize,
        /// Whether the table is there; otherwise it is what the configuration asks for.
        is_made: bool,
    },
    /// Two ids that would have to be rows at the same time are one key to the version table. Nothing
    /// was changed.
    #[error(
        "revision identifiers '{}' and '{}' differ only in case, and the version table does not \
         tell them apart", .revisions[0], .revisions[1]
    )]
    IdsOfOneKey {
        /// The revisions.
        revisions: [RevisionId; 2],
    },
    /// A purge of rows that nobody can see.
    #[error("Can't use --purge with --sql mode")]
    OfflinePurge,
    /// Somebody else held the lock for too long. Nothing was changed.
    #[error("the database is locked by another run ({}); waited {} s",
        .holder.as_deref().unwrap_or("holder unknown"), .waited.as_secs())]
    LockTimeout {
        /// Who holds it, as far as can be told.
        holder: Option<String>,
        /// How long the run waited.
        waited: Duration,
    },
    /// Diesel has applied some of what is to be applied. Nothing was changed.
    #[error(
        "Diesel has already run {} of the pending migrations, and its history has not been taken \
         over", .versions.len()
    )]
    NotTakenOver {
        /// What Diesel has run, in order.
        versions: Vec<RevisionId>,
    },
    /// The database failed outside a script.
    #[error("{error}")]
    Database {
        /// What it said.
        #[from]
        error: DatabaseError,
    },
    /// A statement failed. Its revision was rolled back, unless it runs outside a transaction.
    #[error("{}", .0.error)]
    Statement(Box<StatementFailure>),
    /// A repeatable script cannot be run, or failed.
    #[error("{0}")]
    Repeatable(Box<RepeatFailure>),
    /// The database refused to commit a revision, as it does for a constraint that it checks at
    /// the end. The revision was rolled back.
    #[error("{error}")]
    Commit {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: PathBuf,
        /// What the database said.
        error: DatabaseError,
    },
    /// The run was asked to stop; a rerun continues.
    #[error("interrupted")]
    Interrupted {
        /// The revision outside a transaction of which some statements have run: they stay done.
        /// Everything else that was not finished was rolled back.
        halfway: Option<RevisionId>,
    },
    /// A statement outside a transaction may or may not have taken effect before a crash, and
    /// the catalog cannot tell.
    #[error(
        "statement {} of revision {revision} was begun by a run that did not \
         end, and the catalog cannot tell whether it took effect", numbered(*.number, *.count)
    )]
    InDoubt {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: PathBuf,
        /// The statement.
        statement: Statement,
        /// Which one, from 1.
        number: u32,
        /// Of how many.
        count: u32,
    },
    /// A downgrade outside a transaction stopped half-way, so the revision is neither applied nor
    /// reverted. Nothing was changed now.
    #[error("revision {revision} is half reverted: its downgrade was begun and not finished")]
    HalfReverted {
        /// The revision.
        revision: RevisionId,
    },
    /// Another database lacks what a revision needs, or has what needs a revision.
    #[error("{unmet}")]
    Unmet {
        /// What is in the way.
        unmet: Box<Unmet>,
        /// Why the other database could not be read.
        cause: Option<String>,
    },
    /// Another database that must stand still meanwhile could not be made to.
    #[error("{kind}")]
    Elsewhere {
        /// The other database.
        database: String,
        /// What went wrong there.
        kind: Box<RunErrorKind>,
    },
    /// Statements of applied revisions were edited in their files. Nothing was changed.
    #[error("{} {} edited after {} applied", one_or_all(.0), was(.0), it_was(.0))]
    Edited(Vec<Edited>),
    /// A script outside a transaction was edited after part of it had run.
    #[error(
        "revision {revision} was edited after {done} of its statements had run outside a \
         transaction"
    )]
    EditedWhileUnfinished {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: PathBuf,
        /// How many of its statements are done.
        done: u32,
    },
    /// A Python revision failed. It was rolled back, unless it runs outside a transaction.
    #[error("{0}")]
    Python(Box<PythonFailure>),
    /// Revisions that only Python runs, and that cannot be handed to it. Nothing was changed.
    #[error("{}", python_needed(.revisions.len()))]
    PythonNeeded {
        /// The revisions, in the order of the plan.
        revisions: Vec<PythonRevision>,
        /// Why they are not handed over.
        why: Unhanded,
    },
    /// A revision that was handed to Python did not come to its end.
    #[error("revision {} in Python: {}", .0.revision, .0.error)]
    Handoff(Box<HandoffFailure>),
    /// The system gave no thread to run Python on. Nothing of the revision was done.
    #[error("no thread to run Python on: {source}")]
    PythonThread {
        /// What the system said.
        source: std::io::Error,
    },
    /// A Python revision turned out to leave its transaction, which its file alone did not tell. It
    /// was rolled back.
    #[error("revision {revision} leaves its transaction by {what}, which its file does not show")]
    LeavesTransaction {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: PathBuf,
        /// What leaves it.
        what: String,
    },
    /// A Python revision has rolled back the transaction of the migration, and went on. It was rolled
    /// back.
    #[error("revision {revision} rolls back the transaction of the migration, and goes on")]
    RollsBack {
        /// The revision.
        revision: RevisionId,
        /// Its file.
        path: PathBuf,
    },
    /// A Python revision that is continued came to another statement than the run before, which
    /// had done that one.
    #[error(
        "revision {} comes to another statement {} now than when it was begun", .0.revision,
        .0.number
    )]
    OtherStatement(Box<OtherStatement>),
    /// What a run has still to do needs what ended with the session of an earlier run. Nothing was
    /// run now.
    #[error(
        "statement {} of revision {} needs {}, which ended with the run that stopped",
        .0.needed_by.0, .0.revision, .0.lost
    )]
    LostState(Box<LostState>),
}

/// Which statement, in words: `2 of 5`; of a Python revision, whose statements nobody has counted,
/// only `2`.
pub fn numbered(number: u32, count: u32) -> String {
    if count == 0 { number.to_string() } else { format!("{number} of {count}") }
}

fn python_needed(count: usize) -> String {
    match count {
        1 => "the plan has a revision that only Python runs".to_owned(),
        _ => format!("the plan has {count} revisions that only Python runs"),
    }
}

fn one_or_all(edited: &[Edited]) -> String {
    match edited {
        [one] => format!("revision {}", one.revision),
        several => format!("{} applied revisions", several.len()),
    }
}

fn was(edited: &[Edited]) -> &'static str {
    if edited.len() == 1 { "was" } else { "were" }
}

fn it_was(edited: &[Edited]) -> &'static str {
    if edited.len() == 1 { "it was" } else { "they were" }
}

/// Rows in a sentence.
fn at(rows: &Heads) -> String {
    if rows.is_empty() {
        return "the base".to_owned();
    }
    let ids: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
    ids.join(", ")
}

/// A statement that failed, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFailure {
    /// The revision.
    pub revision: RevisionId,
    /// The file its script is in.
    pub path: PathBuf,
    /// Where in the file the database saw the error; the beginning of the statement where it
    /// did not say.
    pub position: SourcePosition,
    /// The statement.
    pub statement: Statement,
    /// What the database said.
    pub error: DatabaseError,
    /// What was rolled back with it.
    pub undone: Undone,
    /// The attempts that there were, where a lock was not to be had.
    pub tries: Option<Tries>,
}

/// Attempts in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// How many.
    pub count: u32,
    /// How long they took in all.
    pub spent: Duration,
}

/// Something that a statement which is done had left in its session, and that another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostState {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: PathBuf,
    /// What is lost.
    pub lost: Carried,
    /// The statement that made it, with its number from 1.
    pub set_by: (u32, Statement),
    /// The one that needs it.
    pub needed_by: (u32, Statement),
    /// Whether that one is done too, a setting that is to be made again.
    pub is_done: bool,
}

/// A statement of a Python revision that is another one than in the run that was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherStatement {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: PathBuf,
    /// Which statement, from 1.
    pub number: u32,
    /// What was done, as far as the journal has it.
    pub done: Option<String>,
    /// What the code comes to now; `None` when it came to its end, or to what it was answered then
    /// and the journal does not have.
    pub now: Option<String>,
}

impl From<Box<LostState>> for RunErrorKind {
    fn from(lost: Box<LostState>) -> Self {
        RunErrorKind::LostState(lost)
    }
}

/// What a failure has undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// Nothing: the revision runs outside a transaction. What ran before stays done, and a rerun
    /// continues at the statement.
    Nothing,
    /// The transaction it stands in, of a revision that is parted. What ran before stays done, and a
    /// rerun continues there.
    Part,
    /// The revision.
    Revision,
    /// Every revision of the run.
    Run,
    /// Every revision behind the last one that ran outside a transaction.
    Rest,
    /// There was nothing to undo: no database was touched.
    Unbegun,
}
