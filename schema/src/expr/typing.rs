//! What types do to expressions: which type a value has, which type an operation gives, which
//! operator it really is.
//!
//! The source of the rules is SQLAlchemy's `sql/sqltypes.py` (`_adapt_expression`,
//! `_expression_adaptations`, `_resolve_value_to_type`).

use crate::SqlType;
use crate::expr::Operator;
use crate::types::Affinity;
use crate::types::Array;
use crate::types::CharacterKind;
use crate::types::IntegerKind;
use crate::types::Interval;
use crate::types::NumericKind;
use crate::types::TemporalKind;
use crate::value::SqlValue;

/// The type itself, without variants and decorators.
pub(crate) fn base(sql_type: &SqlType) -> &SqlType {
    match sql_type {
        SqlType::Variant(variant) => base(&variant.base),
        SqlType::Decorated(decorated) => base(&decorated.implementation),
        other => other,
    }
}

/// The type of a value that stands alone.
pub(crate) fn type_of(value: &SqlValue) -> SqlType {
    match value {
        SqlValue::Null
        | SqlValue::Json(_)
        | SqlValue::Array(_)
        | SqlValue::Tuple(_)
        | SqlValue::Host(_) => SqlType::Null,
        SqlValue::Bool(_) => SqlType::boolean(),
        SqlValue::Int(number) if number.unsigned_abs() < 1 << 31 => SqlType::integer(),
        SqlValue::Int(_) | SqlValue::BigInt(_) => SqlType::big_integer(),
        SqlValue::Float(_) => NumericKind::Double.into(),
        SqlValue::Decimal(_) => NumericKind::Numeric.into(),
        SqlValue::Text(text) if text.is_ascii() => CharacterKind::String.into(),
        SqlValue::Text(_) => CharacterKind::Unicode.into(),
        SqlValue::Bytes(_) => SqlType::large_binary(),
        SqlValue::Date(_) => SqlType::date(),
        SqlValue::Time(_) => SqlType::time(),
        SqlValue::DateTime(_) => SqlType::date_time(false),
        SqlValue::DateTimeTz(_) => SqlType::date_time(true),
        SqlValue::Interval(_) => Interval::default().into(),
        SqlValue::Uuid(_) => SqlType::uuid(),
    }
}

/// The type of a value beside an expression of `sql_type`.
pub(crate) fn type_beside(sql_type: &SqlType, value: Option<&SqlValue>) -> SqlType {
    match sql_type {
        // Decorators and user-defined types take every value for one of theirs.
        SqlType::Decorated(_) | SqlType::UserDefined(_) => return sql_type.clone(),
        // A text beside these is one of theirs.
        SqlType::Uuid(_) | SqlType::Binary(_) if matches!(value, Some(SqlValue::Text(_))) => {
            return sql_type.clone();
        }
        // Behind an interval is a point in time after the epoch.
        SqlType::Interval(Interval::Generic { .. }) => {
            return type_beside(&SqlType::date_time(false), value);
        }
        _ => {}
    }
    let own = value.map_or(SqlType::Null, type_of);
    if own == SqlType::Null || own.affinity() == sql_type.affinity() {
        sql_type.clone()
    } else {
        own
    }
}

/// Whether `+` joins two of these.
fn is_concatenable(sql_type: &SqlType) -> bool {
    match base(sql_type) {
        SqlType::Character(_) | SqlType::Enum(_) | SqlType::Set(_) | SqlType::Array(_) => true,
        SqlType::Simple(simple) => simple.class_name() == "HSTORE",
        _ => false,
    }
}

/// The operator and the type of `left operator right`.
pub(crate) fn adapt(operator: Operator, left: &SqlType, right: &SqlType) -> (Operator, SqlType) {
    let other = right.affinity();
    match base(left) {
        SqlType::Null => {
            if *right == SqlType::Null || !operator.is_commutative() {
                (operator, left.clone())
            } else {
                adapt(operator, right, left)
            }
        }
        _ if is_concatenable(left) => {
            if operator == Operator::Add && (is_concatenable(right) || *right == SqlType::Null) {
                (Operator::Concat, concatenated(left))
            } else if operator == Operator::Concat {
                (operator, concatenated(left))
            } else {
                (operator, left.clone())
            }
        }
        SqlType::Integer(_) | SqlType::Numeric(_) | SqlType::Temporal(_) | SqlType::Interval(_) => {
            let sql_type = match look_up(&operator, left, &other) {
                None => left.clone(),
                Some(found) => {
                    let class = found.affinity();
                    let is_class_of_affinity = is_affinity_class(&found);
                    if is_class_of_affinity && class == other {
                        right.clone()
                    } else if is_class_of_affinity && class == left.affinity() {
                        left.clone()
                    } else {
                        found
                    }
                }
            };
            (operator, sql_type)
        }
        _ => (operator, left.clone()),
    }
}

/// The type of joined text: an enumeration becomes text.
fn concatenated(left: &SqlType) -> SqlType {
    match base(left) {
        SqlType::Enum(_) => CharacterKind::String.into(),
        _ => left.clone(),
    }
}

/// Whether the type is the very class that its affinity is called after.
fn is_affinity_class(sql_type: &SqlType) -> bool {
    match sql_type {
        SqlType::Integer(integer) => integer.kind == IntegerKind::Integer,
        SqlType::Numeric(numeric) => {
            matches!(numeric.kind, NumericKind::Numeric | NumericKind::Float)
        }
        SqlType::Temporal(temporal) => matches!(
            temporal.kind,
            TemporalKind::DateTime | TemporalKind::Date | TemporalKind::Time
        ),
        SqlType::Interval(interval) => matches!(interval, Interval::Generic { .. }),
        _ => true,
    }
}

/// The class of a type without its arguments.
fn class_of(sql_type: &SqlType) -> SqlType {
    match base(sql_type) {
        SqlType::Integer(integer) => integer.kind.into(),
        SqlType::Numeric(numeric) => numeric.kind.into(),
        SqlType::Temporal(temporal) => temporal.kind.into(),
        SqlType::Interval(Interval::Generic { .. }) => Interval::default().into(),
        other => other.clone(),
    }
}

/// SQLAlchemy's table of what operations on numbers and dates give.
#[expect(clippy::match_same_arms, reason = "the rows stand by the type of the left side")]
fn look_up(operator: &Operator, left: &SqlType, other: &Affinity) -> Option<SqlType> {
    use Affinity as A;
    use Operator as O;
    let own = || class_of(left);
    let numeric = || SqlType::from(NumericKind::Numeric);
    let float = SqlType::float;
    let interval = || SqlType::from(Interval::default());
    let date_time = || SqlType::date_time(false);
    Some(match (left.affinity(), operator, other) {
        (A::Integer, O::Add, A::Date) => SqlType::date(),
        (A::Integer, O::Mul, A::Interval) => interval(),
        (A::Integer, O::Add | O::Mul | O::Sub | O::FloorDiv, A::Integer) => own(),
        (A::Integer, O::TrueDiv, A::Integer) => numeric(),
        (A::Integer, O::Add | O::Mul | O::Sub | O::FloorDiv | O::TrueDiv, A::Numeric) => numeric(),
        (A::Integer, O::Add | O::Mul | O::Sub | O::TrueDiv, A::Float) => float(),
        (A::Numeric | A::Float, O::Mul, A::Interval) => interval(),
        (
            A::Numeric | A::Float,
            O::Add | O::Sub | O::Mul | O::TrueDiv,
            A::Numeric | A::Float | A::Integer,
        ) => own(),
        (A::DateTime, O::Add | O::Sub, A::Interval) => own(),
        (A::DateTime, O::Sub, A::DateTime) => interval(),
        (A::Date, O::Add | O::Sub, A::Integer) => own(),
        (A::Date, O::Add | O::Sub, A::Interval) => date_time(),
        (A::Date, O::Add, A::Time) => date_time(),
        (A::Date, O::Sub, A::Date) => SqlType::integer(),
        (A::Date, O::Sub, A::DateTime) => interval(),
        (A::Time, O::Add, A::Date) => date_time(),
        (A::Time, O::Add | O::Sub, A::Interval) => own(),
        (A::Time, O::Sub, A::Time) => interval(),
        (A::Interval, O::Add, A::Date | A::DateTime) => date_time(),
        (A::Interval, O::Add | O::Sub, A::Interval) => own(),
        (A::Interval, O::Add, A::Time) => SqlType::time(),
        (A::Interval, O::Mul | O::TrueDiv, A::Numeric | A::Float) => own(),
        _ => return None,
    })
}

/// The type of an element of an array, by a single index.
pub(crate) fn element_of(array: &Array) -> SqlType {
    match array.dimensions {
        None | Some(0 | 1) => (*array.item).clone(),
        Some(dimensions) => {
            Array { item: array.item.clone(), dimensions: Some(dimensions - 1) }.into()
        }
    }
}
