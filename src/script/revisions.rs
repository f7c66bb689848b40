//! Every revision of a project: the files, and the graph that they make.

use std::path::PathBuf;

use super::directory::LoadOptions;
use super::directory::LoadedScripts;
use super::directory::ScriptDirectory;
use super::error::ScriptError;
use super::revision_file::RevisionFile;
use crate::graph::GraphError;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;

/// Revision files that have been read, with the graph that they make.
#[derive(Debug, Clone)]
pub struct Revisions {
    graph: RevisionGraph,
    /// In load order, which is that of the graph's nodes.
    files: Vec<RevisionFile>,
    passed_over: Vec<PathBuf>,
}

/// Why there are no [`Revisions`] to be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or directory is not what it should be.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The files do not make a graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

impl Revisions {
    /// Reads every revision in `locations`.
    ///
    /// # Errors
    /// [`LoadError`]: the first file that cannot be read, or what is wrong with the graph.
    pub fn load(locations: &[PathBuf], options: &LoadOptions) -> Result<Self, LoadError> {
        let directory = ScriptDirectory { locations: locations.to_vec() };
        Ok(Revisions::build(directory.load(options)?)?)
    }

    /// Joins revisions that have been read, from wherever.
    ///
    /// # Errors
    /// [`GraphError`]: what keeps them from being a graph.
    pub fn build(scripts: LoadedScripts) -> Result<Self, GraphError> {
        let LoadedScripts { revisions: files, passed_over } = scripts;
        let revisions = files.iter().map(|file| file.revision.clone()).collect();
        Ok(Revisions { graph: RevisionGraph::build(revisions)?, files, passed_over })
    }

    /// What follows what.
    pub fn graph(&self) -> &RevisionGraph {
        &self.graph
    }

    /// The files, in load order.
    pub fn files(&self) -> &[RevisionFile] {
        &self.files
    }

    /// The `.sql` files beside them that are no revisions, in a project of Alembic.
    pub fn passed_over(&self) -> &[PathBuf] {
        &self.passed_over
    }

    /// The file of the revision `id`.
    pub fn find(&self, id: &RevisionId) -> Option<&RevisionFile> {
        self.graph.find(id).map(Node::index).and_then(|index| self.files.get(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_finds_its_own_file() {
        let locations = [PathBuf::from("versions")];
        let revisions = Revisions::load(&locations, &LoadOptions::default()).unwrap();
        assert_eq!(revisions.files().len(), revisions.graph().len());
        for node in revisions.graph().nodes() {
            let id = revisions.graph().id(node);
            assert_eq!(revisions.find(id).unwrap().revision.id, *id);
        }
        assert!(revisions.find(&"nothing".parse().unwrap()).is_none());
    }
}
