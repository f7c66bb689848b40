//! Tables of MySQL and MariaDB, through `information_schema`.

use limbeck_schema::Dialect;
use limbeck_schema::quote_identifier;

use super::Column;
use super::Description;
use super::Part;
use crate::db::error::DatabaseError;
use crate::db::sql::Sql;
use crate::db::sql::column;
use crate::db::table_name::TableName;

/// Texts may be of any type and character set there.
const TABLE: &str = "SELECT CAST(TABLE_SCHEMA AS CHAR), CAST(TABLE_NAME AS CHAR), \
    CASE TABLE_TYPE WHEN 'VIEW' THEN 'view' ELSE 'table' END, CAST(TABLE_COMMENT AS CHAR) \
    FROM information_schema.TABLES \
    WHERE TABLE_NAME = ? AND TABLE_SCHEMA = coalesce(nullif(?, ''), DATABASE())";

const COLUMNS: &str = "SELECT CAST(COLUMN_NAME AS CHAR), CAST(COLUMN_TYPE AS CHAR), \
    CAST(IS_NULLABLE AS CHAR), CAST(COLUMN_DEFAULT AS CHAR), CAST(COLUMN_COMMENT AS CHAR), \
    CAST(EXTRA AS CHAR), CAST(GENERATION_EXPRESSION AS CHAR) FROM information_schema.COLUMNS \
    WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";

const CONSTRAINTS: &str = "SELECT CAST(t.CONSTRAINT_NAME AS CHAR), CAST(t.CONSTRAINT_TYPE AS CHAR), \
    CAST(group_concat(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', ') AS CHAR), \
    CAST(max(k.REFERENCED_TABLE_NAME) AS CHAR), \
    CAST(group_concat(k.REFERENCED_COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', ') AS CHAR) \
    FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.KEY_COLUMN_USAGE k \
    ON k.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = t.CONSTRAINT_NAME \
    AND k.TABLE_NAME = t.TABLE_NAME WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ? \
    GROUP BY t.CONSTRAINT_NAME, t.CONSTRAINT_TYPE \
    ORDER BY field(t.CONSTRAINT_TYPE, 'PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY'), 1";

const REFERENCED_BY: &str = "SELECT CAST(CONSTRAINT_NAME AS CHAR), CAST(max(TABLE_NAME) AS CHAR), \
    CAST(group_concat(COLUMN_NAME ORDER BY ORDINAL_POSITION SEPARATOR ', ') AS CHAR) \
    FROM information_schema.KEY_COLUMN_USAGE \
    WHERE REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ? \
    GROUP BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME ORDER BY 2, 1";

const INDEXES: &str = "SELECT CAST(INDEX_NAME AS CHAR), CAST(max(NON_UNIQUE) AS CHAR), \
    CAST(group_concat(COLUMN_NAME ORDER BY SEQ_IN_INDEX SEPARATOR ', ') AS CHAR), \
    CAST(max(INDEX_TYPE) AS CHAR) FROM information_schema.STATISTICS \
    WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? GROUP BY INDEX_NAME \
    ORDER BY INDEX_NAME <> 'PRIMARY', 1";

const TRIGGERS: &str = "SELECT CAST(TRIGGER_NAME AS CHAR), CAST(concat(ACTION_TIMING, ' ', \
    EVENT_MANIPULATION, ' ', ACTION_STATEMENT) AS CHAR) FROM information_schema.TRIGGERS \
    WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ? ORDER BY 1";

pub(in crate::db) fn describe(
    sql: &mut dyn Sql,
    table: &TableName,
) -> Result<Option<Description>, DatabaseError> {
    let schema = table.schema.as_deref().unwrap_or("");
    let Some(row) = sql.rows(TABLE, &[&table.name, schema])?.into_iter().next() else {
        return Ok(None);
    };
    let (schema, name, kind) = (column(&row, 0), column(&row, 1), column(&row, 2));
    let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let binds = [schema, name];
    let columns = sql.rows(COLUMNS, &binds)?;
    let columns = columns.iter().map(|row| {
        let generated = said(column(row, 6)).map(|text| format!("GENERATED ALWAYS AS ({text})"));
        let extra = said(column(row, 5)).filter(|_| generated.is_none());
        let default = row.get(3).cloned().flatten().filter(|default| default != "NULL");
        let parts: Vec<String> = [default, generated, extra].into_iter().flatten().collect();
        Column {
            name: column(row, 0).to_owned(),
            type_name: column(row, 1).to_owned(),
            is_nullable: column(row, 2) == "YES",
            default: said(&parts.join(" ")),
            comment: said(column(row, 4)),
        }
    });
    let columns: Vec<Column> = columns.collect();
    let part = |name: &str, definition: String| Part { name: said(name), definition };
    let constraints = sql.rows(CONSTRAINTS, &binds)?;
    let constraints = constraints.iter().map(|row| {
        let (kind, columns) = (column(row, 1), column(row, 2));
        let to = match column(row, 3) {
            "" => String::new(),
            other => format!(" REFERENCES {other} ({})", column(row, 4)),
        };
        part(column(row, 0), format!("{kind} ({columns}){to}"))
    });
    let constraints: Vec<Part> = constraints.collect();
    let referenced_by = sql.rows(REFERENCED_BY, &binds)?;
    let referenced_by = referenced_by.iter().map(|row| {
        part(column(row, 0), format!("TABLE {} FOREIGN KEY ({})", column(row, 1), column(row, 2)))
    });
    let referenced_by: Vec<Part> = referenced_by.collect();
    let indexes = sql.rows(INDEXES, &binds)?;
    let indexes = indexes.iter().map(|row| {
        let unique = if column(row, 1) == "0" { "UNIQUE " } else { "" };
        part(column(row, 0), format!("{unique}{} ({})", column(row, 3), column(row, 2)))
    });
    let indexes: Vec<Part> = indexes.collect();
    let triggers = sql.rows(TRIGGERS, &binds)?;
    let triggers = triggers.iter().map(|row| part(column(row, 0), column(row, 1).to_owned()));
    // Checks and partitions are all there, in the words of the server.
    let quoted = |name: &str| quote_identifier(Dialect::Mysql, name);
    let show = format!("SHOW CREATE TABLE {}.{}", quoted(schema), quoted(name));
    let statement = sql.rows(&show, &[])?.first().map(|row| column(row, 1).to_owned());
    Ok(Some(Description {
        schema: said(schema),
        name: name.to_owned(),
        kind: kind.to_owned(),
        comment: said(column(&row, 3)).filter(|_| kind == "table"),
        columns,
        constraints,
        referenced_by,
        indexes,
        triggers: triggers.collect(),
        partitioning: Vec::new(),
        statement,
    }))
}
