//! Every step of `golden/alembic_cases.jsonl`, run with the real binary on SQLite.
//!
//! A step either comes to the same as with Alembic, or is in the table of `golden/deliberate.rs`
//! with exactly what differs and the row of `docs/compatibility.md` that says why.

mod compare;
mod database;
mod deliberate;
mod recorded;

use std::collections::BTreeMap;

use compare::differences;
use deliberate::{DELIBERATE, Deliberate};
use recorded::{Case, Form};

/// What became of the steps.
#[derive(Debug, Default)]
struct Tally {
    equal: usize,
    different: BTreeMap<&'static str, usize>,
}

#[test]
fn every_recorded_step_comes_to_the_same_as_with_alembic() {
    println!("{:?}", check(Form::Native, 801, 39));
}

#[test]
fn every_recorded_step_comes_to_the_same_in_a_project_of_alembic() {
    println!("{:?}", check(Form::Alembic, 802, 38));
}

/// Runs every step; `equal` and `different` are the figures of docs/compatibility.md.
fn check(form: Form, equal: usize, different: usize) -> Tally {
    let mut tally = Tally::default();
    let mut surprises = Vec::new();
    for case in recorded::cases() {
        run(&case, form, &mut tally, &mut surprises);
    }
    assert!(
        surprises.is_empty(),
        "{} steps are not as the table says:\n{}",
        surprises.len(),
        surprises.concat()
    );
    let found: usize = tally.different.values().sum();
    let listed = DELIBERATE.iter().filter(|listed| listed.is_in(form)).count();
    assert_eq!(found, listed, "the table names steps that do not exist");
    assert_eq!((tally.equal, found), (equal, different));
    let documented = documented();
    for (code, steps) in documented.iter().filter(|_| form == Form::Native) {
        let found = tally.different.get(code).copied().unwrap_or_default();
        assert_eq!(found, *steps, "row {code} of docs/compatibility.md");
    }
    assert!(tally.different.keys().all(|code| documented.contains_key(code)));
    tally
}

/// The rows of `docs/compatibility.md`, with the number of recorded steps that each explains.
pub(crate) fn documented() -> BTreeMap<&'static str, usize> {
    let page = include_str!("../docs/compatibility.md");
    let (_, differences) = page.split_once("## What is different").unwrap();
    differences
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            match cells.as_slice() {
                ["", code, _, _, _, steps, ""] => Some((*code, steps.parse().ok()?)),
                _ => None,
            }
        })
        .collect()
}

fn run(case: &Case, form: Form, tally: &mut Tally, surprises: &mut Vec<String>) {
    let project = case.project(form);
    for (number, step) in case.steps.iter().enumerate() {
        let line = step.argv.join(" ");
        let argv: Vec<&str> = step.argv.iter().map(String::as_str).collect();
        let output = match form {
            Form::Native => project.run(&argv),
            Form::Alembic => {
                let mut alembic = project.program(project.bin().join("alembic"));
                alembic.args(["-c", "alembic.ini"]).args(&argv);
                project.finish(alembic)
            }
        };
        let rows = database::rows(&project);
        let found: Vec<String> =
            differences(step, form, &output, &rows).iter().map(ToString::to_string).collect();
        let found = found.join(" ");
        let listed = DELIBERATE
            .iter()
            .filter(|listed| listed.is_in(form))
            .find(|listed| listed.case == case.name && listed.step == number);
        match listed {
            None if found.is_empty() => tally.equal += 1,
            Some(Deliberate { argv, code, differs, .. }) if *argv == line && *differs == found => {
                *tally.different.entry(code).or_default() += 1;
            }
            listed => surprises.push(format!(
                "deliberate({:?}, {number}, {line:?}, {found:?}, {:?}),\n\
                 -- listed: {listed:?}\n-- Alembic: {step:#?}\n-- limbeck, rows {rows:?}:\n{output}\n\n",
                case.name, "B?",
            )),
        }
        // What follows is about the state that Alembic reached: one difference must not cascade.
        let theirs = step.versions.clone().unwrap_or_default();
        if rows != theirs {
            database::force(&project, &theirs);
        }
    }
}
