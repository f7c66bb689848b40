//! The reasons where neither does it: limbeck refuses where Alembic crashes, or in other words.

use limbeck::graph::{Edges, RevisionGraph};
use limbeck::target::{ParseTargetError, Resolver, Target, TargetKind};

use super::compare::Aspect::{Error, Outcome, Stdout};
use super::compare::split;
use super::deliberate::Difference;
use super::library::{case, is_of_the_library, is_without_a_trace};
use super::recorded::Line;
use crate::differential::answer::answer;

/// `downgrade label@-N` where nothing, or more than one row, is of that branch.
pub(super) fn nothing_of_the_branch(difference: &Difference<'_>) -> bool {
    let line = difference.line;
    line.command() == "downgrade"
        && line.crash.as_deref() == Some("AssertionError")
        && line.targets().iter().any(|target| target.contains("@-"))
        && difference.words().starts_with("Nothing of branch ")
        && difference.is_within(&[Outcome])
}

/// A walk past an end, an empty name, a range of three parts; a history from an effective head
/// or from an id in the place of a label.
pub(super) fn traceback(difference: &Difference<'_>) -> bool {
    let Difference { line, .. } = difference;
    let is_walk = |target: &&str| {
        matches!(
            target.parse::<Target>(),
            Ok(Target { kind: TargetKind::Relative { .. }, .. })
                | Err(ParseTargetError::Empty { .. })
        )
    };
    let is_asked = match line.crash.as_deref() {
        Some("ValueError") => line.command() == "history" && line.targets().len() > 2,
        Some("AssertionError") => {
            line.command() == "history"
                || line.targets().iter().any(is_walk)
                // `--depends-on base` is no revision.
                || line.has("--depends-on")
                    && line.targets().iter().any(|target| place(target) == "base")
        }
        // `show -9`: what lies below the base is shown as if it were a revision.
        Some("AttributeError") => line.command() == "show" && line.targets().iter().any(is_walk),
        _ => false,
    };
    // `merge x label@-9`: what lies below the base comes as far as the template.
    let is_template = matches!(line.command(), "revision" | "merge")
        && line.stdout.contains("FAILED: Template rendering failed")
        && line.targets().iter().any(is_walk)
        && difference.is_refused()
        && difference.is_within(&[Error, Stdout]);
    if is_template {
        return true;
    }
    is_asked
        && (difference.is_refused()
            && is_without_a_trace(difference)
            && difference.is_within(&[Outcome])
            || matches!(line.command(), "show" | "history")
                && difference.is_within(&[Outcome, Stdout])
                && is_of_the_library(difference))
}

/// Both refuse, and say different things.
pub(super) fn other_words(difference: &Difference<'_>) -> Option<&'static str> {
    let Difference { line, .. } = difference;
    if line.code != 255 || !difference.is_refused() || !difference.is_within(&[Error]) {
        return None;
    }
    let explained = |is_it: bool, code: &'static str| is_it.then_some(code);
    explained(below_base(line), "L1")
        .or(explained(downgrade_of_a_branch(difference), "B10"))
        .or(explained(overlap_told_from_another_row(difference), "B12"))
        .or(explained(first_row_of_several(difference), "B17"))
        .or(explained(other_end_of_the_range(difference), "L17"))
        .or(explained(unknown_name_first(difference), "L18"))
        .or(explained(walk_below_one_of_several_heads(difference), "L18"))
}

fn place(target: &str) -> &str {
    target.split_once('@').map_or(target, |(_, place)| place)
}

/// `base-1` begins to count at the head.
fn below_base(line: &Line) -> bool {
    line.targets().iter().any(|target| place(target).starts_with("base-"))
}

/// `downgrade label@x` has the answer to `x` alone, but for what it quotes; or limbeck finds that
/// `x` is not on the branch.
fn downgrade_of_a_branch(difference: &Difference<'_>) -> bool {
    let graph = difference.graph();
    let Some((mut case, _)) = case(difference, &graph) else {
        return false;
    };
    let target = case.targets[0].clone();
    if case.command != "downgrade" || !target.contains('@') {
        return false;
    }
    let (_, theirs) = split(&difference.line.stdout);
    let theirs = theirs.trim_start_matches("FAILED: ").trim_end();
    case.targets = vec![place(&target).to_owned()];
    let is_same = answer(&graph, &case)
        .is_err_and(|words| words.to_string() == theirs.replace(&target, place(&target)));
    is_same || is_known(&graph, place(&target)) && !is_known(&graph, &target)
}

/// Of rows that follow one another the first one is told that follows another, as they come.
fn overlap_told_from_another_row(difference: &Difference<'_>) -> bool {
    let is_overlap = |words: &str| {
        words.contains("Requested revision ")
            && words.contains(" overlaps with other requested revisions ")
    };
    is_overlap(&difference.line.stdout) && is_overlap(&difference.words())
}

/// `downgrade -N` counts from one of several rows.
fn first_row_of_several(difference: &Difference<'_>) -> bool {
    let line = difference.line;
    line.command() == "downgrade"
        && line.stderr.contains("from multiple heads is ambiguous")
        && difference.words().ends_with(" from multiple heads is ambiguous")
}

/// The words quote an end of the range that nobody typed so: the rows as Python writes them, or the
/// upper end where `head` is the lower one.
fn other_end_of_the_range(difference: &Difference<'_>) -> bool {
    let line = difference.line;
    let (_, theirs) = split(&line.stdout);
    let is_about = |words: &str| {
        theirs.starts_with(&format!("FAILED: {words}")) && difference.words().starts_with(words)
    };
    line.command() == "history"
        && (line.targets().contains(&"current") && is_about("Requested range ")
            || is_about("Multiple head revisions are present for given argument ")
            // `heads:+1`: there are several from which it could be counted.
            || theirs.contains("given argument '+")
                && difference.words() == "Ambiguous upgrade from multiple current revisions")
}

/// `-N` below several heads: below one there are too few revisions, below another one a merge.
fn walk_below_one_of_several_heads(difference: &Difference<'_>) -> bool {
    difference.line.stdout == "FAILED: Ambiguous walk\n"
        && difference.words().starts_with("Relative revision -")
        && difference.graph().heads(Edges::Versioned).len() > 1
}

/// A line with two faults: limbeck names the name that does not exist, or not on its branch.
pub(super) fn unknown_name_first(difference: &Difference<'_>) -> bool {
    let words = difference.words();
    let name = words
        .strip_prefix("Can't locate revision identified by '")
        .and_then(|rest| rest.strip_suffix('\''));
    let graph = difference.graph();
    let targets = difference.line.targets();
    name.is_some_and(|name| {
        let is_elsewhere = |target: &&str| place(target) == name && !is_known(&graph, target);
        !is_known(&graph, name) || targets.iter().any(is_elsewhere)
    })
}

fn is_known(graph: &RevisionGraph, text: &str) -> bool {
    let target = text.parse::<Target>();
    target.is_ok_and(|target| Resolver::new(graph).revisions(&target).is_ok())
}
