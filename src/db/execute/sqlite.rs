//! SQLite, as Python's sqlite3 runs it: parameters by their storage classes, and values by theirs.

use diesel::RunQueryDsl as _;
use diesel::connection::DefaultLoadingMode;
use diesel::deserialize;
use diesel::deserialize::FromSql;
use diesel::deserialize::QueryableByName;
use diesel::query_builder::BoxedSqlQuery;
use diesel::query_builder::SqlQuery;
use diesel::row::Field as _;
use diesel::row::NamedRow;
use diesel::row::Row;
use diesel::sql_types;
use diesel::sql_types::Nullable;
use diesel::sqlite::Sqlite;
use diesel::sqlite::SqliteConnection;
use diesel::sqlite::SqliteType;
use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;

use super::bind::bound;
use super::misused;
use super::named::Names;
use super::named::names_of_empty;
use super::python;
use super::refused;
use super::statements;
use super::whole;
use crate::db::ResultSet;
use crate::db::driver_error;
use crate::db::error::DatabaseError;
use crate::db::sql::Sql as _;
use crate::db::sql::column;
use crate::script::sql::Answer;
use crate::script::sql::PlaceholderKind;
use crate::script::sql::answer;
use crate::script::sql::placeholders;

/// `SQLITE_ERROR`
const ERROR: i64 = 1;

/// `SQLITE_CONSTRAINT_TRIGGER`
const CONSTRAINT_TRIGGER: i64 = 1811;

/// Statements whose changes sqlite3 counts, by their first word.
const COUNTED: [&str; 4] = ["INSERT", "UPDATE", "DELETE", "REPLACE"];

/// Runs one statement.
///
/// # Errors
/// The database's, and what sqlite3 would refuse.
pub(in crate::db) fn execute(
    connection: &mut SqliteConnection,
    sql: &str,
    parameters: &[Parameter],
) -> Result<ResultSet, DatabaseError> {
    run(connection, sql, parameters).map_err(|mut error| {
        if let Some(server) = &mut error.server
            && server.code == Some(ERROR)
        {
            server.code = raised(connection, sql, &server.message);
        }
        error
    })
}

/// The result code of an error that has no words of its own: one that a trigger raises is that of a
/// constraint, and its words are anybody's. `None`: it may be either.
fn raised(connection: &mut SqliteConnection, sql: &str, message: &str) -> Option<i64> {
    if !starts_with_any(sql.trim_start(), &["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"]) {
        return Some(ERROR);
    }
    let raising = |schema: &str| {
        format!("SELECT sql FROM {schema} WHERE type = 'trigger' AND sql LIKE '%raise%(%'")
    };
    let query = format!("{} UNION ALL {}", raising("sqlite_master"), raising("sqlite_temp_master"));
    let Ok(triggers) = connection.rows(&query, &[]) else { return None };
    let literal = limbeck_schema::quote_literal(Dialect::Sqlite, message);
    if triggers.iter().any(|trigger| column(trigger, 0).contains(&literal)) {
        return Some(CONSTRAINT_TRIGGER);
    }
    // Without a trigger, or where it is not even prepared, nothing has been raised.
    let is_own = triggers.is_empty() || connection.batch(&format!("EXPLAIN {sql}")).is_err();
    is_own.then_some(ERROR)
}

fn run(
    connection: &mut SqliteConnection,
    sql: &str,
    parameters: &[Parameter],
) -> Result<ResultSet, DatabaseError> {
    let statement = match statements(sql, Dialect::Sqlite) {
        Some(statements) if statements.is_empty() => {
            return Ok(ResultSet { row_count: -1, ..ResultSet::default() });
        }
        Some(mut statements) if statements.len() == 1 => statements.swap_remove(0),
        Some(_) => return Err(misused("You can only execute one statement at a time.")),
        None => whole(sql),
    };
    check_count(sql, parameters.len())?;
    let values: Vec<SqlValue> = parameters
        .iter()
        .map(|parameter| bound(parameter, Dialect::Sqlite))
        .collect::<Result<_, _>>()?;
    let query = || values.iter().enumerate().try_fold(diesel::sql_query(sql).into_boxed(), bind);
    let failure = |error| driver_error::of_statement(&error, sql, Dialect::Sqlite);
    let is_counted = starts_with_any(&statement.text, &COUNTED);
    let kind = answer(&statement, Dialect::Sqlite);
    let mut result = if kind == Answer::Count {
        let count = query()?.execute(connection).map_err(failure)?;
        let row_count = if is_counted { i64::try_from(count).unwrap_or(i64::MAX) } else { -1 };
        ResultSet { row_count, ..ResultSet::default() }
    } else {
        let mut columns = None;
        let mut rows = Vec::new();
        let found =
            query()?.load_iter::<Values, DefaultLoadingMode>(connection).map_err(failure)?;
        for row in found {
            let Values { names, values } = row.map_err(failure)?;
            columns.get_or_insert(names);
            rows.push(values);
        }
        let row_count = if is_counted { i64::try_from(rows.len()).unwrap_or(i64::MAX) } else { -1 };
        ResultSet { columns, rows, row_count, last_id: None }
    };
    if kind != Answer::Count && result.columns.is_none() {
        result.columns = columns_of_empty(connection, &statement.text, kind, &values);
    }
    if starts_with_any(&statement.text, &["INSERT", "REPLACE"]) {
        let rows = connection.rows("SELECT CAST(last_insert_rowid() AS text)", &[])?;
        result.last_id = rows.first().and_then(|row| column(row, 0).parse().ok());
    }
    Ok(result)
}

fn starts_with_any(text: &str, words: &[&str]) -> bool {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    words.iter().any(|word| text[..end].eq_ignore_ascii_case(word))
}

/// SQLite takes a parameter that is missing for NULL; sqlite3 refuses it.
fn check_count(sql: &str, supplied: usize) -> Result<(), DatabaseError> {
    let mut names = Vec::new();
    let mut uses = 0;
    for placeholder in placeholders(sql, Dialect::Sqlite) {
        match placeholder.kind {
            PlaceholderKind::Next => uses += 1,
            PlaceholderKind::Number(number) => uses = uses.max(number),
            PlaceholderKind::Name(name) if names.contains(&name) => {}
            PlaceholderKind::Name(name) => {
                names.push(name);
                uses += 1;
            }
        }
    }
    if uses == supplied {
        return Ok(());
    }
    Err(misused(format!(
        "Incorrect number of bindings supplied. The current statement uses {uses}, and there are \
         {supplied} supplied."
    )))
}

type Query<'a> = BoxedSqlQuery<'a, Sqlite, SqlQuery>;

fn bind<'a>(
    query: Query<'a>,
    (index, value): (usize, &'a SqlValue),
) -> Result<Query<'a>, DatabaseError> {
    let unsupported = || {
        let class = python::class_of(value);
        let number = index + 1;
        misused(format!("Error binding parameter {number}: type '{class}' is not supported"))
    };
    let text = |query: Query<'a>, text: String| query.bind::<sql_types::Text, _>(text);
    Ok(match value {
        SqlValue::Null => query.bind::<Nullable<sql_types::Text>, _>(None::<String>),
        SqlValue::Bool(value) => query.bind::<sql_types::BigInt, _>(i64::from(*value)),
        SqlValue::Int(value) => query.bind::<sql_types::BigInt, _>(*value),
        SqlValue::BigInt(digits) => match digits.parse::<i64>() {
            Ok(value) => query.bind::<sql_types::BigInt, _>(value),
            Err(_) => return Err(refused("Python int too large to convert to SQLite INTEGER")),
        },
        SqlValue::Float(value) => query.bind::<sql_types::Double, _>(*value),
        SqlValue::Text(value) => query.bind::<sql_types::Text, _>(value.as_str()),
        SqlValue::Bytes(value) => query.bind::<sql_types::Binary, _>(value.as_slice()),
        SqlValue::Date(date) => text(query, date.format("%Y-%m-%d").to_string()),
        SqlValue::DateTime(at) => text(query, python::date_time(*at, ' ')),
        SqlValue::DateTimeTz(at) => {
            let offset = python::offset(*at.offset());
            text(query, python::date_time(at.naive_local(), ' ') + &offset)
        }
        SqlValue::Decimal(_)
        | SqlValue::Time(_)
        | SqlValue::Interval(_)
        | SqlValue::Uuid(_)
        | SqlValue::Json(_)
        | SqlValue::Array(_)
        | SqlValue::Tuple(_)
        | SqlValue::Host(_) => return Err(unsupported()),
    })
}

/// The columns of an answer without rows, which Diesel does not tell.
fn columns_of_empty(
    connection: &mut SqliteConnection,
    text: &str,
    kind: Answer,
    values: &[SqlValue],
) -> Option<Vec<String>> {
    let mut ask = |sql: &str| {
        let query = values.iter().enumerate().try_fold(diesel::sql_query(sql).into_boxed(), bind);
        let rows = query.ok()?.load::<Values>(connection).ok()?;
        rows.into_iter().next().map(|row| row.names)
    };
    if kind == Answer::Words {
        // One that sets something answers nothing.
        return ask(&pragma_function(text)?);
    }
    let names = match names_of_empty(text, Dialect::Sqlite) {
        Names::Known(names) => names,
        Names::Ask(sql) => ask(&sql).map(unique_names_undone).unwrap_or_default(),
        Names::Pieces(pieces) => {
            let mut names = Vec::new();
            for piece in pieces {
                match piece {
                    super::named::Piece::Name(name) => names.push(name),
                    super::named::Piece::All(table) => {
                        let sql = super::named::star_sql(&table);
                        let query = diesel::sql_query(sql).load::<Values>(connection);
                        let row = query.ok().and_then(|rows| rows.into_iter().next());
                        names.extend(row.map(|row| row.names).unwrap_or_default());
                    }
                }
            }
            names
        }
    };
    Some(names)
}

/// `PRAGMA x(y)` as a query that gives a row whatever the pragma gives.
fn pragma_function(text: &str) -> Option<String> {
    let rest = text.get("PRAGMA".len()..)?.trim();
    let (name, argument) = match rest.split_once('(') {
        Some((name, rest)) => (name, Some(rest.trim_end().strip_suffix(')')?)),
        None => (rest, None),
    };
    let name = name.trim();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return None;
    }
    let argument = argument.map(|argument| {
        let argument = argument.trim().trim_matches(['"', '\'', '`', '[', ']']);
        format!("({})", limbeck_schema::quote_literal(Dialect::Sqlite, argument))
    });
    let function = format!("pragma_{name}{}", argument.unwrap_or_default());
    Some(format!("SELECT r.* FROM (SELECT 1) LEFT JOIN {function} AS r ON 0"))
}

/// A subquery makes the names of its columns different: `a`, `a:1`.
fn unique_names_undone(names: Vec<String>) -> Vec<String> {
    let mut undone: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let plain = name.rsplit_once(':').filter(|(plain, number)| {
            number.parse::<u32>().is_ok() && undone.iter().any(|other| other == plain)
        });
        let plain = plain.map(|(plain, _)| plain.to_owned());
        undone.push(plain.unwrap_or(name));
    }
    undone
}

/// A row with the names of its columns.
struct Values {
    names: Vec<String>,
    values: Vec<SqlValue>,
}

impl QueryableByName<Sqlite> for Values {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let count = row.field_count();
        let mut made =
            Values { names: Vec::with_capacity(count), values: Vec::with_capacity(count) };
        for column in 0..count {
            let field = Row::get(row, column).ok_or("a column is missing")?;
            made.names.push(field.field_name().unwrap_or("").to_owned());
            let Some(value) = field.value() else {
                made.values.push(SqlValue::Null);
                continue;
            };
            made.values.push(match value.value_type() {
                None => SqlValue::Null,
                Some(SqliteType::Binary) => SqlValue::Bytes(<Vec<u8> as FromSql<
                    sql_types::Binary,
                    Sqlite,
                >>::from_sql(value)?),
                Some(SqliteType::Float | SqliteType::Double) => {
                    SqlValue::Float(<f64 as FromSql<sql_types::Double, Sqlite>>::from_sql(value)?)
                }
                Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => {
                    SqlValue::Int(<i64 as FromSql<sql_types::BigInt, Sqlite>>::from_sql(value)?)
                }
                Some(SqliteType::Text) => {
                    SqlValue::Text(<String as FromSql<sql_types::Text, Sqlite>>::from_sql(value)?)
                }
            });
        }
        Ok(made)
    }
}
