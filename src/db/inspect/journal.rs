//! Reading from the journal what became of each revision last.

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;

use super::LastEntry;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::sql::Sql;
use crate::db::sql::TextRow;
use crate::db::sql::column;
use crate::db::table_name::TableName;
use crate::db::version_table::placeholder;

/// The last entry for each revision of the journal `table`. That a changed text was accepted is
/// nothing that became of a revision.
pub(super) fn last_entries(
    sql: &mut dyn Sql,
    dialect: Dialect,
    table: &TableName,
) -> Result<Vec<LastEntry>, DatabaseError> {
    let (name, text) = (table.sql(dialect), text_type(dialect));
    let (started, finished) = (utc(dialect, "started_at"), utc(dialect, "finished_at"));
    let query = format!(
        "SELECT CAST(id AS {text}), CAST(run_id AS {text}), revision, direction, event, \
         CAST(statement_no AS {text}), CAST(statement_count AS {text}), {started}, {finished}, \
         actor, host, error FROM {name} \
         WHERE id IN (SELECT max(id) FROM {name} WHERE event <> 'accept' GROUP BY revision) \
         ORDER BY id"
    );
    sql.rows(&query, &[])?.iter().map(|row| entry(table, row)).collect()
}

/// When the run began that wrote `entry`.
pub(super) fn run_began(
    sql: &mut dyn Sql,
    dialect: Dialect,
    table: &TableName,
    entry: &LastEntry,
) -> Result<Option<DateTime<Utc>>, DatabaseError> {
    let value = placeholder(dialect, 1);
    let query = format!(
        "SELECT {} FROM {} WHERE CAST(run_id AS {}) = {value}",
        utc(dialect, "min(started_at)"),
        table.sql(dialect),
        text_type(dialect),
    );
    let rows = sql.rows(&query, &[&entry.run])?;
    Ok(rows.first().and_then(|row| time(column(row, 0))))
}

fn text_type(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite | Dialect::Postgresql => "TEXT",
        Dialect::Mysql => "CHAR",
    }
}

/// A time of the journal as text, which [`time`] reads.
fn utc(dialect: Dialect, expression: &str) -> String {
    match dialect {
        Dialect::Sqlite => expression.to_owned(),
        Dialect::Postgresql => {
            format!("to_char({expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        Dialect::Mysql => format!("DATE_FORMAT({expression}, '%Y-%m-%dT%H:%i:%s.%fZ')"),
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

fn entry(table: &TableName, row: &TextRow) -> Result<LastEntry, DatabaseError> {
    let number = |at: usize| -> Result<Option<u64>, DatabaseError> {
        let Some(text) = row.get(at).and_then(Option::as_deref) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let message = format!(
                "the journal {table} holds '{}' as a number (run {})",
                text.escape_debug(),
                column(row, 1)
            );
            DatabaseError::new(DatabaseErrorKind::Corrupt, message)
        })
    };
    let small = |at: usize| Ok(number(at)?.and_then(|number| u32::try_from(number).ok()));
    Ok(LastEntry {
        id: number(0)?.unwrap_or_default(),
        run: column(row, 1).to_owned(),
        revision: column(row, 2).to_owned(),
        direction: column(row, 3).to_owned(),
        event: column(row, 4).to_owned(),
        statement: match (small(5)?, small(6)?) {
            (Some(number), Some(count)) => Some((number, count)),
            _ => None,
        },
        started_at: time(column(row, 7)),
        finished_at: time(column(row, 8)),
        actor: column(row, 9).to_owned(),
        host: column(row, 10).to_owned(),
        error: row.get(11).cloned().flatten(),
    })
}
