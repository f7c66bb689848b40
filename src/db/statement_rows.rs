//! The rows of the journal about single statements, on a connection of their own.
//!
//! Between the statements of a script nothing of ours may reach the session that runs them: it
//! would change what `LAST_INSERT_ID()`, `ROW_COUNT()`, `lastval()` or `changes()` say next, and
//! what the script does to its session (`SET autocommit = 0`) would decide what becomes of the
//! rows. Here each row is there as soon as it is written.

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::sql::Sql;

/// The connection, opened by the first row: most runs have none to write.
#[derive(Debug)]
pub(super) struct StatementRows<C>(Option<C>);

impl<C> Default for StatementRows<C> {
    fn default() -> Self {
        StatementRows(None)
    }
}

impl<C: Sql> StatementRows<C> {
    /// Runs `insert`. Where the connection was lost since the last row, as when a statement took
    /// hours, it is opened again: a row that is then there twice says nothing else.
    pub(super) fn write(
        &mut self,
        insert: &str,
        open: impl Fn() -> Result<C, DatabaseError>,
    ) -> Result<(), DatabaseError> {
        if let Some(mut connection) = self.0.take() {
            match connection.batch(insert) {
                Err(error) if error.kind == DatabaseErrorKind::Unreachable => {}
                result => {
                    self.0 = Some(connection);
                    return result.map_err(without_offset);
                }
            }
        }
        let result = self.0.insert(open()?).batch(insert);
        result.map_err(without_offset)
    }

    /// Ends the connection.
    pub(super) fn close(&mut self) {
        self.0 = None;
    }
}

fn without_offset(error: DatabaseError) -> DatabaseError {
    DatabaseError { offset: None, ..error }
}
