//! What operators and subscripts make of values.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::python::BinaryOp;

use super::error::TemplateErrorKind;
use super::expression::MAX_ITEMS;
use super::filters;
use super::machine::MAX_TEXT;
use super::value::Value;

type Outcome = Result<Value, TemplateErrorKind>;

/// `is`, where the answer does not hang on how Python keeps its objects.
pub(super) fn identical(left: &Value, right: &Value) -> Result<bool, TemplateErrorKind> {
    let single = |value: &Value| {
        matches!(
            value,
            Value::None | Value::Bool(_) | Value::Undefined(_) | Value::Known(_) | Value::Def(_)
        )
    };
    if single(left) || single(right) {
        return Ok(left.type_name() == right.type_name() && left == right);
    }
    Err(TemplateErrorKind::Unsupported { what: "'is' between values that may be equal".to_owned() })
}

/// Python's `<`, for what it orders.
pub(super) fn order(left: &Value, right: &Value) -> Result<Ordering, TemplateErrorKind> {
    match (left, right) {
        (Value::Str(a), Value::Str(b)) => Ok(a.cmp(b)),
        (Value::Tuple(a), Value::Tuple(b)) | (Value::List(a), Value::List(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                if a != b {
                    return order(a, b);
                }
            }
            Ok(a.len().cmp(&b.len()))
        }
        _ => match (left.number(), right.number()) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => Err(TemplateErrorKind::operation(format!(
                "a {} and a {} have no order",
                left.type_name(),
                right.type_name()
            ))),
        },
    }
}

pub(super) fn arithmetic(op: BinaryOp, left: &Value, right: &Value) -> Outcome {
    let joined = |a: &Rc<[Value]>, b: &Rc<[Value]>| a.iter().chain(b.iter()).cloned().collect();
    let value = match (op, left, right) {
        (BinaryOp::Add, Value::Str(a), Value::Str(b)) => Some(Value::text([&**a, &**b].concat())),
        (BinaryOp::Add, Value::Tuple(a), Value::Tuple(b)) => Some(Value::Tuple(joined(a, b))),
        (BinaryOp::Add, Value::List(a), Value::List(b)) => Some(Value::List(joined(a, b))),
        (BinaryOp::Mul, Value::Str(_) | Value::Tuple(_) | Value::List(_), times)
            if times.number().is_some() =>
        {
            return repeated(left, times.number());
        }
        (BinaryOp::Mul, times, Value::Str(_) | Value::Tuple(_) | Value::List(_))
            if times.number().is_some() =>
        {
            return repeated(right, times.number());
        }
        _ => match (left.number(), right.number()) {
            (Some(a), Some(b)) => match op {
                BinaryOp::Add => a.checked_add(b),
                BinaryOp::Sub => a.checked_sub(b),
                BinaryOp::Mul => a.checked_mul(b),
                // Python rounds down; a remainder has the sign of the divisor.
                BinaryOp::FloorDiv => a.checked_div(b).map(|quotient| {
                    let inexact = a.checked_rem(b).is_some_and(|rest| rest != 0);
                    quotient - i64::from(inexact && (a < 0) != (b < 0))
                }),
                BinaryOp::Mod => a
                    .checked_rem(b)
                    .map(|rest| if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }),
                _ => None,
            }
            .map(Value::Int),
            _ => None,
        },
    };
    value.ok_or_else(|| match (left, right) {
        (Value::Undefined(_) | Value::Module { .. }, _) => filters::no_text(left),
        (_, Value::Undefined(_) | Value::Module { .. }) => filters::no_text(right),
        _ => TemplateErrorKind::operation(format!(
            "this operator cannot be worked out for a {} and a {}",
            left.type_name(),
            right.type_name()
        )),
    })
}

pub(super) fn repeated(value: &Value, times: Option<i64>) -> Outcome {
    let times = usize::try_from(times.unwrap_or(0)).unwrap_or(0);
    let limit = |length: usize, most: usize| {
        let fits = length.checked_mul(times).is_some_and(|total| total <= most);
        if fits { Ok(()) } else { Err(TemplateErrorKind::Limit { what: "text" }) }
    };
    Ok(match value {
        Value::Str(text) => {
            limit(text.len(), MAX_TEXT)?;
            Value::text(text.repeat(times))
        }
        Value::Tuple(items) | Value::List(items) => {
            limit(items.len(), MAX_ITEMS)?;
            let all = std::iter::repeat_n(items, if items.is_empty() { 0 } else { times });
            let all = all.flat_map(|items| items.iter().cloned()).collect();
            if matches!(value, Value::Tuple(_)) { Value::Tuple(all) } else { Value::List(all) }
        }
        other => other.clone(),
    })
}

pub(super) fn item(value: &Value, index: &Value) -> Outcome {
    let missing = || {
        let index = index.repr().unwrap_or_default();
        TemplateErrorKind::operation(format!("a {} has no item {index}", value.type_name()))
    };
    let at = |length: usize| {
        let index = index.number()?;
        let length = i64::try_from(length).ok()?;
        usize::try_from(if index < 0 { index + length } else { index }).ok()
    };
    let found = match value {
        Value::Tuple(items) | Value::List(items) => {
            at(items.len()).and_then(|at| items.get(at)).cloned()
        }
        Value::Str(text) => {
            let found = at(text.chars().count()).and_then(|at| text.chars().nth(at));
            found.map(|c| Value::text(c.to_string()))
        }
        Value::Dict(items) => {
            items.iter().find(|(key, _)| key == index).map(|(_, value)| value.clone())
        }
        Value::Undefined(_) | Value::Module { .. } => return Err(filters::no_text(value)),
        _ => None,
    };
    found.ok_or_else(missing)
}

pub(super) fn slice(value: &Value, [lower, upper, step]: [Option<i64>; 3]) -> Outcome {
    let length = match value {
        Value::Str(text) => text.chars().count(),
        Value::Tuple(items) | Value::List(items) => items.len(),
        Value::Undefined(_) | Value::Module { .. } => return Err(filters::no_text(value)),
        other => {
            let message = format!("a {} cannot be sliced", other.type_name());
            return Err(TemplateErrorKind::operation(message));
        }
    };
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(TemplateErrorKind::operation("the step of a slice cannot be 0"));
    }
    // Ends are counted from behind when negative, and moved into the sequence.
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let end = |bound: Option<i64>, default: i64| match bound {
        None => default,
        Some(bound) if bound < 0 => bound.saturating_add(length).clamp(least, most),
        Some(bound) => bound.clamp(least, most),
    };
    let (first, last) = if step > 0 { (least, most) } else { (most, least) };
    let (mut at, last) = (end(lower, first), end(upper, last));
    let mut indexes = Vec::new();
    while if step > 0 { at < last } else { at > last } {
        indexes.extend(usize::try_from(at));
        at = at.saturating_add(step);
    }
    Ok(match value {
        Value::Str(text) => {
            let chars: Vec<char> = text.chars().collect();
            let kept = indexes.iter().filter_map(|at| chars.get(*at));
            Value::text(kept.collect::<String>())
        }
        Value::Tuple(items) => {
            Value::Tuple(indexes.iter().filter_map(|at| items.get(*at)).cloned().collect())
        }
        Value::List(items) => {
            Value::List(indexes.iter().filter_map(|at| items.get(*at)).cloned().collect())
        }
        other => other.clone(),
    })
}
