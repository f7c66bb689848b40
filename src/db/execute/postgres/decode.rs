//! Values of PostgreSQL's binary forms, as psycopg2 makes them of the text forms.
//!
//! The numbers of types are those of `pg_type` that never change. A type that psycopg2 does not
//! know is a text to it; the server is asked for that text ([`super::ask`]), since only it knows
//! them all.

use chrono::Days;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::TimeDelta;
use limbeck_schema::SqlValue;
use uuid::Uuid;

use super::super::number;
use super::super::refused;
use super::super::unreadable;
use crate::db::error::DatabaseError;

const DAY: i64 = 86_400_000_000;

/// A value that may need an answer of the server.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    /// It is known.
    Known(SqlValue),
    /// It is to be asked for.
    Asked {
        /// The type.
        oid: u32,
        /// The value in its binary form.
        bytes: Vec<u8>,
    },
    /// A list.
    List(Vec<Raw>),
}

/// The type whose offset from UTC only the server knows: that of its time zone at this moment.
pub(super) const TIMESTAMPTZ: u32 = 1184;

/// Reads a value of the type `oid`.
///
/// # Errors
/// When it is one that Python does not have, or that psycopg2 gives an object of its own for.
pub(super) fn decoded(oid: u32, bytes: &[u8]) -> Result<Raw, DatabaseError> {
    Ok(Raw::Known(match oid {
        16 => SqlValue::Bool(bytes.first().is_some_and(|byte| *byte != 0)),
        20 => SqlValue::Int(i64::from_be_bytes(fixed(bytes)?)),
        21 => SqlValue::Int(i16::from_be_bytes(fixed(bytes)?).into()),
        23 => SqlValue::Int(i32::from_be_bytes(fixed(bytes)?).into()),
        26 => SqlValue::Int(u32::from_be_bytes(fixed(bytes)?).into()),
        // The text form of the server has as many digits as tell it from its neighbours.
        700 => {
            let text = f32::from_be_bytes(fixed(bytes)?).to_string();
            SqlValue::Float(text.parse().map_err(|_| damaged())?)
        }
        701 => SqlValue::Float(f64::from_be_bytes(fixed(bytes)?)),
        1700 => SqlValue::Decimal(number::decimal(bytes).ok_or_else(damaged)?),
        // name, text, pg_node_tree, unknown, bpchar, varchar, cstring
        19 | 25 | 194 | 705 | 1042 | 1043 | 2275 => SqlValue::Text(text(bytes)?),
        // "char"
        18 => match bytes {
            [0] | [] => SqlValue::Text(String::new()),
            [byte] if byte.is_ascii() => SqlValue::Text(char::from(*byte).to_string()),
            _ => return Ok(Raw::Asked { oid, bytes: bytes.to_vec() }),
        },
        17 => SqlValue::Bytes(bytes.to_vec()),
        1082 => SqlValue::Date(date(i32::from_be_bytes(fixed(bytes)?))?),
        1083 => SqlValue::Time(time(i64::from_be_bytes(fixed(bytes)?))?),
        1114 => SqlValue::DateTime(point(i64::from_be_bytes(fixed(bytes)?))?),
        1186 => SqlValue::Interval(interval(bytes)?),
        2950 => SqlValue::Uuid(Uuid::from_slice(bytes).map_err(|_| damaged())?),
        114 => document(&text(bytes)?)?,
        3802 => document(&text(bytes.get(1..).unwrap_or_default())?)?,
        // void
        2278 => SqlValue::Text(String::new()),
        1266 => return Err(unfit("a time with time zone")),
        2249 | 2287 => return Err(unfit("a record without a type")),
        2277 => return Err(unfit("a value of the type anyarray")),
        3361 | 3402 | 5017 => return Err(unfit("extended statistics")),
        3904..=3927 if RANGES.contains(&oid) => return Err(unfit("a range")),
        _ if element_of(oid).is_some() => return array(bytes),
        _ => return Ok(Raw::Asked { oid, bytes: bytes.to_vec() }),
    }))
}

/// Types for which psycopg2 makes an object of its own.
const RANGES: [u32; 12] = [3904, 3905, 3906, 3907, 3908, 3909, 3910, 3911, 3912, 3913, 3926, 3927];

/// The type of the elements of an array that is a list in Python; of other arrays psycopg2 gives
/// the text.
fn element_of(oid: u32) -> Option<u32> {
    Some(match oid {
        1000 => 16,
        1001 => 17,
        1002 => 18,
        1003 => 19,
        1016 => 20,
        1005 => 21,
        1007 => 23,
        1009 => 25,
        1028 => 26,
        1014 => 1042,
        1015 => 1043,
        1021 => 700,
        1022 => 701,
        1231 => 1700,
        1182 => 1082,
        1183 => 1083,
        1270 => 1266,
        1115 => 1114,
        1185 => TIMESTAMPTZ,
        1187 => 1186,
        2951 => 2950,
        199 => 114,
        3807 => 3802,
        // inet, cidr, macaddr
        1041 => 869,
        651 => 650,
        1040 => 829,
        _ => return None,
    })
}

/// The binary form of an array: dimensions, whether there are NULLs, the type of the elements, the
/// length and first index of each dimension, then the elements.
pub(super) fn array(bytes: &[u8]) -> Result<Raw, DatabaseError> {
    let mut rest = bytes;
    let dimensions = usize::try_from(i32_of(&mut rest)?).map_err(|_| damaged())?;
    i32_of(&mut rest)?;
    let element = u32::from_be_bytes(i32_of(&mut rest)?.to_be_bytes());
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(usize::try_from(i32_of(&mut rest)?).map_err(|_| damaged())?);
        i32_of(&mut rest)?;
    }
    if lengths.is_empty() {
        return Ok(Raw::List(Vec::new()));
    }
    elements(&lengths, element, &mut rest)
}

fn elements(lengths: &[usize], element: u32, rest: &mut &[u8]) -> Result<Raw, DatabaseError> {
    let Some((length, inner)) = lengths.split_first() else {
        return Ok(match piece(rest)? {
            None => Raw::Known(SqlValue::Null),
            Some(bytes) => decoded(element, bytes)?,
        });
    };
    (0..*length).map(|_| elements(inner, element, rest)).collect::<Result<_, _>>().map(Raw::List)
}

/// A length and as many bytes; `None` for NULL.
fn piece<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, DatabaseError> {
    let Ok(length) = usize::try_from(i32_of(rest)?) else { return Ok(None) };
    let (bytes, behind) = rest.split_at_checked(length).ok_or_else(damaged)?;
    *rest = behind;
    Ok(Some(bytes))
}

fn i32_of(rest: &mut &[u8]) -> Result<i32, DatabaseError> {
    let (bytes, behind) = rest.split_first_chunk().ok_or_else(damaged)?;
    *rest = behind;
    Ok(i32::from_be_bytes(*bytes))
}

/// A value of the extension `hstore`: a count, then keys and values. SQLAlchemy asks psycopg2 for
/// a dict of it.
pub(super) fn hstore(bytes: &[u8]) -> Result<SqlValue, DatabaseError> {
    let mut rest = bytes;
    let count = i32_of(&mut rest)?;
    let mut pairs = serde_json::Map::new();
    for _ in 0..count {
        let key = piece(&mut rest)?.map_or_else(|| Err(damaged()), text)?;
        let value = match piece(&mut rest)? {
            None => serde_json::Value::Null,
            Some(bytes) => serde_json::Value::String(text(bytes)?),
        };
        pairs.insert(key, value);
    }
    Ok(SqlValue::Json(serde_json::Value::Object(pairs)))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], DatabaseError> {
    bytes.try_into().map_err(|_| damaged())
}

fn text(bytes: &[u8]) -> Result<String, DatabaseError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| damaged())
}

fn damaged() -> DatabaseError {
    refused("the server has sent a value that is not in the form of its type")
}

fn unfit(what: &str) -> DatabaseError {
    unreadable(format!("{what} cannot be read here: cast it to text in the statement"))
}

fn beyond() -> DatabaseError {
    unreadable("a date of the database is beyond the years 1 to 9999, which Python has")
}

/// PostgreSQL counts from the year 2000.
fn epoch() -> NaiveDate {
    NaiveDate::default().checked_add_days(Days::new(10_957)).unwrap_or_default()
}

fn in_python(date: NaiveDate) -> Result<NaiveDate, DatabaseError> {
    use chrono::Datelike as _;
    if (1..=9999).contains(&date.year()) { Ok(date) } else { Err(beyond()) }
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default()
}

fn last_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default()
}

fn date(days: i32) -> Result<NaiveDate, DatabaseError> {
    match days {
        i32::MAX => Ok(last_day()),
        i32::MIN => Ok(first_day()),
        days => {
            let date = epoch().checked_add_signed(TimeDelta::days(days.into()));
            date.ok_or_else(beyond).and_then(in_python)
        }
    }
}

fn time(micros: i64) -> Result<NaiveTime, DatabaseError> {
    // 24:00:00 is a time to PostgreSQL only.
    let seconds = u32::try_from(micros / 1_000_000).map_err(|_| damaged())?;
    let nanos = u32::try_from(micros % 1_000_000 * 1000).map_err(|_| damaged())?;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
        .ok_or_else(|| refused("hour must be in 0..23"))
}

/// A point in time by microseconds since the beginning of 2000.
pub(super) fn point(micros: i64) -> Result<NaiveDateTime, DatabaseError> {
    let last = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap_or_default();
    match micros {
        i64::MAX => Ok(last_day().and_time(last)),
        i64::MIN => Ok(first_day().and_time(NaiveTime::MIN)),
        micros => {
            let start = epoch().and_time(NaiveTime::MIN);
            let at = start.checked_add_signed(TimeDelta::microseconds(micros));
            let at = at.ok_or_else(beyond)?;
            in_python(at.date()).map(|_| at)
        }
    }
}

/// The microseconds of a timestamptz, `None` for an infinite one.
pub(super) fn finite_micros(bytes: &[u8]) -> Result<Option<i64>, DatabaseError> {
    let micros = i64::from_be_bytes(fixed(bytes)?);
    Ok((micros != i64::MAX && micros != i64::MIN).then_some(micros))
}

/// psycopg2 takes a year for 365 days and a month for 30.
fn interval(bytes: &[u8]) -> Result<TimeDelta, DatabaseError> {
    let (micros, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
    let (days, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    let micros = i64::from_be_bytes(*micros);
    let days = i64::from(i32::from_be_bytes(*days));
    let months = i64::from(i32::from_be_bytes(fixed(rest)?));
    if micros == i64::MAX || micros == i64::MIN {
        return Err(unfit("an infinite interval"));
    }
    let days = months / 12 * 365 + months % 12 * 30 + days;
    let total = days.checked_mul(DAY).and_then(|days| days.checked_add(micros));
    total.map(TimeDelta::microseconds).ok_or_else(|| unfit("an interval of that size"))
}

fn document(text: &str) -> Result<SqlValue, DatabaseError> {
    if let Some(digits) = number::too_big(text) {
        return Err(unreadable(format!(
            "the number {digits} of a JSON document cannot be read here"
        )));
    }
    let json = serde_json::from_str(text);
    json.map(SqlValue::Json)
        .map_err(|error| refused(format!("a JSON document cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_keep_their_dimensions() {
        let mut bytes = Vec::new();
        for number in [2_i32, 1, 23, 2, 1, 1, 5] {
            bytes.extend(number.to_be_bytes());
        }
        for element in [Some(7_i32), None] {
            let length: i32 = if element.is_some() { 4 } else { -1 };
            bytes.extend(length.to_be_bytes());
            bytes.extend(element.iter().flat_map(|element| element.to_be_bytes()));
        }
        let known = |value| Raw::List(vec![Raw::Known(value)]);
        let expected = Raw::List(vec![known(SqlValue::Int(7)), known(SqlValue::Null)]);
        assert_eq!(decoded(1007, &bytes).unwrap(), expected);
        assert!(decoded(1007, &bytes[..bytes.len() - 5]).is_err());
        assert!(decoded(1007, &[0xff; 12]).is_err());
    }

    #[test]
    fn what_is_damaged_or_foreign_is_an_error() {
        assert!(decoded(23, &[1, 2]).is_err());
        assert!(decoded(25, &[0xff]).is_err());
        assert!(decoded(3904, &[0]).is_err());
        assert!(decoded(2249, &[0]).is_err());
        assert!(decoded(1082, &i32::MAX.wrapping_sub(1).to_be_bytes()).is_err());
        let asked = decoded(869, &[1]).unwrap();
        assert_eq!(asked, Raw::Asked { oid: 869, bytes: vec![1] });
    }
}
