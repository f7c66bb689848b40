//! Why a revision runs on a database, or does not.

use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;

use super::error::RouteError;
use super::routing::Routing;

/// Whether a revision runs on a database, with the rule that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it runs there.
    pub runs: bool,
    /// Why.
    pub rule: Rule,
}

/// The rule of a [`Verdict`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The database has no `branches`, so it takes every branch.
    EveryBranch,
    /// `branches` of the database names the branch of the revision.
    Branch {
        /// That branch.
        label: BranchLabel,
    },
    /// A revision of a branch that the database takes follows it.
    Followed {
        /// The first such revision.
        by: RevisionId,
        /// Its branch.
        label: BranchLabel,
    },
    /// It is on no branch that any database takes, and a revision of this one depends on it.
    ComesAlong,
    /// `databases` of the revision names only other databases.
    Narrowed {
        /// Those databases.
        databases: Vec<String>,
    },
    /// `branches` of the database names none of the branches of the revision.
    OtherBranch {
        /// The branches of the revision; empty where it has none.
        labels: Vec<BranchLabel>,
    },
}

impl Routing {
    /// Whether `node` of `graph`, the graph that was divided, runs on `database`, and why; `None`
    /// for a database that was not there.
    ///
    /// # Errors
    /// As [`Routing::part`].
    pub fn verdict(
        &self,
        graph: &RevisionGraph,
        node: Node,
        database: &str,
    ) -> Result<Option<Verdict>, RouteError> {
        let Some(index) = self.databases.iter().position(|taken| taken.name == database) else {
            return Ok(None);
        };
        let taken = &self.databases[index];
        let labels = graph.labels_of(node);
        let is_on_branch = taken.branch.contains(node);
        let verdict = |runs, rule| Ok(Some(Verdict { runs, rule }));
        if is_on_branch && self.is_away(node, index) {
            let databases = self.named_databases(node);
            return verdict(false, Rule::Narrowed { databases });
        }
        let Some(branches) = taken.branches.as_ref() else {
            return verdict(true, Rule::EveryBranch);
        };
        let common = |node: Node| {
            graph.labels_of(node).iter().find(|label| branches.contains(label)).cloned()
        };
        if let Some(label) = common(node) {
            return verdict(true, Rule::Branch { label });
        }
        if is_on_branch {
            let above = graph.descendants([node], Edges::Versioned);
            let by = above.iter().find_map(|by| Some((by, common(by)?)));
            if let Some((by, label)) = by {
                return verdict(true, Rule::Followed { by: graph.id(by).clone(), label });
            }
        }
        if self.members(graph, index)?.runs.contains(node) {
            return verdict(true, Rule::ComesAlong);
        }
        verdict(false, Rule::OtherBranch { labels: labels.to_vec() })
    }
}
