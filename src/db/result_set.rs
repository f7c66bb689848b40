//! What a statement answers, with typed values.

use limbeck_schema::SqlValue;

/// The answer to a statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResultSet {
    /// The names of the columns; `None` for a statement that answers no rows.
    pub columns: Option<Vec<String>>,
    /// The rows.
    pub rows: Vec<Vec<SqlValue>>,
    /// How many rows were found or changed, as the Python driver counts them; -1 where it does
    /// not: for DDL on PostgreSQL and SQLite, and on SQLite for queries.
    pub row_count: i64,
    /// The key that an INSERT has made, on MySQL and SQLite.
    pub last_id: Option<i64>,
}
