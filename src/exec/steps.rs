//! Steps one after the other, or several in one transaction.

use std::time::Instant;

use chrono::DateTime;
use chrono::Utc;

use crate::graph::Heads;
use crate::plan::Step;

use super::error::RunErrorKind;
use super::error::Undone;
use super::handoff;
use super::prepare::PreparedScript;
use super::repeat::Aside;
use super::report::Report;
use super::run::Migrator;
use super::run::Request;
use super::step::StepRunner;

/// Where a transaction of several steps has ended, since Python is to run the next.
pub(super) struct Parting {
    /// The place of that step.
    at: usize,
    instead: handoff::Instead,
    /// When it began.
    start: Instant,
    started: DateTime<Utc>,
}

/// A step with its script; a stamp has none.
pub(super) type Pair<'a> = (&'a Step, Option<&'a PreparedScript>);

/// Whether a step must not run in a transaction.
pub(super) fn is_outside((_, script): &Pair<'_>) -> bool {
    script.is_some_and(|script| !script.transaction)
}

impl Migrator<'_> {
    /// Steps in one transaction, or in several where one of them turns out to be one for Python.
    pub(super) fn run_in_parts(
        runner: &mut StepRunner<'_>,
        request: &Request,
        report: &mut Report,
        mut steps: &[Pair<'_>],
    ) -> Result<(), RunErrorKind> {
        while let Some(Parting { at, instead, start, started }) =
            Self::run_in_one(runner, request, report, steps)?
        {
            let Some(((step, _), rest)) = steps.get(at..).and_then(<[_]>::split_first) else {
                return Ok(());
            };
            runner.run_instead(step, &instead, started)?;
            let elapsed = start.elapsed();
            runner.observer.step_finished(step, elapsed);
            report.push(step, elapsed);
            runner.undone = Undone::Rest;
            if rest.is_empty() {
                return Ok(());
            }
            steps = rest;
        }
        Ok(())
    }

    /// Each step by itself.
    pub(super) fn run_alone(
        &self,
        runner: &mut StepRunner<'_>,
        report: &mut Report,
        steps: &[Pair<'_>],
    ) -> Result<(), RunErrorKind> {
        runner.ensure_tables()?;
        for (step, script) in steps {
            if self.options.is_interrupted() {
                return Err(RunErrorKind::Interrupted { halfway: None });
            }
            runner.gate.before(&[step])?;
            let elapsed = runner.observed(step, |runner| runner.run_alone(step, *script))?;
            report.push(step, elapsed);
        }
        Ok(())
    }

    /// Steps in one transaction: everything or nothing, again and again where a lock is not to be
    /// had. Ends before a step that Python is to run, which is begun and undone by then.
    pub(super) fn run_in_one(
        runner: &mut StepRunner<'_>,
        request: &Request,
        report: &mut Report,
        steps: &[Pair<'_>],
    ) -> Result<Option<Parting>, RunErrorKind> {
        let scripts = || steps.iter().filter_map(|(_, script)| *script);
        // What one of them asks for holds for all.
        let asking = scripts().find(|script| script.lock_retry.is_some());
        let limiting = || scripts().find(|script| script.timeouts.lock.is_some());
        let mut retry = runner.attempts(asking.or_else(limiting));
        let mut aside = Aside::new(runner.graph, runner.options);
        let all: Vec<&PreparedScript> = scripts().collect();
        loop {
            match Self::try_in_one(runner, request, report, steps, &mut aside) {
                // Rolled back, it may be done again without the views in its way.
                Err((error, _, true)) if aside.widen(runner.database, &error, &all)? => {}
                Err((error, step, true)) => {
                    if let Err(error) = runner.await_next(&mut retry, error) {
                        return Err(noted(runner, step, error));
                    }
                }
                Err((error, step, false)) => return Err(noted(runner, step, error)),
                Ok(parting) => return Ok(parting),
            }
        }
    }

    /// One attempt, with views out of its way. An error comes with the step it happened in, and whether nothing is left of them.
    fn try_in_one<'s>(
        runner: &mut StepRunner<'_>,
        request: &Request,
        report: &mut Report,
        steps: &'s [Pair<'s>],
        aside: &mut Aside<'_>,
    ) -> Result<Option<Parting>, (RunErrorKind, Option<&'s Pair<'s>>, bool)> {
        let first = |error| (error, None, false);
        let to_be_done: Vec<&Step> = steps.iter().map(|(step, _)| *step).collect();
        runner.gate.before(&to_be_done).map_err(first)?;
        // Making a table would end the transaction there.
        let is_made_before = !runner.database.dialect().has_transactional_ddl();
        if is_made_before {
            runner.ensure_tables().map_err(|error| first(error.into()))?;
        }
        runner.database.begin().map_err(|error| first(error.into()))?;
        runner.holds_tables = false;
        let mut done = report.clone();
        let result = (|| {
            aside.take_away(runner.database)?;
            if !is_made_before {
                runner.ensure_tables()?;
            }
            if request.is_purge() {
                runner.database.purge_versions()?;
                runner.record_purge(&done.before)?;
                done.after = Heads::none();
            }
            let mut parting = None;
            for (at, (step, script)) in steps.iter().enumerate() {
                runner.database.reset_session()?;
                let started = (runner.options.clock)();
                runner.observer.step_started(step);
                let start = Instant::now();
                let mark = runner.mark(*script, true)?;
                if let Err(error) = runner.run_inside(step, *script) {
                    let instead = runner.instead(*script, error, mark, None)?;
                    parting = Some(Parting { at, instead, start, started });
                    break;
                }
                runner.forget(&mark)?;
                let elapsed = start.elapsed();
                runner.observer.step_finished(step, elapsed);
                done.push(step, elapsed);
            }
            if let Some((step, _)) = steps.first() {
                let (direction, after) = (step.direction, &done.after);
                aside.put_back(runner.database, direction, after, runner.observer)?;
            }
            runner.database.commit()?;
            Ok(parting)
        })();
        match result {
            Ok(parting) => {
                *report = done;
                Ok(parting)
            }
            Err(error) => {
                let is_undone = runner.roll_back();
                let failed = steps.get(done.steps.len() - report.steps.len()).or(steps.last());
                Err((error, failed, is_undone))
            }
        }
    }
}

/// Journals an error of a run in one transaction.
fn noted(
    runner: &mut StepRunner<'_>,
    failed: Option<&Pair<'_>>,
    error: RunErrorKind,
) -> RunErrorKind {
    if let Some((step, script)) = failed {
        runner.record_failed_run(step, *script, &error);
    }
    error
}
