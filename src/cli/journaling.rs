//! What the commands about the journal share.

use std::time::Duration;

use limbeck_schema::Dialect;

use crate::db::DatabaseErrorKind;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::target::Target;

use super::context::Context;
use super::error::CliError;
use super::sites;
use super::sites::Site;
use super::watch;

impl Site<'_> {
    /// The journal, as far as `filter` lets it through; `None` where there is none. A database
    /// file that does not exist yet has none.
    pub(super) fn journal_log(
        &self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, CliError> {
        match self.connect(true) {
            Err(CliError::Database { error, .. })
                if error.kind == DatabaseErrorKind::NoSuchDatabase
                    && self.url.dialect() == Dialect::Sqlite =>
            {
                Ok(None)
            }
            database => database?.journal_log(filter).map_err(|error| self.error(error)),
        }
    }

    /// An error of something that is done to the journal.
    pub(super) fn journal_error(&self, kind: RunErrorKind) -> CliError {
        match kind {
            RunErrorKind::Database { error } => self.error(error),
            kind => CliError::Run {
                database: self.name().to_owned(),
                error: RunError::before_any_step(kind),
            },
        }
    }

    /// How entries are written that are no part of a run.
    pub(super) fn entry_options(
        &self,
        context: &Context,
        lock_wait: u64,
        note: Option<&str>,
    ) -> Result<RunOptions, CliError> {
        Ok(RunOptions {
            journal: self.settings.journal,
            transaction_mode: context.project.scripts.transaction_mode,
            lock_wait: Duration::from_secs(lock_wait),
            actor: sites::actor(),
            host: sites::host(),
            note: note.map(str::to_owned),
            directory: Some(context.directory().to_owned()),
            database: Some(self.name().to_owned()),
            interrupt: watch::interrupt_flag()?,
            ..RunOptions::default()
        })
    }
}

/// The revisions that `texts` name, as ids of the whole graph.
pub(super) fn ids(
    context: &Context,
    texts: &[String],
) -> Result<Vec<crate::graph::RevisionId>, CliError> {
    let graph = context.revisions.graph();
    let resolver = crate::target::Resolver::new(graph);
    let mut ids = Vec::new();
    for text in texts {
        let target: Target = text.parse()?;
        for node in resolver.revisions(&target)? {
            let id = graph.id(node).clone();
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    Ok(ids)
}
