//! Where limbeck's run of a step differs from Alembic's.

use std::collections::BTreeSet;
use std::fmt;

use super::recorded::Step;
use crate::support::Output;

/// What can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aspect {
    /// Success or failure.
    Outcome,
    /// The rows of the version table afterwards.
    Rows,
    /// The `Running …` lines.
    Steps,
    /// Standard output.
    Stdout,
    /// The words of the error, where both fail.
    Error,
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Aspect::Outcome => "outcome",
            Aspect::Rows => "rows",
            Aspect::Steps => "steps",
            Aspect::Stdout => "stdout",
            Aspect::Error => "error",
        })
    }
}

/// Everything in which the two differ.
pub(super) fn differences(step: &Step, output: &Output, rows: &[String]) -> BTreeSet<Aspect> {
    let mut differences = BTreeSet::new();
    let mut compare = |same: bool, aspect: Aspect| {
        if !same {
            differences.insert(aspect);
        }
    };
    let fails = (step.rc != 0, !output.status.success());
    compare(fails.0 == fails.1, Aspect::Outcome);
    compare(step.versions.as_deref().unwrap_or_default() == rows, Aspect::Rows);
    compare(same_steps(step, output), Aspect::Steps);
    compare(same_stdout(step, output), Aspect::Stdout);
    // A traceback has no words for the user.
    if fails == (true, true) && !step.alembic_traceback {
        compare(same_error(step, output), Aspect::Error);
    }
    differences
}

fn same_steps(step: &Step, output: &Output) -> bool {
    let ours = output.stderr.lines().filter_map(|line| line.strip_prefix("Running "));
    if step.is_unstable("steps") {
        let theirs: BTreeSet<&str> = step.steps.iter().map(String::as_str).collect();
        return ours.collect::<BTreeSet<_>>() == theirs;
    }
    ours.eq(step.steps.iter())
}

/// Where Alembic's order changes from run to run, the lines are compared as sets of words.
fn same_stdout(step: &Step, output: &Output) -> bool {
    let theirs = expected_stdout(step);
    if !step.is_unstable("stdout") {
        return theirs == output.stdout;
    }
    unordered(&theirs) == unordered(&output.stdout)
}

/// The words of each line, and the lines, in no order.
fn unordered(text: &str) -> Vec<Vec<&str>> {
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

fn same_error(step: &Step, output: &Output) -> bool {
    let (theirs, ours) = (refusal(step).unwrap_or_default(), error(output).unwrap_or_default());
    if step.is_unstable("stdout") {
        return unordered(theirs) == unordered(ours);
    }
    theirs == ours
}

/// Alembic's standard output without its refusal, which limbeck prints to standard error, and
/// with the names of our files.
fn expected_stdout(step: &Step) -> String {
    let lines = step.stdout.lines().filter(|line| !line.starts_with("FAILED: "));
    lines
        .map(|line| match line.contains("$PROJ/m/versions/") {
            true => line.replace(".py", ".sql") + "\n",
            false => format!("{line}\n"),
        })
        .collect()
}

fn refusal(step: &Step) -> Option<&str> {
    step.stdout.lines().find_map(|line| line.strip_prefix("FAILED: "))
}

fn error(output: &Output) -> Option<&str> {
    output.stderr.lines().find_map(|line| line.strip_prefix("error: "))
}
