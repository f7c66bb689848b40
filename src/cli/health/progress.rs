//! How far a database is: version rows and journal, read against the graph.

use limbeck_schema::Dialect;

use crate::db::JournalEvent;
use crate::db::JournalRecord;
use crate::exec::OpenStep;
use crate::exec::ScriptSource;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan;
use crate::target::Target;
use crate::target::TargetError;

use super::site_health::FailedStep;
use super::site_health::LastRun;

/// How far a database is.
pub(super) struct Progress {
    /// What the rows that the graph knows imply.
    pub(super) applied: NodeSet,
    /// Rows that the graph does not know.
    pub(super) unknown: Vec<RevisionId>,
    /// What an upgrade would apply, in order. With an unknown row that cannot be told: it may imply
    /// any of them.
    pub(super) pending: Vec<Node>,
    /// Why an upgrade would refuse rows that are all known.
    pub(super) refusal: Option<TargetError>,
}

impl Progress {
    pub(super) fn new(graph: &RevisionGraph, rows: &Heads) -> Self {
        let known = rows.iter().filter_map(|id| graph.find(id));
        let applied = graph.ancestors(known, Edges::All);
        let unknown: Vec<RevisionId> =
            rows.iter().filter(|id| graph.find(id).is_none()).cloned().collect();
        let (pending, refusal) = match plan::upgrade(graph, rows, &Target::heads()) {
            Ok(plan) => {
                let steps = plan.steps.iter();
                (steps.filter_map(|step| graph.find(step.revision.as_ref()?)).collect(), None)
            }
            Err(error) => (Vec::new(), unknown.is_empty().then_some(error)),
        };
        Progress { applied, unknown, pending, refusal }
    }
}

/// An open step as it is told.
pub(super) fn failed_step(
    step: &OpenStep<'_>,
    scripts: &dyn ScriptSource,
    dialect: Dialect,
) -> FailedStep {
    FailedStep {
        revision: step.revision.to_string(),
        is_declared: step.is_declared,
        direction: step.direction.journal_word().to_owned(),
        statement: step.statement,
        is_in_doubt: step.is_in_doubt,
        needs_verdict: step.needs_verdict(scripts, dialect),
        error: step.last.error.clone(),
        at: Some(step.last.finished_at.unwrap_or(step.last.started_at)),
        by: by(step.last),
    }
}

/// The entries that tell what became of revisions: not that a text was accepted.
fn events(log: &[JournalRecord]) -> impl DoubleEndedIterator<Item = &JournalRecord> {
    log.iter().filter(|record| record.event != JournalEvent::Accept.word())
}

/// The last entry about `revision`, for a row that no file declares.
pub(super) fn entry_of<'a>(log: &'a [JournalRecord], revision: &str) -> Option<&'a JournalRecord> {
    events(log).rfind(|record| record.concerns(revision))
}

/// The run that wrote the last entry.
pub(super) fn last_run(log: &[JournalRecord]) -> Option<LastRun> {
    let last = events(log).next_back()?;
    let of_the_run = log.iter().filter(|record| record.run == last.run);
    let began = of_the_run.map(|record| record.started_at).min().unwrap_or(last.started_at);
    let ended = last.finished_at;
    Some(LastRun {
        run: last.run.clone(),
        direction: last.direction.clone(),
        began: Some(began),
        ended,
        seconds: ended.map(|ended| (ended - began).as_seconds_f64()),
        by: by(last),
        failed: last.event == JournalEvent::Fail.word(),
    })
}

/// Who, and where.
pub(super) fn by(record: &JournalRecord) -> String {
    match (record.actor.as_str(), record.host.as_str()) {
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

    #[test]
    fn what_is_pending_is_in_the_order_of_an_upgrade_and_unknown_behind_an_unknown_row() {
        let graph = graph("a1; b1|a1; c1|a1; d1|b1,c1");
        let at = |rows: &str| {
            let rows: Heads = rows.split(' ').filter_map(|id| id.parse().ok()).collect();
            Progress::new(&graph, &rows)
        };
        assert_eq!(ids(&graph, at("c1").pending), "b1 d1");
        assert_eq!(ids(&graph, at("d1").pending), "");
        assert!(at("c1").refusal.is_none());
        // As an upgrade, which refuses them.
        let progress = at("a1 b1");
        assert!(matches!(progress.refusal, Some(TargetError::Overlap { .. })));
        assert_eq!(ids(&graph, progress.pending), "");
        let progress = at("z1 a1");
        assert_eq!(ids(&graph, progress.pending), "");
        assert_eq!(progress.unknown.iter().map(RevisionId::as_str).collect::<Vec<_>>(), ["z1"]);
    }
}
