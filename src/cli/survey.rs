//! What a run would do on several databases, found out before any of it is done.

use std::collections::BTreeSet;

use crate::exec::Migrator;
use crate::exec::Preview;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunOptions;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan;
use crate::plan::Across;
use crate::plan::Direction;
use crate::plan::Leg;
use crate::plan::Need;
use crate::plan::Obstacle;
use crate::plan::Party;
use crate::plan::Plan;
use crate::plan::Unmet;

use super::context::Context;
use super::error::CliError;
use super::failure;
use super::sites;
use super::sites::Site;

/// The plans of the databases of a run, and their order.
pub(super) struct Survey<'s> {
    pub(super) sites: &'s [Site<'s>],
    /// What would be done on each; nothing where that could not be found out.
    pub(super) previews: Vec<Option<Preview>>,
    /// Why not.
    pub(super) failures: Vec<Option<CliError>>,
    /// Databases that are not part of the run, and that it depends on.
    others: Vec<Other<'s>>,
    /// The order; its parties are the sites, and then the others.
    pub(super) across: Across,
}

/// A database that is only asked what is applied.
struct Other<'s> {
    name: String,
    graph: &'s RevisionGraph,
    needs: &'s [Need],
    applied: Result<BTreeSet<RevisionId>, CliError>,
}

impl<'s> Survey<'s> {
    /// Asks every site what `request` would do there. A site that cannot tell says why in its
    /// preview.
    pub(super) fn new(
        context: &'s Context,
        sites: &'s [Site<'s>],
        options: &RunOptions,
        request: &dyn Fn(&Site<'_>) -> Request,
    ) -> Result<Self, CliError> {
        let asked = sites.iter().map(|site| preview(context, site, options, &request(site)));
        let (mut previews, mut failures): (Vec<Option<Preview>>, Vec<Option<CliError>>) = asked
            .map(|answer| match answer {
                Ok(preview) => (Some(preview), None),
                Err(error) => (None, Some(error)),
            })
            .unzip();
        let others = others(context, sites, &previews)?;
        let across = plan::across(&parties(sites, &previews, &others));
        // Where branches wait for one another, their steps are done in another order.
        for (index, site) in sites.iter().enumerate() {
            let plan = &across.plans[index];
            if previews[index].as_ref().is_some_and(|preview| preview.plan != *plan) {
                let request = Request::Steps { plan: plan.clone(), end: plan.steps.len() };
                match preview(context, site, options, &request) {
                    Ok(preview) => previews[index] = Some(preview),
                    Err(error) => failures[index] = Some(error),
                }
            }
        }
        let mut across = across;
        for stop in &mut across.stops {
            let other = sites.iter().position(|site| site.name() == stop.why.other);
            if other.is_some_and(|other| failures[other].is_some()) {
                stop.why.obstacle = Obstacle::Failed;
            }
        }
        let mut survey = Survey { sites, previews, failures, others, across };
        let refused: Vec<usize> = survey
            .across
            .stops
            .iter()
            .filter(|stop| survey.is_refused(&stop.why))
            .map(|stop| stop.party)
            .collect();
        survey.across.legs.retain(|leg| !refused.contains(&leg.party));
        Ok(survey)
    }

    /// Whether something of one database needs something of another.
    pub(super) fn has_needs(&self) -> bool {
        let parties = self.parties();
        let plans = self.across.plans.iter().zip(self.sites);
        plans.into_iter().any(|(plan, site)| {
            plan.steps.iter().any(|step| {
                let Some(id) = &step.revision else { return false };
                match step.direction {
                    Direction::Downgrade => parties
                        .iter()
                        .any(|party| party.needs.iter().any(|need| need.concerns(id, site.name()))),
                    Direction::Upgrade | Direction::Stamp => {
                        site.needs.iter().any(|need| need.revision == *id)
                    }
                }
            })
        })
    }

    /// The databases with what is known of them.
    pub(super) fn parties(&self) -> Vec<Party<'_>> {
        parties(self.sites, &self.previews, &self.others)
    }

    /// The error that says why database `party` cannot go on.
    pub(super) fn unmet(&self, party: usize, unmet: Unmet) -> CliError {
        let database = self.sites[party].name().to_owned();
        let other = self.others.iter().find(|other| other.name == unmet.other);
        let cause = match other {
            Some(Other { applied: Err(error), .. }) => Some(failure::message(error)),
            _ => None,
        };
        let graph = match other {
            Some(other) => Some(other.graph),
            None => {
                self.sites.iter().find(|site| site.name() == unmet.other).map(|site| site.graph)
            }
        };
        let command = match (unmet.obstacle, unmet.direction) {
            (Obstacle::Unread | Obstacle::Failed | Obstacle::Stopped, _) => None,
            (Obstacle::NotPlanned, Direction::Downgrade) => {
                let target = graph.map_or("base".to_owned(), |g| below(g, &unmet.other_revision));
                Some(format!("limbeck downgrade -d {} {target}", unmet.other))
            }
            (Obstacle::NotPlanned, Direction::Upgrade | Direction::Stamp) => {
                Some(format!("limbeck upgrade -d {} {}", unmet.other, unmet.other_revision))
            }
        };
        CliError::Unmet { database, unmet, cause, command }
    }

    /// The revisions of `leg`.
    pub(super) fn leg_revisions(&self, leg: &Leg) -> Vec<RevisionId> {
        let plan = self.across.plans.get(leg.party);
        let steps = plan.and_then(|plan| plan.steps.get(leg.steps.clone())).unwrap_or_default();
        steps.iter().filter_map(|step| step.revision.clone()).collect()
    }

    /// Everything that keeps the plan from being carried out as a whole, in the order of the
    /// databases.
    pub(super) fn take_errors(&mut self) -> Vec<CliError> {
        let mut errors = Vec::new();
        for index in 0..self.sites.len() {
            let stop = self.across.stops.iter().find(|stop| stop.party == index);
            errors.extend(match (self.failures[index].take(), stop) {
                (Some(error), _) => Some(error),
                (None, stop) => stop.map(|stop| self.unmet(index, stop.why.clone())),
            });
        }
        errors
    }

    /// Whether nobody tries to put right within the run what keeps a step from being done: then
    /// nothing of its plan is begun.
    fn is_refused(&self, unmet: &Unmet) -> bool {
        match unmet.obstacle {
            Obstacle::NotPlanned => true,
            Obstacle::Unread => self.sites.iter().all(|site| site.name() != unmet.other),
            Obstacle::Failed | Obstacle::Stopped => false,
        }
    }
}

/// The target of a downgrade that reverts `id` and as little else as possible.
fn below(graph: &RevisionGraph, id: &RevisionId) -> String {
    let Some(node) = graph.find(id) else { return "base".to_owned() };
    match (graph.revision(node).down_revisions.first(), graph.labels_of(node).first()) {
        (Some(parent), _) => parent.to_string(),
        (None, Some(label)) => format!("{label}@base"),
        (None, None) => "base".to_owned(),
    }
}

/// What `request` would do on `site` now.
pub(super) fn preview(
    context: &Context,
    site: &Site<'_>,
    options: &RunOptions,
    request: &Request,
) -> Result<Preview, CliError> {
    let mut database = site.connect_to_read()?;
    site.check_version_table(database.as_mut())?;
    let options = sites::options_of(site, options);
    Migrator::new(site.graph, &context.revisions, options)
        .preview(database.as_mut(), request)
        .map_err(|kind| sites::explained_error(context, site, RunError::before_any_step(kind)))
}

fn parties<'p>(
    sites: &'p [Site<'_>],
    previews: &'p [Option<Preview>],
    others: &'p [Other<'_>],
) -> Vec<Party<'p>> {
    let in_run = sites.iter().zip(previews).map(|(site, preview)| {
        let preview = preview.as_ref();
        Party {
            database: site.name(),
            graph: site.graph,
            needs: site.needs,
            applied: preview.and_then(|preview| applied(site.graph, &preview.plan.before).ok()),
            plan: preview.map_or_else(Plan::default, |preview| preview.plan.clone()),
        }
    });
    let looked_at = others.iter().map(|other| Party {
        database: &other.name,
        graph: other.graph,
        needs: other.needs,
        applied: other.applied.as_ref().ok().cloned(),
        plan: Plan::default(),
    });
    in_run.chain(looked_at).collect()
}

fn applied(graph: &RevisionGraph, heads: &Heads) -> Result<BTreeSet<RevisionId>, CliError> {
    let nodes = plan::applied(graph, heads)?;
    Ok(nodes.into_iter().map(|node| graph.id(node).clone()).collect())
}

/// The databases beside `sites` that have what the plans need, or need what the plans revert.
fn others<'s>(
    context: &'s Context,
    sites: &[Site<'_>],
    previews: &[Option<Preview>],
) -> Result<Vec<Other<'s>>, CliError> {
    let names: Vec<&str> = sites.iter().map(Site::name).collect();
    let steps =
        || {
            let plans = sites.iter().zip(previews);
            plans.filter_map(|(site, preview)| Some((site, preview.as_ref()?))).flat_map(
                |(site, preview)| {
                    preview.plan.steps.iter().filter_map(move |step| {
                        Some((site, step.direction, step.revision.as_ref()?))
                    })
                },
            )
        };
    let mut others = Vec::new();
    for route in context.other_routes(&names)? {
        let is_asked = steps().any(|(site, direction, id)| match direction {
            Direction::Downgrade => route.needs.iter().any(|need| need.concerns(id, site.name())),
            Direction::Upgrade | Direction::Stamp => site.needs.iter().any(|need| {
                need.revision == *id && need.databases.iter().any(|name| name == route.name())
            }),
        });
        if !is_asked {
            continue;
        }
        let (name, graph, needs) = (route.name().to_owned(), route.graph, route.needs);
        let rows = context.located(vec![route]).and_then(|sites| match sites.first() {
            Some(site) => site.heads(),
            None => Err(CliError::NoDatabase),
        });
        let applied = rows.and_then(|rows| {
            context.rows(graph, &name, &rows)?;
            applied(graph, &rows)
        });
        others.push(Other { name, graph, needs, applied });
    }
    Ok(others)
}
