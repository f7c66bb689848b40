//! Programs that `./test` puts on the machine.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::python;

/// What real Alembic does with random graphs: one line of JSON a graph (`tests/differential/README.md`).
pub(crate) fn oracle(seed: u64, count: usize) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/oracle.py");
    let output = Command::new(python())
        .arg(script)
        .args(["--seed", &seed.to_string(), "--count", &count.to_string()])
        .output()
        .unwrap();
    assert!(output.status.success(), "oracle.py: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// What real Alembic does with random command lines: calls `each` with one line of JSON a project, as soon as it is there.
pub(crate) fn command_lines(seed: u64, first: usize, count: usize, mut each: impl FnMut(&str)) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/command_lines.py");
    let mut oracle = Command::new(python())
        .arg(script)
        .args(["--seed", &seed.to_string(), "--first", &first.to_string()])
        .args(["--count", &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let answers = BufReader::new(oracle.stdout.take().unwrap());
    answers.lines().for_each(|line| each(&line.unwrap()));
    assert!(oracle.wait().unwrap().success(), "command_lines.py failed: see above");
}
