//! From Diesel's table of applied versions to rows of the version table.

use crate::db::Database;
use crate::db::DatabaseError;
use crate::exec;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::target::ParseTargetError;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;

/// Why Diesel's history cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum AdoptionError {
    /// Diesel has never run anything there.
    #[error(
        "the database holds no history of Diesel (there is no table __diesel_schema_migrations)"
    )]
    NoHistory,
    /// Diesel has run something that is not among the revisions.
    #[error("revision {version} of Diesel's history has no migration in the version locations")]
    UnknownVersion {
        /// Its version.
        version: String,
    },
    /// Diesel has left something out, which no version row can say.
    #[error("Diesel has run {applied}, but not {missing}, which comes before it")]
    Gap {
        /// What it has run.
        applied: RevisionId,
        /// What it has left out.
        missing: RevisionId,
    },
    /// The version rows are not of this graph.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The name of a revision is none that could be typed.
    #[error(transparent)]
    Name(#[from] ParseTargetError),
    /// The database cannot be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The targets of a [`Request::TakeOver`](crate::exec::Request::TakeOver) on a site where the
/// version rows are `heads`, so that they hold what Diesel has applied: none when they do already.
///
/// What limbeck itself has reverted since, as its journal tells, is not taken over again: Diesel's
/// table is not kept up to date any more. Rows that are ahead of Diesel's history stay as they
/// are.
///
/// # Errors
/// [`AdoptionError`]. Nothing is ever changed.
pub fn stamp_targets(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    heads: &Heads,
) -> Result<Vec<Target>, AdoptionError> {
    let rows = Resolver::new(graph).rows(heads)?;
    let applied = graph.ancestors(rows, Edges::All);
    let mut taken = graph.no_nodes();
    for version in database.diesel_history()?.ok_or(AdoptionError::NoHistory)? {
        let node = version.parse().ok().and_then(|id| graph.find(&id));
        let Some(node) = node else { return Err(AdoptionError::UnknownVersion { version }) };
        if !applied.contains(node) && !exec::was_reverted(database, graph.id(node))? {
            taken.insert(node);
        }
    }
    check_gaps(graph, &applied, &taken)?;
    let heads = graph.maximal(&taken);
    Ok(heads.into_iter().map(|node| graph.id(node).as_str().parse()).collect::<Result<_, _>>()?)
}

/// Diesel runs what is new, wherever it stands in the order; rows of heads cannot say that
/// something below them is missing, and it would never run.
fn check_gaps(
    graph: &RevisionGraph,
    applied: &NodeSet,
    taken: &NodeSet,
) -> Result<(), AdoptionError> {
    for node in taken.iter() {
        let gap = graph
            .parents(node, Edges::All)
            .find(|parent| !applied.contains(*parent) && !taken.contains(*parent));
        if let Some(missing) = gap {
            let (applied, missing) = (graph.id(node).clone(), graph.id(missing).clone());
            return Err(AdoptionError::Gap { applied, missing });
        }
    }
    Ok(())
}
