//! Comparing: `==`, `<` and their like, identity, `in`.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::FromPrimitive as _;

use crate::python::CompareOp;

use super::error::Result;
use super::interpreter::Interpreter;
use super::value::Value;

/// The special method of a comparison.
pub(super) const fn special_name(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "__eq__",
        CompareOp::NotEq => "__ne__",
        CompareOp::Lt => "__lt__",
        CompareOp::LtE => "__le__",
        CompareOp::Gt => "__gt__",
        CompareOp::GtE => "__ge__",
        CompareOp::In | CompareOp::NotIn => "__contains__",
        CompareOp::Is | CompareOp::IsNot => "",
    }
}

const fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "==",
        CompareOp::NotEq => "!=",
        CompareOp::Lt => "<",
        CompareOp::LtE => "<=",
        CompareOp::Gt => ">",
        CompareOp::GtE => ">=",
        CompareOp::Is => "is",
        CompareOp::IsNot => "is not",
        CompareOp::In => "in",
        CompareOp::NotIn => "not in",
    }
}

/// The operator for the operands the other way round.
const fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::LtE => CompareOp::GtE,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::GtE => CompareOp::LtE,
        other => other,
    }
}

const fn holds(op: CompareOp, ordering: Ordering) -> bool {
    match op {
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::NotEq => ordering.is_ne(),
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::LtE => ordering.is_le(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::GtE => ordering.is_ge(),
        _ => false,
    }
}

impl Interpreter {
    /// `a op b`, whatever it gives.
    ///
    /// # Errors
    /// A `TypeError` where the operands cannot be compared, and what comparing raises.
    pub fn compare(&mut self, op: CompareOp, a: &Value, b: &Value) -> Result<Value> {
        match op {
            CompareOp::Is => return Ok(Value::Bool(a.is(b))),
            CompareOp::IsNot => return Ok(Value::Bool(!a.is(b))),
            CompareOp::In => return self.contains(b, a).map(Value::Bool),
            CompareOp::NotIn => return self.contains(b, a).map(|found| Value::Bool(!found)),
            _ => {}
        }
        if let (Value::Int(a), Value::Int(b)) = (a, b) {
            return Ok(Value::Bool(holds(op, a.cmp(b))));
        }
        self.nested(|interp| interp.compare_here(op, a, b))
    }

    fn compare_here(&mut self, op: CompareOp, a: &Value, b: &Value) -> Result<Value> {
        let derived = match (a, b) {
            (Value::Instance(_), Value::Instance(_)) => {
                let (left, right) = (self.class(a), self.class(b));
                !std::rc::Rc::ptr_eq(&left, &right) && right.is_subclass(&left)
            }
            (_, Value::Instance(_)) => self.class(b).is_subclass(&self.class(a)),
            _ => false,
        };
        if derived && let Some(result) = self.compare_one(mirrored(op), b, a)? {
            return Ok(result);
        }
        if let Some(result) = self.compare_one(op, a, b)? {
            return Ok(result);
        }
        if !derived && let Some(result) = self.compare_one(mirrored(op), b, a)? {
            return Ok(result);
        }
        match op {
            CompareOp::Eq => Ok(Value::Bool(a.is(b))),
            CompareOp::NotEq => Ok(Value::Bool(!a.is(b))),
            _ => {
                let (left, right) = (self.static_name(a), self.static_name(b));
                self.type_error(format!(
                    "'{}' not supported between instances of '{left}' and '{right}'",
                    symbol(op)
                ))
            }
        }
    }

    /// The comparison as the left operand does it; `None` for `NotImplemented`.
    fn compare_one(&mut self, op: CompareOp, a: &Value, b: &Value) -> Result<Option<Value>> {
        match a {
            Value::Instance(_) => {
                match self.special(a, special_name(op), [b.clone()])? {
                    Some(Value::NotImplemented) => return Ok(None),
                    Some(result) => return Ok(Some(result)),
                    None => {}
                }
                if op == CompareOp::NotEq {
                    match self.special(a, "__eq__", [b.clone()])? {
                        Some(Value::NotImplemented) => return Ok(None),
                        Some(result) => return Ok(Some(Value::Bool(!self.truth(&result)?))),
                        None => {}
                    }
                }
                match a.plain() {
                    Value::Instance(_) => self.native_comparison(op, a, b),
                    Value::Native(native) => native.compare(a, op, b, self),
                    plain => self.compare_plain(op, &plain, &b.plain()),
                }
            }
            Value::Native(native) => native.compare(a, op, b, self),
            _ => self.compare_plain(op, a, &b.plain()),
        }
    }

    /// A comparison method of a native class (an `Enum`, for instance) that Python code derived
    /// from.
    fn native_comparison(&mut self, op: CompareOp, a: &Value, b: &Value) -> Result<Option<Value>> {
        let Some(method @ Value::Builtin(_)) = self.class(a).lookup(special_name(op)) else {
            return Ok(None);
        };
        let result = self.call(&method, super::args::Args::of([a.clone(), b.clone()]))?;
        Ok((!matches!(result, Value::NotImplemented)).then_some(result))
    }

    fn compare_plain(&mut self, op: CompareOp, a: &Value, b: &Value) -> Result<Option<Value>> {
        if let Some(ordering) = compare_numbers(a, b) {
            // Nothing holds for a NaN but `!=`.
            let result = ordering.map_or(op == CompareOp::NotEq, |ordering| holds(op, ordering));
            return Ok(Some(Value::Bool(result)));
        }
        let ordering = match (a, b) {
            (Value::Str(a), Value::Str(b)) => a.as_str().cmp(b.as_str()),
            (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            (Value::List(a), Value::List(b)) => {
                let (a, b) = (a.to_vec(), b.to_vec());
                return self.compare_sequences(op, &a, &b).map(Some);
            }
            (Value::Tuple(a), Value::Tuple(b)) => {
                return self.compare_sequences(op, a, b).map(Some);
            }
            (Value::Dict(x), Value::Dict(y)) => {
                if !matches!(op, CompareOp::Eq | CompareOp::NotEq) {
                    return Ok(None);
                }
                let mut equal = x.len() == y.len();
                if equal {
                    for (key, value) in x.entries() {
                        self.step()?;
                        equal = match self.dict_get(y, &key)? {
                            Some(other) => self.same_or_equal(&value, &other)?,
                            None => false,
                        };
                        if !equal {
                            break;
                        }
                    }
                }
                return Ok(Some(Value::Bool(equal == (op == CompareOp::Eq))));
            }
            (Value::Set(x), Value::Set(y)) => {
                let (x, y) = (std::rc::Rc::clone(x), std::rc::Rc::clone(y));
                let (smaller, larger) = match op {
                    CompareOp::Gt | CompareOp::GtE => (&y, &x),
                    _ => (&x, &y),
                };
                let fits = match op {
                    CompareOp::Eq | CompareOp::NotEq => smaller.len() == larger.len(),
                    CompareOp::Lt | CompareOp::Gt => smaller.len() < larger.len(),
                    _ => smaller.len() <= larger.len(),
                };
                let mut result = fits;
                if fits {
                    for item in smaller.items() {
                        if !self.set_contains(larger, &item)? {
                            result = false;
                            break;
                        }
                    }
                }
                return Ok(Some(Value::Bool(result != (op == CompareOp::NotEq))));
            }
            _ => return Ok(None),
        };
        Ok(Some(Value::Bool(holds(op, ordering))))
    }

    fn compare_sequences(&mut self, op: CompareOp, a: &[Value], b: &[Value]) -> Result<Value> {
        if a.len() != b.len() && matches!(op, CompareOp::Eq | CompareOp::NotEq) {
            return Ok(Value::Bool(op == CompareOp::NotEq));
        }
        for (left, right) in a.iter().zip(b) {
            self.step()?;
            if !self.same_or_equal(left, right)? {
                return match op {
                    CompareOp::Eq => Ok(Value::Bool(false)),
                    CompareOp::NotEq => Ok(Value::Bool(true)),
                    _ => self.compare(op, left, right),
                };
            }
        }
        Ok(Value::Bool(holds(op, a.len().cmp(&b.len()))))
    }

    /// `a == b` as a truth value.
    ///
    /// # Errors
    /// What comparing raises.
    pub fn equal(&mut self, a: &Value, b: &Value) -> Result<bool> {
        if let Some(equal) = quick_equal(a, b) {
            return Ok(equal);
        }
        let result = self.compare(CompareOp::Eq, a, b)?;
        self.truth(&result)
    }

    /// `a is b or a == b`, as containers compare.
    ///
    /// # Errors
    /// What comparing raises.
    pub fn same_or_equal(&mut self, a: &Value, b: &Value) -> Result<bool> {
        // A NaN is itself, but two NaNs made apart are not the same object; they are here, as
        // values are not objects.
        if a.is(b) {
            return Ok(true);
        }
        self.equal(a, b)
    }

    /// `a < b` as a truth value.
    ///
    /// # Errors
    /// What comparing raises.
    pub fn less(&mut self, a: &Value, b: &Value) -> Result<bool> {
        let result = self.compare(CompareOp::Lt, a, b)?;
        self.truth(&result)
    }

    /// `value in container`.
    ///
    /// # Errors
    /// A `TypeError` where nothing can be in it, and what the search raises.
    pub fn contains(&mut self, container: &Value, value: &Value) -> Result<bool> {
        if let Value::Instance(instance) = container {
            if let Some(result) = self.special(container, "__contains__", [value.clone()])? {
                return self.truth(&result);
            }
            if instance.class().lookup_python("__contains__").is_some_and(|own| own.is_none()) {
                let class = &instance.class().name;
                return self.type_error(format!("'{class}' object is not a container"));
            }
            if instance.class().lookup_python("__iter__").is_none() {
                let plain = container.plain();
                if let Value::Native(native) = &plain {
                    if let Some(found) = native.contains(container, value, self)? {
                        return Ok(found);
                    }
                } else if !plain.is(container) {
                    return self.contains(&plain, value);
                } else if let Some(method @ Value::Builtin(_)) =
                    instance.class().lookup("__contains__")
                {
                    let args = super::args::Args::of([container.clone(), value.clone()]);
                    let result = self.call(&method, args)?;
                    return self.truth(&result);
                }
            }
        }
        match container {
            Value::Str(text) => match value.as_text() {
                Some(part) => {
                    self.charge(text.len() as u64 / 32)?;
                    Ok(text.contains(part.as_str()))
                }
                None => {
                    let class = self.class_name(value);
                    self.type_error(format!(
                        "'in <string>' requires string as left operand, not {class}"
                    ))
                }
            },
            Value::Bytes(bytes) => match value.plain() {
                Value::Bytes(part) => Ok(memchr::memmem::find(bytes, &part).is_some()),
                Value::Int(byte) => match u8::try_from(byte) {
                    Ok(byte) => Ok(bytes.contains(&byte)),
                    Err(_) => self.value_error("byte must be in range(0, 256)"),
                },
                other => {
                    let class = self.class_name(&other);
                    self.type_error(format!("a bytes-like object is required, not '{class}'"))
                }
            },
            Value::Dict(dict) => Ok(self.dict_get(dict, value)?.is_some()),
            Value::Set(set) => self.set_contains(set, value),
            Value::Class(class) => {
                if let Some(hooks) = class.hooks.clone()
                    && let Some(found) = hooks.contains(self, class, value)?
                {
                    return Ok(found);
                }
                self.contains_by_walking(container, value)
            }
            Value::Native(native) => match native.contains(container, value, self)? {
                Some(found) => Ok(found),
                None => self.contains_by_walking(container, value),
            },
            _ => self.contains_by_walking(container, value),
        }
    }

    fn contains_by_walking(&mut self, container: &Value, value: &Value) -> Result<bool> {
        let Some(mut items) = self.try_iterate(container)? else {
            let class = self.class_name(container);
            return self.type_error(format!("argument of type '{class}' is not iterable"));
        };
        while let Some(item) = items.next(self)? {
            if self.same_or_equal(&item, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Equality where no Python code can have a say; `None` where it may.
pub(super) fn quick_equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => Some(a == b),
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::None, Value::None) => Some(true),
        (
            Value::None | Value::Str(_) | Value::Bytes(_),
            Value::None | Value::Str(_) | Value::Int(_) | Value::Bool(_) | Value::Float(_),
        )
        | (Value::Int(_) | Value::Bool(_) | Value::Float(_), Value::None | Value::Str(_)) => {
            Some(false)
        }
        (Value::Bytes(a), Value::Bytes(b)) => Some(a == b),
        _ => compare_numbers(a, b).map(|ordering| ordering == Some(Ordering::Equal)),
    }
}

/// `None` where one is no number; `Some(None)` where one is a NaN.
pub(super) fn compare_numbers(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    enum Number<'v> {
        Small(i64),
        Big(&'v BigInt),
        Float(f64),
    }
    fn number(value: &Value) -> Option<Number<'_>> {
        Some(match value {
            Value::Int(value) => Number::Small(*value),
            Value::Bool(value) => Number::Small(i64::from(*value)),
            Value::BigInt(value) => Number::Big(value),
            Value::Float(value) => Number::Float(*value),
            _ => return None,
        })
    }
    Some(match (number(a)?, number(b)?) {
        (Number::Small(a), Number::Small(b)) => Some(a.cmp(&b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        (Number::Big(a), Number::Big(b)) => Some(a.cmp(b)),
        (Number::Small(a), Number::Big(b)) => Some(BigInt::from(a).cmp(b)),
        (Number::Big(a), Number::Small(b)) => Some(a.cmp(&BigInt::from(b))),
        (Number::Small(a), Number::Float(b)) => compare_with_float(&BigInt::from(a), b),
        (Number::Big(a), Number::Float(b)) => compare_with_float(a, b),
        (Number::Float(a), Number::Small(b)) => {
            compare_with_float(&BigInt::from(b), a).map(Ordering::reverse)
        }
        (Number::Float(a), Number::Big(b)) => compare_with_float(b, a).map(Ordering::reverse),
    })
}

fn compare_with_float(a: &BigInt, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    if b.is_infinite() {
        return Some(if b > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = BigInt::from_f64(b.trunc())?;
    Some(a.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&b.fract()).unwrap_or(Ordering::Equal)))
}
