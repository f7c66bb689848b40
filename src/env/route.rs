//! Which part of the graph belongs to a database.

use crate::graph::BranchLabel;
use crate::graph::Declared;
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
    /// The configuration names a branch that no revision declares.
    #[error("database `{database}` takes branch '{label}', but no revision has that label")]
    NoSuchBranch {
        /// The database.
        database: String,
        /// The label.
        label: BranchLabel,
        /// The nearest label that exists.
        nearest: Option<String>,
    },
    /// A revision of the database depends on one that is routed elsewhere.
    #[error(
        "revision {} of database `{database}` depends on {}, which belongs to another branch ({}) \
         that this database does not take",
        .revision.id, .dependency.id, .labels.iter().map(BranchLabel::as_str).collect::<Vec<_>>().join(", ")
    )]
    ForeignDependency {
        /// The database.
        database: String,
        /// The revision.
        revision: Declared,
        /// What it depends on.
        dependency: Declared,
        /// The branch labels of the dependency.
        labels: Vec<BranchLabel>,
    },
    /// The part that belongs to the database is no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// The part of `graph` that belongs to the database `database`, which takes `branches`: the
/// revisions of these branches and what they follow.
///
/// The result is a graph of its own: heads, branch points and abbreviations are those of this
/// part, so no revision of another branch can be named, let alone run.
///
/// # Errors
/// [`RouteError`] when a label is unknown, or a dependency crosses the border.
pub fn routed_graph(
    graph: &RevisionGraph,
    database: &str,
    branches: &[BranchLabel],
) -> Result<RevisionGraph, RouteError> {
    if branches.is_empty() {
        return Ok(RevisionGraph::build(Vec::new())?);
    }
    for label in branches {
        if !graph.labels().any(|(known, _)| known == label) && !graph.is_empty() {
            return Err(RouteError::NoSuchBranch {
                database: database.to_owned(),
                label: label.clone(),
                nearest: nearest(label.as_str(), graph.labels().map(|(l, _)| l.as_str()))
                    .map(str::to_owned),
            });
        }
    }
    let members: Vec<Node> = graph
        .nodes()
        .filter(|node| graph.labels_of(*node).iter().any(|label| branches.contains(label)))
        .collect();
    let part = graph.ancestors(members, Edges::All);
    check_border(graph, database, branches, &part)?;
    let revisions: Vec<Revision> = part.iter().map(|node| graph.revision(node).clone()).collect();
    Ok(RevisionGraph::build(revisions)?)
}

/// Refuses a part that holds revisions of other branches.
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
    for node in part.iter() {
        for dependency in graph.dependencies(node) {
            let labels = graph.labels_of(*dependency);
            let is_foreign =
                !labels.is_empty() && !labels.iter().any(|label| branches.contains(label));
            if is_foreign {
                return Err(RouteError::ForeignDependency {
                    database: database.to_owned(),
                    revision: declared(node),
                    dependency: declared(*dependency),
                    labels: labels.to_vec(),
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

    #[test]
    fn a_database_sees_its_branches_and_what_they_follow() {
        let whole = graph(TWO);
        let part = routed_graph(&whole, "main", &labels("pg")).unwrap();
        assert_eq!(ids(&part, part.nodes()), "s1 a1 a2");
        assert_eq!(ids(&part, part.heads(Edges::All)), "a2");
        let part = routed_graph(&whole, "main", &labels("ts x")).unwrap();
        assert_eq!(ids(&part, part.nodes()), "s1 c1 b1 b2");
    }

    #[test]
    fn a_border_that_a_dependency_crosses_is_named() {
        let whole = graph("a1|||pg; b1||a1|ts");
        let error = routed_graph(&whole, "metrics", &labels("ts")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "revision b1 of database `metrics` depends on a1, which belongs to another branch \
             (pg) that this database does not take"
        );
        assert!(routed_graph(&whole, "both", &labels("ts pg")).is_ok());
        let error = routed_graph(&whole, "m", &labels("tx")).unwrap_err();
        assert!(matches!(error, RouteError::NoSuchBranch { .. }));
    }
}
