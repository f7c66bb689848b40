//! A single table, as the catalog describes it.

mod mysql;
mod postgres;
mod sqlite;

use limbeck_schema::Dialect;
use serde::Serialize;

use super::connect;
use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::mysql::MysqlConnection;
use super::table_name::TableName;
use super::url::DatabaseUrl;

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

/// Describes the table or view `table`; without a schema it is searched as a statement would
/// search it. `None` when there is none.
///
/// # Errors
/// When the database cannot be reached, or its catalog cannot be read.
pub fn describe(
    url: &DatabaseUrl,
    options: &SessionOptions,
    table: &TableName,
) -> Result<Option<Description>, DatabaseError> {
    let options = SessionOptions { read_only: true, ..options.clone() };
    match url.dialect() {
        Dialect::Postgresql => postgres::describe(&mut connect::postgres(url, &options)?, table),
        Dialect::Sqlite => sqlite::describe(&mut connect::sqlite(url, true)?, table),
        Dialect::Mysql => mysql::describe(&mut MysqlConnection::open(url, &options)?, table),
    }
}
