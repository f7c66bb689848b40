//! Histories small enough to draw, divided.

use super::*;
use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::graph::testing::graph;
use crate::graph::testing::ids;
use crate::plan::Need;

fn labels(text: &str) -> Vec<BranchLabel> {
    text.split_whitespace().map(|label| label.parse().unwrap()).collect()
}

/// A graph, `database: branch branch; …` with `*` for every branch, and
/// `revision: database database; …` for revisions that name databases.
struct Divided {
    graph: RevisionGraph,
    routing: Result<Routing, RouteError>,
}

fn pairs(text: &str) -> Vec<(&str, Vec<&str>)> {
    let parts = text.split(';').filter(|part| !part.trim().is_empty());
    parts
        .map(|part| {
            let (name, rest) = part.split_once(':').unwrap();
            (name.trim(), rest.split_whitespace().collect())
        })
        .collect()
}

fn divided(text: &str, databases: &str, narrowed: &str) -> Divided {
    let graph = graph(text);
    let branches: Vec<(&str, Option<Vec<BranchLabel>>)> = pairs(databases)
        .into_iter()
        .map(|(name, words)| (name, (words != ["*"]).then(|| labels(&words.join(" ")))))
        .collect();
    let databases: Vec<DatabaseRoute<'_>> = branches
        .iter()
        .map(|(name, branches)| DatabaseRoute { name, branches: branches.as_deref() })
        .collect();
    let names: Vec<(&str, Vec<String>)> = pairs(narrowed)
        .into_iter()
        .map(|(id, words)| (id, words.into_iter().map(str::to_owned).collect()))
        .collect();
    let of = |id: &RevisionId| {
        names.iter().find(|(name, _)| id == name).map_or(&[][..], |(_, names)| names.as_slice())
    };
    let routing = Routing::new(&graph, &databases, of);
    Divided { graph, routing }
}

impl Divided {
    fn part(&self, database: &str) -> Result<Option<Routed>, RouteError> {
        self.routing.clone()?.part(&self.graph, database)
    }

    /// What runs on a database.
    fn runs(&self, database: &str) -> String {
        match self.part(database).unwrap() {
            None => "all".to_owned(),
            Some(part) => ids(&part.graph, part.graph.nodes()),
        }
    }

    fn needs(&self, database: &str) -> Vec<String> {
        let needs = self.part(database).unwrap().map(|part| part.needs).unwrap_or_default();
        let text = |need: &Need| {
            format!("{} needs {} on {}", need.revision, need.needed, need.databases.join(","))
        };
        needs.iter().map(text).collect()
    }

    fn error(&self, database: &str) -> String {
        self.part(database).unwrap_err().to_string()
    }

    fn verdict(&self, id: &str, database: &str) -> Verdict {
        let node = self.graph.find(&id.parse().unwrap()).unwrap();
        let routing = self.routing.as_ref().unwrap();
        routing.verdict(&self.graph, node, database).unwrap().unwrap()
    }
}

//  s1 ── a1(pg) ── a2      b1(ts) ── b2
//    ╰── c1(x)
const TWO: &str = "s1; a1|s1||pg; a2|a1; c1|s1||x; b1|||ts; b2|b1";

#[test]
fn a_database_sees_its_branches_and_what_they_follow() {
    let two = divided(TWO, "one: pg; two: ts x; all: *", "");
    assert_eq!(two.runs("one"), "s1 a1 a2");
    assert_eq!(two.runs("two"), "s1 c1 b1 b2");
    assert_eq!(two.runs("all"), "all");
    let one = two.part("one").unwrap().unwrap().graph;
    assert_eq!(ids(&one, one.heads(Edges::All)), "a2");
}

#[test]
fn what_a_branch_grows_out_of_belongs_to_it() {
    let core = divided("s1|||core; a1|s1||pg; b1|s1||ts", "main: pg; other: core ts", "");
    assert_eq!(core.runs("main"), "s1 a1");
}

#[test]
fn a_merge_across_databases_is_refused() {
    let merged = divided("a1|||pg; b1|||ts; m1|a1,b1", "main: pg; both: pg ts", "");
    assert_eq!(
        merged.error("main"),
        "revision m1 of database `main` merges b1, which belongs to another branch (ts) that \
         this database does not take"
    );
    assert_eq!(merged.runs("both"), "a1 b1 m1");
    // To keep it off the databases is no way to join their branches.
    let narrowed = divided("a1|||pg; b1|||ts; m1|a1,b1", "main: pg; both: pg ts", "m1: both");
    assert!(matches!(narrowed.part("main"), Err(RouteError::Merge { .. })));
}

#[test]
fn a_dependency_on_another_database_is_a_need() {
    let across = divided("a1|||pg; a2|a1; b1|||ts; b2|b1|a1; b3|b2", "one: pg; two: ts; x: pg", "");
    assert_eq!(across.runs("two"), "b1 b2 b3");
    assert_eq!(across.needs("two"), ["b2 needs a1 on one,x"]);
    assert!(across.needs("one").is_empty());
    // A database that takes both has it in its own order.
    let both = divided("a1|||pg; b1||a1|ts", "one: pg; both: ts pg", "");
    assert!(both.needs("both").is_empty());
    assert_eq!(both.runs("both"), "a1 b1");
    // Nor may it run where nobody runs what it needs.
    let nowhere = divided("a1|||pg; b1||a1|ts", "two: ts", "");
    assert_eq!(
        nowhere.error("two"),
        "revision b1 of database `two` depends on a1, which no database takes"
    );
}

#[test]
fn what_comes_back_through_another_database_keeps_its_order() {
    // a2 needs b1, which needs a1: so a2 comes after a1, though nothing else says so.
    let back = divided("a1|||pg; b1||a1|ts; a2||b1|pg2; a3|a2", "one: pg pg2; two: ts", "");
    let one = back.part("one").unwrap().unwrap().graph;
    let node = |id: &str| one.find(&id.parse().unwrap()).unwrap();
    assert!(one.is_ancestor(node("a1"), node("a2")));
    assert_eq!(back.needs("one"), ["a2 needs b1 on two"]);
    assert_eq!(back.needs("two"), ["b1 needs a1 on one"]);
}

#[test]
fn two_databases_that_need_each_other_agree_on_one_order() {
    // Of a1 and a2, as of b1 and b2, either could come first; but a1 needs b2, and b1 needs a2.
    let mutual = "a1||b2|pg; a2|||pg2; b1||a2|ts; b2|||ts2";
    for load_order in [[0, 1, 2, 3], [1, 0, 3, 2], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let revisions: Vec<&str> = mutual.split("; ").collect();
        let text = load_order.map(|at| revisions[at]).join("; ");
        let divided = divided(&text, "one: pg pg2; two: ts ts2", "");
        let order = |database: &str| {
            let part = divided.part(database).unwrap().unwrap().graph;
            let mut all = part.no_nodes();
            for node in part.nodes() {
                all.insert(node);
            }
            let order = part.topological_order(&all, &part.heads(Edges::All));
            ids(&part, order.into_iter().rev())
        };
        let orders = [order("one"), order("two")].join(" ");
        assert_ne!(orders, "a1 a2 b1 b2", "each waits for the other");
    }
}

#[test]
fn a_dependency_that_is_on_no_branch_comes_along() {
    let along = divided("s1; s2|s1; a1||s2|pg; b1|||ts", "one: pg; two: ts", "");
    assert_eq!(along.runs("one"), "s1 s2 a1");
    assert_eq!(along.runs("two"), "b1");
    // Unless some database takes it for a branch that grows out of it.
    let taken = divided("s1; a1||s1|pg; b1|s1||ts", "one: pg; two: ts", "");
    assert_eq!(taken.runs("one"), "a1");
    assert_eq!(taken.needs("one"), ["a1 needs s1 on two"]);
}

/// One chain for all databases, whose beginning is none of the results' business.
fn results() -> Divided {
    let names: Vec<String> = (1..=8).map(|n| format!("000{n}")).collect();
    let mut text = "0001|||simulation".to_owned();
    for pair in names.windows(2) {
        text.push_str(&format!("; {}|{}", pair[1], pair[0]));
    }
    divided(
        &text,
        "default: simulation; results: simulation",
        "0001: default; 0002: default; 0003: default; 0004: results; 0005: results; \
         0006: results; 0007: results; 0008: results",
    )
}

#[test]
fn a_narrowed_chain_begins_where_it_is_routed() {
    let history = results();
    assert_eq!(history.runs("default"), "0001 0002 0003");
    assert_eq!(history.runs("results"), "0004 0005 0006 0007 0008");
    let part = history.part("results").unwrap().unwrap().graph;
    let first = part.nodes().next().unwrap();
    assert!(part.revision(first).down_revisions.is_empty());
    assert_eq!(ids(&part, part.branch_starts("simulation")), "0004");
    assert!(history.needs("results").is_empty(), "to follow is not to need");
}

#[test]
fn narrowing_takes_effect_on_a_database_that_takes_everything() {
    let narrowed = divided("a1; a2|a1; a3|a2", "one: *; two: *", "a2: two");
    assert_eq!(narrowed.runs("one"), "a1 a3");
    assert_eq!(narrowed.runs("two"), "all");
    // To depend on it is to need it.
    let needed = divided("a1; a2|a1; b1||a2", "one: *; two: *", "a2: two");
    assert_eq!(needed.needs("one"), ["b1 needs a2 on two"]);
    let one = needed.part("one").unwrap().unwrap().graph;
    assert_eq!(ids(&one, one.dependencies(one.nodes().last().unwrap()).iter().copied()), "a1");
}

#[test]
fn narrowing_brings_nothing_to_a_database() {
    let other = divided("a1|||pg; b1|||ts", "one: pg; two: ts", "a1: two");
    assert_eq!(other.runs("one"), "");
    assert_eq!(other.runs("two"), "b1");
    let needed = divided("a1|||pg; b1||a1|ts", "one: pg; two: ts", "a1: two");
    assert!(matches!(needed.part("two"), Err(RouteError::NeededNowhere { .. })));
}

#[test]
fn what_comes_along_is_not_needed_elsewhere() {
    // `k1` is of database two, but it comes along with `k2`, which nobody takes.
    let along = divided("k1; b1|k1||ts; k2|k1; a1||k1; a2|a1|k2|pg", "one: pg; two: ts", "");
    assert_eq!(along.runs("one"), "k1 k2 a1 a2");
    assert!(along.needs("one").is_empty());
    let needed = divided("k1; b1|k1||ts; k2|k1; a1||k1; a2|a1||pg", "one: pg; two: ts", "");
    assert_eq!(needed.needs("one"), ["a1 needs k1 on two"]);
}

#[test]
fn a_misspelt_name_is_refused_and_a_label_that_is_to_come_is_not() {
    let misspelt = divided("a1|||postgres", "one: postgers", "");
    assert!(matches!(misspelt.routing, Err(RouteError::NoSuchBranch { .. })));
    let to_come = divided("a1|||postgres", "one: timescale", "").part("one").unwrap().unwrap();
    assert_eq!(to_come.not_begun, labels("timescale"));
    assert!(to_come.graph.is_empty());
    let similar = divided("a1|||engine1", "one: engine2; two: engine1", "");
    assert_eq!(similar.part("one").unwrap().unwrap().not_begun, labels("engine2"));

    let misspelt = divided("a1", "results: *; main: *", "a1: resluts");
    let Err(RouteError::NoSuchDatabase { nearest, known, .. }) = misspelt.routing else {
        panic!("a name that no database has");
    };
    assert_eq!(nearest.as_deref(), Some("results"));
    assert_eq!(known, ["results", "main"]);
}

#[test]
fn every_verdict_names_its_rule() {
    let history = divided(
        "s1; a1|s1||pg; a2|a1; c1|s1||x; b1|||ts; k1; d1||k1|y",
        "one: pg y; two: ts; all: *",
        "a2: two; c1: one",
    );
    let id = |text: &str| text.parse::<RevisionId>().unwrap();
    let label = |text: &str| labels(text).remove(0);
    let narrowed = |name: &str| Rule::Narrowed { databases: vec![name.to_owned()] };
    for (revision, database, runs, rule) in [
        ("s1", "one", true, Rule::Followed { by: id("a1"), label: label("pg") }),
        ("a1", "one", true, Rule::Branch { label: label("pg") }),
        ("a2", "one", false, narrowed("two")),
        ("a2", "two", false, Rule::OtherBranch { labels: labels("pg") }),
        ("c1", "one", false, Rule::OtherBranch { labels: labels("x") }),
        ("c1", "all", false, narrowed("one")),
        ("b1", "all", true, Rule::EveryBranch),
        ("k1", "two", false, Rule::OtherBranch { labels: vec![] }),
    ] {
        assert_eq!(history.verdict(revision, database), Verdict { runs, rule }, "{revision}");
    }
    let along = divided("k1; d1||k1|y", "one: y", "");
    assert_eq!(along.verdict("k1", "one"), Verdict { runs: true, rule: Rule::ComesAlong });
}
