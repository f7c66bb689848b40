//! What a run needs to know besides its plan.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;

use super::handoff::PythonMode;
use super::limits::Limits;
use super::python::PythonOptions;
use crate::script::Repeatables;

/// What one transaction holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransactionMode {
    /// One revision with its bookkeeping.
    #[default]
    Revision,
    /// The whole run: everything or nothing, where the database has transactional DDL.
    Run,
    /// As Alembic does it: the whole run on PostgreSQL, but for revisions that must run outside a
    /// transaction, which part it; one revision elsewhere. Texts (`--sql`) hold BEGIN and COMMIT
    /// on PostgreSQL only.
    Alembic,
}

impl TransactionMode {
    /// The word for it in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            TransactionMode::Revision => "revision",
            TransactionMode::Run => "run",
            TransactionMode::Alembic => "alembic",
        }
    }

    /// Whether a whole run on a database of `dialect` is one transaction.
    pub(crate) fn is_whole_run(self, dialect: Dialect) -> bool {
        match self {
            TransactionMode::Revision => false,
            TransactionMode::Run => dialect.has_transactional_ddl(),
            TransactionMode::Alembic => dialect == Dialect::Postgresql,
        }
    }
}

/// What to do with a statement outside a transaction that a crash left in doubt, when the
/// catalog cannot tell whether it took effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InDoubt {
    /// Stop and name it.
    #[default]
    Stop,
    /// Take it as done.
    Skip,
    /// Run it again.
    Rerun,
}

/// When a run writes to the journal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Journal {
    /// Always.
    #[default]
    Always,
    /// Only when something runs outside a transaction, which cannot be resumed without it. For
    /// databases that belong to Alembic too: it would take the journal for a table to be dropped.
    WhenNeeded,
}

impl Journal {
    /// Whether revisions whose files say something else than what was applied are refused. Where
    /// there is a journal only for resuming, what Alembic does is what is wanted: nothing.
    pub fn refuses_edited(self) -> bool {
        match self {
            Journal::Always => true,
            Journal::WhenNeeded => false,
        }
    }
}

/// What scripts may ask of the tenant that they run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantVariables {
    /// Its name: `{{ tenant }}`, as a literal.
    pub name: String,
    /// Its schema: `{{ schema }}`, as a quoted name.
    pub schema: String,
}

/// How a run behaves.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// When to write to the journal.
    pub journal: Journal,
    /// What one transaction holds.
    pub transaction_mode: TransactionMode,
    /// How long statements may wait and run on this database.
    pub limits: Limits,
    /// The same as the person who runs it asks for: it comes before what revisions and the
    /// database say.
    pub asked_limits: Limits,
    /// How long to wait for the lock of the site.
    pub lock_wait: Duration,
    /// What to do with statements in doubt.
    pub in_doubt: InDoubt,
    /// Who runs it, for the journal.
    pub actor: String,
    /// Where it runs, for the journal.
    pub host: String,
    /// What the person who runs it adds to the journal.
    pub note: Option<String>,
    /// The directory of the project: the journal names files by their way from there.
    pub directory: Option<PathBuf>,
    /// The name of the database, which revisions may narrow their route by. Without a name every
    /// revision fits.
    pub database: Option<String>,
    /// The tenant that it runs in, for the variables of scripts.
    pub tenant: Option<TenantVariables>,
    /// Whether revisions run here too that name other databases only.
    pub ignore_routes: bool,
    /// When set, the run stops before the next statement, with the step at hand rolled back.
    pub interrupt: Arc<AtomicBool>,
    /// The time now.
    pub clock: fn() -> DateTime<Utc>,
    /// What the code of Python revisions is given.
    pub python: PythonOptions,
    /// The repeatable scripts of the project, for all its sites.
    pub repeatables: Arc<Repeatables>,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            journal: Journal::default(),
            transaction_mode: TransactionMode::default(),
            limits: Limits::default(),
            asked_limits: Limits::default(),
            lock_wait: Duration::from_secs(60),
            in_doubt: InDoubt::default(),
            actor: String::new(),
            host: String::new(),
            note: None,
            directory: None,
            database: None,
            tenant: None,
            ignore_routes: false,
            interrupt: Arc::default(),
            clock: Utc::now,
            python: PythonOptions::default(),
            repeatables: Arc::default(),
        }
    }
}

impl RunOptions {
    /// Whether revisions may be handed to the project's own Python.
    pub(super) fn may_hand_over(&self) -> bool {
        self.python.mode != PythonMode::Never && self.python.program.is_some()
    }

    /// Whether the run has been asked to stop.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }
}
