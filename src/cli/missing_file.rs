//! A row of the version table that no file declares: what the journal and git know of it.

use std::path::PathBuf;

use chrono::DateTime;
use chrono::Utc;

use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::db::StoredRevision;
use crate::exec::RunErrorKind;
use crate::graph::Heads;
use crate::graph::RevisionId;
use crate::script::RevisionFile;
use crate::target::TargetError;

use super::context::Context;
use super::error::CliError;
use super::git;
use super::git::LostFile;
use super::sites::Site;

/// What is known of a revision whose file is not there.
#[derive(Debug)]
pub(super) struct MissingFile {
    pub(super) database: String,
    /// The error as Alembic words it.
    pub(super) error: TargetError,
    pub(super) revision: RevisionId,
    pub(super) rows: Rows,
    pub(super) journaled: Option<Journaled>,
    pub(super) git: Option<LostFile>,
}

/// The rows of a version table of which some are declared by no file.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Those that may stay.
    pub(super) right: Vec<RevisionId>,
    /// Those that no file declares.
    pub(super) lost: Vec<RevisionId>,
}

impl Rows {
    /// The rows `heads`, with what tells of each whether a file declares it.
    pub(super) fn of(heads: &Heads, is_declared: impl Fn(&RevisionId) -> bool) -> Self {
        let (right, lost) = heads.iter().cloned().partition(is_declared);
        Rows { right, lost }
    }
}

/// What the journal says of it.
#[derive(Debug)]
pub(super) struct Journaled {
    pub(super) at: DateTime<Utc>,
    pub(super) actor: String,
    pub(super) host: String,
    pub(super) direction: String,
    pub(super) file: Option<String>,
    pub(super) message: Option<String>,
    /// Whether the journal has its text.
    pub(super) has_text: bool,
}

/// `error` as it is told for this site: of a row that no file declares, something may be known
/// elsewhere. Opens the database then.
pub(super) fn explained(context: &Context, site: &Site<'_>, error: CliError) -> CliError {
    let target = match &error {
        CliError::Target(target) => target,
        CliError::Run { error: run, .. } => match run.kind.as_ref() {
            RunErrorKind::Target(target) => target,
            _ => return error,
        },
        _ => return error,
    };
    match target {
        TargetError::UnknownRow { id, .. } => explain(context, site, target, id),
        _ => error,
    }
}

fn explain(context: &Context, site: &Site<'_>, error: &TargetError, id: &RevisionId) -> CliError {
    let database = site.name().to_owned();
    // What cannot be read now says nothing; the error at hand is the one that matters.
    let filter = JournalFilter::Revision(id.to_string());
    let mut reader = site.reader().ok();
    let heads = reader.as_mut().and_then(|reader| reader.heads().ok()).unwrap_or_default();
    let mut rows = Rows::of(&heads, |id| site.graph.find(id).is_some());
    if rows.lost.is_empty() {
        rows.lost.push(id.clone());
    }
    let log = reader.and_then(|mut reader| reader.journal_log(&filter).ok()).flatten();
    let journaled = log.and_then(|log| journaled(id, log));
    let git = git::find(context.directory(), id.as_str());
    CliError::MissingFile(Box::new(MissingFile {
        database,
        error: error.clone(),
        revision: id.clone(),
        rows,
        journaled,
        git,
    }))
}

fn journaled(id: &RevisionId, log: Vec<JournalRecord>) -> Option<Journaled> {
    let stored = last_text(&log).and_then(|(stored, path)| {
        RevisionFile::from_stored(id, stored, &path).ok().map(|file| file.revision)
    });
    let last =
        log.into_iter().rfind(|record| record.is_whole() && record.direction != "downgrade")?;
    Some(Journaled {
        at: last.finished_at.unwrap_or(last.started_at),
        actor: last.actor,
        host: last.host,
        direction: last.direction,
        file: last.file,
        message: stored.as_ref().map(|revision| revision.doc().to_owned()),
        has_text: stored.is_some(),
    })
}

/// The text with which a revision was last applied, and the name of its file in messages.
pub(super) fn last_text(log: &[JournalRecord]) -> Option<(&StoredRevision, PathBuf)> {
    let last = log.iter().rfind(|record| record.stored.is_some())?;
    let file = last.file.as_deref().unwrap_or("no file");
    let path = PathBuf::from(format!("{file} (as the journal has it)"));
    last.stored.as_ref().map(|stored| (stored, path))
}
