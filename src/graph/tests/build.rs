//! What is no graph, and what the error says.

use crate::graph::EdgeKind;
use crate::graph::GraphError;
use crate::graph::RevisionGraph;
use crate::graph::testing::graph;
use crate::graph::testing::revision;
use crate::graph::testing::revisions;

fn error(text: &str) -> GraphError {
    RevisionGraph::build(revisions(text)).unwrap_err()
}

fn warnings(text: &str) -> Vec<String> {
    graph(text).warnings().iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_directory_is_a_graph() {
    let graph = graph("");
    assert!(graph.is_empty());
    assert_eq!(graph.len(), 0);
}

#[test]
fn a_repeated_id_names_both_files() {
    let mut second = revision("a1");
    second.path = "copy_of_a1.sql".into();
    let error = RevisionGraph::build(vec![revision("a1"), revision("b1|a1"), second]).unwrap_err();
    assert_eq!(error.to_string(), "Revision a1 is present more than once");
    let GraphError::DuplicateRevision { first, second, .. } = error else {
        panic!("another error");
    };
    assert_eq!((first, second), ("a1.sql".into(), "copy_of_a1.sql".into()));
}

#[test]
fn a_repeated_label_names_both_revisions() {
    let error = error("a1|||x; b1|a1; c1|b1||x");
    assert_eq!(error.to_string(), "Branch name 'x' in revision c1 already used by revision a1");
    let GraphError::DuplicateLabel { first, second, .. } = error else {
        panic!("another error");
    };
    assert_eq!((first.path, second.path), ("a1.sql".into(), "c1.sql".into()));
}

#[test]
fn a_label_that_is_an_id_is_repeated_too() {
    let error = error("a1; b1|a1||a1");
    assert_eq!(error.to_string(), "Branch name 'a1' in revision b1 already used by revision a1");
}

#[test]
fn an_unknown_parent_is_named_with_the_nearest_id() {
    let error = error("9f3c1b2a4d5e; b1|9f3c1b2a4d5f");
    assert_eq!(error.to_string(), "Revision 9f3c1b2a4d5f referenced from b1 is not present");
    let GraphError::UnknownReference { revision, edge, nearest, .. } = error else {
        panic!("another error");
    };
    assert_eq!(revision.path, std::path::Path::new("b1.sql"));
    assert_eq!(edge, EdgeKind::DownRevision);
    assert_eq!(nearest.as_deref(), Some("9f3c1b2a4d5e"));
}

#[test]
fn an_unknown_dependency_may_be_near_a_label() {
    let GraphError::UnknownReference { edge, nearest, .. } = error("a1|||timescale; b1||timscale")
    else {
        panic!("another error");
    };
    assert_eq!(edge, EdgeKind::DependsOn);
    assert_eq!(nearest.as_deref(), Some("timescale"));
}

#[test]
fn a_parent_is_a_whole_id_and_never_a_label() {
    for text in ["abcd1234; b1|abcd", "a1|||x; b1|x"] {
        assert!(matches!(error(text), GraphError::UnknownReference { .. }), "{text}");
    }
}

#[test]
fn a_dependency_is_an_id_a_label_or_the_beginning_of_one_id() {
    for text in ["a1bb|||x; b1||a1bb", "a1bb|||x; b1||x", "a1bb|||x; b1||a1b", "a1bb|||x; b1||a"] {
        let graph = graph(text);
        let nodes: Vec<_> = graph.nodes().collect();
        assert_eq!(graph.dependencies(nodes[1]), [nodes[0]], "{text}");
    }
    // Three characters are never shortened.
    assert!(matches!(error("abc; b1||ab"), GraphError::UnknownReference { .. }));
    let GraphError::AmbiguousDependency { candidates, .. } = error("abc1; abc2; b1||abc") else {
        panic!("another error");
    };
    assert_eq!(candidates, ["abc1", "abc2"]);
}

#[test]
fn a_revision_that_names_itself_is_a_self_loop() {
    assert_eq!(error("a1|a1").to_string(), "Self-loop is detected in revisions (a1)");
    assert_eq!(error("a1||a1").to_string(), "Dependency self-loop is detected in revisions (a1)");
    assert_eq!(error("a1||x|x").to_string(), "Dependency self-loop is detected in revisions (a1)");
}

//   a1 ─ b1 ─ c1 ─ d1 ─ e1
//         └────<────┘
#[test]
fn a_cycle_is_named_whole_and_nothing_beside_it() {
    let error = error("a1; e1|d1; d1|c1; b1|a1,d1; c1|b1");
    assert_eq!(error.to_string(), "Cycle is detected in revisions (b1, c1, d1)");
    let GraphError::Cycle { members, edge } = error else {
        panic!("another error");
    };
    let paths: Vec<_> = members.iter().map(|member| member.path.to_str().unwrap()).collect();
    assert_eq!(paths, ["b1.sql", "c1.sql", "d1.sql"]);
    assert_eq!(edge, EdgeKind::DownRevision);
}

//   a1 ─ a2        a2 depends on b2, b1 on a2
//   b1 ─ b2
#[test]
fn a_cycle_through_a_dependency_says_so() {
    assert_eq!(
        error("a1; a2|a1|b2; b1||a2; b2|b1").to_string(),
        "Dependency cycle is detected in revisions (a2, b1, b2)"
    );
}

#[test]
fn of_two_cycles_the_one_of_parents_alone_is_named() {
    assert_eq!(
        error("a1||b1; b1||a1; x1|y1; y1|x1").to_string(),
        "Cycle is detected in revisions (x1, y1)"
    );
}

//   a1 ─ a2 ─┐
//    └───────┴─ m1
#[test]
fn a_redundant_parent_is_a_warning() {
    assert_eq!(
        warnings("a1; a2|a1; m1|a1,a2"),
        ["Revision m1 names a1 beside a2, which already follows it; a1 can be left out"]
    );
    // Through a dependency too.
    assert_eq!(warnings("a1; b1||a1; m1|a1,b1").len(), 1);
    assert!(warnings("a1; a2|a1; b1; m1|a2,b1").is_empty());
    // A name twice is once.
    assert!(warnings("a1; b1|a1,a1|a1").is_empty());
}
