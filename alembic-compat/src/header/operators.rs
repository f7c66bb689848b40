//! Operators on known values. `None` means: not known, or an exception in Python.

use std::borrow::Cow;

use crate::python::BinaryOp;
use crate::python::CompareOp;

use super::value::Value;

/// The longest text and the most items that are computed.
pub(super) const LONGEST: usize = 1 << 16;

pub(super) fn binary<'t>(op: BinaryOp, left: &Value<'t>, right: &Value<'t>) -> Option<Value<'t>> {
    match (op, left, right) {
        (BinaryOp::Add, Value::Str(left), Value::Str(right)) => (left.len() + right.len()
            <= LONGEST)
            .then(|| Value::Str(format!("{left}{right}").into())),
        (BinaryOp::Add, Value::Tuple(left), Value::Tuple(right)) => {
            joined(left, right).map(Value::Tuple)
        }
        (BinaryOp::Add, Value::List(left), Value::List(right)) => {
            joined(left, right).map(Value::List)
        }
        (BinaryOp::Add, Value::Int(left), Value::Int(right)) => {
            left.checked_add(*right).map(Value::Int)
        }
        (BinaryOp::Mod, Value::Str(template), values) => {
            percent(template, values).map(|text| Value::Str(text.into()))
        }
        _ => None,
    }
}

fn joined<'t>(left: &[Value<'t>], right: &[Value<'t>]) -> Option<Vec<Value<'t>>> {
    (left.len() + right.len() <= LONGEST).then(|| [left, right].concat())
}

/// `template % values` with nothing but `%s`, `%d` and `%%`.
fn percent(template: &str, values: &Value<'_>) -> Option<String> {
    let values = match values {
        Value::Tuple(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut values = values.iter();
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after.as_bytes().first()? {
            b'%' => out.push('%'),
            b's' => out.push_str(&formatted(values.next()?)?),
            b'd' => match values.next()? {
                Value::Int(number) => out.push_str(&number.to_string()),
                _ => return None,
            },
            _ => return None,
        }
        if out.len() > LONGEST {
            return None;
        }
        rest = &after[1..];
    }
    out.push_str(rest);
    (values.next().is_none() && out.len() <= LONGEST).then_some(out)
}

/// Python's `str(value)`.
pub(super) fn formatted<'a>(value: &'a Value<'_>) -> Option<Cow<'a, str>> {
    match value {
        Value::Str(text) => Some(Cow::Borrowed(text)),
        Value::Int(number) => Some(Cow::Owned(number.to_string())),
        Value::None => Some(Cow::Borrowed("None")),
        Value::Bool(true) => Some(Cow::Borrowed("True")),
        Value::Bool(false) => Some(Cow::Borrowed("False")),
        _ => None,
    }
}

pub(super) fn compare(op: CompareOp, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    match op {
        CompareOp::Eq => left.equals(right),
        CompareOp::NotEq => left.equals(right).map(|equal| !equal),
        CompareOp::Is => is(left, right),
        CompareOp::IsNot => is(left, right).map(|same| !same),
        CompareOp::In => contains(right, left),
        CompareOp::NotIn => contains(right, left).map(|contained| !contained),
        CompareOp::Lt | CompareOp::LtE | CompareOp::Gt | CompareOp::GtE => {
            let order = match (left, right) {
                (Value::Str(left), Value::Str(right)) => left.chars().cmp(right.chars()),
                (Value::Int(left), Value::Int(right)) => left.cmp(right),
                _ => return None,
            };
            Some(match op {
                CompareOp::Lt => order.is_lt(),
                CompareOp::LtE => order.is_le(),
                CompareOp::Gt => order.is_gt(),
                _ => order.is_ge(),
            })
        }
    }
}

/// Known only for the values of which there is one each; equal texts may or may not be the same.
fn is(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    let single = |value: &Value<'_>| matches!(value, Value::None | Value::Bool(_));
    match (left, right) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        _ if single(left) || single(right) => Some(left == right),
        _ => None,
    }
}

fn contains(collection: &Value<'_>, item: &Value<'_>) -> Option<bool> {
    match (collection, item) {
        (Value::Str(text), Value::Str(part)) => Some(text.contains(&**part)),
        (Value::Set(_), item) if item.is_mutable() => None,
        (Value::Tuple(items) | Value::List(items) | Value::Set(items), _) => {
            let mut all_known = true;
            for other in items {
                match other.equals(item) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => all_known = false,
                }
            }
            all_known.then_some(false)
        }
        _ => None,
    }
}

/// `collection[index]`.
pub(super) fn item<'t>(collection: &Value<'t>, index: &Value<'t>) -> Option<Value<'t>> {
    let Value::Int(index) = index else { return None };
    let place = |length: usize| {
        let from_end = if *index < 0 { i64::try_from(length).ok()? } else { 0 };
        usize::try_from(index.checked_add(from_end)?).ok()
    };
    match collection {
        Value::Tuple(items) | Value::List(items) => items.get(place(items.len())?).cloned(),
        Value::Str(text) => {
            let found = text.chars().nth(place(text.chars().count())?)?;
            Some(Value::Str(found.to_string().into()))
        }
        _ => None,
    }
}
