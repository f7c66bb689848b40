//! Graphs for tests, written as the reference writes them: `id|down,down|deps|labels; …`.

use super::BranchLabel;
use super::Node;
use super::Revision;
use super::RevisionGraph;
use super::RevisionId;

/// The revision that `text` describes.
pub(crate) fn revision(text: &str) -> Revision {
    let mut fields = text.trim().split('|').map(|field| {
        field.split(',').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>()
    });
    let id: RevisionId = fields.next().unwrap()[0].parse().unwrap();
    let mut next = || fields.next().unwrap_or_default();
    let mut revision = Revision::new(id.clone(), format!("{id}.sql"));
    revision.message = format!("rev {id}");
    revision.down_revisions = next().iter().map(|id| id.parse().unwrap()).collect();
    revision.depends_on = next().iter().map(|&name| name.to_owned()).collect();
    revision.branch_labels =
        next().iter().map(|label| label.parse::<BranchLabel>().unwrap()).collect();
    revision
}

/// The revisions that `text` describes.
pub(crate) fn revisions(text: &str) -> Vec<Revision> {
    text.split(';').filter(|part| !part.trim().is_empty()).map(revision).collect()
}

/// The graph that `text` describes.
pub(crate) fn graph(text: &str) -> RevisionGraph {
    RevisionGraph::build(revisions(text)).unwrap()
}

/// The ids of `nodes`, joined by blanks.
pub(crate) fn ids(graph: &RevisionGraph, nodes: impl IntoIterator<Item = Node>) -> String {
    let ids: Vec<&str> = nodes.into_iter().map(|node| graph.id(node).as_str()).collect();
    ids.join(" ")
}
