//! Two ways through a history, compared: each is run on a scratch database of its own, and after
//! every step it is looked at what has changed.

mod scratch;
mod walk;
mod walker;

use serde_json::Value;
use serde_json::json;

use crate::db::DatabaseUrl;
use crate::db::Difference;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunOptions;
use crate::exec::ScriptSource;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Plan;
use crate::target::Target;

use super::context::Context;
use super::error::CliError;
use super::sites::Site;

pub(super) use scratch::Scratch;
pub(super) use scratch::ScratchArguments;
pub(super) use scratch::ScratchProblem;
pub(super) use scratch::connect;
pub(super) use scratch::lent_database;
use walk::Done;
use walk::Walked;
pub(super) use walker::StepFailure;
pub(super) use walker::Turn;
pub(super) use walker::Walker;
pub(super) use walker::back;

/// One of the two ways.
pub(super) struct Way<'a> {
    /// The files of the revisions.
    pub(super) scripts: &'a dyn ScriptSource,
    /// How they are run.
    pub(super) options: RunOptions,
}

/// What came of one function, or section, on both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) revision: RevisionId,
    pub(super) direction: Direction,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The same changes.
    Equal,
    /// Other changes.
    Different(Difference),
    /// It fails both ways.
    Fails { first: String, second: String },
    /// It fails on the first way only.
    FirstFails(String),
    /// It fails on the second way only.
    SecondFails(String),
    /// It was not come to, on one of the ways at least.
    NotRun,
}

impl Outcome {
    /// Whether both ways come to the same, as far as they were gone.
    pub(super) const fn is_same(&self) -> bool {
        matches!(self, Outcome::Equal | Outcome::Fails { .. } | Outcome::NotRun)
    }

    pub(super) const fn word(&self) -> &'static str {
        match self {
            Outcome::Equal => "equal",
            Outcome::Different(_) | Outcome::FirstFails(_) | Outcome::SecondFails(_) => "different",
            Outcome::Fails { .. } => "fails",
            Outcome::NotRun => "not run",
        }
    }

    /// What there is to say, with the names of the two ways.
    pub(super) fn details(&self, names: [&str; 2]) -> Vec<String> {
        let [first, second] = names;
        let of = |name: &str, lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| format!("{name}: {line}")).collect()
        };
        match self {
            Outcome::Equal | Outcome::NotRun => Vec::new(),
            Outcome::Different(difference) => {
                [of(first, &difference.first), of(second, &difference.second)].concat()
            }
            Outcome::Fails { first: one, second: other } => {
                vec![format!("{first}: {one}"), format!("{second}: {other}")]
            }
            Outcome::FirstFails(reason) => vec![format!("only {first} it fails: {reason}")],
            Outcome::SecondFails(reason) => vec![format!("only {second} it fails: {reason}")],
        }
    }
}

impl Proof {
    pub(super) fn as_json(&self, names: [&str; 2]) -> Value {
        json!({
            "revision": self.revision,
            "function": self.direction.journal_word(),
            "outcome": self.outcome.word(),
            "details": self.outcome.details(names),
        })
    }
}

/// Refuses to run the histories of several databases on one scratch database that was lent.
pub(super) fn check_lent<'a>(
    sites: impl IntoIterator<Item = &'a Site<'a>>,
    lent: Option<&DatabaseUrl>,
) -> Result<(), CliError> {
    let names: Vec<String> = sites.into_iter().map(|site| site.name().to_owned()).collect();
    if lent.is_some() && names.len() > 1 {
        return Err(CliError::Scratch(ScratchProblem::Several { names }));
    }
    Ok(())
}

/// The plan that applies the history of `site` to an empty database, up to the last of `wanted`.
pub(super) fn plan(
    context: &Context,
    site: &Site<'_>,
    wanted: &dyn Fn(&RevisionId) -> bool,
) -> Result<Plan, CliError> {
    let request = Request::Upgrade(Target::heads());
    let plan = request.plan(site.graph, &Heads::none());
    let mut plan = plan.map_err(|kind| context.run_error(site, RunError::before_any_step(kind)))?;
    let is_wanted = |id: Option<&RevisionId>| id.is_some_and(wanted);
    let end = plan.steps.iter().rposition(|step| is_wanted(step.revision.as_ref()));
    plan.steps.truncate(end.map_or(0, |last| last + 1));
    Ok(plan)
}

/// Goes both ways through `plan`, each on a scratch database, and compares every step and the way
/// back from it.
pub(super) fn compare(
    context: &Context,
    scratch: &mut Scratch<'_>,
    plan: &Plan,
    ways: [Way<'_>; 2],
) -> Result<Vec<Proof>, CliError> {
    let [first, second] = ways;
    let first = scratch.with(|site, redirection| {
        walk::walk(context, site, plan, &first, redirection, plan.steps.len())
    })?;
    // Behind a step that failed there is nothing to compare with.
    let end = first.steps.len();
    let second = scratch
        .with(|site, redirection| walk::walk(context, site, plan, &second, redirection, end))?;
    Ok(proofs(plan, first, second))
}

fn proofs(plan: &Plan, first: Walked, second: Walked) -> Vec<Proof> {
    let (mut first, mut second) = (first.steps.into_iter(), second.steps.into_iter());
    let mut proofs = Vec::new();
    for step in &plan.steps {
        let [one, other] = [first.next().unwrap_or_default(), second.next().unwrap_or_default()];
        let Some(revision) = &step.revision else { continue };
        let again = again(one.again, other.again);
        for (direction, one, other) in
            [(Direction::Upgrade, one.up, other.up), (Direction::Downgrade, one.down, other.down)]
        {
            let outcome = match (outcome(one, other), &again) {
                (Outcome::Equal, Some(again)) if direction == Direction::Downgrade => again.clone(),
                (outcome, _) => outcome,
            };
            proofs.push(Proof { revision: revision.clone(), direction, outcome });
        }
    }
    proofs
}

/// What there is to say of a step that failed when it was gone once more, on one way or on both.
fn again(first: Option<String>, second: Option<String>) -> Option<Outcome> {
    let told = |reason: String| format!("upgrade() behind it: {reason}");
    match (first.map(told), second.map(told)) {
        (None, None) => None,
        (Some(first), Some(second)) => Some(Outcome::Fails { first, second }),
        (Some(first), None) => Some(Outcome::FirstFails(first)),
        (None, Some(second)) => Some(Outcome::SecondFails(second)),
    }
}

fn outcome(first: Option<Done>, second: Option<Done>) -> Outcome {
    match (first, second) {
        (Some(Done::Changed(first)), Some(Done::Changed(second))) => {
            match first.difference(&second) {
                difference if difference.is_empty() => Outcome::Equal,
                difference => Outcome::Different(difference),
            }
        }
        (Some(Done::Failed(first)), Some(Done::Failed(second))) => Outcome::Fails { first, second },
        (Some(Done::Failed(reason)), Some(Done::Changed(_))) => Outcome::FirstFails(reason),
        (Some(Done::Changed(_)), Some(Done::Failed(reason))) => Outcome::SecondFails(reason),
        (None, _) | (_, None) => Outcome::NotRun,
    }
}
