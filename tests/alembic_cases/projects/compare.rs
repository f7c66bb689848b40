//! Whether a command line came to what has been recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use super::steady::{numbers_as_such, without_dates, without_temporary_names};
use super::{Case, Step};
use crate::support::{Output, TestEnvironment, query};

/// Collects what differs.
pub(super) struct Compared<'a> {
    pub(super) case: &'a Case,
    pub(super) digits: bool,
    pub(super) differences: Vec<String>,
}

impl Compared<'_> {
    fn same<T: PartialEq + Debug>(&mut self, what: &str, theirs: &T, ours: &T) {
        if theirs != ours {
            self.differences
                .push(format!("-- {what}\n  recorded: {theirs:?}\n  now:      {ours:?}\n"));
        }
    }

    /// A text in which what changes from run to run is not seen.
    fn shown(&self, text: &str) -> String {
        let text = without_dates(&without_temporary_names(text));
        if self.digits { numbers_as_such(&text) } else { text }
    }

    pub(super) fn output(&mut self, step: &Step, output: &Output) {
        self.same("fails", &step.fails, &!output.status.success());
        let (theirs, ours) = (self.shown(&step.stdout), self.shown(&output.stdout));
        let running = output.stderr.lines().filter_map(|line| line.strip_prefix("Running "));
        let running: Vec<String> = running.map(str::to_owned).collect();
        if self.case.unordered {
            self.same("standard output, in no order", &unordered(&theirs), &unordered(&ours));
            let set = |steps: &[String]| steps.iter().cloned().collect::<BTreeSet<_>>();
            self.same("steps, in no order", &set(&step.steps), &set(&running));
        } else {
            self.same("standard output", &theirs, &ours);
            self.same("steps", &step.steps, &running);
        }
        if let Some(error) = &step.error {
            let ours = output.stderr.lines().find_map(|line| line.strip_prefix("error: "));
            let (theirs, ours) = (self.shown(error), self.shown(ours.unwrap_or_default()));
            self.same("error", &theirs, &ours);
        }
    }

    pub(super) fn database(&mut self, step: &Step, environment: &TestEnvironment) {
        let mut tables = Vec::new();
        let mut rows = Vec::new();
        if environment.path("app.db").exists() {
            let lines = |sql: &str| -> Vec<String> {
                query(environment, "sqlite:app.db", sql).lines().map(str::to_owned).collect()
            };
            tables = lines("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1");
            if tables.iter().any(|table| table == "alembic_version") {
                rows = lines("SELECT version_num FROM alembic_version ORDER BY 1");
            }
            tables.retain(|table| {
                !["alembic_version", "limbeck_", "sqlite_"].iter().any(|own| table.starts_with(own))
            });
        }
        self.same("rows", &step.rows, &rows);
        self.same("tables", &step.tables, &tables);
    }

    pub(super) fn files(
        &mut self,
        step: &Step,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
    ) {
        let written: BTreeMap<String, String> = after
            .iter()
            .filter(|(name, text)| before.get(*name) != Some(text))
            .map(|(name, text)| (self.shown(name), text.clone()))
            .collect();
        if step.names.is_empty() {
            let theirs: BTreeMap<String, String> =
                step.files.iter().map(|(name, text)| (self.shown(name), text.clone())).collect();
            self.same("files", &theirs, &written);
        } else {
            let theirs: Vec<String> = step.names.iter().map(|name| self.shown(name)).collect();
            self.same("names of files", &theirs, &written.into_keys().collect());
        }
        let gone = before.keys().filter(|name| !after.contains_key(*name)).cloned().collect();
        self.same("files that are gone", &step.gone, &gone);
    }
}

/// The words of each line, and the lines, in no order.
fn unordered(text: &str) -> Vec<Vec<&str>> {
    let mut lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| {
            let mut words: Vec<&str> = line.split([' ', ',', '(', ')']).collect();
            words.sort_unstable();
            words
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn words_and_lines_may_change_places() {
    assert_eq!(unordered("a (x, y)\nc"), unordered("c\na (y, x)"));
    assert_ne!(unordered("a b\nc"), unordered("a\nb c"));
}
