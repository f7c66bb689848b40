//! Runs over many tenants: several at a time, each by itself. One that fails neither stops nor
//! hides the rest.

mod policy;
mod queue;
mod waves;
mod worker;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use crate::db::TenantHome;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::Heads;
use crate::plan::Obstacle;
use crate::ui::Output;
use crate::ui::Progress;

use super::context::Context;
use super::error::CliError;
use super::failure;
use super::journaling;
use super::run_arguments::options_of;
use super::runs::explained_error;
use super::sites::Site;
use super::summary::Outcome;
use super::tenants::Known;

use policy::Failures;
pub(super) use policy::FanOutArguments;
pub(super) use policy::MostFailures;
use queue::Queue;
pub(super) use waves::numbers as wave_numbers;
use worker::Answer;
pub(super) use worker::Line;
pub(super) use worker::Needed;
pub(super) use worker::Worker;
pub(super) use worker::WorkerError;
pub(super) use worker::needed;

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
            tell(context, &outcomes[index], output);
            failures.add();
        } else if let Some(heads) = idle_at(context, site, request)? {
            // Somebody else has brought it on.
            notes.clear(context, site, output);
            outcomes[index].report = Some(Report::at(&heads));
        } else {
            todo.push_back(index);
        }
    }
    let needed = needed(context, sites)?;
    let is_divided = matches!(request, Request::Upgrade(_)) && !arguments.no_waves;
    let mut approval = arguments.approved();
    for wave in waves::divide(sites, todo, is_divided) {
        if failures.is_enough() || is_interrupted(options) {
            break;
        }
        let failed = |database: &str| {
            let of_database = outcomes.iter().zip(sites);
            let of_database = of_database.filter(|(_, site)| site.settings.name == database);
            let failed = of_database.filter(|(outcome, _)| outcome.error.is_some()).count();
            if arguments.bears_failures() { 0 } else { failed }
        };
        if wave.number > 1
            && let Err(error) = waves::pass(context, sites, &wave, &failed, &mut approval, output)
        {
            if let Some(place) = wave.todo.front() {
                outcomes[*place].fail(error);
            }
            break;
        }
        if wave.number > 0 {
            output.remark(format_args!("wave {}: {} tenants", wave.number, wave.todo.len()));
        }
        let mut run = WaveRun {
            context,
            sites,
            options,
            request,
            needed: &needed,
            outcomes: &mut outcomes,
            failures: &failures,
            notes: &mut notes,
        };
        run.run(wave.todo, arguments, output);
    }
    let is_left = |outcome: &&mut Outcome| outcome.error.is_none() && outcome.report.is_none();
    if is_interrupted(options)
        && !outcomes.iter().any(Outcome::is_interrupted)
        && let Some(left) = outcomes.iter_mut().find(is_left)
    {
        let error = RunError::before_any_step(RunErrorKind::Interrupted { halfway: None });
        left.fail(CliError::Run { database: left.database.clone(), error });
    }
    Ok(outcomes)
}

fn is_interrupted(options: &RunOptions) -> bool {
    options.interrupt.load(Ordering::Relaxed)
}

/// The server that a tenant is on.
pub(super) fn server_of(site: &Site<'_>) -> String {
    let host = site.url.host().unwrap_or_default();
    format!("{host}:{}", site.url.port().unwrap_or_default())
}

/// A wave, or all there is, under way.
struct WaveRun<'r, 's> {
    context: &'r Context,
    sites: &'r [Site<'s>],
    options: &'r RunOptions,
    request: &'r Request,
    needed: &'r Needed,
    outcomes: &'r mut [Outcome],
    failures: &'r Failures,
    notes: &'r mut Notes,
}

impl WaveRun<'_, '_> {
    fn run(&mut self, todo: VecDeque<usize>, arguments: &FanOutArguments, output: &mut Output<'_>) {
        let jobs = arguments.jobs().min(todo.len());
        let progress = Progress::new(todo.len(), "tenants", output);
        let servers: Vec<String> = self.sites.iter().map(server_of).collect();
        let queue = Queue::new(todo, &servers, arguments.per_server());
        let (sites, options, request) = (self.sites, self.options, self.request);
        let failures = self.failures;
        let (scripts, needed, recycle) = (&self.context.revisions, self.needed, arguments.recycle);
        thread::scope(|scope| {
            let (sender, answers) = mpsc::channel();
            for _ in 0..jobs {
                let sender = sender.clone();
                let queue = &queue;
                scope.spawn(move || {
                    let mut worker = Worker::new(scripts, recycle);
                    while let Some(index) = queue.take() {
                        if is_interrupted(options) {
                            queue.close();
                            break;
                        }
                        let own = options_of(&sites[index], options);
                        let (lines, result) = worker.run(&sites[index], needed, own, request);
                        // Counted here: whoever is told later would begin another meanwhile.
                        if result.is_err() {
                            failures.add();
                        }
                        if failures.is_enough() {
                            queue.close();
                        }
                        queue.give_back(index);
                        if sender.send(Answer { index, lines, result }).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            for answer in answers {
                progress.advance();
                progress.aside(|| self.take(answer, output));
            }
        });
    }

    /// Shows and notes what became of a tenant.
    fn take(&mut self, answer: Answer, output: &mut Output<'_>) {
        let Answer { index, lines, result } = answer;
        let (context, site) = (self.context, &self.sites[index]);
        let outcome = &mut self.outcomes[index];
        for line in lines {
            show(site, &line, output);
        }
        let error = match result {
            Ok(report) => {
                self.notes.clear(context, site, output);
                outcome.report = Some(report);
                tell(context, outcome, output);
                return;
            }
            Err(WorkerError::Site(error)) => error,
            Err(WorkerError::Run(error)) => {
                let options = options_of(site, self.options);
                journaling::record_lost_connection(site, self.request, &error, &options);
                run_error(context, site, error)
            }
        };
        outcome.fail(error);
        if let Some(error) = &outcome.error
            && !outcome.is_interrupted()
        {
            self.notes.fail(context, site, error, output);
        }
        tell(context, outcome, output);
    }
}

/// The error of a run on a tenant.
pub(super) fn run_error(context: &Context, site: &Site<'_>, error: RunError) -> CliError {
    match *error.kind {
        // Found out before anything was begun.
        RunErrorKind::Unmet { unmet, cause } => {
            let is_behind = unmet.obstacle == Obstacle::NotPlanned;
            let command = is_behind.then(|| format!("limbeck upgrade -d {} --shared", unmet.other));
            CliError::Unmet { database: site.name.clone(), unmet: *unmet, cause, command }
        }
        _ => explained_error(context, site, error),
    }
}

/// Says what became of a tenant; where the result is JSON, as an event in a line of its own.
pub(super) fn tell(context: &Context, outcome: &Outcome, output: &mut Output<'_>) {
    match context.globals.json {
        true => output.talk(outcome.event()),
        false => outcome.tell(output),
    }
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
fn idle_at(
    context: &Context,
    site: &Site<'_>,
    request: &Request,
) -> Result<Option<Heads>, CliError> {
    let Some(Known::At(heads)) = site.tenant.as_ref().map(|tenant| &tenant.known) else {
        return Ok(None);
    };
    // What the catalogue knows is about revisions.
    if !matches!(request, Request::Upgrade(_)) || context.has_repeatables(site) {
        return Ok(None);
    }
    // What the rows do not allow, the run itself says.
    let plan = request.plan(site.graph, heads);
    Ok(plan.is_ok_and(|plan| plan.is_empty()).then(|| heads.clone()))
}

pub(super) fn show(site: &Site<'_>, line: &Line, output: &mut Output<'_>) {
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
pub(super) struct Notes {
    open: Vec<(String, Option<TenantHome>)>,
}

impl Notes {
    pub(super) fn fail(
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
    pub(super) fn clear(&mut self, context: &Context, site: &Site<'_>, output: &mut Output<'_>) {
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
                let opened = context.tenant_home(site);
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
        let Some((_, Some(home))) = self.open.get_mut(at) else { return };
        if let Err(error) = home.note_failure(&tenant.name, error) {
            output.insist(format_args!(
                "warning: {} cannot be noted for --retry-failed: {error}",
                site.name()
            ));
        }
    }
}
