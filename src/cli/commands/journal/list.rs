//! `limbeck journal list`.

use chrono::DateTime;
use chrono::SecondsFormat;
use chrono::TimeDelta;
use chrono::Utc;
use serde_json::json;

use crate::cli::each_site::for_each;
use crate::cli::failure::short_digest;
use crate::cli::sites::Site;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::exec::numbered;
use crate::target::Resolver;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct ListArguments {
    /// Only what concerns this revision; its file may be gone
    #[arg(long, value_name = "REVISION", allow_hyphen_values = true)]
    revision: Option<String>,
    /// Only the last N runs
    #[arg(long, value_name = "N")]
    last: Option<usize>,
}

pub(super) fn run(
    context: &Context,
    arguments: &ListArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = context.sites()?;
    let mut databases = Vec::new();
    let mut gap = "";
    let errors = for_each(&sites, output, |site, output| {
        let log = log(context, site, arguments)?;
        let runs = log.as_deref().map(|log| last(runs(log), arguments.last));
        if context.globals.json {
            let runs = runs.map(|runs| runs.iter().map(|run| run_json(run)).collect::<Vec<_>>());
            databases.push(json!({ "database": site.name(), "runs": runs }));
            return Ok(());
        }
        if sites.len() > 1 {
            output.data(format_args!("{gap}[{}]", site.name()))?;
            gap = "\n";
        }
        show(runs.as_deref(), output)
    })?;
    if context.globals.json {
        output.json(&errors.with_results("databases", databases))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

/// The entries that are asked for.
fn log(
    context: &Context,
    site: &Site<'_>,
    arguments: &ListArguments,
) -> Result<Option<Vec<JournalRecord>>, CliError> {
    let Some(mut log) = site.reader()?.journal_log(&JournalFilter::All)? else { return Ok(None) };
    if let Some(revision) = &arguments.revision {
        let wanted = wanted(context, revision)?;
        log.retain(|record| wanted.iter().any(|id| record.concerns(id)));
    }
    Ok(Some(log))
}

/// The ids that `text` names: what the files know, or else what the journal may know.
fn wanted(context: &Context, text: &str) -> Result<Vec<String>, CliError> {
    let graph = context.revisions.graph();
    let target: Target = text.parse()?;
    match Resolver::new(graph).revisions(&target) {
        Ok(nodes) => Ok(nodes.iter().map(|node| graph.id(*node).to_string()).collect()),
        Err(_) => Ok(vec![text.to_owned()]),
    }
}

/// Entries that one run wrote, one behind the other.
type Run<'a> = Vec<&'a JournalRecord>;

/// The runs of a log. What is known of a statement that was begun is told by how it ended.
fn runs(log: &[JournalRecord]) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for record in log {
        match runs.last_mut() {
            Some(run) if run.iter().any(|first| first.run == record.run) => run.push(record),
            _ => runs.push(vec![record]),
        }
    }
    for run in &mut runs {
        let all = run.clone();
        run.retain(|begun| {
            let ends = |other: &&&JournalRecord| {
                other.id > begun.id
                    && other.statement == begun.statement
                    && other.revision == begun.revision
                    && other.direction == begun.direction
            };
            begun.event != "begin" || all.iter().find(ends).is_none()
        });
    }
    runs
}

fn last(mut runs: Vec<Run<'_>>, count: Option<usize>) -> Vec<Run<'_>> {
    let first = runs.len().saturating_sub(count.unwrap_or(usize::MAX));
    runs.split_off(first)
}

fn show(runs: Option<&[Run<'_>]>, output: &mut Output<'_>) -> Result<(), CliError> {
    let runs = match runs {
        None => return Ok(output.data("no journal")?),
        Some([]) => return Ok(output.data("no entries")?),
        Some(runs) => runs,
    };
    for run in runs {
        let Some(first) = run.first() else { continue };
        output.data(format_args!(
            "{} by {} at {}, limbeck {} (run {})",
            time(first.started_at),
            first.actor,
            first.host,
            first.tool_version,
            first.run.get(..8).unwrap_or(&first.run),
        ))?;
        for record in run {
            show_record(record, output)?;
        }
    }
    Ok(())
}

fn show_record(record: &JournalRecord, output: &mut Output<'_>) -> Result<(), CliError> {
    let mut line = format!("  {} {}", record.direction, record.revision);
    if let Some((number, count)) = record.statement {
        line += &format!(", statement {}", numbered(number, count));
    }
    line += ": ";
    line += match record.event.as_str() {
        "begin" => "begun, and no word of how it ended",
        "fail" => "failed",
        "accept" => "changed text accepted",
        "resolve" => "settled by hand",
        other => other,
    };
    if record.event != "accept"
        && record.event != "resolve"
        && let Some(took) = duration(record)
    {
        line += &format!(" in {}", in_words(took));
    }
    let digest = record.raw_digest.as_deref().filter(|_| record.statement.is_none());
    match (&record.file, digest) {
        (Some(file), Some(digest)) => line += &format!(", {file} ({})", short_digest(digest)),
        (Some(file), None) => line += &format!(", {file}"),
        (None, Some(digest)) => line += &format!(", text {}", short_digest(digest)),
        (None, None) => {}
    }
    output.data(line)?;
    for (word, text) in [("error", &record.error), ("note", &record.note)] {
        for text in text.iter().flat_map(|text| text.lines()) {
            output.data(format_args!("    {word}: {text}"))?;
        }
    }
    Ok(())
}

fn duration(record: &JournalRecord) -> Option<TimeDelta> {
    record.finished_at.map(|finished| finished - record.started_at)
}

/// A duration as people say it.
fn in_words(duration: TimeDelta) -> String {
    let milliseconds = duration.num_milliseconds();
    match milliseconds {
        ..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{} min {} s", duration.num_minutes(), duration.num_seconds() % 60),
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn run_json(run: &Run<'_>) -> serde_json::Value {
    let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Micros, true);
    let entries: Vec<_> = run
        .iter()
        .map(|record| {
            json!({
                "id": record.id,
                "revision": record.revision,
                "direction": record.direction,
                "event": record.event,
                "statement": record.statement.map(|(number, _)| number),
                "statements": record.statement.map(|(_, count)| count),
                "started_at": time(record.started_at),
                "finished_at": record.finished_at.map(time),
                "seconds": duration(record).map(|took| took.as_seconds_f64()),
                "file": record.file,
                "raw_digest": record.raw_digest,
                "normalized_digest": record.normalized_digest,
                "error": record.error,
                "note": record.note,
            })
        })
        .collect();
    let first = run.first();
    json!({
        "run": first.map(|first| &first.run),
        "actor": first.map(|first| &first.actor),
        "host": first.map(|first| &first.host),
        "tool_version": first.map(|first| &first.tool_version),
        "entries": entries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_words() {
        for (milliseconds, words) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_250, "1.2 s"),
            (59_999, "59.9 s"),
            (61_000, "1 min 1 s"),
            (7_200_000, "120 min 0 s"),
        ] {
            assert_eq!(in_words(TimeDelta::milliseconds(milliseconds)), words);
        }
    }
}
