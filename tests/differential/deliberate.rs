//! Why limbeck's answer is meant to be another one: a function a reason.
//!
//! The codes are rows of `docs/compatibility.md`. A function looks at what was asked and at what
//! Alembic answered; it must not let through anything else.

use limbeck::graph::{Edges, Node, RevisionGraph};
use limbeck::target::{Resolver, Target, TargetError, TargetKind};

use super::answer::{answer, ids};
use super::compare::Difference;
use super::recorded::{Case, Recorded, StepTaken};

/// The row of `docs/compatibility.md` that explains the difference.
pub(super) fn reason(
    recorded: &Recorded,
    graph: &RevisionGraph,
    case: &Case,
    difference: &Difference,
) -> Option<&'static str> {
    let explained = |is_it: bool, code: &'static str| is_it.then_some(code);
    explained(redundant_parents(recorded, graph, case, difference), "B1")
        .or(explained(stamp_on_stale_rows(graph, case, difference), "B2"))
        .or(explained(traceback(graph, case, difference), "B7"))
        .or(explained(label_disregarded(graph, case, difference), "B10"))
        .or(explained(range_below_the_base(graph, case, difference), "B11"))
        .or(explained(order_of_a_set(recorded, case, difference), "B12"))
        .or(explained(first_row_of_several(case, difference), "B17"))
        .or(explained(order_of_stamped_rows(graph, case, difference), "B12"))
        .or(explained(below_base_is_the_head(case, difference), "L1"))
        .or(explained(current_of_nothing(graph, case, difference), "L2"))
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
pub(super) fn overlap(graph: &RevisionGraph, rows: &[String]) -> bool {
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
/// Of ours every destination is a row, unless it was one and stands on one line with another
/// one, and every other row was one.
fn stamp_on_stale_rows(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    let resolver = Resolver::new(graph);
    let places = || {
        let mut places = Vec::new();
        for text in &case.targets {
            let target: Target = text.parse().ok()?;
            // Where a walk ends depends on the rows.
            if matches!(target.kind, TargetKind::Absolute(_)) {
                places.extend(resolver.revisions(&target).ok()?);
            }
        }
        Some(places)
    };
    let has_walk = case
        .targets
        .iter()
        .any(|text| matches!(text.parse(), Ok(Target { kind: TargetKind::Relative { .. }, .. })));
    // `label@-1` may be several as well.
    let stamps_several = || case.targets.len() > 1 || has_walk && case.steps.len() > 1;
    let is_right = || {
        let (Some(places), Ok(done)) = (places(), answer(graph, case)) else {
            return false;
        };
        let rows = done.steps.last().map_or(&case.rows_before, |step| &step.rows_after);
        let names = ids(graph, places.iter().copied());
        let has_line = |place: Node| {
            let line = graph.lineage(&[place], Edges::All);
            places.iter().any(|other| *other != place && line.contains(*other))
        };
        let is_row = |place: &Node| {
            let id = graph.id(*place).to_string();
            rows.contains(&id) || case.rows_before.contains(&id) && has_line(*place)
        };
        let was_row = |row: &String| names.contains(row) || case.rows_before.contains(row);
        has_walk || places.iter().all(is_row) && rows.iter().all(was_row)
    };
    *difference == Difference::Accepted
        && case.command == "stamp"
        && stamps_several()
        && matches!(case.error.as_deref(), Some("KeyError" | "AssertionError"))
        && case.crashed
        && !case.steps.is_empty()
        && is_right()
}

/// A walk past an end, or a listing from an effective head, to what follows by a dependency, or from an id in the place of a label. For a
/// walk past the base `show` has a revision that is none, and crashes with it.
fn traceback(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    if case.command == "resolve" {
        let is_past_the_base = split(&case.targets[0]).1.starts_with('-');
        return is_past_the_base
            && matches!(difference, Difference::Refused(words) if words.starts_with("Relative revision"));
    }
    let is_effective =
        |node| graph.is_head(node, Edges::Versioned) && !graph.is_head(node, Edges::All);
    let is_cause = |end: &str| {
        let Ok(target) = end.parse::<Target>() else {
            return false;
        };
        let place_of_label = split(end)
            .0
            .is_some_and(|name| !graph.labels().any(|(label, _)| label.as_str() == name));
        let nodes = Resolver::new(graph).revisions(&target).unwrap_or_default();
        matches!(target.kind, TargetKind::Relative { .. })
            || place_of_label
            || nodes.into_iter().any(is_effective)
    };
    *difference == Difference::Accepted
        && case.command == "history"
        && case.error.as_deref() == Some("AssertionError")
        && (is_cause(ends(case).0)
            || is_cause(ends(case).1)
            || follows_by_dependency(graph, ends(case)))
}

/// Whether the upper end of a range follows the lower one through a dependency alone.
fn follows_by_dependency(graph: &RevisionGraph, (lower, upper): (&str, &str)) -> bool {
    let nodes = |end: &str| -> Vec<Node> {
        let target = end.parse::<Target>().ok();
        target.and_then(|t| Resolver::new(graph).revisions(&t).ok()).unwrap_or_default()
    };
    let below = |edges| graph.ancestors(nodes(upper), edges);
    let (all, versioned) = (below(Edges::All), below(Edges::Versioned));
    nodes(lower).into_iter().any(|node| all.contains(node) && !versioned.contains(node))
}

/// `downgrade label@x` forgets the label, or does not even look it up; nothing looks up the label
/// of `label@base`.
pub(super) fn label_disregarded(
    graph: &RevisionGraph,
    case: &Case,
    difference: &Difference,
) -> bool {
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
/// id, or counts from the upper end instead; it refuses too where the upper end is relative.
fn range_below_the_base(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    if case.command != "history" || !split(ends(case).0).1.starts_with('-') {
        return false;
    }
    let (lower, upper) = ends(case);
    let lower: Target = lower.parse().unwrap();
    let is_too_far =
        matches!(Resolver::new(graph).revisions(&lower), Err(TargetError::TooFar { .. }));
    let is_relative = matches!(upper.parse(), Ok(Target { kind: TargetKind::Relative { .. }, .. }));
    match difference {
        Difference::Accepted => !case.crashed && (is_too_far || is_relative),
        Difference::Which => is_too_far,
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
    matches!(difference, Difference::Refused(words) if words.ends_with(" from multiple heads is ambiguous"))
        && case.command == "downgrade"
        && case.rows_before.len() > 1
        && case.warnings.iter().any(|warning| warning.contains("from multiple heads is ambiguous"))
}

/// The rows that one `stamp` replaces: Alembic names them as the table yields them.
fn order_of_stamped_rows(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    if case.command != "stamp" {
        return false;
    }
    match difference {
        Difference::Line { ours } => {
            let sides = |line: &str| -> Vec<Vec<String>> {
                let names = |side: &str| {
                    let mut names: Vec<String> =
                        side.replace(',', " ").split_whitespace().map(str::to_owned).collect();
                    names.sort();
                    names
                };
                line.split("->").map(names).collect()
            };
            case.steps.iter().map(|step| sides(&step.line)).eq(ours.iter().map(|l| sides(l)))
        }
        // One step a row, all of them in the end.
        Difference::Rows => {
            let is_taken = |step: &StepTaken| step.line.ends_with("-> ");
            let ours = answer(graph, case);
            !case.steps.is_empty()
                && case.steps.iter().all(is_taken)
                && ours.is_ok_and(|ours| {
                    ours.steps.iter().all(is_taken)
                        && ours.steps.last().map(|step| &*step.rows_after)
                            == Some(case.rows_after())
                })
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
/// Ours lists nothing, or refuses where the lower end is a revision.
fn current_of_nothing(graph: &RevisionGraph, case: &Case, difference: &Difference) -> bool {
    let is_asked =
        case.command == "history" && ends(case).1 == "current" && case.rows_before.is_empty();
    let is_nothing = || answer(graph, case).is_ok_and(|ours| ours.revisions == Some(Vec::new()));
    is_asked
        && match difference {
            Difference::Refused(_) => !matches!(ends(case).0, "" | "base"),
            Difference::Which => is_nothing(),
            _ => false,
        }
}

/// `stamp -9` where there are fewer revisions: Alembic does nothing and says nothing.
fn more_steps_than_revisions(case: &Case, difference: &Difference) -> bool {
    let counts_down = |text: &String| split(text).1.starts_with('-');
    matches!(difference, Difference::Refused(words) if words.starts_with("Relative revision"))
        && case.command == "stamp"
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
