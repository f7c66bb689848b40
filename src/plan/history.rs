//! Which revisions a listing shows, newest first (section 3.4 of Alembic's reference).

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::target::Branch;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;
use crate::target::TargetRange;

use super::heads::Heads;
use super::upgrade::check_overlap;

/// The revisions of `range`, newest first. `heads` are the rows that `current` stands for; they
/// are needed only where the range names it.
///
/// # Errors
/// When an end means nothing here, or the ends are not on one line.
pub fn history(
    graph: &RevisionGraph,
    heads: &Heads,
    range: &TargetRange,
) -> Result<Vec<Node>, TargetError> {
    let resolver = Resolver::new(graph);
    let lower = match &range.start {
        None => Vec::new(),
        Some(target) if target.is_current() => resolver.rows(heads)?,
        Some(target) => resolver.lower_end(target)?,
    };
    let mut upper = match &range.end {
        None => resolver.revisions(&Target::heads())?,
        Some(target) if target.is_current() => resolver.rows(heads)?,
        Some(target) => resolver.upper_end(target, &lower)?,
    };
    if let Some(branch) = range.start.as_ref().and_then(|start| start.branch.as_ref()) {
        confine(graph, &resolver, branch, &mut upper)?;
    }
    check_overlap(graph, &upper)?;
    check_overlap(graph, &lower)?;
    let mut selection = graph.ancestors(upper.iter().copied(), Edges::All);
    if lower.iter().any(|node| !selection.contains(*node)) {
        let text = |end: &Option<Target>, open: &str| {
            end.as_ref().map_or_else(|| open.to_owned(), Target::to_string)
        };
        return Err(TargetError::UnrelatedRange {
            start: text(&range.start, "base"),
            end: text(&range.end, "heads"),
        });
    }
    if !lower.is_empty() {
        selection.subtract(&graph.ancestors(lower.iter().copied(), Edges::All));
        for node in &lower {
            selection.insert(*node);
        }
        selection.intersect_with(&graph.descendants(lower, Edges::Versioned));
    }
    Ok(graph.topological_order(&selection, &upper))
}

/// `label@…:` shows only heads of that branch.
fn confine(
    graph: &RevisionGraph,
    resolver: &Resolver<'_>,
    branch: &Branch,
    upper: &mut Vec<Node>,
) -> Result<(), TargetError> {
    let node = resolver.branch(branch)?;
    let is_label = graph.id(node) != branch.as_str();
    let line = graph.lineage(&[node], Edges::Versioned);
    upper.retain(|head| {
        if is_label {
            graph.labels_of(*head).iter().any(|label| *label == branch.as_str())
        } else {
            line.contains(*head)
        }
    });
    Ok(())
}
