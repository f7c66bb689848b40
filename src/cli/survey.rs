//! What a run would do on several databases, found out before any of it is done.

use crate::db::Database;
use crate::exec;
use crate::exec::Migrator;
use crate::exec::Preview;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::Edges;
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
use crate::plan::Standing;
use crate::plan::Unmet;

use super::context::Context;
use super::error::CliError;
use super::failure;
use super::run_arguments;
use super::runs;
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
    standing: Result<Standing, CliError>,
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
            Some(Other { standing: Err(error), .. }) => Some(failure::message(error)),
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
            // What is half-way goes on the way that it was going.
            (Obstacle::NotPlanned, Direction::Downgrade)
            | (Obstacle::Halfway, Direction::Upgrade | Direction::Stamp) => {
                let target = graph.map_or("base".to_owned(), |g| below(g, &unmet.other_revision));
                Some(format!("limbeck downgrade -d {} {target}", unmet.other))
            }
            // On the way to it something may be needed elsewhere in turn.
            (Obstacle::NotPlanned, Direction::Upgrade | Direction::Stamp)
                if self.needs_more(&unmet) =>
            {
                None
            }
            (Obstacle::NotPlanned, Direction::Upgrade | Direction::Stamp)
            | (Obstacle::Halfway, Direction::Downgrade) => {
                Some(format!("limbeck upgrade -d {} {}", unmet.other, unmet.other_revision))
            }
        };
        CliError::Unmet { database, unmet, cause, command }
    }

    /// Whether an upgrade of the other database to what is missing there would be refused in turn.
    fn needs_more(&self, unmet: &Unmet) -> bool {
        let parties = self.parties();
        let Some(other) = parties.iter().position(|party| party.database == unmet.other) else {
            return false;
        };
        let Party { graph, needs, standing: Some(standing), .. } = &parties[other] else {
            return false;
        };
        let Some(node) = graph.find(&unmet.other_revision) else { return false };
        let is_pending = |id: &RevisionId| !standing.applied.contains(id);
        let pending = graph.ancestors([node], Edges::All);
        let mut pending = pending.iter().map(|node| graph.id(node)).filter(|id| is_pending(id));
        pending.any(|id| {
            needs.iter().filter(|need| need.revision == *id).any(|need| {
                need.databases.iter().any(|name| {
                    let party = parties.iter().find(|party| party.database == name);
                    // Of a database that was not asked nobody knows; the hint must be right.
                    party
                        .and_then(|party| party.standing.as_ref())
                        .is_none_or(|standing| !standing.applied.contains(&need.needed))
                })
            })
        })
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
            Obstacle::NotPlanned | Obstacle::Halfway => true,
            Obstacle::Unread => self.sites.iter().all(|site| site.name() != unmet.other),
            Obstacle::Failed | Obstacle::Stopped => false,
        }
    }
}

/// The target of a downgrade that reverts `id` and as little else as possible.
pub(super) fn below(graph: &RevisionGraph, id: &RevisionId) -> String {
    let Some(node) = graph.find(id) else { return "base".to_owned() };
    let parent = graph.revision(node).down_revisions.first();
    let siblings = match parent.and_then(|parent| graph.find(parent)) {
        Some(parent) => graph.children(parent, Edges::Versioned).count(),
        None => graph.bases(Edges::Versioned).len(),
    };
    match (parent, graph.labels_of(node).first()) {
        (Some(parent), _) if siblings > 1 => format!("{id}@{parent}"),
        (Some(parent), _) => parent.to_string(),
        (None, Some(label)) => format!("{label}@base"),
        (None, None) if siblings > 1 => format!("{id}@base"),
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
    let options = run_arguments::options_of(site, options);
    Migrator::new(site.graph, &context.revisions, options)
        .preview(database.as_mut(), request)
        .map_err(|kind| runs::explained_error(context, site, RunError::before_any_step(kind)))
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
            standing: preview.and_then(|preview| standing(site.graph, &preview.plan.before).ok()),
            plan: preview.map_or_else(Plan::default, |preview| preview.plan.clone()),
        }
    });
    let looked_at = others.iter().map(|other| Party {
        database: &other.name,
        graph: other.graph,
        needs: other.needs,
        standing: other.standing.as_ref().ok().cloned(),
        plan: Plan::default(),
    });
    in_run.chain(looked_at).collect()
}

/// What a database of the run has. What of it is half-way, its own run looks after.
fn standing(graph: &RevisionGraph, heads: &Heads) -> Result<Standing, CliError> {
    let nodes = plan::applied(graph, heads)?;
    let applied = nodes.into_iter().map(|node| graph.id(node).clone()).collect();
    Ok(Standing { applied, ..Standing::default() })
}

/// What `site`, which is not part of the run, has, and which of `asked` are half-way there.
pub(super) fn standing_of(
    context: &Context,
    site: &Site<'_>,
    database: &mut dyn Database,
    asked: &[RevisionId],
) -> Result<Standing, CliError> {
    site.check_version_table(database)?;
    exec::standing(database, &context.revisions, site.graph, asked).map_err(|kind| match kind {
        RunErrorKind::Database { error } => site.error(error),
        kind => context.run_error(site, RunError::before_any_step(kind)),
    })
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
        let mut asked: Vec<RevisionId> = Vec::new();
        for (site, direction, id) in steps() {
            match direction {
                Direction::Downgrade => {
                    let needs = route.needs.iter().filter(|need| need.concerns(id, site.name()));
                    asked.extend(needs.map(|need| need.revision.clone()));
                }
                Direction::Upgrade | Direction::Stamp => {
                    let needs = site.needs.iter().filter(|need| {
                        need.revision == *id
                            && need.databases.iter().any(|name| name == route.name())
                    });
                    asked.extend(needs.map(|need| need.needed.clone()));
                }
            }
        }
        if asked.is_empty() {
            continue;
        }
        let (name, graph, needs) = (route.name().to_owned(), route.graph, route.needs);
        let standing = context.located(vec![route]).and_then(|sites| match sites.first() {
            Some(site) => {
                let mut database = site.connect_to_read()?;
                standing_of(context, site, database.as_mut(), &asked)
            }
            None => Err(CliError::NoDatabase),
        });
        others.push(Other { name, graph, needs, standing });
    }
    Ok(others)
}

#[cfg(test)]
mod tests {
    use crate::graph::testing;

    use super::below;

    #[test]
    fn a_downgrade_that_is_told_leaves_other_branches_alone() {
        for (history, expected) in [
            ("a1; b1|a1", "a1"),
            ("a1; b1|a1; c1|a1", "b1@a1"),
            ("b1", "base"),
            ("b1; c1", "b1@base"),
        ] {
            let graph = testing::graph(history);
            assert_eq!(below(&graph, &"b1".parse().unwrap()), expected, "{history}");
        }
    }
}
