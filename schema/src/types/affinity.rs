//! What kind of value a type holds, whatever its class.

use super::NumericKind;
use super::SqlType;
use super::TemporalKind;

/// SQLAlchemy's `_type_affinity`: the class below which all types of a kind are. It decides which
/// column counts up by itself, and whether batch mode must CAST.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Affinity {
    /// Text, enumerations included.
    String,
    /// Bytes.
    Binary,
    /// Whole numbers.
    Integer,
    /// Decimal numbers.
    Numeric,
    /// Floating numbers.
    Float,
    /// Truth values.
    Boolean,
    /// Dates with times.
    DateTime,
    /// Dates.
    Date,
    /// Times.
    Time,
    /// Intervals.
    Interval,
    /// UUIDs.
    Uuid,
    /// JSON.
    Json,
    /// Arrays.
    Array,
    /// No type.
    Null,
    /// A class that is like no other.
    Own(String),
}

impl SqlType {
    /// The affinity; a variant has that of its base, a decorator that of its implementation.
    pub fn affinity(&self) -> Affinity {
        match self {
            SqlType::Null => Affinity::Null,
            SqlType::Character(_) | SqlType::Set(_) => Affinity::String,
            SqlType::Enum(enumeration) => match enumeration.kind {
                super::EnumKind::Generic => Affinity::String,
                super::EnumKind::Postgresql => Affinity::Own("NamedType".to_owned()),
                super::EnumKind::Mysql => Affinity::Own("ENUM".to_owned()),
            },
            SqlType::Domain(_) => Affinity::Own("NamedType".to_owned()),
            SqlType::Binary(_) => Affinity::Binary,
            SqlType::Integer(_) => Affinity::Integer,
            SqlType::Numeric(numeric) => match numeric.kind {
                NumericKind::Numeric | NumericKind::UpperNumeric | NumericKind::Decimal => {
                    Affinity::Numeric
                }
                _ => Affinity::Float,
            },
            SqlType::Boolean(_) => Affinity::Boolean,
            SqlType::Temporal(temporal) => match temporal.kind {
                TemporalKind::DateTime | TemporalKind::UpperDatetime | TemporalKind::Timestamp => {
                    Affinity::DateTime
                }
                TemporalKind::Date | TemporalKind::UpperDate => Affinity::Date,
                TemporalKind::Time | TemporalKind::UpperTime => Affinity::Time,
            },
            SqlType::Interval(_) => Affinity::Interval,
            SqlType::Uuid(_) => Affinity::Uuid,
            SqlType::Json(super::Json::Jsonpath) => Affinity::Own("JSONElementType".to_owned()),
            SqlType::Json(_) => Affinity::Json,
            SqlType::Array(_) => Affinity::Array,
            SqlType::Simple(simple) if simple.class_name().ends_with("RANGE") => {
                Affinity::Own("AbstractRange".to_owned())
            }
            SqlType::Bit(_) | SqlType::Year(_) | SqlType::Simple(_) | SqlType::UserDefined(_) => {
                Affinity::Own(self.class_name().to_owned())
            }
            SqlType::Decorated(decorated) => decorated.implementation.affinity(),
            SqlType::Variant(variant) => variant.base.affinity(),
        }
    }
}
