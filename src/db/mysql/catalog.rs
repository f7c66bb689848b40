//! Looking up objects in MySQL's catalog.

use super::tables::IS_TABLE;
use crate::db::CatalogObject;
use crate::db::ObjectKind;
use crate::db::ObjectState;
use crate::db::error::DatabaseError;
use crate::db::sql::Sql;

/// Looks `object` up. Without a database it is searched in the session's own.
///
/// Names of columns, indexes, constraints, routines and events know no case; those of tables do
/// where the server keeps them apart; those of triggers too, on systems whose files do.
pub(super) fn probe(
    sql: &mut dyn Sql,
    object: &CatalogObject,
) -> Result<ObjectState, DatabaseError> {
    let schema = object.schema.as_deref().unwrap_or("");
    let (name, table) = (object.name.as_str(), object.table.as_deref().unwrap_or(""));
    let of_a_table = |view: &str, column: &str| {
        (
            format!(
                "SELECT 'valid' FROM information_schema.{view} WHERE {IS_TABLE} AND {column} = ?"
            ),
            vec![schema, table, table, name],
        )
    };
    let own = |view: &str, database: &str, column: &str, further: &str| {
        (
            format!(
                "SELECT 'valid' FROM information_schema.{view} \
                 WHERE {database} = coalesce(nullif(?, ''), database()) AND {column} = ?{further}"
            ),
            vec![schema, name],
        )
    };
    let tables = |types: &str| {
        (
            format!(
                "SELECT 'valid' FROM information_schema.tables \
                 WHERE {IS_TABLE} AND table_type IN ({types})"
            ),
            vec![schema, name, name],
        )
    };
    let constraint = |constraint_type: &str| {
        let (query, binds) = of_a_table("table_constraints", "constraint_name");
        (format!("{query} AND constraint_type = '{constraint_type}'"), binds)
    };
    let (query, binds) = match object.kind {
        ObjectKind::Table => tables("'BASE TABLE', 'SYSTEM VERSIONED'"),
        ObjectKind::View => tables("'VIEW', 'SYSTEM VIEW'"),
        // MariaDB's.
        ObjectKind::Sequence => tables("'SEQUENCE'"),
        ObjectKind::Column => of_a_table("columns", "column_name"),
        ObjectKind::Index if object.table.is_some() => of_a_table("statistics", "index_name"),
        ObjectKind::Index => own("statistics", "table_schema", "index_name", ""),
        ObjectKind::Trigger => own("triggers", "trigger_schema", "trigger_name", ""),
        ObjectKind::Schema => (
            "SELECT 'valid' FROM information_schema.schemata WHERE schema_name = ? \
             AND (@@lower_case_table_names <> 0 OR BINARY schema_name = BINARY ?)"
                .to_owned(),
            vec![name, name],
        ),
        ObjectKind::Constraint => of_a_table("table_constraints", "constraint_name"),
        // Constraints of different types may share a name.
        ObjectKind::ForeignKey => constraint("FOREIGN KEY"),
        ObjectKind::Check => constraint("CHECK"),
        ObjectKind::Unique => constraint("UNIQUE"),
        ObjectKind::Procedure => {
            own("routines", "routine_schema", "routine_name", " AND routine_type = 'PROCEDURE'")
        }
        ObjectKind::Function => {
            own("routines", "routine_schema", "routine_name", " AND routine_type = 'FUNCTION'")
        }
        ObjectKind::Event => own("events", "event_schema", "event_name", ""),
        // There are none.
        ObjectKind::Type => return Ok(ObjectState::Absent),
    };
    let rows = sql.rows(&query, &binds)?;
    Ok(if rows.is_empty() { ObjectState::Absent } else { ObjectState::Present })
}
