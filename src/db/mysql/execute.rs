//! Single statements with parameters and typed rows, as pymysql runs them.
//!
//! pymysql writes values into the text; here they travel beside it, so that no `sql_mode` changes
//! what they are. Only numbers without a type in the protocol, and lists, are written.

use std::time::Duration;

use chrono::Datelike as _;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::TimeDelta;
use chrono::Timelike as _;
use limbeck_schema::Dialect;
use limbeck_schema::SqlValue;
use limbeck_schema::expr::Parameter;
use mysql_async::Column;
use mysql_async::Value;
use mysql_async::consts::ColumnType;

use super::connection::MysqlConnection;
use crate::db::ResultSet;
use crate::db::error::DatabaseError;
use crate::db::execute::bind::bound;
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
        let (sql, values) = sent(sql, &values)?;
        connection.all(&sql, Some(values), limit)?
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

/// The text and the values as they are sent.
fn sent(sql: &str, values: &[SqlValue]) -> Result<(String, Vec<Value>), DatabaseError> {
    let mut parts = Vec::with_capacity(values.len());
    let mut made = Vec::with_capacity(values.len());
    for value in values {
        parts.push(part(value, &mut made)?);
    }
    if parts.iter().all(|part| part == "?") {
        // The server itself finds the places.
        return Ok((sql.to_owned(), made));
    }
    let places = placeholders(sql, Dialect::Mysql);
    if places.len() != parts.len() {
        return Err(refused(format!(
            "the statement has {} places for parameters, and there are {}",
            places.len(),
            parts.len()
        )));
    }
    let mut text = String::with_capacity(sql.len());
    let mut copied = 0;
    for (place, part) in places.iter().zip(&parts) {
        text.push_str(sql.get(copied..place.start).unwrap_or_default());
        text.push_str(part);
        copied = place.end;
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    Ok((text, made))
}

/// What stands in the text for a value, whose parts are added to `made`.
fn part(value: &SqlValue, made: &mut Vec<Value>) -> Result<String, DatabaseError> {
    made.push(match value {
        SqlValue::Null => Value::NULL,
        SqlValue::Bool(value) => Value::Int((*value).into()),
        SqlValue::Int(value) => Value::Int(*value),
        SqlValue::BigInt(digits) | SqlValue::Decimal(digits) => {
            if !number::is_number(digits) {
                return Err(refused(format!("{digits} can not be used with MySQL")));
            }
            // Apart from a minus before it, which would make a comment.
            return Ok(format!(" {digits}"));
        }
        SqlValue::Float(value) if !value.is_finite() => {
            let words = python::float(*value);
            return Err(refused(format!("{words} can not be used with MySQL")));
        }
        SqlValue::Float(value) => Value::Double(*value),
        SqlValue::Text(text) => Value::Bytes(text.clone().into_bytes()),
        SqlValue::Bytes(bytes) => Value::Bytes(bytes.clone()),
        SqlValue::Date(date) => point(date.and_time(NaiveTime::MIN))?,
        SqlValue::DateTime(at) => point(*at)?,
        // pymysql leaves the offset out.
        SqlValue::DateTimeTz(at) => point(at.naive_local())?,
        SqlValue::Time(time) => time_of_day(*time),
        SqlValue::Interval(time) => Value::Bytes(words_of_span(*time).into_bytes()),
        SqlValue::Uuid(uuid) => Value::Bytes(uuid.as_hyphenated().to_string().into_bytes()),
        SqlValue::Json(_) => return Err(refused("dict can not be used as parameter")),
        SqlValue::Host(_) => return Err(refused("object can not be used as parameter")),
        SqlValue::Array(items) => {
            let mut parts = Vec::with_capacity(items.len());
            for item in items {
                parts.push(part(item, made)?);
            }
            return Ok(format!("({})", parts.join(",")));
        }
    });
    Ok("?".to_owned())
}

fn time_of_day(time: NaiveTime) -> Value {
    let small = |part: u32| u8::try_from(part).unwrap_or(0);
    let (hour, minute, second) = (small(time.hour()), small(time.minute()), small(time.second()));
    Value::Time(false, 0, hour, minute, second, time.nanosecond() / 1000)
}

fn point(at: NaiveDateTime) -> Result<Value, DatabaseError> {
    let out_of_range = || refused("a year that MySQL does not have");
    let year = u16::try_from(at.year()).map_err(|_| out_of_range())?;
    let small = |part: u32| u8::try_from(part).unwrap_or(0);
    Ok(Value::Date(
        year,
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
        at.nanosecond() / 1000,
    ))
}

/// A timedelta as pymysql writes it: the hours of its days (negative ones for what is negative, which
/// the minutes then count against), and the rest.
fn words_of_span(span: TimeDelta) -> String {
    let seconds = span.num_seconds() - i64::from(span.subsec_nanos() < 0);
    let micros = (span - TimeDelta::seconds(seconds)).subsec_micros();
    let (hours, rest) = (seconds.div_euclid(3600), seconds.rem_euclid(3600));
    let words = format!("{hours:02}:{:02}:{:02}", rest / 60, rest % 60);
    if micros == 0 { words } else { format!("{words}.{micros:06}") }
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
