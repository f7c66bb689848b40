//! Where limbeck's run of a step differs from Alembic's.

use std::collections::BTreeSet;
use std::fmt;

use super::recorded::{Form, Step};
use crate::support::{Output, without_create_date};

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
pub(super) fn differences(
    step: &Step,
    form: Form,
    output: &Output,
    rows: &[String],
) -> BTreeSet<Aspect> {
    let mut differences = BTreeSet::new();
    let mut compare = |same: bool, aspect: Aspect| {
        if !same {
            differences.insert(aspect);
        }
    };
    let fails = (step.rc != 0, !output.status.success());
    // Under its own name limbeck has statuses of its own.
    let is_same_status =
        form == Form::Native || step.alembic_traceback || output.code() == Some(step.rc);
    compare(fails.0 == fails.1 && is_same_status, Aspect::Outcome);
    compare(step.versions.as_deref().unwrap_or_default() == rows, Aspect::Rows);
    compare(same_steps(step, output), Aspect::Steps);
    compare(same_stdout(step, form, output), Aspect::Stdout);
    // A traceback has no words for the user.
    if fails == (true, true) && !step.alembic_traceback {
        compare(same_error(step, form, output), Aspect::Error);
    }
    differences
}

fn same_steps(step: &Step, output: &Output) -> bool {
    let ours = output.stderr.lines().filter_map(|line| {
        let line = line.strip_prefix("INFO  [alembic.runtime.migration] ").unwrap_or(line);
        line.strip_prefix("Running ")
    });
    if step.is_unstable("steps") {
        let theirs: BTreeSet<&str> = step.steps.iter().map(String::as_str).collect();
        return ours.collect::<BTreeSet<_>>() == theirs;
    }
    ours.eq(step.steps.iter())
}

/// Where Alembic's order changes from run to run, the lines are compared as sets of words.
fn same_stdout(step: &Step, form: Form, output: &Output) -> bool {
    let theirs = expected_stdout(step, form);
    let ours = without_create_date(&without_refusal(&output.stdout));
    if !step.is_unstable("stdout") {
        return theirs == ours;
    }
    unordered(&theirs) == unordered(&ours)
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

fn same_error(step: &Step, form: Form, output: &Output) -> bool {
    let ours = match form {
        Form::Native => line_after(&output.stderr, "error: "),
        Form::Alembic => line_after(&output.stdout, REFUSAL),
    };
    let theirs = line_after(&step.stdout, REFUSAL).unwrap_or_default();
    let ours = ours.unwrap_or_default();
    if step.is_unstable("stdout") {
        return unordered(theirs) == unordered(ours);
    }
    theirs == ours
}

/// How Alembic's refusals begin, on standard output.
const REFUSAL: &str = "FAILED: ";

/// Alembic's standard output without its refusal, and with the names of our files.
fn expected_stdout(step: &Step, form: Form) -> String {
    let renamed = |line: &str| match form {
        Form::Native if line.contains("$PROJ/m/versions/") => line.replace(".py", ".sql"),
        _ => line.to_owned(),
    };
    without_refusal(&step.stdout).split_inclusive('\n').map(renamed).collect()
}

fn without_refusal(stdout: &str) -> String {
    stdout.split_inclusive('\n').filter(|line| !line.starts_with(REFUSAL)).collect()
}

fn line_after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(prefix))
}
