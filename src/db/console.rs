//! Running single statements by hand, with what they answer: for `limbeck db exec`, never for
//! revisions.

mod mysql;
mod postgres;
mod sqlite;

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

    /// Runs one statement.
    ///
    /// # Errors
    /// When the database refuses it, with the place in its text as far as the database tells it.
    fn run(&mut self, statement: &Statement) -> Result<Rows, DatabaseError>;
}

/// What a statement has answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// The names of the columns; none where there are no rows, which alone would tell them.
    pub columns: Vec<String>,
    /// The rows, one cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows it has changed, where it answers none.
    pub changed: Option<usize>,
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
