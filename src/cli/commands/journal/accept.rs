//! `limbeck journal accept`.

use serde_json::json;
use similar::TextDiff;

use crate::cli::ask;
use crate::cli::each_site::for_each;
use crate::cli::failure::short_digest;
use crate::cli::journaling;
use crate::cli::sites::Site;
use crate::cli::watch;
use crate::cli::watch::Watch;
use crate::db::Database;
use crate::db::JournalFilter;
use crate::exec;
use crate::exec::Edited;
use crate::exec::PreparedScript;
use crate::exec::RunOptions;
use crate::exec::TextChange;
use crate::graph::Edges;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Accept that the files of applied revisions read differently now
///
/// Shows the difference between the text that was applied and the one in the file. Nothing is run:
/// the journal is told that the new text is the one that counts from now on.
#[derive(Debug, clap::Args)]
pub(super) struct AcceptArguments {
    /// Revisions whose files were edited after they were applied
    #[arg(required = true)]
    revisions: Vec<String>,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Wait so many seconds for a run to give back the lock
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_wait: u64,
}

pub(super) fn run(
    context: &Context,
    arguments: &AcceptArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let ids = journaling::ids(context, &arguments.revisions)?;
    for revision in &arguments.revisions {
        // Refused where none of the chosen databases takes it.
        context.routes_for(&revision.parse()?)?;
    }
    let sites = context.sites()?;
    let mut accepted = Vec::new();
    let mut applied: Vec<RevisionId> = Vec::new();
    // Without anybody to ask, the others are not asked about either.
    let mut unasked = None;
    let errors = for_each(&sites, output, |site, output| {
        if unasked.is_some() {
            return Ok(());
        }
        match accept_on(context, site, &ids, arguments, &mut applied, output) {
            Ok(on_site) => accepted.extend(on_site),
            Err(error @ CliError::NotConfirmed { .. }) => unasked = Some(error),
            Err(error) => return Err(error),
        }
        Ok(())
    })?;
    let is_done = errors.is_empty() && unasked.is_none();
    let not_applied = || ids.iter().find(|id| !applied.contains(id)).filter(|_| is_done);
    let not_applied = || not_applied().map(|id| CliError::NotApplied { revision: id.clone() });
    let error = unasked.or_else(not_applied);
    if context.globals.json {
        output.json(&errors.with_results_and("accepted", accepted, error.as_ref()))?;
    } else if accepted.is_empty() && errors.is_empty() && error.is_none() {
        output.talk("nothing to accept: the files read as what was applied");
    }
    if let Some(error) = error {
        return Err(error);
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

/// Accepts those of `ids` that are applied to the site and were edited.
fn accept_on(
    context: &Context,
    site: &Site<'_>,
    ids: &[RevisionId],
    arguments: &AcceptArguments,
    applied: &mut Vec<RevisionId>,
    output: &mut Output<'_>,
) -> Result<Vec<serde_json::Value>, CliError> {
    let mut reader = site.reader()?;
    let heads = reader.heads()?;
    let rows = heads.iter().filter_map(|id| site.graph.find(id));
    let below = site.graph.ancestors(rows, Edges::All);
    let known = ids.iter().filter(|id| site.graph.find(id).is_some_and(|n| below.contains(n)));
    applied.extend(known.cloned());
    if heads.is_empty() {
        return Ok(Vec::new());
    }
    let mut database = reader.into_session()?;
    let options = site.entry_options(context, arguments.lock_wait, arguments.note.as_deref())?;
    let edited = exec::edited(database.as_mut(), &context.revisions, site.graph, &heads)
        .map_err(|error| site.error(error))?;
    let mut scripts = Vec::new();
    let mut accepted = Vec::new();
    for one in edited.iter().filter(|one| ids.contains(&one.revision)) {
        let script = script(context, site, one, &options)?;
        let diff = difference(site, database.as_mut(), one, &script)?;
        if !context.globals.json {
            show(site, one, diff.as_deref(), output)?;
        }
        let question =
            format!("accept the text of revision {} for database {}?", one.revision, site.name());
        if !ask::confirm(&question, arguments.yes, output)? {
            output.talk(format_args!("revision {} stays as it was", one.revision));
            continue;
        }
        accepted.push(json!({
            "database": site.name(),
            "revision": one.revision,
            "statements_changed": one.is_error(),
            "applied_digest": match one.change {
                TextChange::NeverRan => None,
                _ => Some(&one.applied.raw_digest),
            },
            "digest": script.raw_digest,
            "diff": diff,
        }));
        scripts.push(script);
    }
    if !scripts.is_empty() {
        // The one that only reads has done its part.
        let mut database = site.connect(false)?;
        exec::accept(
            database.as_mut(),
            &scripts,
            &options,
            &mut Watch { database: site.name(), output },
        )
        .map_err(|kind| site.journal_error(kind))?;
        for script in &scripts {
            output.talk(format_args!(
                "revision {} counts as applied to database {} with text {}",
                script.revision,
                site.name(),
                short_digest(&script.raw_digest)
            ));
        }
    }
    Ok(accepted)
}

/// The script in the file: what cannot be run cannot be accepted either.
fn script(
    context: &Context,
    site: &Site<'_>,
    edited: &Edited,
    options: &RunOptions,
) -> Result<PreparedScript, CliError> {
    let dialect = site.url.dialect();
    let revisions = &context.revisions;
    exec::script_of(&edited.revision, Direction::Upgrade, revisions, dialect, options)
        .map_err(|unfit| site.journal_error(unfit.into()))
}

/// The difference between the text in the journal and that in the file; `None` where the journal
/// is of an earlier version, which kept no texts.
fn difference(
    site: &Site<'_>,
    database: &mut dyn Database,
    edited: &Edited,
    script: &PreparedScript,
) -> Result<Option<String>, CliError> {
    let filter = JournalFilter::Revision(edited.revision.to_string());
    let log = database.journal_log(&filter).map_err(|error| site.error(error))?;
    let stored = log.unwrap_or_default().into_iter().rev().find_map(|record| {
        let is_it = record.raw_digest.as_deref() == Some(edited.applied.raw_digest.as_str());
        record.stored.filter(|_| is_it)
    });
    let (Some(before), Some(after)) = (stored, &script.stored) else { return Ok(None) };
    let diff = TextDiff::from_lines(&before.upgrade, &after.upgrade);
    let word = if edited.applied.is_accepted { "accepted" } else { "applied" };
    let names =
        (format!("{word} {}", short_digest(&edited.applied.raw_digest)), "file now".to_owned());
    Ok(Some(diff.unified_diff().context_radius(3).header(&names.0, &names.1).to_string()))
}

fn show(
    site: &Site<'_>,
    edited: &Edited,
    diff: Option<&str>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let what = match edited.change {
        TextChange::NeverRan => {
            let what = watch::never_ran_text(edited);
            return Ok(output.data(format_args!("[{}] {what}", site.name()))?);
        }
        TextChange::Statements => "statements changed",
        TextChange::Comments => "only comments, white space or line ends changed",
    };
    output.data(format_args!("[{}] revision {}: {what}", site.name(), edited.revision))?;
    match diff {
        // A carriage return would only be seen as a line without a change.
        Some(diff) => output.text(&diff.replace('\r', "\\r"))?,
        None => output.data(format_args!(
            "the journal is of an earlier version and kept no text: applied {}, now {}",
            short_digest(&edited.applied.raw_digest),
            edited.now.as_deref().map_or("none", short_digest)
        ))?,
    }
    Ok(())
}
