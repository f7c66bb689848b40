//! Column types as data: SQLAlchemy's core types (`Integer`), its upper-case types (`INTEGER`) and
//! those of the PostgreSQL, MySQL and SQLite dialects.
//!
//! A type says what was asked for, not what a server makes of it: [`SqlType::compile`] does that,
//! per [`Target`]. Types that differ in no more than arguments share a struct, whose `kind` is
//! SQLAlchemy's class.

mod affinity;
mod character;
mod compile;
mod compile_text;
mod composite;
mod enumeration;
mod generic;
mod numeric;
mod temporal;

pub(crate) use compile::named_type;

pub use affinity::Affinity;
pub use character::Binary;
pub use character::BinaryKind;
pub use character::Character;
pub use character::CharacterKind;
pub use character::MysqlCharacter;
pub use composite::Array;
pub use composite::Bit;
pub use composite::Decorated;
pub use composite::Domain;
pub use composite::Json;
pub use composite::SimpleType;
pub use composite::Tag;
pub use composite::UserDefined;
pub use composite::Uuid;
pub use composite::Variant;
pub use enumeration::Boolean;
pub use enumeration::Enum;
pub use enumeration::EnumKind;
pub use enumeration::EnumLength;
pub use enumeration::Set;
pub use numeric::Integer;
pub use numeric::IntegerKind;
pub use numeric::Numeric;
pub use numeric::NumericKind;
pub use temporal::Interval;
pub use temporal::Temporal;
pub use temporal::TemporalKind;

use crate::Target;

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SqlType {
    /// No type: an error as soon as it must be written.
    #[default]
    Null,
    /// `String`, `Text`, `VARCHAR` and the like.
    Character(Character),
    /// `LargeBinary`, `BLOB`, `BYTEA` and the like.
    Binary(Binary),
    /// `Integer`, `BigInteger`, `TINYINT` and the like.
    Integer(Integer),
    /// `Numeric`, `Float`, `DOUBLE` and the like.
    Numeric(Numeric),
    /// `Boolean`, `BOOLEAN`.
    Boolean(Boolean),
    /// `Date`, `DateTime`, `Time`, `TIMESTAMP` and the like.
    Temporal(Temporal),
    /// `Interval`, and PostgreSQL's `INTERVAL`.
    Interval(Interval),
    /// `Enum`, and `ENUM` of PostgreSQL and MySQL.
    Enum(Enum),
    /// MySQL's `SET`.
    Set(Set),
    /// `Uuid`, `UUID`.
    Uuid(Uuid),
    /// `JSON`, `JSONB`, `JSONPATH`.
    Json(Json),
    /// `ARRAY`.
    Array(Array),
    /// PostgreSQL's `DOMAIN`.
    Domain(Box<Domain>),
    /// `BIT` of PostgreSQL and MySQL.
    Bit(Bit),
    /// MySQL's `YEAR`, with its display width.
    Year(Option<u32>),
    /// A type without arguments that one dialect has: `INET`, `TSVECTOR`, `INT4RANGE` …
    Simple(SimpleType),
    /// A `UserDefinedType`, by the text of its `get_col_spec`.
    UserDefined(UserDefined),
    /// A `TypeDecorator`, by what it stands for on each dialect.
    Decorated(Decorated),
    /// A type with others in its place on some dialects (`with_variant`).
    Variant(Variant),
}

impl SqlType {
    /// `Integer()`.
    pub fn integer() -> Self {
        IntegerKind::Integer.into()
    }

    /// `BigInteger()`.
    pub fn big_integer() -> Self {
        IntegerKind::BigInteger.into()
    }

    /// `SmallInteger()`.
    pub fn small_integer() -> Self {
        IntegerKind::SmallInteger.into()
    }

    /// `String(length)`.
    pub fn string(length: u32) -> Self {
        Character { length: Some(length), ..CharacterKind::String.into() }.into()
    }

    /// `Text()`.
    pub fn text() -> Self {
        CharacterKind::Text.into()
    }

    /// `Boolean()`.
    pub fn boolean() -> Self {
        Boolean::default().into()
    }

    /// `DateTime(timezone)`.
    pub fn date_time(timezone: bool) -> Self {
        Temporal { timezone, ..TemporalKind::DateTime.into() }.into()
    }

    /// `Date()`.
    pub fn date() -> Self {
        TemporalKind::Date.into()
    }

    /// `Time()`.
    pub fn time() -> Self {
        TemporalKind::Time.into()
    }

    /// `Numeric(precision, scale)`.
    pub fn numeric(precision: u32, scale: u32) -> Self {
        Numeric { precision: Some(precision), scale: Some(scale), ..NumericKind::Numeric.into() }
            .into()
    }

    /// `Float()`.
    pub fn float() -> Self {
        NumericKind::Float.into()
    }

    /// `LargeBinary()`.
    pub fn large_binary() -> Self {
        BinaryKind::LargeBinary.into()
    }

    /// `Uuid()`.
    pub fn uuid() -> Self {
        Uuid::default().into()
    }

    /// `JSON()`.
    pub fn json() -> Self {
        Json::Json.into()
    }

    /// `Enum(*values, name=name)`.
    pub fn enumeration<V: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Enum::new(name, values).into()
    }

    /// `ARRAY(item)`.
    pub fn array(item: SqlType) -> Self {
        Array { item: Box::new(item), dimensions: None }.into()
    }

    /// `PickleType()`.
    pub fn pickle() -> Self {
        Decorated::new("PickleType", SqlType::large_binary()).into()
    }

    /// The same type with `other` in its place on the dialects of these names (`postgresql`,
    /// `sqlite`, `mysql`, `mariadb`).
    #[must_use]
    pub fn with_variant<N: Into<String>>(
        self,
        other: &SqlType,
        dialects: impl IntoIterator<Item = N>,
    ) -> Self {
        let mut variant = match self {
            SqlType::Variant(variant) => variant,
            SqlType::Enum(base) => {
                Variant { base: Box::new(base.copied().into()), by_dialect: Vec::new() }
            }
            base => Variant { base: Box::new(base), by_dialect: Vec::new() },
        };
        variant.by_dialect.extend(dialects.into_iter().map(|name| (name.into(), other.clone())));
        SqlType::Variant(variant)
    }

    /// What stands for this type on `target`: variants are chosen and decorators taken off.
    pub fn resolve(&self, target: &Target) -> &SqlType {
        match self {
            SqlType::Variant(variant) => variant.choose(target).resolve(target),
            SqlType::Decorated(decorated) => decorated.choose(target).resolve(target),
            other => other,
        }
    }

    /// SQLAlchemy's class of the type.
    pub fn class_name(&self) -> &str {
        match self {
            SqlType::Null => "NullType",
            SqlType::Character(character) => character.kind.class_name(),
            SqlType::Binary(binary) => binary.kind.class_name(),
            SqlType::Integer(integer) => integer.kind.class_name(),
            SqlType::Numeric(numeric) => numeric.kind.class_name(),
            SqlType::Boolean(boolean) => boolean.class_name(),
            SqlType::Temporal(temporal) => temporal.kind.class_name(),
            SqlType::Interval(interval) => interval.class_name(),
            SqlType::Enum(enumeration) => enumeration.class_name(),
            SqlType::Set(_) => "SET",
            SqlType::Uuid(uuid) => uuid.class_name(),
            SqlType::Json(json) => json.class_name(),
            SqlType::Array(_) => "ARRAY",
            SqlType::Domain(_) => "DOMAIN",
            SqlType::Bit(_) => "BIT",
            SqlType::Year(_) => "YEAR",
            SqlType::Simple(simple) => simple.class_name(),
            SqlType::UserDefined(user_defined) => &user_defined.class_name,
            SqlType::Decorated(decorated) => &decorated.class_name,
            SqlType::Variant(variant) => variant.base.class_name(),
        }
    }
}

macro_rules! from_parts {
    ($($variant:ident($part:ty)),* $(,)?) => {
        $(impl From<$part> for SqlType {
            fn from(part: $part) -> Self {
                SqlType::$variant(part.into())
            }
        })*
    };
}

from_parts! {
    Character(Character), Character(CharacterKind), Binary(Binary), Binary(BinaryKind),
    Integer(Integer), Integer(IntegerKind), Numeric(Numeric), Numeric(NumericKind),
    Boolean(Boolean), Temporal(Temporal), Temporal(TemporalKind), Interval(Interval), Enum(Enum),
    Set(Set), Uuid(Uuid), Json(Json), Array(Array), Domain(Domain), Bit(Bit), Simple(SimpleType),
    UserDefined(UserDefined), Decorated(Decorated), Variant(Variant),
}
