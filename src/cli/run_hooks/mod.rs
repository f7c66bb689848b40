//! The hooks of a run on one site: what the configuration has done before and after the run and
//! its steps, and when it fails.
//!
//! None of it is part of a step's transaction: SQL runs on a connection of its own, so that a hook
//! can neither be undone with a step nor undo one. What comes before can refuse; what comes after
//! cannot take anything back, and says so when it fails.

mod act;
mod facts;

use std::collections::BTreeMap;

use crate::env::Hook;
use crate::env::HookEvent;
use crate::exec::Gate;
use crate::exec::Observer;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Step;

use super::error::CliError;
use super::sites::Site;

/// The hooks of a site.
pub(super) struct RunHooks<'a> {
    site: &'a Site<'a>,
    hooks: BTreeMap<HookEvent, Hook>,
}

/// Lets steps through as `inner` does, with hooks around them.
struct Hooked<'a> {
    hooks: &'a RunHooks<'a>,
    inner: &'a mut dyn Gate,
    direction: Option<Direction>,
    /// The revisions of the run.
    revisions: Vec<String>,
    /// The steps that have been let through, and not been spoken of since.
    begun: Vec<Step>,
}

impl<'a> RunHooks<'a> {
    /// The hooks of `site`, for what `request` is: a stamp runs nothing, and has none.
    ///
    /// # Errors
    /// What their configuration lacks.
    pub(super) fn of(site: &'a Site<'a>, request: &Request) -> Result<Self, CliError> {
        let runs_scripts = match request {
            Request::Upgrade(_) | Request::Downgrade(_) | Request::Steps { .. } => true,
            Request::Stamp { .. } | Request::TakeOver(_) => false,
        };
        let hooks = if runs_scripts { site.settings.hooks.ready()? } else { BTreeMap::new() };
        Ok(RunHooks { site, hooks })
    }

    /// Does `run` with the hooks around it, through a gate that it is given.
    pub(super) fn around(
        &self,
        inner: &mut dyn Gate,
        observer: &mut dyn Observer,
        run: impl FnOnce(&mut dyn Gate, &mut dyn Observer) -> Result<Report, RunError>,
    ) -> Result<Report, RunError> {
        if self.hooks.is_empty() {
            return run(inner, observer);
        }
        let mut gate = Hooked {
            hooks: self,
            inner,
            direction: None,
            revisions: Vec::new(),
            begun: Vec::new(),
        };
        let result = run(&mut gate, observer);
        let Hooked { direction, revisions, mut begun, .. } = gate;
        let report = match &result {
            Ok(report) => report,
            Err(error) => &error.report,
        };
        // Of those that were let through last, some may have failed.
        let is_done =
            |step: &Step| report.steps.iter().any(|done| done.step.revision == step.revision);
        begun.retain(is_done);
        let after_steps = self.after_steps(&begun);
        let result = match (result, after_steps) {
            (Ok(report), Err(kind)) => Err(RunError { kind: Box::new(kind), report }),
            (Err(error), Err(kind)) => {
                observer.warning(&kind.to_string());
                Err(error)
            }
            (result, Ok(())) => result,
        };
        match result {
            // With nothing to do there was no run.
            Ok(report) if direction.is_none() => Ok(report),
            Ok(report) => {
                let facts = facts::of_run(direction, &revisions, None);
                match self.run(HookEvent::AfterRun, None, facts) {
                    Ok(()) => Ok(report),
                    Err(kind) => Err(RunError { kind: Box::new(kind), report }),
                }
            }
            Err(error) => {
                let message = error.kind.to_string();
                let facts = facts::of_run(direction, &revisions, Some(&message));
                if let Err(kind) = self.run(HookEvent::OnFailure, None, facts) {
                    observer.warning(&kind.to_string());
                }
                Err(error)
            }
        }
    }

    fn after_steps(&self, steps: &[Step]) -> Result<(), RunErrorKind> {
        for step in steps {
            self.step(HookEvent::AfterStep, step)?;
        }
        Ok(())
    }

    fn step(&self, event: HookEvent, step: &Step) -> Result<(), RunErrorKind> {
        self.run(event, step.revision.as_ref(), facts::of_step(step))
    }

    fn run(
        &self,
        event: HookEvent,
        revision: Option<&RevisionId>,
        facts: Vec<(&'static str, String)>,
    ) -> Result<(), RunErrorKind> {
        let Some(hook) = self.hooks.get(&event) else { return Ok(()) };
        let facts = facts::with_site(self.site, event, facts);
        act::act(self.site, hook, event, &facts).map_err(|reason| RunErrorKind::Hook {
            hook: event.key(),
            revision: revision.cloned(),
            reason,
        })
    }
}

impl Gate for Hooked<'_> {
    fn before_lock(
        &mut self,
        steps: &[Step],
        observer: &mut dyn Observer,
    ) -> Result<(), RunErrorKind> {
        self.inner.before_lock(steps, observer)
    }

    fn locked(&mut self, steps: &[Step], observer: &mut dyn Observer) -> Result<(), RunErrorKind> {
        self.inner.locked(steps, observer)?;
        self.direction = steps.first().map(|step| step.direction);
        self.revisions = steps
            .iter()
            .filter_map(|step| step.revision.as_ref().map(ToString::to_string))
            .collect();
        let facts = facts::of_run(self.direction, &self.revisions, None);
        self.hooks.run(HookEvent::BeforeRun, None, facts)
    }

    fn before(&mut self, steps: &[&Step]) -> Result<(), RunErrorKind> {
        self.inner.before(steps)?;
        // What was let through before has been committed by now, but for what is let through again:
        // a transaction of several steps may end before one that Python is to run.
        let (again, done): (Vec<Step>, Vec<Step>) =
            std::mem::take(&mut self.begun).into_iter().partition(|one| steps.contains(&one));
        self.hooks.after_steps(&done)?;
        for step in steps.iter().filter(|step| !again.contains(step)) {
            self.hooks.step(HookEvent::BeforeStep, step)?;
        }
        self.begun = steps.iter().map(|step| (*step).clone()).collect();
        Ok(())
    }
}
