//! Values of Python as values of SQL, and back.

use std::rc::Rc;

use chrono::DateTime;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::TimeDelta;
use limbeck_schema::SqlValue;

use crate::eval::Args;
use crate::eval::Dict;
use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Value;

/// A value as a parameter. The types of the standard library are known by their names and by what
/// `str()` and their attributes say.
pub(crate) fn to_sql(interp: &mut Interpreter, value: &Value) -> Result<SqlValue> {
    Ok(match value {
        Value::None => SqlValue::Null,
        Value::Bool(value) => SqlValue::Bool(*value),
        Value::Int(value) => SqlValue::Int(*value),
        Value::BigInt(value) => SqlValue::BigInt(value.to_string()),
        Value::Float(value) => SqlValue::Float(*value),
        Value::Str(value) => SqlValue::Text(value.to_string()),
        Value::Bytes(value) => SqlValue::Bytes(value.to_vec()),
        Value::List(_) | Value::Tuple(_) | Value::Set(_) => {
            let items = interp.items(value)?;
            let mut made = Vec::new();
            for item in &items {
                made.push(interp.nested(|interp| to_sql(interp, item))?);
            }
            SqlValue::Array(made)
        }
        Value::Dict(_) => SqlValue::Json(to_json(interp, value)?),
        other => match of_object(interp, other)? {
            Some(value) => value,
            None => {
                if let Value::Instance(instance) = other {
                    let inner = instance.inner.borrow().clone();
                    if let Some(inner) = inner {
                        return interp.nested(|interp| to_sql(interp, &inner));
                    }
                }
                super::processing::host(interp, other)?
            }
        },
    })
}

/// A value that may go to the driver without a type: there, a tuple is none of the lists.
pub(super) fn parameter(interp: &mut Interpreter, value: &Value) -> Result<SqlValue> {
    let Value::Tuple(_) = value else { return to_sql(interp, value) };
    let mut made = Vec::new();
    for item in &interp.items(value)? {
        made.push(interp.nested(|interp| parameter(interp, item))?);
    }
    Ok(SqlValue::Tuple(made))
}

/// `JSON.NULL`: the null of JSON, not that of SQL.
#[derive(Debug)]
pub(super) struct JsonNull;

impl Object for JsonNull {}

fn of_object(interp: &mut Interpreter, value: &Value) -> Result<Option<SqlValue>> {
    if value.downcast::<JsonNull>().is_some() {
        return Ok(Some(SqlValue::Json(serde_json::Value::Null)));
    }
    let class = interp.class(value);
    let known = class.order().find_map(|class| {
        let name = match (&*class.module, &*class.name) {
            ("datetime" | "decimal" | "uuid" | "_decimal" | "_datetime", name) => name,
            _ => return None,
        };
        ["datetime", "date", "time", "timedelta", "Decimal", "UUID"]
            .into_iter()
            .find(|k| *k == name)
    });
    let Some(known) = known else { return Ok(None) };
    if known == "timedelta" {
        let mut part = |name: &str| -> Result<i64> {
            Ok(interp.get_attribute(value, name)?.as_int().unwrap_or(0))
        };
        let (days, seconds, micros) = (part("days")?, part("seconds")?, part("microseconds")?);
        let made = TimeDelta::try_days(days)
            .and_then(|made| made.checked_add(&TimeDelta::try_seconds(seconds)?))
            .and_then(|made| made.checked_add(&TimeDelta::microseconds(micros)));
        return match made {
            Some(made) => Ok(Some(SqlValue::Interval(made))),
            None => Err(interp.unsupported("a timedelta of that size")),
        };
    }
    let text = interp.str(value)?;
    let made = match known {
        "datetime" => NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f")
            .map(SqlValue::DateTime)
            .or_else(|_| {
                DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%:z").map(SqlValue::DateTimeTz)
            })
            .ok(),
        "date" => NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(SqlValue::Date).ok(),
        "time" => NaiveTime::parse_from_str(&text, "%H:%M:%S%.f").map(SqlValue::Time).ok(),
        "UUID" => uuid::Uuid::try_parse(&text).map(SqlValue::Uuid).ok(),
        _ => Some(SqlValue::Decimal(text.to_string())),
    };
    match made {
        Some(made) => Ok(Some(made)),
        None => Err(interp.unsupported(format!("the {known} '{text}' as a parameter"))),
    }
}

/// A value that only Python has, where its type does not say what becomes of it.
pub(super) fn of_host(interp: &mut Interpreter, value: &Value) -> Result<SqlValue> {
    match interp.nested(|interp| to_sql(interp, value))? {
        SqlValue::Host(_) => {
            let class = interp.class_name(value);
            Err(interp.unsupported(format!("a parameter of the class {class}")))
        }
        made => Ok(made),
    }
}

/// A value as a JSON document.
pub(crate) fn to_json(interp: &mut Interpreter, value: &Value) -> Result<serde_json::Value> {
    use serde_json::Value as Json;
    Ok(match value {
        Value::None => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Float(value) => match serde_json::Number::from_f64(*value) {
            Some(number) => Json::Number(number),
            None => return Err(interp.unsupported("NaN or an infinity in a JSON document")),
        },
        Value::List(_) | Value::Tuple(_) => {
            let items = interp.items(value)?;
            let mut made = Vec::new();
            for item in &items {
                made.push(interp.nested(|interp| to_json(interp, item))?);
            }
            Json::Array(made)
        }
        Value::Dict(dict) => {
            let mut made = serde_json::Map::new();
            for (key, item) in dict.entries() {
                let key = match &key {
                    Value::None => "null".to_owned(),
                    Value::Bool(value) => value.to_string(),
                    key => match key.as_text() {
                        Some(text) => text.to_string(),
                        None => interp.str(key)?.to_string(),
                    },
                };
                let item = interp.nested(|interp| to_json(interp, &item))?;
                made.insert(key, item);
            }
            Json::Object(made)
        }
        other => match other.as_text() {
            Some(text) => Json::String(text.to_string()),
            None => {
                let class = interp.class_name(other);
                return interp
                    .type_error(format!("Object of type {class} is not JSON serializable"));
            }
        },
    })
}

/// A value of the database in Python.
pub(crate) fn to_python(interp: &mut Interpreter, value: &SqlValue) -> Result<Value> {
    Ok(match value {
        SqlValue::Null => Value::None,
        SqlValue::Bool(value) => Value::Bool(*value),
        SqlValue::Int(value) => Value::Int(*value),
        SqlValue::BigInt(digits) => match digits.parse::<num_bigint::BigInt>() {
            Ok(number) => Value::integer(number),
            Err(_) => return Err(interp.unsupported("a number that is none")),
        },
        SqlValue::Float(value) => Value::Float(*value),
        SqlValue::Text(value) => Value::str(value.as_str()),
        SqlValue::Bytes(value) => Value::bytes(value.as_slice()),
        SqlValue::Json(value) => of_json(value),
        SqlValue::Array(items) | SqlValue::Tuple(items) => {
            let mut made = Vec::new();
            for item in items {
                made.push(interp.nested(|interp| to_python(interp, item))?);
            }
            match value {
                SqlValue::Tuple(_) => Value::tuple(made),
                _ => Value::list(made),
            }
        }
        SqlValue::Decimal(digits) => {
            made(interp, "decimal", "Decimal", vec![Value::str(digits.as_str())])?
        }
        SqlValue::Uuid(uuid) => made(interp, "uuid", "UUID", vec![Value::from(uuid.to_string())])?,
        SqlValue::Date(date) => {
            let text = date.format("%Y-%m-%d").to_string();
            parsed(interp, "date", text)?
        }
        SqlValue::Time(time) => {
            let text = time.format("%H:%M:%S%.6f").to_string();
            parsed(interp, "time", text)?
        }
        SqlValue::DateTime(time) => {
            let text = time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
            parsed(interp, "datetime", text)?
        }
        SqlValue::DateTimeTz(time) => {
            let text = time.format("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string();
            parsed(interp, "datetime", text)?
        }
        SqlValue::Host(_) => return Err(interp.unsupported("such a value in a result")),
        SqlValue::Interval(span) => {
            let days = span.num_days();
            let rest = *span - TimeDelta::days(days);
            let micros = rest.num_microseconds().unwrap_or(0);
            let values = vec![Value::Int(days), Value::Int(0), Value::Int(micros)];
            made(interp, "datetime", "timedelta", values)?
        }
    })
}

fn class(interp: &mut Interpreter, module: &str, class: &str) -> Result<Value> {
    let module = interp.load_module(module)?;
    interp.get_attribute(&Value::Module(module), class)
}

fn made(interp: &mut Interpreter, module: &str, name: &str, args: Vec<Value>) -> Result<Value> {
    let class = class(interp, module, name)?;
    interp.call(&class, Args::of(args))
}

pub(super) fn parsed(interp: &mut Interpreter, name: &str, text: String) -> Result<Value> {
    let class = class(interp, "datetime", name)?;
    interp.call_method(&class, "fromisoformat", Args::of([Value::from(text)]))
}

fn of_json(value: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match value {
        Json::Null => Value::None,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::str(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(of_json).collect()),
        Json::Object(items) => {
            let dict = Dict::default();
            for (key, item) in items {
                dict.set_text(&key.as_str().into(), of_json(item));
            }
            Value::Dict(Rc::new(dict))
        }
    }
}
