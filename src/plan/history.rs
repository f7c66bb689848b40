//! Which revisions a listing shows, newest first (section 3.4 of Alembic's reference).

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::target::Branch;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;
use crate::target::TargetKind;
use crate::target::TargetRange;

use super::upgrade::check_overlap;
use crate::graph::Heads;

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
        None => Ok(Vec::new()),
        Some(target) if target.is_current() => resolver.rows(heads),
        Some(target) => resolver.lower_end(target),
    };
    // Where both ends are wrong, Alembic tells of the upper one, if it does not hang on the lower.
    let is_counted_from_lower = range.end.as_ref().is_some_and(|target| {
        matches!(target.kind, TargetKind::Relative { anchor: None, upwards: true, .. })
    });
    let lower = if is_counted_from_lower { Ok(lower?) } else { lower };
    let mut upper = match &range.end {
        None => resolver.revisions(&Target::heads())?,
        Some(target) if target.is_current() => resolver.rows(heads)?,
        Some(target) => resolver.upper_end(target, lower.as_deref().unwrap_or_default())?,
    };
    let lower = lower?;
    if let Some(branch) = range.start.as_ref().and_then(|start| start.branch.as_ref()) {
        confine(graph, &resolver, branch, &mut upper)?;
    }
    check_overlap(graph, &upper)?;
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
    check_overlap(graph, &lower)?;
    if !lower.is_empty() {
        selection.subtract(&graph.ancestors(lower.iter().copied(), Edges::All));
        for node in &lower {
            selection.insert(*node);
        }
        selection.intersect_with(&graph.descendants(lower, Edges::Versioned));
    }
    Ok(graph.topological_order(&selection, &upper))
}

/// `label@…:` shows only heads of that branch. An id in the place of the label stands for the one
/// branch it is on, as in Alembic, which goes wrong where there is none or several: here those
/// heads remain that are on one line with it.
fn confine(
    graph: &RevisionGraph,
    resolver: &Resolver<'_>,
    branch: &Branch,
    upper: &mut Vec<Node>,
) -> Result<(), TargetError> {
    let node = resolver.branch(branch)?;
    let is_label = graph.id(node) != branch.as_str();
    let label = match graph.labels_of(node) {
        _ if is_label => branch.as_str(),
        [label] => label.as_str(),
        _ => {
            let line = graph.lineage(&[node], Edges::Versioned);
            upper.retain(|head| line.contains(*head));
            return Ok(());
        }
    };
    upper.retain(|head| graph.labels_of(*head).iter().any(|own| *own == label));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph;
    use crate::graph::testing::ids;

    #[test]
    fn of_two_wrong_ends_the_upper_one_is_told() {
        let graph = graph("a1; b1|a1; c1|a1");
        let error = |range: &str| {
            history(&graph, &Heads::none(), &range.parse().unwrap()).unwrap_err().to_string()
        };
        assert!(error("nosuch:other").ends_with("'other'"));
        assert!(error("nosuch:head").starts_with("Multiple head revisions"));
        assert!(error("nosuch:-1").starts_with("Relative revision -1"));
        // From where it counts must be known first.
        assert!(error("nosuch:+1").ends_with("'nosuch'"));
        assert!(error("nosuch:").ends_with("'nosuch'"));
    }

    //   a1 ─ b1 (one) ─ c1
    //          └─────── c2
    //   d1
    #[test]
    fn an_id_before_the_at_stands_for_its_branch() {
        let graph = graph("a1; b1|a1||one; c1|b1; c2|b1; d1");
        let listed = |range: &str| {
            let nodes = history(&graph, &Heads::none(), &range.parse().unwrap()).unwrap();
            ids(&graph, nodes)
        };
        assert_eq!(listed("one@base:"), "c1 c2 b1 a1");
        assert_eq!(listed("c1@base:"), "c1 c2 b1 a1");
        // On no branch, or several: what is on one line with it.
        assert_eq!(listed("d1@base:"), "d1");
        assert_eq!(listed("a1@base:"), "c1 c2 b1 a1");
    }
}
