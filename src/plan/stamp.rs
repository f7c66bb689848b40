//! Plans that set version rows and run nothing (section 3.6 of Alembic's reference).

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;

use super::step::Direction;
use super::step::Plan;
use super::step::Step;
use crate::graph::Heads;

/// The steps that make the version table say that `targets` are where the database is. Rows on
/// other lines stay.
///
/// All targets are seen against the rows as they are at the start; a row that an earlier target
/// has already replaced is not replaced again (Alembic crashes there: B2 of section 11).
///
/// # Errors
/// When a target means nothing here, names several heads by `head`, or a row is unknown.
pub fn stamp(
    graph: &RevisionGraph,
    heads: &Heads,
    targets: &[Target],
) -> Result<Plan, TargetError> {
    let resolver = Resolver::new(graph);
    let rows = resolver.rows(heads)?;
    let related = related_rows(graph, &resolver, &rows, targets)?;
    let mut destinations = Vec::new();
    for target in targets {
        for node in resolver.revisions(target).map_err(for_stamp)? {
            if !destinations.contains(&node) {
                destinations.push(node);
            }
        }
    }
    let mut plan = Plan { before: heads.clone(), steps: Vec::new() };
    if destinations.is_empty() {
        for row in &related {
            push(&mut plan, vec![graph.id(*row).clone()], None);
        }
    }
    for destination in destinations {
        if related.contains(&destination) {
            continue;
        }
        let line = graph.lineage(&[destination], Edges::All);
        let replaced: Vec<RevisionId> = if related.iter().any(|row| line.contains(*row)) {
            related.iter().map(|row| graph.id(*row).clone()).collect()
        } else {
            Vec::new()
        };
        push(&mut plan, replaced, Some(graph.id(destination).clone()));
    }
    Ok(plan)
}

/// As [`stamp`], but for what is applied already by `heads`: the rows never go back.
///
/// # Errors
/// As [`stamp`].
pub fn take_over(
    graph: &RevisionGraph,
    heads: &Heads,
    targets: &[Target],
) -> Result<Plan, TargetError> {
    let resolver = Resolver::new(graph);
    let applied = graph.ancestors(resolver.rows(heads)?, Edges::All);
    let mut ahead = Vec::new();
    for target in targets {
        if resolver.revisions(target)?.iter().any(|node| !applied.contains(*node)) {
            ahead.push(target.clone());
        }
    }
    if ahead.is_empty() {
        // To stamp no targets at all is another matter: it takes every row away.
        return Ok(Plan { before: heads.clone(), steps: Vec::new() });
    }
    stamp(graph, heads, &ahead)
}

/// The rows on one line with any target, or with the branch it names, counting dependencies.
fn related_rows(
    graph: &RevisionGraph,
    resolver: &Resolver<'_>,
    rows: &[Node],
    targets: &[Target],
) -> Result<Vec<Node>, TargetError> {
    let mut related = Vec::new();
    if rows.is_empty() {
        return Ok(related);
    }
    for target in targets {
        if target.is_below_heads() {
            // `-N` counts from the heads, and means nothing once there are rows.
            return Err(TargetError::FormNotAllowed { text: target.place().to_owned() });
        }
        let mut shares = resolver.revisions(target).map_err(for_stamp)?;
        if let Some(branch) = &target.branch {
            shares.extend(resolver.branch_starts(branch)?);
        }
        let line = graph.lineage(&shares, Edges::All);
        for row in rows {
            if (shares.is_empty() || line.contains(*row)) && !related.contains(row) {
                related.push(*row);
            }
        }
    }
    Ok(related)
}

fn for_stamp(error: TargetError) -> TargetError {
    match error {
        TargetError::MultipleHeads { heads, .. } => TargetError::MultipleHeadsToStamp { heads },
        other => other,
    }
}

fn push(plan: &mut Plan, from: Vec<RevisionId>, to: Option<RevisionId>) {
    let before = plan.after().clone();
    let after: Heads =
        before.iter().filter(|row| !from.contains(row)).cloned().chain(to.clone()).collect();
    plan.steps.push(Step {
        direction: Direction::Stamp,
        revision: None,
        from,
        to: to.into_iter().collect(),
        doc: String::new(),
        before,
        after,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing;

    #[test]
    fn taking_over_never_moves_a_row_back() {
        let graph = testing::graph("1; 2|1; 3|2; n|1; d||2");
        let after = |rows: &str, targets: &str| {
            let heads: Heads = rows.split_whitespace().map(|id| id.parse().unwrap()).collect();
            let targets: Vec<Target> =
                targets.split_whitespace().map(|text| text.parse().unwrap()).collect();
            let plan = take_over(&graph, &heads, &targets).unwrap();
            plan.after().iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(after("", "2"), "2");
        assert_eq!(after("1", "2"), "2");
        assert_eq!(after("3", "2"), "3");
        assert_eq!(after("d", "2"), "d");
        assert_eq!(after("d", "3"), "3 d");
        assert_eq!(after("3", "2 n"), "3 n");
        assert_eq!(after("3", ""), "3");
    }
}
