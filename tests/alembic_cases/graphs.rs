//! Cases about a graph and rows, for limbeck's library.

use std::collections::BTreeMap;

use limbeck::graph::RevisionGraph;
use serde::Deserialize;

use super::question::{self, Check};

pub(super) const TRAVERSAL: &str = include_str!("version_traversal.toml");
pub(super) const REVISION: &str = include_str!("revision.toml");
pub(super) const CONSUMPTION: &str = include_str!("script_consumption_graphs.toml");
pub(super) const COMMAND: &str = include_str!("command_graphs.toml");
const LARGE_MAP: &str = include_str!("large_map.txt");

#[derive(Deserialize)]
struct Table {
    class: Vec<Class>,
}

/// The tests of one class upstream. They share a graph, unless a line gives another.
#[derive(Deserialize)]
struct Class {
    name: String,
    graph: String,
    /// The checks of each test: see [`question`].
    tests: BTreeMap<String, Vec<String>>,
}

fn classes(toml: &str) -> Vec<Class> {
    toml::from_str::<Table>(toml).unwrap().class
}

/// The tests of a table: `Class.test`, and whether limbeck's answer is meant to be another one.
pub(super) fn tests(toml: &str) -> BTreeMap<String, bool> {
    let mut tests = BTreeMap::new();
    for class in classes(toml) {
        for (test, lines) in class.tests {
            let name = format!("{}.{test}", class.name);
            let differs = lines.iter().any(|line| line.starts_with("alembic: "));
            assert!(tests.insert(name.clone(), differs).is_none(), "{name} is there twice");
        }
    }
    tests
}

fn run(toml: &str) {
    let mut surprises = Vec::new();
    for class in classes(toml) {
        let text = if class.graph == "large_map.txt" { LARGE_MAP } else { &class.graph };
        let common = question::graph(text).unwrap();
        for (test, lines) in &class.tests {
            let mut graph = common.clone();
            assert!(!lines.is_empty(), "{test} asks nothing");
            for line in lines {
                if let Err(surprise) = check(&mut graph, line) {
                    surprises.push(format!("{}.{test}: {line}\n    {surprise}\n", class.name));
                }
            }
        }
    }
    assert!(surprises.is_empty(), "{} differ:\n{}", surprises.len(), surprises.concat());
}

/// Looks at one line: a graph for the lines below it, or a question with its answer.
fn check(graph: &mut RevisionGraph, line: &str) -> Result<(), String> {
    if let Some(rest) = line.strip_prefix("graph ") {
        let (text, error) =
            rest.split_once(" ! ").map_or((rest, None), |(text, error)| (text, Some(error)));
        return match (question::graph(text), error) {
            (Ok(built), None) => {
                *graph = built;
                Ok(())
            }
            (Ok(_), Some(_)) => Err("the graph was accepted".to_owned()),
            (Err(found), Some(error)) if found == error => Ok(()),
            (Err(found), _) => Err(found),
        };
    }
    if let Some(theirs) = line.strip_prefix("alembic: ") {
        // A difference that has gone must leave the tables.
        return match Check::parse(theirs).look(graph) {
            Err(_) => Ok(()),
            Ok(()) => Err("limbeck does the same now".to_owned()),
        };
    }
    Check::parse(line).look(graph)
}

#[test]
fn version_traversal() {
    run(TRAVERSAL);
}

#[test]
fn revision() {
    run(REVISION);
}

#[test]
fn script_consumption() {
    run(CONSUMPTION);
}

#[test]
fn command() {
    run(COMMAND);
}
