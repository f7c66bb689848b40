//! Random commands on random graphs.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::graph::BranchLabel;
use crate::graph::Revision;
use crate::graph::RevisionId;

/// A command, with its target still open.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) is_upgrade: bool,
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
pub(super) fn orders() -> impl Strategy<Value = Vec<Order>> {
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
    pub(super) fn target(&self, revisions: &[Revision]) -> String {
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
    pub(super) fn is_of_the_whole(&self) -> bool {
        matches!(self.form, Form::Heads)
    }
}
