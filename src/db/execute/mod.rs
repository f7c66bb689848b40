//! Single statements with parameters and typed rows, as the Python drivers run them: what a Python
//! revision does to its connection.
//!
//! SQLAlchemy's types convert a value before the driver sees it ([`bind`]), and the driver writes
//! it in its own way: psycopg2 as a literal into the text, pymysql too, sqlite3 as a parameter.

pub(super) mod bind;
pub(super) mod interpolation;
mod named;
pub(super) mod number;
pub(super) mod postgres;
pub(super) mod python;
pub(super) mod sqlite;

use limbeck_alembic::sa::DriverClass;
use limbeck_schema::Dialect;

use super::error::DatabaseError;
use super::error::DatabaseErrorKind;
use super::transaction::Transaction;
use crate::script::sql::SourcePosition;
use crate::script::sql::Statement;
use crate::script::sql::TransactionControl;
use crate::script::sql::split;
use crate::script::sql::transaction_control;

/// The statements of a text; `None` where it cannot be told, as within quotes that never end: the
/// database has the word.
pub(super) fn statements(sql: &str, dialect: Dialect) -> Option<Vec<Statement>> {
    split(sql, dialect, SourcePosition { line: 1, column: 1 }).ok()
}

/// `sql` as one statement.
fn whole(sql: &str) -> Statement {
    Statement { text: sql.to_owned(), position: SourcePosition { line: 1, column: 1 } }
}

/// What the driver would refuse, in words like its own, with an exception that is not the
/// DB-API's or not known.
pub(super) fn refused(message: impl Into<String>) -> DatabaseError {
    DatabaseError::new(DatabaseErrorKind::Statement, message)
}

/// What the driver refuses with a `ProgrammingError`.
pub(super) fn misused(message: impl Into<String>) -> DatabaseError {
    DatabaseError { driver: Some(DriverClass::Programming), ..refused(message) }
}

/// A value that Python's driver can read.
pub(super) fn unreadable(message: impl Into<String>) -> DatabaseError {
    DatabaseError::new(DatabaseErrorKind::Unsupported, message)
}

/// How `sql`, which has been run, leaves the transaction, as far as its words tell.
pub(super) fn followed(sql: &str, dialect: Dialect, before: Transaction) -> Transaction {
    // Nearly every text is one statement that says nothing of the kind.
    let words = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE"];
    let upper = sql.to_ascii_uppercase();
    if !words.iter().any(|word| upper.contains(word)) {
        return before;
    }
    let Some(statements) = statements(sql, dialect) else { return before };
    statements.iter().fold(before, |state, statement| {
        let chains = has_words(&statement.text, &["AND", "CHAIN"]);
        match transaction_control(statement, dialect) {
            Some(TransactionControl::Begin | TransactionControl::StartTransaction) => {
                Transaction::Open
            }
            Some(TransactionControl::Xa) => state,
            Some(_) if chains => Transaction::Open,
            Some(_) => Transaction::None,
            // Back to a savepoint: what failed behind it is undone.
            None if state == Transaction::Failed && has_words(&statement.text, &["ROLLBACK"]) => {
                Transaction::Open
            }
            None => state,
        }
    })
}

/// Whether `words` stand in `text` one after the other; without a look at quotes.
fn has_words(text: &str, words: &[&str]) -> bool {
    let all: Vec<&str> = text.split_whitespace().collect();
    all.windows(words.len())
        .any(|found| found.iter().zip(words).all(|(a, b)| a.eq_ignore_ascii_case(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_text_tell_what_becomes_of_the_transaction() {
        use Transaction::{Failed, None, Open};
        for (sql, before, after) in [
            ("SELECT 1", Open, Open),
            ("COMMIT", Open, None),
            ("COMMIT; BEGIN", Open, Open),
            ("commit and chain", Open, Open),
            ("ROLLBACK", Failed, None),
            ("ROLLBACK TO SAVEPOINT s", Failed, Open),
            ("ROLLBACK TO s", Open, Open),
            ("SELECT 'COMMIT'", Open, Open),
            ("START TRANSACTION", None, Open),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END", None, None),
        ] {
            assert_eq!(followed(sql, Dialect::Postgresql, before), after, "{sql}");
        }
    }
}
