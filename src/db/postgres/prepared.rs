//! Texts with parameters, and with what they answer.

use super::PostgresSession;
use crate::db::ResultSet;
use crate::db::error::DatabaseError;
use crate::db::error::DatabaseErrorKind;
use crate::db::execute::postgres::Prepared;
use crate::db::sql::Sql;
use crate::db::sql::column;

impl PostgresSession {
    /// Refuses to look for parameters where a backslash may escape the quote behind it.
    pub(super) fn check_backslashes(&mut self) -> Result<(), DatabaseError> {
        self.flush()?;
        let show = "SELECT pg_catalog.current_setting('standard_conforming_strings')";
        let rows = self.with(|sql| sql.rows(show, &[]))?;
        if rows.first().is_some_and(|row| column(row, 0) == "on") {
            return Ok(());
        }
        Err(DatabaseError::new(
            DatabaseErrorKind::Statement,
            "the statement has parameters and a literal with a backslash, whose end cannot be told \
             while standard_conforming_strings is off: write the literal as E'...'",
        ))
    }

    /// Runs a text with what it answers.
    pub(super) fn run_prepared(&mut self, prepared: &Prepared) -> Result<ResultSet, DatabaseError> {
        let origin = |error: DatabaseError| DatabaseError {
            offset: error.offset.map(|offset| prepared.origin(offset)),
            ..error
        };
        if let Some(text) = prepared.batch() {
            // As in `run`.
            if !self.in_transaction() {
                self.flush()?;
            }
            self.send(text).map_err(origin)?;
            return Ok(prepared.no_answer());
        }
        self.flush()?;
        let Some((before, is_free)) = prepared.before() else {
            let result = prepared.run(&mut self.connection);
            return self.note_of_server(result);
        };
        // Several statements in one message are one transaction.
        let makes_one = is_free && !self.in_transaction();
        if makes_one {
            self.connection.batch("BEGIN")?;
        }
        let result = match self.connection.batch(before).map_err(origin) {
            Ok(()) => prepared.run(&mut self.connection),
            Err(error) => Err(error),
        };
        if makes_one {
            let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
            let ended = self.connection.batch(end);
            return self.note(result.and_then(|result| ended.map(|()| result)));
        }
        self.note_of_server(result)
    }

    /// Notes how a statement has ended: a value that cannot be read here fails no transaction.
    fn note_of_server<T>(&mut self, result: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        match result {
            Err(error)
                if error.server.is_none()
                    && matches!(
                        error.kind,
                        DatabaseErrorKind::Statement | DatabaseErrorKind::Unsupported
                    ) =>
            {
                Err(error)
            }
            result => self.note(result),
        }
    }
}
