//! How far a database is: version rows and journal, read against the graph.

use std::collections::BTreeMap;

use crate::db::LastEntry;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;

use super::site_health::FailedStep;
use super::site_health::LastRun;

/// How far a database is.
pub(super) struct Progress {
    /// What the rows that the graph knows imply.
    pub(super) applied: NodeSet,
    /// Rows that the graph does not know.
    pub(super) unknown: Vec<RevisionId>,
    /// What is to be applied, in order. With an unknown row that cannot be told: it may imply any
    /// of them.
    pub(super) pending: Vec<Node>,
}

impl Progress {
    pub(super) fn new(graph: &RevisionGraph, rows: &Heads) -> Self {
        let known = rows.iter().filter_map(|id| graph.find(id));
        let applied = graph.ancestors(known, Edges::All);
        let unknown: Vec<RevisionId> =
            rows.iter().filter(|id| graph.find(id).is_none()).cloned().collect();
        let pending = if unknown.is_empty() { pending(graph, &applied) } else { Vec::new() };
        Progress { applied, unknown, pending }
    }
}

fn pending(graph: &RevisionGraph, applied: &NodeSet) -> Vec<Node> {
    let mut missing = graph.no_nodes();
    for node in graph.nodes().filter(|node| !applied.contains(*node)) {
        missing.insert(node);
    }
    if missing.is_empty() {
        return Vec::new();
    }
    let mut order = graph.topological_order(&missing, &graph.heads(Edges::All));
    order.reverse();
    order
}

/// The last entry of the journal about each revision by itself: a stamp names several.
fn by_revision(entries: &[LastEntry]) -> BTreeMap<&str, &LastEntry> {
    let mut last = BTreeMap::new();
    // They are in the order of the journal, so a later one wins.
    for entry in entries {
        for revision in entry.revision.split(", ") {
            last.insert(revision, entry);
        }
    }
    last
}

/// The steps that the state of the database still asks for and that failed or stopped half-way, in
/// the order of the journal.
///
/// A failed step that was rolled back and that nobody misses is none of them: a downgrade that was
/// given up leaves the database as it was, and a revision that no file declares any more has been
/// replaced.
pub(super) fn failures(
    graph: &RevisionGraph,
    progress: &Progress,
    entries: &[LastEntry],
) -> Vec<FailedStep> {
    let last = by_revision(entries);
    let mut found: Vec<(u64, FailedStep)> = Vec::new();
    for (revision, entry) in &last {
        let Some(node) =
            graph.by_name(revision).filter(|node| graph.id(*node).as_str() == *revision)
        else {
            continue;
        };
        let is_applied = progress.applied.contains(node);
        let is_open = match entry.direction.as_str() {
            "upgrade" => {
                !is_applied
                    && (entry.event == "fail" || entry.statement.is_some())
                    && !has_lost_ground(graph, node, entry, &last)
            }
            // What one transaction holds is undone by its failure, and so is a first statement.
            "downgrade" => {
                is_applied
                    && entry
                        .statement
                        .is_some_and(|(number, _)| entry.event != "fail" || number > 1)
            }
            _ => false,
        };
        if is_open {
            found.push((entry.id, failed_step(revision, entry)));
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, step)| step).collect()
}

fn failed_step(revision: &str, entry: &LastEntry) -> FailedStep {
    FailedStep {
        revision: revision.to_owned(),
        direction: entry.direction.clone(),
        statement: entry.statement,
        is_in_doubt: entry.event == "begin",
        error: entry.error.clone(),
        at: entry.finished_at.or(entry.started_at),
        by: by(entry),
    }
}

/// Whether something that the revision follows has been reverted since: then it is simply not
/// applied.
fn has_lost_ground(
    graph: &RevisionGraph,
    node: Node,
    entry: &LastEntry,
    last: &BTreeMap<&str, &LastEntry>,
) -> bool {
    graph.ancestors([node], Edges::All).iter().any(|ancestor| {
        last.get(graph.id(ancestor).as_str()).is_some_and(|other| {
            other.id > entry.id
                && other.direction == "downgrade"
                && other.event == "done"
                && other.statement.is_none()
        })
    })
}

/// The last entry about `revision`, for a row that no file declares.
pub(super) fn entry_of<'a>(entries: &'a [LastEntry], revision: &str) -> Option<&'a LastEntry> {
    by_revision(entries).get(revision).copied()
}

/// The run that wrote the last entry.
pub(super) fn last_run(
    entries: &[LastEntry],
    began: Option<chrono::DateTime<chrono::Utc>>,
) -> Option<LastRun> {
    let last = entries.last()?;
    let began = began.or(last.started_at);
    let ended = last.finished_at;
    let took = began.zip(ended).map(|(began, ended)| (ended - began).as_seconds_f64());
    Some(LastRun {
        run: last.run.clone(),
        direction: last.direction.clone(),
        began,
        ended,
        seconds: took,
        by: by(last),
        failed: last.event == "fail",
    })
}

/// Who, and where.
pub(super) fn by(entry: &LastEntry) -> String {
    match (entry.actor.as_str(), entry.host.as_str()) {
        (actor, "") => actor.to_owned(),
        ("", host) => host.to_owned(),
        (actor, host) => format!("{actor}@{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph;
    use crate::graph::testing::ids;

    fn entry(id: u64, text: &str) -> LastEntry {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (revision, direction, event, statement) = (word(), word(), word(), word());
        LastEntry {
            id,
            run: "r".to_owned(),
            revision: revision.replace('+', ", "),
            direction,
            event,
            statement: statement.parse().ok().map(|number| (number, 3)),
            started_at: None,
            finished_at: None,
            actor: "me".to_owned(),
            host: "here".to_owned(),
            error: None,
        }
    }

    fn failed(rows: &str, journal: &[&str]) -> String {
        let graph = graph("a1; b1|a1; c1|b1");
        let rows: Heads = rows.split(' ').filter_map(|id| id.parse().ok()).collect();
        let entries: Vec<LastEntry> =
            journal.iter().zip(1..).map(|(text, id)| entry(id, text)).collect();
        let steps = failures(&graph, &Progress::new(&graph, &rows), &entries);
        steps.iter().map(|step| step.revision.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_step_that_failed_counts_until_it_is_done_or_nobody_misses_it() {
        assert_eq!(failed("a1", &["a1 upgrade done", "b1 upgrade fail"]), "b1");
        // Applied after all, by whatever means.
        assert_eq!(failed("b1", &["b1 upgrade fail"]), "");
        assert_eq!(failed("a1", &["b1 upgrade fail", "b1 stamp done"]), "");
        assert_eq!(failed("a1", &["b1 upgrade fail", "x1+b1 stamp done"]), "");
        // No file declares it any more.
        assert_eq!(failed("a1", &["z1 upgrade fail"]), "");
        // What it stood on is gone.
        assert_eq!(failed("", &["b1 upgrade fail", "a1 downgrade done"]), "");
        // Rolled back, and given up.
        assert_eq!(failed("b1", &["b1 downgrade fail"]), "");
    }

    #[test]
    fn what_is_half_done_counts_both_ways() {
        for event in ["begin", "done", "fail"] {
            assert_eq!(failed("a1", &[&format!("b1 upgrade {event} 1")]), "b1", "{event}");
            assert_eq!(failed("b1", &[&format!("b1 downgrade {event} 2")]), "b1", "{event}");
        }
        assert_eq!(failed("b1", &["b1 downgrade fail 1"]), "");
    }

    #[test]
    fn what_is_pending_is_in_the_order_of_an_upgrade_and_unknown_behind_an_unknown_row() {
        let graph = graph("a1; b1|a1; c1|a1; d1|b1,c1");
        let at = |rows: &str| {
            let rows: Heads = rows.split(' ').filter_map(|id| id.parse().ok()).collect();
            Progress::new(&graph, &rows)
        };
        assert_eq!(ids(&graph, at("c1").pending), "b1 d1");
        assert_eq!(ids(&graph, at("d1").pending), "");
        let progress = at("z1 a1");
        assert_eq!(ids(&graph, progress.pending), "");
        assert_eq!(progress.unknown.iter().map(RevisionId::as_str).collect::<Vec<_>>(), ["z1"]);
    }
}
