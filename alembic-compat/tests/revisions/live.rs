//! Revisions run on SQLite by limbeck and by real Alembic: schema and rows are equal afterwards.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::NoHost;
use limbeck_alembic::sa;
use limbeck_alembic::sa::Connection;
use limbeck_alembic::sa::Migration;
use limbeck_alembic::sa::ResultSet;
use limbeck_alembic::sa::SqlError;
use limbeck_alembic::sa::offline::Direction;
use limbeck_alembic::sa::offline::run_revision;
use limbeck_alembic::stdlib;
use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::Target;
use limbeck_schema::expr::Parameter;
use limbeck_schema::table::NamingConvention;
use serde_json::Value as Json;
use serde_json::json;

use crate::real_python::Answering;

/// A process that has an SQLite database in memory.
pub(crate) struct Sqlite(pub(crate) Answering);

impl Sqlite {
    fn ask(&mut self, question: &Json) -> Json {
        serde_json::from_str(&self.0.ask(&question.to_string())).unwrap()
    }
}

pub(crate) struct Double(pub(crate) Rc<RefCell<Sqlite>>);

/// A value as SQLAlchemy's SQLite dialect gives it to the driver.
fn to_json(parameter: &Parameter) -> Json {
    if let Some(limbeck_schema::SqlType::Json(_)) = &parameter.sql_type {
        return match &parameter.value {
            SqlValue::Json(document) => json!(dumped(document)),
            SqlValue::Null => json!("null"),
            other => panic!("{other:?}"),
        };
    }
    match &parameter.value {
        SqlValue::Null => Json::Null,
        SqlValue::Bool(value) => json!(i64::from(*value)),
        SqlValue::Int(value) => json!(value),
        SqlValue::Float(value) => json!(value),
        SqlValue::Text(value) => match &parameter.sql_type {
            Some(limbeck_schema::SqlType::Uuid(_)) => json!(value.replace('-', "")),
            _ => json!(value),
        },
        SqlValue::Decimal(digits) => json!(digits.parse::<f64>().unwrap()),
        SqlValue::Uuid(uuid) => json!(uuid.as_simple().to_string()),
        SqlValue::DateTime(moment) => json!(moment.format("%Y-%m-%d %H:%M:%S%.6f").to_string()),
        SqlValue::Date(day) => json!(day.format("%Y-%m-%d").to_string()),
        SqlValue::Interval(span) => {
            let moment = chrono::DateTime::UNIX_EPOCH.naive_utc() + *span;
            json!(moment.format("%Y-%m-%d %H:%M:%S%.6f").to_string())
        }
        other => panic!("{other:?}"),
    }
}

/// A document as `json.dumps` writes it.
fn dumped(json: &Json) -> String {
    match json {
        Json::Array(items) => {
            format!("[{}]", items.iter().map(dumped).collect::<Vec<_>>().join(", "))
        }
        Json::Object(items) => {
            let items = items.iter().map(|(key, item)| format!("{}: {}", json!(key), dumped(item)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        Json::String(text) => {
            let text = json!(text).to_string();
            let escaped = text.chars().map(|c| match c.is_ascii() {
                true => c.to_string(),
                false => format!("\\u{:04x}", u32::from(c)),
            });
            escaped.collect()
        }
        other => other.to_string(),
    }
}

impl Connection for Double {
    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, SqlError> {
        let parameters: Vec<Json> = parameters.iter().map(to_json).collect();
        let answer = self.0.borrow_mut().ask(&json!({ "sql": sql, "parameters": parameters }));
        if let Some(message) = answer["error"].as_str() {
            return Err(SqlError {
                sqlstate: None,
                code: answer["code"].as_i64(),
                class: None,
                is_database: true,
                message: message.to_owned(),
                dialect: Dialect::Sqlite,
                is_unreadable: false,
            });
        }
        let value = |json: &Json| match json {
            Json::Null => SqlValue::Null,
            Json::Number(number) => match number.as_i64() {
                Some(number) => SqlValue::Int(number),
                None => SqlValue::Float(number.as_f64().unwrap()),
            },
            Json::String(text) => SqlValue::Text(text.clone()),
            other => panic!("{other}"),
        };
        let rows = answer["rows"].as_array().unwrap();
        let rows = rows.iter().map(|row| row.as_array().unwrap().iter().map(value).collect());
        let columns = answer["columns"]
            .as_array()
            .map(|names| names.iter().map(|name| name.as_str().unwrap().to_owned()).collect());
        Ok(ResultSet {
            columns,
            rows: rows.collect(),
            row_count: answer["count"].as_i64().unwrap(),
            last_id: answer["last"].as_i64(),
        })
    }

    fn begin_nested(&mut self) -> Result<(), SqlError> {
        self.execute("SAVEPOINT s", &[]).map(drop)
    }

    fn end_nested(&mut self, keep: bool, _: usize) -> Result<(), SqlError> {
        if !keep {
            self.execute("ROLLBACK TO s", &[])?;
        }
        self.execute("RELEASE s", &[]).map(drop)
    }

    fn autocommit(&mut self, _: bool) -> Result<(), SqlError> {
        Ok(())
    }

    fn end_transaction(&mut self, _: bool) -> Result<(), SqlError> {
        Ok(())
    }
}

/// The dump with the lines of CREATE TABLE sorted: reflected constraints are a set in Python.
fn in_order(dump: &Json) -> Json {
    match dump {
        Json::String(text) if text.starts_with("CREATE TABLE") => {
            let mut lines: Vec<&str> =
                text.lines().map(|line| line.trim_end_matches([',', ' '])).collect();
            lines.sort_unstable();
            json!(lines)
        }
        Json::Array(items) => items.iter().map(in_order).collect(),
        Json::Object(items) => {
            Json::Object(items.iter().map(|(key, item)| (key.clone(), in_order(item))).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn live_revisions_leave_the_database_as_alembic_leaves_it() {
    let sqlite = Sqlite(Answering::start(include_str!("live.py")));
    let sqlite = Rc::new(RefCell::new(sqlite));
    let text = include_str!("live.txt");
    let (setup, rest) = text.split_once("#### ").unwrap();
    let setup: Vec<&str> = setup.split(";\n").filter(|sql| !sql.trim().is_empty()).collect();
    let mut wrong = Vec::new();
    let mut count = 0;
    let cases = format!("#### {rest}\n{}", include_str!("orm.txt"));
    for (name, source) in crate::revisions(&cases) {
        count += 1;
        let theirs = sqlite.borrow_mut().ask(&json!({ "setup": setup, "source": source }));
        sqlite.borrow_mut().ask(&json!({ "reset": true }));
        let mut double = Double(Rc::clone(&sqlite));
        for sql in &setup {
            double.execute(sql, &[]).unwrap();
        }
        let migration =
            Migration::live(Target::sqlite(), NamingConvention::default(), Box::new(double));
        let mut interp = Interpreter::new(Box::new(NoHost(migration)), Limits::default());
        sa::register(&mut interp);
        stdlib::register(&mut interp);
        let ours = run_revision(&mut interp, &source, "revision.py", Direction::Upgrade);
        let dump = sqlite.borrow_mut().ask(&json!({ "dump": true }));
        let is_equal = match &ours {
            Ok(()) => in_order(&dump) == in_order(&theirs),
            Err(limbeck_alembic::eval::Failure::Raised { class, .. }) => {
                class.rsplit('.').next() == theirs["error"].as_str()
            }
            Err(_) => false,
        };
        if !is_equal {
            wrong.push(format!("== {name}\n{ours:?}\nlimbeck: {dump:#}\nalembic: {theirs:#}"));
        }
    }
    println!("{count} compared");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
