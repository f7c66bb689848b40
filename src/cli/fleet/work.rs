//! One worker of a rollout: claims sites, brings them on, and tells what has become of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use uuid::Uuid;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure;
use crate::cli::fan_out;
use crate::cli::fan_out::Needed;
use crate::cli::fan_out::Notes;
use crate::cli::fan_out::WorkerError;
use crate::cli::journaling;
use crate::cli::run_arguments::options_of;
use crate::cli::sites;
use crate::cli::sites::Site;
use crate::cli::summary::Outcome;
use crate::db;
use crate::db::Claim;
use crate::db::Claimed;
use crate::db::Finish;
use crate::db::FleetHome;
use crate::db::Holdup;
use crate::exec::Request;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::target::Target;
use crate::ui::Output;

use super::crew::Answer;
use super::crew::Crew;
use super::crew::Job;
use super::entries::Entry;
use super::entries::await_entries;
use super::entries::away;
use super::entries::entry;
use super::entries::matching;
use super::heartbeat::Held;
use super::heartbeat::beat;
use super::home::Home;
use super::home::Which;
use super::lookup::Lookup;
use super::outcome::Fate;
use super::outcome::OutOfReach;
use super::outcome::fate;
use super::problem::FleetProblem;

/// How soon to ask again where there was nothing to claim; each time twice as long.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// How soon a signal is heeded.
const TICK: Duration = Duration::from_millis(100);

/// How a worker is to work.
pub(in crate::cli) struct HowToWork<'h> {
    /// On which rollout; `None` for all that are not finished.
    pub(in crate::cli) rollout: Option<&'h str>,
    /// On how many sites at a time.
    pub(in crate::cli) jobs: usize,
    /// How long to wait for a rollout where there is none.
    pub(in crate::cli) wait: Duration,
    /// How long the home database may be away.
    pub(in crate::cli) home_wait: Duration,
    /// Whether to end when there is nothing to claim at the moment.
    pub(in crate::cli) until_idle: bool,
    /// How many sites a connection serves.
    pub(in crate::cli) recycle: u32,
    /// How sites are run.
    pub(in crate::cli) options: RunOptions,
}

/// Works on rollouts until there is nothing left for this worker.
pub(in crate::cli) fn work(
    context: &Context,
    how: &HowToWork<'_>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let mut home = Home::of(context, false)?;
    let entries = match how.rollout {
        Some(name) => {
            // One that is finished is told of as one that this worker has finished.
            let rollout = home.rollout(Some(name), Which::All)?;
            vec![entry(context, rollout)?]
        }
        None => await_entries(context, &mut home, how, output)?,
    };
    let place = home.place();
    let name = format!(
        "{}:{}:{}",
        sites::host(),
        std::process::id(),
        &Uuid::new_v4().simple().to_string()[..8]
    );
    let held = Held::default();
    let mut work = Work {
        context,
        how,
        home,
        entries,
        lookup: Lookup::new(context),
        needed: BTreeMap::new(),
        notes: Notes::default(),
        held: &held,
        out_of_reach: OutOfReach::default(),
        identified: BTreeSet::new(),
        name: name.clone(),
        is_idle: false,
    };
    let result = thread::scope(|scope| {
        let scripts = &context.revisions;
        let mut crew = Crew::start(scope, how.jobs, scripts, how.recycle);
        scope.spawn(|| beat(&held, &name, &place));
        // Also where something here comes to a bad end: nobody is to wait for the heartbeat then.
        let _end = EndOnDrop(&held);
        work.run(&mut crew, output)
    });
    result?;
    work.finish(output)
}

/// Ends the heartbeat with the work.
struct EndOnDrop<'h>(&'h Held);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

pub(super) struct Work<'a, 'w> {
    pub(super) context: &'a Context,
    pub(super) how: &'w HowToWork<'w>,
    pub(super) home: Home<'a>,
    pub(super) entries: Vec<Entry>,
    pub(super) lookup: Lookup<'a>,
    /// What is applied in databases that sites of a rollout need something of, by its id and the
    /// name of their part of the graph.
    needed: BTreeMap<(String, String), Arc<Needed>>,
    notes: Notes,
    held: &'w Held,
    pub(super) out_of_reach: OutOfReach,
    /// The databases, by rollouts, that are those that are meant.
    identified: BTreeSet<(String, String)>,
    pub(super) name: String,
    /// Whether it ends for want of anything to claim.
    is_idle: bool,
}

impl<'a> Work<'a, '_> {
    pub(super) fn is_interrupted(&self) -> bool {
        self.how.options.interrupt.load(Ordering::Relaxed)
    }

    fn run(&mut self, crew: &mut Crew<'a, '_>, output: &mut Output<'_>) -> Result<(), CliError> {
        let mut result = Ok(());
        let mut pause = FIRST_PAUSE;
        let mut next = Instant::now();
        loop {
            let is_ending = self.is_interrupted() || result.is_err() || self.is_idle;
            if !is_ending && crew.has_idle() && Instant::now() >= next {
                match self.claim(crew.is_busy(), output) {
                    Ok(Some(job)) => {
                        pause = FIRST_PAUSE;
                        // Nobody else takes from those who are idle.
                        drop(crew.give(job));
                        continue;
                    }
                    Ok(None) => {
                        next = Instant::now() + pause;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                        let is_left =
                            self.out_of_reach.given_up().is_some() && !self.out_of_reach.has_hope();
                        self.is_idle =
                            (self.how.until_idle || is_left) && !crew.is_busy() && !self.is_over();
                    }
                    Err(error) => result = Err(error),
                }
            }
            if !crew.is_busy() {
                if self.is_interrupted() || result.is_err() || self.is_idle {
                    return result;
                }
                if self.is_over() && !self.look_for_more(output)? {
                    return Ok(());
                }
            }
            match crew.answers.recv_timeout(TICK) {
                Ok(answer) => {
                    crew.is_free(answer.hand);
                    (pause, next) = (FIRST_PAUSE, Instant::now());
                    let taken = self.take(answer, output);
                    if result.is_ok() {
                        result = taken;
                    }
                }
                // The threads are joined, and tell themselves.
                Err(_) if crew.has_lost_one() => return result,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    fn is_over(&self) -> bool {
        self.entries.iter().all(|entry| entry.over.is_some())
    }

    /// Whether there is another rollout by now.
    fn look_for_more(&mut self, output: &mut Output<'_>) -> Result<bool, CliError> {
        if self.how.rollout.is_some() || self.entries.is_empty() {
            return Ok(false);
        }
        let rollouts = self.at_home(output, FleetHome::rollouts)?;
        let more = matching(self.context, rollouts, &self.entries, output)?;
        let is_more = !more.is_empty();
        self.entries.extend(more);
        Ok(is_more)
    }

    /// Does `work` in the home database, as often as it takes.
    pub(super) fn at_home<T>(
        &mut self,
        output: &mut Output<'_>,
        work: impl FnMut(&mut FleetHome) -> Result<T, db::DatabaseError>,
    ) -> Result<T, CliError> {
        let interrupt = Arc::clone(&self.how.options.interrupt);
        let is_over = || interrupt.load(Ordering::Relaxed);
        let mut told = |error: &CliError| away(error, output);
        self.home.with_patience(self.how.home_wait, &is_over, &mut told, work)
    }

    /// The next site, of the first rollout that has one.
    fn claim(
        &mut self,
        is_busy: bool,
        output: &mut Output<'_>,
    ) -> Result<Option<Job<'a>>, CliError> {
        let mut index = 0;
        while index < self.entries.len() {
            if self.entries[index].over.is_some() {
                index += 1;
                continue;
            }
            let (rollout, name) = (self.entries[index].rollout.clone(), self.name.clone());
            let avoided = self.out_of_reach.now();
            match self.at_home(output, |home| home.claim(&rollout, &name, &avoided))? {
                Claimed::Site(claim) => {
                    self.held.add(&claim, rollout.lease);
                    let request = Arc::clone(&self.entries[index].request);
                    if let Some(job) = self.job(claim, request, output)? {
                        return Ok(Some(job));
                    }
                }
                Claimed::Wait(Holdup::Gates(gates)) => {
                    if !self.pass(index, &gates, output)? {
                        index += 1;
                    }
                }
                Claimed::Wait(holdup) => {
                    if !is_busy {
                        self.tell_holdup(index, &holdup, output);
                    }
                    index += 1;
                }
                Claimed::Over(state) => {
                    self.entries[index].over = Some(state);
                    index += 1;
                }
            }
        }
        Ok(None)
    }

    /// What is to be done for `claim`; `None` where that ends before it begins.
    fn job(
        &mut self,
        claim: Claim,
        request: Arc<Request>,
        output: &mut Output<'_>,
    ) -> Result<Option<Job<'a>>, CliError> {
        let found = self.lookup.site(&claim).and_then(|site| {
            self.check_identity(&claim, output)?;
            let checked = site.check_tenant();
            Ok((self.needed_by(&claim, &site)?, checked, site))
        });
        let (needed, checked, site) = match found {
            Ok(found) => found,
            Err(error) => {
                let name = super::site_name(&claim.database, claim.tenant.as_deref());
                let message = failure::message(&error);
                let fate = fate(&WorkerError::Site(error), claim.failures, false);
                self.give_back(&claim, 0, fate, Some(&message), output)?;
                match fate {
                    Fate::Failed => output.talk(format_args!("{name}: failed: {message}")),
                    Fate::Again { .. } => {
                        output.talk(format_args!("{name}: to be tried again: {message}"));
                    }
                    Fate::OutOfReach => self.is_unreached(&claim, message, output),
                }
                return Ok(None);
            }
        };
        if claim.was_lost {
            output.talk(format_args!("{}: its worker was not heard of any more", site.name()));
        }
        if let Err(error) = checked {
            self.fail(&claim, &site, Outcome::of(&site), 0, WorkerError::Site(error), output)?;
            return Ok(None);
        }
        let options = options_of(&site, &self.how.options);
        Ok(Some(Job { claim, site, needed, options, request }))
    }

    /// Refuses a database that is another one than where the rollout was made: it would be brought
    /// on in the place of the one that is meant.
    fn check_identity(&mut self, claim: &Claim, output: &mut Output<'_>) -> Result<(), CliError> {
        let key = (claim.rollout.clone(), claim.database.clone());
        if self.identified.contains(&key) {
            return Ok(());
        }
        let wanted = self.at_home(output, |home| home.identity(&claim.rollout, &claim.database))?;
        let site = self.lookup.database(&claim.database)?;
        let found = db::identity(&site.url, &site.options(true)?);
        let found = found.map_err(|error| site.error(error))?;
        if let (Some(wanted), Some(found)) = (wanted, found)
            && wanted != found
        {
            return Err(FleetProblem::OtherDatabase { database: claim.database.clone() }.into());
        }
        self.identified.insert(key);
        Ok(())
    }

    /// What is applied where `site` needs something; asked once, since what is needed is done before.
    fn needed_by(&mut self, claim: &Claim, site: &Site<'_>) -> Result<Arc<Needed>, CliError> {
        let key = (claim.rollout.clone(), site.part_name().to_owned());
        if let Some(needed) = self.needed.get(&key) {
            return Ok(Arc::clone(needed));
        }
        let needed = Arc::new(fan_out::needed(self.context, std::slice::from_ref(site))?);
        if needed.values().all(Result::is_ok) {
            self.needed.insert(key, Arc::clone(&needed));
        }
        Ok(needed)
    }

    /// Shows what has become of a site, and notes it.
    fn take(&mut self, answer: Answer<'a>, output: &mut Output<'_>) -> Result<(), CliError> {
        let Answer { claim, site, lines, result, .. } = answer;
        for line in &lines {
            fan_out::show(&site, line, output);
        }
        let mut outcome = Outcome::of(&site);
        let error = match result {
            Ok(report) => {
                let steps = report.steps.len();
                let finish = Finish::Done { steps };
                let is_own = self.at_home(output, |home| home.finish(&claim, &finish));
                self.held.remove(&claim);
                outcome.report = Some(report);
                self.out_of_reach.remove(&claim.database);
                fan_out::tell(self.context, &outcome, output);
                self.notes.clear(self.context, &site, output);
                return is_own.map(|is_own| tell_lost(is_own, &site, output));
            }
            Err(error) => error,
        };
        if let WorkerError::Run(error) = &error {
            let options = options_of(&site, &self.how.options);
            let target = Request::Upgrade(Target::heads());
            journaling::record_lost_connection(&site, &target, error, &options);
            if matches!(error.kind.as_ref(), RunErrorKind::Unmet { .. }) {
                // Whoever mends that has it tried again.
                self.needed.remove(&(claim.rollout.clone(), site.part_name().to_owned()));
            }
        }
        let steps = match &error {
            WorkerError::Run(error) => error.report.steps.len(),
            WorkerError::Site(_) => 0,
        };
        self.fail(&claim, &site, outcome, steps, error, output)
    }

    /// Notes why a site is not done.
    fn fail(
        &mut self,
        claim: &Claim,
        site: &Site<'_>,
        mut outcome: Outcome,
        steps: usize,
        error: WorkerError,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let has_own = site.tenant.is_some() && site.place().is_none();
        let fate = fate(&error, claim.failures, has_own);
        let message = match &error {
            WorkerError::Site(error) => failure::message(error),
            WorkerError::Run(error) => error.kind.to_string(),
        };
        outcome.fail(match error {
            WorkerError::Site(error) => error,
            WorkerError::Run(error) => fan_out::run_error(self.context, site, error),
        });
        let reason = (!outcome.is_interrupted()).then_some(message.as_str());
        let is_own = self.give_back(claim, steps, fate, reason, output);
        match fate {
            Fate::Failed => {
                if let Some(error) = &outcome.error {
                    self.notes.fail(self.context, site, error, output);
                }
                fan_out::tell(self.context, &outcome, output);
            }
            Fate::OutOfReach => self.is_unreached(claim, message, output),
            Fate::Again { .. } if outcome.is_interrupted() => {
                fan_out::tell(self.context, &outcome, output);
            }
            Fate::Again { .. } => {
                output.talk(format_args!("{}: to be tried again: {message}", site.name()));
            }
        }
        is_own.map(|is_own| tell_lost(is_own, site, output))
    }

    /// Leaves a database that this worker does not reach to others.
    fn is_unreached(&mut self, claim: &Claim, message: String, output: &mut Output<'_>) {
        let told = message.clone();
        if self.out_of_reach.add(&claim.database, message) {
            output.insist(format_args!(
                "warning: {} is out of reach from here, and left to others for a while: {told}",
                claim.database
            ));
        }
    }

    /// Ends `claim`, which is not done; tells whether it was still the worker's.
    fn give_back(
        &mut self,
        claim: &Claim,
        steps: usize,
        fate: Fate,
        reason: Option<&str>,
        output: &mut Output<'_>,
    ) -> Result<bool, CliError> {
        let finish = match fate {
            Fate::Failed => Finish::Failed { steps, error: reason.unwrap_or_default() },
            Fate::Again { delay, is_failure } => {
                Finish::PutBack { steps, reason, delay, is_failure }
            }
            Fate::OutOfReach => Finish::PutBack { steps, reason, delay: 0, is_failure: false },
        };
        let is_own = self.at_home(output, |home| home.finish(claim, &finish));
        self.held.remove(claim);
        is_own
    }
}

fn tell_lost(is_own: bool, site: &Site<'_>, output: &mut Output<'_>) {
    if !is_own {
        output.insist(format_args!(
            "warning: {}: another worker had taken it over meanwhile, and looks at it again",
            site.name()
        ));
    }
}
