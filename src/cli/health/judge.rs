//! What the things seen mean, against what the files declare.

use std::time::Duration;

use limbeck_schema::Dialect;

use crate::cli::failure;
use crate::cli::times;
use crate::cli::watch;
use crate::db::BlockerKind;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::TableEntry;
use crate::db::TableKind;
use crate::db::TableName;
use crate::env::HealthSettings;
use crate::exec;
use crate::exec::Edited;
use crate::exec::Journal;
use crate::exec::ScriptSource;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::RevisionGraph;

use super::look::Facts;
use super::look::Seen;
use super::look::Surroundings;
use super::problem::Problem;
use super::progress;
use super::progress::Progress;
use super::site_health::Check;
use super::site_health::EditedFile;
use super::site_health::FailedStep;
use super::site_health::PendingRevision;
use super::site_health::SiteHealth;
use super::site_health::SiteState;
use super::site_health::TableCount;
use super::site_health::UnknownRow;

/// How many pending revisions a message names.
const NAMED: usize = 5;

/// What a database should be.
pub(super) struct Subject<'a> {
    pub(super) name: &'a str,
    pub(super) url: String,
    pub(super) dialect: Dialect,
    pub(super) settings: &'a HealthSettings,
    /// What is in its journal.
    pub(super) journal: Journal,
    /// The revisions that it takes.
    pub(super) graph: &'a RevisionGraph,
    /// Their files.
    pub(super) scripts: &'a dyn ScriptSource,
    /// All revisions.
    pub(super) whole: &'a RevisionGraph,
}

/// The judgement on `subject`.
pub(super) fn judge(subject: &Subject<'_>, seen: Seen, elapsed: Duration) -> SiteHealth {
    let graph = subject.graph;
    let heads = graph.heads(Edges::Versioned);
    let mut health = SiteHealth {
        name: subject.name.to_owned(),
        url: subject.url.clone(),
        state: SiteState::Unreachable,
        problems: Vec::new(),
        seconds: elapsed.as_secs_f64(),
        server: None,
        current: Vec::new(),
        heads: heads.iter().map(|node| graph.id(*node).to_string()).collect(),
        is_at_heads: false,
        applied: None,
        total: graph.len(),
        pending: Vec::new(),
        failed: Vec::new(),
        edited: Vec::new(),
        ahead: Vec::new(),
        tables: None,
        long_locks: Vec::new(),
        lock_holder: None,
        last_run: None,
        checks: Vec::new(),
        error: None,
        applied_ids: Vec::new(),
        refusal: None,
    };
    match seen {
        Seen::Facts(facts) => judge_facts(subject, *facts, &mut health),
        Seen::Failed(error) => judge_failure(subject, error, &mut health),
        Seen::Silence(limit) => {
            let message = format!("no answer within {} s", limit.as_secs());
            let error = DatabaseError::new(DatabaseErrorKind::Unreachable, message);
            judge_failure(subject, error, &mut health);
        }
    }
    health.problems = health.checks.iter().filter_map(|check| check.problem).collect();
    health.problems.sort_unstable();
    health.problems.dedup();
    health
}

fn judge_failure(subject: &Subject<'_>, error: DatabaseError, health: &mut SiteHealth) {
    let name = subject.name;
    let (state, problem, message, hint) = match error.kind {
        DatabaseErrorKind::NoSuchDatabase => {
            let hint = match subject.dialect {
                Dialect::Sqlite => format!("limbeck upgrade -d {name}"),
                _ => format!("limbeck db create -d {name}"),
            };
            (SiteState::Missing, Problem::Missing, one_line(&error.message), Some(hint))
        }
        DatabaseErrorKind::Busy => {
            (SiteState::Locked, Problem::Unreachable, one_line(&error.message), None)
        }
        DatabaseErrorKind::Authentication => {
            (SiteState::Unreachable, Problem::Unreachable, one_line(&error.message), None)
        }
        DatabaseErrorKind::Unreachable => (
            SiteState::Unreachable,
            Problem::Unreachable,
            one_line(&error.message),
            Some(format!("limbeck wait -d {name}")),
        ),
        _ => (SiteState::Unreachable, Problem::Unreachable, one_line(&error.message), None),
    };
    health.state = state;
    if problem != Problem::Missing {
        push(health, "connection", Some(problem), message, hint);
        health.error = Some(error);
        return;
    }
    // Nothing can be applied to what is not there.
    note_progress(subject, &Progress::new(subject.graph, &Heads::none()), health);
    if subject.dialect == Dialect::Sqlite && !health.pending.is_empty() {
        // It comes into being with the next upgrade, and reads as an empty database until then.
        push(health, "connection", Some(Problem::Pending), message, None);
        check_revision(subject, &Heads::none(), health);
        return;
    }
    push(health, "connection", Some(problem), message, hint);
    health.error = Some(error);
}

fn judge_facts(subject: &Subject<'_>, facts: Facts, health: &mut SiteHealth) {
    let graph = subject.graph;
    let rows = facts.rows.unwrap_or_default();
    let log = facts.journal.unwrap_or_default();
    let progress = Progress::new(graph, &rows);
    health.current = rows.iter().map(ToString::to_string).collect();
    note_progress(subject, &progress, health);
    health.ahead = progress
        .unknown
        .iter()
        .map(|id| {
            let entry = progress::entry_of(&log, id.as_str());
            UnknownRow {
                revision: id.to_string(),
                is_of_another_branch: subject.whole.find(id).is_some(),
                since: entry.map(|entry| entry.finished_at.unwrap_or(entry.started_at)),
                by: entry.map(progress::by),
            }
        })
        .collect();
    if subject.journal.refuses_edited() {
        let changed = exec::edited_since(&log, subject.dialect, subject.scripts, graph, &rows);
        health.edited = changed.into_iter().filter(Edited::is_finding).map(edited_file).collect();
    }
    // While a run is at work nothing of what it does is a failure yet.
    if facts.lock_holder.is_none() {
        let open = exec::open_steps(graph, &rows, &log);
        health.failed = open
            .iter()
            .map(|step| progress::failed_step(step, subject.scripts, subject.dialect))
            .collect();
    }
    health.last_run = progress::last_run(&log);
    health.lock_holder = facts.lock_holder;
    health.state = state(health);

    let milliseconds = facts.connected_after.as_millis();
    let connected = format!("connected to {} in {milliseconds} ms", facts.server_version);
    health.server = Some(facts.server_version);
    push(health, "connection", None, connected, None);
    if let Some(surroundings) = &facts.surroundings {
        check_tables(subject, surroundings, health);
    }
    check_revision(subject, &rows, health);
    check_edited(subject, health);
    check_failed(subject, health);
    if let Some(surroundings) = facts.surroundings {
        check_locks(subject, surroundings, health);
    }
}

fn note_progress(subject: &Subject<'_>, progress: &Progress, health: &mut SiteHealth) {
    let graph = subject.graph;
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

fn state(health: &SiteHealth) -> SiteState {
    if !health.failed.is_empty() {
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

fn check_tables(subject: &Subject<'_>, surroundings: &Surroundings, health: &mut SiteHealth) {
    let settings = subject.settings;
    let counts = |table: &&TableEntry| {
        !table.is_bookkeeping
            && !matches!(
                table.kind,
                TableKind::Partition | TableKind::View | TableKind::MaterializedView
            )
    };
    let count = surroundings.tables.iter().filter(counts).count();
    let is_there = |wanted: &&TableName| {
        surroundings
            .tables
            .iter()
            .any(|table| is_named(table, wanted, &surroundings.search_path, subject.dialect))
    };
    let missing: Vec<String> = settings
        .tables
        .iter()
        .filter(|wanted| !is_there(wanted))
        .map(ToString::to_string)
        .collect();
    let words = if count == 1 { "table" } else { "tables" };
    let (problem, message) = match settings.min_tables {
        None => (None, format!("{count} {words}")),
        Some(expected) => {
            let is_short = u32::try_from(count).is_ok_and(|count| count < expected);
            (is_short.then_some(Problem::Tables), format!("{count} {words} (expected {expected}+)"))
        }
    };
    push(health, "tables", problem, message, None);
    if !settings.tables.is_empty() && missing.is_empty() {
        let names: Vec<String> = settings.tables.iter().map(ToString::to_string).collect();
        let message = format!("critical tables are there: {}", names.join(", "));
        push(health, "critical_tables", None, message, None);
    }
    for name in &missing {
        let message = format!("critical table {name} is missing");
        let hint = format!("limbeck db tables -d {}", subject.name);
        // What is still to be applied may well make it.
        let hint = health.pending.is_empty().then_some(hint);
        push(health, "critical_tables", Some(Problem::Tables), message, hint);
    }
    health.tables = Some(TableCount { count, expected: settings.min_tables, missing });
}

/// Whether `table` is the one that `wanted` names. SQLite's names know no case.
fn is_named(
    table: &TableEntry,
    wanted: &TableName,
    search_path: &[String],
    dialect: Dialect,
) -> bool {
    if dialect == Dialect::Sqlite {
        return table.name.eq_ignore_ascii_case(&wanted.name)
            && wanted.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
    }
    let is_in_place = match (&wanted.schema, &table.schema) {
        (Some(wanted), Some(schema)) => wanted == schema,
        (None, Some(schema)) => search_path.contains(schema),
        (_, None) => wanted.schema.is_none(),
    };
    is_in_place && table.name == wanted.name
}

fn check_revision(subject: &Subject<'_>, rows: &Heads, health: &mut SiteHealth) {
    let name = subject.name;
    for row in &health.ahead {
        let since = match (&row.since, &row.by) {
            (Some(since), Some(by)) => format!(" (applied {} by {by})", times::in_text(*since)),
            _ => String::new(),
        };
        let (message, hint) = if row.is_of_another_branch {
            (
                format!("at {}{since}, whose branch this database does not take", row.revision),
                "limbeck config show".to_owned(),
            )
        } else {
            (
                format!(
                    "at {}{since}, which no file declares: a newer release, or another checkout, \
                     has been here",
                    row.revision
                ),
                format!("limbeck journal -d {name}"),
            )
        };
        health.checks.push(Check {
            check: "revision",
            problem: Some(Problem::Ahead),
            message,
            hint: Some(hint),
        });
    }
    if let Some(refusal) = health.refusal.clone() {
        let message = format!("the version rows do not go together: {refusal}");
        let hint = format!("limbeck current -d {name}");
        push(health, "revision", Some(Problem::Ahead), message, Some(hint));
        return;
    }
    if !health.ahead.is_empty() {
        return;
    }
    let ids: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let place = match (ids.is_empty(), health.is_at_heads) {
        (true, true) => "no revisions to apply".to_owned(),
        (true, false) => "nothing is applied yet".to_owned(),
        (false, true) => format!("at {} (head), {} applied", ids.join(", "), health.total),
        (false, false) => {
            let applied = health.applied.unwrap_or_default();
            format!("at {}, {applied} of {} applied", ids.join(", "), health.total)
        }
    };
    let (problem, message, hint) = if health.is_at_heads {
        (None, place, None)
    } else {
        let mut first: Vec<&str> =
            health.pending.iter().take(NAMED).map(|pending| pending.revision.as_str()).collect();
        let count = health.pending.len();
        let more = format!("and {} more", count.saturating_sub(NAMED));
        if count > NAMED {
            first.push(&more);
        }
        let message = format!("{count} pending: {}; {place}", first.join(", "));
        (Some(Problem::Pending), message, Some(format!("limbeck upgrade -d {name}")))
    };
    push(health, "revision", problem, message, hint);
}

fn edited_file(edited: Edited) -> EditedFile {
    EditedFile {
        never_ran: edited.never_ran_below().map(|_| watch::never_ran_text(&edited)),
        revision: edited.revision.to_string(),
        path: failure::short(&edited.path),
        applied_at: edited.applied.at,
        applied_digest: edited.applied.raw_digest,
        file_digest: edited.now,
    }
}

fn check_edited(subject: &Subject<'_>, health: &mut SiteHealth) {
    let checks = health.edited.iter().map(|edited| Check {
        check: "edited",
        problem: Some(Problem::Edited),
        message: edited.never_ran.clone().unwrap_or_else(|| {
            format!(
                "{} was edited after it was applied {}: {}",
                edited.revision,
                times::in_text(edited.applied_at),
                edited.path
            )
        }),
        hint: Some(format!("limbeck journal accept {} -d {}", edited.revision, subject.name)),
    });
    let checks: Vec<Check> = checks.collect();
    health.checks.extend(checks);
    let is_asked = subject.journal.refuses_edited() && health.last_run.is_some();
    if health.edited.is_empty() && is_asked {
        push(health, "edited", None, "no edited file".to_owned(), None);
    }
}

fn check_failed(subject: &Subject<'_>, health: &mut SiteHealth) {
    let checks: Vec<Check> = health
        .failed
        .iter()
        .map(|step| Check {
            check: "failed",
            problem: Some(Problem::Failed),
            message: failure_text(step),
            hint: Some(match step.direction.as_str() {
                _ if step.needs_verdict => format!(
                    "limbeck journal resolve {} -d {} --as done, or --as not-done",
                    step.revision, subject.name
                ),
                // Of this one only, and of no other branch.
                "downgrade" => {
                    format!("limbeck downgrade {}@-1 -d {}", step.revision, subject.name)
                }
                _ => format!("limbeck upgrade -d {}", subject.name),
            }),
        })
        .collect();
    health.checks.extend(checks);
    if health.failed.is_empty() && health.last_run.is_some() && health.lock_holder.is_none() {
        push(health, "failed", None, "no failed step".to_owned(), None);
    }
}

fn failure_text(step: &FailedStep) -> String {
    let at = step.at.map(|at| format!(" {}", times::in_text(at))).unwrap_or_default();
    let how = match (step.statement, step.is_in_doubt, &step.error) {
        (Some((number, count)), true, _) => {
            format!("stopped in doubt at statement {number} of {count}")
        }
        (Some((number, count)), false, None) => {
            format!("stopped after statement {number} of {count}")
        }
        (Some((number, count)), false, Some(_)) => {
            format!("failed at statement {number} of {count}")
        }
        (None, _, _) => "failed".to_owned(),
    };
    let why = step.error.as_deref().map(|error| format!(": {}", one_line(error)));
    let (direction, revision, by) = (&step.direction, &step.revision, &step.by);
    format!("{direction} of {revision} {how}{at} ({by}){}", why.unwrap_or_default())
}

fn check_locks(subject: &Subject<'_>, surroundings: Surroundings, health: &mut SiteHealth) {
    if let Some(holder) = health.lock_holder.clone() {
        push(health, "locks", None, format!("a run is at work: {holder}"), None);
    }
    let limit = subject.settings.long_locks.as_secs();
    if subject.dialect != Dialect::Sqlite && surroundings.blockers.is_empty() {
        push(health, "locks", None, format!("no lock or transaction older than {limit} s"), None);
    }
    for blocker in &surroundings.blockers {
        let who = match (&blocker.user, &blocker.application) {
            (Some(user), Some(application)) => format!(" ({user}, {application})"),
            (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
            (None, None) => String::new(),
        };
        let (session, seconds) = (&blocker.session, blocker.seconds);
        let what = match blocker.kind {
            BlockerKind::Waiting if blocker.blocked_by.is_empty() => {
                format!("has been waiting for a lock for {seconds} s")
            }
            BlockerKind::Waiting => format!(
                "has been waiting for {seconds} s for a lock of session {}",
                blocker.blocked_by.join(", ")
            ),
            BlockerKind::OpenTransaction => {
                format!("has had its transaction open for {seconds} s")
            }
        };
        let message = format!("session {session}{who} {what}");
        push(health, "locks", Some(Problem::Locked), message, None);
    }
    health.long_locks = surroundings.blockers;
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

    use chrono::DateTime;

    use super::*;
    use crate::db::JournalRecord;
    use crate::script::LoadedScripts;
    use crate::script::RevisionFile;
    use crate::script::Revisions;

    #[test]
    fn a_text_is_compared_where_an_upgrade_compares_it() {
        let text = "/*---\nrevision = \"a1\"\ndown_revision = []\n---*/\n--- upgrade\nSELECT 1;\n";
        let file = RevisionFile::parse(text, Path::new("a1.sql")).unwrap();
        let revisions = Revisions::build(LoadedScripts { revisions: vec![file] }).unwrap();
        let state = |journal| {
            let subject = Subject {
                name: "app",
                url: "sqlite:app.db".to_owned(),
                dialect: Dialect::Sqlite,
                settings: &HealthSettings::default(),
                journal,
                graph: revisions.graph(),
                scripts: &revisions,
                whole: revisions.graph(),
            };
            let applied = JournalRecord {
                id: 1,
                run: "r".to_owned(),
                revision: "a1".to_owned(),
                direction: "upgrade".to_owned(),
                event: "done".to_owned(),
                raw_digest: Some("of another text".to_owned()),
                normalized_digest: None,
                statement: None,
                started_at: DateTime::UNIX_EPOCH,
                finished_at: None,
                actor: String::new(),
                host: String::new(),
                tool_version: String::new(),
                error: None,
                file: None,
                note: None,
                stored: None,
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
