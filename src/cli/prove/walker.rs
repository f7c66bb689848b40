//! Going up and down a history on a scratch database, one step at a time, and looking at it from
//! beside.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure;
use crate::cli::run_arguments::options_of;
use crate::cli::sites::Site;
use crate::db::Database;
use crate::db::Schema;
use crate::db::Snapshot;
use crate::exec::Migrator;
use crate::exec::PythonOptions;
use crate::exec::PythonProgram;
use crate::exec::Redirection;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::exec::Silent;
use crate::exec::UnfitScriptKind;
use crate::plan::Direction;
use crate::plan::Plan;
use crate::plan::Step;

use super::Way;
use super::scratch;

/// Whether a step is gone for the first time, or back and once more.
#[derive(Clone, Copy)]
pub(in crate::cli) enum Turn {
    First,
    Back,
}

/// Why a step was not gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct StepFailure {
    /// What went wrong, in one line.
    pub(in crate::cli) message: String,
    /// Where, as far as that is known.
    pub(in crate::cli) place: Option<String>,
    /// Whether the revision says by itself that it cannot be reverted, or has nothing to revert it.
    pub(in crate::cli) is_refusal: bool,
}

/// Where a walk is.
pub(in crate::cli) struct Walker<'a> {
    context: &'a Context,
    site: &'a Site<'a>,
    /// Goes forward.
    migrator: Migrator<'a>,
    /// Goes back and forward again, with a process of Python of its own: within one run of Alembic,
    /// as within each of these, no function is called twice.
    backwards: Migrator<'a>,
    /// Runs what is run.
    session: Box<dyn Database>,
    /// Only looks, whatever scripts do to the settings of the other.
    eye: Box<dyn Database>,
    /// Limbeck's own tables.
    own: Vec<String>,
    interrupt: Arc<AtomicBool>,
}

impl<'a> Walker<'a> {
    /// Opens the scratch database of `site`.
    pub(in crate::cli) fn new(
        context: &'a Context,
        site: &'a Site<'a>,
        way: &Way<'a>,
        redirection: &Redirection,
    ) -> Result<Self, CliError> {
        let mut options = options_of(site, &way.options);
        // What is to be looked at is the work of revisions.
        options.repeatables = Arc::default();
        options.python.program = options
            .python
            .program
            .map(|program| PythonProgram { scratch: Some(redirection.clone()), ..program });
        let mut own = options.python.own_tables.clone();
        own.extend(site.settings.tables.iter().map(|tables| tables.version.name.clone()));
        let interrupt = Arc::clone(&options.interrupt);
        let migrator = |options: &RunOptions| {
            // A way sees nothing of the other.
            let python = PythonOptions { kept: Arc::default(), ..options.python.clone() };
            Migrator::new(site.graph, way.scripts, RunOptions { python, ..options.clone() })
        };
        Ok(Walker {
            context,
            site,
            migrator: migrator(&options),
            backwards: migrator(&options),
            session: scratch::connect(context, site)?,
            eye: site.connect(true)?,
            own,
            interrupt,
        })
    }

    /// Ends the walk where somebody has asked for that.
    pub(in crate::cli) fn check_interrupt(&self) -> Result<(), CliError> {
        match self.interrupt.load(Ordering::Relaxed) {
            true => Err(self.error(RunErrorKind::Interrupted { halfway: None })),
            false => Ok(()),
        }
    }

    /// Runs one step. The inner error is the step's own.
    pub(in crate::cli) fn go(
        &mut self,
        step: &Step,
        turn: Turn,
    ) -> Result<Result<(), StepFailure>, CliError> {
        let plan = Plan { before: step.before.clone(), steps: vec![step.clone()] };
        let request = Request::Steps { plan, end: 1 };
        let migrator = match turn {
            Turn::First => &self.migrator,
            Turn::Back => &self.backwards,
        };
        match migrator.run(self.session.as_mut(), &request, &mut Silent) {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_of_step(&error.kind) => {
                let is_refusal = is_refusal(&error.kind);
                let error = self.context.run_error(self.site, error);
                let (place, message) = failure::place_and_message(&error);
                Ok(Err(StepFailure { message, place, is_refusal }))
            }
            Err(error) => Err(self.context.run_error(self.site, error)),
        }
    }

    /// Everything that is in the database.
    pub(in crate::cli) fn look(&mut self) -> Result<Snapshot, CliError> {
        Snapshot::of(self.eye.as_mut(), &self.own).map_err(|error| self.site.error(error))
    }

    /// How the database is built.
    pub(in crate::cli) fn schema(&mut self) -> Result<Schema, CliError> {
        Schema::of(self.eye.as_mut(), &self.own).map_err(|error| self.site.error(error))
    }

    /// Lets the journal forget what stopped half-way and left nothing.
    pub(in crate::cli) fn forget(&mut self) -> Result<(), CliError> {
        let journal = self.site.tables()?.journal;
        let sql = format!("DELETE FROM {}", journal.sql(self.site.url.dialect()));
        match self.session.journal_log(&crate::db::JournalFilter::Open) {
            Ok(None) => Ok(()),
            _ => self.session.execute(&sql, &[]).map(drop).map_err(|error| self.site.error(error)),
        }
    }

    fn error(&self, kind: RunErrorKind) -> CliError {
        self.context.run_error(self.site, RunError::before_any_step(kind))
    }
}

/// The way back from `step`.
pub(in crate::cli) fn back(step: &Step) -> Step {
    Step {
        direction: Direction::Downgrade,
        revision: step.revision.clone(),
        from: step.to.clone(),
        to: step.from.clone(),
        doc: step.doc.clone(),
        before: step.after.clone(),
        after: step.before.clone(),
    }
}

/// Whether an error tells something of the revision, rather than of the surroundings.
fn is_of_step(kind: &RunErrorKind) -> bool {
    match kind {
        RunErrorKind::Handoff(failure) => !failure.error.is_before(),
        RunErrorKind::Statement(_)
        | RunErrorKind::Commit { .. }
        | RunErrorKind::Python(_)
        | RunErrorKind::LeavesTransaction { .. }
        | RunErrorKind::RollsBack { .. }
        | RunErrorKind::Script(_) => true,
        _ => false,
    }
}

/// Whether it tells that the step is not meant to be gone. Of Python that is the usual exception.
fn is_refusal(kind: &RunErrorKind) -> bool {
    const REFUSAL: &str = "NotImplementedError";
    match kind {
        RunErrorKind::Script(unfit) => matches!(
            unfit.kind,
            UnfitScriptKind::Irreversible { .. }
                | UnfitScriptKind::NoSection { direction: Direction::Downgrade, .. }
                | UnfitScriptKind::NoFunction { direction: Direction::Downgrade }
        ),
        RunErrorKind::Python(failure) => failure.to_string().starts_with(REFUSAL),
        RunErrorKind::Handoff(failure) => failure.error.to_string().starts_with(REFUSAL),
        _ => false,
    }
}
