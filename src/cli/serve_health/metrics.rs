//! What was seen in the text format of Prometheus.

use std::fmt::Write as _;

use crate::cli::health::ProblemSet;
use crate::cli::health::SiteHealth;

use super::checker::Snapshot;

/// The type of the text.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The value of a gauge for one database, if it is known.
type Value = fn(&SiteHealth, &ProblemSet) -> Option<f64>;

const GAUGES: [(&str, &str, Value); 15] = [
    ("limbeck_up", "Whether the database could be looked at.", |h, _| Some(flag(h.is_seen()))),
    (
        "limbeck_healthy",
        "Whether nothing that counts as failure is wrong with it.",
        |h, counting| Some(flag(h.gravest(counting).is_none())),
    ),
    ("limbeck_revisions", "Revisions that there are for the database.", |h, _| h.total.map(number)),
    ("limbeck_applied_revisions", "Revisions that are applied.", |h, _| h.applied.map(number)),
    ("limbeck_pending_revisions", "Revisions that are to be applied.", |h, _| {
        h.applied.map(|_| number(h.pending.len()))
    }),
    ("limbeck_at_heads", "Whether everything is applied.", |h, _| {
        h.is_judged().then(|| flag(h.is_at_heads))
    }),
    ("limbeck_failed_steps", "Steps that failed or stopped half-way.", |h, _| {
        h.is_judged().then(|| number(h.failed.len()))
    }),
    ("limbeck_unknown_rows", "Version rows that no file declares.", |h, _| {
        h.is_judged().then(|| number(h.ahead.len()))
    }),
    ("limbeck_edited_files", "Applied revisions whose files were edited.", |h, _| {
        h.is_judged().then(|| number(h.edited.len()))
    }),
    ("limbeck_tables", "Tables in the database.", |h, _| {
        h.tables.as_ref().map(|tables| number(tables.count))
    }),
    ("limbeck_long_locks", "Sessions that wait or hold a transaction for long.", |h, _| {
        h.is_seen().then(|| number(h.long_locks.len()))
    }),
    ("limbeck_last_run_timestamp_seconds", "When the last run ended.", |h, _| {
        let run = h.last_run.as_ref()?;
        Some(run.ended.or(run.began)?.timestamp_millis() as f64 / 1000.0)
    }),
    ("limbeck_last_run_duration_seconds", "How long the last run took.", |h, _| {
        h.last_run.as_ref()?.seconds
    }),
    ("limbeck_last_run_success", "Whether the last run ended without a failure.", |h, _| {
        Some(flag(!h.last_run.as_ref()?.failed))
    }),
    ("limbeck_check_duration_seconds", "How long looking at the database took.", |h, _| {
        Some(h.seconds)
    }),
];

/// The whole text.
pub(super) fn text(snapshot: &Snapshot, counting: &ProblemSet) -> String {
    let mut text = String::new();
    let databases = snapshot.survey.as_ref().map(|survey| survey.databases.as_slice());
    for (name, help, value) in GAUGES {
        let values = databases.unwrap_or_default().iter().filter_map(|health| {
            let value = value(health, counting)?;
            Some((format!("{{database=\"{}\"}}", escaped(&health.name)), value))
        });
        gauge(&mut text, name, help, values);
    }
    let one = |value: f64| [(String::new(), value)].into_iter();
    gauge(
        &mut text,
        "limbeck_check_success",
        "Whether configuration and revisions could be read.",
        one(flag(snapshot.is_whole())),
    );
    gauge(
        &mut text,
        "limbeck_check_timestamp_seconds",
        "When the databases were looked at.",
        one(snapshot.at.timestamp_millis() as f64 / 1000.0),
    );
    let version = format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    gauge(&mut text, "limbeck_build_info", "The version of limbeck.", [(version, 1.0)].into_iter());
    text
}

fn gauge(text: &mut String, name: &str, help: &str, values: impl Iterator<Item = (String, f64)>) {
    let mut lines = String::new();
    for (labels, value) in values {
        // Writing to a String cannot fail.
        let _: std::fmt::Result = writeln!(lines, "{name}{labels} {value}");
    }
    if !lines.is_empty() {
        let _: std::fmt::Result =
            write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{lines}");
    }
}

fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

fn number(count: usize) -> f64 {
    count as f64
}

/// A label's value: names of databases of an Alembic project may hold anything.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_without_a_value_is_left_out_and_labels_are_escaped() {
        let mut text = String::new();
        gauge(&mut text, "a", "Help.", std::iter::empty());
        assert_eq!(text, "");
        let label = format!("{{database=\"{}\"}}", escaped("a\"\\\nb"));
        gauge(&mut text, "a", "Help.", [(label, 1.5)].into_iter());
        assert_eq!(text, "# HELP a Help.\n# TYPE a gauge\na{database=\"a\\\"\\\\\\nb\"} 1.5\n");
    }
}
