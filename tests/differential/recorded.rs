//! A line of the oracle, as `README.md` in this directory describes it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A graph, and what Alembic says about it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Recorded {
    pub(super) seed: u64,
    pub(super) index: usize,
    /// Whether a parent or dependency is an ancestor of another one of the same revision.
    pub(super) redundant: bool,
    pub(super) revisions: Vec<Declared>,
    pub(super) heads: Vec<String>,
    pub(super) real_heads: Vec<String>,
    pub(super) bases: Vec<String>,
    pub(super) branches: BTreeMap<String, Vec<String>>,
    pub(super) branchpoints: Vec<String>,
    pub(super) mergepoints: Vec<String>,
    pub(super) cases: Vec<Case>,
    pub(super) offline: Offline,
}

/// Commands with `--sql`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Offline {
    /// The revisions whose scripts run outside a transaction.
    pub(super) outside: Vec<String>,
    pub(super) cases: Vec<OfflineCase>,
}

/// A command with `--sql`, and its text.
#[derive(Debug, Deserialize)]
pub(super) struct OfflineCase {
    pub(super) command: String,
    pub(super) targets: Vec<String>,
    pub(super) start: Option<String>,
    pub(super) dialect: String,
    pub(super) per_migration: bool,
    pub(super) version_table: String,
    pub(super) schema: Option<String>,
    pub(super) text: Option<String>,
    pub(super) error: Option<String>,
    pub(super) crashed: bool,
    pub(super) stable: bool,
}

/// A revision as its file declares it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Declared {
    pub(super) id: String,
    pub(super) down: Vec<String>,
    pub(super) deps: Vec<String>,
    pub(super) labels: Vec<String>,
}

/// A command and what became of it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Case {
    pub(super) command: String,
    pub(super) targets: Vec<String>,
    pub(super) rows_before: Vec<String>,
    pub(super) ok: bool,
    pub(super) error: Option<String>,
    /// A traceback, not a refusal; `error` is then the name of the exception.
    pub(super) crashed: bool,
    pub(super) warnings: Vec<String>,
    pub(super) steps: Vec<StepTaken>,
    pub(super) revisions: Option<Vec<String>>,
    pub(super) order_stable: bool,
    pub(super) outcome_stable: bool,
}

/// A step, with the rows it leaves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct StepTaken {
    pub(super) revision: Option<String>,
    pub(super) direction: String,
    pub(super) line: String,
    pub(super) rows_after: Vec<String>,
}

impl Case {
    /// The rows at the end.
    pub(super) fn rows_after(&self) -> &[String] {
        self.steps.last().map_or(&self.rows_before, |step| &step.rows_after)
    }
}
