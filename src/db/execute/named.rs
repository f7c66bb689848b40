//! The names of the columns of an answer without rows.
//!
//! Diesel tells names with rows only, and Python code asks for them all the same (`keys()`), or at
//! least whether there are any. So a query that has answered nothing is asked again as the empty
//! side of an outer join, which the database plans but never runs; of a statement that changes rows
//! the words behind RETURNING are read.

use limbeck_schema::Dialect;

use crate::script::sql::Answer;
use crate::script::sql::Returned;
use crate::script::sql::answer;
use crate::script::sql::returned;

use super::whole;

/// Where the names come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Names {
    /// They cannot be told.
    Known(Vec<String>),
    /// From the one row of this query.
    Ask(String),
    /// From the list of `RETURNING`.
    Pieces(Vec<Piece>),
}

/// A part of the list of `RETURNING`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// One column.
    Name(String),
    /// All columns of this table, as it is written.
    All(String),
}

/// How to tell the columns of the statement `text`, which has answered no row.
pub(super) fn names_of_empty(text: &str, dialect: Dialect) -> Names {
    if let Some(items) = returned(text, dialect) {
        let pieces = items.into_iter().map(|item| match item {
            Returned::Name(name) => Piece::Name(name),
            Returned::All(table) => Piece::All(table),
        });
        return Names::Pieces(pieces.collect());
    }
    // One that changes rows in its WITH must not be run again, and cannot stand in a subquery.
    match answer(&whole(text), dialect) {
        Answer::Rows { at } if at == 0 || !changes_rows(text) => Names::Ask(format!(
            "SELECT limbeck_rows.* FROM (SELECT 1) AS limbeck_one \
             LEFT JOIN (\n{text}\n) AS limbeck_rows ON 1 = 0"
        )),
        _ => Names::Known(Vec::new()),
    }
}

/// A query for the columns of the table that is written as `table`.
pub(super) fn star_sql(table: &str) -> String {
    format!(
        "SELECT limbeck_rows.* FROM (SELECT 1) AS limbeck_one \
         LEFT JOIN {table} AS limbeck_rows ON 1 = 0"
    )
}

fn changes_rows(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["INSERT", "UPDATE", "DELETE", "MERGE"].iter().any(|word| upper.contains(word))
}
