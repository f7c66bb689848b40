//! Why limbeck's answer is meant to be another one: a function a reason.
//!
//! The codes are rows of `docs/compatibility.md`. A function looks at what was asked and at what
//! Alembic answered; it must not let through anything else.

use limbeck::graph::RevisionGraph;
use limbeck::target::{Resolver, Target, TargetError};

use super::answer::answer;
use super::compare::Difference;
use super::recorded::{Case, Recorded};

/// The row of `docs/compatibility.md` that explains the difference.
pub(super) fn reason(
    recorded: &Recorded,
    graph: &RevisionGraph,
    case: &Case,
    difference: &Difference,
) -> Option<&'static str> {
    let explained = |is_it: bool, code: &'static str| is_it.then_some(code);
    explained(redundant_parents(recorded, graph, case, difference), "B1")
        .or(explained(stamp_on_stale_rows(case, difference), "B2"))
        .or(explained(traceback(case, difference), "B7"))
        .or(explained(label_disregarded(graph, case, difference), "B10"))
        .or(explained(range_below_the_base(graph, case, difference), "B11"))
        .or(explained(order_of_a_set(recorded, case, difference), "B12"))
        .or(explained(first_row_of_several(case, difference), "B17"))
        .or(explained(order_of_stamped_rows(case, difference), "B12"))
        .or(explained(below_base_is_the_head(case, difference), "L1"))
        .or(explained(current_of_nothing(case, difference), "L2"))
        .or(explained(more_steps_than_revisions(case, difference), "L3"))
        .or(explained(label_narrows_a_prefix(graph, case, difference), "L4"))
}

/// The words before and after `@` of a target.
fn split(target: &str) -> (Option<&str>, &str) {
    target.split_once('@').map_or((None, target), |(branch, place)| (Some(branch), place))
}

/// The two ends of a range.
fn ends(case: &Case) -> (&str, &str) {
    case.targets[0].split_once(':').unwrap()
}

/// Whether one of `rows` is an ancestor of another.
fn overlap(graph: &RevisionGraph, rows: &[String]) -> bool {
    let nodes: Vec<_> = rows.iter().map(|id| graph.find(&id.parse().unwrap()).unwrap()).collect();
    nodes.iter().any(|above| nodes.iter().any(|below| graph.is_ancestor(*below, *above)))
}

/// A redundant parent makes Alembic crash, or leave rows that follow one another; what it does
/// from such rows is no measure either.
fn redundant_parents(
    recorded: &Recorded,
    graph: &RevisionGraph,
    case: &Case,
    difference: &Difference,
) -> bool {
    let wrong_rows = || {
        overlap(graph, &case.rows_before)
            || case.steps.iter().any(|step| overlap(graph, &step.rows_after))
    };
    recorded.redundant
        && match difference {
            Difference::Accepted => case.crashed && case.error.as_deref() == Some("KeyError"),
            Difference::Rows => wrong_rows(),
            _ => false,
        }
}

/// The second of several destinations of a `stamp` finds rows that the first has already replaced.
fn stamp_on_stale_rows(case: &Case, difference: &Difference) -> bool {
    *difference == Difference::Accepted
        && case.command == "stamp"
        && case.crashed
        && !case.steps.is_empty()
}

/// A walk past an end, or a listing from an effective head or an id in the place of a label.
fn traceback(case: &Case, difference: &Difference) -> bool {
    *difference == Difference::Accepted
        && case.command == "history"
        && case.error.as_deref() == Some("AssertionError")
}

/// `downgrade label@x` forgets the label, or does not even look it up; nothing looks up the label
/// of `label@base`.
fn label_disregarded(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    if case.command == "history" {
        let (start, end) = ends(case);
        return [start, end].iter().any(|end| label_not_looked_up(graph, end, difference));
    }
    if case.command != "downgrade" {
        let is_base = |target: &&String| split(target).1 == "base";
        let mut bases = case.targets.iter().filter(is_base);
        return bases.any(|target| label_not_looked_up(graph, target, difference));
    }
    let (Some(_), place) = split(&case.targets[0]) else {
        return false;
    };
    let without = Case {
        command: case.command.clone(),
        targets: vec![place.to_owned()],
        rows_before: case.rows_before.clone(),
        ..Case::default()
    };
    // Theirs is the answer to the place alone.
    match difference {
        Difference::Accepted => !case.crashed && answer(graph, &without).is_err(),
        Difference::Refused(_) => answer(graph, &without).is_ok(),
        _ => false,
    }
}

/// Whether limbeck refused `target` for its label, which is none.
fn label_not_looked_up(graph: &RevisionGraph, target: &str, difference: &Difference) -> bool {
    let (Some(branch), _) = split(target) else {
        return false;
    };
    let refusal = format!("Can't locate revision identified by '{branch}'");
    graph.by_name(branch).is_none() && *difference == Difference::Refused(refusal)
}

/// `-r-9:` where a head has fewer revisions below it: Alembic looks the base up as if it were an
/// id, or counts from the upper end instead.
fn range_below_the_base(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    if case.command != "history" || !split(ends(case).0).1.starts_with('-') {
        return false;
    }
    match difference {
        Difference::Accepted => true,
        Difference::Which => {
            let lower: Target = ends(case).0.parse().unwrap();
            let below = Resolver::new(graph).revisions(&lower);
            matches!(below, Err(TargetError::TooFar { .. }))
        }
        _ => false,
    }
}

/// Alembic keeps dependencies in a set of strings, so their order is that of Python's hash seed.
/// Three seeds do not always show it.
fn order_of_a_set(recorded: &Recorded, case: &Case, difference: &Difference) -> bool {
    let several = |id: &String| recorded.revisions.iter().any(|r| r.id == *id && r.deps.len() > 1);
    let listed = case.revisions.iter().flatten();
    *difference == Difference::Order
        && case.steps.iter().filter_map(|step| step.revision.as_ref()).chain(listed).any(several)
}

/// `downgrade -1` with several rows: Alembic warns and takes the first.
fn first_row_of_several(case: &Case, difference: &Difference) -> bool {
    matches!(difference, Difference::Refused(_))
        && case.command == "downgrade"
        && case.warnings.iter().any(|warning| warning.contains("from multiple heads is ambiguous"))
}

/// The rows that one `stamp` replaces: Alembic names them as the table yields them.
fn order_of_stamped_rows(case: &Case, difference: &Difference) -> bool {
    match difference {
        Difference::Line { ours } => {
            let words = |line: &str| {
                let mut words: Vec<String> =
                    line.replace(',', " ").split_whitespace().map(str::to_owned).collect();
                words.sort();
                words
            };
            case.command == "stamp"
                && case.steps.iter().map(|step| words(&step.line)).eq(ours.iter().map(|l| words(l)))
        }
        // One step a row, all of them in the end.
        Difference::Rows => {
            case.command == "stamp" && case.steps.iter().all(|step| step.line.ends_with("-> "))
        }
        _ => false,
    }
}

/// `base-1` counts from the head, and a downgrade to `base+0` has walked too far.
fn below_base_is_the_head(case: &Case, difference: &Difference) -> bool {
    let below_base = |text: &str| {
        let place = split(text).1;
        place.starts_with("base-") || place == "base+0"
    };
    let asked = match case.command.as_str() {
        "history" => below_base(ends(case).0) || below_base(ends(case).1),
        _ => below_base(&case.targets[0]),
    };
    asked && matches!(difference, Difference::Refused(_) | Difference::Accepted | Difference::Which)
}

/// `history -r:current` on an empty database: Alembic lists everything.
fn current_of_nothing(case: &Case, difference: &Difference) -> bool {
    case.command == "history"
        && ends(case).1 == "current"
        && case.rows_before.is_empty()
        && matches!(difference, Difference::Refused(_) | Difference::Which)
}

/// `stamp -9` where there are fewer revisions: Alembic does nothing and says nothing.
fn more_steps_than_revisions(case: &Case, difference: &Difference) -> bool {
    let counts_down = |text: &String| split(text).1.starts_with('-');
    matches!(difference, Difference::Refused(words) if words.starts_with("Relative revision"))
        && matches!(case.command.as_str(), "stamp" | "resolve")
        && case.targets.iter().any(counts_down)
}

/// `stamp label@prefix`: Alembic finds the prefix in the whole project once there are rows.
fn label_narrows_a_prefix(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    let is_narrowed = |text: &String| {
        let resolver = Resolver::new(graph);
        let narrowed =
            |text: &str| text.parse::<Target>().is_ok_and(|t| resolver.revisions(&t).is_ok());
        let (branch, place) = split(text);
        branch.is_some() && narrowed(text) && !narrowed(place)
    };
    *difference == Difference::Accepted
        && case.command == "stamp"
        && !case.rows_before.is_empty()
        && case.targets.iter().any(is_narrowed)
}
