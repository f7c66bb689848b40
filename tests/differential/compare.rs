//! Whether two answers to one command are the same.

use super::answer::{Done, Refused};
use super::recorded::{Case, StepTaken};

/// What differs, in the order in which it is looked for; nothing if the answers are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// Alembic does it, limbeck refuses.
    Refused(String),
    /// Alembic refuses or crashes, limbeck does it.
    Accepted,
    /// The revisions that are run, or listed.
    Which,
    /// Their order, where Alembic's is always the same.
    Order,
    /// The rows after some step.
    Rows,
    /// The lines that are logged.
    Line {
        /// Ours.
        ours: Vec<String>,
    },
}

/// Compares what Alembic did with what limbeck did.
///
/// Where Alembic's order depends on the hash seed, only the revisions and the last rows can be
/// compared.
///
/// Two refusals are the same whatever they say: these commands often have two faults at once,
/// and either may be named. The words are compared by the golden test.
pub(super) fn difference(case: &Case, ours: &Result<Done, Refused>) -> Option<Difference> {
    match ours {
        Err(refused) if case.ok => Some(Difference::Refused(refused.to_string())),
        Ok(_) if !case.ok => Some(Difference::Accepted),
        Err(_) => None,
        Ok(done) => steps(case, &done.steps).or_else(|| listed(case, done.revisions.as_ref())),
    }
}

fn steps(case: &Case, ours: &[StepTaken]) -> Option<Difference> {
    let key = |step: &StepTaken| (step.revision.clone(), step.direction.clone());
    let theirs: Vec<_> = case.steps.iter().map(key).collect();
    let mine: Vec<_> = ours.iter().map(key).collect();
    if sorted(&theirs) != sorted(&mine) {
        return Some(Difference::Which);
    }
    if ours.last().map_or(&*case.rows_before, |step| &step.rows_after) != case.rows_after() {
        return Some(Difference::Rows);
    }
    if !case.order_stable {
        return None;
    }
    if theirs != mine {
        return Some(Difference::Order);
    }
    let ours_lines = || ours.iter().map(|step| step.line.clone()).collect();
    for (theirs, ours) in case.steps.iter().zip(ours) {
        if theirs.rows_after != ours.rows_after {
            return Some(Difference::Rows);
        }
        if theirs.line != ours.line {
            return Some(Difference::Line { ours: ours_lines() });
        }
    }
    None
}

fn listed(case: &Case, ours: Option<&Vec<String>>) -> Option<Difference> {
    match (&case.revisions, ours) {
        (Some(theirs), Some(ours)) if sorted(theirs) != sorted(ours) => Some(Difference::Which),
        (Some(theirs), Some(ours)) if case.order_stable && theirs != ours => {
            Some(Difference::Order)
        }
        _ => None,
    }
}

fn sorted<T: Clone + Ord>(items: &[T]) -> Vec<T> {
    let mut items = items.to_vec();
    items.sort();
    items
}
