//! What a run on one database asks of the others while it holds its lock.
//!
//! An upgrade reads what it needs elsewhere again before each step that needs it, and holds no
//! lock but its own. A downgrade that reverts what others need holds the locks of those too, all
//! in the order of the configuration: so an upgrade there either has ended and its rows are seen,
//! or begins later and sees what is gone. Since upgrades never wait for a second lock, and
//! downgrades take theirs in one order, no two runs wait for one another.

use limbeck_schema::Dialect;

use crate::db::Database;
use crate::exec;
use crate::exec::Gate;
use crate::exec::Observer;
use crate::exec::Request;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::RevisionId;
use crate::plan;
use crate::plan::Direction;
use crate::plan::Need;
use crate::plan::Obstacle;
use crate::plan::Party;
use crate::plan::Plan;
use crate::plan::Step;
use crate::plan::Unmet;

use super::context::Context;
use super::error::CliError;
use super::failure;
use super::sites::Site;
use super::survey;

/// The other databases, as a run on `site` sees them.
pub(super) struct Elsewhere<'a> {
    context: &'a Context,
    site: &'a Site<'a>,
    options: &'a RunOptions,
    /// What the others need, in the order of the configuration; nothing for an upgrade.
    others: Vec<(String, &'a [Need])>,
    /// Databases that must stand still until the run has ended.
    held: Vec<Held<'a>>,
}

/// A database whose lock is held.
struct Held<'a> {
    site: Site<'a>,
    session: Box<dyn Database>,
    /// Whether the lock was taken in this session; otherwise another one keeps others out.
    is_locked: bool,
}

/// A need of another database, with its name.
type NeedOf<'a> = (&'a str, &'a Need);

impl<'a> Elsewhere<'a> {
    /// Asks no database yet.
    pub(super) fn new(
        context: &'a Context,
        site: &'a Site<'a>,
        options: &'a RunOptions,
        request: &Request,
    ) -> Result<Self, CliError> {
        let has_downgrades = match request {
            Request::Downgrade(_) => true,
            Request::Steps { plan, .. } => {
                plan.steps.iter().any(|step| step.direction == Direction::Downgrade)
            }
            Request::Upgrade(_) | Request::Stamp { .. } | Request::TakeOver(_) => false,
        };
        let routes = match has_downgrades {
            true => context.other_routes(&[site.name()])?,
            false => Vec::new(),
        };
        let others = routes.into_iter().map(|route| (route.name().to_owned(), route.needs));
        Ok(Elsewhere { context, site, options, others: others.collect(), held: Vec::new() })
    }

    /// Gives the locks back.
    pub(super) fn release(&mut self, observer: &mut dyn Observer) {
        while let Some(mut held) = self.held.pop() {
            if held.is_locked
                && let Err(error) = held.session.unlock()
            {
                let name = held.site.name();
                observer.warning(&format!(
                    "the lock of database {name} could not be given back: {error}"
                ));
            }
        }
    }

    /// What others need of what `steps` revert, in the order of the configuration.
    fn needs_of_reverted(&self, steps: &[Step]) -> Vec<(String, &'a Need)> {
        let reverted: Vec<&RevisionId> = steps
            .iter()
            .filter(|step| step.direction == Direction::Downgrade)
            .filter_map(|step| step.revision.as_ref())
            .collect();
        let name = self.site.name();
        let needs = self.others.iter().flat_map(|(other, needs)| {
            needs.iter().map(move |need: &'a Need| (other.clone(), need))
        });
        needs.filter(|(_, need)| reverted.iter().any(|id| need.concerns(id, name))).collect()
    }

    fn opened(&self, name: &str) -> Result<Site<'a>, CliError> {
        let mut routes = self.context.all_routes()?;
        routes.retain(|route| route.name() == name);
        self.context.located(routes)?.pop().ok_or(CliError::NoDatabase)
    }

    /// Takes the locks that are missing of those that need what `steps` revert, if `is_meant`.
    fn hold(
        &mut self,
        steps: &[Step],
        observer: &mut dyn Observer,
        is_meant: impl Fn(&str) -> bool,
    ) -> Result<(), RunErrorKind> {
        for (name, need) in self.needs_of_reverted(steps) {
            if self.held.iter().any(|held| held.site.name() == name) || !is_meant(&name) {
                continue;
            }
            let opened = self.opened(&name).and_then(|site| {
                let session = site.connect(false)?;
                Ok((site, session))
            });
            let (site, mut session) =
                opened.map_err(|error| unread(Direction::Downgrade, (&name, need), &error))?;
            let is_locked = !self.is_shut_out(&site);
            if is_locked {
                exec::acquire(session.as_mut(), self.options, observer).map_err(
                    |kind| match kind {
                        RunErrorKind::Interrupted { .. } => kind,
                        kind => RunErrorKind::Elsewhere { database: name, kind: Box::new(kind) },
                    },
                )?;
            }
            self.held.push(Held { site, session, is_locked });
        }
        Ok(())
    }

    /// Whether a lock that this run holds keeps others away from `site` as well: several names may
    /// stand for one database.
    fn is_shut_out(&self, site: &Site<'_>) -> bool {
        let table = |site: &Site<'_>| site.tables().ok().map(|tables| tables.version.to_string());
        let is_same = |holder: &Site<'_>| {
            holder.url == site.url
                && (site.url.dialect() == Dialect::Sqlite || table(holder) == table(site))
        };
        is_same(self.site) || self.held.iter().any(|held| is_same(&held.site))
    }

    /// Refuses where one of `steps` finds the databases of `needs` otherwise than it wants them.
    fn check(&mut self, steps: &[&Step], needs: &[NeedOf<'_>]) -> Result<(), RunErrorKind> {
        let Some(direction) = steps.first().map(|step| step.direction) else { return Ok(()) };
        let mut names: Vec<&str> = needs.iter().map(|(name, _)| *name).collect();
        names.dedup();
        let mut read = Vec::new();
        for name in names {
            let of_name = || needs.iter().filter(|(other, _)| *other == name);
            let asked: Vec<RevisionId> = of_name()
                .map(|(_, need)| match direction {
                    Direction::Downgrade => need.revision.clone(),
                    Direction::Upgrade | Direction::Stamp => need.needed.clone(),
                })
                .collect();
            let context = self.context;
            let held = self.held.iter_mut().find(|held| held.site.name() == name);
            let answer = match held {
                Some(Held { site, session, .. }) => {
                    survey::standing_of(context, site, session.as_mut(), &asked)
                        .map(|standing| (site.graph, site.needs, standing))
                }
                None => self.opened(name).and_then(|site| {
                    let mut session = site.connect_to_read()?;
                    let standing = survey::standing_of(context, &site, session.as_mut(), &asked)?;
                    Ok((site.graph, site.needs, standing))
                }),
            };
            match (answer, of_name().next()) {
                (Ok((graph, needs, standing)), _) => read.push((name, graph, needs, standing)),
                (Err(error), Some(need)) => return Err(unread(direction, *need, &error)),
                (Err(_), None) => {}
            }
        }
        let party = |database, graph, needs, standing| Party {
            database,
            graph,
            needs,
            standing,
            plan: Plan::default(),
        };
        let mut parties = vec![party(self.site.name(), self.site.graph, self.site.needs, None)];
        for (name, graph, needs, standing) in read {
            parties.push(party(name, graph, needs, Some(standing)));
        }
        match steps.iter().find_map(|step| plan::unmet(&parties, 0, step)) {
            Some(unmet) => Err(RunErrorKind::Unmet { unmet: Box::new(unmet), cause: None }),
            None => Ok(()),
        }
    }
}

impl Gate for Elsewhere<'_> {
    fn before_lock(
        &mut self,
        steps: &[Step],
        observer: &mut dyn Observer,
    ) -> Result<(), RunErrorKind> {
        let names: Vec<&str> =
            self.context.project.databases.iter().map(|database| &*database.name).collect();
        let own = names.iter().position(|name| *name == self.site.name());
        self.hold(steps, observer, |name| names.iter().position(|other| *other == name) < own)
    }

    fn locked(&mut self, steps: &[Step], observer: &mut dyn Observer) -> Result<(), RunErrorKind> {
        self.hold(steps, observer, |_| true)?;
        let needs = self.needs_of_reverted(steps);
        let needs: Vec<NeedOf<'_>> = needs.iter().map(|(name, need)| (&**name, *need)).collect();
        let steps: Vec<&Step> =
            steps.iter().filter(|step| step.direction == Direction::Downgrade).collect();
        self.check(&steps, &needs)
    }

    fn before(&mut self, steps: &[&Step]) -> Result<(), RunErrorKind> {
        let site = self.site;
        let steps: Vec<&Step> =
            steps.iter().copied().filter(|step| step.direction == Direction::Upgrade).collect();
        let has_need =
            |need: &&Need| steps.iter().any(|step| step.revision.as_ref() == Some(&need.revision));
        let mut needs: Vec<NeedOf<'_>> = site
            .needs
            .iter()
            .filter(has_need)
            .flat_map(|need| need.databases.iter().map(move |name| (name.as_str(), need)))
            .collect();
        needs.sort_by_key(|(name, _)| *name);
        self.check(&steps, &needs)
    }
}

/// The error of a database that could not be asked about its need, or for what is needed there.
fn unread(direction: Direction, (other, need): NeedOf<'_>, error: &CliError) -> RunErrorKind {
    let (revision, other_revision) = match direction {
        Direction::Downgrade => (need.needed.clone(), need.revision.clone()),
        Direction::Upgrade | Direction::Stamp => (need.revision.clone(), need.needed.clone()),
    };
    let other = other.to_owned();
    let obstacle = Obstacle::Unread;
    let unmet = Unmet { revision, direction, other, other_revision, obstacle };
    RunErrorKind::Unmet { unmet: Box::new(unmet), cause: Some(failure::message(error)) }
}
