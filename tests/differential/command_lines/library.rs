//! A command line as the library is asked it, and whether ours came to what the library says.

use limbeck::graph::RevisionGraph;
use limbeck::target::{Resolver, Target};

use super::compare::Aspect::{Log, Outcome, Rows, Stdout};
use super::compare::split;
use super::deliberate::{Difference, is_redundant};
use crate::differential::answer::{Done, answer};
use crate::differential::recorded::{Case, Recorded, StepTaken};
use crate::differential::{compare, deliberate};

/// The same question to the library, whose differences have reasons of their own.
pub(super) fn as_in_the_library(difference: &Difference<'_>) -> Option<&'static str> {
    let Difference { line, ours, .. } = difference;
    let graph = difference.graph();
    let (case, _) = case(difference, &graph)?;
    let (how, aspects): (_, &[_]) = match (line.code, ours.code?) {
        (0, 255) => {
            (compare::Difference::Refused(difference.words()), &[Outcome, Stdout, Log, Rows])
        }
        (255 | 1, 0) => (compare::Difference::Accepted, &[Outcome, Stdout, Log, Rows]),
        (0, 0) if case.command == "history" => {
            (compare::difference(&case, &answer(&graph, &case))?, &[Stdout])
        }
        _ => return None,
    };
    if !difference.is_within(aspects) || !is_of_the_library(difference) {
        return None;
    }
    let recorded = Recorded {
        redundant: is_redundant(&graph),
        revisions: difference.revisions.to_vec(),
        ..Recorded::default()
    };
    deliberate::reason(&recorded, &graph, &case, &how)
}

/// Whether our command line did what the library says, whatever Alembic did: refused without a
/// trace, or the steps and rows, or the listing. In what order is not asked: the library is not
/// told by which file names the revisions are loaded.
pub(super) fn is_of_the_library(difference: &Difference<'_>) -> bool {
    let graph = difference.graph();
    let Some((case, is_offline)) = case(difference, &graph) else {
        return false;
    };
    let ours = difference.ours;
    match answer(&graph, &case) {
        Err(_) => difference.is_refused() && is_without_a_trace(difference),
        Ok(Done { revisions: Some(ids), .. }) => {
            difference.is_done()
                && sorted(listed(&ours.stdout)) == sorted(ids)
                && is_unchanged(difference)
        }
        Ok(Done { steps, .. }) => {
            let logged = if is_offline {
                ours.stdout.lines().filter_map(|line| line.strip_prefix("-- Running ")).collect()
            } else {
                running(&ours.log())
            };
            // A message follows in the log.
            let lines = steps.iter().map(|step| step.line.trim_start_matches("Running "));
            let (logged, lines) = (sorted(logged), sorted(lines.collect()));
            let same_steps = logged.len() == lines.len()
                && logged.iter().zip(lines).all(|(logged, line)| logged.starts_with(line));
            let rows = steps.last().map_or(&case.rows_before, |step| &step.rows_after);
            difference.is_done()
                && same_steps
                && if is_offline {
                    is_unchanged(difference)
                } else {
                    ours.rows == *rows && ours.stdout.is_empty()
                }
        }
    }
}

/// Whether our refusal left the rows, ran nothing and printed nothing else.
pub(super) fn is_without_a_trace(difference: &Difference<'_>) -> bool {
    let (rest, _) = split(&difference.ours.stdout);
    is_unchanged(difference) && rest.is_empty() && running(&difference.ours.log()).is_empty()
}

fn is_unchanged(difference: &Difference<'_>) -> bool {
    difference.ours.rows == difference.rows_before() && difference.ours.files.is_empty()
}

/// What comes after `Running ` in the log.
fn running<'a>(log: &[&'a str]) -> Vec<&'a str> {
    log.iter().filter_map(|line| line.split_once("] Running ")).map(|(_, step)| step).collect()
}

/// The revisions of a listing: of `history`, with or without `-v`, of `show` and of `current`.
pub(super) fn listed(stdout: &str) -> Vec<String> {
    let is_verbose = stdout.lines().any(|line| line.starts_with("Rev: "));
    let has_messages = stdout.contains(" -> ");
    let entries = stdout.lines().filter_map(|line| {
        if is_verbose {
            return line.strip_prefix("Rev: ");
        }
        match line.split_once(" -> ") {
            Some((_, entry)) => Some(entry),
            // The second line of a message.
            None if has_messages => None,
            None => Some(line),
        }
    });
    let id = |entry: &str| entry.split([' ', ',']).next().unwrap_or_default().to_owned();
    entries.map(id).filter(|id| !id.is_empty()).collect()
}

/// The line as the library is asked it, and whether it has no database. With `--sql` the rows are
/// those that the line says.
pub(super) fn case(difference: &Difference<'_>, graph: &RevisionGraph) -> Option<(Case, bool)> {
    let line = difference.line;
    let is_offline = line.has("--sql");
    let mut targets: Vec<String> = line.targets().into_iter().map(str::to_owned).collect();
    let mut rows_before = difference.rows_before();
    let command = match line.command() {
        command @ ("upgrade" | "downgrade" | "stamp") => command,
        "show" => "resolve",
        "history" if targets.len() == 2 => {
            targets = vec![targets.join(":")];
            "history"
        }
        _ => return None,
    };
    if is_offline {
        rows_before = Vec::new();
        let text = line.argv.iter().find(|word| word.contains(':'));
        if let Some((start, end)) = text.and_then(|text| text.split_once(':')) {
            let start: Target = start.parse().ok()?;
            let start = Resolver::new(graph).start(&start).ok()?;
            rows_before = start.iter().map(ToString::to_string).collect();
            // `a:b c`: the start is that of the first word.
            let others = targets.iter().skip(2).cloned();
            targets = std::iter::once(end.to_owned()).chain(others).collect();
        }
    } else if line.has("--purge") {
        rows_before = Vec::new();
    }
    // Steps as far as a reason asks for them: that there were some, and the rows at the end.
    let step = |logged: &String| StepTaken {
        revision: None,
        direction: String::new(),
        line: logged.clone(),
        rows_after: line.rows.clone().unwrap_or_default(),
    };
    let (_, error) = split(&line.stdout);
    let case = Case {
        command: command.to_owned(),
        targets,
        rows_before,
        ok: line.code == 0,
        error: line.crash.clone().or(Some(error)),
        crashed: line.crash.is_some(),
        warnings: line.stderr.lines().map(str::to_owned).collect(),
        steps: line.log.iter().filter(|line| line.contains("Running ")).map(step).collect(),
        revisions: (command == "history").then(|| listed(&line.stdout)),
        order_stable: line.stdout_stable,
        ..Case::default()
    };
    Some((case, is_offline))
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}
