//! SQLite, where each value has its own type.

use diesel::RunQueryDsl as _;
use diesel::connection::DefaultLoadingMode;
use diesel::deserialize;
use diesel::deserialize::FromSql;
use diesel::deserialize::QueryableByName;
use diesel::row::Field as _;
use diesel::row::NamedRow;
use diesel::row::Row;
use diesel::sql_types;
use diesel::sqlite::Sqlite;
use diesel::sqlite::SqliteConnection;
use diesel::sqlite::SqliteType;
use limbeck_schema::Dialect;

use super::Answered;
use super::Cell;
use super::Console;
use super::ConsoleError;
use super::TakeRows;
use super::hand_over;
use crate::db::connect;
use crate::db::connect::SessionOptions;
use crate::db::driver_error;
use crate::db::error::DatabaseError;
use crate::db::read_only;
use crate::db::sql::Sql as _;
use crate::db::sql::UserSql as _;
use crate::db::url::DatabaseUrl;
use crate::script::sql::Answer;
use crate::script::sql::Statement;
use crate::script::sql::answer;

pub(super) struct SqliteConsole {
    connection: SqliteConnection,
    read_only: bool,
}

impl SqliteConsole {
    pub(super) fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        // SQL by hand makes tables, and never databases: a slip in a path must not.
        if let Some(path) = url.sqlite_path() {
            connect::check_there(path)?;
        }
        let mut connection = connect::sqlite(url, options.read_only)?;
        // As in every other session of limbeck, and as SQLite itself is set.
        connection.batch("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF")?;
        Ok(SqliteConsole { connection, read_only: options.read_only })
    }
}

impl Console for SqliteConsole {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.connection.batch(match self.read_only {
            true => read_only::begin_sql(Dialect::Sqlite),
            false => "BEGIN IMMEDIATE",
        })
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.connection.batch("COMMIT")
    }

    fn run(
        &mut self,
        statement: &Statement,
        take: &mut dyn TakeRows,
    ) -> Result<Answered, ConsoleError> {
        let text = &statement.text;
        if self.read_only {
            // Whatever a statement before has done to it.
            self.connection.batch(read_only::REFUSE_WRITES)?;
        }
        if answer(statement, Dialect::Sqlite) == Answer::Count {
            let count = self.connection.count_of_statement(text)?;
            return Ok(Answered::Changed(count));
        }
        let failure = |error| driver_error::of_statement(&error, text, Dialect::Sqlite);
        let rows = diesel::sql_query(text)
            .load_iter::<Cells, DefaultLoadingMode>(&mut self.connection)
            .map_err(failure)?;
        hand_over(rows.map(|row| row.map(|cells| cells.0).map_err(failure)), take)
    }
}

struct Cells(Vec<(String, Cell)>);

impl QueryableByName<Sqlite> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        (0..row.field_count())
            .map(|column| {
                let field = Row::get(row, column).ok_or("a column is missing")?;
                let name = field.field_name().unwrap_or("").to_owned();
                let Some(value) = field.value() else { return Ok((name, Cell::Null)) };
                let cell = match value.value_type() {
                    None => Cell::Null,
                    Some(SqliteType::Binary) => {
                        let bytes =
                            <Vec<u8> as FromSql<sql_types::Binary, Sqlite>>::from_sql(value)?;
                        let digits: String =
                            bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                        Cell::Text(format!("x'{digits}'"))
                    }
                    Some(SqliteType::Float | SqliteType::Double) => {
                        let number = <f64 as FromSql<sql_types::Double, Sqlite>>::from_sql(value)?;
                        match serde_json::to_string(&number) {
                            Ok(text) if number.is_finite() => Cell::Json(text),
                            _ => Cell::Text(number.to_string()),
                        }
                    }
                    Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => {
                        let number = <i64 as FromSql<sql_types::BigInt, Sqlite>>::from_sql(value)?;
                        Cell::Json(number.to_string())
                    }
                    Some(SqliteType::Text) => {
                        Cell::Text(<String as FromSql<sql_types::Text, Sqlite>>::from_sql(value)?)
                    }
                };
                Ok((name, cell))
            })
            .collect::<deserialize::Result<Vec<_>>>()
            .map(Cells)
    }
}
