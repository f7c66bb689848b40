//! Cases about a project: `command.toml`, `script_consumption.toml`, `script_production.toml` and `more.toml`.
//!
//! A case is an Alembic project and command lines; what real Alembic 1.20.1 made of them has been recorded. The project is
//! `alembic.ini`, with the case's `ini` behind the common settings, the `env.py` and the `script.py.mako` of `projects/`, and
//! empty revision files (`id|down,down|depends_on|labels|message|directory`, a line each; `bodies` gives some of them
//! something to do).
//!
//! `./test real_alembic_does --ignored` gives the same tables to real Alembic.

mod compare;
mod project;
mod steady;
mod who;

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use crate::golden::documented;
use crate::support::{TestEnvironment, query};
use compare::Compared;
use project::Project;
use steady::without_dates;
use who::Who;

pub(super) const COMMAND: &str = include_str!("command.toml");
pub(super) const CONSUMPTION: &str = include_str!("script_consumption.toml");
pub(super) const PRODUCTION: &str = include_str!("script_production.toml");
const MORE: &str = include_str!("more.toml");

#[derive(Deserialize)]
struct Table {
    class: Vec<Class>,
}

/// The tests of one class upstream. They share a project, unless a case gives something else.
#[derive(Deserialize)]
struct Class {
    name: String,
    #[serde(flatten)]
    project: Project,
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    test: String,
    #[serde(flatten)]
    project: Project,
    /// Alembic's order of lines and words goes by the hash seed.
    #[serde(default)]
    unordered: bool,
    step: Vec<Step>,
}

/// A command line, what is done before it, and what Alembic made of it.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Step {
    write: BTreeMap<String, String>,
    remove: Vec<String>,
    execute: Option<String>,
    env: BTreeMap<String, String>,
    run: Vec<String>,
    fails: bool,
    /// The text after `FAILED:`.
    error: Option<String>,
    /// The last line of a traceback, or of what the parser of arguments says: no words to compare.
    #[serde(rename = "traceback", alias = "usage")]
    _unworded: Option<String>,
    stdout: String,
    /// The `Running …` lines.
    steps: Vec<String>,
    rows: Vec<String>,
    /// Other tables than the version table.
    tables: Vec<String>,
    /// Files that were written, by name alone.
    names: Vec<String>,
    /// Files that were written, with their text.
    files: BTreeMap<String, String>,
    gone: Vec<String>,
    /// The row of `docs/compatibility.md` that says why limbeck differs here.
    differs: Option<String>,
}

/// The tests of a table: `Class.test`, and whether a step is meant to differ.
pub(super) fn tests(toml: &str) -> BTreeMap<String, bool> {
    let mut tests = BTreeMap::new();
    for class in toml::from_str::<Table>(toml).unwrap().class {
        for case in class.case {
            let name = format!("{}.{}", class.name, case.test);
            let differs = case.step.iter().any(|step| step.differs.is_some());
            assert!(!case.step.is_empty(), "{name} runs nothing");
            assert!(tests.insert(name.clone(), differs).is_none(), "{name} is there twice");
        }
    }
    tests
}

/// Runs the cases of a table.
fn run(who: Who, toml: &str) {
    let documented = documented();
    let mut surprises = Vec::new();
    for class in toml::from_str::<Table>(toml).unwrap().class {
        for case in &class.case {
            let project = class.project.with(&case.project);
            let environment = project.build();
            for step in &case.step {
                if let Some(code) = &step.differs {
                    assert!(documented.contains_key(code.as_str()), "{code} is no row");
                }
                let differences = run_step(who, &environment, &project, case, step);
                let may_differ = who == Who::Limbeck && step.differs.is_some();
                if differences.is_empty() == may_differ {
                    let line = step.run.join(" ");
                    let differences = differences.concat();
                    surprises
                        .push(format!("{}.{}: {line}\n{differences}\n", class.name, case.test));
                }
            }
        }
    }
    assert!(surprises.is_empty(), "{} steps differ:\n{}", surprises.len(), surprises.concat());
}

/// Runs one command line; returns what differs.
fn run_step(
    who: Who,
    environment: &TestEnvironment,
    project: &Project,
    case: &Case,
    step: &Step,
) -> Vec<String> {
    for (path, text) in &step.write {
        environment.write(path, text);
    }
    for path in &step.remove {
        fs::remove_file(environment.path(path)).unwrap();
    }
    if let Some(sql) = &step.execute {
        query(environment, "sqlite:app.db", sql);
    }
    let before = files(environment);
    let mut command = who.command(environment, step);
    command.envs(&step.env);
    let output = who.said(environment.finish(command));
    let mut compared =
        Compared { case, digits: project.digits == Some(true), differences: Vec::new() };
    compared.output(step, &output);
    compared.database(step, environment);
    compared.files(step, &before, &files(environment));
    if !compared.differences.is_empty() {
        compared.differences.push(format!("-- {who:?}:\n{output}\n"));
    }
    compared.differences
}

/// Every file of the project that is no by-product.
fn files(environment: &TestEnvironment) -> BTreeMap<String, String> {
    let names = environment.files("").into_iter();
    names
        .filter(|name| !name.starts_with("app.db") && !name.ends_with(".pyc"))
        .map(|name| {
            let bytes = fs::read(environment.path(&name)).unwrap();
            (name, without_dates(&String::from_utf8_lossy(&bytes)))
        })
        .collect()
}

#[test]
fn command() {
    run(Who::Limbeck, COMMAND);
}

#[test]
fn script_consumption() {
    run(Who::Limbeck, CONSUMPTION);
}

#[test]
fn script_production() {
    run(Who::Limbeck, PRODUCTION);
}

#[test]
fn more() {
    run(Who::Limbeck, MORE);
}

#[test]
#[ignore = "takes minutes: run it when the tables or the pinned Alembic change"]
fn real_alembic_does_what_the_tables_say() {
    for table in [COMMAND, CONSUMPTION, PRODUCTION, MORE] {
        run(Who::Alembic, table);
    }
}
