//! Operators, with the methods that classes define for them.

use std::rc::Rc;

use num_bigint::BigInt;

use crate::python::BinaryOp;
use crate::python::UnaryOp;

use super::containers::Dict;
use super::error::Result;
use super::interpreter::Interpreter;
use super::object::Object;
use super::value::Value;

/// The special methods of an operator: plain, reflected, in place.
pub(super) const fn special_names(op: BinaryOp) -> [&'static str; 3] {
    match op {
        BinaryOp::Add => ["__add__", "__radd__", "__iadd__"],
        BinaryOp::Sub => ["__sub__", "__rsub__", "__isub__"],
        BinaryOp::Mul => ["__mul__", "__rmul__", "__imul__"],
        BinaryOp::MatMul => ["__matmul__", "__rmatmul__", "__imatmul__"],
        BinaryOp::Div => ["__truediv__", "__rtruediv__", "__itruediv__"],
        BinaryOp::FloorDiv => ["__floordiv__", "__rfloordiv__", "__ifloordiv__"],
        BinaryOp::Mod => ["__mod__", "__rmod__", "__imod__"],
        BinaryOp::Pow => ["__pow__", "__rpow__", "__ipow__"],
        BinaryOp::LeftShift => ["__lshift__", "__rlshift__", "__ilshift__"],
        BinaryOp::RightShift => ["__rshift__", "__rrshift__", "__irshift__"],
        BinaryOp::BitOr => ["__or__", "__ror__", "__ior__"],
        BinaryOp::BitXor => ["__xor__", "__rxor__", "__ixor__"],
        BinaryOp::BitAnd => ["__and__", "__rand__", "__iand__"],
    }
}

const fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::MatMul => "@",
        BinaryOp::Div => "/",
        BinaryOp::FloorDiv => "//",
        BinaryOp::Mod => "%",
        BinaryOp::Pow => "** or pow()",
        BinaryOp::LeftShift => "<<",
        BinaryOp::RightShift => ">>",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::BitAnd => "&",
    }
}

impl Interpreter {
    /// `a op b`.
    ///
    /// # Errors
    /// A `TypeError` where the operator has no meaning, and what it raises.
    pub fn binary(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Result<Value> {
        self.binary_or(op, a, b, symbol(op))
    }

    fn binary_or(&mut self, op: BinaryOp, a: &Value, b: &Value, symbol: &str) -> Result<Value> {
        if let Some(value) = self.arithmetic(op, a, b)? {
            return Ok(value);
        }
        self.nested(|interp| {
            let derived = matches!(b, Value::Instance(_)) && {
                let (left, right) = (interp.class(a), interp.class(b));
                !Rc::ptr_eq(&left, &right) && right.is_subclass(&left)
            };
            if derived && let Some(value) = interp.binary_one(op, b, a, true)? {
                return Ok(value);
            }
            if let Some(value) = interp.binary_one(op, a, b, false)? {
                return Ok(value);
            }
            if !derived && let Some(value) = interp.binary_one(op, b, a, true)? {
                return Ok(value);
            }
            if let Some(value) = interp.sequence_operator(op, &a.plain(), &b.plain())? {
                return Ok(value);
            }
            let (left, right) = (interp.static_name(a), interp.static_name(b));
            interp.type_error(format!(
                "unsupported operand type(s) for {symbol}: '{left}' and '{right}'"
            ))
        })
    }

    /// The operator as one operand does it; `None` for `NotImplemented`.
    fn binary_one(
        &mut self,
        op: BinaryOp,
        this: &Value,
        other: &Value,
        reflected: bool,
    ) -> Result<Option<Value>> {
        match this {
            Value::Instance(instance) => {
                let name = special_names(op)[usize::from(reflected)];
                match self.special(this, name, [other.clone()])? {
                    Some(Value::NotImplemented) => return Ok(None),
                    Some(value) => return Ok(Some(value)),
                    None => {}
                }
                match this.plain() {
                    Value::Instance(_) => {
                        // A native class that Python code derived from (`enum.Flag`).
                        let Some(method @ Value::Builtin(_)) = instance.class().lookup(name) else {
                            return Ok(None);
                        };
                        let args = super::args::Args::of([this.clone(), other.clone()]);
                        let value = self.call(&method, args)?;
                        Ok((!matches!(value, Value::NotImplemented)).then_some(value))
                    }
                    Value::Native(native) => native.binary(this, op, other, reflected, self),
                    // The whole object is formatted, with its own `__str__`.
                    _ if reflected && op == BinaryOp::Mod && other.as_text().is_some() => {
                        self.plain_operator(op, &other.plain(), this)
                    }
                    plain => {
                        let other = other.plain();
                        let (a, b) = if reflected { (&other, &plain) } else { (&plain, &other) };
                        if let Some(value) = self.arithmetic(op, a, b)? {
                            return Ok(Some(value));
                        }
                        self.plain_operator(op, a, b)
                    }
                }
            }
            Value::Native(native) => native.binary(this, op, other, reflected, self),
            Value::Class(_) if op == BinaryOp::BitOr => self.union_type(this, other, reflected),
            Value::Str(_) if op == BinaryOp::Mod && !reflected => {
                self.plain_operator(op, this, other)
            }
            _ => {
                let other = other.plain();
                let (a, b) = if reflected { (&other, this) } else { (this, &other) };
                self.plain_operator(op, a, b)
            }
        }
    }

    /// `int | None`, which annotations and `isinstance` use.
    fn union_type(
        &mut self,
        this: &Value,
        other: &Value,
        reflected: bool,
    ) -> Result<Option<Value>> {
        let fits = matches!(other, Value::Class(_) | Value::None)
            || other.downcast::<UnionType>().is_some();
        if !fits {
            return Ok(None);
        }
        let mut members = Vec::new();
        let both = if reflected { [other, this] } else { [this, other] };
        for value in both {
            match value.downcast::<UnionType>() {
                Some(union) => members.extend(union.members.iter().cloned()),
                None => members.push(value.clone()),
            }
        }
        Ok(Some(Value::native(UnionType { members })))
    }

    fn plain_operator(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Result<Option<Value>> {
        match (op, a, b) {
            (BinaryOp::Mod, Value::Str(template), _) => {
                let template = template.clone();
                self.percent_format(&template, b).map(|text| Some(Value::str(text)))
            }
            (BinaryOp::Mod, Value::Bytes(_), _) => Err(self.unsupported("% of bytes")),
            (
                BinaryOp::BitOr | BinaryOp::BitAnd | BinaryOp::BitXor | BinaryOp::Sub,
                Value::Set(x),
                Value::Set(y),
            ) => {
                let (x, y) = (Rc::clone(x), Rc::clone(y));
                self.set_operator(op, &x, &y).map(Some)
            }
            (BinaryOp::BitOr, Value::Dict(x), Value::Dict(y)) => {
                let result = Dict::default();
                for (key, value) in x.entries().into_iter().chain(y.entries()) {
                    self.step()?;
                    self.dict_set(&result, key, value)?;
                }
                Ok(Some(Value::Dict(Rc::new(result))))
            }
            _ => Ok(None),
        }
    }

    /// Union, intersection, difference and symmetric difference.
    pub(super) fn set_operator(
        &mut self,
        op: BinaryOp,
        x: &super::containers::Set,
        y: &super::containers::Set,
    ) -> Result<Value> {
        let mut items = Vec::new();
        if op == BinaryOp::BitAnd {
            for item in x.items() {
                self.step()?;
                if self.set_contains(y, &item)? {
                    items.push(item);
                }
            }
            return self.new_set(items, x.frozen);
        }
        for item in x.items() {
            self.step()?;
            if op == BinaryOp::BitOr || !self.set_contains(y, &item)? {
                items.push(item);
            }
        }
        if matches!(op, BinaryOp::BitOr | BinaryOp::BitXor) {
            for item in y.items() {
                self.step()?;
                if !self.set_contains(x, &item)? {
                    items.push(item);
                }
            }
        }
        self.new_set(items, x.frozen)
    }

    /// `+` and `*` of sequences.
    fn sequence_operator(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Result<Option<Value>> {
        match op {
            BinaryOp::Add => self.concatenate(a, b),
            BinaryOp::Mul => match (a, b) {
                (
                    Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_),
                    Value::Int(_) | Value::Bool(_) | Value::BigInt(_) | Value::Instance(_),
                ) => self.repeat(a, b),
                (
                    Value::Int(_) | Value::Bool(_) | Value::BigInt(_) | Value::Instance(_),
                    Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_),
                ) => self.repeat(b, a),
                (Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_), other)
                | (other, Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_)) => {
                    let class = self.class_name(other);
                    self.type_error(format!("can't multiply sequence by non-int of type '{class}'"))
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn concatenate(&mut self, a: &Value, b: &Value) -> Result<Option<Value>> {
        let kind = match (a, b) {
            (Value::Str(x), Value::Str(y)) => {
                self.allow_size(x.len() + y.len(), "a text")?;
                let mut text = String::with_capacity(x.len() + y.len());
                text.push_str(x);
                text.push_str(y);
                return Ok(Some(Value::str(text)));
            }
            (Value::Bytes(x), Value::Bytes(y)) => {
                self.allow_size(x.len() + y.len(), "a text")?;
                return Ok(Some(Value::bytes([&**x, &**y].concat())));
            }
            (Value::List(x), Value::List(y)) => {
                self.allow_items(x.len() + y.len())?;
                let mut items = x.to_vec();
                items.extend(y.borrow().iter().cloned());
                return Ok(Some(Value::list(items)));
            }
            (Value::Tuple(x), Value::Tuple(y)) => {
                self.allow_items(x.len() + y.len())?;
                return Ok(Some(Value::tuple(x.iter().chain(y.iter()).cloned().collect())));
            }
            (Value::Str(_), _) => "str",
            (Value::List(_), _) => "list",
            (Value::Tuple(_), _) => "tuple",
            (Value::Bytes(_), _) => {
                let class = self.class_name(b);
                return self.type_error(format!("can't concat {class} to bytes"));
            }
            _ => return Ok(None),
        };
        let class = self.class_name(b);
        self.type_error(format!("can only concatenate {kind} (not \"{class}\") to {kind}"))
    }

    fn repeat(&mut self, sequence: &Value, count: &Value) -> Result<Option<Value>> {
        let times = match count {
            Value::BigInt(_) => {
                return self.raise("OverflowError", "cannot fit 'int' into an index-sized integer");
            }
            _ => match self.index(count)? {
                Some(times) => usize::try_from(times).unwrap_or(0),
                None => {
                    let class = self.class_name(count);
                    return self.type_error(format!(
                        "can't multiply sequence by non-int of type '{class}'"
                    ));
                }
            },
        };
        Ok(Some(match sequence {
            Value::Str(text) => {
                if times == 1 {
                    return Ok(Some(sequence.clone()));
                }
                self.allow_size(text.len().saturating_mul(times), "a text")?;
                Value::str(if text.is_empty() { String::new() } else { text.repeat(times) })
            }
            Value::Bytes(bytes) => {
                self.allow_size(bytes.len().saturating_mul(times), "a text")?;
                Value::bytes(if bytes.is_empty() { Vec::new() } else { bytes.repeat(times) })
            }
            Value::List(list) => {
                self.allow_items(list.len().saturating_mul(times))?;
                Value::list(repeated(&list.to_vec(), times))
            }
            Value::Tuple(tuple) => {
                self.allow_items(tuple.len().saturating_mul(times))?;
                Value::tuple(repeated(tuple, times))
            }
            _ => return Ok(None),
        }))
    }

    /// Says that a container of so many items is about to be made.
    pub(super) fn allow_items(&mut self, count: usize) -> Result<()> {
        if count > self.limits.length / 8 {
            return Err(self.limit(super::error::Limit::Size("a collection")));
        }
        self.allow_size(count.saturating_mul(8), "a collection")
    }

    /// `a op= b`: what the target is bound to.
    ///
    /// # Errors
    /// As [`Interpreter::binary`].
    pub fn in_place(&mut self, op: BinaryOp, a: &Value, b: &Value) -> Result<Value> {
        match (op, a) {
            (BinaryOp::Add, Value::List(list)) => {
                let items = self.items(b)?;
                self.allow_items(list.len() + items.len())?;
                list.borrow_mut().extend(items);
                list.count();
                return Ok(a.clone());
            }
            (BinaryOp::Mul, Value::List(list)) => {
                if let Some(Value::List(result)) = self.sequence_operator(op, a, b)? {
                    let items = result.to_vec();
                    let old = std::mem::replace(&mut *list.borrow_mut(), items);
                    list.count();
                    drop(old);
                    return Ok(a.clone());
                }
            }
            (BinaryOp::BitOr, Value::Dict(dict)) => {
                let dict = Rc::clone(dict);
                self.update_dict(&dict, b)?;
                return Ok(a.clone());
            }
            (
                BinaryOp::BitOr | BinaryOp::BitAnd | BinaryOp::BitXor | BinaryOp::Sub,
                Value::Set(set),
            ) if !set.frozen => {
                if let Value::Set(other) = b.plain() {
                    let set = Rc::clone(set);
                    if let Value::Set(result) = self.set_operator(op, &set, &other)? {
                        let table = result.table.take();
                        let old = set.table.replace(table);
                        set.count();
                        result.count();
                        super::memory::drop_values(old.iter().map(|(item, ())| item.clone()));
                        return Ok(a.clone());
                    }
                }
            }
            (_, Value::Instance(instance)) => {
                match self.special(a, special_names(op)[2], [b.clone()])? {
                    Some(Value::NotImplemented) | None => {}
                    Some(value) => return Ok(value),
                }
                let inner = instance.inner.borrow().clone();
                match inner {
                    Some(inner @ (Value::List(_) | Value::Dict(_) | Value::Set(_))) => {
                        let class = self.class(a);
                        let overridden = class.lookup_python(special_names(op)[0]).is_some();
                        if !overridden {
                            self.in_place(op, &inner, b)?;
                            return Ok(a.clone());
                        }
                    }
                    Some(Value::Native(native)) => {
                        if let Some(value) = native.in_place(a, op, b, self)? {
                            return Ok(value);
                        }
                    }
                    _ => {}
                }
            }
            (_, Value::Native(native)) => {
                if let Some(value) = native.in_place(a, op, b, self)? {
                    return Ok(value);
                }
            }
            _ => {}
        }
        let symbol =
            if op == BinaryOp::Pow { "**=".to_owned() } else { format!("{}=", symbol(op)) };
        self.binary_or(op, a, b, &symbol)
    }

    /// `op value`.
    ///
    /// # Errors
    /// A `TypeError` where the operator has no meaning, and what it raises.
    pub fn unary(&mut self, op: UnaryOp, value: &Value) -> Result<Value> {
        let (name, symbol) = match op {
            UnaryOp::Not => return Ok(Value::Bool(!self.truth(value)?)),
            UnaryOp::Minus => ("__neg__", "-"),
            UnaryOp::Plus => ("__pos__", "+"),
            UnaryOp::Invert => ("__invert__", "~"),
        };
        if let Some(result) = self.special(value, name, [])? {
            return Ok(result);
        }
        let plain = value.plain();
        let result = match (op, &plain) {
            (UnaryOp::Minus, Value::Int(number)) => number
                .checked_neg()
                .map_or_else(|| Value::integer(-BigInt::from(*number)), Value::Int),
            (UnaryOp::Minus, Value::Bool(number)) => Value::Int(-i64::from(*number)),
            (UnaryOp::Minus, Value::BigInt(number)) => Value::integer(-(**number).clone()),
            (UnaryOp::Minus, Value::Float(number)) => Value::Float(-number),
            (UnaryOp::Plus, Value::Int(_) | Value::BigInt(_) | Value::Float(_)) => plain,
            (UnaryOp::Plus | UnaryOp::Invert, Value::Bool(number)) => {
                let number = i64::from(*number);
                Value::Int(if op == UnaryOp::Plus { number } else { !number })
            }
            (UnaryOp::Invert, Value::Int(number)) => Value::Int(!number),
            (UnaryOp::Invert, Value::BigInt(number)) => Value::integer(-(**number).clone() - 1),
            (_, Value::Native(native)) => match native.unary(value, op, self)? {
                Some(result) => return Ok(result),
                None => return self.bad_unary(symbol, value),
            },
            (_, Value::Instance(instance)) => match instance.class().lookup(name) {
                Some(method @ Value::Builtin(_)) => {
                    return self.call(&method, super::args::Args::of([value.clone()]));
                }
                _ => return self.bad_unary(symbol, value),
            },
            _ => return self.bad_unary(symbol, value),
        };
        Ok(result)
    }

    fn bad_unary(&mut self, symbol: &str, value: &Value) -> Result<Value> {
        let class = self.class_name(value);
        self.type_error(format!("bad operand type for unary {symbol}: '{class}'"))
    }
}

fn repeated(items: &[Value], times: usize) -> Vec<Value> {
    if items.is_empty() {
        return Vec::new();
    }
    let mut all = Vec::with_capacity(items.len() * times);
    (0..times).for_each(|_| all.extend_from_slice(items));
    all
}

/// `int | str`.
#[derive(Debug)]
pub struct UnionType {
    /// Classes, and `None`.
    pub members: Vec<Value>,
}

impl Object for UnionType {
    fn binary(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        interp: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if op != BinaryOp::BitOr {
            return Ok(None);
        }
        interp.union_type(this, other, reflected)
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let mut names = Vec::new();
        for member in &self.members {
            names.push(match member {
                Value::Class(class) if class.name == "NoneType" => "None".to_owned(),
                Value::Class(class) if class.module == "builtins" => class.name.to_string(),
                Value::Class(class) => format!("{}.{}", class.module, class.qualified),
                other => interp.repr(other)?,
            });
        }
        Ok(Some(names.join(" | ")))
    }
}
