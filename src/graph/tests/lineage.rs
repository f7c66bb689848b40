//! Heads, bases, ancestors and lines.

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::testing::graph;
use crate::graph::testing::ids;

fn node(graph: &RevisionGraph, name: &str) -> Node {
    graph.by_name(name).unwrap()
}

//            ┌─ b2 ─┐
//   a1 ─ b1 ─┤      ├─ d1
//            └─ c2 ─┘
#[test]
fn a_diamond_has_one_head_one_fork_and_one_merge() {
    let graph = graph("a1; b1|a1; b2|b1; c2|b1; d1|b2,c2");
    assert_eq!(ids(&graph, graph.heads(Edges::Versioned)), "d1");
    assert_eq!(ids(&graph, graph.bases(Edges::Versioned)), "a1");
    let points = |is: &dyn Fn(Node) -> bool| ids(&graph, graph.nodes().filter(|node| is(*node)));
    assert_eq!(points(&|node| graph.is_branch_point(node, Edges::All)), "b1");
    assert_eq!(points(&|node| graph.is_merge_point(node)), "d1");
}

//   a1 ─ a2
//   b1 ─ b2        b2 depends on a2
#[test]
fn what_something_depends_on_is_only_an_effective_head() {
    let graph = graph("a1; a2|a1; b1; b2|b1|a2");
    assert_eq!(ids(&graph, graph.heads(Edges::Versioned)), "a2 b2");
    assert_eq!(ids(&graph, graph.heads(Edges::All)), "b2");
    assert_eq!(ids(&graph, graph.bases(Edges::All)), "a1 b1");
}

//   a1 ─ a2 ─ a3
//   b1 ─ b2 ─ b3   b2 depends on a2
#[test]
fn a_line_follows_dependencies_only_where_asked() {
    let graph = graph("a1; a2|a1; a3|a2; b1; b2|b1|a2; b3|b2");
    let b2 = node(&graph, "b2");
    assert_eq!(ids(&graph, graph.lineage(&[b2], Edges::Versioned).iter()), "b1 b2 b3");
    assert_eq!(ids(&graph, graph.lineage(&[b2], Edges::All).iter()), "a1 a2 b1 b2 b3");
    assert_eq!(ids(&graph, graph.ancestors([b2], Edges::All).iter()), "a1 a2 b1 b2");
    let a2 = node(&graph, "a2");
    assert_eq!(ids(&graph, graph.descendants([a2], Edges::Versioned).iter()), "a2 a3");
    assert_eq!(ids(&graph, graph.descendants([a2], Edges::All).iter()), "a2 a3 b2 b3");
    assert!(graph.is_ancestor(node(&graph, "a1"), node(&graph, "b3")));
    assert!(!graph.is_ancestor(node(&graph, "a3"), node(&graph, "b3")));
    assert!(!graph.is_ancestor(a2, a2), "nothing is its own ancestor");
}

#[test]
fn the_maximal_members_are_the_rows() {
    let graph = graph("a1; a2|a1; a3|a2; b1; b2|b1|a2; b3|b2");
    let applied =
        |heads: &[&str]| graph.ancestors(heads.iter().map(|name| node(&graph, name)), Edges::All);
    assert_eq!(ids(&graph, graph.maximal(&applied(&["b2"]))), "b2");
    assert_eq!(ids(&graph, graph.maximal(&applied(&["a2", "b1"]))), "a2 b1");
    assert_eq!(ids(&graph, graph.maximal(&applied(&["a3", "b2"]))), "a3 b2");
    assert_eq!(ids(&graph, graph.maximal(&graph.no_nodes())), "");
}

//   a1 ─ a2        b2 and b4 depend on a2
//   b1 ─ b2 ─ b3 ─ b4
#[test]
fn a_dependency_that_stands_below_already_counts_once() {
    let graph = graph("a1; a2|a1; b1; b2|b1|a2; b3|b2; b4|b3|a2");
    assert_eq!(ids(&graph, graph.normalized_parents(node(&graph, "b4"))), "b3");
    assert_eq!(ids(&graph, graph.normalized_parents(node(&graph, "b2"))), "b1 a2");
}

#[test]
fn parents_are_as_written_and_children_in_load_order() {
    let graph = graph("m1|c1,a1,b1|d1; a1; b1; c1; d1; z1|d1; y1|d1");
    assert_eq!(ids(&graph, graph.parents(node(&graph, "m1"), Edges::All)), "c1 a1 b1 d1");
    assert_eq!(ids(&graph, graph.children(node(&graph, "d1"), Edges::All)), "m1 z1 y1");
    assert_eq!(ids(&graph, graph.children(node(&graph, "d1"), Edges::Versioned)), "z1 y1");
}
