//! The same random Alembic projects and command lines for real Alembic and for the limbeck
//! binary under the name of `alembic`, each with files and a database of its own.
//!
//! `LIMBECK_ORACLE_COUNT=500 LIMBECK_ORACLE_SEED=7 ./test command_lines` tries more than CI does.

mod compare;
mod deliberate;
mod deliberate_refusals;
mod library;
mod order;
mod recorded;
mod twin;

use std::collections::BTreeMap;

use crate::golden::documented;
use crate::support::command_lines;
use compare::differences;
use deliberate::Difference;
use recorded::Project;
use twin::Twin;

/// Projects for which a run of all tests has the time.
const COUNT: usize = 20;
/// Command lines in each.
const LINES: usize = 20;
const SEED: u64 = 20_261_121;

/// What became of the lines.
#[derive(Debug, Default)]
struct Tally {
    equal: usize,
    /// Alembic itself comes to different ends under different hash seeds.
    undecided: usize,
    deliberate: BTreeMap<&'static str, usize>,
    surprises: Vec<String>,
}

#[test]
fn random_command_lines_come_to_the_same_as_with_alembic() {
    let seed = super::number("LIMBECK_ORACLE_SEED").unwrap_or(SEED);
    let count = super::number("LIMBECK_ORACLE_COUNT").unwrap_or(COUNT);
    let first = super::number("LIMBECK_ORACLE_FIRST").unwrap_or(0);
    let mut tally = Tally::default();
    let mut projects = 0;
    command_lines(seed, first, count, |line| {
        let project: Project = serde_json::from_str(line).unwrap();
        run(project, &mut tally);
        projects += 1;
    });
    let Tally { equal, undecided, deliberate, surprises } = tally;
    println!(
        "seed {seed}, {count} projects: {equal} equal, {undecided} undecided, {} unexplained, \
         deliberately different: {deliberate:?}",
        surprises.len()
    );
    if let Ok(path) = std::env::var("LIMBECK_ORACLE_SURPRISES") {
        std::fs::write(path, surprises.concat()).unwrap();
    }
    assert_eq!(projects, count, "projects of the oracle");
    let all = equal + undecided + deliberate.values().sum::<usize>() + surprises.len();
    assert_eq!(all, count * LINES, "lines of the oracle");
    let documented = documented();
    assert!(deliberate.keys().all(|code| documented.contains_key(code)), "{deliberate:?}");
    assert!(
        surprises.is_empty(),
        "{} lines differ; the first:\n{}",
        surprises.len(),
        surprises[..surprises.len().min(3)].concat()
    );
    // A single project that somebody looks at may well be an odd one.
    if count >= COUNT {
        assert!(equal * 100 >= all * 85, "too few lines come to the same: {equal} of {all}");
        assert!(undecided * 100 <= all, "too many lines are undecided: {undecided} of {all}");
    }
}

fn run(mut project: Project, tally: &mut Tally) {
    let twin = Twin::new(&project);
    for line in std::mem::take(&mut project.lines) {
        let ours = twin.run(&line);
        let differs = differences(&line, &ours);
        if !line.outcome_stable {
            tally.undecided += 1;
        } else if differs.is_empty() {
            tally.equal += 1;
        } else {
            let difference = Difference {
                revisions: &project.revisions,
                line: &line,
                ours: &ours,
                differs: &differs,
            };
            match deliberate::reason(&difference) {
                Some(code) => *tally.deliberate.entry(code).or_default() += 1,
                None => tally.surprises.push(format!(
                    "=== seed {} project {}: {differs:?}\nalembic {}\n-- Alembic: {line:#?}\n-- limbeck: {ours:#?}\n",
                    project.seed,
                    project.index,
                    line.argv.join(" "),
                )),
            }
        }
        twin.settle(&line, &ours);
        project.revisions.extend(line.declared);
    }
}
