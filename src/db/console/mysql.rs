//! MySQL and MariaDB, whose text protocol gives every value as text.

use limbeck_schema::Dialect;

use super::Answered;
use super::Cell;
use super::Console;
use super::ConsoleError;
use super::TakeRows;
use crate::db::connect::SessionOptions;
use crate::db::error::DatabaseError;
use crate::db::mysql::AnswerColumn;
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

    fn run(
        &mut self,
        statement: &Statement,
        take: &mut dyn TakeRows,
    ) -> Result<Answered, ConsoleError> {
        if self.read_only {
            // Many a statement commits implicitly: what follows it must not be writable.
            self.connection.batch(read_only::begin_sql(Dialect::Mysql))?;
        }
        let mut count = 0;
        let changed = self.connection.answer(&statement.text, |columns, row| {
            let Some(row) = row else {
                let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
                return Ok::<(), ConsoleError>(take.columns(&names)?);
            };
            count += 1;
            let cells = row.into_iter().zip(columns).map(|(value, column)| cell(value, column));
            Ok(take.row(cells.collect())?)
        })?;
        Ok(changed.map_or(Answered::Rows(count), Answered::Changed))
    }
}

fn cell(value: Option<Vec<u8>>, column: &AnswerColumn) -> Cell {
    match value.map(String::from_utf8) {
        None => Cell::Null,
        Some(Ok(text)) if column.is_number => Cell::Json(text),
        Some(Ok(text)) => Cell::Text(text),
        Some(Err(error)) => {
            let digits: String =
                error.as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
            Cell::Text(format!("x'{digits}'"))
        }
    }
}
