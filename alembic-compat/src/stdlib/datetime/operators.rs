//! Comparisons that several types share.

use std::cmp::Ordering;

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;
use crate::python::CompareOp;

/// The truth of a comparison; `None` for operators that are none.
pub(super) fn order(op: CompareOp, ordering: Ordering) -> Option<Value> {
    Some(Value::Bool(match op {
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::NotEq => ordering.is_ne(),
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::LtE => ordering.is_le(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::GtE => ordering.is_ge(),
        _ => return None,
    }))
}

/// The comparison of values that are never equal and have no order.
pub(super) fn unlike(
    interp: &mut Interpreter,
    op: CompareOp,
    message: String,
) -> Result<Option<Value>> {
    match op {
        CompareOp::Eq => Ok(Some(Value::Bool(false))),
        CompareOp::NotEq => Ok(Some(Value::Bool(true))),
        _ => interp.type_error(message),
    }
}
