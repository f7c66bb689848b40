//! Real SQLAlchemy, which compiles the same expressions.

#[path = "../../../tests/support/real_python.rs"]
mod real_python;

use limbeck_schema::Sqlalchemy;
use limbeck_schema::Target;
use real_python::Answering;

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
pub(crate) struct Oracle(Answering);

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
        Oracle(Answering::start(PROGRAM))
    }

    /// The text with literals, and the one with parameters.
    pub(crate) fn ask(&mut self, dialect: &str, source: &str) -> (Answer, Answer) {
        let question = serde_json::to_string(&(dialect, source)).unwrap();
        let answers: Vec<serde_json::Value> = serde_json::from_str(&self.0.ask(&question)).unwrap();
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

/// The target with the texts of the SQLAlchemy that answers.
pub(crate) fn answered(target: Target) -> Target {
    if real_python::is_sqlalchemy_2_0() { target.with_sqlalchemy(Sqlalchemy::V20) } else { target }
}
