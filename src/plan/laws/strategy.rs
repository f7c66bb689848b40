//! Random well-formed graphs, and commands on them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Revision;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::graph::testing;

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

/// A command, with its target still open.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) is_upgrade: bool,
    form: Form,
    place: Index,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Heads,
    Base,
    Id,
    Label,
    HeadOf,
    HeadsOf,
    BaseOf,
    StepsOfBranch(i8),
    StepsFrom(i8),
}

/// Some commands, to be given one after the other.
pub(crate) fn orders() -> impl Strategy<Value = Vec<Order>> {
    let form = prop_oneof![
        Just(Form::Heads),
        Just(Form::Base),
        Just(Form::Id),
        Just(Form::Id),
        Just(Form::Label),
        Just(Form::HeadOf),
        Just(Form::HeadsOf),
        Just(Form::BaseOf),
        (-2..=2i8).prop_map(Form::StepsOfBranch),
        (-2..=2i8).prop_map(Form::StepsFrom),
    ];
    let order = (any::<bool>(), form, any::<Index>()).prop_map(|(is_upgrade, form, place)| Order {
        is_upgrade,
        form,
        place,
    });
    vec(order, 1..8)
}

impl Order {
    /// The target as it is typed, with names of `revisions`.
    ///
    /// The names are looked up by age, so the same order means the same whatever the load order.
    pub(crate) fn target(&self, revisions: &[Revision]) -> String {
        let mut ids: Vec<&RevisionId> = revisions.iter().map(|revision| &revision.id).collect();
        ids.sort();
        let mut labels: Vec<&BranchLabel> =
            revisions.iter().flat_map(|revision| &revision.branch_labels).collect();
        labels.sort();
        let id = self.place.get(&ids).as_str();
        let label = if labels.is_empty() { id } else { self.place.get(&labels).as_str() };
        match self.form {
            Form::Heads => "heads".to_owned(),
            Form::Base => "base".to_owned(),
            Form::Id => id.to_owned(),
            Form::Label => label.to_owned(),
            Form::HeadOf => format!("{label}@head"),
            Form::HeadsOf => format!("{label}@heads"),
            Form::BaseOf => format!("{label}@base"),
            Form::StepsOfBranch(steps) => format!("{label}@{steps:+}"),
            Form::StepsFrom(steps) => format!("{id}{steps:+}"),
        }
    }

    /// Whether the target speaks of the whole graph, so that a new branch changes what it means.
    pub(crate) fn is_of_the_whole(&self) -> bool {
        matches!(self.form, Form::Heads)
    }
}
