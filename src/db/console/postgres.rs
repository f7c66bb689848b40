//! PostgreSQL.
//!
//! Diesel asks for values in the binary form of their types, of which there is no end. So the
//! server turns each row into JSON, which every type has, with the names of its columns in order.

use std::fmt;

use diesel::QueryResult;
use diesel::RunQueryDsl as _;
use diesel::deserialize;
use diesel::deserialize::FromSql;
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::pg::PgConnection;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::pg::PgValue;
use diesel::row::Field as _;
use diesel::row::NamedRow;
use diesel::row::Row;
use diesel::sql_types;
use limbeck_schema::Dialect;
use serde::Deserialize as _;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde_json::value::RawValue;

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
use crate::db::error::DatabaseErrorKind;
use crate::db::read_only;
use crate::db::sql::Sql as _;
use crate::db::sql::UserSql as _;
use crate::db::url::DatabaseUrl;
use crate::script::sql::Answer;
use crate::script::sql::Statement;
use crate::script::sql::answer;

/// The name of the query that a statement becomes.
const ROWS: &str = "limbeck_rows";

pub(super) struct PostgresConsole {
    connection: PgConnection,
    role: Option<String>,
    begin: &'static str,
}

impl PostgresConsole {
    pub(super) fn open(url: &DatabaseUrl, options: &SessionOptions) -> Result<Self, DatabaseError> {
        let connection = connect::postgres(url, options)?;
        let begin = match options.read_only {
            true => read_only::begin_sql(Dialect::Postgresql),
            false => "BEGIN",
        };
        Ok(PostgresConsole { connection, role: url.user().map(str::to_owned), begin })
    }

    /// Runs a statement as one query of JSON texts. `at` is where its main part begins.
    fn rows(
        &mut self,
        text: &str,
        at: usize,
        take: &mut dyn TakeRows,
    ) -> Result<Answered, ConsoleError> {
        self.check(text)?;
        let (list, main) = text.split_at_checked(at).unwrap_or(("", text));
        let begin = if list.is_empty() { "WITH " } else { ", " };
        let list = list.trim_end();
        let sql = format!(
            "{list}{begin}{ROWS} AS ({main}\n) SELECT row_to_json({ROWS})::text FROM {ROWS}"
        );
        // Its places are not those of the statement.
        let failure = |error| driver_error::of_own(&error, Dialect::Postgresql);
        let rows = row_by_row(&mut self.connection, &sql).map_err(failure)?;
        let rows = rows.map(|row| match row.map_err(failure)?.0.pop() {
            Some((_, Cell::Text(json))) => {
                let cells = Object::read(&json)?;
                Ok(cells.into_iter().map(|(name, value)| (name, cell(&value))).collect())
            }
            _ => Ok(Vec::new()),
        });
        hand_over(rows, take)
    }

    /// Has the server read and plan a statement as it stands: what is wrong with its text is then
    /// said of this text, and not of the query that it becomes part of.
    fn check(&mut self, text: &str) -> Result<(), DatabaseError> {
        // The option also keeps a text that begins with parentheses from being taken for options.
        const EXPLAIN: &str = "EXPLAIN (COSTS OFF) ";
        self.connection.batch(&format!("{EXPLAIN}{text}")).map_err(|error| DatabaseError {
            offset: error.offset.and_then(|offset| offset.checked_sub(EXPLAIN.len())),
            ..error
        })
    }

    fn words(&mut self, text: &str, take: &mut dyn TakeRows) -> Result<Answered, ConsoleError> {
        let failure = |error| driver_error::of_statement(&error, text, Dialect::Postgresql);
        let rows = row_by_row(&mut self.connection, text).map_err(failure)?;
        hand_over(rows.map(|row| row.map(|words| words.0).map_err(failure)), take)
    }
}

/// Runs a query whose rows do not wait for one another.
fn row_by_row<'c>(
    connection: &'c mut PgConnection,
    sql: &str,
) -> QueryResult<impl Iterator<Item = QueryResult<Words>> + use<'c>> {
    diesel::sql_query(sql).load_iter::<Words, PgRowByRowLoadingMode>(connection)
}

impl Console for PostgresConsole {
    fn dialect(&self) -> Dialect {
        Dialect::Postgresql
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.connection.batch(self.begin)
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.connection.batch("COMMIT")
    }

    fn run(
        &mut self,
        statement: &Statement,
        take: &mut dyn TakeRows,
    ) -> Result<Answered, ConsoleError> {
        let result = match answer(statement, Dialect::Postgresql) {
            Answer::Rows { at } => self.rows(&statement.text, at, take),
            Answer::Words => self.words(&statement.text, take),
            Answer::Count => self
                .connection
                .count_of_statement(&statement.text)
                .map(Answered::Changed)
                .map_err(ConsoleError::from),
        };
        result.map_err(|mut error| {
            if let ConsoleError::Database(DatabaseError {
                kind: DatabaseErrorKind::Denied(right),
                ..
            }) = &mut error
            {
                right.role.clone_from(&self.role);
            }
            error
        })
    }
}

/// A JSON object in its own order, with names that may come twice.
struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    fn read(text: &str) -> Result<Vec<(String, Box<RawValue>)>, DatabaseError> {
        let mut json = serde_json::Deserializer::from_str(text);
        Object::deserialize(&mut json).map(|object| object.0).map_err(|error| {
            let message = format!("the server's row is not as expected: {error}");
            DatabaseError::new(DatabaseErrorKind::Corrupt, message)
        })
    }
}

impl<'de> serde::Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

fn cell(value: &RawValue) -> Cell {
    match value.get() {
        "null" => Cell::Null,
        text if text.starts_with('"') => match serde_json::from_str::<String>(text) {
            Ok(text) => Cell::Text(text),
            Err(_) => Cell::Json(text.to_owned()),
        },
        text => Cell::Json(text.to_owned()),
    }
}

/// A row of `SHOW`, `EXPLAIN` and the like: texts and simple numbers.
struct Words(Vec<(String, Cell)>);

impl QueryableByName<Pg> for Words {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        (0..row.field_count())
            .map(|column| {
                let field = Row::get(row, column).ok_or("a column is missing")?;
                let name = field.field_name().unwrap_or("").to_owned();
                let cell = field.value().map_or(Ok(Cell::Null), |value| word(&name, value))?;
                Ok((name, cell))
            })
            .collect::<deserialize::Result<Vec<_>>>()
            .map(Words)
    }
}

/// The numbers are those of the types in `pg_type`, which never change.
fn word(column: &str, value: PgValue<'_>) -> deserialize::Result<Cell> {
    Ok(match value.get_oid().get() {
        16 => Cell::Json(<bool as FromSqlOf<sql_types::Bool>>::from(value)?.to_string()),
        20 => Cell::Json(<i64 as FromSqlOf<sql_types::BigInt>>::from(value)?.to_string()),
        21 => Cell::Json(<i16 as FromSqlOf<sql_types::SmallInt>>::from(value)?.to_string()),
        23 => Cell::Json(<i32 as FromSqlOf<sql_types::Integer>>::from(value)?.to_string()),
        // name, text, json, xml, unknown, bpchar, varchar
        19 | 25 | 114 | 142 | 705 | 1042 | 1043 => {
            Cell::Text(<String as FromSqlOf<sql_types::Text>>::from(value)?)
        }
        _ => {
            return Err(format!(
                "the column {column} is of a type that cannot be shown here; cast it to text"
            )
            .into());
        }
    })
}

/// A shorter name for reading one type.
trait FromSqlOf<T>: Sized {
    fn from(value: PgValue<'_>) -> deserialize::Result<Self>;
}

impl<T, V: FromSql<T, Pg>> FromSqlOf<T> for V {
    fn from(value: PgValue<'_>) -> deserialize::Result<Self> {
        V::from_sql(value)
    }
}
