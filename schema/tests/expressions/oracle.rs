//! Real SQLAlchemy, which compiles the same expressions.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

/// Reads one JSON list `[dialect, source]` a line and answers with a list: the text with literals,
/// the text with parameters and their number, or errors.
const PROGRAM: &str = r#"
import datetime, decimal, json, sys, uuid, warnings
import sqlalchemy as sa
from sqlalchemy import *
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine.url import make_url
warnings.simplefilter("ignore")
drivers = {"postgresql": "postgresql+psycopg2", "sqlite": "sqlite", "mysql": "mysql+pymysql",
           "mariadb": "mariadb+pymysql"}
dialects = {
    (name, style): make_url(url + "://").get_dialect()(paramstyle=style)
    for name, url in drivers.items() for style in ("named", "qmark")
}
for line in sys.stdin:
    dialect, source = json.loads(line)
    answers = []
    for style, is_literal in (("named", True), ("qmark", False)):
        try:
            names = dict(globals())
            exec(source, names)
            compiled = names["result"].compile(
                dialect=dialects[dialect, style],
                compile_kwargs={"literal_binds": True} if is_literal else {"render_postcompile": True},
            )
            answer = {"sql": str(compiled)}
            if not is_literal:
                answer["count"] = len(compiled.positiontup or ())
        except Exception as error:
            answer = {"error": type(error).__name__, "message": str(error)}
        answers.append(answer)
    print(json.dumps(answers), flush=True)
"#;

/// A running oracle.
pub(crate) struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// What SQLAlchemy says to a case.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// The text, and how many parameters it has.
    Text(String, usize),
    /// An error: its class and its text.
    Error(String, String),
}

impl Oracle {
    /// Starts the Python that `./test --setup` installs SQLAlchemy for.
    pub(crate) fn start() -> Oracle {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let python = python.with_file_name("test-env/venv/bin/python");
        assert!(python.exists(), "there is no {}: run ./test --setup", python.display());
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Oracle { child, input, output }
    }

    /// The text with literals, and the one with parameters.
    pub(crate) fn ask(&mut self, dialect: &str, source: &str) -> (Answer, Answer) {
        let question = serde_json::to_string(&(dialect, source)).unwrap();
        writeln!(self.input.as_mut().unwrap(), "{question}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answers: Vec<serde_json::Value> =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("oracle died at {source}"));
        let answer = |value: &serde_json::Value| match value["sql"].as_str() {
            Some(sql) => {
                let count = value["count"].as_u64().unwrap_or(0);
                Answer::Text(sql.to_owned(), count.try_into().unwrap())
            }
            None => Answer::Error(
                value["error"].as_str().unwrap().to_owned(),
                value["message"].as_str().unwrap().to_owned(),
            ),
        };
        (answer(&answers[0]), answer(&answers[1]))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.input.take());
        let _status = self.child.wait();
    }
}
