//! Real Alembic, kept running: starting it costs ten times what a command does.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde::Deserialize;

use crate::support::{TestEnvironment, python};

/// A Python process with Alembic in it that runs command lines in a project.
pub(crate) struct Worker {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What a command line came to.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    /// 0, 255, or 1 for a traceback.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) said: String,
    /// The traceback, if there was one.
    pub(crate) traceback: String,
}

impl Worker {
    /// Starts one in the project of `env`.
    pub(crate) fn start(env: &TestEnvironment) -> Worker {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alembic_projects/worker.py");
        let mut command = env.program(python());
        command.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Worker { process, input, output }
    }

    /// Runs a command line.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> Answer {
        writeln!(self.input, "{}", serde_json::to_string(arguments).unwrap()).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {line}"))
    }

    /// The standard output of a command line that must succeed.
    #[track_caller]
    pub(crate) fn ok(&mut self, arguments: &[&str]) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
        answer.said
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
