//! Laws that hold for any graph, however it is divided.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::Revision;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::graph::random::revisions;
use crate::graph::testing::ids;

const NAMES: [&str; 3] = ["one", "two", "three"];

/// A graph, and what three databases and the files of its revisions say about routes.
#[derive(Debug, Clone)]
struct Case {
    revisions: Vec<Revision>,
    branches: Vec<Option<Vec<BranchLabel>>>,
    narrowed: BTreeMap<RevisionId, Vec<String>>,
}

fn cases() -> impl Strategy<Value = Case> {
    let branches = prop_oneof![
        1 => Just(None),
        3 => vec(any::<Index>(), 1..4).prop_map(Some),
    ];
    let names = prop_oneof![
        3 => Just(Vec::new()),
        1 => proptest::sample::subsequence(NAMES.to_vec(), 1..=2),
    ];
    (revisions(), vec(branches, 3), vec(names, 16)).prop_map(|(revisions, branches, names)| {
        let labels: Vec<&BranchLabel> =
            revisions.iter().flat_map(|revision| &revision.branch_labels).collect();
        let label = |index: Index| (!labels.is_empty()).then(|| (*index.get(&labels)).clone());
        let branches = branches
            .into_iter()
            .map(|indices| {
                indices.map(|indices| {
                    let picked: BTreeSet<_> = indices.into_iter().filter_map(label).collect();
                    picked.into_iter().collect()
                })
            })
            .collect();
        let named = revisions.iter().zip(names).map(|(revision, names)| {
            (revision.id.clone(), names.into_iter().map(str::to_owned).collect())
        });
        let narrowed = named.collect();
        Case { revisions, branches, narrowed }
    })
}

impl Case {
    fn graph(&self) -> RevisionGraph {
        RevisionGraph::build(self.revisions.clone()).unwrap()
    }

    fn routing(&self, graph: &RevisionGraph) -> Routing {
        let databases: Vec<DatabaseRoute<'_>> = NAMES
            .iter()
            .zip(&self.branches)
            .map(|(name, branches)| DatabaseRoute { name, branches: branches.as_deref() })
            .collect();
        Routing::new(graph, &databases, |id| &self.narrowed[id]).unwrap()
    }

    /// Every database that can be routed, with its part.
    fn parts(&self, graph: &RevisionGraph) -> Vec<(&'static str, Routed)> {
        let routing = self.routing(graph);
        let whole = || Routed { graph: graph.clone(), needs: vec![], not_begun: vec![] };
        NAMES
            .into_iter()
            .filter_map(|name| {
                let part = routing.part(graph, name).ok()?;
                Some((name, part.unwrap_or_else(whole)))
            })
            .collect()
    }
}

/// The order in which everything in a graph is applied.
fn upwards(graph: &RevisionGraph) -> Vec<RevisionId> {
    let mut all = graph.no_nodes();
    for node in graph.nodes() {
        all.insert(node);
    }
    let order = graph.topological_order(&all, &graph.heads(Edges::All)).into_iter().rev();
    order.map(|node| graph.id(node).clone()).collect()
}

proptest! {
    #[test]
    fn verdicts_and_parts_agree(case in cases()) {
        let graph = case.graph();
        let routing = case.routing(&graph);
        for (name, part) in case.parts(&graph) {
            for node in graph.nodes() {
                let verdict = routing.verdict(&graph, node, name).unwrap().unwrap();
                let runs = part.graph.find(graph.id(node)).is_some();
                prop_assert_eq!(verdict.runs, runs, "{} on {}", graph.id(node), name);
            }
        }
    }

    #[test]
    fn every_dependency_is_in_the_part_or_is_a_need(case in cases()) {
        let graph = case.graph();
        let parts = case.parts(&graph);
        for (name, part) in &parts {
            let mut expected = Vec::new();
            for node in graph.nodes().filter(|node| part.graph.find(graph.id(*node)).is_some()) {
                for needed in graph.dependencies(node) {
                    if part.graph.find(graph.id(*needed)).is_none() {
                        expected.push((graph.id(node).clone(), graph.id(*needed).clone()));
                    }
                }
            }
            let told: Vec<_> =
                part.needs.iter().map(|n| (n.revision.clone(), n.needed.clone())).collect();
            prop_assert_eq!(told, expected);
            for need in &part.needs {
                prop_assert!(!need.databases.is_empty());
                for other in &need.databases {
                    prop_assert!(other != name);
                    // One that cannot be routed has no part.
                    let part = parts.iter().find(|(name, _)| name == other);
                    prop_assert!(part.is_none_or(|(_, p)| p.graph.find(&need.needed).is_some()));
                }
            }
        }
    }

    /// Whatever each database does in its own order, some database can always go on.
    #[test]
    fn needs_never_wait_for_each_other(case in cases()) {
        let graph = case.graph();
        let parts = case.parts(&graph);
        if parts.len() < NAMES.len() {
            return Ok(());
        }
        let plans: Vec<_> = parts.iter().map(|(_, part)| upwards(&part.graph)).collect();
        let mut done: Vec<usize> = vec![0; parts.len()];
        loop {
            let mut has_moved = false;
            for (at, (_, part)) in parts.iter().enumerate() {
                while let Some(next) = plans[at].get(done[at]) {
                    let is_met = part.needs.iter().filter(|need| need.revision == *next).all(|need| {
                        need.databases.iter().all(|name| {
                            let other = parts.iter().position(|(n, _)| n == name).unwrap();
                            plans[other][..done[other]].contains(&need.needed)
                        })
                    });
                    if !is_met {
                        break;
                    }
                    done[at] += 1;
                    has_moved = true;
                }
            }
            if !has_moved {
                break;
            }
        }
        for (plan, done) in plans.iter().zip(done) {
            prop_assert_eq!(plan.len(), done, "waits for ever: {:?}", plan);
        }
    }

    #[test]
    fn a_joint_part_is_what_any_of_them_takes(case in cases()) {
        let graph = case.graph();
        let routing = case.routing(&graph);
        let parts = case.parts(&graph);
        let chosen: Vec<&str> = parts.iter().map(|(name, _)| *name).take(2).collect();
        let joint = routing.joint_part(&graph, &chosen).unwrap();
        let expected: Vec<Node> = graph
            .nodes()
            .filter(|node| {
                parts.iter().take(2).any(|(_, part)| part.graph.find(graph.id(*node)).is_some())
            })
            .collect();
        prop_assert_eq!(ids(&joint, joint.nodes()), ids(&graph, expected));
    }

    #[test]
    fn branches_alone_take_what_they_always_took(case in cases()) {
        let graph = case.graph();
        let Case { revisions, branches, .. } = case;
        let narrowed = revisions.iter().map(|r| (r.id.clone(), vec![])).collect();
        let case = Case { revisions, branches, narrowed };
        for (name, part) in case.parts(&graph) {
            let at = NAMES.iter().position(|other| *other == name).unwrap();
            let Some(branches) = &case.branches[at] else { continue };
            let own = graph.nodes().filter(|node| {
                graph.labels_of(*node).iter().any(|label| branches.contains(label))
            });
            for node in graph.ancestors(own, Edges::Versioned).iter() {
                prop_assert!(part.graph.find(graph.id(node)).is_some());
            }
        }
    }
}
