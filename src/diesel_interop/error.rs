//! What the harness refuses. Diesel's traits pass errors on as boxes; these can be got back by
//! `downcast_ref`.

use std::time::Duration;

use crate::exec::UnfitScript;
use crate::graph::RevisionId;

/// Why the harness does not run something. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HarnessError {
    /// A migration of the source is no revision of the graph.
    #[error("migration {version} is no revision of the graph")]
    UnknownMigration {
        /// Its version.
        version: String,
    },
    /// A pending revision has no script that can be run.
    #[error("{}: revision {}: {}", .0.path.display(), .0.revision, .0.kind)]
    Unfit(Box<UnfitScript>),
    /// "The last migration" means nothing where several branches are applied.
    #[error(
        "there is no last migration: the heads are {}; revert one of them by itself",
        .heads.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(", ")
    )]
    SeveralHeads {
        /// The rows.
        heads: Vec<RevisionId>,
    },
    /// Another run held the lock for too long.
    #[error("another run holds the migration lock; waited {} s", .waited.as_secs())]
    LockTimeout {
        /// How long the harness waited.
        waited: Duration,
    },
}
