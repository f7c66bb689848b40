//! The rows of a version table, and how a step changes them.

use std::collections::BTreeSet;

use super::id::RevisionId;

/// The rows of a version table: a set of revision ids in a fixed order.
///
/// For a well-formed history the rows are exactly the maximal elements of the applied revisions,
/// counting dependencies (the law of the version table, `docs/architecture.md`).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Heads(BTreeSet<RevisionId>);

impl Heads {
    /// No rows: nothing is applied.
    pub fn none() -> Self {
        Heads::default()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether `id` is a row.
    pub fn contains(&self, id: &RevisionId) -> bool {
        self.0.contains(id)
    }

    /// The rows, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &RevisionId> {
        self.0.iter()
    }

    /// What must be written to turn these rows into `after`.
    pub fn change_to(&self, after: &Heads) -> HeadChange {
        let mut removed: Vec<RevisionId> = self.0.difference(&after.0).cloned().collect();
        let mut added: Vec<RevisionId> = after.0.difference(&self.0).cloned().collect();
        // As Alembic does, the last row that goes becomes the last that comes: a plain step is
        // one UPDATE, whose row count tells whether somebody else moved the row meanwhile.
        let updated = match (removed.pop(), added.pop()) {
            (Some(from), Some(to)) => Some((from, to)),
            (from, to) => {
                removed.extend(from);
                added.extend(to);
                None
            }
        };
        HeadChange { deleted: removed, inserted: added, updated }
    }
}

impl FromIterator<RevisionId> for Heads {
    fn from_iter<I: IntoIterator<Item = RevisionId>>(ids: I) -> Self {
        Heads(ids.into_iter().collect())
    }
}

/// The writes to a version table that belong to one step, in the order in which they are made:
/// deletions, insertions, then the update.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadChange {
    /// Rows to delete; each must be there.
    pub deleted: Vec<RevisionId>,
    /// Rows to insert.
    pub inserted: Vec<RevisionId>,
    /// A row to change, from and to; it must be there.
    pub updated: Option<(RevisionId, RevisionId)>,
}

impl HeadChange {
    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.inserted.is_empty() && self.updated.is_none()
    }
}
