//! What is in a SQLite database: the texts of `sqlite_schema`, and rows.

use std::collections::BTreeSet;

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use crate::script::sql;

use super::DatabaseError;
use super::Entry;
use super::Extent;
use super::Reader;
use super::folded;

/// Indexes without a text belong to a constraint, which stands in the text of the table.
const OBJECTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), DatabaseError> {
    let mut has_counters = false;
    let is_schema = reader.extent == Extent::Schema;
    for object in reader.texts(OBJECTS)? {
        let [kind, name, table, sql] = object.as_slice() else { continue };
        if reader.is_own(table) {
            continue;
        }
        match kind.as_str() {
            "table" if is_schema => read_table(reader, name, sql),
            "index" | "trigger" if is_schema => {
                let text = sql::canonical(sql, Dialect::Sqlite);
                reader.add(format!("table {table}: {kind} {name}"), format!(": {text}"));
            }
            _ if is_schema => {
                let text = sql::canonical(sql, Dialect::Sqlite);
                reader.add(format!("{kind} {name}"), format!(": {text}"));
            }
            _ => reader.add(format!("{kind} {name}"), format!(": {}", folded(sql))),
        }
        if kind == "table" {
            let quoted = quote_identifier(Dialect::Sqlite, name);
            reader.rows(&format!("table {name}"), &format!("SELECT * FROM {quoted}"))?;
            has_counters |= sql.to_ascii_uppercase().contains("AUTOINCREMENT");
        }
    }
    if has_counters && !is_schema {
        reader.entries(
            "SELECT name, 'table ' || name, ': the last id is ' || seq FROM sqlite_sequence",
        )?;
    }
    reader.entries("SELECT '', 'user_version', ' ' || user_version FROM pragma_user_version")
}

/// What a table consists of: two texts that mean the same give the same.
fn read_table(reader: &mut Reader<'_>, table: &str, sql: &str) {
    let Some(shape) = sql::table_shape(sql) else {
        let text = sql::canonical(sql, Dialect::Sqlite);
        return reader.add(format!("table {table}"), format!(": {text}"));
    };
    reader.add(format!("table {table}"), format!(" {}", shape.options.join(" ")));
    for (column, place) in shape.columns.into_iter().zip(1..) {
        reader.entries.push(Entry {
            object: format!("table {table}: column {}", column.name),
            definition: format!(" {}", column.definition),
            place: Some(place),
        });
    }
    let mut unnamed = BTreeSet::new();
    for constraint in shape.constraints {
        match constraint.name {
            Some(name) => {
                let text = format!(" {}", constraint.definition);
                reader.add(format!("table {table}: constraint {name}"), text);
            }
            // The same twice is one and the same.
            None => drop(unnamed.insert(constraint.definition)),
        }
    }
    for text in unnamed {
        reader.add(format!("table {table}: {text}"), "");
    }
}
