//! MySQL and MariaDB, whose text protocol gives every value as text.

use limbeck_schema::Dialect;

use super::Cell;
use super::Console;
use super::Rows;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::mysql::MysqlConnection;
use crate::db::read_only;
use crate::db::sql::Sql as _;
use crate::db::url::DatabaseUrl;
use crate::script::sql::Statement;

pub(super) struct MysqlConsole {
    connection: MysqlConnection,
    read_only: bool,
}

impl MysqlConsole {
    pub(super) fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let connection = MysqlConnection::open(url, options)?;
        Ok(MysqlConsole { connection, read_only: options.read_only })
    }
}

impl Console for MysqlConsole {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        match self.read_only {
            // Each statement begins one.
            true => Ok(()),
            false => self.connection.batch("START TRANSACTION"),
        }
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.connection.batch("COMMIT")
    }

    fn run(&mut self, statement: &Statement) -> Result<Rows, DatabaseError> {
        if self.read_only {
            // Many a statement commits implicitly: what follows it must not be writable.
            self.connection.batch(read_only::begin_sql(Dialect::Mysql))?;
        }
        let answer = self.connection.answer(&statement.text)?;
        if answer.columns.is_empty() {
            return Ok(Rows { changed: Some(answer.changed), ..Rows::default() });
        }
        let cell = |(value, is_number): (Option<Vec<u8>>, &bool)| match value {
            None => Cell::Null,
            Some(bytes) => match String::from_utf8(bytes) {
                Ok(text) if *is_number => Cell::Json(text),
                Ok(text) => Cell::Text(text),
                Err(error) => {
                    let digits: String =
                        error.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
                    Cell::Text(format!("x'{digits}'"))
                }
            },
        };
        let numbers: Vec<bool> = answer.columns.iter().map(|(_, is_number)| *is_number).collect();
        let row = |row: Vec<_>| row.into_iter().zip(&numbers).map(cell).collect();
        Ok(Rows {
            columns: answer.columns.iter().map(|(name, _)| name.clone()).collect(),
            rows: answer.rows.into_iter().map(row).collect(),
            changed: None,
        })
    }
}
