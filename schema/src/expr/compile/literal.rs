//! Values as literals, by their type and the dialect (SQLAlchemy's literal processors).

use chrono::DateTime;
use chrono::FixedOffset;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::Timelike;

use super::Compiler;
use super::Written;
use crate::CompileError;
use crate::Dialect;
use crate::SqlType;
use crate::expr::BindRole;
use crate::types::Affinity;
use crate::types::Array;
use crate::types::Interval;
use crate::types::Json;
use crate::value::SqlValue;

impl Compiler<'_> {
    /// A value as a literal.
    pub(super) fn literal(&self, value: &SqlValue, sql_type: &SqlType, role: &BindRole) -> Written {
        if value.is_null() {
            return Ok("NULL".to_owned());
        }
        if matches!(role, BindRole::JsonIndex | BindRole::JsonPath) {
            return match self.json_path(value, role)? {
                SqlValue::Text(text) => Ok(self.target.literal(&text)),
                SqlValue::Int(number) => Ok(number.to_string()),
                _ => Err(no_renderer(value, "JSONPathType")),
            };
        }
        let resolved = sql_type.resolve(self.target);
        let text = self.literal_of(value, resolved)?;
        text.ok_or_else(|| could_not_render(value, sql_type))
    }

    /// The literal; none where the value is not one of the type.
    fn literal_of(
        &self,
        value: &SqlValue,
        sql_type: &SqlType,
    ) -> Result<Option<String>, CompileError> {
        let affinity = match sql_type {
            // PostgreSQL's enumerations are a kind of their own, but text all the same.
            SqlType::Enum(_) => Affinity::String,
            other => other.affinity(),
        };
        Ok(match affinity {
            Affinity::String => match value {
                SqlValue::Text(text) => Some(self.target.literal(text)),
                _ => None,
            },
            Affinity::Integer => integer(value),
            Affinity::Numeric | Affinity::Float => match value {
                SqlValue::Bool(value) => Some(if *value { "True" } else { "False" }.to_owned()),
                SqlValue::Text(text) if is_decimal(text) => Some(text.clone()),
                value => number(value),
            },
            Affinity::Boolean => match value {
                SqlValue::Bool(value) => Some(self.truth(*value).to_owned()),
                SqlValue::Int(0) => Some(self.truth(false).to_owned()),
                SqlValue::Int(1) => Some(self.truth(true).to_owned()),
                SqlValue::Float(value) if *value == 0.0 => Some(self.truth(false).to_owned()),
                SqlValue::Float(value) if (*value - 1.0).abs() == 0.0 => {
                    Some(self.truth(true).to_owned())
                }
                _ => None,
            },
            affinity @ (Affinity::DateTime | Affinity::Date | Affinity::Time) => {
                if self.dialect() == Dialect::Sqlite {
                    stored(value, &affinity)
                } else {
                    iso(value, &affinity)
                }
                .map(|text| format!("'{text}'"))
            }
            Affinity::Interval
                if matches!(
                    sql_type,
                    SqlType::Interval(Interval::Generic { native: false, .. })
                ) =>
            {
                return self.literal_of(value, &SqlType::date_time(false));
            }
            Affinity::Interval => match (self.dialect(), value) {
                (Dialect::Postgresql, SqlValue::Interval(span)) => {
                    let micros = span.num_microseconds();
                    micros.map(|micros| {
                        #[expect(
                            clippy::cast_precision_loss,
                            reason = "Python's total_seconds() divides the same way"
                        )]
                        let seconds = micros as f64 / 1e6;
                        format!("make_interval(secs=>{})", python_float(seconds))
                    })
                }
                (Dialect::Postgresql, _) => None,
                // Elsewhere an interval is a point in time after the epoch.
                (_, value) => return self.literal_of(value, &SqlType::date_time(false)),
            },
            Affinity::Binary => match value {
                SqlValue::Bytes(bytes) => {
                    std::str::from_utf8(bytes).ok().map(|text| self.target.literal(text))
                }
                _ => None,
            },
            Affinity::Uuid => match value {
                // MariaDB's own type is given the digits alone.
                SqlValue::Uuid(uuid)
                    if self.has_native_uuid(sql_type) && self.dialect() == Dialect::Postgresql =>
                {
                    Some(format!("'{}'", uuid.as_hyphenated()))
                }
                SqlValue::Uuid(uuid) => Some(format!("'{}'", uuid.as_simple())),
                SqlValue::Text(text) if self.has_native_uuid(sql_type) => {
                    Some(self.target.literal(text))
                }
                SqlValue::Text(text) => Some(self.target.literal(&text.replace('-', ""))),
                _ => None,
            },
            Affinity::Array => match (sql_type, value) {
                (SqlType::Array(array), SqlValue::Array(items)) => {
                    return self.array(array, items, array.dimensions).map(Some);
                }
                _ => None,
            },
            Affinity::Own(_) if *sql_type == SqlType::Json(Json::Jsonpath) => match value {
                SqlValue::Text(text) => Some(self.target.literal(text)),
                SqlValue::Array(_) => {
                    return self.literal(value, &SqlType::Null, &BindRole::JsonPath).map(Some);
                }
                _ => None,
            },
            Affinity::Json | Affinity::Null | Affinity::Own(_) => {
                return Err(no_renderer(value, sql_type.class_name()));
            }
        })
    }

    fn has_native_uuid(&self, sql_type: &SqlType) -> bool {
        self.target.supports_native_uuid()
            && matches!(sql_type, SqlType::Uuid(own) if own.native || own.upper)
    }

    fn array(&self, array: &Array, items: &[SqlValue], dimensions: Option<u32>) -> Written {
        let item_type = array.item.resolve(self.target);
        let flat = match dimensions {
            Some(dimensions) => dimensions == 1,
            None => !matches!(items.first(), Some(SqlValue::Array(_))),
        };
        let mut parts = Vec::with_capacity(items.len());
        for item in items {
            parts.push(match item {
                SqlValue::Array(inner) if !flat => {
                    self.array(array, inner, dimensions.map(|dimensions| dimensions - 1))?
                }
                item if flat && !item.is_null() => self
                    .literal_of(item, item_type)?
                    .ok_or_else(|| could_not_render(item, &array.item))?,
                item => return Err(could_not_render(item, &SqlType::Array(array.clone()))),
            });
        }
        let word = if self.dialect() == Dialect::Postgresql { "ARRAY" } else { "" };
        Ok(format!("{word}[{}]", parts.join(", ")))
    }

    /// A key, an index or a path as the databases take them.
    pub(super) fn json_path(
        &self,
        value: &SqlValue,
        role: &BindRole,
    ) -> Result<SqlValue, CompileError> {
        let is_postgresql = self.dialect() == Dialect::Postgresql;
        match (role, value) {
            (_, SqlValue::Array(path)) => {
                let mut text = String::from(if is_postgresql { "{" } else { "$" });
                for (index, step) in path.iter().enumerate() {
                    if is_postgresql && index > 0 {
                        text.push_str(", ");
                    }
                    match step {
                        SqlValue::Text(key) if is_postgresql => text.push_str(key),
                        SqlValue::Int(number) if is_postgresql => {
                            text.push_str(&number.to_string());
                        }
                        SqlValue::Text(key) => text.push_str(&format!(".\"{key}\"")),
                        SqlValue::Int(number) => text.push_str(&format!("[{number}]")),
                        _ => return Err(no_renderer(value, "JSONPathType")),
                    }
                }
                if is_postgresql {
                    text.push('}');
                }
                Ok(SqlValue::Text(text))
            }
            (BindRole::JsonPath, SqlValue::Text(_)) if is_postgresql => Ok(value.clone()),
            (BindRole::JsonIndex, SqlValue::Int(_) | SqlValue::Text(_)) if is_postgresql => {
                Ok(value.clone())
            }
            (BindRole::JsonIndex, SqlValue::Int(number)) => {
                Ok(SqlValue::Text(format!("$[{number}]")))
            }
            (BindRole::JsonIndex, SqlValue::Text(key)) => {
                Ok(SqlValue::Text(format!("$.\"{key}\"")))
            }
            _ => Err(no_renderer(value, "JSONIndexType")),
        }
    }
}

fn no_renderer(value: &SqlValue, class: &str) -> CompileError {
    CompileError::Compile(format!(
        "No literal value renderer is available for literal value \"{}\" with datatype {class}",
        python(value)
    ))
}

fn could_not_render(value: &SqlValue, sql_type: &SqlType) -> CompileError {
    CompileError::Compile(format!(
        "Could not render literal value \"{}\" with datatype {}; see parent stack trace for more \
         detail.",
        python(value),
        sql_type.class_name()
    ))
}

/// A value as Python prints it, for messages.
fn python(value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "None".to_owned(),
        SqlValue::Text(text) => format!("'{text}'"),
        SqlValue::Array(items) => {
            let items: Vec<_> = items.iter().map(python).collect();
            format!("[{}]", items.join(", "))
        }
        SqlValue::Tuple(items) => {
            let items: Vec<_> = items.iter().map(python).collect();
            format!("({})", items.join(", "))
        }
        SqlValue::Json(json) => json.to_string(),
        SqlValue::Bool(true) => "True".to_owned(),
        SqlValue::Bool(false) => "False".to_owned(),
        SqlValue::Bytes(bytes) => format!("b'{}'", bytes.escape_ascii()),
        SqlValue::Uuid(uuid) => format!("UUID('{uuid}')"),
        SqlValue::Interval(span) => format!("timedelta({span})"),
        other => match iso_parts(other) {
            Some((date, time)) => {
                let parts: Vec<String> = date.into_iter().chain(time).collect();
                parts.join(" ")
            }
            None => number(other).unwrap_or_default(),
        },
    }
}

/// `int(value)` of Python.
fn integer(value: &SqlValue) -> Option<String> {
    match value {
        SqlValue::Bool(value) => Some(i32::from(*value).to_string()),
        SqlValue::Int(number) => Some(number.to_string()),
        SqlValue::BigInt(digits) => Some(digits.clone()),
        SqlValue::Uuid(uuid) => Some(uuid.as_u128().to_string()),
        SqlValue::Float(value) if value.is_finite() => {
            let whole = format!("{:.0}", value.trunc());
            Some(if whole == "-0" { "0".to_owned() } else { whole })
        }
        SqlValue::Decimal(digits) if !digits.contains(['e', 'E']) && is_decimal(digits) => {
            let whole = digits.split('.').next().unwrap_or("0");
            let negative = whole.starts_with('-');
            let whole = whole.trim_start_matches(['-', '+']).trim_start_matches('0');
            Some(match (negative, whole) {
                (_, "") => "0".to_owned(),
                (true, whole) => format!("-{whole}"),
                (false, whole) => whole.to_owned(),
            })
        }
        SqlValue::Text(text) => {
            let text = text.trim();
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: i64 = plain.then(|| text.parse().ok()).flatten()?;
            Some(number.to_string())
        }
        _ => None,
    }
}

/// `str(value)` of a number.
fn number(value: &SqlValue) -> Option<String> {
    match value {
        SqlValue::Int(number) => Some(number.to_string()),
        SqlValue::BigInt(digits) | SqlValue::Decimal(digits) => Some(digits.clone()),
        SqlValue::Float(value) => Some(python_float(*value)),
        _ => None,
    }
}

fn is_decimal(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}

/// `repr(float)` of Python: the shortest digits that give the same number, with an exponent from
/// 16 digits on and below 0.0001.
pub(crate) fn python_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0.0" } else { "0.0" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn date_text(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

fn time_text(time: NaiveTime) -> String {
    let micros = time.nanosecond() / 1000;
    if micros == 0 {
        time.format("%H:%M:%S").to_string()
    } else {
        format!("{}.{micros:06}", time.format("%H:%M:%S"))
    }
}

fn offset_text(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{sign}{hours:02}:{minutes:02}")
    } else {
        format!("{sign}{hours:02}:{minutes:02}:{seconds:02}")
    }
}

/// The day and the time of a value as `isoformat()` gives them.
fn iso_parts(value: &SqlValue) -> Option<(Option<String>, Option<String>)> {
    let of_date_time = |at: NaiveDateTime| (Some(date_text(at.date())), Some(time_text(at.time())));
    match value {
        SqlValue::Date(date) => Some((Some(date_text(*date)), None)),
        SqlValue::Time(time) => Some((None, Some(time_text(*time)))),
        SqlValue::DateTime(at) => Some(of_date_time(*at)),
        SqlValue::DateTimeTz(at) => {
            let (date, time) = of_date_time(at.naive_local());
            Some((date, time.map(|time| time + &offset_text(*at.offset()))))
        }
        _ => None,
    }
}

/// A date or time as most databases take it: `isoformat()` with a blank for the T, or a part of it.
fn iso(value: &SqlValue, affinity: &Affinity) -> Option<String> {
    let (date, time) = iso_parts(value)?;
    match affinity {
        Affinity::Date => date.or(time),
        Affinity::Time => time.or(date),
        _ => Some(match (date, time) {
            (Some(date), Some(time)) => format!("{date} {time}"),
            (date, time) => date.or(time)?,
        }),
    }
}

/// A date or time as SQLite keeps it.
fn stored(value: &SqlValue, affinity: &Affinity) -> Option<String> {
    let with_micros =
        |time: NaiveTime| format!("{}.{:06}", time.format("%H:%M:%S"), time.nanosecond() / 1000);
    let naive = |at: &DateTime<FixedOffset>| at.naive_local();
    let (date, time) = match value {
        SqlValue::Date(date) => (Some(*date), None),
        SqlValue::Time(time) => (None, Some(*time)),
        SqlValue::DateTime(at) => (Some(at.date()), Some(at.time())),
        SqlValue::DateTimeTz(at) => (Some(naive(at).date()), Some(naive(at).time())),
        _ => return None,
    };
    match affinity {
        Affinity::Date => date.map(date_text),
        Affinity::Time if date.is_none() => time.map(with_micros),
        Affinity::Time => None,
        _ => date
            .map(|date| format!("{} {}", date_text(date), with_micros(time.unwrap_or_default()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_python_does() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-2.5, "-2.5"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (1e15, "1000000000000000.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (123_456.789, "123456.789"),
        ] {
            assert_eq!(python_float(value), text);
        }
    }

    #[test]
    fn whole_numbers_are_cut() {
        assert_eq!(integer(&SqlValue::Decimal("-12.9".to_owned())).unwrap(), "-12");
        assert_eq!(integer(&SqlValue::Text(" 7 ".to_owned())).unwrap(), "7");
        assert_eq!(integer(&SqlValue::Text("7a".to_owned())), None);
        assert!(is_decimal("1e5") && is_decimal(".5") && !is_decimal("1; DROP"));
    }
}
