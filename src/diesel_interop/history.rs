//! From Diesel's table of applied versions to rows of the version table.

use crate::graph::RevisionGraph;
use crate::target::Target;

/// The targets to stamp for a database in which Diesel has applied `versions`: the applied
/// revisions that no other applied one follows.
///
/// # Errors
/// The first version that is no revision of `graph`.
pub fn stamp_targets(graph: &RevisionGraph, versions: &[String]) -> Result<Vec<Target>, String> {
    let mut applied = graph.no_nodes();
    for version in versions {
        let node = graph.by_name(version).ok_or_else(|| version.clone())?;
        applied.insert(node);
    }
    graph
        .maximal(&applied)
        .into_iter()
        .map(|node| graph.id(node).as_str().parse().map_err(|_| graph.id(node).to_string()))
        .collect()
}
