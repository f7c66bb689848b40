//! Where limbeck's answer to a command line differs from Alembic's.

use std::collections::{BTreeMap, BTreeSet};

use super::recorded::Line;
use super::twin::Ours;
use crate::support::without_create_date;

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// Success, refusal (255), crash (1) or a wrong command line (2).
    Outcome,
    /// The words of the refusal, where both refuse.
    Error,
    /// Standard output, without the refusal.
    Stdout,
    /// What the logger of migrations says. Of a refusal only `Running …`: limbeck may have refused
    /// before it opened the database.
    Log,
    /// The rows of the version table afterwards.
    Rows,
    /// The revision files that are written: names and texts.
    Files,
}

/// Everything in which the two differ.
pub(super) fn differences(line: &Line, ours: &Ours) -> BTreeSet<Aspect> {
    let mut differences = BTreeSet::new();
    let mut compare = |same: bool, aspect: Aspect| {
        if !same {
            differences.insert(aspect);
        }
    };
    compare(ours.code == Some(line.code), Aspect::Outcome);
    let ((theirs, their_error), (mine, my_error)) = (split(&line.stdout), split(&ours.stdout));
    let is_same = |theirs: &str, ours: &str, is_stable: bool| {
        if is_stable { theirs == ours } else { unordered(theirs) == unordered(ours) }
    };
    if ours.code == Some(line.code) {
        compare(is_same(&their_error, &my_error, line.stdout_stable), Aspect::Error);
    }
    compare(is_same(&theirs, &mine, line.stdout_stable), Aspect::Stdout);
    let log = |lines: &[&str]| -> String {
        let is_told = |text: &&&str| line.code == 0 || text.contains("] Running ");
        lines.iter().filter(is_told).copied().collect::<Vec<_>>().join("\n")
    };
    let their_log: Vec<&str> = line.log.iter().map(String::as_str).collect();
    compare(is_same(&log(&their_log), &log(&ours.log()), line.log_stable), Aspect::Log);
    let mut rows = line.rows.clone().unwrap_or_default();
    rows.sort();
    compare(rows == ours.rows, Aspect::Rows);
    compare(same_files(line, ours), Aspect::Files);
    differences
}

/// Standard output without a refusal, and the refusal.
pub(super) fn split(stdout: &str) -> (String, String) {
    let (errors, rest): (Vec<&str>, Vec<&str>) =
        stdout.split_inclusive('\n').partition(|line| line.starts_with("FAILED: "));
    (rest.concat(), errors.concat())
}

/// The words of each line, and the lines, in no order: for what depends on the hash seed.
pub(super) fn unordered(text: &str) -> Vec<Vec<&str>> {
    let mut lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| {
            let mut words: Vec<&str> =
                line.split([' ', ',', '(', ')']).filter(|word| !word.is_empty()).collect();
            words.sort_unstable();
            words
        })
        .collect();
    lines.sort();
    lines
}

fn same_files(line: &Line, ours: &Ours) -> bool {
    let texts = |files: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        files.iter().map(|(path, text)| (path.clone(), without_create_date(text))).collect()
    };
    let (theirs, mine) = (texts(&line.files), texts(&ours.files));
    if line.files_stable {
        return theirs == mine;
    }
    theirs.keys().eq(mine.keys())
        && theirs
            .values()
            .zip(mine.values())
            .all(|(theirs, mine)| unordered(theirs) == unordered(mine))
}

impl Ours {
    /// The lines in the manner of Alembic's logger of migrations, with those that a docstring
    /// continues on.
    pub(super) fn log(&self) -> Vec<&str> {
        let prefixes = ["INFO  [alembic.runtime.migration]", "also "];
        let is_logged = |line: &&str| prefixes.iter().any(|prefix| line.starts_with(prefix));
        self.stderr.split('\n').filter(is_logged).collect()
    }
}
