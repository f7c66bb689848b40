//! What the modules of the standard library share: how they are put together, and arguments.

use std::cmp::Ordering;
use std::rc::Rc;

use num_bigint::BigInt;

use crate::eval::Args;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::CompareOp;

/// A native module: a name that it lacks is not supported, by its dotted name.
pub(super) fn module(name: &str) -> Module {
    Module::native(name).with_fallback(refuse)
}

fn refuse(interp: &mut Interpreter, module: &Rc<Module>, name: &str) -> Result<Option<Value>> {
    if name.starts_with("__") {
        return Ok(None);
    }
    Err(interp.unsupported(format!("'{}.{name}'", module.name)))
}

/// A module that is written in the Python that the interpreter runs: where most of the work is to
/// call back. Names that begin with an underscore stay inside.
pub(super) fn library(interp: &mut Interpreter, name: &str, source: &str) -> Result<Rc<Module>> {
    let inner = interp.run_library(name, source)?;
    if let Some(failed) = Interpreter::skipped(&inner).into_iter().next() {
        return Err(Box::new(Error::Unsupported(failed)));
    }
    let outer = module(name);
    let names: Vec<(Text, Value)> = {
        let globals = inner.globals.borrow();
        let public = globals.iter().filter(|(name, _)| !name.starts_with('_'));
        public.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    for (name, value) in names {
        outer.set(name, value);
    }
    Ok(Rc::new(outer))
}

/// The object of a native method.
pub(super) fn receiver(args: &mut Args) -> Value {
    args.take_self().unwrap_or_default()
}

/// A text that a function needs.
pub(super) fn text(interp: &mut Interpreter, value: &Value, what: &str) -> Result<Text> {
    match value.as_text() {
        Some(text) => Ok(text),
        None => {
            let class = interp.class_name(value);
            interp.type_error(format!("{what} must be str, not {class}"))
        }
    }
}

/// An integer that a function needs.
pub(super) fn int(interp: &mut Interpreter, value: &Value) -> Result<i64> {
    match interp.index(value)? {
        Some(number) => Ok(number),
        None if matches!(value.plain(), Value::BigInt(_)) => {
            interp.raise("OverflowError", "Python int too large to convert to C int")
        }
        None => {
            let class = interp.class_name(value);
            interp.type_error(format!("'{class}' object cannot be interpreted as an integer"))
        }
    }
}

/// An integer of any size.
pub(super) fn big(value: &Value) -> Option<BigInt> {
    match value.plain() {
        Value::Int(number) => Some(BigInt::from(number)),
        Value::Bool(number) => Some(BigInt::from(i64::from(number))),
        Value::BigInt(number) => Some((*number).clone()),
        _ => None,
    }
}

/// A number as a float; `None` for what is no `int` or `float`.
pub(super) fn float(value: &Value) -> Option<f64> {
    use num_traits::ToPrimitive as _;
    match value.plain() {
        Value::Float(number) => Some(number),
        Value::Int(number) => Some(number as f64),
        Value::Bool(number) => Some(f64::from(u8::from(number))),
        Value::BigInt(number) => number.to_f64(),
        _ => None,
    }
}

/// Bytes that a function needs.
pub(super) fn bytes(interp: &mut Interpreter, value: &Value) -> Result<Rc<[u8]>> {
    match value.plain() {
        Value::Bytes(bytes) => Ok(bytes),
        other => {
            let class = interp.class_name(&other);
            interp.type_error(format!("a bytes-like object is required, not '{class}'"))
        }
    }
}

/// A hash of 64 bits of anything that Rust can hash, the same in every run.
pub(super) fn hash_of(value: impl std::hash::Hash) -> i64 {
    use std::hash::Hasher as _;
    #[allow(deprecated, reason = "the hasher whose results do not differ between runs")]
    let mut hasher = std::hash::SipHasher::new();
    value.hash(&mut hasher);
    hasher.finish().cast_signed()
}

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
