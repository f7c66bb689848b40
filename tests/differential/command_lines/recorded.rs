//! A line of `command_lines.py`, as `README.md` in the directory above describes it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::differential::recorded::Declared;

/// An Alembic project, and what real Alembic did in it.
#[derive(Debug, Deserialize)]
pub(super) struct Project {
    pub(super) seed: u64,
    pub(super) index: usize,
    /// The texts of its files, by path.
    pub(super) files: BTreeMap<String, String>,
    /// The version locations.
    pub(super) locations: Vec<String>,
    /// What the revision files declare.
    pub(super) revisions: Vec<Declared>,
    pub(super) lines: Vec<Line>,
}

/// A command line, and what came of it.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) argv: Vec<String>,
    /// The rows of the version table, as it yields them; `None` where there is no table.
    pub(super) rows_before: Option<Vec<String>>,
    /// The exit status.
    pub(super) code: i32,
    /// The exception, where it was a traceback.
    pub(super) crash: Option<String>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// The lines of `stderr` that the logger of migrations wrote.
    pub(super) log: Vec<String>,
    pub(super) rows: Option<Vec<String>>,
    /// The revision files that it wrote.
    pub(super) files: BTreeMap<String, String>,
    /// What the new file declares, if it is to stay.
    pub(super) declared: Option<Declared>,
    /// Whether status and rows were the same under every hash seed; and so on.
    pub(super) outcome_stable: bool,
    pub(super) stdout_stable: bool,
    pub(super) log_stable: bool,
    pub(super) files_stable: bool,
}

impl Line {
    /// The command, after global options.
    pub(super) fn command(&self) -> &str {
        self.argv.iter().find(|word| !word.starts_with('-')).map_or("", String::as_str)
    }

    /// Whether an option was given.
    pub(super) fn has(&self, option: &str) -> bool {
        self.argv.iter().any(|word| word == option)
    }

    /// What was typed in the place of revisions.
    pub(super) fn targets(&self) -> Vec<&str> {
        let mut words = self.argv.iter().map(String::as_str).skip_while(|word| *word == "-q");
        let command = words.next().unwrap_or_default();
        let mut targets = Vec::new();
        while let Some(word) = words.next() {
            match word {
                "--tag" | "-m" | "--rev-id" | "--branch-label" | "--version-path" => {
                    words.next();
                }
                "--head" | "--depends-on" => targets.extend(words.next()),
                "--sql" | "--purge" | "--splice" | "-v" | "-i" => {}
                range if command == "history" => {
                    let range = range.strip_prefix("--rev-range=").or(range.strip_prefix("-r"));
                    targets.extend(range.into_iter().flat_map(|range| range.split(':')));
                }
                text if self.has("--sql") => targets.extend(text.split(':')),
                text => targets.push(text),
            }
        }
        targets
    }
}
