//! The database that rollouts are kept in.

use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::FleetHome;
use crate::db::Rollout;
use crate::db::SessionOptions;

use super::problem::FleetProblem;

/// The first pause after a failure; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where rollouts are kept, with a connection as soon as one is needed.
pub(in crate::cli) struct Home<'a> {
    site: Site<'a>,
    options: SessionOptions,
    open: Option<FleetHome>,
    /// Since when it does not answer.
    away_since: Option<Instant>,
}

/// Which rollouts a command can work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Which {
    /// Those that are not finished.
    Open,
    /// All; without a name the one that is not finished, else the last.
    All,
}

impl<'a> Home<'a> {
    /// The home of the rollouts of this project.
    pub(in crate::cli) fn of(context: &'a Context, is_read_only: bool) -> Result<Self, CliError> {
        let mut databases = context.databases()?;
        databases.extend(context.project.databases.iter().map(std::borrow::Cow::Borrowed));
        let settings = match &context.project.fleet.home {
            Some(home) => databases.into_iter().find(|settings| settings.name == *home),
            None if context.project.databases.len() < 2 => databases.into_iter().next(),
            None => {
                let databases = context.project.databases.iter();
                let names = databases.map(|settings| settings.name.clone()).collect();
                return Err(FleetProblem::NoHome { names }.into());
            }
        };
        let settings = settings.ok_or(CliError::NoDatabase)?;
        let site = Site {
            name: settings.name.clone(),
            url: context.project.url(&settings)?,
            settings,
            tenant: None,
            graph: context.revisions.graph(),
            needs: &[],
            logs_sql: false,
        };
        let options = site.options(is_read_only)?;
        Ok(Home { site, options, open: None, away_since: None })
    }

    /// Where it is, for another connection.
    pub(super) fn place(&self) -> (crate::db::DatabaseUrl, SessionOptions) {
        (self.site.url.clone(), self.options.clone())
    }

    /// Does `work` there, once.
    pub(in crate::cli) fn with<T>(
        &mut self,
        work: impl FnOnce(&mut FleetHome) -> Result<T, DatabaseError>,
    ) -> Result<T, CliError> {
        let result = self.attempt(work);
        result.map_err(|error| self.site.error(error))
    }

    fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut FleetHome) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => FleetHome::open(&self.site.url, &self.options)?,
        };
        let result = work(&mut open);
        // What state a failure leaves it in, nobody need know: a new one is cheap.
        if result.is_ok() {
            self.open = Some(open);
        }
        result
    }

    /// Does `work` there; while the database is away, again and again for `patience`, unless
    /// `is_over` says that there is no point. `tell` is told of the first failure.
    pub(super) fn with_patience<T>(
        &mut self,
        patience: Duration,
        is_over: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&CliError),
        mut work: impl FnMut(&mut FleetHome) -> Result<T, DatabaseError>,
    ) -> Result<T, CliError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.attempt(&mut work) {
                Ok(value) => {
                    self.away_since = None;
                    return Ok(value);
                }
                Err(error) => error,
            };
            let is_away =
                matches!(error.kind, DatabaseErrorKind::Unreachable | DatabaseErrorKind::Busy);
            let error = self.site.error(error);
            let is_new = self.away_since.is_none();
            // Of all answers together: what waits behind one need not wait as long again.
            let since = *self.away_since.get_or_insert_with(Instant::now);
            if !is_away || is_over() || since.elapsed() >= patience {
                return Err(error);
            }
            if is_new {
                tell(&error);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The rollout that is meant: by its name, or the beginning of it; without a name the only one
    /// that it can be.
    pub(in crate::cli) fn rollout(
        &mut self,
        name: Option<&str>,
        which: Which,
    ) -> Result<Rollout, CliError> {
        let rollouts = self.with(FleetHome::rollouts)?;
        let found = match name {
            Some(name) => named(rollouts, name)?,
            None => {
                let last = rollouts.last().cloned();
                let mut open: Vec<Rollout> =
                    rollouts.into_iter().filter(|rollout| rollout.state.is_open()).collect();
                if open.len() > 1 {
                    let ids = open.into_iter().map(|rollout| rollout.id).collect();
                    return Err(FleetProblem::Several { ids }.into());
                }
                let last = last.filter(|_| which == Which::All);
                open.pop().or(last).ok_or(FleetProblem::NoneOpen)?
            }
        };
        if which == Which::Open && !found.state.is_open() {
            let (id, state) = (found.id, found.state.word());
            return Err(FleetProblem::NotOpen { id, state }.into());
        }
        Ok(found)
    }
}

fn named(rollouts: Vec<Rollout>, name: &str) -> Result<Rollout, FleetProblem> {
    let known: Vec<String> = rollouts.iter().map(|rollout| rollout.id.clone()).collect();
    let is_meant = |rollout: &Rollout| !name.is_empty() && rollout.id.starts_with(name);
    let mut meant: Vec<Rollout> = rollouts.into_iter().filter(is_meant).collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(one), false) => {
            let others = meant.into_iter().map(|rollout| rollout.id);
            Err(FleetProblem::Several { ids: others.chain([one.id]).collect() })
        }
        (None, _) => Err(FleetProblem::NoSuch { id: name.to_owned(), known }),
    }
}
