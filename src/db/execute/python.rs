//! Values in the words of Python: what its drivers and SQLAlchemy's types write.

use std::fmt::Write as _;

use chrono::FixedOffset;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::Timelike as _;
use limbeck_schema::SqlValue;
use serde_json::Value as Json;

/// `repr(float)`: the shortest digits that give the same number, with an exponent from 16 digits
/// on and below 0.0001.
pub(in crate::db) fn float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        // Of a float this always has a point.
        return format!("{value:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// `json.dumps(value)`.
pub(in crate::db) fn json(value: &Json) -> String {
    let mut text = String::new();
    write_json(value, &mut text);
    text
}

fn write_json(value: &Json, text: &mut String) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Json::Number(number) => match number.as_f64() {
            Some(float_value) if number.is_f64() => text.push_str(&float(float_value)),
            _ => text.push_str(&number.to_string()),
        },
        Json::String(value) => write_json_text(value, text),
        Json::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_json(item, text);
            }
            text.push(']');
        }
        Json::Object(items) => {
            text.push('{');
            for (index, (key, item)) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_json_text(key, text);
                text.push_str(": ");
                write_json(item, text);
            }
            text.push('}');
        }
    }
}

/// Everything beyond ASCII is escaped (`ensure_ascii`).
fn write_json_text(value: &str, text: &mut String) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a text cannot fail.
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}

/// `json.dumps` of a value that is no document yet; `None` for one that it does not take.
pub(in crate::db) fn json_of(value: &SqlValue) -> Option<String> {
    document(value).map(|document| json(&document))
}

fn document(value: &SqlValue) -> Option<Json> {
    Some(match value {
        SqlValue::Null => Json::Null,
        SqlValue::Bool(value) => Json::Bool(*value),
        SqlValue::Int(value) => Json::from(*value),
        SqlValue::Float(value) => Json::Number(serde_json::Number::from_f64(*value)?),
        SqlValue::Text(value) => Json::String(value.clone()),
        SqlValue::Json(value) => value.clone(),
        SqlValue::Array(items) | SqlValue::Tuple(items) => {
            Json::Array(items.iter().map(document).collect::<Option<Vec<_>>>()?)
        }
        SqlValue::BigInt(_)
        | SqlValue::Decimal(_)
        | SqlValue::Bytes(_)
        | SqlValue::Date(_)
        | SqlValue::Time(_)
        | SqlValue::DateTime(_)
        | SqlValue::DateTimeTz(_)
        | SqlValue::Interval(_)
        | SqlValue::Uuid(_)
        | SqlValue::Host(_) => return None,
    })
}

/// `time.isoformat()`.
pub(in crate::db) fn time(time: NaiveTime) -> String {
    match time.nanosecond() / 1000 {
        0 => time.format("%H:%M:%S").to_string(),
        micros => format!("{}.{micros:06}", time.format("%H:%M:%S")),
    }
}

/// `datetime.isoformat(separator)`.
pub(in crate::db) fn date_time(at: NaiveDateTime, separator: char) -> String {
    format!("{}{separator}{}", at.date().format("%Y-%m-%d"), time(at.time()))
}

/// The offset of `datetime.isoformat()`.
pub(in crate::db) fn offset(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match seconds {
        0 => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
    }
}

/// The name of a value's type, for messages.
pub(in crate::db) fn class_of(value: &SqlValue) -> &'static str {
    match value {
        SqlValue::Null => "NoneType",
        SqlValue::Bool(_) => "bool",
        SqlValue::Int(_) | SqlValue::BigInt(_) => "int",
        SqlValue::Float(_) => "float",
        SqlValue::Decimal(_) => "decimal.Decimal",
        SqlValue::Text(_) => "str",
        SqlValue::Bytes(_) => "bytes",
        SqlValue::Date(_) => "datetime.date",
        SqlValue::Time(_) => "datetime.time",
        SqlValue::DateTime(_) | SqlValue::DateTimeTz(_) => "datetime.datetime",
        SqlValue::Interval(_) => "datetime.timedelta",
        SqlValue::Uuid(_) => "UUID",
        SqlValue::Json(_) => "dict",
        SqlValue::Array(_) => "list",
        SqlValue::Tuple(_) => "tuple",
        SqlValue::Host(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_as_python_does() {
        let value: Json =
            serde_json::from_str(r#"{"b": [1, 2.0, 1e20, null, true], "a": "é\"\\\n😀\u007f"}"#)
                .unwrap();
        let expected =
            r#"{"b": [1, 2.0, 1e+20, null, true], "a": "\u00e9\"\\\n\ud83d\ude00\u007f"}"#;
        assert_eq!(json(&value), expected);
    }

    #[test]
    fn floats_are_written_as_python_does() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-2.5e-300, "-2.5e-300"),
        ] {
            assert_eq!(float(value), text);
        }
    }
}
