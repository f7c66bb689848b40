//! The CHECK constraints that types bring.

use super::Check;
use super::CheckCondition;
use super::Column;
use super::ConstraintOptions;
use super::TypeEvents;
use super::constraint::TypeBound;
use crate::SqlType;

/// The CHECKs that the type of a column brings, one for each of its variants that asks for one.
pub(super) fn type_checks(column: &Column) -> Vec<Check> {
    let mut checks = Vec::new();
    let of_base = column.type_events == TypeEvents::All;
    match &column.sql_type {
        _ if column.type_events == TypeEvents::None => {}
        SqlType::Variant(variant) => {
            if of_base {
                checks.extend(type_check(column, &variant.base, None));
            }
            for (at, (_, other)) in variant.by_dialect.iter().enumerate() {
                checks.extend(type_check(column, other, Some(at)));
            }
        }
        other if of_base => checks.extend(type_check(column, other, None)),
        _ => {}
    }
    checks
}

fn type_check(column: &Column, sql_type: &SqlType, variant: Option<usize>) -> Option<Check> {
    let key = column.key().to_owned();
    let (name, condition) = match sql_type {
        SqlType::Boolean(boolean) if boolean.create_constraint => {
            (boolean.name.clone(), CheckCondition::OneOfNumbers(key.clone(), vec![0, 1]))
        }
        SqlType::Enum(enumeration) if enumeration.create_constraint => (
            enumeration.name.clone(),
            CheckCondition::OneOfTexts(key.clone(), enumeration.values.clone()),
        ),
        SqlType::Decorated(decorated) => {
            return type_check(column, &decorated.implementation, variant);
        }
        SqlType::Array(array) => return type_check(column, &array.item, variant),
        _ => return None,
    };
    Some(Check {
        name,
        condition,
        options: ConstraintOptions::default(),
        type_of_column: Some(TypeBound { column: key, sql_type: column.sql_type.clone(), variant }),
    })
}
