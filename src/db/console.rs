//! Running single statements by hand, with what they answer: for `limbeck db exec`, never for
//! revisions.

mod mysql;
mod postgres;
mod sqlite;

use std::io;

use limbeck_schema::Dialect;

use super::connect::SessionOptions;
use super::error::DatabaseError;
use super::url::DatabaseUrl;
use crate::script::sql::Statement;

/// A connection on which statements are run by hand.
pub trait Console: Send {
    /// The dialect it speaks.
    fn dialect(&self) -> Dialect;

    /// Begins a transaction; one in which the database refuses every change, where the console
    /// was opened to read.
    ///
    /// # Errors
    /// When the database refuses.
    fn begin(&mut self) -> Result<(), DatabaseError>;

    /// Commits it.
    ///
    /// # Errors
    /// When the database refuses; then nothing of it is done.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Runs one statement, and hands over its rows as they come: however many there are, none is
    /// kept.
    ///
    /// # Errors
    /// When the database refuses it, with the place in its text as far as the database tells it;
    /// rows may have come before. When `take` refuses a row: then the console is of no more use.
    fn run(
        &mut self,
        statement: &Statement,
        take: &mut dyn TakeRows,
    ) -> Result<Answered, ConsoleError>;
}

/// Takes the rows of one statement.
pub trait TakeRows {
    /// The names of the columns, before the first row. Without rows only MySQL tells them.
    ///
    /// # Errors
    /// When no row can be taken.
    fn columns(&mut self, names: &[String]) -> io::Result<()>;

    /// A row, one cell a column.
    ///
    /// # Errors
    /// When it cannot be taken.
    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()>;
}

/// What a statement has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// So many rows have been handed over.
    Rows(usize),
    /// It answers none, and has changed so many.
    Changed(usize),
}

/// Why a statement has not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The database refused it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A row could not be taken.
    #[error(transparent)]
    Taking(#[from] io::Error),
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A text, or a value in the text form of its database.
    Text(String),
    /// A number, a truth value, a list or an object, as JSON.
    Json(String),
}

/// Opens a console. One that is `read_only` in `options` changes nothing between its `begin` and
/// its `commit`: the database refuses. No setting of the session is changed for that.
///
/// # Errors
/// As [`connect`](super::connect); a SQLite file that is not there is
/// [`NoSuchDatabase`](super::DatabaseErrorKind::NoSuchDatabase), also to one that may write.
pub fn console(
    url: &DatabaseUrl,
    options: &SessionOptions,
) -> Result<Box<dyn Console>, DatabaseError> {
    Ok(match url.dialect() {
        Dialect::Postgresql => Box::new(postgres::PostgresConsole::open(url, options)?),
        Dialect::Sqlite => Box::new(sqlite::SqliteConsole::open(url, options)?),
        Dialect::Mysql => Box::new(mysql::MysqlConsole::open(url, options)?),
    })
}

/// Hands over rows of which each tells the names of its columns.
fn hand_over(
    rows: impl Iterator<Item = Result<Vec<(String, Cell)>, DatabaseError>>,
    take: &mut dyn TakeRows,
) -> Result<Answered, ConsoleError> {
    let mut count = 0;
    for row in rows {
        let (names, cells): (Vec<String>, Vec<Cell>) = row?.into_iter().unzip();
        if count == 0 {
            take.columns(&names)?;
        }
        take.row(cells)?;
        count += 1;
    }
    Ok(Answered::Rows(count))
}
