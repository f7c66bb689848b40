//! The way through a history: each revision that is to be verified goes up, down and up again, the
//! others up.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::prove;
use crate::cli::prove::Scratch;
use crate::cli::prove::StepFailure;
use crate::cli::prove::Turn;
use crate::cli::prove::Walker;
use crate::cli::prove::Way;
use crate::cli::prove::back;
use crate::cli::run_arguments::options_of;
use crate::cli::sites::Site;
use crate::db::Schema;
use crate::db::TenantHome;
use crate::exec::Migrator;
use crate::exec::Request;
use crate::exec::Silent;
use crate::plan::Step;
use crate::target::Target;

use super::found::Found;
use super::found::Outcome;
use super::found::Round;
use super::subject::Route;

/// Goes `route` on scratch databases: on one, as long as everything comes back to what it was, and
/// behind a revision that leaves something else on a new one.
pub(super) fn walk(
    context: &Context,
    scratch: &Scratch<'_>,
    route: &Route,
    way: &Way<'_>,
) -> Result<Vec<Found>, CliError> {
    let mut walk = Walk { site: scratch.name(), route, next: 0, found: Vec::new() };
    while walk.next < route.plan.steps.len() {
        let begun_at = walk.next;
        let end = scratch.with(|site, redirection| {
            if let Some(home) = scratch.home() {
                make_home(context, home, site, way)?;
            }
            let mut walker = Walker::new(context, site, way, redirection)?;
            walk.go_on(&mut walker)
        })?;
        // What went up and down on the way may have kept a revision from going up: rows have other
        // numbers, perhaps. Only on a database that has come by nothing else it has failed.
        if let End::Failed(failure) = end
            && walk.next == begun_at
        {
            walk.fail(failure);
        }
    }
    Ok(walk.found)
}

/// How far a walk came on one database.
enum End {
    /// To the end, or to a revision that left something else.
    Left,
    /// To a revision whose upgrade fails.
    Failed(StepFailure),
}

struct Walk<'a> {
    /// What messages call the database.
    site: &'a str,
    route: &'a Route,
    /// The step that is next.
    next: usize,
    found: Vec<Found>,
}

impl Walk<'_> {
    /// Goes on from where the walk is, on a database that is empty.
    fn go_on(&mut self, walker: &mut Walker<'_>) -> Result<End, CliError> {
        for at in 0..self.next {
            walker.check_interrupt()?;
            if let Some(step) = self.route.plan.steps.get(at)
                && let Err(failure) = walker.go(step, Turn::First)?
            {
                // It went up before, so that nothing is known of what follows.
                self.next = at;
                self.forget_from(at);
                self.fail(failure);
                return Ok(End::Left);
            }
        }
        let mut before: Option<Schema> = None;
        while let Some(step) = self.route.plan.steps.get(self.next) {
            walker.check_interrupt()?;
            let is_wanted = self.route.wanted.contains(&self.next);
            let below = match (is_wanted, before.take()) {
                (false, _) => None,
                (true, Some(known)) => Some(known),
                (true, None) => Some(walker.schema()?),
            };
            if let Err(failure) = walker.go(step, Turn::First)? {
                return Ok(End::Failed(failure));
            }
            self.next += 1;
            let (Some(below), Some(revision)) = (below, &step.revision) else { continue };
            let above = walker.schema()?;
            let (outcome, is_as_before) = self.round(walker, step, &below, &above)?;
            self.found.push(Found { revision: revision.clone(), outcome });
            if !is_as_before {
                return Ok(End::Left);
            }
            before = Some(above);
        }
        Ok(End::Left)
    }

    /// Leaves out what was found of the steps from `at` on.
    fn forget_from(&mut self, at: usize) {
        let ids: Vec<_> = self
            .route
            .plan
            .steps
            .iter()
            .skip(at)
            .filter_map(|step| step.revision.as_ref())
            .collect();
        self.found.retain(|found| !ids.contains(&&found.revision));
    }

    /// Notes that the next step fails, and that nothing behind it is come to.
    fn fail(&mut self, failure: StepFailure) {
        let steps = self.route.plan.steps.iter().enumerate().skip(self.next);
        let mut outcome = Some(Outcome::UpgradeFails(self.told(failure)));
        for (at, step) in steps {
            let is_wanted = outcome.is_some() || self.route.wanted.contains(&at);
            if let Some(revision) = step.revision.clone().filter(|_| is_wanted) {
                let outcome = outcome.take().unwrap_or(Outcome::NotRun);
                self.found.push(Found { revision, outcome });
            }
        }
        self.next = self.route.plan.steps.len();
    }

    /// Reverts `step` and applies it again. Tells whether the database is as it was then.
    fn round(
        &self,
        walker: &mut Walker<'_>,
        step: &Step,
        below: &Schema,
        above: &Schema,
    ) -> Result<(Outcome, bool), CliError> {
        if let Err(failure) = walker.go(&back(step), Turn::Back)? {
            let is_untouched = walker.schema()? == *above && walker.forget().is_ok();
            return Ok(match failure.is_refusal {
                true => (Outcome::Irreversible(self.told(failure)), is_untouched),
                false => (Outcome::DowngradeFails(self.told(failure)), is_untouched),
            });
        }
        let reverted = walker.schema()?;
        let mut round = Round {
            forgotten: reverted.differences_from(below),
            reordered: reverted.reordered_since(below),
            ..Round::default()
        };
        if let Err(failure) = walker.go(step, Turn::Back)? {
            round.again = Some(self.told(failure));
            return Ok((Outcome::Round(round), false));
        }
        let again = walker.schema()?;
        round.differs = again.differences_from(above);
        // What the downgrade has left is told once.
        round.differs.retain(|difference| !round.forgotten.contains(difference));
        Ok((Outcome::Round(round), again == *above))
    }

    /// A failure in one line, without the names of database and revision, which are told anyway.
    fn told(&self, mut failure: StepFailure) -> StepFailure {
        let database = format!("database {}: ", self.site);
        let mut message = failure.message.as_str();
        message = message.strip_prefix(&database).unwrap_or(message);
        if let Some((start, rest)) = message.split_once(": ")
            && start.strip_prefix("revision ").is_some_and(|id| !id.contains(' '))
        {
            message = rest;
        }
        failure.message = message.lines().next().unwrap_or_default().to_owned();
        failure
    }
}

/// Makes the schemas of a tenant and of what it shares with others, and that with its revisions.
fn make_home(
    context: &Context,
    home: &Site<'_>,
    site: &Site<'_>,
    way: &Way<'_>,
) -> Result<(), CliError> {
    if let Some(place) = site.place() {
        let options = home.options(false)?;
        let mut schemas = TenantHome::open(&home.url, &options, &place.shared_schema)
            .map_err(|error| home.error(error))?;
        for schema in [&place.shared_schema, &place.schema] {
            schemas.create_schema(schema).map_err(|error| home.error(error))?;
        }
    }
    let migrator = Migrator::new(home.graph, way.scripts, options_of(home, &way.options));
    let mut session = prove::connect(context, home)?;
    migrator
        .run(session.as_mut(), &Request::Upgrade(Target::heads()), &mut Silent)
        .map(drop)
        .map_err(|error| context.run_error(home, error))
}
