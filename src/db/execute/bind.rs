//! What SQLAlchemy's types make of a value before the driver gets it (`bind_processor`).
//!
//! A value without a type goes as it is.

use chrono::DateTime;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::Timelike as _;
use limbeck_schema::Dialect;
use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::Target;
use limbeck_schema::expr::Parameter;
use limbeck_schema::types::Affinity;
use limbeck_schema::types::Json;

use super::python;
use super::refused;
use crate::db::error::DatabaseError;

/// The value of `parameter` as the driver of `dialect` gets it.
///
/// # Errors
/// When the type does not take the value.
pub(in crate::db) fn bound(
    parameter: &Parameter,
    dialect: Dialect,
) -> Result<SqlValue, DatabaseError> {
    let Some(sql_type) = &parameter.sql_type else { return Ok(parameter.value.clone()) };
    // `JSON(none_as_null=True)` is a type with variants that has none; any other JSON has a null of its own.
    if matches!(sql_type, SqlType::Variant(variant) if variant.by_dialect.is_empty())
        && parameter.value.is_null()
    {
        return Ok(SqlValue::Null);
    }
    let target = match dialect {
        Dialect::Postgresql => Target::postgresql(),
        Dialect::Mysql => Target::mysql(),
        Dialect::Sqlite => Target::sqlite(),
    };
    of_type(&parameter.value, sql_type.resolve(&target), dialect)
}

fn of_type(
    value: &SqlValue,
    sql_type: &SqlType,
    dialect: Dialect,
) -> Result<SqlValue, DatabaseError> {
    let is_native = dialect == Dialect::Postgresql;
    if let SqlType::Json(Json::Json | Json::Jsonb) = sql_type {
        return document(value).map(SqlValue::Text);
    }
    if value.is_null() {
        return Ok(SqlValue::Null);
    }
    Ok(match (sql_type.affinity(), value) {
        (Affinity::Boolean, SqlValue::Int(number @ (0 | 1))) if is_native => {
            SqlValue::Bool(*number == 1)
        }
        (Affinity::Boolean, SqlValue::Bool(truth)) if !is_native => SqlValue::Int((*truth).into()),
        (Affinity::Boolean, SqlValue::Int(0 | 1) | SqlValue::Bool(_)) => value.clone(),
        (Affinity::Boolean, SqlValue::Text(text)) => {
            return Err(refused(format!("Value '{text}' is not None, True, or False")));
        }
        (Affinity::Boolean, _) => {
            return Err(refused("Value is not None, True, or False"));
        }
        (Affinity::Numeric | Affinity::Float, SqlValue::Decimal(digits))
            if dialect == Dialect::Sqlite =>
        {
            match digits.parse() {
                Ok(number) => SqlValue::Float(number),
                Err(_) => return Err(refused(format!("the Decimal {digits} is no number"))),
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "as Python's float() does")]
        (Affinity::Numeric | Affinity::Float, SqlValue::Int(number))
            if dialect == Dialect::Sqlite =>
        {
            SqlValue::Float(*number as f64)
        }
        (Affinity::Numeric | Affinity::Float, SqlValue::Bool(truth))
            if dialect == Dialect::Sqlite =>
        {
            SqlValue::Float((*truth).into())
        }
        (affinity @ (Affinity::DateTime | Affinity::Date | Affinity::Time), value)
            if dialect == Dialect::Sqlite =>
        {
            stored(value, &affinity).map(SqlValue::Text)?
        }
        // Elsewhere an interval is a point in time after the epoch.
        (Affinity::Interval, SqlValue::Interval(span)) if !is_native => {
            let at = DateTime::UNIX_EPOCH.naive_utc().checked_add_signed(*span);
            let Some(at) = at else { return Err(refused("the timedelta is out of range")) };
            match dialect {
                Dialect::Sqlite => {
                    stored(&SqlValue::DateTime(at), &Affinity::DateTime).map(SqlValue::Text)?
                }
                _ => SqlValue::DateTime(at),
            }
        }
        (Affinity::Uuid, SqlValue::Uuid(uuid)) if !is_native => {
            SqlValue::Text(uuid.as_simple().to_string())
        }
        (Affinity::Uuid, SqlValue::Text(text)) if !is_native => {
            SqlValue::Text(text.replace('-', ""))
        }
        (Affinity::Array, SqlValue::Array(items)) => match sql_type {
            SqlType::Array(array) => SqlValue::Array(
                items
                    .iter()
                    .map(|item| match item {
                        SqlValue::Array(_) => of_type(item, sql_type, dialect),
                        item => of_type(item, array.item.resolve(&Target::postgresql()), dialect),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            _ => value.clone(),
        },
        _ => value.clone(),
    })
}

/// A document as text. `None` is JSON's `null`, as in SQLAlchemy (`none_as_null=False`).
fn document(value: &SqlValue) -> Result<String, DatabaseError> {
    python::json_of(value).ok_or_else(|| {
        let class = python::class_of(value);
        refused(format!("Object of type {class} is not JSON serializable"))
    })
}

/// A date or time as SQLite keeps it.
fn stored(value: &SqlValue, affinity: &Affinity) -> Result<String, DatabaseError> {
    let micros =
        |time: NaiveTime| format!("{}.{:06}", time.format("%H:%M:%S"), time.nanosecond() / 1000);
    let point =
        |at: NaiveDateTime| format!("{} {}", at.date().format("%Y-%m-%d"), micros(at.time()));
    let naive = match value {
        SqlValue::DateTimeTz(at) => &SqlValue::DateTime(at.naive_local()),
        value => value,
    };
    let class = match affinity {
        Affinity::Date => "date objects",
        Affinity::Time => "time objects",
        _ => "datetime and date objects",
    };
    Ok(match (affinity, naive) {
        (Affinity::Date, SqlValue::Date(date)) => date.format("%Y-%m-%d").to_string(),
        (Affinity::Date, SqlValue::DateTime(at)) => at.date().format("%Y-%m-%d").to_string(),
        (Affinity::Time, SqlValue::Time(time)) => micros(*time),
        (Affinity::Time, SqlValue::DateTime(at)) => micros(at.time()),
        (Affinity::DateTime, SqlValue::DateTime(at)) => point(*at),
        (Affinity::DateTime, SqlValue::Date(date)) => point(date.and_time(NaiveTime::MIN)),
        _ => {
            let which = match affinity {
                Affinity::Date => "Date",
                Affinity::Time => "Time",
                _ => "DateTime",
            };
            return Err(refused(format!(
                "SQLite {which} type only accepts Python {class} as input."
            )));
        }
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use serde_json::json;

    use super::*;

    fn given(value: impl Into<SqlValue>, sql_type: SqlType, dialect: Dialect) -> SqlValue {
        let parameter = Parameter { name: None, value: value.into(), sql_type: Some(sql_type) };
        bound(&parameter, dialect).unwrap()
    }

    #[test]
    fn types_convert_their_values() {
        let at = NaiveDate::from_ymd_opt(2020, 1, 2).unwrap().and_hms_opt(3, 4, 5).unwrap();
        let text = |text: &str| SqlValue::Text(text.to_owned());
        let date_time = SqlType::date_time(false);
        assert_eq!(given(at, date_time.clone(), Dialect::Postgresql), SqlValue::DateTime(at));
        let stored = text("2020-01-02 03:04:05.000000");
        assert_eq!(given(at, date_time, Dialect::Sqlite), stored);
        let boolean = SqlType::boolean();
        assert_eq!(given(true, boolean.clone(), Dialect::Mysql), SqlValue::Int(1));
        assert_eq!(given(1, boolean, Dialect::Postgresql), SqlValue::Bool(true));
        let document = SqlType::from(Json::Json);
        assert_eq!(
            given(json!({"a": [1]}), document.clone(), Dialect::Mysql),
            text("{\"a\": [1]}")
        );
        assert_eq!(given("x", document.clone(), Dialect::Postgresql), text("\"x\""));
        assert_eq!(given(SqlValue::Null, document, Dialect::Sqlite), text("null"));
    }
}
