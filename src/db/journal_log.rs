//! Reading the journal, whichever version of limbeck has made it.
//!
//! Every query orders by `j.id`: a bare `id` would be the text that is selected, and as texts 10
//! comes before 9.

use std::str::FromStr;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::journal::JournalFilter;
use super::journal::JournalRecord;
use super::journal::JournalRow;
use super::journal::StoredRevision;
use super::journal::concerns;
use super::journal_table::JournalTable;
use super::journal_table::LATER_COLUMNS;
use super::sql::Sql;
use super::sql::TextRow;
use super::sql::column;
use super::version_table::VersionTable;
use super::version_table::placeholder;

/// The condition of [`JournalFilter::Finished`].
const FINISHED: &str =
    "(statement_no IS NULL AND event IN ('done', 'accept') AND direction <> 'repeatable')";

/// The condition of [`JournalFilter::Open`], beside [`JournalTable::last_finished`].
const OPEN: &str = "(statement_no IS NOT NULL AND (finished IS NULL OR j.id > finished))";

impl JournalTable {
    /// The rows that concern `revision`; none when there is no journal.
    pub(super) fn rows(
        &self,
        sql: &mut dyn Sql,
        revision: &str,
    ) -> Result<Vec<JournalRow>, DatabaseError> {
        let present = self.columns(sql)?;
        if present.is_empty() {
            return Ok(Vec::new());
        }
        let query = format!(
            "SELECT {id}, {run}, revision, direction, event, raw_digest, {number}, {count}, {note}, \
             normalized_digest FROM {table} AS j WHERE {mine} ORDER BY j.id",
            id = self.text("id"),
            run = self.text("run_id"),
            number = self.text("statement_no"),
            count = self.text("statement_count"),
            note = if has(&present, "note") { "note" } else { "NULL" },
            table = self.0.sql(),
            mine = self.concerning(),
        );
        let rows = sql.rows(&query, &[revision])?;
        rows.iter()
            .filter(|row| concerns(column(row, 2), revision))
            .map(|row| {
                Ok(JournalRow {
                    id: self.number(row, 0)?.unwrap_or_default(),
                    run: column(row, 1).to_owned(),
                    direction: column(row, 3).to_owned(),
                    event: column(row, 4).to_owned(),
                    raw_digest: optional(row, 5),
                    statement: self.statement(row, 6)?,
                    note: optional(row, 8),
                    normalized_digest: optional(row, 9),
                })
            })
            .collect()
    }

    /// The records that `filter` lets through, oldest first, of a table with the columns
    /// `present`.
    pub(super) fn log(
        &self,
        sql: &mut dyn Sql,
        filter: &JournalFilter,
        present: &[String],
    ) -> Result<Vec<JournalRecord>, DatabaseError> {
        let query = self.log_sql(filter, present);
        let rows = match filter {
            JournalFilter::Revision(revision) => {
                let mut rows = sql.rows(&query, &[revision])?;
                rows.retain(|row| concerns(column(row, 2), revision));
                rows
            }
            _ => sql.rows(&query, &[])?,
        };
        self.records(&rows, filter)
    }

    /// The query for what `filter` lets through, whose only parameter is the revision of
    /// [`JournalFilter::Revision`].
    pub(super) fn log_sql(&self, filter: &JournalFilter, present: &[String]) -> String {
        if *filter == JournalFilter::Digests {
            return format!(
                "SELECT revision, direction, event, raw_digest, {number}, {count} \
                 FROM {table} AS j {joined}WHERE {finished} OR {open} ORDER BY j.id",
                number = self.text("statement_no"),
                count = self.text("statement_count"),
                table = self.0.sql(),
                joined = self.last_finished(),
                finished = FINISHED,
                open = OPEN,
            );
        }
        let (with_texts, with_later) = match filter {
            JournalFilter::Revision(_) => (true, true),
            JournalFilter::All | JournalFilter::Last(_) | JournalFilter::Open => (false, true),
            JournalFilter::Finished | JournalFilter::Digests | JournalFilter::Repeatable => {
                (false, false)
            }
        };
        let later: Vec<&str> = LATER_COLUMNS
            .into_iter()
            .map(|name| {
                let is_text = matches!(name, "header" | "upgrade_text" | "downgrade_text");
                let is_wanted = with_later && (with_texts || !is_text) && has(present, name);
                if is_wanted { name } else { "NULL" }
            })
            .collect();
        let (condition, order) = match filter {
            JournalFilter::All => (String::new(), "j.id".to_owned()),
            JournalFilter::Last(count) => (String::new(), format!("j.id DESC LIMIT {count}")),
            JournalFilter::Revision(_) => {
                (format!("WHERE {} ", self.concerning()), "j.id".to_owned())
            }
            JournalFilter::Finished | JournalFilter::Digests => {
                (format!("WHERE {FINISHED} "), "j.id".to_owned())
            }
            JournalFilter::Repeatable => {
                ("WHERE direction = 'repeatable' ".to_owned(), "j.id".to_owned())
            }
            JournalFilter::Open => {
                (format!("{}WHERE {OPEN} ", self.last_finished()), "j.id".to_owned())
            }
        };
        format!(
            "SELECT {id}, {run}, revision, direction, event, raw_digest, normalized_digest, \
             {number}, {count}, {started}, {finished}, actor, host, tool_version, error, {later} \
             FROM {table} AS j {condition}ORDER BY {order}",
            id = self.text("id"),
            run = self.text("run_id"),
            number = self.text("statement_no"),
            count = self.text("statement_count"),
            started = self.time("started_at"),
            finished = self.time("finished_at"),
            later = later.join(", "),
            table = self.0.sql(),
        )
    }

    /// The query for the rows of `version` and [`JournalFilter::Digests`] at once, for PostgreSQL.
    pub(super) fn beside_sql(&self, version: &VersionTable) -> String {
        format!(
            "SELECT version_num, revision, direction, event, raw_digest, number, count FROM (\
             SELECT version_num, CAST(NULL AS TEXT) AS revision, \
             CAST(NULL AS TEXT) AS direction, CAST(NULL AS TEXT) AS event, \
             CAST(NULL AS TEXT) AS raw_digest, CAST(NULL AS TEXT) AS number, \
             CAST(NULL AS TEXT) AS count, CAST(NULL AS BIGINT) AS id FROM ({version}) AS v \
             UNION ALL SELECT NULL, revision, direction, event, raw_digest, \
             CAST(statement_no AS TEXT), CAST(statement_count AS TEXT), j.id \
             FROM {journal} AS j {joined}WHERE {FINISHED} OR {OPEN}) AS j ORDER BY j.id",
            joined = self.last_finished(),
            version = version.select_sql(),
            journal = self.0.sql(),
        )
    }

    /// What the query of [`JournalTable::beside_sql`] gave: the rows of the version table, and
    /// the records.
    pub(super) fn apart(
        &self,
        rows: Vec<TextRow>,
    ) -> Result<(Vec<TextRow>, Vec<JournalRecord>), DatabaseError> {
        let (records, versions): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| row.get(1).is_some_and(Option::is_some));
        let versions = versions.into_iter().map(|mut row| row.drain(..1).collect()).collect();
        let records = records.iter().map(|row| self.digests(row, 1)).collect::<Result<_, _>>()?;
        Ok((versions, records))
    }

    /// What the query of [`JournalTable::log_sql`] gave, as records.
    pub(super) fn records(
        &self,
        rows: &[TextRow],
        filter: &JournalFilter,
    ) -> Result<Vec<JournalRecord>, DatabaseError> {
        if *filter == JournalFilter::Digests {
            return rows.iter().map(|row| self.digests(row, 0)).collect();
        }
        let mut records = rows.iter().map(|row| self.record(row)).collect::<Result<Vec<_>, _>>()?;
        if matches!(filter, JournalFilter::Last(_)) {
            records.reverse();
        }
        Ok(records)
    }

    fn record(&self, row: &TextRow) -> Result<JournalRecord, DatabaseError> {
        let stored = match (optional(row, 16), optional(row, 17)) {
            (Some(header), Some(upgrade)) => {
                Some(StoredRevision { header, upgrade, downgrade: optional(row, 18) })
            }
            _ => None,
        };
        let started_at = self.moment(row, 9)?;
        Ok(JournalRecord {
            id: self.number(row, 0)?.unwrap_or_default(),
            run: column(row, 1).to_owned(),
            revision: column(row, 2).to_owned(),
            direction: column(row, 3).to_owned(),
            event: column(row, 4).to_owned(),
            raw_digest: optional(row, 5),
            normalized_digest: optional(row, 6),
            statement: self.statement(row, 7)?,
            started_at: started_at.ok_or_else(|| self.corrupt(row, "", "a time"))?,
            finished_at: self.moment(row, 10)?,
            actor: column(row, 11).to_owned(),
            host: column(row, 12).to_owned(),
            tool_version: column(row, 13).to_owned(),
            error: optional(row, 14),
            file: optional(row, 15),
            stored,
            note: optional(row, 19),
        })
    }

    /// What stands in `row` from the column `at` on, of [`JournalFilter::Digests`].
    fn digests(&self, row: &TextRow, at: usize) -> Result<JournalRecord, DatabaseError> {
        Ok(JournalRecord {
            revision: column(row, at).to_owned(),
            direction: column(row, at + 1).to_owned(),
            event: column(row, at + 2).to_owned(),
            raw_digest: optional(row, at + 3),
            statement: self.statement(row, at + 4)?,
            ..JournalRecord::default()
        })
    }

    /// Beside each entry the last with which its revision was `finished` as a whole.
    fn last_finished(&self) -> String {
        format!(
            "LEFT JOIN (SELECT revision AS whole, max(id) AS finished FROM {} \
             WHERE statement_no IS NULL AND event = 'done' AND direction <> 'repeatable' \
             GROUP BY revision) AS w \
             ON w.whole = j.revision ",
            self.0.sql()
        )
    }

    /// The condition for the rows of one revision, its parameter, and for all stamps: the row of a
    /// stamp may name several revisions, which [`concerns`] sorts out.
    fn concerning(&self) -> String {
        format!(
            "((revision = {} AND direction <> 'repeatable') OR direction = 'stamp')",
            placeholder(self.0.dialect, 1)
        )
    }

    /// A column as text.
    fn text(&self, name: &str) -> String {
        match self.0.dialect {
            Dialect::Sqlite | Dialect::Postgresql => format!("CAST({name} AS TEXT)"),
            Dialect::Mysql => format!("CAST({name} AS CHAR)"),
        }
    }

    /// A column with a time, as text of RFC 3339 in UTC, whatever zone the session is in.
    fn time(&self, name: &str) -> String {
        match self.0.dialect {
            Dialect::Sqlite => name.to_owned(),
            Dialect::Postgresql => {
                format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
            }
            Dialect::Mysql => format!("date_format({name}, '%Y-%m-%dT%H:%i:%s.%fZ')"),
        }
    }

    fn moment(&self, row: &TextRow, at: usize) -> Result<Option<DateTime<Utc>>, DatabaseError> {
        let Some(text) = row.get(at).and_then(Option::as_deref) else { return Ok(None) };
        let time = DateTime::parse_from_rfc3339(text);
        time.map(|time| Some(time.to_utc())).map_err(|_| self.corrupt(row, text, "a time"))
    }

    fn statement(&self, row: &TextRow, at: usize) -> Result<Option<(u32, u32)>, DatabaseError> {
        Ok(self.number(row, at)?.zip(self.number(row, at + 1)?))
    }

    fn number<T: FromStr>(&self, row: &TextRow, at: usize) -> Result<Option<T>, DatabaseError> {
        let Some(text) = row.get(at).and_then(Option::as_deref) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| self.corrupt(row, text, "a number"))
    }

    fn corrupt(&self, row: &TextRow, text: &str, wanted: &str) -> DatabaseError {
        let message = format!(
            "the journal {} holds '{}' as {wanted} (run {})",
            self.0.name,
            text.escape_debug(),
            column(row, 1)
        );
        DatabaseError::new(DatabaseErrorKind::Corrupt, message)
    }
}

fn has(present: &[String], name: &str) -> bool {
    present.iter().any(|column| column == name)
}

fn optional(row: &TextRow, at: usize) -> Option<String> {
    row.get(at).cloned().flatten()
}
