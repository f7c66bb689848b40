//! Values out of results, as their types have them: `process_result_value()` of the project's own
//! types, members of Python's enumerations, and what `result_processor()` makes of what drivers
//! give.

use chrono::DateTime;
use chrono::NaiveTime;
use limbeck_schema::Dialect;
use limbeck_schema::SqlType;
use limbeck_schema::SqlValue;
use limbeck_schema::Target;
use limbeck_schema::types::Enum;
use limbeck_schema::types::Interval;
use limbeck_schema::types::Json;
use limbeck_schema::types::NumericKind;
use limbeck_schema::types::Tag;
use limbeck_schema::types::TemporalKind;

use crate::eval::Args;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;

use super::dialect;
use super::processing::chosen;
use super::processing::hosted;
use super::processing::is_native_interval;
use super::processing::is_native_uuid;
use super::processing::members;
use super::value;

/// A value of a result as Python has it.
pub(super) fn to_python(
    interp: &mut Interpreter,
    value: &SqlValue,
    sql_type: &SqlType,
    target: &Target,
) -> Result<Value> {
    let dialect = target.dialect();
    let made = match (chosen(sql_type, target), value) {
        (SqlType::Decorated(decorated), value) => {
            let Tag(Some(number)) = decorated.tag else {
                if value.is_null() {
                    return Ok(Value::None);
                }
                let name = decorated.class_name.clone();
                return Err(interp.unsupported(format!("a result of the type {name}")));
            };
            let implementation = decorated.choose(target).clone();
            let inner =
                interp.nested(|interp| to_python(interp, value, &implementation, target))?;
            let object = hosted(interp, number)?;
            let class = interp.class(&object);
            for name in ["result_processor", "column_expression"] {
                if class.lookup_python(name).is_some() {
                    return Err(interp.unsupported(format!("{}.{name}()", class.name)));
                }
            }
            if class.lookup_python("process_result_value").is_none() {
                return Ok(inner);
            }
            let dialect = dialect::dialect_value(interp)?;
            let args = Args::of([inner, dialect]);
            return interp.call_method(&object, "process_result_value", args);
        }
        (_, SqlValue::Null) => return Ok(Value::None),
        (SqlType::Enum(made), value) => return enum_member(interp, value, made, target),
        // PostgreSQL's booleans are as they come; elsewhere any value is true or not.
        (SqlType::Boolean(_), value) if dialect != Dialect::Postgresql => {
            let python = value::to_python(interp, value)?;
            return interp.truth(&python).map(Value::Bool);
        }
        (SqlType::Set(_), SqlValue::Text(text)) => {
            let words = text.split(',').filter(|word| !word.is_empty()).map(Value::str);
            return interp.new_set(words, false);
        }
        // There it is the driver that reads JSON, by the type of the column.
        (SqlType::Json(Json::Json | Json::Jsonb), SqlValue::Text(text))
            if dialect != Dialect::Postgresql =>
        {
            let module = interp.load_module("json")?;
            let text = Value::str(text.as_str());
            return interp.call_method(&Value::Module(module), "loads", Args::of([text]));
        }
        // A value that was sent as text comes back as text: only SQLite's types read it.
        (SqlType::Temporal(temporal), SqlValue::Text(_)) if dialect == Dialect::Mysql => {
            if matches!(temporal.kind, TemporalKind::Time | TemporalKind::UpperTime) {
                let message = "'str' object has no attribute 'microseconds'";
                return interp.raise("AttributeError", message.to_owned());
            }
            value.clone()
        }
        (SqlType::Interval(Interval::Generic { .. }), SqlValue::Text(_))
            if dialect == Dialect::Mysql =>
        {
            return interp
                .type_error("unsupported operand type(s) for -: 'str' and 'datetime.datetime'");
        }
        (SqlType::Temporal(temporal), SqlValue::Text(text)) if dialect == Dialect::Sqlite => {
            let class = match temporal.kind {
                TemporalKind::Date | TemporalKind::UpperDate => "date",
                TemporalKind::Time | TemporalKind::UpperTime => "time",
                _ => "datetime",
            };
            return value::parsed(interp, class, text.clone());
        }
        (SqlType::Temporal(temporal), SqlValue::Interval(span))
            if dialect == Dialect::Mysql
                && matches!(temporal.kind, TemporalKind::Time | TemporalKind::UpperTime) =>
        {
            SqlValue::Time(NaiveTime::MIN.overflowing_add_signed(*span).0)
        }
        (SqlType::Interval(interval), SqlValue::DateTime(moment))
            if dialect == Dialect::Mysql
                || dialect == Dialect::Postgresql && !is_native_interval(interval, dialect) =>
        {
            SqlValue::Interval(*moment - DateTime::UNIX_EPOCH.naive_utc())
        }
        (SqlType::Interval(_), SqlValue::Text(text)) if dialect == Dialect::Sqlite => {
            let moment = value::parsed(interp, "datetime", text.clone())?;
            match value::to_sql(interp, &moment)? {
                SqlValue::DateTime(moment) => {
                    SqlValue::Interval(moment - DateTime::UNIX_EPOCH.naive_utc())
                }
                _ => return Err(interp.unsupported("an interval that is no point in time")),
            }
        }
        // Where the server has a UUID, it is the driver that reads it.
        (SqlType::Uuid(uuid), value) if is_native_uuid(uuid, dialect) => {
            let python = value::to_python(interp, value)?;
            if !uuid.as_text {
                return Ok(python);
            }
            return interp.str(&python).map(Value::from);
        }
        (SqlType::Uuid(uuid), SqlValue::Text(text)) => match uuid::Uuid::try_parse(text) {
            Ok(parsed) if uuid.as_text => SqlValue::Text(parsed.to_string()),
            Ok(parsed) => SqlValue::Uuid(parsed),
            // `uuid.UUID()` takes what `int()` takes.
            Err(_) if text.chars().filter(|c| !"-{}".contains(*c)).count() == 32 => {
                return Err(interp.unsupported("a text that only Python takes for a UUID"));
            }
            Err(_) => return interp.value_error("badly formed hexadecimal UUID string"),
        },
        (SqlType::Numeric(numeric), value) => {
            let is_exact = matches!(
                numeric.kind,
                NumericKind::Numeric | NumericKind::UpperNumeric | NumericKind::Decimal
            );
            // What the driver gives as a `Decimal` stays as it comes.
            let is_native = dialect != Dialect::Sqlite;
            #[expect(clippy::cast_precision_loss, reason = "as Python's float() and % do")]
            let float = match value {
                SqlValue::Float(number) => Some(*number),
                SqlValue::Int(number) => Some(*number as f64),
                _ => None,
            };
            match (is_exact && !numeric.as_float || numeric.as_decimal, value, float) {
                (true, _, _) if is_exact && dialect == Dialect::Mysql => value.clone(),
                (true, SqlValue::Int(_), _) if dialect == Dialect::Postgresql => value.clone(),
                (true, SqlValue::Int(_), _) if is_exact && is_native => value.clone(),
                (true, SqlValue::Decimal(_), _) if !is_exact && dialect == Dialect::Mysql => {
                    let python = value::to_python(interp, value)?;
                    let scale = numeric.scale.unwrap_or(10);
                    let text = interp.call_method(
                        &Value::str(format!("{{:.{scale}f}}").as_str()),
                        "format",
                        Args::of([python]),
                    )?;
                    SqlValue::Decimal(interp.str(&text)?.to_string())
                }
                (true, _, Some(number)) => {
                    let scale = usize::try_from(numeric.scale.unwrap_or(10)).unwrap_or(10);
                    SqlValue::Decimal(format!("{number:.scale$}"))
                }
                (false, SqlValue::Int(_), Some(number)) if is_native => SqlValue::Float(number),
                (false, SqlValue::Decimal(digits), _) => match digits.parse() {
                    Ok(number) => SqlValue::Float(number),
                    Err(_) => return Err(interp.unsupported("a number that is none")),
                },
                (false, _, _) if dialect == Dialect::Sqlite => value.clone(),
                (_, SqlValue::Float(_) | SqlValue::Int(_) | SqlValue::Decimal(_), _) => {
                    value.clone()
                }
                _ => return Err(unfit(interp, sql_type, value)),
            }
        }
        (SqlType::Array(array), SqlValue::Array(items)) => {
            let mut made = Vec::new();
            for item in items {
                made.push(interp.nested(|interp| match item {
                    SqlValue::Array(_) => to_python(interp, item, sql_type, target),
                    item => to_python(interp, item, &array.item, target),
                })?);
            }
            return Ok(Value::list(made));
        }
        (other, value) if !fits(other, value, dialect) => {
            return Err(unfit(interp, sql_type, value));
        }
        (_, value) => value.clone(),
    };
    value::to_python(interp, &made)
}

/// Whether SQLAlchemy takes a value as it is for one of a type: what `type_coerce()` says, and
/// `cast()` where the database has no such type, need not be so.
fn fits(sql_type: &SqlType, value: &SqlValue, dialect: Dialect) -> bool {
    match (sql_type, dialect) {
        (SqlType::Temporal(_) | SqlType::Interval(_), Dialect::Sqlite)
        | (SqlType::Interval(Interval::Generic { .. }), Dialect::Mysql)
        | (SqlType::Interval(Interval::Generic { native: false, .. }), Dialect::Postgresql)
        | (SqlType::Uuid(_) | SqlType::Set(_), _) => false,
        (SqlType::Temporal(temporal), Dialect::Mysql) => {
            !matches!(temporal.kind, TemporalKind::Time | TemporalKind::UpperTime)
                || matches!(value, SqlValue::Time(_))
        }
        (SqlType::Binary(_), Dialect::Postgresql) => matches!(value, SqlValue::Bytes(_)),
        (SqlType::Array(_), _) => matches!(value, SqlValue::Array(_)),
        (SqlType::Json(Json::Json | Json::Jsonb), Dialect::Mysql) => {
            matches!(value, SqlValue::Json(_))
        }
        (SqlType::Bit(_), Dialect::Mysql) => {
            matches!(value, SqlValue::Int(_) | SqlValue::Bytes(_))
        }
        _ => true,
    }
}

/// The error of a value that is none of its type. (Python's would be one of many, and some of them
/// are values all the same: `bytes(1)`.)
fn unfit(interp: &mut Interpreter, sql_type: &SqlType, value: &SqlValue) -> Box<Error> {
    let class = match value::to_python(interp, value) {
        Ok(python) => interp.class(&python).name.to_string(),
        Err(error) => return error,
    };
    interp
        .unsupported(format!("a result of the type {} that is a '{class}'", sql_type.class_name()))
}

/// The member of an enumeration that a value of a result is.
fn enum_member(
    interp: &mut Interpreter,
    value: &SqlValue,
    made: &Enum,
    target: &Target,
) -> Result<Value> {
    let members = members(interp, made)?;
    if let SqlValue::Text(text) = value {
        let at = made.values.iter().position(|known| known == text);
        match (at, members) {
            (Some(_), None) => return Ok(Value::str(text.as_str())),
            (Some(at), Some(mut members)) if at < members.len() => {
                return Ok(members.swap_remove(at).0);
            }
            // MySQL has it for what is no member.
            _ if text.is_empty() && target.dialect() == Dialect::Mysql => {
                return Ok(Value::str(""));
            }
            _ => {}
        }
    }
    let python = value::to_python(interp, value)?;
    let got = interp.str(&python)?;
    interp.raise(
        "LookupError",
        format!(
            "'{got}' is not among the defined enum values. Enum name: {}. Possible values: {}",
            made.name.as_str().unwrap_or("None"),
            made.values.join(", ")
        ),
    )
}
