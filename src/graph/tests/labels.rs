//! How far a label reaches (section 3.2 of Alembic's reference).

use crate::graph::RevisionGraph;
use crate::graph::testing::graph;

/// Every revision with its labels: `a1:x,y b1:x`; those without any are left out.
fn labels(graph: &RevisionGraph) -> String {
    let labelled: Vec<String> = graph
        .nodes()
        .filter(|node| !graph.labels_of(*node).is_empty())
        .map(|node| {
            let labels: Vec<&str> =
                graph.labels_of(node).iter().map(|label| label.as_str()).collect();
            format!("{}:{}", graph.id(node), labels.join(","))
        })
        .collect();
    labelled.join(" ")
}

//   a1 ─ a2 (x) ─ a3
#[test]
fn a_chain_carries_its_label_from_end_to_end() {
    assert_eq!(labels(&graph("a1; a2|a1||x; a3|a2")), "a1:x a2:x a3:x");
}

//             ┌─ o1
//   n1 ─ n2 (w)
//             └─ p1
#[test]
fn a_label_on_a_branch_point_does_not_go_down() {
    assert_eq!(labels(&graph("n1; n2|n1||w; o1|n2; p1|n2")), "n2:w o1:w p1:w");
}

//   q1 ─ q2 ─ q3 (v)     r1 depends on q2
#[test]
fn a_dependant_ends_the_chain_below() {
    assert_eq!(labels(&graph("q1; q2|q1; q3|q2||v; r1||q2")), "q3:v");
}

//          ┌─ b1 (x) ─ b2
//   a1 ─ a2
//          └─ c1 (y)
#[test]
fn what_several_branches_share_has_no_label() {
    assert_eq!(labels(&graph("a1; a2|a1; b1|a2||x; b2|b1; c1|a2||y")), "b1:x b2:x c1:y");
    // The label may stand anywhere on its branch.
    assert_eq!(labels(&graph("a1; a2|a1; b1|a2; b2|b1||x; c1|a2||y")), "b1:x b2:x c1:y");
}

//   a1 (x) ─┐
//           ├─ m1 ─ m2
//   b1 (y) ─┘
#[test]
fn labels_go_up_through_a_merge() {
    assert_eq!(labels(&graph("a1|||x; b1|||y; m1|a1,b1; m2|m1")), "a1:x b1:y m1:x,y m2:x,y");
}

//   a1 ─┐
//       ├─ m1 ─ m2 (z)
//   b1 ─┘
#[test]
fn a_label_above_a_merge_stays_above_it() {
    assert_eq!(labels(&graph("a1; b1; m1|a1,b1; m2|m1||z")), "m2:z");
}

//   a1 (x) ─ a2 ─┐
//                ├─ m1
//   b1 ──────────┘
#[test]
fn a_merge_above_keeps_a_label_from_going_down() {
    assert_eq!(labels(&graph("a0; a1|a0||x; a2|a1; b1; m1|a2,b1")), "a1:x a2:x m1:x");
}

#[test]
fn labels_are_sorted_and_name_the_revision_that_declares_them() {
    let graph = graph("a1|||z,b; a2|a1||m");
    assert_eq!(labels(&graph), "a1:b,m,z a2:b,m,z");
    let declared: Vec<String> =
        graph.labels().map(|(label, node)| format!("{label}={}", graph.id(node))).collect();
    assert_eq!(declared, ["z=a1", "b=a1", "m=a2"]);
    assert_eq!(graph.by_name("m"), graph.by_name("a2"));
    assert_eq!(graph.find(&"m".parse().unwrap()), None, "a label is no id");
}
