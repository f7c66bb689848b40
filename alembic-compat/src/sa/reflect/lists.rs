//! What a database has, by name: tables, views, sequences, schemas, enumerations.

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;

use crate::eval::Interpreter;
use crate::eval::Result;

use super::ReflectedEnum;
use super::Rows;
use super::ask;
use super::flag_at;
use super::inspect;
use super::migration;
use super::sqlite;
use super::text_at;

/// The names of tables, views, schemas: by one question.
pub(crate) fn names(
    interp: &mut Interpreter,
    kind: &str,
    schema: Option<&str>,
) -> Result<Vec<String>> {
    let given = schema.unwrap_or("");
    let rows = match (migration::target(interp)?.dialect(), kind) {
        (Dialect::Postgresql, "schemas") => ask(
            interp,
            "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg\\_%' \
             ORDER BY nspname",
            &[],
        )?,
        (Dialect::Postgresql, _) => {
            let kinds = match kind {
                "tables" => "'r','p'",
                "views" => "'v'",
                "materialized views" => "'m'",
                _ => "'S'",
            };
            let given = if super::super::table::is_old(interp) && given.is_empty() {
                inspect::default_schema(interp)?.unwrap_or_default()
            } else {
                given.to_owned()
            };
            // Temporary sequences are among the sequences, temporary tables not among the tables.
            let of_session = if kind == "sequences" { "''" } else { "'t'" };
            let sql = format!(
                "SELECT c.relname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
                 ON n.oid = c.relnamespace WHERE c.relkind IN ({kinds}) AND c.relpersistence::text <> \
                 {of_session} AND CASE WHEN $1 = '' THEN pg_catalog.pg_table_is_visible(c.oid) AND \
                 n.nspname <> 'pg_catalog' ELSE n.nspname = $1 END ORDER BY c.oid"
            );
            ask(interp, &sql, &[&given])?
        }
        (Dialect::Sqlite, "schemas") => Rows(vec![vec![SqlValue::from("main")]]),
        (Dialect::Sqlite, "tables" | "views") => {
            let kind = kind.trim_end_matches('s');
            let sql = format!(
                "SELECT name FROM {}sqlite_master WHERE type = '{kind}' AND name NOT LIKE \
                 'sqlite~_%' ESCAPE '~' ORDER BY name",
                sqlite::prefix(schema)
            );
            ask(interp, &sql, &[])?
        }
        (Dialect::Mysql, "schemas") => {
            ask(interp, "SELECT schema_name FROM information_schema.schemata ORDER BY 1", &[])?
        }
        (Dialect::Mysql, "tables" | "views" | "sequences") => {
            let kinds = match kind {
                "tables" => "'BASE TABLE'",
                "views" => "'VIEW', 'SYSTEM VIEW'",
                _ => "'SEQUENCE'",
            };
            let sql = format!(
                "SELECT table_name FROM information_schema.tables WHERE table_type IN ({kinds}) \
                 AND table_schema = COALESCE(NULLIF(?, ''), DATABASE())"
            );
            ask(interp, &sql, &[given])?
        }
        _ => Rows(Vec::new()),
    };
    let mut names: Vec<String> = rows.0.iter().filter_map(|row| text_at(row, 0)).collect();
    if migration::target(interp)?.dialect() == Dialect::Mysql {
        names.sort_unstable();
    }
    if kind == "tables" {
        let migration = migration::current(interp)?;
        names.retain(|name| !migration.hides(name));
    }
    Ok(names)
}

/// PostgreSQL's enumerations.
pub(crate) fn enums(interp: &mut Interpreter, schema: Option<&str>) -> Result<Vec<ReflectedEnum>> {
    if migration::target(interp)?.dialect() != Dialect::Postgresql {
        return interp.raise("AttributeError", "'Inspector' object has no attribute 'get_enums'");
    }
    let mut schema = schema.map(str::to_owned);
    if super::super::table::is_old(interp) && schema.is_none() {
        schema = inspect::default_schema(interp)?;
    }
    let rows = ask(
        interp,
        "SELECT n.nspname::text, pg_catalog.pg_type_is_visible(t.oid), t.typname::text, \
         e.enumlabel::text FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = \
         t.typnamespace LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid WHERE t.typtype = \
         'e' AND ($1 = '*' OR CASE WHEN $1 = '' THEN pg_catalog.pg_type_is_visible(t.oid) AND \
         n.nspname <> 'pg_catalog' ELSE n.nspname = $1 END) ORDER BY n.nspname, t.typname, \
         e.enumsortorder",
        &[schema.as_deref().unwrap_or("")],
    )?;
    let mut made: Vec<ReflectedEnum> = Vec::new();
    for row in &rows.0 {
        let (Some(schema), Some(name)) = (text_at(row, 0), text_at(row, 2)) else { continue };
        let label = text_at(row, 3);
        match made.last_mut() {
            Some(known) if known.name == name && known.schema == schema => {
                known.labels.extend(label);
            }
            _ => made.push(ReflectedEnum {
                schema,
                visible: flag_at(row, 1),
                name,
                labels: label.into_iter().collect(),
            }),
        }
    }
    Ok(made)
}
