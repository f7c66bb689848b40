//! What is in a SQLite database: the texts of `sqlite_schema`, and rows.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::DatabaseError;
use super::Reader;
use super::folded;

/// Indexes without a text belong to a constraint, which stands in the text of the table.
const OBJECTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL \
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";

pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), DatabaseError> {
    let mut has_counters = false;
    for object in reader.texts(OBJECTS)? {
        let [kind, name, table, sql] = object.as_slice() else { continue };
        if reader.is_own(table) {
            continue;
        }
        reader.lines.push(format!("{kind} {name}: {}", folded(sql)));
        if kind == "table" {
            let quoted = quote_identifier(Dialect::Sqlite, name);
            reader.rows(&format!("table {name}"), &format!("SELECT * FROM {quoted}"))?;
            has_counters |= sql.to_ascii_uppercase().contains("AUTOINCREMENT");
        }
    }
    if has_counters {
        reader.lines(
            "SELECT name, 'table ' || name || ': the last id is ' || seq FROM sqlite_sequence",
        )?;
    }
    reader.lines("SELECT '', 'user_version ' || user_version FROM pragma_user_version")
}
