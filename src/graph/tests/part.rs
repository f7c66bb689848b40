//! Parts of graphs: what they keep of the whole.

use proptest::prelude::*;

use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::random::chosen;
use crate::graph::random::revisions;
use crate::graph::random::revisions_with_redundant_parents;
use crate::graph::testing::graph;
use crate::graph::testing::ids;

fn members(whole: &RevisionGraph, ids: &str) -> NodeSet {
    let mut set = whole.no_nodes();
    for id in ids.split_whitespace() {
        set.insert(whole.find(&id.parse().unwrap()).unwrap());
    }
    set
}

/// Every revision with its parents and labels, as tests write graphs.
fn text(graph: &RevisionGraph) -> String {
    let words = |nodes: &mut dyn Iterator<Item = Node>| ids(graph, nodes).replace(' ', ",");
    let revisions = graph.nodes().map(|node| {
        let labels: Vec<&str> = graph.labels_of(node).iter().map(|label| label.as_str()).collect();
        let text = format!(
            "{}|{}|{}|{}",
            graph.id(node),
            words(&mut graph.parents(node, Edges::Versioned)),
            words(&mut graph.dependencies(node).iter().copied()),
            labels.join(",")
        );
        text.trim_end_matches('|').to_owned()
    });
    revisions.collect::<Vec<_>>().join("; ")
}

fn part(whole: &str, ids: &str) -> String {
    let whole = graph(whole);
    text(&whole.part(&members(&whole, ids)))
}

//   a1 ─ a2 ─ a3 ─ a4
#[test]
fn who_followed_what_is_left_out_follows_what_that_one_followed() {
    let chain = "a1; a2|a1; a3|a2; a4|a3";
    assert_eq!(part(chain, "a1 a4"), "a1; a4|a1");
    assert_eq!(part(chain, "a3 a4"), "a3; a4|a3");
    assert_eq!(part(chain, "a1 a2 a3 a4"), chain);
    assert_eq!(part(chain, ""), "");
}

//        ┌─ b1 ─┐
//   a1 ──┤      ├─ m1
//        └─ c1 ─┘
#[test]
fn a_merge_names_no_parent_twice() {
    let diamond = "a1; b1|a1; c1|a1; m1|b1,c1";
    assert_eq!(part(diamond, "a1 b1 m1"), "a1; b1|a1; m1|b1");
    assert_eq!(part(diamond, "a1 m1"), "a1; m1|a1");
    assert_eq!(part(diamond, "b1 c1 m1"), "b1; c1; m1|b1,c1");
}

#[test]
fn a_way_through_a_dependency_stays_a_dependency() {
    assert_eq!(part("a1; b1||a1; b2|b1; b3|b2", "a1 b2 b3"), "a1; b2||a1; b3|b2");
    assert_eq!(part("a1; a2|a1; b1||a2; b2|b1", "a1 b1 b2"), "a1; b1||a1; b2|b1");
    // What a parent brings with it is not named again.
    assert_eq!(part("a1; b1||a1; x1||a1; b2|b1|x1", "a1 b1 b2"), "a1; b1||a1; b2|b1");
    // A label that a left-out revision declares is no name for what remains.
    let whole = graph("a1; a2|a1||one; b1||one,a1");
    let part = whole.part(&members(&whole, "a1 b1"));
    assert_eq!(part.revision(part.nodes().last().unwrap()).depends_on, ["a1"]);
}

//   a1 ─ a2 (one) ─ a3
//                 ╰ a4
#[test]
fn a_label_stands_for_what_follows_its_revision() {
    let fork = "a1; a2|a1||one; a3|a2; a4|a2; b1|a1";
    assert_eq!(part(fork, "a1 a2 a3"), "a1|||one; a2|a1||one; a3|a2||one");
    let whole = graph(fork);
    let rest = whole.part(&members(&whole, "a1 a3 a4 b1"));
    assert_eq!(text(&rest), "a1; a3|a1||one; a4|a1||one; b1|a1");
    assert_eq!(ids(&rest, rest.branch_starts("one")), "a3 a4");
    assert_eq!(ids(&rest, rest.branch_starts("a3")), "a3");
    let below = whole.part(&members(&whole, "a1 b1"));
    assert!(below.branch_starts("one").is_empty());
}

fn all(graph: &RevisionGraph) -> NodeSet {
    let mut all = graph.no_nodes();
    for node in graph.nodes() {
        all.insert(node);
    }
    all
}

fn check(whole: &RevisionGraph, members: &NodeSet) -> Result<(), TestCaseError> {
    let part = whole.part(members);
    prop_assert_eq!(ids(&part, part.nodes()), ids(whole, members.iter()), "load order");
    let old: Vec<Node> = members.iter().collect();
    for (new, node) in part.nodes().zip(&old) {
        for edges in [Edges::All, Edges::Versioned] {
            let mut above = whole.ancestors([*node], edges);
            above.intersect_with(members);
            let kept = part.ancestors([new], edges);
            prop_assert_eq!(ids(&part, kept.iter()), ids(whole, above.iter()), "{:?}", edges);
        }
        // The labels of the branch reach as far up as before.
        for (label, start) in whole.labels() {
            let is_above = whole.descendants([start], Edges::Versioned).contains(*node);
            prop_assert!(!is_above || part.labels_of(new).contains(label));
            let starts = part.branch_starts(label.as_str());
            prop_assert_eq!(part.descendants(starts, Edges::Versioned).contains(new), is_above);
        }
    }
    let listed =
        |graph: &RevisionGraph| graph.topological_order(&all(graph), &graph.heads(Edges::All));
    let order = listed(whole).into_iter().filter(|node| members.contains(*node));
    prop_assert_eq!(ids(&part, listed(&part)), ids(whole, order), "one order");
    prop_assert_eq!(text(&part), text(&whole.part(members)), "the same every time");
    Ok(())
}

proptest! {
    #[test]
    fn a_part_keeps_lineage_and_order((whole, members) in chosen(revisions())) {
        check(&whole, &members)?;
        // What is written down in it makes the same graph, and has nothing to be warned of.
        let part = whole.part(&members);
        let has_one_start = part.labels().all(|(label, _)| {
            part.branch_starts(label.as_str()).len() == 1
        });
        if has_one_start {
            let revisions = part.nodes().map(|node| part.revision(node).clone()).collect();
            let rebuilt = RevisionGraph::build(revisions).unwrap();
            prop_assert_eq!(text(&rebuilt), text(&part));
        }
    }

    #[test]
    fn also_with_redundant_parents((whole, members) in chosen(revisions_with_redundant_parents())) {
        check(&whole, &members)?;
    }

    #[test]
    fn no_parent_is_below_another_parent((whole, members) in chosen(revisions())) {
        let part = whole.part(&members);
        for node in part.nodes() {
            let parents: Vec<Node> = part.parents(node, Edges::Versioned).collect();
            for parent in &parents {
                let mut below = part.ancestors([*parent], Edges::Versioned);
                below.remove(*parent);
                prop_assert!(!parents.iter().any(|other| below.contains(*other)));
            }
        }
    }

    #[test]
    fn a_part_of_a_part_is_a_part_of_the_whole(
        (whole, members) in chosen(revisions()),
        choice in proptest::collection::vec(any::<bool>(), 16),
    ) {
        let part = whole.part(&members);
        let mut inner = part.no_nodes();
        let mut outer = whole.no_nodes();
        for ((new, old), is_chosen) in part.nodes().zip(members.iter()).zip(choice) {
            if is_chosen {
                inner.insert(new);
                outer.insert(old);
            }
        }
        let (one, other) = (part.part(&inner), whole.part(&outer));
        prop_assert_eq!(ids(&one, one.nodes()), ids(&other, other.nodes()));
        for node in one.nodes() {
            for edges in [Edges::All, Edges::Versioned] {
                let ancestors = |graph: &RevisionGraph| {
                    ids(graph, graph.ancestors([node], edges).iter())
                };
                prop_assert_eq!(ancestors(&one), ancestors(&other));
            }
        }
        let listed = |graph: &RevisionGraph| {
            ids(graph, graph.topological_order(&all(graph), &graph.heads(Edges::All)))
        };
        prop_assert_eq!(listed(&one), listed(&other));
    }
}
