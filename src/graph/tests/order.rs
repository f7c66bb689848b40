//! The topological order, newest first, on the shapes that Alembic's own tests found nasty
//! (section 8 of its reference). Every expectation is what Alembic's `history` prints.

use crate::graph::Edges;
use crate::graph::RevisionGraph;
use crate::graph::testing::graph;
use crate::graph::testing::ids;
use crate::graph::testing::revisions;

/// Loads the revisions in the order of their file names, as Alembic did.
#[track_caller]
fn check(text: &str, expected: &str) {
    let mut revisions = revisions(text);
    revisions.sort_by_key(|revision| format!("{}_x", revision.id));
    let graph = RevisionGraph::build(revisions).unwrap();
    let mut all = graph.no_nodes();
    for node in graph.nodes() {
        all.insert(node);
    }
    let order = graph.topological_order(&all, &graph.heads(Edges::All));
    assert_eq!(ids(&graph, order), expected);
}

//   a1 ─ b1        the chain loaded first is listed first, so it runs last
//   a2 ─ b2
#[test]
fn two_chains() {
    check("a1; b1|a1; a2; b2|a2", "b1 a1 b2 a2");
}

//        ┌─ b1 ─┬─ c1 ─ d1
//   a  ──┼─ b2 ─┤            each c follows all three b
//        └─ b3 ─┴─ c2 ─ d2
#[test]
fn twin_merge() {
    check("a; b1|a; b2|a; b3|a; c1|b1,b2,b3; c2|b1,b2,b3; d1|c1; d2|c2", "d1 c1 d2 c2 b1 b2 b3 a");
}

//        ┌─ b1 ─┬─ c1 ─ d1
//   a  ──┼─ b2 ─┤            c1 follows b1, b2; c2 follows b2, b3
//        └─ b3 ─┴─ c2 ─ d2
#[test]
fn not_quite_twin_merge() {
    check("a; b1|a; b2|a; b3|a; c1|b1,b2; c2|b2,b3; d1|c1; d2|c2", "d1 c1 b1 d2 c2 b3 b2 a");
}

//   a1 ─ b1 ─ c1 ─┐
//   a2 ─ b2 ─ c2 ─┼─ d1
//              └──┼───── d2
//   a3 ─ b3 ─ c3 ─┘
//              └──────── d3
#[test]
fn three_way_merge_with_two_sides_going_on() {
    check(
        "a1; b1|a1; c1|b1; a2; b2|a2; c2|b2; a3; b3|a3; c3|b3; d1|c1,c2,c3; d2|c2; d3|c3",
        "d1 c1 b1 a1 d2 d3 c2 b2 a2 c3 b3 a3",
    );
}

//   a1 a2 a3 ─ amerge     b1 b2 ─ bmerge     c1 c2 c3 ─ cmerge
//   d1 depends on a3, b2, c1
#[test]
fn kaboom() {
    check(
        "a1; a2; a3; amerge|a1,a2,a3; b1; b2; bmerge|b1,b2; c1; c2; c3; cmerge|c1,c2,c3; \
         d1||a3,b2,c1",
        "amerge a1 bmerge b1 cmerge d1 c1 a2 a3 b2 c2 c3",
    );
}

//   a1 ─ a2 ─ a3       a3 depends on b1
//   b1 ─ b2 ─ b3       b2 depends on a2
#[test]
fn criss_cross() {
    check("a1; a2|a1; b1; b2|b1|a2; b3|b2; a3|a2|b1", "a3 b3 b2 a2 a1 b1");
}

//   a1 ─ a2 ─ a3
//   b1 ─ b2 ─ b3 ─ b4       b2 and b4 depend on a3
#[test]
fn redundant_dependency() {
    check("a1; a2|a1; a3|a2; b1; b2|b1|a3; b3|b2; b4|b3|a3", "b4 b3 b2 b1 a3 a2 a1");
}

//   a1 ──────┐
//   b1 ──────┴─ bmerge       b1 depends on a1
#[test]
fn merge_of_a_thing_and_its_dependency() {
    check("a1; b1||a1; bmerge|a1,b1", "bmerge b1 a1");
}

//   y1 ─ y2       y2 depends on x1
//   x1 ─ x2
#[test]
fn effective_head() {
    check("y1|||y; x1|||x; y2|y1|x1; x2|x1", "x2 y2 y1 x1");
}

//   base1 ┬ a1a ─ b1a
//         └ a1b ─ b1b                b1b depends on a3
//   base2 ─ a2 ─ b2 ─ c2 ─ d2        c2 depends on a3
//   base3 ─ a3 ─ b3
#[test]
fn cross_dependencies_of_three_roots() {
    check(
        "base1|||b_1; a1a|base1; a1b|base1; b1a|a1a; b1b|a1b|a3; base2|||b_2; a2|base2; b2|a2; \
         c2|b2|a3; d2|c2; base3|||b_3; a3|base3; b3|a3",
        "b1a a1a b1b a1b base1 b3 d2 c2 b2 a2 base2 a3 base3",
    );
}

//   base1 ─ a1 ─ b1 ─ c1
//   base2 ─ a2 ─ b2 ─ c2 ─ d2        base2 depends on the label of base1
//   base3 ─ a3 ─ b3 ─ c3 ─ d3        c3 depends on b2
#[test]
fn a_root_that_depends_on_a_label() {
    check(
        "base1|||b_1; a1|base1; b1|a1; c1|b1; base2||b_1|b_2; a2|base2; b2|a2; c2|b2; d2|c2; \
         base3|||b_3; a3|base3; b3|a3; c3|b3|b2; d3|c3",
        "c1 b1 a1 d2 c2 d3 c3 b3 a3 base3 b2 a2 base2 base1",
    );
}

//                ┌─ b1 ─ cb1 ─ db1 ─┬─ e1b1 ─ fe1b1
//   a1 ─ a2 ─ a3 ┤                  └─ e2b1 ─┐
//                └─ b2 ─ cb2 ─ db2 ─── e2b2 ─┴─ merge
#[test]
fn travelling() {
    check(
        "a1; a2|a1; a3|a2; b1|a3; b2|a3; cb1|b1; cb2|b2; db1|cb1; db2|cb2; e1b1|db1; fe1b1|e1b1; \
         e2b1|db1; e2b2|db2; merge|e2b1,e2b2",
        "fe1b1 e1b1 merge e2b1 db1 cb1 b1 e2b2 db2 cb2 b2 a3 a2 a1",
    );
}

//   a1 ─ a2       a2 depends on its own parent
#[test]
fn a_dependency_on_the_own_parent() {
    check("a1; a2|a1|a1", "a2 a1");
}

//   base1 ─ a1 ─ b1
//            └ depended on by c2 ─ c3, which has no parent
#[test]
fn a_root_that_is_one_by_name_only() {
    check("base1; a1|base1; b1|a1; c2||a1; c3|c2", "b1 c3 c2 a1 base1");
}

#[test]
fn a_part_is_listed_in_the_order_of_the_whole() {
    let graph = graph("a1; b1|a1; b2|a1; c1|b1,b2");
    let node = |name: &str| graph.by_name(name).unwrap();
    let mut selection = graph.ancestors([node("c1")], Edges::All);
    selection.remove(node("a1"));
    selection.remove(node("b1"));
    let order = graph.topological_order(&selection, &[node("c1")]);
    assert_eq!(ids(&graph, order), "c1 b2");
    assert_eq!(ids(&graph, graph.topological_order(&graph.no_nodes(), &[node("c1")])), "");
}
