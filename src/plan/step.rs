//! One step of a plan.

use std::fmt;

use crate::graph::RevisionId;

use crate::graph::HeadChange;
use crate::graph::Heads;

/// Which way a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// A revision is applied.
    Upgrade,
    /// A revision is reverted.
    Downgrade,
    /// Version rows are set without running anything.
    Stamp,
}

impl Direction {
    /// The word for it in the journal.
    pub const fn journal_word(self) -> &'static str {
        match self {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
            Direction::Stamp => "stamp",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
            Direction::Stamp => "stamp_revision",
        })
    }
}

/// A revision to apply or revert, or rows to set, with the rows of the version table before and
/// after.
///
/// Displays as the rest of Alembic's log line `Running …`:
/// `upgrade 1a2b, 3c4d -> 5e6f, merge them`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which way.
    pub direction: Direction,
    /// The revision whose script runs; `None` for a stamp.
    pub revision: Option<RevisionId>,
    /// What stands before the arrow: down_revisions, or the revision that is reverted.
    pub from: Vec<RevisionId>,
    /// What stands behind it.
    pub to: Vec<RevisionId>,
    /// The first paragraph of the message; empty for a stamp.
    pub doc: String,
    /// The rows before.
    pub before: Heads,
    /// The rows after.
    pub after: Heads,
}

impl Step {
    /// What is written to the version table.
    pub fn head_change(&self) -> HeadChange {
        self.before.change_to(&self.after)
    }

    /// The line of the step without its message (Alembic: `short_log`): `upgrade 1a2b -> 5e6f`.
    pub fn short_log(&self) -> String {
        format!("{} {} -> {}", self.direction, comma(&self.from), comma(&self.to))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short_log())?;
        if !self.doc.is_empty() {
            write!(f, ", {}", self.doc)?;
        }
        Ok(())
    }
}

fn comma(ids: &[RevisionId]) -> String {
    let texts: Vec<&str> = ids.iter().map(RevisionId::as_str).collect();
    texts.join(", ")
}

/// Ordered steps on one version table.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The rows the plan starts from.
    pub before: Heads,
    /// The steps, in order; each begins with the rows that the one before it ends with.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The rows after all steps.
    pub fn after(&self) -> &Heads {
        self.steps.last().map_or(&self.before, |step| &step.after)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// How many of the steps are done when the rows are `heads`; `None` when the plan never
    /// leaves the rows like that.
    pub fn place_of(&self, heads: &Heads) -> Option<usize> {
        if *heads == self.before {
            return Some(0);
        }
        self.steps.iter().position(|step| step.after == *heads).map(|index| index + 1)
    }

    /// What is left of the first `end` steps when the rows are `heads`: nothing, where the rows
    /// are already beyond them; `None` when the plan never leaves the rows like that.
    pub fn rest(&self, heads: &Heads, end: usize) -> Option<Plan> {
        let begin = self.place_of(heads)?;
        let steps = self.steps.get(begin..end).unwrap_or_default().to_vec();
        Some(Plan { before: heads.clone(), steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing;
    use crate::plan::upgrade;
    use crate::target::Target;

    fn heads(ids: &str) -> Heads {
        ids.split_whitespace().map(|id| id.parse().unwrap()).collect()
    }

    fn steps(plan: Option<Plan>) -> String {
        let Some(plan) = plan else { return "elsewhere".to_owned() };
        let ids: Vec<String> = plan.steps.iter().map(|step| comma(&step.to)).collect();
        ids.join(" ")
    }

    #[test]
    fn the_rest_of_a_plan_begins_where_the_rows_are() {
        let graph = testing::graph("a; b|a; c|a; m|b,c");
        let plan = upgrade(&graph, &Heads::none(), &Target::heads()).unwrap();
        assert_eq!(steps(plan.rest(&Heads::none(), 4)), "a c b m");
        assert_eq!(steps(plan.rest(&heads("c"), 4)), "b m");
        assert_eq!(steps(plan.rest(&heads("c"), 3)), "b");
        assert_eq!(steps(plan.rest(&heads("m"), 3)), "");
        assert_eq!(steps(plan.rest(&heads("m"), 4)), "");
        assert_eq!(steps(plan.rest(&heads("b"), 4)), "elsewhere");
        assert_eq!(steps(plan.rest(&heads("x"), 4)), "elsewhere");
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let graph = testing::graph("a; b|a; c|a; m|b,c");
        let plan = upgrade(&graph, &heads("a"), &Target::heads()).unwrap();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
        let bad = text.replace("\"b\"", "\"b-1\"");
        assert!(
            serde_json::from_str::<Plan>(&bad).unwrap_err().to_string().contains("not allowed")
        );
    }
}
