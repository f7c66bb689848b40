//! Runs over many tenants: several at a time, each by itself. One that fails neither stops nor
//! hides the rest.

mod policy;
mod worker;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use crate::db::TenantFailures;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunOptions;
use crate::graph::Heads;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::failure;
use super::journaling;
use super::run_arguments::options_of;
use super::runs::explained_error;
use super::sites::Site;
use super::summary::Outcome;
use super::tenants::Known;

pub(super) use policy::FanOutArguments;
use worker::Answer;
use worker::Line;

/// Carries `request` out on every one of `sites`, which are tenants, in their order as far as
/// several at a time have one. The outcomes are in that order.
pub(super) fn run(
    context: &Context,
    sites: &[Site<'_>],
    arguments: &FanOutArguments,
    (options, request): (&RunOptions, &Request),
    output: &mut Output<'_>,
) -> Result<Vec<Outcome>, CliError> {
    let mut outcomes: Vec<Outcome> = sites.iter().map(Outcome::of).collect();
    let failures = arguments.failures(sites.len());
    let mut notes = Notes::default();
    let mut todo = VecDeque::new();
    for (index, site) in sites.iter().enumerate() {
        if let Err(error) = site.check_tenant() {
            notes.fail(context, site, &error, output);
            outcomes[index].fail(error);
            outcomes[index].tell(output);
            failures.add();
        } else if let Some(heads) = idle_at(site, request)? {
            // Somebody else has brought it on.
            notes.clear(context, site, output);
            outcomes[index].report = Some(Report::at(&heads));
        } else {
            todo.push_back(index);
        }
    }
    let needed = worker::needed(context, sites)?;
    let jobs = arguments.jobs().min(todo.len());
    let queue = Mutex::new(todo);
    let stopped = AtomicBool::new(failures.is_enough());
    let scripts = &context.revisions;
    let options: Vec<RunOptions> = sites.iter().map(|site| options_of(site, options)).collect();
    thread::scope(|scope| {
        let (sender, answers) = mpsc::channel();
        for _ in 0..jobs {
            let sender = sender.clone();
            let (queue, stopped, options, needed) = (&queue, &stopped, &options, &needed);
            let failures = &failures;
            let recycle = arguments.recycle;
            scope.spawn(move || {
                let mut worker = worker::Worker::new(scripts, needed, recycle);
                while !stopped.load(Ordering::Relaxed) {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(index) = next else { break };
                    let options = &options[index];
                    let (lines, result) = worker.run(&sites[index], options, request);
                    if result.is_err() {
                        failures.add();
                    }
                    if options.interrupt.load(Ordering::Relaxed) || failures.is_enough() {
                        stopped.store(true, Ordering::Relaxed);
                    }
                    if sender.send(Answer { index, lines, result }).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for Answer { index, lines, result } in answers {
            let (site, outcome) = (&sites[index], &mut outcomes[index]);
            for line in lines {
                show(site, &line, output);
            }
            match result {
                Ok(report) => {
                    notes.clear(context, site, output);
                    outcome.report = Some(report);
                }
                Err(error) => {
                    let error = match error {
                        worker::WorkerError::Site(error) => error,
                        worker::WorkerError::Run(error) => {
                            let options = &options[index];
                            journaling::record_lost_connection(site, request, &error, options);
                            explained_error(context, site, error)
                        }
                    };
                    outcome.fail(error);
                    if let Some(error) = &outcome.error
                        && !outcome.is_interrupted()
                    {
                        notes.fail(context, site, error, output);
                    }
                }
            }
            outcome.tell(output);
        }
    });
    Ok(outcomes)
}

/// Notes what became of a tenant that was run by itself.
pub(super) fn note(context: &Context, site: &Site<'_>, outcome: &Outcome, output: &mut Output<'_>) {
    let mut notes = Notes::default();
    match &outcome.error {
        None => notes.clear(context, site, output),
        Some(error) if !outcome.is_interrupted() => notes.fail(context, site, error, output),
        Some(_) => {}
    }
}

/// Where a tenant is that has nothing to do, by the catalogue.
fn idle_at(site: &Site<'_>, request: &Request) -> Result<Option<Heads>, CliError> {
    let Some(Known::At(heads)) = site.tenant.as_ref().map(|tenant| &tenant.known) else {
        return Ok(None);
    };
    if !matches!(request, Request::Upgrade(_)) {
        return Ok(None);
    }
    // What the rows do not allow, the run itself says.
    let plan = request.plan(site.graph, heads);
    Ok(plan.is_ok_and(|plan| plan.is_empty()).then(|| heads.clone()))
}

fn show(site: &Site<'_>, line: &Line, output: &mut Output<'_>) {
    let name = site.name();
    match line {
        Line::Talk(text) => output.talk(format_args!("[{name}] {text}")),
        Line::Insist(text) => output.insist(format_args!("[{name}] {text}")),
        Line::Printed(text) => output.printed(text),
        Line::Logged { logger, level, message } => output.logged(logger, *level, message),
    }
}

/// What failed is noted in the catalogues, for `--retry-failed`.
#[derive(Default)]
struct Notes {
    open: Vec<(String, Option<TenantFailures>)>,
}

impl Notes {
    fn fail(
        &mut self,
        context: &Context,
        site: &Site<'_>,
        error: &CliError,
        output: &mut Output<'_>,
    ) {
        let message = failure::message(error);
        self.note(context, site, Some(&message), output);
    }

    /// Tenants that share a database are noted as well in the transaction of their version rows.
    fn clear(&mut self, context: &Context, site: &Site<'_>, output: &mut Output<'_>) {
        if site.tenant.as_ref().is_some_and(|tenant| tenant.has_failed) {
            self.note(context, site, None, output);
        }
    }

    fn note(
        &mut self,
        context: &Context,
        site: &Site<'_>,
        error: Option<&str>,
        output: &mut Output<'_>,
    ) {
        let Some(tenant) = site.tenant.as_ref() else { return };
        if matches!(tenant.known, Known::Unlisted(_)) {
            return;
        }
        let database = &site.settings.name;
        let at = match self.open.iter().position(|(name, _)| name == database) {
            Some(at) => at,
            None => {
                let opened = context.open_failures(site);
                if let Err(error) = &opened {
                    output.insist(format_args!(
                        "warning: what failed on {database} cannot be noted for --retry-failed: \
                         {}",
                        failure::message(error)
                    ));
                }
                self.open.push((database.clone(), opened.ok()));
                self.open.len() - 1
            }
        };
        let Some((_, Some(failures))) = self.open.get_mut(at) else { return };
        if let Err(error) = failures.note(&tenant.name, error) {
            output.insist(format_args!(
                "warning: {} cannot be noted for --retry-failed: {error}",
                site.name()
            ));
        }
    }
}
