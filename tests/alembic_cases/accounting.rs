//! What became of every test method upstream: `accounting.toml`.
//!
//! | entry | |
//! |---|---|
//! | `taken` | asked in a table, and passed |
//! | `B3` | in a table, with a step that differs for the reason of that row of `docs/compatibility.md` |
//! | anything else | not applicable, and why |

use std::collections::BTreeMap;

use super::{graphs, projects};
use crate::golden::documented;

type Entries = BTreeMap<String, String>;

/// File, class, method, entry.
fn accounting() -> BTreeMap<String, BTreeMap<String, Entries>> {
    toml::from_str(include_str!("accounting.toml")).unwrap()
}

/// What the tables say of the tests in them: the entries that there must be.
fn in_tables(file: &str) -> Entries {
    let (graph_table, project_table) = match file {
        "test_version_traversal.py" => (Some(graphs::TRAVERSAL), None),
        "test_revision.py" => (Some(graphs::REVISION), None),
        "test_command.py" => (Some(graphs::COMMAND), Some(projects::COMMAND)),
        "test_script_consumption.py" => (Some(graphs::CONSUMPTION), Some(projects::CONSUMPTION)),
        "test_script_production.py" => (None, Some(projects::PRODUCTION)),
        _ => panic!("no table for {file}"),
    };
    let projects = project_table.map(projects::tests).unwrap_or_default();
    let graphs = graph_table.map(graphs::tests).unwrap_or_default();
    let entry = |differs| (if differs { "different" } else { "taken" }).to_owned();
    projects.into_iter().chain(graphs).map(|(name, differs)| (name, entry(differs))).collect()
}

#[test]
fn every_method_is_accounted_for() {
    let documented = documented();
    for (file, classes) in accounting() {
        let mut tables = in_tables(&file);
        for (class, methods) in classes {
            for (method, entry) in methods {
                let name = format!("{class}.{method}");
                let in_table = tables.remove(&name);
                if documented.contains_key(entry.as_str()) {
                    assert_eq!(in_table.as_deref(), Some("different"), "{file}: {name}");
                } else if entry == "taken" {
                    assert_eq!(in_table, Some(entry), "{file}: {name}");
                } else {
                    assert_eq!(in_table, None, "{file}: {name} is in a table, and not applicable");
                }
            }
        }
        assert!(tables.is_empty(), "{file} has no such methods: {tables:?}");
    }
}

#[test]
fn the_documented_figures_are_those_of_the_accounting() {
    let mut rows = Vec::new();
    for (file, classes) in accounting() {
        let entries: Vec<&String> = classes.values().flat_map(BTreeMap::values).collect();
        let count =
            |is_it: &dyn Fn(&str) -> bool| entries.iter().filter(|entry| is_it(entry)).count();
        let taken = count(&|entry| entry == "taken");
        let different = count(&|entry| documented().contains_key(entry));
        let all = entries.len();
        let rest = all - taken - different;
        rows.push(format!("| `{file}` | {all} | {taken} | {different} | {rest} |"));
    }
    let text = include_str!("../../docs/compatibility.md");
    let found: Vec<&str> = text.lines().filter(|line| line.starts_with("| `test_")).collect();
    assert_eq!(found, rows, "docs/compatibility.md should say:\n{}", rows.join("\n"));
}
