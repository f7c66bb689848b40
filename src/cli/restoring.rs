//! Revisions whose files are gone, put back from what the journal has kept of them, so that they
//! can be reverted.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::path::Path;

use crate::db::JournalFilter;
use crate::graph::Revision;
use crate::graph::RevisionId;
use crate::script::LoadedScripts;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::script::RevisionOptions;
use crate::script::Revisions;
use crate::ui::Output;

use super::arguments::Globals;
use super::context::Context;
use super::error::CliError;
use super::missing_file::Rows;
use super::missing_file::last_text;
use super::routing::Parts;
use super::sites::Site;

impl Context {
    /// The project, for a command that reverts revisions whose files are gone: also where other
    /// files follow them, so that the files alone make no graph.
    ///
    /// What is gone has no contents until [`Context::with_journaled_revisions`].
    pub(super) fn load_to_restore(
        globals: Globals,
        output: &mut Output<'_>,
    ) -> Result<Self, CliError> {
        Self::load_incomplete(globals, output, |mut scripts| {
            scripts.revisions.extend(placeholders(&scripts.revisions));
            scripts
        })
    }

    /// The same project, with the revisions that databases of this invocation have applied and no
    /// file declares, as their journals keep them.
    pub(super) fn with_journaled_revisions(&self) -> Result<Context, CliError> {
        let files = self.revisions.files();
        let mut revisions: Vec<RevisionFile> =
            files.iter().filter(|file| !is_placeholder(file)).cloned().collect();
        let gone: Vec<&RevisionId> = files
            .iter()
            .filter(|file| is_placeholder(file))
            .map(|file| &file.revision.id)
            .collect();
        for site in self.sites_without_routes()? {
            restore(&site, &gone, &mut revisions)?;
        }
        // What no journal has of these, the graph misses.
        let revisions = Revisions::build(LoadedScripts { revisions, ..LoadedScripts::default() })?;
        let project = self.project.clone();
        let parts = Parts::of(&project);
        let (globals, environment) = (self.globals.clone(), self.environment.clone());
        Ok(Context {
            globals,
            environment,
            project,
            revisions,
            parts,
            repeatables: std::sync::Arc::clone(&self.repeatables),
        })
    }
}

/// Something in the place of each revision that `files` follow and that is none of them.
fn placeholders(files: &[RevisionFile]) -> Vec<RevisionFile> {
    let is_there = |name: &str| {
        files.iter().any(|file| {
            let Revision { id, branch_labels, .. } = &file.revision;
            id.as_str().starts_with(name)
                || branch_labels.iter().any(|label| label.as_str() == name)
        })
    };
    let parents = files.iter().flat_map(|file| {
        let Revision { down_revisions, depends_on, .. } = &file.revision;
        let dependencies = depends_on.iter().filter(|name| !is_there(name));
        let parents = down_revisions.iter().filter(|id| !is_declared(files, id));
        parents.cloned().chain(dependencies.filter_map(|name| name.parse().ok()))
    });
    let gone: BTreeSet<RevisionId> = parents.collect();
    gone.into_iter().map(placeholder).collect()
}

fn is_declared(files: &[RevisionFile], id: &RevisionId) -> bool {
    files.iter().any(|file| file.revision.id == *id)
}

fn placeholder(id: RevisionId) -> RevisionFile {
    RevisionFile {
        revision: Revision {
            id,
            down_revisions: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            message: String::new(),
            path: Path::new("").to_owned(),
        },
        format: RevisionFormat::Native,
        options: RevisionOptions::default(),
        create_date: None,
        sections: Vec::new(),
        embedded_python: None,
    }
}

/// Every file has a path.
fn is_placeholder(file: &RevisionFile) -> bool {
    file.revision.path.as_os_str().is_empty()
}

/// Adds to `revisions` what the journal of a site has of those that are not among them: of its
/// rows, of what is `gone`, and of what these follow.
fn restore(
    site: &Site<'_>,
    gone: &[&RevisionId],
    revisions: &mut Vec<RevisionFile>,
) -> Result<(), CliError> {
    let mut reader = site.reader()?;
    // A row must be known; the others may be in the journal of another database.
    let rows = reader.heads()?;
    let declared: Vec<RevisionId> = revisions.iter().map(|file| file.revision.id.clone()).collect();
    let wanted = |id: &RevisionId| rows.iter().any(|row| row == id);
    let mut todo: VecDeque<(RevisionId, bool)> = rows.iter().map(|id| (id.clone(), true)).collect();
    todo.extend(gone.iter().filter(|id| !wanted(id)).map(|id| ((*id).clone(), false)));
    while let Some((id, must_be_there)) = todo.pop_front() {
        if is_declared(revisions, &id) {
            continue;
        }
        let unreadable = |reason| CliError::NoJournaledText {
            database: site.name().to_owned(),
            revision: id.clone(),
            reason,
            rows: Rows::of(&rows, |id| declared.contains(id)),
        };
        let log = reader.journal_log(&JournalFilter::Revision(id.to_string()))?.unwrap_or_default();
        let Some((stored, path)) = last_text(&log) else {
            if must_be_there {
                return Err(unreadable(None));
            }
            continue;
        };
        let file = RevisionFile::from_stored(&id, stored, &path)
            .map_err(|error| unreadable(Some(error.to_string())))?;
        let Revision { down_revisions, depends_on, .. } = &file.revision;
        todo.extend(down_revisions.iter().map(|id| (id.clone(), true)));
        // A label is found with the revision that has it.
        todo.extend(depends_on.iter().filter_map(|name| Some((name.parse().ok()?, false))));
        revisions.push(file);
    }
    Ok(())
}
