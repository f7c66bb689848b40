//! Finding and making our own tables on PostgreSQL.

use limbeck_schema::Dialect;

use crate::db::RowLength;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::sql::column;
use crate::db::table_name::TableName;

/// The schema that `table` is found in; `None` when there is no such table.
pub(in crate::db) fn schema_of(
    sql: &mut dyn Sql,
    table: &TableName,
) -> Result<Option<String>, DatabaseError> {
    let rows = sql.rows(
        "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = to_regclass($1)",
        &[&table.quoted(Dialect::Postgresql)],
    )?;
    Ok(rows.first().map(|row| column(row, 0).to_owned()))
}

/// What the column `version_num` of `table` holds, or will hold.
pub(in crate::db) fn row_length(
    sql: &mut dyn Sql,
    table: &TableName,
    to_be_made: usize,
) -> Result<RowLength, DatabaseError> {
    // The type modifier of a text of limited length is that length and four bytes of header; a
    // domain has it in place of its column. Without a limit it is -1.
    let rows = sql.rows(
        "SELECT (CASE t.typtype WHEN 'd' THEN t.typtypmod ELSE a.atttypmod END)::text \
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
         WHERE a.attrelid = to_regclass($1) AND a.attname = 'version_num' AND NOT a.attisdropped",
        &[&table.quoted(Dialect::Postgresql)],
    )?;
    let Some(row) = rows.first() else {
        return Ok(RowLength::ToBeMade(to_be_made));
    };
    let length = column(row, 0).parse::<i64>().unwrap_or(-1) - 4;
    Ok(usize::try_from(length).map_or(RowLength::Unlimited, RowLength::Made))
}

/// Runs `create` unless `table` is there, and tells the schema it is in.
///
/// `IF NOT EXISTS` is no protection against another process that creates the same table at the
/// same time: one of the two fails on a unique index of the catalog. So a failure counts only when
/// the table is still missing afterwards. `in_transaction` keeps that failure from ending the
/// caller's transaction.
pub(in crate::db) fn ensure(
    sql: &mut dyn Sql,
    table: &TableName,
    create: &str,
    in_transaction: bool,
) -> Result<String, DatabaseError> {
    if let Some(schema) = schema_of(sql, table)? {
        return Ok(schema);
    }
    let created = if in_transaction {
        let guarded = format!("SAVEPOINT limbeck;\n{create};\nRELEASE SAVEPOINT limbeck");
        let created = sql.batch(&guarded);
        if created.is_err() {
            sql.batch("ROLLBACK TO SAVEPOINT limbeck;\nRELEASE SAVEPOINT limbeck")?;
        }
        created
    } else {
        sql.batch(create)
    };
    match (schema_of(sql, table)?, created) {
        (Some(schema), _) => Ok(schema),
        (None, Err(error)) => Err(DatabaseError { offset: None, ..error }),
        (None, Ok(())) => Err(DatabaseError::new(
            DatabaseErrorKind::Statement,
            format!("the table {table} was created but cannot be found; check the search_path"),
        )),
    }
}

/// The rows of a query on `table`; `None` when there is no such table. One round trip when there
/// is: the question whether it exists is put only after a failure, unless a failure would end the
/// caller's transaction.
pub(in crate::db) fn rows_if_exists(
    sql: &mut dyn Sql,
    table: &TableName,
    query: &str,
    binds: &[&str],
    in_transaction: bool,
) -> Result<Option<Vec<TextRow>>, DatabaseError> {
    if in_transaction {
        if schema_of(sql, table)?.is_none() {
            return Ok(None);
        }
        return sql.rows(query, binds).map(Some);
    }
    match sql.rows(query, binds) {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if error.kind != DatabaseErrorKind::Statement => Err(error),
        Err(_) => match schema_of(sql, table)? {
            // Another process may have made the table between the query and the question. An error
            // with another reason comes again.
            Some(_) => sql.rows(query, binds).map(Some),
            None => Ok(None),
        },
    }
}
