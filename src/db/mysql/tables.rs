//! Finding and making our own tables on MySQL.

use limbeck_schema::Dialect;

use super::error::is_no_such_table;
use crate::db::RowLength;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::sql::column;
use crate::db::table_name::TableName;

/// The condition that a row of `information_schema` is about the table of the parameters: its
/// database (empty for the session's own), and twice its name. The server compares names without
/// regard to case even where it keeps them apart.
pub(super) const IS_TABLE: &str = "table_schema = coalesce(nullif(?, ''), database()) \
     AND table_name = ? AND (@@lower_case_table_names <> 0 OR BINARY table_name = BINARY ?)";

/// The parameters of [`IS_TABLE`].
pub(super) fn is_table(table: &TableName) -> [&str; 3] {
    [table.schema.as_deref().unwrap_or(""), &table.name, &table.name]
}

/// The database that `table` is found in; `None` when there is no such table.
pub(in crate::db) fn schema_of(
    sql: &mut dyn Sql,
    table: &TableName,
) -> Result<Option<String>, DatabaseError> {
    let query = format!("SELECT table_schema FROM information_schema.tables WHERE {IS_TABLE}");
    let mut rows = sql.rows(&query, &is_table(table))?;
    // The server hides there what the user has no right to.
    if rows.is_empty() && is_there(sql, table)? {
        rows = sql.rows(&query, &is_table(table))?;
    }
    Ok(rows.first().map(|row| column(row, 0).to_owned()))
}

/// Whether `table` can be read. A user who may not read it, or who could not if it were there, is
/// told so.
fn is_there(sql: &mut dyn Sql, table: &TableName) -> Result<bool, DatabaseError> {
    match sql.rows(&format!("SELECT '' FROM {} LIMIT 0", table.sql(Dialect::Mysql)), &[]) {
        Ok(_) => Ok(true),
        Err(error) if is_no_such_table(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What the column `version_num` of `table` holds, or will hold.
pub(super) fn row_length(
    sql: &mut dyn Sql,
    table: &TableName,
    to_be_made: usize,
) -> Result<RowLength, DatabaseError> {
    let query = format!(
        "SELECT CAST(character_maximum_length AS CHAR) FROM information_schema.columns \
         WHERE {IS_TABLE} AND column_name = 'version_num'"
    );
    let rows = sql.rows(&query, &is_table(table))?;
    Ok(match rows.first() {
        None => RowLength::ToBeMade(to_be_made),
        Some(row) => column(row, 0).parse().map_or(RowLength::Unlimited, RowLength::Made),
    })
}

/// Whether the column `version_num` of `table` tells ids apart that differ only in case. Where
/// there is no such table, the collation of its database decides.
pub(super) fn keeps_case(sql: &mut dyn Sql, table: &TableName) -> Result<bool, DatabaseError> {
    let made = format!(
        "SELECT CAST(collation_name AS CHAR) FROM information_schema.columns \
         WHERE {IS_TABLE} AND column_name = 'version_num'"
    );
    let mut rows = sql.rows(&made, &is_table(table))?;
    if rows.is_empty() {
        let to_be_made = "SELECT CAST(default_collation_name AS CHAR) \
             FROM information_schema.schemata \
             WHERE schema_name = coalesce(nullif(?, ''), database())";
        rows = sql.rows(to_be_made, &[table.schema.as_deref().unwrap_or("")])?;
    }
    // A column of bytes has no collation.
    Ok(rows.first().is_none_or(|row| {
        let name = column(row, 0);
        name.is_empty() || name == "binary" || name.ends_with("_bin") || name.ends_with("_cs")
    }))
}

/// Runs `create` unless `table` is there, and tells the database it is in. Making it ends a
/// transaction, so that is refused while one is open.
pub(super) fn ensure(
    sql: &mut dyn Sql,
    table: &TableName,
    create: &str,
    in_transaction: bool,
) -> Result<String, DatabaseError> {
    if let Some(schema) = schema_of(sql, table)? {
        return Ok(schema);
    }
    if in_transaction {
        return Err(DatabaseError::new(
            DatabaseErrorKind::Statement,
            format!("making the table {table} would end the open transaction"),
        ));
    }
    sql.batch(create).map_err(|error| DatabaseError { offset: None, ..error })?;
    schema_of(sql, table)?.ok_or_else(|| {
        DatabaseError::new(
            DatabaseErrorKind::Statement,
            format!("the table {table} was created but cannot be found"),
        )
    })
}

/// The rows of a query on `table`; `None` when there is no such table. One question: a failure
/// ends no transaction here.
pub(super) fn rows_if_exists(
    sql: &mut dyn Sql,
    query: &str,
    binds: &[&str],
) -> Result<Option<Vec<TextRow>>, DatabaseError> {
    match sql.rows(query, binds) {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if is_no_such_table(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
