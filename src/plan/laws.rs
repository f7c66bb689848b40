//! Laws that hold for any graph and any plan.

mod strategy;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use self::strategy::Order;
use self::strategy::orders;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::Revision;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::graph::random::chosen;
use crate::graph::random::revisions;
use crate::graph::random::revisions_with_redundant_parents;
use crate::graph::testing;
use crate::plan;
use crate::plan::Direction;
use crate::plan::Plan;
use crate::plan::Step;
use crate::target::Target;
use crate::target::TargetError;

fn build(revisions: &[Revision]) -> RevisionGraph {
    RevisionGraph::build(revisions.to_vec()).unwrap()
}

fn make(
    graph: &RevisionGraph,
    heads: &Heads,
    is_upgrade: bool,
    target: &str,
) -> Result<Plan, TargetError> {
    let target: Target = target.parse().unwrap();
    if is_upgrade {
        plan::upgrade(graph, heads, &target)
    } else {
        plan::downgrade(graph, heads, &target)
    }
}

/// The rows that say that exactly `applied` is applied.
fn rows_of(graph: &RevisionGraph, applied: &NodeSet) -> Heads {
    graph.maximal(applied).into_iter().map(|node| graph.id(node).clone()).collect()
}

fn node_of(graph: &RevisionGraph, step: &Step) -> Node {
    graph.find(step.revision.as_ref().unwrap()).unwrap()
}

/// Carries `plan` out on the set of applied revisions, looking at every law of a single plan.
fn walk(graph: &RevisionGraph, applied: &mut NodeSet, plan: &Plan) -> Result<(), TestCaseError> {
    prop_assert_eq!(&plan.before, &rows_of(graph, applied));
    let mut before = plan.before.clone();
    for step in &plan.steps {
        let node = node_of(graph, step);
        let parents: Vec<Node> = graph.parents(node, Edges::All).collect();
        let children: Vec<Node> = graph.children(node, Edges::All).collect();
        prop_assert_eq!(&step.before, &before, "a step begins where the one before it ends");
        match step.direction {
            Direction::Upgrade => {
                prop_assert!(parents.iter().all(|parent| applied.contains(*parent)));
                prop_assert!(applied.insert(node), "applied twice");
            }
            Direction::Downgrade => {
                prop_assert!(!children.iter().any(|child| applied.contains(*child)));
                prop_assert!(applied.contains(node), "reverted, but not applied");
                applied.remove(node);
            }
            Direction::Stamp => prop_assert!(false, "a stamp in a plan that runs scripts"),
        }
        prop_assert_eq!(&step.after, &rows_of(graph, applied), "rows are what nothing follows");
        prop_assert_eq!(written(step), step.after.clone());
        before = step.after.clone();
    }
    prop_assert_eq!(plan.after(), &before);
    Ok(())
}

/// The rows after the writes of a step.
fn written(step: &Step) -> Heads {
    let change = step.head_change();
    let mut rows: BTreeSet<RevisionId> = step.before.iter().cloned().collect();
    for id in &change.deleted {
        assert!(rows.remove(id), "{id} is no row");
    }
    for id in change.inserted {
        assert!(rows.insert(id), "a row twice");
    }
    if let Some((from, to)) = change.updated {
        assert!(rows.remove(&from), "{from} is no row");
        assert!(rows.insert(to), "a row twice");
    }
    rows.into_iter().collect()
}

/// Gives every order in turn and looks at each plan.
fn follow(revisions: &[Revision], orders: &[Order]) -> Result<(), TestCaseError> {
    follow_on(&build(revisions), revisions, orders)
}

/// The same on `graph`, a part of the graph of `revisions`.
fn follow_on(
    graph: &RevisionGraph,
    revisions: &[Revision],
    orders: &[Order],
) -> Result<(), TestCaseError> {
    let mut applied = graph.no_nodes();
    let mut heads = Heads::none();
    for order in orders {
        let target = order.target(revisions);
        let result = make(graph, &heads, order.is_upgrade, &target);
        prop_assert_eq!(&result, &make(graph, &heads, order.is_upgrade, &target));
        // A refusal is an answer; what it says is tested with the targets.
        if let Ok(plan) = result {
            walk(graph, &mut applied, &plan)?;
            heads = plan.after().clone();
        }
    }
    Ok(())
}

fn steps(plan: &Plan) -> BTreeSet<String> {
    plan.steps.iter().map(ToString::to_string).collect()
}

/// A branch that has nothing to do with any other: a base with a label, a fork, a merge.
fn stranger() -> Vec<Revision> {
    testing::revisions("s001|||stranger; s002|s001; s003|s001; s004|s002,s003; s005|s004")
}

proptest! {
    #[test]
    fn rows_are_the_maximal_applied_revisions_and_plans_are_topological(
        revisions in revisions(),
        orders in orders(),
    ) {
        follow(&revisions, &orders)?;
    }

    #[test]
    fn redundant_parents_change_no_law(
        revisions in revisions_with_redundant_parents(),
        orders in orders(),
    ) {
        follow(&revisions, &orders)?;
    }

    #[test]
    fn a_part_obeys_the_same_laws(
        (whole, members) in chosen(revisions_with_redundant_parents()),
        orders in orders(),
    ) {
        let part = whole.part(&members);
        let revisions: Vec<Revision> =
            whole.nodes().map(|node| whole.revision(node).clone()).collect();
        follow_on(&part, &revisions, &orders)?;
        // All of it, in the order in which the whole has it.
        let ids = |graph: &RevisionGraph| -> Vec<RevisionId> {
            let plan = make(graph, &Heads::none(), true, "heads").unwrap();
            plan.steps.into_iter().filter_map(|step| step.revision).collect()
        };
        let is_member = |id: &RevisionId| members.contains(whole.find(id).unwrap());
        let mut of_whole = ids(&whole);
        of_whole.retain(is_member);
        prop_assert_eq!(ids(&part), of_whole);
    }

    #[test]
    fn up_and_down_again_is_the_identity(revisions in revisions(), orders in orders()) {
        let graph = build(&revisions);
        let up = make(&graph, &Heads::none(), true, "heads").unwrap();
        prop_assert_eq!(up.steps.len(), graph.len());
        let down = make(&graph, up.after(), false, "base").unwrap();
        prop_assert!(down.after().is_empty());
        // What is undone is what was done.
        let ids = |plan: &Plan| -> BTreeSet<RevisionId> {
            plan.steps.iter().filter_map(|step| step.revision.clone()).collect()
        };
        prop_assert_eq!(ids(&up), ids(&down));
        prop_assert_eq!(&make(&graph, down.after(), true, "heads").unwrap(), &up);
        // From anywhere else, step by step.
        let mut heads = Heads::none();
        for order in &orders {
            let Ok(plan) = make(&graph, &heads, true, &order.target(&revisions)) else { continue };
            let mut applied = graph.no_nodes();
            for node in graph.nodes().filter(|node| is_applied(&graph, plan.after(), *node)) {
                applied.insert(node);
            }
            for step in plan.steps.iter().rev() {
                prop_assert_eq!(&rows_of(&graph, &applied), &step.after);
                applied.remove(node_of(&graph, step));
                prop_assert_eq!(&rows_of(&graph, &applied), &step.before);
            }
            heads = plan.after().clone();
        }
    }

    #[test]
    fn an_unrelated_branch_changes_no_plan(
        revisions in revisions(),
        orders in orders(),
        places in proptest::collection::vec(any::<Index>(), 5),
    ) {
        let alone = build(&revisions);
        let mut joined = revisions.clone();
        for (stranger, place) in stranger().into_iter().zip(&places) {
            // The files of the new branch are loaded anywhere between the others.
            joined.insert(place.index(joined.len() + 1), stranger);
        }
        let joined = build(&joined);
        let mut heads = Heads::none();
        for order in &orders {
            let target = order.target(&revisions);
            let plan = make(&alone, &heads, order.is_upgrade, &target);
            if !order.is_of_the_whole() {
                prop_assert_eq!(&plan, &make(&joined, &heads, order.is_upgrade, &target));
            }
            if let Ok(plan) = plan {
                heads = plan.after().clone();
            }
        }
    }

    #[test]
    fn load_order_decides_neither_what_is_done_nor_where_it_ends(
        (revisions, shuffled) in revisions().prop_flat_map(|revisions| {
            (Just(revisions.clone()), Just(revisions).prop_shuffle())
        }),
        orders in orders(),
    ) {
        let (one, other) = (build(&revisions), build(&shuffled));
        let mut heads = Heads::none();
        for order in &orders {
            let target = order.target(&revisions);
            let (a, b) = (
                make(&one, &heads, order.is_upgrade, &target),
                make(&other, &heads, order.is_upgrade, &target),
            );
            prop_assert_eq!(a.is_ok(), b.is_ok());
            if let (Ok(a), Ok(b)) = (a, b) {
                prop_assert_eq!(steps(&a), steps(&b));
                prop_assert_eq!(a.after(), b.after());
                heads = a.after().clone();
            }
        }
    }

    #[test]
    fn a_listing_shows_children_before_parents(revisions in revisions()) {
        let graph = build(&revisions);
        let range = ":".parse().unwrap();
        let listed = plan::history(&graph, &Heads::none(), &range).unwrap();
        prop_assert_eq!(listed.len(), graph.len());
        let mut seen = graph.no_nodes();
        for node in listed {
            prop_assert!(graph.children(node, Edges::All).all(|child| seen.contains(child)));
            prop_assert!(seen.insert(node));
        }
    }

    #[test]
    fn a_stamp_says_where_the_database_is(
        revisions in revisions(),
        orders in orders(),
        place in any::<Index>(),
    ) {
        let graph = build(&revisions);
        let mut heads = Heads::none();
        for order in &orders {
            if let Ok(plan) = make(&graph, &heads, order.is_upgrade, &order.target(&revisions)) {
                heads = plan.after().clone();
            }
        }
        let nodes: Vec<Node> = graph.nodes().collect();
        let node = *place.get(&nodes);
        let target = graph.id(node).to_string().parse().unwrap();
        let plan = plan::stamp(&graph, &heads, &[target]).unwrap();
        prop_assert!(plan.after().contains(graph.id(node)));
        let line = graph.lineage(&[node], Edges::All);
        for row in plan.after().iter().filter(|row| *row != graph.id(node)) {
            prop_assert!(heads.contains(row), "only the target comes in");
            prop_assert!(!line.contains(graph.find(row).unwrap()), "rows on its line go");
        }
        for row in heads.iter().filter(|row| !line.contains(graph.find(row).unwrap())) {
            prop_assert!(plan.after().contains(row), "rows on other lines stay");
        }
        for step in &plan.steps {
            prop_assert_eq!(&written(step), &step.after);
        }
    }
}

fn is_applied(graph: &RevisionGraph, heads: &Heads, node: Node) -> bool {
    heads.iter().any(|head| {
        let head = graph.find(head).unwrap();
        head == node || graph.is_ancestor(node, head)
    })
}

//   a1 ─ a2 ─┐
//   a1 ──────┼─ m1      (a1 is redundant)
//   c1 ──────┘
#[test]
fn a_redundant_parent_leaves_one_row_where_alembic_crashes() {
    for text in ["a1; a2|a1; c1; m1|a1,a2,c1", "a1; a2|a1; c1; m1|c1|a1,a2"] {
        let graph = testing::graph(text);
        let plan = make(&graph, &Heads::none(), true, "heads").unwrap();
        assert_eq!(plan.after().iter().map(RevisionId::as_str).collect::<Vec<_>>(), ["m1"]);
    }
}

//        ┌─ b1 ─┐
//   a1 ──┤      ├─ m1
//        └─ b2 ─┘
#[test]
fn a_stamp_of_two_below_their_merge_leaves_both_where_alembic_crashes() {
    let graph = testing::graph("a1; b1|a1; b2|a1; m1|b1,b2");
    let heads: Heads = ["m1".parse().unwrap()].into_iter().collect();
    let targets = ["b1".parse().unwrap(), "b2".parse().unwrap()];
    let plan = plan::stamp(&graph, &heads, &targets).unwrap();
    assert_eq!(plan.after().iter().map(RevisionId::as_str).collect::<Vec<_>>(), ["b1", "b2"]);
    let lines: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["stamp_revision m1 -> b1", "stamp_revision m1 -> b2"]);
}
