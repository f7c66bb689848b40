//! Tests of the module as its callers see it.

mod bodies;
mod lexing;
mod normalizing;
mod probes;
mod properties;
mod shapes;
mod splitting;
mod transactions;

use limbeck_schema::Dialect;
use limbeck_schema::Dialect::Mysql;
use limbeck_schema::Dialect::Postgresql;
use limbeck_schema::Dialect::Sqlite;

use super::SourcePosition;
use super::SplitError;
use super::Statement;
use super::split;

const START: SourcePosition = SourcePosition { line: 1, column: 1 };

fn at(line: usize, column: usize) -> SourcePosition {
    SourcePosition { line, column }
}

fn texts(text: &str, dialect: Dialect) -> Vec<String> {
    let statements = split(text, dialect, START).unwrap_or_else(|e| panic!("{e}\n{text}"));
    statements.into_iter().map(|statement| statement.text).collect()
}

fn error(text: &str, dialect: Dialect) -> SplitError {
    match split(text, dialect, START) {
        Ok(statements) => panic!("{text} splits into {statements:?}"),
        Err(error) => error,
    }
}

fn statement(text: &str) -> Statement {
    Statement { text: text.to_owned(), position: START }
}

/// Checks that `text` is one statement, whatever follows it.
fn whole(text: &str, dialect: Dialect) {
    let script = format!("{text};\nSELECT 1");
    assert_eq!(texts(&script, dialect), [text, "SELECT 1"]);
}
