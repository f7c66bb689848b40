//! The table of a `.csv` file, as the catalog has it.

use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;
use limbeck_schema::quote_identifier;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::graph::nearest;
use crate::script::CsvSeed;

use super::error::TableProblem;

const OF_POSTGRESQL: &str = "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), \
    (SELECT k.place FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(column_number, place) \
    WHERE i.indrelid = a.attrelid AND i.indisprimary AND k.column_number = a.attnum)::text, \
    (a.attidentity = 'a')::text, pg_get_serial_sequence($1, a.attname) FROM pg_attribute a \
    WHERE a.attrelid = to_regclass($2) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

const OF_SQLITE: &str = "SELECT name, type, CAST(nullif(pk, 0) AS TEXT), 'false', NULL \
    FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1 ORDER BY cid";

const OF_MYSQL: &str = "SELECT CAST(c.column_name AS CHAR), CAST(c.column_type AS CHAR), \
    CAST(s.seq_in_index AS CHAR), 'false', NULL FROM information_schema.columns AS c \
    LEFT JOIN information_schema.statistics AS s ON s.table_schema = c.table_schema \
    AND s.table_name = c.table_name AND s.column_name = c.column_name AND s.index_name = 'PRIMARY' \
    WHERE c.table_name = ? AND c.table_schema = coalesce(nullif(?, ''), database()) \
    ORDER BY c.ordinal_position";

/// A table with its columns.
pub(super) struct Table {
    /// Its name, as SQL has it.
    pub(super) sql: String,
    /// Its name, as people write it.
    pub(super) name: String,
    columns: Vec<Column>,
}

/// A column, as far as seeds go.
pub(super) struct Column {
    pub(super) name: String,
    /// Its type, in the words of the database.
    pub(super) type_name: String,
    /// Its place in the primary key.
    key: Option<u32>,
    /// Whether PostgreSQL makes its values unless it is overridden.
    pub(super) is_always_made: bool,
    /// The sequence that makes its values on PostgreSQL, with its schema, quoted.
    pub(super) sequence: Option<String>,
}

/// A text as a parameter, whose type the database finds out.
pub(super) fn text(value: Option<&str>) -> Parameter {
    let value = value.map_or(SqlValue::Null, |text| SqlValue::Text(text.to_owned()));
    Parameter { name: None, value, sql_type: None }
}

impl Table {
    /// The table of `seed`; `None` where there is none.
    pub(super) fn find(
        database: &mut dyn Database,
        seed: &CsvSeed,
    ) -> Result<Option<Table>, DatabaseError> {
        let dialect = database.dialect();
        let quoted = |name: &str| quote_identifier(dialect, name);
        let (sql, name) = match &seed.schema {
            Some(schema) => (
                format!("{}.{}", quoted(schema), quoted(&seed.table)),
                format!("{schema}.{}", seed.table),
            ),
            None => (quoted(&seed.table), seed.table.clone()),
        };
        let schema = seed.schema.as_deref();
        let (query, parameters) = match dialect {
            // Names are folded there unless they stand in quotes.
            Dialect::Postgresql => {
                let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
                let place = match schema {
                    Some(schema) => format!("{}.{}", quoted(schema), quoted(&seed.table)),
                    None => quoted(&seed.table),
                };
                (OF_POSTGRESQL, [text(Some(&place)), text(Some(&place))])
            }
            Dialect::Sqlite => {
                (OF_SQLITE, [text(Some(&seed.table)), text(Some(schema.unwrap_or("main")))])
            }
            Dialect::Mysql => {
                (OF_MYSQL, [text(Some(&seed.table)), text(Some(schema.unwrap_or("")))])
            }
        };
        let answer = database.execute(query, &parameters)?;
        let columns: Vec<Column> = answer.rows.iter().map(|row| column(row)).collect();
        Ok((!columns.is_empty()).then_some(Table { sql, name, columns }))
    }

    /// The columns of `seed`, in its order. MySQL and SQLite do not mind capitals.
    pub(super) fn columns_of(
        &self,
        seed: &CsvSeed,
        dialect: Dialect,
    ) -> Result<Vec<&Column>, TableProblem> {
        let is_it = |column: &Column, name: &str| match dialect {
            Dialect::Postgresql => column.name == name,
            Dialect::Sqlite | Dialect::Mysql => column.name.to_lowercase() == name.to_lowercase(),
        };
        let find = |name: &String| {
            let found = self.columns.iter().find(|column| is_it(column, name));
            found.ok_or_else(|| TableProblem::NoColumn {
                table: self.name.clone(),
                column: name.clone(),
                nearest: nearest(name.trim(), self.columns.iter().map(|c| c.name.as_str()))
                    .map(str::to_owned),
            })
        };
        seed.columns.iter().map(find).collect()
    }

    /// The columns of the primary key; none where there is none.
    pub(super) fn key(&self) -> Vec<&Column> {
        let mut key: Vec<&Column> =
            self.columns.iter().filter(|column| column.key.is_some()).collect();
        key.sort_by_key(|column| column.key);
        key
    }
}

fn column(row: &[SqlValue]) -> Column {
    let text = |at: usize| match row.get(at) {
        Some(SqlValue::Text(text)) => Some(text.clone()),
        _ => None,
    };
    Column {
        name: text(0).unwrap_or_default(),
        type_name: text(1).unwrap_or_default(),
        key: text(2).and_then(|place| place.parse().ok()),
        is_always_made: text(3).as_deref() == Some("true"),
        sequence: text(4),
    }
}
