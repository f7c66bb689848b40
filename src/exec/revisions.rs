//! The scripts of a project, as a run asks for them.

use super::prepare::ScriptSource;
use crate::graph::RevisionId;
use crate::script::RevisionFile;
use crate::script::Revisions;

impl ScriptSource for Revisions {
    fn file(&self, id: &RevisionId) -> Option<&RevisionFile> {
        self.find(id)
    }
}
