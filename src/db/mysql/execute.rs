//! Single statements with parameters and typed rows, as pymysql runs them.
//!
//! pymysql writes values into the text, and so is it done here: the server infers types as it does
//! for that driver, and takes values where it takes no parameters (`ROWS 1 PRECEDING`, `COMMENT =`).
//! Only text with a backslash, which a `sql_mode` changes the meaning of, travels beside it.

use std::time::Duration;

use chrono::Datelike as _;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::TimeDelta;
use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;
use limbeck_schema::quote_literal;
use mysql_async::Column;
use mysql_async::Value;
use mysql_async::consts::ColumnType;

use super::connection::MysqlConnection;
use crate::db::ResultSet;
use crate::db::error::DatabaseError;
use crate::db::execute::bind::bound;
use crate::db::execute::interpolation::Interpolated;
use crate::db::execute::interpolation::Interpolation;
use crate::db::execute::misused;
use crate::db::execute::number;
use crate::db::execute::python;
use crate::db::execute::refused;
use crate::db::execute::statements;
use crate::script::sql::placeholders;

/// The character set of bytes.
const BINARY: u16 = 63;

/// Runs one statement.
///
/// # Errors
/// The database's, and what pymysql would refuse.
pub(super) fn execute(
    connection: &mut MysqlConnection,
    sql: &str,
    parameters: &[Parameter],
    limit: Option<Duration>,
) -> Result<ResultSet, DatabaseError> {
    let answer = if parameters.is_empty() {
        // The driver lets the server take several statements, which pymysql does not: prepared,
        // they are a syntax error.
        let is_one = statements(sql, Dialect::Mysql).is_none_or(|all| all.len() < 2);
        connection.all(sql, (!is_one).then(Vec::new), limit)?
    } else {
        let values = parameters
            .iter()
            .map(|parameter| bound(parameter, Dialect::Mysql))
            .collect::<Result<Vec<_>, _>>()?;
        let (made, values) = sent(sql, &values)?;
        let is_one = statements(sql, Dialect::Mysql).is_none_or(|all| all.len() < 2);
        let values = (!is_one || !values.is_empty()).then_some(values);
        connection.all(&made.text, values, limit).map_err(|error| {
            let offset = error.offset.map(|offset| made.origin(offset));
            DatabaseError { offset, ..error }
        })?
    };
    let last_id = answer.last_id.and_then(|id| i64::try_from(id).ok()).filter(|id| *id != 0);
    if answer.columns.is_empty() {
        let row_count = i64::try_from(answer.affected).unwrap_or(i64::MAX);
        return Ok(ResultSet { row_count, last_id, ..ResultSet::default() });
    }
    let names = answer.columns.iter().map(|column| column.name_str().into_owned()).collect();
    let rows = answer
        .rows
        .into_iter()
        .map(|row| row.into_iter().zip(&answer.columns).map(|(v, c)| value(v, c)).collect())
        .collect::<Result<Vec<Vec<SqlValue>>, DatabaseError>>()?;
    let row_count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Ok(ResultSet { columns: Some(names), rows, row_count, last_id })
}

/// The text as it is sent, and the values beside it.
fn sent(sql: &str, values: &[SqlValue]) -> Result<(Interpolated, Vec<Value>), DatabaseError> {
    let mut beside = Vec::new();
    let parts: Vec<String> =
        values.iter().map(|value| part(value, &mut beside)).collect::<Result<_, _>>()?;
    let places = placeholders(sql, Dialect::Mysql);
    if places.len() != parts.len() {
        return Err(refused(format!(
            "the statement has {} places for parameters, and there are {}",
            places.len(),
            parts.len()
        )));
    }
    let mut made = Interpolation::new(sql);
    for (place, part) in places.iter().zip(&parts) {
        made.write(place.start..place.end, part);
    }
    Ok((made.finish(), beside))
}

/// What stands in the text for a value. What cannot be written is added to `beside`.
fn part(value: &SqlValue, beside: &mut Vec<Value>) -> Result<String, DatabaseError> {
    Ok(match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Bool(value) => i64::from(*value).to_string(),
        SqlValue::Int(value) => value.to_string(),
        SqlValue::BigInt(digits) | SqlValue::Decimal(digits) => match number::plain(digits) {
            Some(digits) => digits,
            None => {
                let words = digits.to_ascii_lowercase();
                return Err(misused(format!("{words} can not be used with MySQL")));
            }
        },
        SqlValue::Float(value) => {
            let words = python::float(*value);
            match value.is_finite() {
                false => return Err(misused(format!("{words} can not be used with MySQL"))),
                true if words.contains('e') => words,
                true => format!("{words}e0"),
            }
        }
        SqlValue::Text(text) if text.contains('\\') => {
            beside.push(Value::Bytes(text.clone().into_bytes()));
            "?".to_owned()
        }
        SqlValue::Text(text) => quote_literal(Dialect::Mysql, text),
        SqlValue::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("_binary X'{digits}'")
        }
        SqlValue::Date(date) => quote_literal(Dialect::Mysql, &date.format("%Y-%m-%d").to_string()),
        SqlValue::DateTime(at) => quote_literal(Dialect::Mysql, &python::date_time(*at, ' ')),
        // pymysql leaves the offset out.
        SqlValue::DateTimeTz(at) => {
            quote_literal(Dialect::Mysql, &python::date_time(at.naive_local(), ' '))
        }
        SqlValue::Time(time) => quote_literal(Dialect::Mysql, &python::time(*time)),
        SqlValue::Interval(time) => quote_literal(Dialect::Mysql, &span(*time)?),
        SqlValue::Uuid(uuid) => quote_literal(Dialect::Mysql, &uuid.as_hyphenated().to_string()),
        SqlValue::Json(_) => return Err(refused("dict can not be used as parameter")),
        SqlValue::Host(_) => return Err(refused("object can not be used as parameter")),
        SqlValue::Array(items) | SqlValue::Tuple(items) => {
            let parts: Vec<String> =
                items.iter().map(|item| part(item, beside)).collect::<Result<_, _>>()?;
            format!("({})", parts.join(","))
        }
    })
}

/// A `timedelta` as pymysql writes it: the hours count on beyond a day.
fn span(span: TimeDelta) -> Result<String, DatabaseError> {
    let micros = span.num_microseconds();
    let micros = micros.ok_or_else(|| refused("a timedelta that is too long for MySQL"))?;
    let sign = if micros < 0 { "-" } else { "" };
    let (seconds, micros) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Ok(match micros {
        0 => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}.{micros:06}"),
    })
}

/// A value as pymysql gives it, of either form of the protocol.
fn value(value: Value, column: &Column) -> Result<SqlValue, DatabaseError> {
    Ok(match value {
        Value::NULL => SqlValue::Null,
        Value::Int(number) => SqlValue::Int(number),
        Value::UInt(number) => whole(&number.to_string()),
        Value::Float(number) => SqlValue::Float(short(number)),
        Value::Double(number) => SqlValue::Float(number),
        Value::Bytes(bytes) => of_text(bytes, column)?,
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into());
            let time = |date: NaiveDate| {
                date.and_hms_micro_opt(hour.into(), minute.into(), second.into(), micros)
            };
            match (column.column_type(), date, date.and_then(time)) {
                (_, Some(_), _) if year == 0 => zero(&value, column),
                (ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE, Some(date), _) => {
                    SqlValue::Date(date)
                }
                (_, _, Some(at)) => SqlValue::DateTime(at),
                _ => zero(&value, column),
            }
        }
        Value::Time(is_negative, days, hours, minutes, seconds, micros) => {
            let seconds = i64::from(days) * 86_400
                + i64::from(hours) * 3600
                + i64::from(minutes) * 60
                + i64::from(seconds);
            let span = TimeDelta::seconds(seconds) + TimeDelta::microseconds(micros.into());
            SqlValue::Interval(if is_negative { -span } else { span })
        }
    })
}

/// A date that Python does not have: the server's text.
fn zero(value: &Value, column: &Column) -> SqlValue {
    let Value::Date(year, month, day, hour, minute, second, _) = value else {
        return SqlValue::Null;
    };
    let date = format!("{year:04}-{month:02}-{day:02}");
    SqlValue::Text(match column.column_type() {
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => date,
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    })
}

/// The server writes a FLOAT with six digits, and that is what pymysql reads.
fn short(number: f32) -> f64 {
    format!("{number:.5e}").parse().unwrap_or_else(|_| number.into())
}

fn whole(digits: &str) -> SqlValue {
    match digits.parse() {
        Ok(number) => SqlValue::Int(number),
        Err(_) => SqlValue::BigInt(digits.to_owned()),
    }
}

/// A value in the server's text form.
fn of_text(bytes: Vec<u8>, column: &Column) -> Result<SqlValue, DatabaseError> {
    let kind = column.column_type();
    let is_bytes = match kind {
        ColumnType::MYSQL_TYPE_BIT | ColumnType::MYSQL_TYPE_GEOMETRY => true,
        ColumnType::MYSQL_TYPE_TINY_BLOB
        | ColumnType::MYSQL_TYPE_MEDIUM_BLOB
        | ColumnType::MYSQL_TYPE_LONG_BLOB
        | ColumnType::MYSQL_TYPE_BLOB
        | ColumnType::MYSQL_TYPE_VAR_STRING
        | ColumnType::MYSQL_TYPE_STRING
        | ColumnType::MYSQL_TYPE_VARCHAR => column.character_set() == BINARY,
        _ => false,
    };
    if is_bytes {
        return Ok(SqlValue::Bytes(bytes));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        refused(format!("the column {} holds what is no UTF-8 text", column.name_str()))
    })?;
    let made = match kind {
        ColumnType::MYSQL_TYPE_TINY
        | ColumnType::MYSQL_TYPE_SHORT
        | ColumnType::MYSQL_TYPE_LONG
        | ColumnType::MYSQL_TYPE_LONGLONG
        | ColumnType::MYSQL_TYPE_INT24
        | ColumnType::MYSQL_TYPE_YEAR => Some(whole(&text)),
        ColumnType::MYSQL_TYPE_FLOAT | ColumnType::MYSQL_TYPE_DOUBLE => {
            text.parse().ok().map(SqlValue::Float)
        }
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => {
            number::decimal_of_text(&text).map(SqlValue::Decimal)
        }
        ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => {
            let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
            date.filter(|date| date.year() > 0).map(SqlValue::Date)
        }
        ColumnType::MYSQL_TYPE_TIMESTAMP
        | ColumnType::MYSQL_TYPE_TIMESTAMP2
        | ColumnType::MYSQL_TYPE_DATETIME
        | ColumnType::MYSQL_TYPE_DATETIME2 => {
            let at = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").ok();
            at.filter(|at| at.year() > 0).map(SqlValue::DateTime)
        }
        ColumnType::MYSQL_TYPE_TIME | ColumnType::MYSQL_TYPE_TIME2 => {
            span_of_text(&text).map(SqlValue::Interval)
        }
        _ => None,
    };
    // pymysql, too, gives what it cannot read as it is: `0000-00-00`.
    Ok(made.unwrap_or(SqlValue::Text(text)))
}

/// `[-]HHH:MM:SS[.ffffff]`.
fn span_of_text(text: &str) -> Option<TimeDelta> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':').map(str::parse::<i64>);
    let (hours, minutes, seconds) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let span = TimeDelta::try_seconds(hours * 3600 + minutes * 60 + seconds)?;
    let span = span.checked_add(&TimeDelta::microseconds(micros))?;
    Some(if is_negative { -span } else { span })
}
