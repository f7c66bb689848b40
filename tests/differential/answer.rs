//! What limbeck's library says to the same commands.

use limbeck::graph::Heads;
use limbeck::graph::{Edges, Node, Revision, RevisionGraph};
use limbeck::plan::{self, Plan};
use limbeck::target::{ParseTargetError, Resolver, Target, TargetError, TargetRange};

use super::recorded::{Case, Declared, StepTaken};

/// What a command came to: steps for those that change rows, revisions for those that list them.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) steps: Vec<StepTaken>,
    pub(super) revisions: Option<Vec<String>>,
}

/// Why a command was refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error(transparent)]
    Parse(#[from] ParseTargetError),
    #[error(transparent)]
    Target(#[from] TargetError),
}

/// The graph of `declared`, in the same load order.
pub(super) fn graph(declared: &[Declared]) -> RevisionGraph {
    let revisions = declared.iter().map(|declared| {
        let mut revision =
            Revision::new(declared.id.parse().unwrap(), format!("{}_x.sql", declared.id));
        revision.down_revisions = declared.down.iter().map(|id| id.parse().unwrap()).collect();
        revision.depends_on.clone_from(&declared.deps);
        revision.branch_labels =
            declared.labels.iter().map(|label| label.parse().unwrap()).collect();
        revision
    });
    RevisionGraph::build(revisions.collect()).unwrap()
}

/// Does what `case` asks for.
pub(super) fn answer(graph: &RevisionGraph, case: &Case) -> Result<Done, Refused> {
    let rows: Heads = case.rows_before.iter().map(|id| id.parse().unwrap()).collect();
    let resolver = Resolver::new(graph);
    let first = case.targets.first().map_or("", String::as_str);
    Ok(match case.command.as_str() {
        "upgrade" => steps(&plan::upgrade(graph, &rows, &first.parse()?)?),
        "downgrade" => steps(&plan::downgrade(graph, &rows, &first.parse()?)?),
        "stamp" => {
            let targets: Result<Vec<Target>, _> =
                case.targets.iter().map(|text| text.parse()).collect();
            steps(&plan::stamp(graph, &rows, &targets?)?)
        }
        "resolve" => listed(graph, resolver.revisions(&first.parse()?)?),
        "history" => listed(graph, plan::history(graph, &rows, &first.parse::<TargetRange>()?)?),
        "current" => {
            let mut done = listed(graph, resolver.branch_heads_of_applied(&resolver.rows(&rows)?));
            if let Some(ids) = &mut done.revisions {
                ids.sort();
            }
            done
        }
        unknown => panic!("the oracle has learnt a command: {unknown}"),
    })
}

/// The ids of the heads or bases, and so on.
pub(super) fn ids(graph: &RevisionGraph, nodes: impl IntoIterator<Item = Node>) -> Vec<String> {
    nodes.into_iter().map(|node| graph.id(node).to_string()).collect()
}

/// Revisions that have several children, in load order.
pub(super) fn branch_points(graph: &RevisionGraph) -> Vec<String> {
    ids(graph, graph.nodes().filter(|node| graph.is_branch_point(*node, Edges::Versioned)))
}

/// Revisions that have several parents, in load order.
pub(super) fn merge_points(graph: &RevisionGraph) -> Vec<String> {
    ids(graph, graph.nodes().filter(|node| graph.is_merge_point(*node)))
}

fn listed(graph: &RevisionGraph, nodes: Vec<Node>) -> Done {
    Done { steps: Vec::new(), revisions: Some(ids(graph, nodes)) }
}

fn steps(plan: &Plan) -> Done {
    let steps = plan.steps.iter().map(|step| StepTaken {
        revision: step.revision.as_ref().map(ToString::to_string),
        direction: step.direction.journal_word().to_owned(),
        line: step.to_string(),
        rows_after: step.after.iter().map(ToString::to_string).collect(),
    });
    Done { steps: steps.collect(), revisions: None }
}
