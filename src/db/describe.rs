//! A single table, as the catalog describes it.

mod mysql;
mod postgres;
mod sqlite;

use serde::Serialize;

pub(super) use mysql::describe as of_mysql;
pub(super) use postgres::describe as of_postgres;
pub(super) use sqlite::describe as of_sqlite;

/// What a table consists of. Everything is in the words of its database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The schema that it was found in; `None` where a database has none.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is: `table`, `view` and so on.
    pub kind: String,
    /// Its comment.
    pub comment: Option<String>,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// Primary, unique and foreign keys, checks and exclusions.
    pub constraints: Vec<Part>,
    /// Foreign keys of other tables that refer to it.
    pub referenced_by: Vec<Part>,
    /// Its indexes; one that `CREATE INDEX CONCURRENTLY` left unusable says so.
    pub indexes: Vec<Part>,
    /// Its triggers.
    pub triggers: Vec<Part>,
    /// How it is partitioned, and of which table it is a part.
    pub partitioning: Vec<String>,
    /// The query of a view; on SQLite the statement that has made the table, which alone holds
    /// its checks.
    pub statement: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Whether it may be NULL.
    pub is_nullable: bool,
    /// Its default, or how it is generated.
    pub default: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// Something with a name and a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its name; SQLite knows constraints without one.
    pub name: Option<String>,
    /// Its definition in SQL.
    pub definition: String,
}
