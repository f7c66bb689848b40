//! `limbeck show --applied`: where revisions are applied.

use chrono::SecondsFormat;
use serde_json::json;

use crate::cli::each_site::for_each;
use crate::cli::failure::short_digest;
use crate::cli::sites::Site;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::exec;
use crate::exec::Edited;
use crate::exec::TextChange;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::ui::Entry;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::show_sql;

/// What a database says of all revisions.
struct Seen<'a> {
    site: &'a Site<'a>,
    applied: NodeSet,
    log: Vec<JournalRecord>,
    edited: Vec<Edited>,
}

pub(super) fn show(
    context: &Context,
    graph: &RevisionGraph,
    nodes: &[Node],
    with_sql: bool,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = context.sites()?;
    let mut all = Vec::new();
    let errors = for_each(&sites, output, |site, _| {
        all.push(look(context, site)?);
        Ok(())
    })?;
    let mut json = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let id = graph.id(*node).as_str();
        let file = context.revisions.find(graph.id(*node)).filter(|_| with_sql);
        if context.globals.json {
            let databases: Vec<_> = all.iter().map(|seen| as_json(seen, id)).collect();
            let mut revision = file.map_or_else(|| Ok(json!({})), show_sql::as_json)?;
            revision["revision"] = id.into();
            revision["databases"] = databases.into();
            json.push(revision);
            continue;
        }
        if with_sql && index > 0 {
            output.data("")?;
        }
        output.data(Entry::new(graph, *node).as_head())?;
        for seen in &all {
            output.data(format_args!("  {}: {}", seen.site.name(), in_words(seen, id)))?;
        }
        if let Some(file) = file {
            output.data("")?;
            show_sql::show_file(file, output)?;
        }
    }
    if context.globals.json {
        output.json(&errors.with_results("revisions", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

fn look<'a>(context: &Context, site: &'a Site<'a>) -> Result<Seen<'a>, CliError> {
    let mut reader = site.reader()?;
    let heads = reader.heads()?;
    let log = reader.journal_log(&JournalFilter::All)?.unwrap_or_default();
    let rows = heads.iter().filter_map(|id| site.graph.find(id));
    let dialect = site.url.dialect();
    let edited = exec::edited_since(&log, dialect, &context.revisions, site.graph, &heads);
    Ok(Seen { site, applied: site.graph.ancestors(rows, Edges::All), log, edited })
}

impl Seen<'_> {
    fn node(&self, id: &str) -> Option<Node> {
        self.site.graph.find(&id.parse().ok()?)
    }

    /// The entry that says how the revision came to be applied.
    fn record(&self, id: &str) -> Option<&JournalRecord> {
        let last = self
            .log
            .iter()
            .rfind(|record| (record.is_whole() || record.event == "accept") && record.concerns(id));
        last.filter(|record| record.direction != "downgrade")
    }

    fn edited(&self, id: &str) -> Option<&Edited> {
        self.edited.iter().find(|edited| edited.revision.as_str() == id)
    }
}

fn in_words(seen: &Seen<'_>, id: &str) -> String {
    let Some(node) = seen.node(id) else { return "not routed here".to_owned() };
    if !seen.applied.contains(node) {
        return "not applied".to_owned();
    }
    let mut line = match seen.record(id) {
        None => "applied; the journal does not say when".to_owned(),
        Some(record) => {
            let word = match (record.direction.as_str(), record.event.as_str()) {
                ("stamp", _) => "stamped",
                (_, "accept") => "applied, its text accepted",
                _ => "applied",
            };
            let text = record.raw_digest.as_deref().map(short_digest);
            let text = text.map_or(String::new(), |text| format!(", text {text}"));
            format!(
                "{word} on {} by {} at {}{text}",
                record.finished_at.unwrap_or(record.started_at).format("%Y-%m-%d %H:%M:%S UTC"),
                record.actor,
                record.host
            )
        }
    };
    if let Some(edited) = seen.edited(id) {
        line += match edited.change {
            TextChange::NeverRan => "; it never ran here, as far as the journal knows",
            TextChange::Statements => "; the file was edited since",
            TextChange::Comments => "; comments or line ends of the file changed since",
        };
    }
    line
}

fn as_json(seen: &Seen<'_>, id: &str) -> serde_json::Value {
    let node = seen.node(id);
    let is_applied = node.is_some_and(|node| seen.applied.contains(node));
    let record = seen.record(id).filter(|_| is_applied);
    let edited = seen.edited(id);
    json!({
        "database": seen.site.name(),
        "is_routed": node.is_some(),
        "is_applied": is_applied,
        "how": record.map(|record| match record.event.as_str() {
            "accept" => "accept",
            _ => record.direction.as_str(),
        }),
        "at": record.map(|record| {
            let at = record.finished_at.unwrap_or(record.started_at);
            at.to_rfc3339_opts(SecondsFormat::Micros, true)
        }),
        "actor": record.map(|record| &record.actor),
        "host": record.map(|record| &record.host),
        "raw_digest": record.and_then(|record| record.raw_digest.as_ref()),
        "is_edited": edited.is_some_and(Edited::is_error),
        "has_other_comments": edited.is_some_and(|edited| !edited.is_finding()),
    })
}
