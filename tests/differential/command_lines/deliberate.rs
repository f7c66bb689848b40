//! Why limbeck's answer to a command line is meant to be another one: a function a reason.
//!
//! The codes are rows of `docs/compatibility.md`. A function looks at what was asked, at what
//! Alembic answered and at everything that differs; it must not let through anything else. What
//! has a reason in `../deliberate.rs` has the same reason here.

use std::collections::BTreeSet;

use limbeck::graph::{Edges, RevisionGraph};
use limbeck::target::Resolver;

use super::compare::Aspect::{self, Error, Files, Log, Outcome, Rows, Stdout};
use super::compare::split;
use super::deliberate_refusals as refusals;
use super::library::{as_in_the_library, case, is_of_the_library, is_without_a_trace, listed};
use super::order::order_of_a_set;
use super::recorded::Line;
use super::twin::Ours;
use crate::differential::recorded::{Case, Declared};
use crate::differential::{answer, offline};

/// A difference, with all that is known about it.
pub(super) struct Difference<'a> {
    pub(super) revisions: &'a [Declared],
    pub(super) line: &'a Line,
    pub(super) ours: &'a Ours,
    pub(super) differs: &'a BTreeSet<Aspect>,
}

impl Difference<'_> {
    /// Whether nothing but these differs.
    pub(super) fn is_within(&self, aspects: &[Aspect]) -> bool {
        self.differs.iter().all(|aspect| aspects.contains(aspect))
    }

    pub(super) fn graph(&self) -> RevisionGraph {
        answer::graph(self.revisions)
    }

    /// The words of our refusal.
    pub(super) fn words(&self) -> String {
        let (_, error) = split(&self.ours.stdout);
        error.trim_start_matches("FAILED: ").trim_end().to_owned()
    }

    pub(super) fn is_refused(&self) -> bool {
        self.ours.code == Some(255)
    }

    pub(super) fn is_done(&self) -> bool {
        self.ours.code == Some(0)
    }

    pub(super) fn rows_before(&self) -> Vec<String> {
        let mut rows = self.line.rows_before.clone().unwrap_or_default();
        rows.sort();
        rows
    }
}

/// The row of `docs/compatibility.md` that explains the difference.
pub(super) fn reason(difference: &Difference<'_>) -> Option<&'static str> {
    let explained = |is_it: bool, code: &'static str| is_it.then_some(code);
    explained(redundant_parents(difference), "B1")
        .or(explained(stamp_on_stale_rows(difference), "B2"))
        .or(explained(head_applied_through_a_dependency(difference), "B3"))
        .or(explained(taken_label(difference), "B4"))
        .or(explained(taken_id(difference), "B5"))
        .or(explained(refusals::nothing_of_the_branch(difference), "B6"))
        .or(explained(refusals::traceback(difference), "B7"))
        .or(explained(current_at_both_ends(difference), "B11"))
        .or(explained(order_of_a_set(difference), "B12"))
        .or(explained(order_of_written_rows(difference), "B12"))
        .or_else(|| as_in_the_library(difference))
        .or_else(|| refusals::other_words(difference))
        .or(explained(label_of_a_walk(difference), "B10"))
        .or(explained(label_of_the_base(difference), "B10"))
        .or(explained(refused_purge(difference), "L14"))
        .or(explained(head_in_a_sub_directory(difference), "L15"))
        .or(explained(wider_command_line(difference), "L16"))
}

/// Whether one of `rows` is an ancestor of another.
fn overlap(graph: &RevisionGraph, rows: &[String]) -> bool {
    let nodes: Vec<_> = rows.iter().filter_map(|id| graph.find(&id.parse().ok()?)).collect();
    nodes.iter().any(|above| nodes.iter().any(|below| graph.is_ancestor(*below, *above)))
}

/// Whether a revision names an ancestor of another one that it names.
pub(super) fn is_redundant(graph: &RevisionGraph) -> bool {
    graph.nodes().any(|node| {
        let parents: Vec<_> = graph.parents(node, Edges::All).collect();
        let is_below = |parent| parents.iter().any(|other| graph.is_ancestor(parent, *other));
        parents.iter().any(|parent| is_below(*parent))
    })
}

/// A redundant parent makes Alembic crash, or leave rows that follow one another; what it does
/// from such rows is no measure either. Ours must be what the library says, whose rows never
/// follow one another.
fn redundant_parents(difference: &Difference<'_>) -> bool {
    let Difference { line, ours, .. } = difference;
    let graph = difference.graph();
    let after = line.rows.clone().unwrap_or_default();
    let is_theirs = line.crash.as_deref() == Some("KeyError")
        || overlap(&graph, &difference.rows_before())
        || overlap(&graph, &after)
        || line.has("--sql")
            && case(difference, &graph).is_some_and(|(case, _)| {
                offline::wrong_rows(&graph, &case.rows_before, &line.stdout, &ours.stdout)
            });
    matches!(line.command(), "upgrade" | "downgrade" | "stamp")
        && is_theirs
        && is_redundant(&graph)
        && difference.is_within(&[Outcome, Rows, Log, Stdout])
        && is_of_the_library(difference)
        && (difference.is_refused() || line.has("--sql") || !overlap(&graph, &ours.rows))
}

/// The second of several destinations of a `stamp` finds rows that the first has already replaced;
/// or the rows before it follow one another.
fn stamp_on_stale_rows(difference: &Difference<'_>) -> bool {
    let Difference { line, .. } = difference;
    let is_second = line.log.iter().any(|line| line.contains("Running stamp_revision"))
        && line.targets().len() > 1;
    line.command() == "stamp"
        && line.crash.is_some()
        && (is_second || overlap(&difference.graph(), &difference.rows_before()))
        && difference.is_done()
        && is_of_the_library(difference)
        && difference.is_within(&[Outcome, Rows, Log, Stdout])
}

/// Alembic wants a row for every head, even for one that something applied depends on, and no
/// other rows, even if they say nothing new. All the same everything must be applied.
fn head_applied_through_a_dependency(difference: &Difference<'_>) -> bool {
    let Difference { line, ours, .. } = difference;
    let graph = difference.graph();
    let rows: Option<Vec<_>> =
        difference.rows_before().iter().map(|id| graph.find(&id.parse().ok()?)).collect();
    line.command() == "current"
        && (line.has("-c") || line.has("--check-heads"))
        && line.code == 255
        && difference.is_done()
        && difference.is_within(&[Outcome, Stdout])
        && rows.is_some_and(|rows| {
            let shown = Resolver::new(&graph).branch_heads_of_applied(&rows);
            let (mut shown, mut ours) = (answer::ids(&graph, shown), listed(&ours.stdout));
            shown.sort();
            ours.sort();
            graph.ancestors(rows, Edges::All).len() == graph.len() && shown == ours
        })
}

/// The value of an option.
fn value<'a>(line: &'a Line, option: &str) -> Option<&'a str> {
    line.argv.windows(2).find(|pair| pair[0] == option).map(|pair| pair[1].as_str())
}

fn taken_label(difference: &Difference<'_>) -> bool {
    let Difference { line, .. } = difference;
    let graph = difference.graph();
    value(line, "--branch-label").is_some_and(|label| graph.by_name(label).is_some())
        && !line.files.is_empty()
        && difference.is_refused()
        && difference.is_within(&[Outcome, Error, Stdout, Files])
}

fn taken_id(difference: &Difference<'_>) -> bool {
    let Difference { line, .. } = difference;
    let graph = difference.graph();
    value(line, "--rev-id").is_some_and(|id| graph.by_name(id).is_some())
        && !line.files.is_empty()
        && difference.is_refused()
        && difference.is_within(&[Outcome, Error, Stdout, Files])
}

/// Which of several rows is updated in a text, and in which order dependencies come.
fn order_of_written_rows(difference: &Difference<'_>) -> bool {
    let Difference { line, ours, revisions, .. } = difference;
    let has_several_dependencies = revisions.iter().any(|revision| revision.deps.len() > 1);
    line.has("--sql")
        && line.code == 0
        && difference.is_done()
        && difference.is_within(&[Stdout, Log])
        && offline::same_but_for_order(&line.stdout, &ours.stdout, has_several_dependencies)
}

/// `current` is understood at one end of a range only.
fn current_at_both_ends(difference: &Difference<'_>) -> bool {
    let line = difference.line;
    line.command() == "history"
        && line.targets() == ["current", "current"]
        && line.code == 255
        && difference.is_done()
        && difference.is_within(&[Outcome, Stdout])
}

/// `stamp label@-N` does nothing on an empty table where no head is of that branch, which nobody
/// looks up.
fn label_of_a_walk(difference: &Difference<'_>) -> bool {
    let Difference { line, .. } = difference;
    let graph = difference.graph();
    let is_unknown = |target: &&str| {
        target.split_once("@-").is_some_and(|(label, _)| {
            graph.by_name(label).is_none()
                && difference.words() == format!("Can't locate revision identified by '{label}'")
        })
    };
    line.command() == "stamp"
        && line.code == 0
        && line.targets().iter().any(is_unknown)
        && difference.is_refused()
        && is_without_a_trace(difference)
        && difference.is_within(&[Outcome, Stdout, Log, Rows])
}

/// Alembic erases the rows before it looks at what is to be stamped; on SQLite that stays.
fn refused_purge(difference: &Difference<'_>) -> bool {
    let Difference { line, ours, .. } = difference;
    line.command() == "stamp"
        && line.has("--purge")
        && line.code != 0
        && difference.is_refused()
        && line.rows.as_deref() == Some(&[])
        && ours.rows == difference.rows_before()
        && (difference.is_within(&[Rows])
            || line.crash.is_some() && difference.is_within(&[Outcome, Rows])
            || refusals::unknown_name_first(difference) && difference.is_within(&[Error, Rows]))
}

/// Alembic puts a new revision beside the file of its head, and refuses if that directory is not
/// one of several version locations itself, but below one.
fn head_in_a_sub_directory(difference: &Difference<'_>) -> bool {
    let Difference { line, .. } = difference;
    matches!(line.command(), "revision" | "merge")
        && line.code == 255
        && line.stdout.contains("FAILED: Path $PROJ/")
        && line.stdout.contains(" is not represented in current version locations")
        && !line.has("--version-path")
        && (difference.is_done() && difference.is_within(&[Outcome, Stdout, Files])
            || difference.is_refused() && difference.is_within(&[Error]))
}

/// A range that begins with `-` may stand for itself.
fn wider_command_line(difference: &Difference<'_>) -> bool {
    let Difference { line, ours, .. } = difference;
    let words: Vec<&str> =
        line.argv.iter().map(String::as_str).filter(|word| *word != "-q").collect();
    let ["history", "-r", range] = words.as_slice() else {
        return false;
    };
    let case = Case {
        command: "history".to_owned(),
        targets: vec![(*range).to_owned()],
        rows_before: difference.rows_before(),
        ..Case::default()
    };
    let is_answered = match answer::answer(&difference.graph(), &case) {
        Ok(done) => difference.is_done() && done.revisions == Some(listed(&ours.stdout)),
        Err(_) => difference.is_refused() && is_without_a_trace(difference),
    };
    range.starts_with('-')
        && line.code == 2
        && is_answered
        && difference.is_within(&[Outcome, Stdout])
}

/// Alembic does not look up the label of `label@base`, here where a new revision begins.
fn label_of_the_base(difference: &Difference<'_>) -> bool {
    let Difference { line, .. } = difference;
    let graph = difference.graph();
    let is_unknown = |target: &&str| {
        target.strip_suffix("@base").is_some_and(|label| {
            graph.by_name(label).is_none()
                && difference.words() == format!("Can't locate revision identified by '{label}'")
        })
    };
    matches!(line.command(), "revision" | "merge")
        && line.code == 0
        && line.targets().iter().any(is_unknown)
        && difference.is_refused()
        && is_without_a_trace(difference)
        && difference.is_within(&[Outcome, Stdout, Files])
}
