//! Values that travel between statements and databases, and how they are written as literals.

use chrono::DateTime;
use chrono::FixedOffset;
use chrono::NaiveDate;
use chrono::NaiveDateTime;
use chrono::NaiveTime;
use chrono::TimeDelta;
use uuid::Uuid;

/// A value of SQL as data, with the distinctions that SQLAlchemy makes between Python's values.
#[derive(Debug, Clone)]
pub enum SqlValue {
    /// `NULL`.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of up to 64 bits.
    Int(i64),
    /// An integer of any size, as digits with an optional sign.
    BigInt(String),
    /// A floating-point number.
    Float(f64),
    /// A decimal number, as Python's `str(Decimal)` gives it.
    Decimal(String),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A day.
    Date(NaiveDate),
    /// A time of day without a zone.
    Time(NaiveTime),
    /// A point in time without a zone.
    DateTime(NaiveDateTime),
    /// A point in time with its offset from UTC.
    DateTimeTz(DateTime<FixedOffset>),
    /// A span of time, as Python's `timedelta`.
    Interval(TimeDelta),
    /// A UUID.
    Uuid(Uuid),
    /// A JSON document; objects keep the order of their keys.
    Json(serde_json::Value),
    /// A list of values.
    Array(Vec<SqlValue>),
    /// A tuple of Python that no type makes a list of: psycopg2 and PyMySQL write it as `(a, b)`.
    Tuple(Vec<SqlValue>),
    /// A value of the program that makes statements, by its number there. It becomes another one
    /// when a statement is compiled ([`Processor`](crate::expr::Processor)), and never reaches a
    /// database.
    Host(u64),
}

/// Floating-point numbers are equal if they are the same bits, so that values can be compared at all.
impl PartialEq for SqlValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (SqlValue::Null, SqlValue::Null) => true,
            (SqlValue::Bool(a), SqlValue::Bool(b)) => a == b,
            (SqlValue::Int(a), SqlValue::Int(b)) => a == b,
            (SqlValue::BigInt(a), SqlValue::BigInt(b))
            | (SqlValue::Decimal(a), SqlValue::Decimal(b))
            | (SqlValue::Text(a), SqlValue::Text(b)) => a == b,
            (SqlValue::Float(a), SqlValue::Float(b)) => a.to_bits() == b.to_bits(),
            (SqlValue::Bytes(a), SqlValue::Bytes(b)) => a == b,
            (SqlValue::Date(a), SqlValue::Date(b)) => a == b,
            (SqlValue::Time(a), SqlValue::Time(b)) => a == b,
            (SqlValue::DateTime(a), SqlValue::DateTime(b)) => a == b,
            (SqlValue::DateTimeTz(a), SqlValue::DateTimeTz(b)) => {
                a == b && a.offset() == b.offset()
            }
            (SqlValue::Interval(a), SqlValue::Interval(b)) => a == b,
            (SqlValue::Uuid(a), SqlValue::Uuid(b)) => a == b,
            (SqlValue::Json(a), SqlValue::Json(b)) => a == b,
            (SqlValue::Array(a), SqlValue::Array(b)) | (SqlValue::Tuple(a), SqlValue::Tuple(b)) => {
                a == b
            }
            (SqlValue::Host(a), SqlValue::Host(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for SqlValue {}

impl SqlValue {
    /// Whether this is [`SqlValue::Null`].
    pub const fn is_null(&self) -> bool {
        matches!(self, SqlValue::Null)
    }
}

impl From<bool> for SqlValue {
    fn from(value: bool) -> Self {
        SqlValue::Bool(value)
    }
}

impl From<i32> for SqlValue {
    fn from(value: i32) -> Self {
        SqlValue::Int(value.into())
    }
}

impl From<i64> for SqlValue {
    fn from(value: i64) -> Self {
        SqlValue::Int(value)
    }
}

impl From<f64> for SqlValue {
    fn from(value: f64) -> Self {
        SqlValue::Float(value)
    }
}

impl From<&str> for SqlValue {
    fn from(value: &str) -> Self {
        SqlValue::Text(value.to_owned())
    }
}

impl From<String> for SqlValue {
    fn from(value: String) -> Self {
        SqlValue::Text(value)
    }
}

impl From<Vec<u8>> for SqlValue {
    fn from(value: Vec<u8>) -> Self {
        SqlValue::Bytes(value)
    }
}

impl From<NaiveDate> for SqlValue {
    fn from(value: NaiveDate) -> Self {
        SqlValue::Date(value)
    }
}

impl From<NaiveTime> for SqlValue {
    fn from(value: NaiveTime) -> Self {
        SqlValue::Time(value)
    }
}

impl From<NaiveDateTime> for SqlValue {
    fn from(value: NaiveDateTime) -> Self {
        SqlValue::DateTime(value)
    }
}

impl From<DateTime<FixedOffset>> for SqlValue {
    fn from(value: DateTime<FixedOffset>) -> Self {
        SqlValue::DateTimeTz(value)
    }
}

impl From<TimeDelta> for SqlValue {
    fn from(value: TimeDelta) -> Self {
        SqlValue::Interval(value)
    }
}

impl From<Uuid> for SqlValue {
    fn from(value: Uuid) -> Self {
        SqlValue::Uuid(value)
    }
}

impl From<serde_json::Value> for SqlValue {
    fn from(value: serde_json::Value) -> Self {
        SqlValue::Json(value)
    }
}

impl<T: Into<SqlValue>> From<Option<T>> for SqlValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(SqlValue::Null, Into::into)
    }
}
