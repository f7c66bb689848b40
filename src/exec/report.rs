//! What a run has done.

use std::time::Duration;

use serde::Serialize;
use serde::Serializer;

use super::repeat::RepeatReport;
use crate::graph::Heads;
use crate::plan::Step;

/// What a run has done, complete also when it failed: every step listed is committed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The rows at the start.
    pub before: Heads,
    /// The rows at the end.
    pub after: Heads,
    /// The steps that were committed.
    pub steps: Vec<StepReport>,
    /// The repeatable scripts behind them.
    #[serde(skip_serializing_if = "RepeatReport::is_empty")]
    pub repeatables: RepeatReport,
}

/// One committed step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepReport {
    /// The step.
    #[serde(flatten)]
    pub step: Step,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub elapsed: Duration,
}

pub(super) fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

impl Report {
    /// Nothing done, at `heads`.
    pub fn at(heads: &Heads) -> Self {
        Report { before: heads.clone(), after: heads.clone(), ..Report::default() }
    }

    /// Whether nothing was done.
    pub fn is_nothing(&self) -> bool {
        self.steps.is_empty() && self.before == self.after && self.repeatables.ran.is_empty()
    }

    pub(super) fn push(&mut self, step: &Step, elapsed: Duration) {
        self.after = step.after.clone();
        self.steps.push(StepReport { step: step.clone(), elapsed });
    }
}
