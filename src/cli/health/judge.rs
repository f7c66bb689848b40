//! What the things seen mean, against what the files declare.

mod locks;
mod revision;
mod steps;
mod tables;
mod unreached;

use std::time::Duration;

use limbeck_schema::Dialect;

use crate::cli::error::CliError;
use crate::cli::failure;
use crate::cli::not_routed::Reason;
use crate::db::JournalRecord;
use crate::env::HealthSettings;
use crate::exec;
use crate::exec::Edited;
use crate::exec::Journal;
use crate::exec::ScriptSource;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Need;

use super::look::Facts;
use super::look::Seen;
use super::problem::Problem;
use super::progress;
use super::progress::Progress;
use super::site_health::Check;
use super::site_health::PendingRevision;
use super::site_health::SiteHealth;
use super::site_health::SiteState;
use super::site_health::UnknownRow;

use self::locks::check_locks;
use self::revision::check_revision;
use self::steps::check_edited;
use self::steps::check_failed;
use self::steps::edited_file;
use self::tables::check_tables;
use self::unreached::judge_failure;

/// What a database should be.
pub(super) struct Subject<'a> {
    pub(super) name: &'a str,
    /// The tenant, where it is one.
    pub(super) tenant: Option<&'a str>,
    pub(super) url: String,
    pub(super) dialect: Dialect,
    pub(super) settings: &'a HealthSettings,
    /// What is in its journal.
    pub(super) journal: Journal,
    /// The revisions that it takes; `None` where a mistake in the files keeps them from being known.
    pub(super) graph: Option<&'a RevisionGraph>,
    /// What they need in other databases.
    pub(super) needs: &'a [Need],
    /// Their files.
    pub(super) scripts: &'a dyn ScriptSource,
    /// Why a revision that a file declares does not run on it; `None` for one that no file declares.
    pub(super) reason: &'a dyn Fn(&RevisionId) -> Option<Reason>,
}

/// The judgement on `subject`.
pub(super) fn judge(subject: &Subject<'_>, seen: Seen, elapsed: Duration) -> SiteHealth {
    let mut health = SiteHealth {
        url: Some(subject.url.clone()),
        tenant: subject.tenant.map(str::to_owned),
        seconds: elapsed.as_secs_f64(),
        ..SiteHealth::unseen(subject.name, subject.graph)
    };
    match seen {
        Seen::Facts(facts) => judge_facts(subject, *facts, &mut health),
        Seen::Failed(error) => judge_failure(subject, error, &mut health),
    }
    health.collect_problems();
    health
}

/// The judgement on a database of which the configuration does not say where it is, for the
/// reasons in `errors`.
pub(super) fn unconfigured(
    name: &str,
    graph: Option<&RevisionGraph>,
    errors: &[CliError],
) -> SiteHealth {
    let mut health =
        SiteHealth { state: SiteState::Unconfigured, ..SiteHealth::unseen(name, graph) };
    for error in errors {
        let (place, message) = failure::place_and_message(error);
        let message = message.strip_prefix(&format!("database {name}: ")).unwrap_or(&message);
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        let hint = Some("limbeck config check".to_owned());
        let message = format!("{message}{place}");
        push(&mut health, "configuration", Some(Problem::Unconfigured), message, hint);
    }
    health.collect_problems();
    health
}

fn judge_facts(subject: &Subject<'_>, mut facts: Facts, health: &mut SiteHealth) {
    let rows = facts.rows.take().unwrap_or_default();
    let log = facts.journal.take().unwrap_or_default();
    health.current = rows.iter().map(ToString::to_string).collect();
    health.last_run = progress::last_run(&log);
    health.lock_holder = facts.lock_holder;
    if let Some(graph) = subject.graph {
        judge_history(subject, graph, &rows, &log, health);
    }
    health.state = state(subject, health);

    if !facts.is_of_catalogue {
        let milliseconds = facts.connected_after.as_millis();
        let connected = format!("connected to {} in {milliseconds} ms", facts.server_version);
        health.server = Some(facts.server_version);
        push(health, "connection", None, connected, None);
    }
    if let Some(surroundings) = &facts.surroundings {
        check_tables(subject, surroundings, health);
    }
    check_revision(subject, &rows, health);
    if subject.graph.is_some() && !facts.is_of_catalogue {
        check_edited(subject, health);
        check_failed(subject, health);
    }
    if let Some(surroundings) = facts.surroundings {
        check_locks(subject, surroundings, health);
    }
}

/// Holds rows and journal against the files.
fn judge_history(
    subject: &Subject<'_>,
    graph: &RevisionGraph,
    rows: &Heads,
    log: &[JournalRecord],
    health: &mut SiteHealth,
) {
    let progress = Progress::new(graph, rows);
    note_progress(graph, &progress, health);
    health.ahead = progress
        .unknown
        .iter()
        .map(|id| {
            let entry = progress::entry_of(log, id.as_str());
            let reason = (subject.reason)(id);
            UnknownRow {
                revision: id.to_string(),
                is_of_another_branch: reason.is_some(),
                databases: match reason {
                    Some(Reason::Narrowed { databases, .. }) => databases,
                    Some(Reason::OtherBranch { .. }) | None => Vec::new(),
                },
                since: entry.map(|entry| entry.finished_at.unwrap_or(entry.started_at)),
                by: entry.map(progress::by),
            }
        })
        .collect();
    if subject.journal.refuses_edited() {
        let changed = exec::edited_since(log, subject.dialect, subject.scripts, graph, rows);
        health.edited = changed.into_iter().filter(Edited::is_finding).map(edited_file).collect();
    }
    // While a run is at work nothing of what it does is a failure yet.
    if health.lock_holder.is_none() {
        let open = exec::open_steps(graph, rows, log);
        health.failed = open
            .iter()
            .map(|step| progress::failed_step(step, subject.scripts, subject.dialect))
            .collect();
    }
}

fn note_progress(graph: &RevisionGraph, progress: &Progress, health: &mut SiteHealth) {
    health.is_at_heads =
        progress.unknown.is_empty() && progress.pending.is_empty() && progress.refusal.is_none();
    health.refusal = progress.refusal.as_ref().map(ToString::to_string);
    health.applied = progress.unknown.is_empty().then(|| progress.applied.len());
    health.applied_ids = progress.applied.iter().map(|node| graph.id(node).to_string()).collect();
    health.pending = progress
        .pending
        .iter()
        .map(|node| graph.revision(*node))
        .map(|revision| PendingRevision {
            revision: revision.id.to_string(),
            message: revision.doc().to_owned(),
        })
        .collect();
}

fn state(subject: &Subject<'_>, health: &SiteHealth) -> SiteState {
    if subject.graph.is_none() {
        SiteState::Unknown
    } else if !health.failed.is_empty() {
        SiteState::Failed
    } else if !health.edited.is_empty() {
        SiteState::Edited
    } else if !health.ahead.is_empty() || health.refusal.is_some() {
        SiteState::Ahead
    } else if health.is_at_heads {
        SiteState::Ok
    } else if health.lock_holder.is_some() {
        SiteState::Locked
    } else if health.current.is_empty() {
        SiteState::Empty
    } else {
        SiteState::Pending
    }
}

/// The command that applies what is pending. Of what needs something of another database, a run on
/// this one alone might be refused.
fn upgrade_hint(subject: &Subject<'_>, health: &SiteHealth) -> String {
    let has_needs = health
        .pending
        .iter()
        .any(|pending| subject.needs.iter().any(|need| need.revision.as_str() == pending.revision));
    match has_needs {
        true => "limbeck upgrade".to_owned(),
        false => format!("limbeck upgrade -d {}", subject.name),
    }
}

fn push(
    health: &mut SiteHealth,
    check: &'static str,
    problem: Option<Problem>,
    message: String,
    hint: Option<String>,
) {
    health.checks.push(Check { check, problem, message, hint });
}

/// A message of several lines, as a server or a client library may have it, in one.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::script::LoadedScripts;
    use crate::script::RevisionFile;
    use crate::script::Revisions;

    #[test]
    fn a_text_is_compared_where_an_upgrade_compares_it() {
        let text = "/*---\nrevision = \"a1\"\ndown_revision = []\n---*/\n--- upgrade\nSELECT 1;\n";
        let file = RevisionFile::parse(text, Path::new("a1.sql")).unwrap();
        let revisions =
            Revisions::build(LoadedScripts { revisions: vec![file], ..LoadedScripts::default() })
                .unwrap();
        let state = |journal| {
            let subject = Subject {
                name: "app",
                tenant: None,
                url: "sqlite:app.db".to_owned(),
                dialect: Dialect::Sqlite,
                settings: &HealthSettings::default(),
                journal,
                graph: Some(revisions.graph()),
                needs: &[],
                scripts: &revisions,
                reason: &|_| None,
            };
            let applied = JournalRecord {
                id: 1,
                run: "r".to_owned(),
                revision: "a1".to_owned(),
                direction: "upgrade".to_owned(),
                event: "done".to_owned(),
                raw_digest: Some("of another text".to_owned()),
                ..JournalRecord::default()
            };
            let rows = ["a1".parse().unwrap()].into_iter().collect();
            let facts =
                Facts { rows: Some(rows), journal: Some(vec![applied]), ..Facts::default() };
            judge(&subject, Seen::Facts(Box::new(facts)), Duration::ZERO).state
        };
        assert_eq!(state(Journal::Always), SiteState::Edited);
        assert_eq!(state(Journal::WhenNeeded), SiteState::Ok);
    }
}
