//! The order of steps over several databases.
//!
//! A revision may depend on one that lives in another database (a *need*). Each database has its
//! own plan, in its own order; here they are cut into *legs*, parts that run one after the other,
//! so that every need is applied before the step that has it, and for downgrades gone after it.
//! The order is always the same: databases in the order in which they are given, each as far as
//! it can go.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;

use super::replay::replay;
use super::step::Direction;
use super::step::Plan;
use super::step::Step;

/// A dependency that leads into another database.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Need {
    /// The revision that depends on another.
    pub revision: RevisionId,
    /// The other.
    pub needed: RevisionId,
    /// The databases that take the other one; all of them must have it.
    pub databases: Vec<String>,
}

impl Need {
    /// Whether it is a need of the revision `id` on `database`.
    pub fn concerns(&self, id: &RevisionId, database: &str) -> bool {
        self.needed == *id && self.databases.iter().any(|name| name == database)
    }
}

/// A database with what is to be done there. One that is only asked what it has, has an empty
/// plan.
#[derive(Debug, Clone)]
pub struct Party<'a> {
    /// The name of the database.
    pub database: &'a str,
    /// Its part of the graph.
    pub graph: &'a RevisionGraph,
    /// What its revisions need elsewhere.
    pub needs: &'a [Need],
    /// What is applied; `None` when nobody could find out.
    pub standing: Option<Standing>,
    /// The upgrades or downgrades that are to be done.
    pub plan: Plan,
}

/// Which revisions a database has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What is applied by the version rows.
    pub applied: BTreeSet<RevisionId>,
    /// What a run outside a transaction has begun to apply or to revert and not ended: it is
    /// neither there as a whole nor gone.
    pub halfway: BTreeSet<RevisionId>,
}

impl Standing {
    /// What keeps `id` from being there as a whole.
    fn missing(&self, id: &RevisionId) -> Option<Obstacle> {
        match (self.applied.contains(id), self.halfway.contains(id)) {
            (true, false) => None,
            (true, true) => Some(Obstacle::Halfway),
            (false, _) => Some(Obstacle::NotPlanned),
        }
    }

    /// What keeps `id` from being gone as a whole.
    fn left(&self, id: &RevisionId) -> Option<Obstacle> {
        match (self.applied.contains(id), self.halfway.contains(id)) {
            (true, _) => Some(Obstacle::NotPlanned),
            (false, true) => Some(Obstacle::Halfway),
            (false, false) => None,
        }
    }

    /// Puts down that `step` is done.
    fn take(&mut self, step: &Step) {
        let Some(id) = &step.revision else { return };
        self.halfway.remove(id);
        if step.direction == Direction::Downgrade {
            self.applied.remove(id);
        } else {
            self.applied.insert(id.clone());
        }
    }
}

/// A part of the plan of one database, to be run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The database, as an index into the parties.
    pub party: usize,
    /// The steps of its plan.
    pub steps: Range<usize>,
}

/// Why a step cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", sentence(.direction, .revision, .other, .other_revision), match .obstacle {
    Obstacle::Unread => ", which could not be read",
    Obstacle::Halfway => halfway(.direction),
    Obstacle::Failed => ", which failed",
    Obstacle::NotPlanned => "",
    Obstacle::Stopped => ", which the run did not get to",
})]
pub struct Unmet {
    /// The revision that was to be applied or reverted.
    pub revision: RevisionId,
    /// Which of both.
    pub direction: Direction,
    /// The other database.
    pub other: String,
    /// What is missing there, or for a downgrade what is in the way there.
    pub other_revision: RevisionId,
    /// What became of it.
    pub obstacle: Obstacle,
}

fn sentence(
    direction: &Direction,
    revision: &RevisionId,
    other: &str,
    other_revision: &RevisionId,
) -> String {
    match direction {
        Direction::Downgrade => {
            format!("revision {revision} is needed by {other_revision} on database {other}")
        }
        Direction::Upgrade | Direction::Stamp => {
            format!("revision {revision} needs {other_revision} on database {other}")
        }
    }
}

fn halfway(direction: &Direction) -> &'static str {
    match direction {
        Direction::Downgrade => ", where its upgrade was begun and not finished",
        Direction::Upgrade | Direction::Stamp => ", where its downgrade was begun and not finished",
    }
}

/// What keeps another database from being as a step wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// Nobody could find out how it is.
    Unread,
    /// A run outside a transaction stopped in the middle of the other revision.
    Halfway,
    /// It belongs to the run, and something else went wrong there. Never found here: whoever runs
    /// the legs knows of it.
    Failed,
    /// Its plan does not lead there.
    NotPlanned,
    /// Its plan leads there, but stops before.
    Stopped,
}

/// Where the plan of a database cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The database, as an index into the parties.
    pub party: usize,
    /// How many of its steps can be done.
    pub step: usize,
    /// Why not the next.
    pub why: Unmet,
}

/// The order of the steps of several databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Across {
    /// The plan of each party. Its steps are in the order that was given, unless branches of
    /// several databases wait for one another; then some come earlier.
    pub plans: Vec<Plan>,
    /// What to run, in order.
    pub legs: Vec<Leg>,
    /// The plans that cannot be done to their ends, in the order of the parties.
    pub stops: Vec<Stop>,
}

/// A database on the way.
struct Walk {
    /// What is applied by now.
    standing: Option<Standing>,
    /// The steps, in the order in which they are to be done.
    steps: Vec<Step>,
    /// How many of them are done.
    done: usize,
    is_reordered: bool,
}

/// The order in which the plans of `parties` can be carried out.
pub fn across(parties: &[Party<'_>]) -> Across {
    let mut walks: Vec<Walk> = parties
        .iter()
        .map(|party| Walk {
            standing: party.standing.clone(),
            steps: party.plan.steps.clone(),
            done: 0,
            is_reordered: false,
        })
        .collect();
    let mut legs: Vec<Leg> = Vec::new();
    loop {
        let mut goes_on = false;
        for index in 0..parties.len() {
            let begin = walks[index].done;
            while let Some(step) = walks[index].steps.get(walks[index].done)
                && obstacle(parties, &walks, index, step).is_none()
            {
                advance(&mut walks[index]);
            }
            let steps = begin..walks[index].done;
            if !steps.is_empty() {
                goes_on = true;
                push_leg(&mut legs, index, steps);
            }
        }
        if !goes_on && !bring_forward(parties, &mut walks) {
            break;
        }
    }
    let stops = stops(parties, &walks);
    let plans = parties.iter().zip(&walks).map(|(party, walk)| reordered(party, walk)).collect();
    Across { plans, legs, stops }
}

/// Why `step` of the party `index` cannot be done, by what is applied everywhere; `None` when it
/// can. It tells of [`Obstacle::NotPlanned`] where something is not as it should be.
pub fn unmet(parties: &[Party<'_>], index: usize, step: &Step) -> Option<Unmet> {
    let standing = |other: usize| parties[other].standing.as_ref();
    first_unmet(parties, index, step, &standing)
}

fn obstacle(parties: &[Party<'_>], walks: &[Walk], index: usize, step: &Step) -> Option<Unmet> {
    let standing = |other: usize| walks[other].standing.as_ref();
    first_unmet(parties, index, step, &standing)
}

fn first_unmet<'s>(
    parties: &[Party<'_>],
    index: usize,
    step: &Step,
    standing: &dyn Fn(usize) -> Option<&'s Standing>,
) -> Option<Unmet> {
    let revision = step.revision.as_ref()?;
    let party = &parties[index];
    let unmet = |other: &str, other_revision: &RevisionId, obstacle| Unmet {
        revision: revision.clone(),
        direction: step.direction,
        other: other.to_owned(),
        other_revision: other_revision.clone(),
        obstacle,
    };
    if step.direction == Direction::Downgrade {
        for (other, holder) in parties.iter().enumerate() {
            let concerns = |need: &&Need| need.concerns(revision, party.database);
            for need in holder.needs.iter().filter(concerns) {
                let obstacle = standing(other)
                    .map_or(Some(Obstacle::Unread), |standing| standing.left(&need.revision));
                if let Some(obstacle) = obstacle {
                    return Some(unmet(holder.database, &need.revision, obstacle));
                }
            }
        }
        return None;
    }
    for need in party.needs.iter().filter(|need| need.revision == *revision) {
        for name in &need.databases {
            let other = parties.iter().position(|party| party.database == name);
            let obstacle = other
                .and_then(standing)
                .map_or(Some(Obstacle::Unread), |standing| standing.missing(&need.needed));
            if let Some(obstacle) = obstacle {
                return Some(unmet(name, &need.needed, obstacle));
            }
        }
    }
    None
}

fn advance(walk: &mut Walk) {
    if let (Some(step), Some(standing)) = (walk.steps.get(walk.done), &mut walk.standing) {
        standing.take(step);
    }
    walk.done += 1;
}

impl Party<'_> {
    /// Puts down that `step` is done.
    pub fn has_done(&mut self, step: &Step) {
        if let Some(standing) = &mut self.standing {
            standing.take(step);
        }
    }
}

fn push_leg(legs: &mut Vec<Leg>, party: usize, steps: Range<usize>) {
    match legs.last_mut() {
        Some(leg) if leg.party == party => leg.steps.end = steps.end,
        _ => legs.push(Leg { party, steps }),
    }
}

/// Where no plan can go on in its order: moves the first step forward that could be done now. The
/// whole graph has no cycle, so there is one unless something is missing.
fn bring_forward(parties: &[Party<'_>], walks: &mut [Walk]) -> bool {
    for index in 0..parties.len() {
        let walk = &walks[index];
        let ready = (walk.done + 1..walk.steps.len()).find(|place| {
            let step = &walk.steps[*place];
            let before = &walk.steps[walk.done..*place];
            is_free(parties[index].graph, step, before)
                && obstacle(parties, walks, index, step).is_none()
        });
        if let Some(place) = ready {
            let walk = &mut walks[index];
            let step = walk.steps.remove(place);
            walk.steps.insert(walk.done, step);
            walk.is_reordered = true;
            return true;
        }
    }
    false
}

/// Whether `step` has nothing to do with the steps `before` it.
fn is_free(graph: &RevisionGraph, step: &Step, before: &[Step]) -> bool {
    let node = |step: &Step| step.revision.as_ref().and_then(|id| graph.find(id));
    let Some(own) = node(step) else { return false };
    let neighbours: Vec<Node> = match step.direction {
        Direction::Downgrade => graph.children(own, Edges::All).collect(),
        Direction::Upgrade | Direction::Stamp => graph.parents(own, Edges::All).collect(),
    };
    !before.iter().filter_map(node).any(|other| neighbours.contains(&other))
}

fn stops(parties: &[Party<'_>], walks: &[Walk]) -> Vec<Stop> {
    let mut stops = Vec::new();
    for (index, walk) in walks.iter().enumerate() {
        let Some(step) = walk.steps.get(walk.done) else { continue };
        let Some(mut why) = obstacle(parties, walks, index, step) else { continue };
        let other = parties.iter().position(|party| party.database == why.other);
        let is_planned = other.is_some_and(|other| {
            walks[other].steps[walks[other].done..]
                .iter()
                .any(|step| step.revision.as_ref() == Some(&why.other_revision))
        });
        if why.obstacle == Obstacle::NotPlanned && is_planned {
            why.obstacle = Obstacle::Stopped;
        }
        stops.push(Stop { party: index, step: walk.done, why });
    }
    stops
}

/// The plan of a walk: the one that was given, or one with its rows anew.
fn reordered(party: &Party<'_>, walk: &Walk) -> Plan {
    if !walk.is_reordered {
        return party.plan.clone();
    }
    let steps =
        walk.steps.iter().filter_map(|step| Some((step.direction, step.revision.as_ref()?)));
    match replay(party.graph, &party.plan.before, steps) {
        Ok(Some(plan)) => plan,
        // Only free steps were moved, so this is never so. Whoever runs the legs looks at the needs
        // of each step once more.
        _ => party.plan.clone(),
    }
}

#[cfg(test)]
mod tests;
