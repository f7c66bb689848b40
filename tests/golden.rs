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
use recorded::Case;

/// What became of the steps.
#[derive(Debug, Default)]
struct Tally {
    equal: usize,
    different: BTreeMap<&'static str, usize>,
}

#[test]
fn every_recorded_step_comes_to_the_same_as_with_alembic() {
    let mut tally = Tally::default();
    let mut surprises = Vec::new();
    for case in recorded::cases() {
        run(&case, &mut tally, &mut surprises);
    }
    println!("{tally:?}");
    assert!(
        surprises.is_empty(),
        "{} steps are not as the table says:\n{}",
        surprises.len(),
        surprises.concat()
    );
    let different: usize = tally.different.values().sum();
    assert_eq!(different, DELIBERATE.len(), "the table names steps that do not exist");
    // The figures of docs/compatibility.md.
    assert_eq!((tally.equal, different), (801, 39));
    let documented = documented();
    for (code, steps) in &documented {
        let found = tally.different.get(code).copied().unwrap_or_default();
        assert_eq!(found, *steps, "row {code} of docs/compatibility.md");
    }
    assert!(tally.different.keys().all(|code| documented.contains_key(code)));
}

/// The rows of `docs/compatibility.md`, with the number of recorded steps that each explains.
pub(crate) fn documented() -> BTreeMap<&'static str, usize> {
    include_str!("../docs/compatibility.md")
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

fn run(case: &Case, tally: &mut Tally, surprises: &mut Vec<String>) {
    let project = case.project();
    for (number, step) in case.steps.iter().enumerate() {
        let line = step.argv.join(" ");
        let argv: Vec<&str> = step.argv.iter().map(String::as_str).collect();
        let output = project.run(&argv);
        let rows = database::rows(&project);
        let found: Vec<String> =
            differences(step, &output, &rows).iter().map(ToString::to_string).collect();
        let found = found.join(" ");
        let listed =
            DELIBERATE.iter().find(|listed| listed.case == case.name && listed.step == number);
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
