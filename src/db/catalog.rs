//! Looking up objects in the catalog, to find out what became of a statement in doubt.

use super::CatalogObject;
use super::ObjectKind;
use super::ObjectState;
use super::error::DatabaseError;
use super::sql::Sql;
use super::sql::TextRow;
use super::sql::column;

/// The table in which Diesel keeps what it has run.
pub(super) const DIESEL_HISTORY: &str = "__diesel_schema_migrations";

/// The query for its versions.
pub(super) const DIESEL_VERSIONS: &str =
    "SELECT CAST(version AS TEXT) FROM __diesel_schema_migrations ORDER BY version";

/// The first column of each row, without NULLs.
pub(super) fn first_column(rows: Vec<TextRow>) -> Vec<String> {
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

/// Looks `object` up in PostgreSQL. Without a schema it is searched as the server would search
/// it, along the `search_path`.
pub(super) fn probe_postgres(
    sql: &mut dyn Sql,
    object: &CatalogObject,
) -> Result<ObjectState, DatabaseError> {
    let relation = |kinds: &str| {
        format!(
            "SELECT 'valid' FROM pg_class c WHERE c.relname = $1 AND c.relkind IN ({kinds}) AND {}",
            place("c.relnamespace", "pg_table_is_visible(c.oid)", 2)
        )
    };
    let query = match object.kind {
        ObjectKind::Table => relation("'r', 'p', 'f'"),
        ObjectKind::View => relation("'v', 'm'"),
        ObjectKind::Sequence => relation("'S'"),
        ObjectKind::Index => format!(
            // That of a partitioned table is invalid until every partition has one.
            "SELECT CASE WHEN i.indisvalid OR c.relkind = 'I' THEN 'valid' ELSE 'invalid' END \
             FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname = $1 AND {}",
            place("c.relnamespace", "pg_table_is_visible(c.oid)", 2)
        ),
        ObjectKind::Schema => {
            "SELECT 'valid' FROM pg_namespace WHERE nspname = $1 AND $2 = $2".to_owned()
        }
        // Every table has a row type of its own, which nobody creates or removes by itself.
        ObjectKind::Type => format!(
            "SELECT 'valid' FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid \
             WHERE t.typname = $1 AND coalesce(c.relkind = 'c', true) AND {}",
            place("t.typnamespace", "pg_type_is_visible(t.oid)", 2)
        ),
        ObjectKind::Column => format!(
            "SELECT 'valid' FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
             WHERE a.attname = $1 AND a.attnum > 0 AND NOT a.attisdropped AND {} \
             AND c.relname = $3",
            place("c.relnamespace", "pg_table_is_visible(c.oid)", 2)
        ),
        ObjectKind::Trigger => format!(
            "SELECT 'valid' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
             WHERE t.tgname = $1 AND NOT t.tgisinternal AND {} AND ($3 = '' OR c.relname = $3)",
            place("c.relnamespace", "pg_table_is_visible(c.oid)", 2)
        ),
        ObjectKind::Constraint => format!(
            "SELECT 'valid' FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
             WHERE k.conname = $1 AND {} AND c.relname = $3",
            place("c.relnamespace", "pg_table_is_visible(c.oid)", 2)
        ),
        ObjectKind::Procedure | ObjectKind::Function => format!(
            "SELECT 'valid' FROM pg_proc p WHERE p.proname = $1 AND (p.prokind = 'p') = {} AND {}",
            object.kind == ObjectKind::Procedure,
            place("p.pronamespace", "pg_function_is_visible(p.oid)", 2)
        ),
        // There are none.
        ObjectKind::ForeignKey | ObjectKind::Check | ObjectKind::Unique | ObjectKind::Event => {
            return Ok(ObjectState::Absent);
        }
    };
    let schema = object.schema.as_deref().unwrap_or("");
    let table = object.table.as_deref().unwrap_or("");
    let rows = match object.kind {
        ObjectKind::Column | ObjectKind::Trigger | ObjectKind::Constraint => {
            sql.rows(&query, &[&object.name, schema, table])
        }
        _ => sql.rows(&query, &[&object.name, schema]),
    }?;
    Ok(state(&rows))
}

/// The condition that an object is in the schema that parameter `number` names, or, when that is
/// empty, that it is `visible`.
fn place(namespace: &str, visible: &str, number: usize) -> String {
    format!(
        "CASE WHEN ${number} = '' THEN {visible} ELSE \
         {namespace} = (SELECT oid FROM pg_namespace WHERE nspname = ${number}) END"
    )
}

/// Looks `object` up in SQLite, whose names know no case. What SQLite has not is absent.
pub(super) fn probe_sqlite(
    sql: &mut dyn Sql,
    object: &CatalogObject,
) -> Result<ObjectState, DatabaseError> {
    let schema = object.schema.as_deref().unwrap_or("main");
    let table = object.table.as_deref().unwrap_or("");
    let word = match object.kind {
        ObjectKind::Table => "table",
        ObjectKind::View => "view",
        ObjectKind::Index => "index",
        ObjectKind::Trigger => "trigger",
        // xinfo, because info leaves generated columns out.
        ObjectKind::Column => {
            let rows = sql.rows(
                "SELECT 'valid' FROM pragma_table_xinfo(?1, ?2) WHERE name = ?3 COLLATE NOCASE",
                &[table, schema, &object.name],
            )?;
            return Ok(state(&rows));
        }
        ObjectKind::Schema => {
            let rows = sql.rows(
                "SELECT 'valid' FROM pragma_database_list WHERE name = ?1 COLLATE NOCASE",
                &[&object.name],
            )?;
            return Ok(state(&rows));
        }
        ObjectKind::Sequence
        | ObjectKind::Type
        | ObjectKind::Constraint
        | ObjectKind::ForeignKey
        | ObjectKind::Check
        | ObjectKind::Unique
        | ObjectKind::Procedure
        | ObjectKind::Function
        | ObjectKind::Event => return Ok(ObjectState::Absent),
    };
    let master = limbeck_schema::quote_identifier(limbeck_schema::Dialect::Sqlite, schema);
    let rows = sql.rows(
        &format!(
            "SELECT 'valid' FROM {master}.sqlite_master \
             WHERE type = ?1 AND name = ?2 COLLATE NOCASE"
        ),
        &[word, &object.name],
    )?;
    Ok(state(&rows))
}

fn state(rows: &[TextRow]) -> ObjectState {
    match rows.first().map(|row| column(row, 0)) {
        None => ObjectState::Absent,
        Some("invalid") => ObjectState::Invalid,
        Some(_) => ObjectState::Present,
    }
}
