//! How a session stands to its transaction: the same on every database, whatever that makes of it.

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transaction {
    None,
    Open,
    /// A statement failed. MySQL and SQLite would commit what went before it; PostgreSQL takes
    /// nothing but a ROLLBACK, and answers a COMMIT with a rollback that looks like a success.
    Failed,
}

impl Transaction {
    /// Notes how an effect has ended: any error fails the transaction it happens in.
    pub(super) fn note<T>(&mut self, result: Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        if result.is_err() && *self == Transaction::Open {
            *self = Transaction::Failed;
        }
        result
    }

    /// Refuses a commit of what is none, or has failed.
    pub(super) fn check_commit(self) -> Result<(), DatabaseError> {
        match self {
            Transaction::Open => Ok(()),
            Transaction::Failed | Transaction::None => Err(DatabaseError::new(
                DatabaseErrorKind::Statement,
                "there is no transaction that could be committed",
            )),
        }
    }
}
