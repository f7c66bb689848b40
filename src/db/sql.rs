//! What the other files of this module need of a Diesel connection: SQL text in, rows of text or
//! a count out. Every value of our own tables travels as text, cast by the SQL that reads or
//! writes it, so that one set of functions serves every database.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::deserialize;
use diesel::deserialize::FromSql;
use diesel::deserialize::QueryableByName;
use diesel::pg::PgConnection;
use diesel::row::Field;
use diesel::row::NamedRow;
use diesel::row::Row;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use limbeck_schema::Dialect;
use limbeck_schema::quote_literal;

use super::driver_error;
use super::error::DatabaseError;

/// One row whose columns are all texts.
pub(super) type TextRow = Vec<Option<String>>;

/// A connection, as a runner of SQL text.
pub(super) trait Sql {
    /// Runs a text without parameters and drops what it returns. A failure carries the byte
    /// offset in the text.
    fn batch(&mut self, sql: &str) -> Result<(), DatabaseError>;

    /// Runs one statement and tells how many rows it touched.
    fn execute(&mut self, sql: &str, binds: &[&str]) -> Result<usize, DatabaseError>;

    /// Runs one query all of whose columns are texts.
    fn rows(&mut self, sql: &str, binds: &[&str]) -> Result<Vec<TextRow>, DatabaseError>;
}

/// A connection, as a runner of what a user has written.
pub(super) trait UserSql {
    /// Runs one statement of a user and tells how many rows it touched. A failure carries the byte
    /// offset in the text.
    fn count_of_statement(&mut self, sql: &str) -> Result<usize, DatabaseError>;
}

struct Texts(TextRow);

impl<B: Backend> QueryableByName<B> for Texts
where
    String: FromSql<Text, B>,
{
    fn build<'a>(row: &impl NamedRow<'a, B>) -> deserialize::Result<Self> {
        (0..row.field_count())
            .map(|column| {
                let field = Row::get(row, column).ok_or("a column is missing")?;
                field.value().map(<String as FromSql<Text, B>>::from_sql).transpose()
            })
            .collect::<deserialize::Result<TextRow>>()
            .map(Texts)
    }
}

macro_rules! sql_of_connection {
    ($connection:ty, $dialect:expr) => {
        impl Sql for $connection {
            fn batch(&mut self, sql: &str) -> Result<(), DatabaseError> {
                self.batch_execute(sql)
                    .map_err(|error| driver_error::of_statement(&error, sql, $dialect))
            }

            fn execute(&mut self, sql: &str, binds: &[&str]) -> Result<usize, DatabaseError> {
                let mut query = diesel::sql_query(sql).into_boxed();
                for bind in binds {
                    query = query.bind::<Text, _>(*bind);
                }
                query.execute(self).map_err(|error| driver_error::of_own(&error, $dialect))
            }

            fn rows(&mut self, sql: &str, binds: &[&str]) -> Result<Vec<TextRow>, DatabaseError> {
                let mut query = diesel::sql_query(sql).into_boxed();
                for bind in binds {
                    query = query.bind::<Text, _>(*bind);
                }
                let rows = query
                    .load::<Texts>(self)
                    .map_err(|error| driver_error::of_own(&error, $dialect))?;
                Ok(rows.into_iter().map(|texts| texts.0).collect())
            }
        }

        impl UserSql for $connection {
            fn count_of_statement(&mut self, sql: &str) -> Result<usize, DatabaseError> {
                diesel::sql_query(sql)
                    .execute(self)
                    .map_err(|error| driver_error::of_statement(&error, sql, $dialect))
            }
        }
    };
}

sql_of_connection!(SqliteConnection, Dialect::Sqlite);
sql_of_connection!(PgConnection, Dialect::Postgresql);

/// `text` as a literal in a statement of our own, which means the same whatever the settings of the
/// session are: a backslash is one where `standard_conforming_strings` is off, too.
pub(super) fn literal(dialect: Dialect, text: &str) -> String {
    let quoted = quote_literal(dialect, text);
    match dialect {
        Dialect::Postgresql if text.contains('\\') => {
            format!("E{}", quoted.replace('\\', "\\\\"))
        }
        _ => quoted,
    }
}

/// The column `number` of a row, empty when it is NULL or missing.
pub(super) fn column(row: &TextRow, number: usize) -> &str {
    row.get(number).and_then(Option::as_deref).unwrap_or("")
}
