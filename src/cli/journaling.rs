//! What the commands about the journal share.

use std::time::Duration;

use crate::db::DatabaseErrorKind;
use crate::exec;
use crate::exec::Journal;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::target::Resolver;
use crate::target::Target;

use super::context::Context;
use super::error::CliError;
use super::run_arguments;
use super::sites::Site;
use super::watch;

impl Site<'_> {
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
        let options = RunOptions {
            lock_wait: Duration::from_secs(lock_wait),
            note: note.map(str::to_owned),
            interrupt: watch::interrupt_flag()?,
            ..run_arguments::run_options(context)
        };
        Ok(run_arguments::options_of(self, &options))
    }
}

/// Journals on another connection that a run lost its own, if it did and another is to be had: the
/// failure itself is what matters.
pub(super) fn record_lost_connection(
    site: &Site<'_>,
    request: &Request,
    error: &RunError,
    options: &RunOptions,
) {
    let (revision, path, said) = match error.kind.as_ref() {
        RunErrorKind::Statement(failure) => (&failure.revision, &failure.path, &failure.error),
        RunErrorKind::Python(failure) => match &failure.statement {
            Some((_, error)) => (&failure.revision, &failure.path, error),
            None => return,
        },
        _ => return,
    };
    if said.kind != DatabaseErrorKind::Unreachable || options.journal != Journal::Always {
        return;
    }
    let direction = match request {
        Request::Downgrade(_) => Direction::Downgrade,
        _ => Direction::Upgrade,
    };
    if let Ok(mut database) = site.connect(false) {
        drop(exec::record_lost_connection(
            database.as_mut(),
            (revision, path),
            said,
            direction,
            options,
        ));
    }
}

/// The revisions that `texts` name, as ids of the whole graph.
pub(super) fn ids(context: &Context, texts: &[String]) -> Result<Vec<RevisionId>, CliError> {
    let graph = context.revisions.graph();
    let resolver = Resolver::new(graph);
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
