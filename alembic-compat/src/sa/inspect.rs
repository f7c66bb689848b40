//! Questions to the catalog: is there such a table, type, sequence?

use std::collections::BTreeSet;

use limbeck_schema::Dialect;
use limbeck_schema::SchemaObject;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::errors;
use super::migration;
use super::migration::Output;
use super::migration::ResultSet;
use super::transaction;
use super::trial;

/// Asks the database; none offline.
pub(crate) fn ask(
    interp: &mut Interpreter,
    sql: &str,
    parameters: &[&str],
) -> Result<Option<ResultSet>> {
    transaction::autobegin(interp)?;
    if let Some(trial) = trial::current(interp)? {
        return trial.rows(interp).map(Some);
    }
    let parameters: Vec<Parameter> = parameters
        .iter()
        .map(|value| Parameter {
            name: None,
            value: SqlValue::from(*value),
            sql_type: Some(limbeck_schema::SqlType::text()),
        })
        .collect();
    let result = match &mut migration::current(interp)?.output {
        Output::Offline(_) => return Ok(None),
        Output::Live(connection) => connection.execute(sql, &parameters),
    };
    match result {
        Ok(result) => Ok(Some(result)),
        Err(error) => Err(errors::database(interp, &error, sql)?),
    }
}

fn found(result: Option<ResultSet>) -> Option<bool> {
    result.map(|result| !result.rows.is_empty())
}

/// Whether there is such a table or view; unknown offline.
pub(crate) fn has_table(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Option<bool>> {
    if let Some(trial) = trial::current(interp)? {
        return Ok(Some(trial.answer()));
    }
    let result = match migration::target(interp)?.dialect() {
        Dialect::Postgresql => ask(
            interp,
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = \
             c.relnamespace WHERE c.relname = $1 AND c.relkind IN ('r','p','f','v','m') AND \
             CASE WHEN $2 = '' THEN pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> \
             'pg_catalog' ELSE n.nspname = $2 END",
            &[name, schema.unwrap_or("")],
        )?,
        Dialect::Sqlite => {
            let schema = schema.unwrap_or("main");
            let quoted = format!("\"{}\"", schema.replace('"', "\"\""));
            let sql = format!(
                "SELECT 1 FROM {quoted}.sqlite_master WHERE type IN ('table','view') AND \
                 lower(name) = lower(?)"
            );
            ask(interp, &sql, &[name])?
        }
        Dialect::Mysql => ask(
            interp,
            "SELECT 1 FROM information_schema.tables WHERE table_name = ? AND table_schema = \
             COALESCE(NULLIF(?, ''), DATABASE())",
            &[name, schema.unwrap_or("")],
        )?,
    };
    Ok(found(result))
}

/// Whether there is such a schema.
pub(crate) fn has_schema(interp: &mut Interpreter, name: &str) -> Result<bool> {
    if let Some(trial) = trial::current(interp)? {
        return Ok(trial.answer());
    }
    if migration::target(interp)?.dialect() == Dialect::Postgresql {
        let sql = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";
        return Ok(found(ask(interp, sql, &[name])?) == Some(true));
    }
    Ok(super::reflect::names(interp, "schemas", None)?.iter().any(|known| known == name))
}

/// Whether PostgreSQL has such a type; unknown offline.
pub(crate) fn has_type(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Option<bool>> {
    if let Some(trial) = trial::current(interp)? {
        return Ok(Some(trial.answer()));
    }
    let result = ask(
        interp,
        "SELECT 1 FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = \
         t.typnamespace WHERE t.typname = $1 AND CASE WHEN $2 = '' THEN \
         pg_catalog.pg_type_is_visible(t.oid) ELSE n.nspname = $2 END",
        &[name, schema.unwrap_or("")],
    )?;
    Ok(found(result))
}

/// Whether there is such a sequence; unknown offline.
pub(crate) fn has_sequence(
    interp: &mut Interpreter,
    schema: Option<&str>,
    name: &str,
) -> Result<Option<bool>> {
    let target = migration::target(interp)?;
    if let Some(trial) = trial::current(interp)? {
        return Ok(Some(trial.answer()));
    }
    let mut schema = schema.map(str::to_owned);
    if super::table::is_old(interp) && schema.is_none() {
        schema = default_schema(interp)?;
    }
    let schema = schema.as_deref();
    let result = match target.dialect() {
        Dialect::Postgresql => ask(
            interp,
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = \
             c.relnamespace WHERE c.relname = $1 AND c.relkind = 'S' AND CASE WHEN $2 = '' THEN \
             pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END",
            &[name, schema.unwrap_or("")],
        )?,
        Dialect::Sqlite => return Ok(None),
        Dialect::Mysql => ask(
            interp,
            "SELECT 1 FROM information_schema.tables WHERE table_type = 'SEQUENCE' AND table_name \
             = ? AND table_schema = COALESCE(NULLIF(?, ''), DATABASE())",
            &[name, schema.unwrap_or("")],
        )?,
    };
    Ok(found(result))
}

/// An object as a key of a set.
pub(crate) type ObjectKey = (&'static str, Option<String>, String);

/// The key of an object.
pub(crate) fn key_of(object: SchemaObject<'_>) -> ObjectKey {
    let (kind, schema, name) = match object {
        SchemaObject::Table { schema, name } => ("table", schema, name),
        SchemaObject::Sequence { schema, name } => ("sequence", schema, name),
        SchemaObject::Type { schema, name } => ("type", schema, name),
    };
    (kind, schema.map(str::to_owned), name.to_owned())
}

/// Which of the objects of a metadata are there. None where nobody asks, or nobody can be asked.
pub(crate) fn known_objects(
    interp: &mut Interpreter,
    metadata: &limbeck_schema::MetaData,
    checks: bool,
) -> Result<Option<BTreeSet<ObjectKey>>> {
    let migration = migration::current(interp)?;
    if !checks || migration.is_offline() {
        return Ok(None);
    }
    let target = migration.target().clone();
    // A first pass learns which objects are asked about.
    let asked = std::cell::RefCell::new(BTreeSet::new());
    let note = |answer: bool| {
        let asked = &asked;
        move |object: SchemaObject<'_>| {
            asked.borrow_mut().insert(key_of(object));
            answer
        }
    };
    drop(metadata.create_all(&target, &note(false)));
    drop(metadata.drop_all(&target, &note(true)));
    let mut known = BTreeSet::new();
    if let Some(trial) = trial::current(interp)? {
        // Each answer makes or drops another set of objects, and nothing else.
        trial.assume();
        return Ok(Some(known));
    }
    for key in asked.into_inner() {
        let (kind, schema, name) = &key;
        let there = match *kind {
            "table" => has_table(interp, schema.as_deref(), name)?,
            "sequence" => has_sequence(interp, schema.as_deref(), name)?,
            _ => has_type(interp, schema.as_deref(), name)?,
        };
        if there == Some(true) {
            known.insert(key);
        }
    }
    Ok(Some(known))
}

/// The first schema of the `search_path` with which the session began: SQLAlchemy asks for it when
/// its engine connects, and what a revision sets does not change it.
const FIRST_SCHEMA: &str = "SELECT n.nspname::text FROM pg_catalog.pg_settings s CROSS JOIN LATERAL \
    pg_catalog.regexp_matches(s.reset_val, '\"((?:[^\"]|\"\")*)\"|([^,\"\\s]+)', 'g') WITH ORDINALITY \
    AS p(part, place) JOIN pg_catalog.pg_namespace n ON n.nspname = CASE WHEN \
    coalesce(p.part[1], p.part[2]) = '$user' THEN session_user::text WHEN p.part[1] IS NOT NULL THEN \
    replace(p.part[1], '\"\"', '\"') ELSE lower(p.part[2]) END WHERE s.name = 'search_path' AND \
    pg_catalog.has_schema_privilege(session_user, n.oid, 'USAGE') ORDER BY p.place LIMIT 1";

/// What `default_schema_name` says; none offline, and where there is no such schema.
pub(super) fn default_schema(interp: &mut Interpreter) -> Result<Option<String>> {
    let sql = match migration::target(interp)?.dialect() {
        Dialect::Postgresql => FIRST_SCHEMA,
        Dialect::Mysql => "SELECT DATABASE()",
        Dialect::Sqlite => return Ok(Some("main".to_owned())),
    };
    let row = ask(interp, sql, &[])?.and_then(|result| result.rows.into_iter().next());
    Ok(match row.and_then(|row| row.into_iter().next()) {
        Some(SqlValue::Text(name)) => Some(name),
        _ => None,
    })
}

/// A fact of the dialect that the server knows.
pub(crate) fn dialect_fact(interp: &mut Interpreter, name: &str) -> Result<Value> {
    match name {
        "server_version_info" => {
            let target = migration::target(interp)?;
            if let (None, Some(trial)) = (target.version(), trial::current(interp)?) {
                return trial.rows(interp).map(|_| Value::tuple(vec![Value::Int(0)]));
            }
            match target.version() {
                Some(version) => Ok(Value::tuple(
                    version.iter().map(|part| Value::Int(i64::from(*part))).collect(),
                )),
                None => Err(interp.unsupported("Dialect.server_version_info without a server")),
            }
        }
        "default_schema_name" => Ok(default_schema(interp)?.map_or(Value::None, Value::from)),
        _ => Err(interp.unsupported(format!("Dialect.{name}"))),
    }
}
