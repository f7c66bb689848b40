//! One revision, as its file declares it: the input of the graph.

use std::path::PathBuf;

use super::id::BranchLabel;
use super::id::RevisionId;

/// A revision as declared. Nothing here has been checked against other revisions; that is the
/// work of [`RevisionGraph::build`](super::RevisionGraph::build).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its identifier.
    pub id: RevisionId,
    /// The revisions it directly follows: none at a base, several at a merge.
    pub down_revisions: Vec<RevisionId>,
    /// What else must be applied before it: ids, unique prefixes of ids, or branch labels, as
    /// written in the file.
    pub depends_on: Vec<String>,
    /// The labels that this file declares (not those that reach it along the branch).
    pub branch_labels: Vec<BranchLabel>,
    /// What it does; the first paragraph is the short form that listings show.
    pub message: String,
    /// The file or directory it was read from. Shown in messages, never opened by the graph.
    pub path: PathBuf,
}

impl Revision {
    /// A base revision without labels, dependencies or message.
    pub fn new(id: RevisionId, path: impl Into<PathBuf>) -> Self {
        Revision {
            id,
            down_revisions: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            message: String::new(),
            path: path.into(),
        }
    }

    /// The message up to its first blank line, which may still hold line breaks (Alembic's
    /// `doc`; section 3.1 of its reference).
    pub fn doc(&self) -> &str {
        let text = self.message.trim();
        match text.split_once("\n\n") {
            Some((first, _)) => first,
            None => text,
        }
    }
}
