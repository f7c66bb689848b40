//! A `psql` or `sqlite3` that is asked more than once: starting one costs more than most answers.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Printed after each answer.
const END: &str = "-- end of the answer --";

/// A running program that reads SQL from its standard input.
pub(crate) struct Asker {
    program: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    echo: &'static str,
}

impl Asker {
    /// Starts `program`; `echo` is its command that prints a text.
    pub(super) fn start<A: AsRef<OsStr>>(
        program: impl AsRef<OsStr>,
        arguments: &[A],
        echo: &'static str,
    ) -> Self {
        let mut program = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Asker {
            questions: program.stdin.take().unwrap(),
            answers: BufReader::new(program.stdout.take().unwrap()),
            program,
            echo,
        }
    }

    /// The rows that `sql` gives; it must not fail, or the program ends.
    pub(super) fn ask(&mut self, sql: &str) -> String {
        writeln!(self.questions, "{sql};\n{} {END}", self.echo).unwrap();
        self.questions.flush().unwrap();
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            let read = self.answers.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "{sql}\nended after:\n{answer}");
            if line.trim_end() == END {
                return answer;
            }
            answer.push_str(&line);
        }
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        // It has nothing to save, and nobody is left to hear of it.
        drop(self.program.kill());
        drop(self.program.wait());
    }
}
