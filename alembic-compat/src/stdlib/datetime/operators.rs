//! Comparisons that several types share.

use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Value;
use crate::python::CompareOp;

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
