//! One way through a history, on an empty database: up, back, and up again, step by step.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure;
use crate::cli::run_arguments::options_of;
use crate::cli::sites::Site;
use crate::db::Changes;
use crate::db::Database;
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
use crate::plan::Direction;
use crate::plan::Plan;
use crate::plan::Step;

use super::Way;

/// What came of the steps, as far as the way went.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) steps: Vec<Walk>,
}

/// What came of a step and of the way back from it.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) up: Option<Done>,
    pub(super) down: Option<Done>,
    /// Why the step failed when it was gone once more behind the way back.
    pub(super) again: Option<String>,
}

#[derive(Debug)]
pub(super) enum Done {
    Changed(Changes),
    /// It failed, with these words.
    Failed(String),
}

/// Whether a step is gone for the first time, or back and once more.
#[derive(Clone, Copy)]
enum Turn {
    First,
    Back,
}

/// Where a walk is.
struct Walker<'a> {
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
}

/// Goes the first `end` steps of `plan` on the empty database of `site`.
pub(super) fn walk(
    context: &Context,
    site: &Site<'_>,
    plan: &Plan,
    way: &Way<'_>,
    redirection: &Redirection,
    end: usize,
) -> Result<Walked, CliError> {
    let mut options = options_of(site, &way.options);
    options.python.program = options
        .python
        .program
        .map(|program| PythonProgram { scratch: Some(redirection.clone()), ..program });
    let mut own = options.python.own_tables.clone();
    own.extend(site.settings.tables.iter().map(|tables| tables.version.name.clone()));
    let interrupt = options.interrupt.clone();
    let migrator = |options: &RunOptions| {
        // A way sees nothing of the other.
        let python = PythonOptions { kept: Arc::default(), ..options.python.clone() };
        Migrator::new(site.graph, way.scripts, RunOptions { python, ..options.clone() })
    };
    let mut walker = Walker {
        context,
        site,
        migrator: migrator(&options),
        backwards: migrator(&options),
        session: site.connect(false)?,
        eye: site.connect(true)?,
        own,
    };
    let mut walked = Walked::default();
    let mut before = walker.look()?;
    for step in plan.steps.iter().take(end) {
        if interrupt.load(Ordering::Relaxed) {
            return Err(walker.error(RunErrorKind::Interrupted { halfway: None }));
        }
        let mut walk = Walk::default();
        if let Err(reason) = walker.go(step, Turn::First)? {
            walk.up = Some(Done::Failed(reason));
            walked.steps.push(walk);
            break;
        }
        let above = walker.look()?;
        walk.up = Some(Done::Changed(above.changes_since(&before)));
        let is_up = walker.down_and_up(step, &above, &mut walk)?;
        walked.steps.push(walk);
        if !is_up {
            break;
        }
        before = walker.look()?;
    }
    Ok(walked)
}

impl Walker<'_> {
    /// Reverts `step` and applies it again. Tells whether the database is behind it then.
    fn down_and_up(
        &mut self,
        step: &Step,
        above: &Snapshot,
        walk: &mut Walk,
    ) -> Result<bool, CliError> {
        if let Err(reason) = self.go(&back(step), Turn::Back)? {
            walk.down = Some(Done::Failed(reason));
            // What is left of it may keep everything that follows from being the same.
            let is_untouched = self.look()? == *above;
            return Ok(is_untouched && self.forget().is_ok());
        }
        let below = self.look()?;
        walk.down = Some(Done::Changed(below.changes_since(above)));
        walk.again = self.go(step, Turn::Back)?.err();
        Ok(walk.again.is_none())
    }

    /// Runs one step. The inner error is the step's own.
    fn go(&mut self, step: &Step, turn: Turn) -> Result<Result<(), String>, CliError> {
        let plan = Plan { before: step.before.clone(), steps: vec![step.clone()] };
        let request = Request::Steps { plan, end: 1 };
        let migrator = match turn {
            Turn::First => &self.migrator,
            Turn::Back => &self.backwards,
        };
        match migrator.run(self.session.as_mut(), &request, &mut Silent) {
            Ok(_) => Ok(Ok(())),
            Err(error) if is_of_step(&error.kind) => {
                Ok(Err(failure::message(&self.context.run_error(self.site, error))))
            }
            Err(error) => Err(self.context.run_error(self.site, error)),
        }
    }

    fn look(&mut self) -> Result<Snapshot, CliError> {
        Snapshot::of(self.eye.as_mut(), &self.own).map_err(|error| self.site.error(error))
    }

    /// Lets the journal forget what stopped half-way and left nothing.
    fn forget(&mut self) -> Result<(), CliError> {
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
fn back(step: &Step) -> Step {
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
