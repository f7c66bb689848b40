//! Real Python, which is asked by tests of all packages: those of other packages take this file by its path.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

/// Python with the pinned Alembic and SQLAlchemy, or the one that `LIMBECK_TEST_PYTHON` names.
pub(crate) fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("LIMBECK_TEST_PYTHON") {
        return python.into();
    }
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("test-env/venv/bin/python");
    assert!(
        python.exists(),
        "there is no Python with Alembic at {}: run ./test --setup, which makes one",
        python.display()
    );
    python
}

/// Whether the Python that `LIMBECK_TEST_PYTHON` names has SQLAlchemy 2.0: then
/// `LIMBECK_TEST_SQLALCHEMY` is `2.0`.
pub(crate) fn is_sqlalchemy_2_0() -> bool {
    std::env::var("LIMBECK_TEST_SQLALCHEMY").is_ok_and(|version| version == "2.0")
}

/// What the program `command` says of texts; these and its answers each end in a NUL.
pub(crate) fn answers(command: &mut Command, texts: &[String]) -> Vec<String> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text: String = texts.iter().map(|text| format!("{text}\0")).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let mut answers: Vec<String> = text.split('\0').map(str::to_owned).collect();
    answers.pop();
    assert_eq!(answers.len(), texts.len());
    answers
}

/// A Python program that answers a line with a line.
#[derive(Debug)]
pub(crate) struct Answering {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Answering {
    /// Starts `program`, a text.
    pub(crate) fn start(program: &str) -> Answering {
        let mut child = Command::new(python())
            .args(["-c", program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Answering { child, input, output }
    }

    /// The answer to `question`, which is one line.
    pub(crate) fn ask(&mut self, question: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{question}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the program ended at {question}");
        line
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        drop(self.input.take());
        drop(self.child.wait());
    }
}
