//! What is in a database of MySQL or MariaDB: what `SHOW CREATE` tells, and rows.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::DatabaseError;
use super::Reader;

const TABLES: &str = "SELECT table_name, table_type FROM information_schema.tables WHERE \
    table_schema = database() ORDER BY table_name";
const ROUTINES: &str = "SELECT routine_type, routine_name FROM information_schema.routines WHERE \
    routine_schema = database() ORDER BY routine_type, routine_name";
const TRIGGERS: &str = "SELECT event_object_table, concat('table ', event_object_table, ': trigger ', \
    trigger_name, ' ', action_timing, ' ', event_manipulation, ' ', action_statement) FROM \
    information_schema.triggers WHERE trigger_schema = database()";
const EVENTS: &str = "SELECT '', concat('event ', event_name, ': ', event_definition) FROM \
    information_schema.events WHERE event_schema = database()";

pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), DatabaseError> {
    // Names of the database itself are no part of what is in it.
    let name = reader.texts("SELECT database()")?.into_iter().flatten().next();
    let own = format!("{}.", quoted(&name.unwrap_or_default()));
    for table in reader.texts(TABLES)? {
        let [table, kind] = table.as_slice() else { continue };
        if reader.is_own(table) {
            continue;
        }
        if kind.contains("VIEW") {
            let text = created(reader, "VIEW", table, 1)?.replace(&own, "");
            reader.lines.push(format!("view {table}: {text}"));
            continue;
        }
        let text = created(reader, "TABLE", table, 1)?;
        let mut columns = 0;
        for line in text.lines().skip(1) {
            let line = line.trim().trim_end_matches(',');
            // The order of the columns is part of a table, that of its keys is not.
            let place = match line.starts_with('`') {
                true => {
                    columns += 1;
                    format!("column {columns}: ")
                }
                false => String::new(),
            };
            reader.lines.push(format!("table {table}: {place}{line}"));
        }
        reader.rows(&format!("table {table}"), &format!("SELECT * FROM {}", quoted(table)))?;
    }
    for routine in reader.texts(ROUTINES)? {
        let [kind, name] = routine.as_slice() else { continue };
        let text = created(reader, kind, name, 2)?.replace(&own, "");
        reader.lines.push(format!("{} {name}: {text}", kind.to_ascii_lowercase()));
    }
    reader.lines(TRIGGERS)?;
    reader.lines(EVENTS)
}

/// What `SHOW CREATE` tells of an object, in the column of this number.
fn created(
    reader: &mut Reader<'_>,
    kind: &str,
    name: &str,
    column: usize,
) -> Result<String, DatabaseError> {
    let rows = reader.texts(&format!("SHOW CREATE {kind} {}", quoted(name)))?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().nth(column)).unwrap_or_default())
}

fn quoted(name: &str) -> String {
    quote_identifier(Dialect::Mysql, name)
}
