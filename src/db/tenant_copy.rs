//! Filling a tenant with the rows of another, whose tables are the same.
//!
//! A schema cannot be copied by the server. So the tables of the new one are made as all tables of
//! tenants are, by the revisions; what is left is rows, sequences and materialised views, and a
//! look whether both are built alike: one that was changed by hand is not.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::quote_identifier;

use super::Database;
use super::error::DatabaseError;
use super::snapshot::Changes;
use super::snapshot::Snapshot;
use super::sql;
use super::tenant::TenantPlace;

/// A copy that was not made: nothing of it is left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The database failed.
    #[error("{0}")]
    Database(#[from] DatabaseError),
    /// The tables are not built alike.
    #[error("what the revisions make is not what is there")]
    Different {
        /// What is only in the one that was to be copied, and only in the other.
        changes: Box<Changes>,
    },
    /// Rows of tables refer to each other in a circle, and only a superuser may write them in
    /// between.
    #[error("foreign keys of tables {} go round in a circle", .tables.join(", "))]
    Circle {
        /// The tables.
        tables: Vec<String>,
    },
    /// Triggers of MySQL cannot be told to keep still.
    #[error("table {table} has triggers, which the rows of a copy would set off")]
    Triggers {
        /// The table.
        table: String,
    },
}

/// Fills the tenant `to`, which `database` is a session on, with what is in the tenant `from` of
/// the same server, but for the tables named `own`.
///
/// # Errors
/// [`CopyError`]. On PostgreSQL nothing has been changed then.
pub fn copy_tenant(
    database: &mut dyn Database,
    (from, to): (&str, &TenantPlace),
    own: &[String],
) -> Result<(), CopyError> {
    match database.dialect() {
        Dialect::Mysql => copy_mysql(database, (from, &to.schema), own),
        Dialect::Postgresql | Dialect::Sqlite => {
            // Before the transaction: it may have begun with a question by the time it is told.
            run(database, "SET default_transaction_isolation TO 'repeatable read'")?;
            database.begin()?;
            let copied = copy_postgres(database, (from, to), own);
            match copied {
                Ok(()) => Ok(database.commit()?),
                Err(error) => {
                    // The first error says more than a second one.
                    drop(database.rollback());
                    Err(error)
                }
            }
        }
    }
}

fn run(database: &mut dyn Database, sql: &str) -> Result<(), DatabaseError> {
    database.execute(sql, &[]).map(drop)
}

/// The rows of a query, all of texts.
fn texts(database: &mut dyn Database, sql: &str) -> Result<Vec<Vec<String>>, DatabaseError> {
    let answer = database.execute(sql, &[])?;
    let text = |value: &SqlValue| match value {
        SqlValue::Text(text) => text.clone(),
        SqlValue::Int(number) => number.to_string(),
        SqlValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    Ok(answer.rows.iter().map(|row| row.iter().map(text).collect()).collect())
}

/// A column that holds values of its own.
struct Column {
    name: String,
    /// Its type, where that is one of the tenant's own: such a value is of another type there.
    own_type: Option<OwnType>,
}

/// A type of the tenant's own, or an array of it.
struct OwnType {
    name: String,
    is_array: bool,
}

type Tables = BTreeMap<String, Vec<Column>>;

/// Tables with their columns, from rows of table, column, own type and whether it is an array.
fn columns(rows: Vec<Vec<String>>, own: &[String]) -> Tables {
    let mut tables = Tables::new();
    for row in rows {
        let Ok([table, name, own_type, is_array]) = <[String; 4]>::try_from(row) else { continue };
        if own.contains(&table) {
            continue;
        }
        let columns = tables.entry(table).or_default();
        if !name.is_empty() {
            let is_array = is_array == "y";
            let own_type = (!own_type.is_empty()).then_some(OwnType { name: own_type, is_array });
            columns.push(Column { name, own_type });
        }
    }
    tables
}

fn listed(dialect: Dialect, columns: &[Column]) -> String {
    let names = columns.iter().map(|column| quote_identifier(dialect, &column.name));
    names.collect::<Vec<_>>().join(", ")
}

/// The values of `columns`, as those of the schema `to`.
fn values(columns: &[Column], to: &str) -> String {
    let quoted = |name: &str| quote_identifier(Dialect::Postgresql, name);
    let value = |column: &Column| {
        let name = quoted(&column.name);
        match &column.own_type {
            None => name,
            Some(own) => {
                let end = if own.is_array { "[]" } else { "" };
                format!("{name}::text::{}.{}{end}", quoted(to), quoted(&own.name))
            }
        }
    };
    columns.iter().map(value).collect::<Vec<_>>().join(", ")
}

fn copy_postgres(
    database: &mut dyn Database,
    (from, to): (&str, &TenantPlace),
    own: &[String],
) -> Result<(), CopyError> {
    const DIALECT: Dialect = Dialect::Postgresql;
    let quoted = |name: &str| quote_identifier(DIALECT, name);
    let literal = |name: &str| sql::literal(DIALECT, name);
    // Rows that a policy hides are an error, not left out.
    run(database, "SET LOCAL row_security = off")?;
    let tables = columns(
        texts(
            database,
            &format!(
                "SELECT c.relname::text, coalesce(a.attname::text, ''), \
                 coalesce(CASE WHEN t.typnamespace = n.oid AND e.oid IS NULL THEN t.typname \
                 WHEN e.typnamespace = n.oid THEN e.typname END::text, ''), \
                 CASE WHEN e.oid IS NULL THEN 'n' ELSE 'y' END \
                 FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
                 AND NOT a.attisdropped AND a.attgenerated = '' \
                 LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                 LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' \
                 WHERE c.relkind = 'r' AND n.nspname = {} ORDER BY c.relname, a.attnum",
                literal(from)
            ),
        )?,
        own,
    );
    // What is different is told before it fails somewhere.
    let (here, there) = structures(database, (from, to), own)?;
    compared(&without_counters(&here), &without_counters(&there))?;
    run(database, "SAVEPOINT limbeck_copy")?;
    let is_free = run(database, "SET LOCAL session_replication_role = 'replica'").is_ok();
    let order = if is_free {
        tables.keys().cloned().collect()
    } else {
        run(database, "ROLLBACK TO SAVEPOINT limbeck_copy")?;
        for table in triggered(database, &to.schema)? {
            let table = format!("{}.{}", quoted(&to.schema), quoted(&table));
            run(database, &format!("ALTER TABLE {table} DISABLE TRIGGER USER"))?;
        }
        ordered(&tables, &references(database, from)?)?
    };
    if !order.is_empty() {
        let all: Vec<String> =
            order.iter().map(|table| format!("{}.{}", quoted(&to.schema), quoted(table))).collect();
        // What is not there, the comparison below would tell too; this tells it first.
        run(database, &format!("TRUNCATE {}", all.join(", ")))?;
    }
    for table in &order {
        let columns = tables.get(table).map(Vec::as_slice).unwrap_or_default();
        if columns.is_empty() {
            let select = format!("SELECT FROM {}.{}", quoted(from), quoted(table));
            run(
                database,
                &format!("INSERT INTO {}.{} {select}", quoted(&to.schema), quoted(table)),
            )?;
            continue;
        }
        let (values, columns) = (values(columns, &to.schema), listed(DIALECT, columns));
        run(
            database,
            &format!(
                "INSERT INTO {}.{table} ({columns}) OVERRIDING SYSTEM VALUE \
                 SELECT {values} FROM ONLY {}.{table}",
                quoted(&to.schema),
                quoted(from),
                table = quoted(table),
            ),
        )?;
    }
    let named = |kind: char| {
        format!(
            "SELECT c.relname::text FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind = '{kind}' AND n.nspname = {} ORDER BY c.oid",
            literal(from)
        )
    };
    for sequence in texts(database, &named('S'))?.into_iter().flatten() {
        if own.iter().any(|table| sequence.starts_with(&format!("{table}_"))) {
            continue;
        }
        let place = literal(&format!("{}.{}", quoted(&to.schema), quoted(&sequence)));
        run(
            database,
            &format!(
                "SELECT pg_catalog.setval({place}, last_value, is_called) FROM {}.{}",
                quoted(from),
                quoted(&sequence)
            ),
        )?;
    }
    if !is_free {
        for table in triggered(database, &to.schema)? {
            let table = format!("{}.{}", quoted(&to.schema), quoted(&table));
            run(database, &format!("ALTER TABLE {table} ENABLE TRIGGER USER"))?;
        }
    }
    for view in texts(database, &named('m'))?.into_iter().flatten() {
        let view = format!("{}.{}", quoted(&to.schema), quoted(&view));
        run(database, &format!("REFRESH MATERIALIZED VIEW {view}"))?;
    }
    // The triggers are at work again, and the sequences where they were.
    let (here, there) = structures(database, (from, to), own)?;
    compared(&here, &there)
}

/// How `to` and `from` are built, each read with its own schema first, so that nothing in it has
/// its name.
fn structures(
    database: &mut dyn Database,
    (from, to): (&str, &TenantPlace),
    own: &[String],
) -> Result<(Snapshot, Snapshot), DatabaseError> {
    let mut read = |schema: &str| {
        let [first, second] =
            [schema, &to.shared_schema].map(|name| quote_identifier(Dialect::Postgresql, name));
        run(database, &format!("SET LOCAL search_path TO {first}, {second}"))?;
        Snapshot::structure(database, own, schema)
    };
    let there = read(from)?;
    Ok((read(&to.schema)?, there))
}

fn compared(here: &Snapshot, there: &Snapshot) -> Result<(), CopyError> {
    let changes = here.changes_since(there);
    match changes.is_empty() {
        true => Ok(()),
        false => Err(CopyError::Different { changes: Box::new(changes) }),
    }
}

/// The tables of a schema that have triggers of their own.
fn triggered(database: &mut dyn Database, schema: &str) -> Result<Vec<String>, DatabaseError> {
    let sql = format!(
        "SELECT DISTINCT c.relname::text FROM pg_catalog.pg_trigger g \
         JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE NOT g.tgisinternal AND n.nspname = {} ORDER BY 1",
        sql::literal(Dialect::Postgresql, schema)
    );
    Ok(texts(database, &sql)?.into_iter().flatten().collect())
}

/// Which table of a schema refers to which other: pairs.
fn references(
    database: &mut dyn Database,
    schema: &str,
) -> Result<Vec<(String, String)>, DatabaseError> {
    let sql = format!(
        "SELECT c.relname::text, r.relname::text FROM pg_catalog.pg_constraint k \
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
         JOIN pg_catalog.pg_class r ON r.oid = k.confrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE k.contype = 'f' AND c.oid <> r.oid AND c.relnamespace = r.relnamespace \
         AND n.nspname = {} ORDER BY 1, 2",
        sql::literal(Dialect::Postgresql, schema)
    );
    let pairs = texts(database, &sql)?.into_iter();
    Ok(pairs.filter_map(|row| <[String; 2]>::try_from(row).ok()).map(Into::into).collect())
}

/// Tables in an order in which each comes behind those that it refers to.
fn ordered(tables: &Tables, references: &[(String, String)]) -> Result<Vec<String>, CopyError> {
    let mut left: BTreeSet<String> = tables.keys().cloned().collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |table: &String| {
            references.iter().any(|(from, to)| from == table && to != table && left.contains(to))
        };
        let Some(next) = left.iter().find(|table| !waits(table)).cloned() else {
            return Err(CopyError::Circle { tables: left.into_iter().collect() });
        };
        left.remove(&next);
        order.push(next);
    }
    Ok(order)
}

fn copy_mysql(
    database: &mut dyn Database,
    (from, to): (&str, &str),
    own: &[String],
) -> Result<(), CopyError> {
    const DIALECT: Dialect = Dialect::Mysql;
    let quoted = |name: &str| quote_identifier(DIALECT, name);
    let literal = |name: &str| sql::literal(DIALECT, name);
    // Compared first: a definition commits by itself, rows do not.
    let here = Snapshot::structure(database, own, to)?;
    run(database, &format!("USE {}", quoted(from)))?;
    let there = Snapshot::structure(database, own, from);
    run(database, &format!("USE {}", quoted(to)))?;
    compared(&without_counters(&here), &without_counters(&there?))?;
    let triggers = format!(
        "SELECT DISTINCT CAST(event_object_table AS CHAR) FROM information_schema.triggers \
         WHERE trigger_schema = {}",
        literal(to)
    );
    if let Some(table) = texts(database, &triggers)?.into_iter().flatten().next() {
        return Err(CopyError::Triggers { table });
    }
    let tables = columns(
        texts(
            database,
            &format!(
                "SELECT CAST(t.table_name AS CHAR), CAST(c.column_name AS CHAR), '', 'n' \
                 FROM information_schema.tables t JOIN information_schema.columns c \
                 ON c.table_schema = t.table_schema AND c.table_name = t.table_name \
                 WHERE t.table_schema = {} AND t.table_type = 'BASE TABLE' \
                 AND c.extra NOT LIKE '%GENERATED%' ORDER BY t.table_name, c.ordinal_position",
                literal(from)
            ),
        )?,
        own,
    );
    let counters = texts(
        database,
        &format!(
            "SELECT CAST(table_name AS CHAR), CAST(auto_increment AS CHAR) \
             FROM information_schema.tables \
             WHERE table_schema = {} AND auto_increment IS NOT NULL ORDER BY table_name",
            literal(from)
        ),
    )?;
    run(database, "SET SESSION foreign_key_checks = 0")?;
    database.begin()?;
    let copied = tables.iter().try_for_each(|(table, columns)| {
        let (table, columns) = (quoted(table), listed(DIALECT, columns));
        run(database, &format!("DELETE FROM {}.{table}", quoted(to)))?;
        run(
            database,
            &format!(
                "INSERT INTO {}.{table} ({columns}) SELECT {columns} FROM {}.{table}",
                quoted(to),
                quoted(from)
            ),
        )
    });
    match copied {
        Ok(()) => database.commit()?,
        Err(error) => {
            drop(database.rollback());
            return Err(error.into());
        }
    }
    for row in counters {
        let [table, counter] = row.as_slice() else { continue };
        if !own.contains(table) {
            let place = format!("{}.{}", quoted(to), quoted(table));
            run(database, &format!("ALTER TABLE {place} AUTO_INCREMENT = {counter}"))?;
        }
    }
    run(database, "SET SESSION foreign_key_checks = DEFAULT")?;
    Ok(())
}

/// Without the next numbers of tables of MySQL and of sequences, which rows change.
fn without_counters(snapshot: &Snapshot) -> Snapshot {
    const WORDS: [&str; 2] = [" AUTO_INCREMENT=", " at "];
    snapshot.mapped(|line| {
        let is_counter = |word: &&&str| **word != " at " || line.starts_with("sequence ");
        let mut line = line.to_owned();
        for word in WORDS.iter().filter(is_counter) {
            if let Some((before, behind)) = line.split_once(word) {
                let rest = behind.trim_start_matches(|letter: char| letter.is_ascii_digit());
                line = format!("{before}{rest}");
            }
        }
        line
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_behind_those_that_they_refer_to() {
        let names = |names: &str| -> Tables {
            names.split(' ').map(|name| (name.to_owned(), Vec::new())).collect()
        };
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
        };
        let order = ordered(&names("a b c d"), &pairs(&[("a", "d"), ("b", "a"), ("d", "x")]));
        assert_eq!(order.unwrap(), ["c", "d", "a", "b"]);
        let circle = ordered(&names("a b c"), &pairs(&[("a", "b"), ("b", "a")]));
        assert_eq!(circle, Err(CopyError::Circle { tables: vec!["a".to_owned(), "b".to_owned()] }));
    }
}
