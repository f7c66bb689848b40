//! `limbeck journal resolve` of a revision that only the journal knows.

use serde_json::json;

use crate::cli::ask;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::cli::watch::Watch;
use crate::db::JournalFilter;
use crate::exec;
use crate::exec::UnseenDoubt;
use crate::exec::numbered;
use crate::graph::RevisionId;
use crate::ui::Output;

use super::resolve::ResolveArguments;
use super::resolve::VerdictArgument;
use super::resolve::choose_with;
use super::resolve::verdict;
use super::start_over;

/// Whether the journal of one of `sites` has something of `id`.
pub(super) fn is_journaled(sites: &[Site<'_>], id: &RevisionId) -> Result<bool, CliError> {
    let filter = JournalFilter::Revision(id.to_string());
    for site in sites {
        if site.reader()?.journal_log(&filter)?.is_some_and(|log| !log.is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Settles what is in doubt of `id` on one of `sites`.
pub(super) fn run(
    context: &Context,
    sites: &[Site<'_>],
    id: &RevisionId,
    arguments: &ResolveArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let mut found = Vec::new();
    for site in sites {
        // Opened to write: a file that does not exist is not made by reading.
        let mut database = site.connect(false)?;
        let doubts = exec::unseen_doubts(database.as_mut(), site.graph, id)
            .map_err(|error| site.error(error))?;
        let wanted =
            |doubt: &UnseenDoubt| arguments.statement.is_none_or(|number| doubt.number == number);
        found.extend(doubts.into_iter().filter(wanted).map(|doubt| (site, doubt)));
    }
    match found.as_slice() {
        [] if arguments.statement.is_some()
            && matches!(arguments.verdict, VerdictArgument::NotDone) =>
        {
            start_over::run(context, arguments, output)
        }
        [] => {
            Err(CliError::NothingInDoubt { revision: id.clone(), statement: arguments.statement })
        }
        [(site, doubt)] => settle(context, site, doubt, arguments, output),
        several => {
            let doubts = several.iter().map(|(site, doubt)| {
                format!(
                    "database {}: statement {}",
                    site.name(),
                    numbered(doubt.number, doubt.count)
                )
            });
            Err(CliError::SeveralDoubts {
                revision: id.clone(),
                doubts: doubts.collect(),
                choose_with: choose_with(several.iter().map(|(site, _)| site.name())),
            })
        }
    }
}

fn settle(
    context: &Context,
    site: &Site<'_>,
    doubt: &UnseenDoubt,
    arguments: &ResolveArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let UnseenDoubt { revision, direction, number, count, .. } = doubt;
    let (verdict, words) = verdict(arguments.verdict);
    output.talk(format_args!(
        "database {}: {direction} of revision {revision}, which no file declares, statement \
         {}",
        site.name(),
        numbered(*number, *count),
    ));
    if !ask::confirm(&format!("it {words}?"), arguments.yes, output)? {
        output.talk("the statement stays in doubt");
        return Ok(ExitCode::Done);
    }
    let options = site.entry_options(context, arguments.lock_wait, arguments.note.as_deref())?;
    let mut database = site.connect(false)?;
    let is_settled = {
        let mut watch = Watch { database: site.name(), output };
        let session = database.as_mut();
        exec::resolve_unseen(session, site.graph, doubt, verdict, &options, &mut watch)
            .map_err(|kind| site.journal_error(kind))?
    };
    if !is_settled {
        let revision = revision.clone();
        return Err(CliError::NothingInDoubt { revision, statement: Some(*number) });
    }
    if context.globals.json {
        output.json(&json!({
            "database": site.name(),
            "revision": revision,
            "direction": direction,
            "statement": number,
            "statements": count,
            "verdict": verdict.word(),
        }))?;
    }
    output.talk(format_args!("noted: it {words}"));
    Ok(ExitCode::Done)
}
