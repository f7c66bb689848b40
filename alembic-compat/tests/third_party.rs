//! What the stand-ins of third-party packages make, beside what the real ones made: `golden.json`
//! is written by `third_party/oracle.py` with the versions of `third_party/requirements.txt`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::NoHost;
use limbeck_alembic::sa::Connection;
use limbeck_alembic::sa::Migration;
use limbeck_alembic::sa::ResultSet;
use limbeck_alembic::sa::SqlError;
use limbeck_alembic::sa::offline::Direction;
use limbeck_alembic::sa::offline::run_revision;
use limbeck_schema::Target;
use limbeck_schema::expr::Parameter;
use limbeck_schema::table::NamingConvention;

const CASES: &str = include_str!("third_party/cases.txt");
const GOLDEN: &str = include_str!("third_party/golden.json");

struct Recorder(Rc<RefCell<Vec<String>>>);

impl Connection for Recorder {
    fn execute(&mut self, sql: &str, _: &[Parameter]) -> Result<ResultSet, SqlError> {
        self.0.borrow_mut().push(sql.to_owned());
        Ok(ResultSet::default())
    }

    fn begin_nested(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    fn end_nested(&mut self, _: bool, _: usize) -> Result<(), SqlError> {
        Ok(())
    }

    fn autocommit(&mut self, _: bool) -> Result<(), SqlError> {
        Ok(())
    }

    fn end_transaction(&mut self, _: bool) -> Result<(), SqlError> {
        Ok(())
    }
}

fn run(body: &str, target: Target, live: bool) -> Result<Vec<String>, String> {
    let mut source = "import sqlalchemy as sa\nfrom alembic import op\n".to_owned();
    let is_import = |line: &&str| line.starts_with("import ") || line.starts_with("from ");
    let imports = body.lines().take_while(is_import).count();
    for line in body.lines().take(imports) {
        source.push_str(line);
        source.push('\n');
    }
    // The rest stands at the top level too, as texts over several lines must not be indented.
    let rest: Vec<&str> = body.lines().skip(imports).collect();
    source.push_str(&rest.join("\n"));
    source.push_str("\ndef upgrade():\n    pass\n");
    let seen = Rc::new(RefCell::new(Vec::new()));
    let naming = NamingConvention::default();
    let migration = if live {
        Migration::live(target, naming, Box::new(Recorder(Rc::clone(&seen))))
    } else {
        Migration::offline(target, naming)
    };
    let mut interp = Interpreter::new(Box::new(NoHost(migration)), Limits::default());
    limbeck_alembic::register(&mut interp);
    run_revision(&mut interp, &source, "revision.py", Direction::Upgrade)
        .map_err(|failure| failure.to_string())?;
    let migration = interp.host().extension().downcast_mut::<Migration>().unwrap();
    let mut statements = migration.take_statements();
    statements.append(&mut seen.borrow_mut());
    Ok(statements)
}

/// White space does not matter, and neither does what stands beside a parenthesis.
fn normal(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace(" )", ")")
}

#[test]
fn stand_ins_make_the_sql_of_the_real_packages() {
    let golden: Vec<serde_json::Value> = serde_json::from_str(GOLDEN).unwrap();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in CASES.split("#### ").skip(1) {
        let (title, body) = case.split_once('\n').unwrap();
        let (name, place) = title.split_once(": ").unwrap_or((title, ""));
        let targets = [Target::postgresql(), Target::sqlite(), Target::mysql()];
        for target in targets {
            let dialect = target.name().to_owned();
            let Some(answer) = golden
                .iter()
                .find(|answer| answer["case"] == name && answer["dialect"] == *dialect)
            else {
                assert!(!place.is_empty(), "{name} on {dialect} is not in golden.json");
                continue;
            };
            let wanted: Vec<String> = answer["statements"]
                .as_array()
                .unwrap()
                .iter()
                .map(|sql| normal(sql.as_str().unwrap()))
                .collect();
            match run(body, target, place.contains("live")) {
                Ok(made) => {
                    let made: Vec<String> = made.iter().map(|sql| normal(sql)).collect();
                    if made != wanted {
                        wrong.push(format!("{name} on {dialect}:\n{made:#?}\nnot\n{wanted:#?}"));
                    }
                    compared += made.len();
                }
                Err(error) => wrong.push(format!("{name} on {dialect}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 50, "{compared}");
}
