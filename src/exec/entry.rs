//! Entries of the journal, as a run fills them in.

use std::path::Path;

use uuid::Uuid;

use crate::db::Act;
use crate::db::JournalEntry;
use crate::db::JournalEvent;

use super::options::RunOptions;
use super::prepare::PreparedScript;

/// How much of a script an entry keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// Its digests.
    Digests,
    /// The texts of the revision too.
    Whole,
}

impl RunOptions {
    /// An entry about something that happens now.
    pub(super) fn entry(
        &self,
        run: Uuid,
        revision: String,
        act: impl Into<Act>,
        event: JournalEvent,
    ) -> JournalEntry {
        let now = (self.clock)();
        JournalEntry {
            run,
            revision,
            act: act.into(),
            event,
            raw_digest: None,
            normalized_digest: None,
            statement: None,
            started_at: now,
            finished_at: (event != JournalEvent::Begin).then_some(now),
            actor: self.actor.clone(),
            host: self.host.clone(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            error: None,
            file: None,
            stored: None,
            note: self.note.clone(),
        }
    }

    /// `entry`, with the script that it is about.
    pub(super) fn with_script(
        &self,
        entry: JournalEntry,
        script: &PreparedScript,
        text: Text,
    ) -> JournalEntry {
        JournalEntry {
            raw_digest: Some(script.raw_digest.clone()),
            normalized_digest: Some(script.normalized_digest.clone()),
            file: Some(self.file_name(&script.path)),
            stored: match text {
                Text::Whole => script.stored.clone(),
                Text::Digests => None,
            },
            ..entry
        }
    }

    /// A file as the journal names it: by its way from the project, wherever that is today.
    pub(super) fn file_name(&self, path: &Path) -> String {
        let directory = self.directory.as_deref();
        let path =
            directory.and_then(|directory| path.strip_prefix(directory).ok()).unwrap_or(path);
        path.display().to_string()
    }
}
