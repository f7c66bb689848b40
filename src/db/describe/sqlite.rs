//! Tables of SQLite, through its table-valued pragmas ("PRAGMA Statements").

use std::collections::BTreeMap;

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::Column;
use super::Description;
use super::Part;
use crate::db::error::DatabaseError;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::table_name::TableName;

const TABLE: &str = "SELECT type, name, sql FROM main.sqlite_master \
    WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";

/// `hidden` 2 and 3 are generated columns, which plain `table_info` leaves out.
const COLUMNS: &str = "SELECT name, type, CAST(\"notnull\" AS TEXT), dflt_value, CAST(pk AS TEXT), \
    CAST(hidden AS TEXT) FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";

const FOREIGN_KEYS: &str = "SELECT CAST(id AS TEXT), \"table\", \"from\", \"to\", on_update, on_delete \
    FROM pragma_foreign_key_list(?1) ORDER BY id, seq";

const REFERENCED_BY: &str = "SELECT m.name, f.\"from\", f.\"to\" FROM sqlite_master m, \
    pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.\"table\" = ?1 COLLATE NOCASE \
    ORDER BY m.name, f.id, f.seq";

const INDEXES: &str = "SELECT l.name, coalesce(m.sql, ''), CAST(l.\"unique\" AS TEXT), l.origin, \
    (SELECT group_concat(i.name, ', ') FROM pragma_index_info(l.name) i) \
    FROM pragma_index_list(?1) l LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name \
    ORDER BY l.name";

const TRIGGERS: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE ORDER BY name";

pub(in crate::db) fn describe(
    sql: &mut dyn Sql,
    table: &TableName,
) -> Result<Option<Description>, DatabaseError> {
    if table.schema.as_deref().is_some_and(|schema| schema != "main") {
        return Ok(None);
    }
    let Some(row) = sql.rows(TABLE, &[&table.name])?.into_iter().next() else { return Ok(None) };
    let (kind, name, text) = (column(&row, 0), column(&row, 1).to_owned(), column(&row, 2));
    let mut description =
        Description { name: name.clone(), kind: kind.to_owned(), ..Description::default() };
    let quoted = |name: &str| quote_identifier(Dialect::Sqlite, name);
    let mut primary = BTreeMap::new();
    for row in sql.rows(COLUMNS, &[&name])? {
        let (column_name, place) = (column(&row, 0).to_owned(), column(&row, 4));
        if let Ok(place @ 1..) = place.parse::<u32>() {
            primary.insert(place, quoted(&column_name));
        }
        let default = match column(&row, 5) {
            "2" => Some("GENERATED ALWAYS (virtual)".to_owned()),
            "3" => Some("GENERATED ALWAYS (stored)".to_owned()),
            _ => row.get(3).cloned().flatten(),
        };
        description.columns.push(Column {
            name: column_name,
            type_name: column(&row, 1).to_owned(),
            is_nullable: column(&row, 2) != "1",
            default,
            comment: None,
        });
    }
    let mut constrain = |definition: String| {
        description.constraints.push(Part { name: None, definition });
    };
    if !primary.is_empty() {
        let columns: Vec<String> = primary.into_values().collect();
        constrain(format!("PRIMARY KEY ({})", columns.join(", ")));
    }
    let mut keys: BTreeMap<u32, ForeignKey> = BTreeMap::new();
    for row in sql.rows(FOREIGN_KEYS, &[&name])? {
        let key = keys.entry(column(&row, 0).parse().unwrap_or(0)).or_default();
        key.table = quoted(column(&row, 1));
        key.from.push(quoted(column(&row, 2)));
        // Without columns it is the primary key of the other table.
        key.to.extend(row.get(3).cloned().flatten().map(|to| quoted(&to)));
        key.actions = [("UPDATE", column(&row, 4)), ("DELETE", column(&row, 5))]
            .iter()
            .filter(|(_, action)| *action != "NO ACTION")
            .map(|(event, action)| format!(" ON {event} {action}"))
            .collect();
    }
    keys.into_values().for_each(|key| constrain(key.definition()));
    for row in sql.rows(REFERENCED_BY, &[&name])? {
        let to = row.get(2).cloned().flatten();
        let to = to.map_or(String::new(), |to| format!(" ({})", quoted(&to)));
        let (from, table) = (quoted(column(&row, 1)), quoted(column(&row, 0)));
        let definition =
            format!("TABLE {table} FOREIGN KEY ({from}) REFERENCES {}{to}", quoted(&name));
        description.referenced_by.push(Part { name: None, definition });
    }
    for row in sql.rows(INDEXES, &[&name])? {
        let definition = match (column(&row, 1), column(&row, 3)) {
            ("", "pk") => format!("PRIMARY KEY ({})", column(&row, 4)),
            ("", _) => format!("UNIQUE ({})", column(&row, 4)),
            (text, _) => text.to_owned(),
        };
        let part = Part { name: row.first().cloned().flatten(), definition };
        description.indexes.push(part);
    }
    for row in sql.rows(TRIGGERS, &[&name])? {
        let definition = column(&row, 1).to_owned();
        description.triggers.push(Part { name: row.into_iter().next().flatten(), definition });
    }
    // Checks are nowhere but in the statement.
    description.statement = Some(text.to_owned());
    Ok(Some(description))
}

#[derive(Default)]
struct ForeignKey {
    table: String,
    from: Vec<String>,
    to: Vec<String>,
    actions: String,
}

impl ForeignKey {
    fn definition(&self) -> String {
        let to =
            if self.to.is_empty() { String::new() } else { format!(" ({})", self.to.join(", ")) };
        format!(
            "FOREIGN KEY ({}) REFERENCES {}{to}{}",
            self.from.join(", "),
            self.table,
            self.actions
        )
    }
}
