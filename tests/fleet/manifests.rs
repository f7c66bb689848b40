//! The files in `deploy/`: their command lines are ones that the program takes, and do what they say.

use std::fs;
use std::path::Path;

use crate::support::{project, query, revision};

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap()
}

/// The lists of arguments behind `key` in a file of YAML.
fn lists(name: &str, key: &str) -> Vec<Vec<String>> {
    let text = text(name);
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix(key));
    lines.map(|list| serde_json::from_str(list.trim()).unwrap()).collect()
}

#[test]
fn their_commands_make_a_rollout_and_do_it() {
    let unit = text("limbeck-fleet.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let start: Vec<String> = start.split(' ').skip(1).map(str::to_owned).collect();
    let image = text("Dockerfile");
    let image = image.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
    let mut image: Vec<Vec<String>> = vec![serde_json::from_str(image).unwrap()];
    image.insert(0, ["fleet", "create"].map(str::to_owned).into());
    let service = vec![image[0].clone(), start];
    let kubernetes = lists("kubernetes.yaml", "args:");
    let compose = lists("compose.yaml", "command:");
    for commands in [kubernetes, compose, service, image] {
        assert_eq!(commands.len(), 2);
        let env = project().url("sqlite:app.db").revision(revision("a1", &[])).build();
        for command in &commands {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            // The same pod may be started twice.
            let times = if words[1] == "create" { 2 } else { 1 };
            for time in 0..times {
                let output = env.run(&words);
                let is_there = time == 1 && !words.contains(&"--if-needed");
                assert_eq!(output.code(), Some(if is_there { 3 } else { 0 }), "{words:?} {output}");
            }
        }
        assert_eq!(query(&env, "sqlite:app.db", "SELECT count(*) FROM t_a1"), "0\n");
    }
}

#[test]
fn the_policy_of_the_job_knows_every_status() {
    let text = text("kubernetes.yaml");
    let values = text.lines().filter_map(|line| line.trim().strip_prefix("values: "));
    let mut known: Vec<u8> =
        values.flat_map(|list| serde_json::from_str::<Vec<u8>>(list).unwrap()).collect();
    // These count, as a kill does: another try may do it.
    known.extend([8, 9]);
    known.sort_unstable();
    // All but those that `fleet work` never ends with, and 0.
    let never = [3, 5, 6];
    let reference = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/exit-codes.md"),
    );
    let reference = reference.unwrap();
    let statuses = reference
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<u8>().ok())
        .filter(|status| *status != 0 && !never.contains(status));
    assert_eq!(known, statuses.collect::<Vec<u8>>());
}
