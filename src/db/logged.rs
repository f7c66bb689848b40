//! A database that tells which statements it is sent, and how long each took.

use std::borrow::Cow;
use std::time::Duration;
use std::time::Instant;

use limbeck_schema::Dialect;
use limbeck_schema::expr::Parameter;

use super::Attachment;
use super::CatalogObject;
use super::Concurrent;
use super::Database;
use super::DatabaseError;
use super::DatabaseUrl;
use super::JournalEntry;
use super::JournalFilter;
use super::JournalRecord;
use super::JournalRow;
use super::JournalTable;
use super::Leftovers;
use super::LockAttempt;
use super::ObjectState;
use super::OtherSession;
use super::RelationName;
use super::ResultSet;
use super::RowLength;
use super::SessionOptions;
use super::TableIndex;
use super::Timeouts;
use super::VersionTable;
use super::VersionText;
use super::journal_table::LATER_COLUMNS;
use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::script::sql::Statement;

/// More of a statement is not shown.
const LONGEST_TEXT: usize = 2_000;

/// One effect on a database, as it is told.
#[derive(Debug, Clone, Copy)]
pub struct LoggedEffect<'a> {
    /// The SQL; for an effect that is no SQL, or not of one text, a comment in its place.
    pub text: &'a str,
    /// How long it took. What a session holds back travels with a later effect.
    pub elapsed: Duration,
    /// Whether it failed.
    pub has_failed: bool,
}

/// A decorator that hands every effect to a function, after it has happened.
///
/// The SQL of the bookkeeping is that of the tables' own statements, with the values in their
/// places.
pub struct LoggedDatabase<D> {
    inner: D,
    version: VersionTable,
    version_text: VersionText,
    journal: JournalTable,
    log: Box<dyn FnMut(LoggedEffect<'_>) + Send>,
}

impl<D> std::fmt::Debug for LoggedDatabase<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedDatabase").finish_non_exhaustive()
    }
}

impl<D: Database> LoggedDatabase<D> {
    /// Tells `log` what happens on `inner`, which was opened with `options`.
    pub fn new(
        inner: D,
        options: &SessionOptions,
        log: impl FnMut(LoggedEffect<'_>) + Send + 'static,
    ) -> Self {
        let dialect = inner.dialect();
        let (table, length) = (&options.version_table, options.version_num_length);
        LoggedDatabase {
            version: VersionTable::new(dialect, table.clone()).holding(length),
            version_text: VersionText::new(dialect, table, length),
            journal: JournalTable::new(dialect, options.journal_table.clone()),
            inner,
            log: Box::new(log),
        }
    }

    fn told<T>(
        &mut self,
        text: impl AsRef<str>,
        effect: impl FnOnce(&mut D) -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let start = Instant::now();
        let result = effect(&mut self.inner);
        let elapsed = start.elapsed();
        let text = shortened(text.as_ref());
        (self.log)(LoggedEffect { text: &text, elapsed, has_failed: result.is_err() });
        result
    }
}

/// As much of `text` as is shown.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_TEXT {
        return Cow::Borrowed(text);
    }
    let cut = &text[..text.floor_char_boundary(LONGEST_TEXT)];
    Cow::Owned(format!("{cut} ... ({} bytes in all)", text.len()))
}

fn comment(text: impl std::fmt::Display) -> String {
    format!("-- {text}")
}

impl<D: Database> Database for LoggedDatabase<D> {
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    fn version_rows(&mut self) -> Result<Option<Heads>, DatabaseError> {
        self.told(self.version.select_sql(), D::version_rows)
    }

    fn row_length(&mut self) -> Result<RowLength, DatabaseError> {
        self.told(comment("how long is version_num?"), D::row_length)
    }

    fn keeps_case(&mut self) -> Result<bool, DatabaseError> {
        self.told(comment("does version_num keep case?"), D::keeps_case)
    }

    fn ensure_version_table(&mut self) -> Result<(), DatabaseError> {
        self.told(self.version.create_sql(true), D::ensure_version_table)
    }

    fn ensure_journal(&mut self) -> Result<(), DatabaseError> {
        self.told(self.journal.create_sql(true), D::ensure_journal)
    }

    fn reset_session(&mut self) -> Result<(), DatabaseError> {
        self.told(comment("settings of a new session"), D::reset_session)
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.told("BEGIN", D::begin)
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.told("COMMIT", D::commit)
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.told("ROLLBACK", D::rollback)
    }

    fn run(&mut self, statement: &Statement) -> Result<(), DatabaseError> {
        self.told(&statement.text, |inner| inner.run(statement))
    }

    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Result<ResultSet, DatabaseError> {
        self.told(sql, |inner| inner.execute(sql, parameters))
    }

    fn change_heads(&mut self, change: &HeadChange) -> Result<(), DatabaseError> {
        let text = self.version_text.change(change).join(";\n");
        self.told(text, |inner| inner.change_heads(change))
    }

    fn purge_versions(&mut self) -> Result<(), DatabaseError> {
        let table = self.version.name().sql(self.dialect());
        self.told(format!("DELETE FROM {table}"), D::purge_versions)
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        // The texts have just been seen.
        let brief = JournalEntry { stored: None, ..entry.clone() };
        self.told(self.journal.insert_sql(&brief), |inner| inner.record(entry))
    }

    fn journal(&mut self, revision: &str) -> Result<Vec<JournalRow>, DatabaseError> {
        let text = comment(format_args!("journal of revision {revision}"));
        self.told(text, |inner| inner.journal(revision))
    }

    fn journal_log(
        &mut self,
        filter: &JournalFilter,
    ) -> Result<Option<Vec<JournalRecord>>, DatabaseError> {
        let columns = LATER_COLUMNS.map(str::to_owned);
        self.told(self.journal.log_sql(filter, &columns), |inner| inner.journal_log(filter))
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) -> Result<(), DatabaseError> {
        if timeouts == Timeouts::default() {
            return self.inner.set_timeouts(timeouts);
        }
        let Timeouts { lock, statement } = timeouts;
        let words = |limit: Option<u64>| limit.map_or("none".to_owned(), |ms| format!("{ms} ms"));
        let text = comment(format_args!(
            "lock_timeout {}, statement_timeout {}",
            words(lock),
            words(statement)
        ));
        self.told(text, |inner| inner.set_timeouts(timeouts))
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        self.told(comment("take the lock"), D::try_lock)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        self.told(comment("give the lock back"), D::unlock)
    }

    fn probe(&mut self, object: &CatalogObject) -> Result<ObjectState, DatabaseError> {
        let text = comment(format_args!("is {} in the catalog?", object.name));
        self.told(text, |inner| inner.probe(object))
    }

    fn drop_invalid(&mut self, index: &CatalogObject) -> Result<(), DatabaseError> {
        let text = comment(format_args!("drop the invalid index {}", index.name));
        self.told(text, |inner| inner.drop_invalid(index))
    }

    /// What is told has the name of its site, so another site gets another decorator.
    fn move_to(&mut self, _: &DatabaseUrl, _: &SessionOptions) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    fn holdups(&mut self, statement: &Concurrent) -> Result<Vec<OtherSession>, DatabaseError> {
        let text = comment("who holds up the next statement?");
        self.told(text, |inner| inner.holdups(statement))
    }

    fn clear_leftovers(
        &mut self,
        statement: &Concurrent,
        is_again: bool,
    ) -> Result<Leftovers, DatabaseError> {
        let text = comment("what an earlier attempt has left");
        self.told(text, |inner| inner.clear_leftovers(statement, is_again))
    }

    fn attachment(
        &mut self,
        parent: &RelationName,
        partition: &RelationName,
    ) -> Result<Attachment, DatabaseError> {
        let text = comment(format_args!("is {} a partition?", partition.name));
        self.told(text, |inner| inner.attachment(parent, partition))
    }

    fn indexes(&mut self, table: &RelationName) -> Result<Vec<TableIndex>, DatabaseError> {
        let text = comment(format_args!("indexes of {}", table.name));
        self.told(text, |inner| inner.indexes(table))
    }

    fn server_version_num(&mut self) -> Result<Option<u32>, DatabaseError> {
        self.told("SHOW server_version_num", D::server_version_num)
    }

    fn diesel_history(&mut self) -> Result<Option<Vec<String>>, DatabaseError> {
        self.told(comment("versions that Diesel has run"), D::diesel_history)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("SELECT 1"), "SELECT 1");
        let long = "ü".repeat(LONGEST_TEXT);
        let cut = shortened(&long);
        assert!(cut.len() < LONGEST_TEXT + 40 && cut.ends_with("(4000 bytes in all)"), "{cut}");
    }
}
