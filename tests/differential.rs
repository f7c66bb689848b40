//! The same random graphs and commands for real Alembic and for limbeck's library.
//!
//! `LIMBECK_ORACLE_COUNT=3000 LIMBECK_ORACLE_SEED=7 ./test differential` tries more than CI does.

mod answer;
mod command_lines;
mod compare;
mod deliberate;
mod identifiers;
mod offline;
mod recorded;

use std::collections::BTreeMap;

use limbeck::graph::{Edges, RevisionGraph};

use crate::golden::documented;
use crate::support::oracle;
use compare::difference;
use recorded::Recorded;

/// Graphs for which a run of all tests has the time.
const COUNT: usize = 150;
/// Commands that the oracle tries on each.
const CASES: usize = 16;
const SEED: u64 = 20_261_120;

#[test]
fn random_graphs_come_to_the_same_as_with_alembic() {
    let seed = number("LIMBECK_ORACLE_SEED").unwrap_or(SEED);
    let count = number("LIMBECK_ORACLE_COUNT").unwrap_or(COUNT);
    let mut deliberate: BTreeMap<&str, usize> = BTreeMap::new();
    let mut surprises = Vec::new();
    let mut equal = 0;
    let mut undecided = 0;
    let mut texts = offline::Texts::default();
    let graphs = oracle(seed, count);
    assert_eq!(graphs.len(), count, "graphs of the oracle");
    for line in graphs {
        let recorded: Recorded = serde_json::from_str(&line).unwrap();
        let graph = answer::graph(&recorded.revisions);
        facts(&recorded, &graph);
        texts.compare(&recorded, &graph);
        for case in &recorded.cases {
            // Alembic itself comes to different ends under different hash seeds.
            if !case.outcome_stable {
                undecided += 1;
                continue;
            }
            let ours = answer::answer(&graph, case);
            match difference(case, &ours) {
                None => equal += 1,
                Some(difference) => {
                    match deliberate::reason(&recorded, &graph, case, &difference) {
                        Some(reason) => *deliberate.entry(reason).or_default() += 1,
                        None => surprises.push(format!(
                            "seed {} graph {}: {difference:?}\n{case:#?}\nours: {ours:#?}\n",
                            recorded.seed, recorded.index
                        )),
                    }
                }
            }
        }
    }
    println!(
        "{equal} equal, {undecided} undecided, {} unexplained, deliberately different: {deliberate:?}",
        surprises.len()
    );
    println!("{texts:?}");
    texts.check(count);
    let reasons: usize = deliberate.values().sum();
    let all = equal + undecided + reasons + surprises.len();
    assert_eq!(all, count * CASES, "commands of the oracle");
    if count >= COUNT {
        assert!(equal * 100 >= all * 95, "too few answers are equal: {equal} of {all}");
        assert!(undecided * 100 <= all, "too many answers are undecided: {undecided} of {all}");
    }
    let documented = documented();
    assert!(deliberate.keys().all(|code| documented.contains_key(code)), "{deliberate:?}");
    assert!(
        surprises.is_empty(),
        "{} answers differ; the first:\n{}",
        surprises.len(),
        surprises[..surprises.len().min(3)].concat()
    );
}

/// What holds for the graph alone.
fn facts(recorded: &Recorded, graph: &RevisionGraph) {
    let place = format!("seed {} graph {}", recorded.seed, recorded.index);
    let heads = |edges| answer::ids(graph, graph.heads(edges));
    assert_eq!(heads(Edges::Versioned), recorded.heads, "{place}: heads");
    assert_eq!(heads(Edges::All), recorded.real_heads, "{place}: real heads");
    let bases = answer::ids(graph, graph.bases(Edges::Versioned));
    assert_eq!(bases, recorded.bases, "{place}: bases");
    assert_eq!(answer::branch_points(graph), recorded.branchpoints, "{place}: branch points");
    assert_eq!(answer::merge_points(graph), recorded.mergepoints, "{place}: merge points");
    for node in graph.nodes() {
        let labels: Vec<String> = graph.labels_of(node).iter().map(ToString::to_string).collect();
        let id = graph.id(node).as_str();
        assert_eq!(labels, recorded.branches[id], "{place}: labels of {id}");
    }
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}
