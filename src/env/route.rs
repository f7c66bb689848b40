//! Which part of the graph belongs to a database.

use crate::graph::BranchLabel;
use crate::graph::Declared;
use crate::graph::EdgeKind;
use crate::graph::Edges;
use crate::graph::GraphError;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::Revision;
use crate::graph::RevisionGraph;
use crate::graph::nearest;

/// Why branches cannot be routed to a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The configuration names a branch that no revision declares, and one that is named nearly
    /// so exists.
    #[error("database `{database}` takes branch '{label}', but no revision has that label")]
    NoSuchBranch {
        /// The database.
        database: String,
        /// The label.
        label: BranchLabel,
        /// The nearest label that exists.
        nearest: String,
    },
    /// A revision of the database needs one that is routed elsewhere: it depends on it, or merges
    /// it.
    #[error(
        "revision {} of database `{database}` {} {}, which belongs to another branch ({}) that \
         this database does not take",
        .revision.id,
        match .edge {
            EdgeKind::DownRevision => "merges",
            EdgeKind::DependsOn => "depends on",
        },
        .other.id,
        joined(.labels)
    )]
    Foreign {
        /// The database.
        database: String,
        /// The revision.
        revision: Declared,
        /// What it needs.
        other: Declared,
        /// How it needs it.
        edge: EdgeKind,
        /// The branch labels of the other revision.
        labels: Vec<BranchLabel>,
    },
    /// The part that belongs to the database is no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

fn joined(labels: &[BranchLabel]) -> String {
    let texts: Vec<&str> = labels.iter().map(BranchLabel::as_str).collect();
    texts.join(", ")
}

/// The part of a graph that belongs to a database.
#[derive(Debug)]
pub struct Routed {
    /// That part, as a graph of its own.
    pub graph: RevisionGraph,
    /// Branches that the database takes and that have no revision yet.
    pub not_begun: Vec<BranchLabel>,
}

/// The part of `graph` that belongs to the database `database`, which takes `branches`: the
/// revisions of these branches and what they follow.
///
/// The result is a graph of its own: heads, branch points and abbreviations are those of this
/// part, so no revision of another branch can be named, let alone run.
///
/// `taken` are the branches that any database takes: what resembles one of those is no misspelling
/// of it (`engine1`, `engine2`).
///
/// # Errors
/// [`RouteError`] when a label seems to be misspelt, or a dependency or a merge crosses the
/// border.
pub fn routed_graph(
    graph: &RevisionGraph,
    database: &str,
    branches: &[BranchLabel],
    taken: &[BranchLabel],
) -> Result<Routed, RouteError> {
    let mut not_begun = Vec::new();
    for label in branches {
        if graph.labels().any(|(known, _)| known == label) {
            continue;
        }
        let others = graph
            .labels()
            .filter(|(other, _)| !taken.contains(other))
            .map(|(other, _)| other.as_str());
        if let Some(nearest) = nearest(label.as_str(), others) {
            return Err(RouteError::NoSuchBranch {
                database: database.to_owned(),
                label: label.clone(),
                nearest: nearest.to_owned(),
            });
        }
        not_begun.push(label.clone());
    }
    let members: Vec<Node> = graph
        .nodes()
        .filter(|node| graph.labels_of(*node).iter().any(|label| branches.contains(label)))
        .collect();
    let part = graph.ancestors(members, Edges::All);
    check_border(graph, database, branches, &part)?;
    let revisions: Vec<Revision> = part.iter().map(|node| graph.revision(node).clone()).collect();
    Ok(Routed { graph: RevisionGraph::build(revisions)?, not_begun })
}

/// Refuses a part that a dependency or a merge leads into another branch. What a branch merely
/// grows out of belongs to it, whatever other labels it has.
fn check_border(
    graph: &RevisionGraph,
    database: &str,
    branches: &[BranchLabel],
    part: &NodeSet,
) -> Result<(), RouteError> {
    let declared = |node: Node| Declared {
        id: graph.id(node).clone(),
        path: graph.revision(node).path.clone(),
    };
    let is_foreign = |node: Node| {
        let labels = graph.labels_of(node);
        !labels.is_empty() && !labels.iter().any(|label| branches.contains(label))
    };
    for node in part.iter() {
        let merged = graph.parents(node, Edges::Versioned);
        let merged = merged.filter(|_| graph.is_merge_point(node));
        let depended = graph.dependencies(node).iter().copied();
        let needs = merged
            .map(|other| (other, EdgeKind::DownRevision))
            .chain(depended.map(|other| (other, EdgeKind::DependsOn)));
        for (other, edge) in needs {
            if is_foreign(other) {
                return Err(RouteError::Foreign {
                    database: database.to_owned(),
                    revision: declared(node),
                    other: declared(other),
                    edge,
                    labels: graph.labels_of(other).to_vec(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph;
    use crate::graph::testing::ids;

    //  s1 ── a1(pg) ── a2      b1(ts) ── b2
    //    ╰── c1(x)
    const TWO: &str = "s1; a1|s1||pg; a2|a1; c1|s1||x; b1|||ts; b2|b1";

    fn labels(text: &str) -> Vec<BranchLabel> {
        text.split(' ').map(|label| label.parse().unwrap()).collect()
    }

    fn part(whole: &RevisionGraph, branches: &str) -> Result<Routed, RouteError> {
        routed_graph(whole, "main", &labels(branches), &labels("engine1 engine2"))
    }

    #[test]
    fn a_database_sees_its_branches_and_what_they_follow() {
        let whole = graph(TWO);
        let pg = part(&whole, "pg").unwrap().graph;
        assert_eq!(ids(&pg, pg.nodes()), "s1 a1 a2");
        assert_eq!(ids(&pg, pg.heads(Edges::All)), "a2");
        let both = part(&whole, "ts x").unwrap().graph;
        assert_eq!(ids(&both, both.nodes()), "s1 c1 b1 b2");
    }

    #[test]
    fn what_a_branch_grows_out_of_belongs_to_it() {
        let whole = graph("s1|||core; a1|s1||pg; b1|s1||ts");
        let pg = part(&whole, "pg").unwrap().graph;
        assert_eq!(ids(&pg, pg.nodes()), "s1 a1");
    }

    #[test]
    fn a_border_that_a_dependency_or_a_merge_crosses_is_named() {
        let whole = graph("a1|||pg; b1||a1|ts");
        assert_eq!(
            part(&whole, "ts").unwrap_err().to_string(),
            "revision b1 of database `main` depends on a1, which belongs to another branch (pg) \
             that this database does not take"
        );
        assert!(part(&whole, "ts pg").is_ok());

        let whole = graph("a1|||pg; b1|||ts; m1|a1,b1");
        assert_eq!(
            part(&whole, "pg").unwrap_err().to_string(),
            "revision m1 of database `main` merges b1, which belongs to another branch (ts) that \
             this database does not take"
        );
        assert!(part(&whole, "ts pg").is_ok());
    }

    #[test]
    fn a_misspelt_label_is_refused_and_one_that_is_to_come_is_not() {
        let whole = graph("a1|||postgres");
        assert!(matches!(part(&whole, "postgers"), Err(RouteError::NoSuchBranch { .. })));
        let routed = part(&whole, "timescale").unwrap();
        assert_eq!(routed.not_begun, labels("timescale"));
        assert!(routed.graph.is_empty());
        let whole = graph("a1|||engine1");
        assert_eq!(part(&whole, "engine2").unwrap().not_begun, labels("engine2"));
    }
}
