//! Why revisions cannot be divided among databases.

use crate::graph::BranchLabel;
use crate::graph::Declared;
use crate::graph::GraphError;

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
    /// The `databases` of a revision names one that the configuration has not.
    #[error("revision {} is for database `{name}`, and there is no such database", .revision.id)]
    NoSuchDatabase {
        /// The revision.
        revision: Declared,
        /// The name.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
        /// All names that exist.
        known: Vec<String>,
    },
    /// A revision of the database merges one of a branch that it does not take.
    #[error(
        "revision {} of database `{database}` merges {}, which belongs to another branch ({}) that \
         this database does not take",
        .revision.id, .other.id, joined(.labels)
    )]
    Merge {
        /// The database.
        database: String,
        /// The revision.
        revision: Declared,
        /// What it merges.
        other: Declared,
        /// The branch labels of the other revision.
        labels: Vec<BranchLabel>,
    },
    /// A revision of the database depends on one that no database takes, so that it could never
    /// run.
    #[error(
        "revision {} of database `{database}` depends on {}, which no database takes",
        .revision.id, .needed.id
    )]
    NeededNowhere {
        /// The database.
        database: String,
        /// The revision.
        revision: Declared,
        /// What it depends on.
        needed: Declared,
        /// The branch labels of what it depends on.
        labels: Vec<BranchLabel>,
    },
    /// A revision depends on one that runs in tenants only: there may be none yet, and there will be
    /// more.
    #[error(
        "revision {} of database `{database}` depends on {}, which runs in tenants only",
        .revision.id, .needed.id
    )]
    NeedsTenants {
        /// The database.
        database: String,
        /// The revision.
        revision: Declared,
        /// What it depends on.
        needed: Declared,
    },
    /// The part that belongs to the database is no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

fn joined(labels: &[BranchLabel]) -> String {
    let texts: Vec<&str> = labels.iter().map(BranchLabel::as_str).collect();
    texts.join(", ")
}
