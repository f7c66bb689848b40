//! Random well-formed graphs, for tests.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::Edges;
use super::NodeSet;
use super::Revision;
use super::RevisionGraph;
use super::testing;

/// How one revision comes into being; each index is looked up among what exists by then.
#[derive(Debug, Clone)]
struct Seed {
    parents: Vec<Index>,
    dependencies: Vec<Index>,
    is_labelled: bool,
    depends_by_label: bool,
}

/// Revisions of which each names only earlier ones.
///
/// With `redundant` a revision may name an ancestor of another of its parents, which is not
/// well-formed.
fn grown(seeds: &[Seed], redundant: bool) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = Vec::new();
    for (number, seed) in seeds.iter().enumerate() {
        let graph = RevisionGraph::build(revisions.clone()).unwrap();
        let nodes: Vec<_> = graph.nodes().collect();
        let mut below = Vec::new();
        let mut pick = |indices: &[Index]| {
            let mut picked = Vec::new();
            for index in indices.iter().filter(|_| !nodes.is_empty()) {
                let node = *index.get(&nodes);
                let is_related = graph.lineage(&below, Edges::All).contains(node);
                if !below.contains(&node) && (redundant || !is_related) {
                    below.push(node);
                    picked.push(node);
                }
            }
            picked
        };
        let parents = pick(&seed.parents);
        let dependencies = pick(&seed.dependencies);
        let mut revision = testing::revision(&format!("r{number:03}"));
        revision.down_revisions = parents.iter().map(|node| graph.id(*node).clone()).collect();
        revision.depends_on = dependencies
            .iter()
            .map(|node| {
                let declared = graph.revision(*node);
                match declared.branch_labels.first().filter(|_| seed.depends_by_label) {
                    Some(label) => label.to_string(),
                    None => declared.id.to_string(),
                }
            })
            .collect();
        if seed.is_labelled {
            revision.branch_labels = vec![format!("label{number}").parse().unwrap()];
        }
        revisions.push(revision);
    }
    revisions
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    // One parent is the rule; none starts a branch, several merge.
    let parents = prop_oneof![
        1 => vec(any::<Index>(), 0..=0),
        5 => vec(any::<Index>(), 1..=1),
        2 => vec(any::<Index>(), 2..=3),
    ];
    let dependencies = prop_oneof![
        3 => vec(any::<Index>(), 0..=0),
        1 => vec(any::<Index>(), 1..=2),
    ];
    let seed = (parents, dependencies, any::<bool>(), any::<bool>()).prop_map(
        |(parents, dependencies, is_labelled, depends_by_label)| Seed {
            parents,
            dependencies,
            is_labelled,
            depends_by_label,
        },
    );
    vec(seed, 1..16)
}

/// The revisions of a well-formed graph, in any load order.
pub(crate) fn revisions() -> impl Strategy<Value = Vec<Revision>> {
    seeds().prop_map(|seeds| grown(&seeds, false)).prop_shuffle()
}

/// The same, but parents may be redundant.
pub(crate) fn revisions_with_redundant_parents() -> impl Strategy<Value = Vec<Revision>> {
    seeds().prop_map(|seeds| grown(&seeds, true)).prop_shuffle()
}

/// A graph of `revisions`, and some of its nodes.
pub(crate) fn chosen(
    revisions: impl Strategy<Value = Vec<Revision>>,
) -> impl Strategy<Value = (RevisionGraph, NodeSet)> {
    revisions.prop_flat_map(|revisions| {
        let graph = RevisionGraph::build(revisions).unwrap();
        let choice = vec(any::<bool>(), graph.len());
        choice.prop_map(move |choice| {
            let mut set = graph.no_nodes();
            for (node, _) in graph.nodes().zip(choice).filter(|(_, is_chosen)| *is_chosen) {
                set.insert(node);
            }
            (graph.clone(), set)
        })
    })
}
