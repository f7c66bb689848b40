//! A revision as `--json` shows it.

use std::path::Path;

use serde::Serialize;

use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;

/// A revision with its place in the graph.
#[derive(Debug, Serialize)]
pub struct RevisionJson<'a> {
    revision: &'a RevisionId,
    down_revision: &'a [RevisionId],
    depends_on: &'a [String],
    branch_labels: &'a [BranchLabel],
    message: &'a str,
    path: &'a Path,
    is_base: bool,
    is_head: bool,
    is_effective_head: bool,
    is_branch_point: bool,
    is_merge_point: bool,
    children: Vec<&'a RevisionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_current: Option<bool>,
}

impl<'a> RevisionJson<'a> {
    /// The revision `node` of `graph`.
    pub fn new(graph: &'a RevisionGraph, node: Node) -> Self {
        let revision = graph.revision(node);
        let is_head = graph.is_head(node, Edges::All);
        RevisionJson {
            revision: &revision.id,
            down_revision: &revision.down_revisions,
            depends_on: &revision.depends_on,
            branch_labels: graph.labels_of(node),
            message: revision.message.trim(),
            path: &revision.path,
            is_base: revision.down_revisions.is_empty(),
            is_head,
            is_effective_head: !is_head && graph.is_head(node, Edges::Versioned),
            is_branch_point: graph.is_branch_point(node, Edges::Versioned),
            is_merge_point: graph.is_merge_point(node),
            children: graph.children(node, Edges::Versioned).map(|n| graph.id(n)).collect(),
            is_current: None,
        }
    }

    /// Says whether it is one of the rows of a database.
    #[must_use]
    pub fn current(mut self, is_current: bool) -> Self {
        self.is_current = Some(is_current);
        self
    }
}
