//! The built-in functions.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::Signed as _;

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::class::Class;
use crate::eval::containers::Dict;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::number::float_divmod;
use crate::eval::number::float_to_int;
use crate::eval::number::floor_divmod;
use crate::eval::object::Object;
use crate::eval::operator::UnionType;
use crate::eval::types::ClassBuilder;
use crate::eval::value::Value;
use crate::python::BinaryOp;

use super::functions;
use super::text_argument;

pub(super) fn install(interp: &mut Interpreter) {
    functions(
        interp,
        &[
            ("print", print),
            ("len", len),
            ("repr", |interp, args| {
                let [value] = args.exactly(interp, "repr")?;
                interp.repr(&value).map(Value::str)
            }),
            ("ascii", |interp, args| {
                let [value] = args.exactly(interp, "ascii")?;
                let text = interp.repr(&value)?;
                Ok(Value::str(crate::eval::repr::ascii(&text)))
            }),
            ("format", |interp, args| {
                let [value, spec] = args.up_to(interp, "format", 1)?;
                let spec = match spec {
                    Some(spec) => text_argument(interp, &spec, "format", 2)?.to_string(),
                    None => String::new(),
                };
                interp.format(&value.unwrap_or_default(), &spec).map(Value::str)
            }),
            ("isinstance", |interp, args| {
                let [value, class] = args.exactly(interp, "isinstance")?;
                interp.is_instance(&value, &class).map(Value::Bool)
            }),
            ("issubclass", |interp, args| {
                let [class, of] = args.exactly(interp, "issubclass")?;
                let Value::Class(class) = class else {
                    return interp.type_error("issubclass() arg 1 must be a class");
                };
                interp.is_subclass(&class, &of).map(Value::Bool)
            }),
            ("callable", |interp, args| {
                let [value] = args.exactly(interp, "callable")?;
                Ok(Value::Bool(interp.is_callable(&value)))
            }),
            ("id", |interp, args| {
                let [value] = args.exactly(interp, "id")?;
                Ok(match value {
                    Value::Int(number) => Value::Int(number.wrapping_mul(32) ^ 0x5555_0000),
                    value => Value::size(value.address()),
                })
            }),
            ("hash", |interp, args| {
                let [value] = args.exactly(interp, "hash")?;
                Ok(Value::Int(interp.hash(&value)?.cast_signed()))
            }),
            ("getattr", getattr),
            ("hasattr", |interp, args| {
                let [value, name] = args.exactly(interp, "hasattr")?;
                let Some(name) = name.as_text() else {
                    return interp.type_error("hasattr(): attribute name must be string");
                };
                Ok(Value::Bool(interp.find_attribute(&value, &name)?.is_some()))
            }),
            ("setattr", |interp, args| {
                let [value, name, new] = args.exactly(interp, "setattr")?;
                let name = text_argument(interp, &name, "setattr", 2)?;
                interp.set_attribute(&value, &name, &new)?;
                Ok(Value::None)
            }),
            ("delattr", |interp, args| {
                let [value, name] = args.exactly(interp, "delattr")?;
                let name = text_argument(interp, &name, "delattr", 2)?;
                interp.delete_attribute(&value, &name)?;
                Ok(Value::None)
            }),
            ("abs", abs),
            ("round", round),
            ("divmod", divmod),
            ("pow", pow),
            ("chr", |interp, args| {
                let [code] = args.exactly(interp, "chr")?;
                let code = super::int_argument(interp, &code)?;
                match u32::try_from(code).ok().filter(|code| *code < 0x11_0000) {
                    None => interp.value_error("chr() arg not in range(0x110000)"),
                    Some(code) => match char::from_u32(code) {
                        Some(character) => Ok(Value::str(crate::eval::text::Text::from(character))),
                        None => Err(interp.unsupported("a lone surrogate in a text")),
                    },
                }
            }),
            ("ord", |interp, args| {
                let [value] = args.exactly(interp, "ord")?;
                let length = match value.plain() {
                    Value::Str(text) => match text.character(0) {
                        Some(character) if text.characters() == 1 => {
                            return Ok(Value::Int(i64::from(u32::from(character))));
                        }
                        _ => text.characters(),
                    },
                    Value::Bytes(bytes) => match &*bytes {
                        [byte] => return Ok(Value::Int(i64::from(*byte))),
                        _ => bytes.len(),
                    },
                    other => {
                        let class = interp.class_name(&other);
                        return interp.type_error(format!(
                            "ord() expected string of length 1, but {class} found"
                        ));
                    }
                };
                interp.type_error(format!(
                    "ord() expected a character, but string of length {length} found"
                ))
            }),
            ("hex", |interp, args| radix(interp, args, "hex", 16, "0x")),
            ("oct", |interp, args| radix(interp, args, "oct", 8, "0o")),
            ("bin", |interp, args| radix(interp, args, "bin", 2, "0b")),
            ("vars", vars),
            ("dir", dir),
            ("globals", |interp, args| {
                args.exactly::<0>(interp, "globals")?;
                let Some(frame) = interp.frames.last() else { return Ok(Value::None) };
                let module = Rc::clone(&frame.module);
                interp.run_whole(&module)?;
                let globals = module.globals.borrow();
                let names = globals.iter().map(|(name, value)| (name.clone(), value.clone()));
                // Names whose statement failed are not part of what can be looked at.
                let names = names.filter(|(_, value)| !matches!(value, Value::Deferred(_)));
                Ok(Dict::into_picture(Value::dict(names)))
            }),
            ("locals", |interp, args| {
                args.exactly::<0>(interp, "locals")?;
                let Some(frame) = interp.frames.last() else { return Ok(Value::None) };
                let Some(scope) = frame.scope.clone() else {
                    let globals = interp.builtin("globals").unwrap_or_default();
                    return interp.call(&globals, Args::none());
                };
                let names = scope.names.locals().enumerate();
                let names = names.filter_map(|(slot, name)| Some((name.clone(), scope.get(slot)?)));
                Ok(Dict::into_picture(Value::dict(names)))
            }),
            ("input", |interp, _| refused(interp, "input()", "nobody can answer")),
            ("open", |interp, _| refused(interp, "open()", "limbeck gives no access to files")),
            ("exec", |interp, _| refused(interp, "exec()", "code from texts is not run")),
            ("eval", |interp, _| refused(interp, "eval()", "code from texts is not run")),
            ("compile", |interp, _| refused(interp, "compile()", "code from texts is not run")),
            ("__import__", |interp, _| refused(interp, "__import__()", "use the import statement")),
            ("breakpoint", |interp, _| refused(interp, "breakpoint()", "there is no debugger")),
            ("exit", exit),
            ("quit", exit),
        ],
    );
    for name in ["memoryview", "bytearray", "complex"] {
        let class = ClassBuilder::new(name, "builtins")
            .last()
            .constructor(|interp, class, _| {
                Err(interp.unsupported(format!("the type '{}'", class.name)))
            })
            .finish(interp);
        interp.set_builtin(name, Value::Class(class));
    }
    let class = ClassBuilder::new("GenericAlias", "types").last().finish(interp);
    interp.register_class::<GenericAlias>(class);
    let class = ClassBuilder::new("UnionType", "types").last().finish(interp);
    interp.register_class::<UnionType>(class);
}

fn refused(interp: &mut Interpreter, what: &str, why: &str) -> Result<Value> {
    Err(interp.unsupported(format!("{what} ({why})")))
}

fn exit(interp: &mut Interpreter, args: Args) -> Result<Value> {
    Err(interp.raised_builtin("SystemExit", args.positional))
}

fn print(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let mut text =
        |interp: &mut Interpreter, name: &str, default: &str| match args.take_keyword(name) {
            None | Some(Value::None) => Ok(default.to_owned()),
            Some(value) => match value.as_text() {
                Some(text) => Ok(text.to_string()),
                None => {
                    let class = interp.class_name(&value);
                    interp.type_error(format!("{name} must be None or a string, not {class}"))
                }
            },
        };
    let separator = text(interp, "sep", " ")?;
    let end = text(interp, "end", "\n")?;
    args.take_keyword("flush");
    // Whatever file is meant: it is talk.
    args.take_keyword("file");
    if let Some((name, _)) = args.keywords.first() {
        return interp.type_error(format!("'{name}' is an invalid keyword argument for print()"));
    }
    let mut line = String::new();
    for (at, value) in args.positional.iter().enumerate() {
        if at > 0 {
            line.push_str(&separator);
        }
        line.push_str(&interp.str(value)?);
        interp.allow_size(line.len(), "a text")?;
    }
    line.push_str(&end);
    interp.host.print(&line);
    Ok(Value::None)
}

fn len(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value] = args.exactly(interp, "len")?;
    match interp.len(&value)? {
        Some(len) => Ok(Value::size(len)),
        None => {
            let class = interp.class_name(&value);
            interp.type_error(format!("object of type '{class}' has no len()"))
        }
    }
}

fn getattr(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value, name, default] = args.up_to(interp, "getattr", 2)?;
    let value = value.unwrap_or_default();
    let Some(name) = name.and_then(|name| name.as_text()) else {
        return interp.type_error("getattr(): attribute name must be string");
    };
    match default {
        None => interp.get_attribute(&value, &name),
        Some(default) => Ok(interp.find_attribute(&value, &name)?.unwrap_or(default)),
    }
}

fn abs(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value] = args.exactly(interp, "abs")?;
    if let Some(result) = interp.special(&value, "__abs__", [])? {
        return Ok(result);
    }
    Ok(match value.plain() {
        Value::Int(number) => number
            .checked_abs()
            .map_or_else(|| Value::integer(BigInt::from(number).abs()), Value::Int),
        Value::Bool(number) => Value::Int(i64::from(number)),
        Value::BigInt(number) => Value::integer(number.abs()),
        Value::Float(number) => Value::Float(number.abs()),
        _ => match interp.find_attribute(&value, "__abs__")? {
            Some(method) => interp.call(&method, Args::none())?,
            None => {
                let class = interp.class_name(&value);
                return interp.type_error(format!("bad operand type for abs(): '{class}'"));
            }
        },
    })
}

fn round(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const ROUND: Signature<2> = Signature::new("round", ["number", "ndigits"], 1);
    let [number, digits] = args.bind(interp, &ROUND)?.values;
    let number = number.unwrap_or_default();
    let digits = digits.filter(|digits| !digits.is_none());
    if let Some(result) = interp.special(&number, "__round__", digits.clone())? {
        return Ok(result);
    }
    let digits = match digits {
        Some(digits) => Some(super::int_argument(interp, &digits)?),
        None => None,
    };
    match number.plain() {
        Value::Bool(number) => round_int(interp, &Value::Int(i64::from(number)), digits),
        plain @ (Value::Int(_) | Value::BigInt(_)) => round_int(interp, &plain, digits),
        Value::Float(number) => match digits {
            None => {
                if number.is_nan() {
                    return interp.value_error("cannot convert float NaN to integer");
                }
                if number.is_infinite() {
                    return interp
                        .raise("OverflowError", "cannot convert float infinity to integer");
                }
                Ok(float_to_int(number.round_ties_even()).unwrap_or_default())
            }
            Some(digits) => {
                if !number.is_finite() || digits > 350 {
                    return Ok(Value::Float(number));
                }
                if digits < -330 {
                    return Ok(Value::Float(0.0_f64.copysign(number)));
                }
                let text = match usize::try_from(digits) {
                    Ok(digits) => format!("{number:.digits$}"),
                    Err(_) => return round_left(number, digits),
                };
                Ok(Value::Float(text.parse().unwrap_or(number)))
            }
        },
        _ => match interp.find_attribute(&number, "__round__")? {
            Some(method) => {
                let digits = digits.map(Value::Int);
                interp.call(&method, Args::of(digits))
            }
            None => {
                let class = interp.class_name(&number);
                interp.type_error(format!("type {class} doesn't define __round__ method"))
            }
        },
    }
}

/// Rounds a float left of the point: by its exact digits.
fn round_left(number: f64, digits: i64) -> Result<Value> {
    let places = digits.unsigned_abs();
    let exact = num_traits::FromPrimitive::from_f64(number.abs().trunc());
    let exact: BigInt = exact.unwrap_or_default();
    let unit = BigInt::from(10).pow(u32::try_from(places).unwrap_or(400));
    let (quotient, rest) = floor_divmod(&exact, &unit);
    let twice: BigInt = rest * 2;
    let has_fraction = number.fract() != 0.0;
    let up = twice > unit || twice == unit && (has_fraction || quotient.bit(0));
    let rounded = if up { (quotient + 1) * unit } else { quotient * unit };
    let rounded = rounded.to_string().parse::<f64>().unwrap_or(number);
    Ok(Value::Float(rounded.copysign(number)))
}

fn round_int(interp: &mut Interpreter, number: &Value, digits: Option<i64>) -> Result<Value> {
    let Some(places) = digits.filter(|digits| *digits < 0).map(i64::unsigned_abs) else {
        return Ok(number.clone());
    };
    let number = match number {
        Value::BigInt(number) => (**number).clone(),
        other => BigInt::from(other.as_int().unwrap_or(0)),
    };
    if places > number.bits() {
        return Ok(Value::Int(0));
    }
    interp.allow_bits(places.saturating_mul(4))?;
    let unit = BigInt::from(10).pow(u32::try_from(places).unwrap_or(u32::MAX));
    let (quotient, rest) = floor_divmod(&number, &unit);
    let twice: BigInt = rest * 2;
    let up = twice > unit || twice == unit && quotient.bit(0);
    Ok(Value::integer(if up { (quotient + 1) * unit } else { quotient * unit }))
}

fn divmod(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [a, b] = args.exactly(interp, "divmod")?;
    if let Some(result) = interp.special(&a, "__divmod__", [b.clone()])? {
        return Ok(result);
    }
    let (left, right) = (a.plain(), b.plain());
    if matches!(left, Value::Float(_)) || matches!(right, Value::Float(_)) {
        let float = |value: &Value| match value {
            Value::Float(number) => Some(*number),
            Value::BigInt(number) => crate::eval::number::big_to_float(number),
            other => other.as_int().map(|number| number as f64),
        };
        if let (Some(a), Some(b)) = (float(&left), float(&right)) {
            if b == 0.0 {
                return interp.raise("ZeroDivisionError", "float divmod()");
            }
            let (quotient, rest) = float_divmod(a, b);
            return Ok(Value::tuple(vec![Value::Float(quotient), Value::Float(rest)]));
        }
    }
    let is_int = |value: &Value| matches!(value, Value::Int(_) | Value::Bool(_) | Value::BigInt(_));
    if is_int(&left) && is_int(&right) && !interp.truth(&right)? {
        return interp.raise("ZeroDivisionError", "integer division or modulo by zero");
    }
    let known = |value: &Value| {
        is_int(value) || matches!(value, Value::Float(_) | Value::Native(_) | Value::Instance(_))
    };
    if !known(&left) || !known(&right) {
        let (left, right) = (interp.class_name(&a), interp.class_name(&b));
        return interp.type_error(format!(
            "unsupported operand type(s) for divmod(): '{left}' and '{right}'"
        ));
    }
    let quotient = interp.binary(BinaryOp::FloorDiv, &a, &b)?;
    let rest = interp.binary(BinaryOp::Mod, &a, &b)?;
    Ok(Value::tuple(vec![quotient, rest]))
}

fn pow(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const POW: Signature<3> = Signature::new("pow", ["base", "exp", "mod"], 2);
    let [base, exponent, modulus] = args.bind(interp, &POW)?.values;
    let (base, exponent) = (base.unwrap_or_default(), exponent.unwrap_or_default());
    let Some(modulus) = modulus.filter(|modulus| !modulus.is_none()) else {
        return interp.binary(BinaryOp::Pow, &base, &exponent);
    };
    let big = |value: &Value| match value {
        Value::BigInt(number) => Some((**number).clone()),
        other => other.as_int().map(BigInt::from),
    };
    let (Some(base), Some(exponent), Some(modulus)) = (big(&base), big(&exponent), big(&modulus))
    else {
        return interp
            .type_error("pow() 3rd argument not allowed unless all arguments are integers");
    };
    if modulus.bits() == 0 {
        return interp.value_error("pow() 3rd argument cannot be 0");
    }
    if exponent.is_negative() {
        return Err(interp.unsupported("pow() with a negative exponent and a modulus"));
    }
    interp.allow_bits(modulus.bits().saturating_mul(2))?;
    let words = modulus.bits() / 64 + 1;
    interp.charge(words.saturating_mul(words).saturating_mul(exponent.bits()))?;
    let result = base.modpow(&exponent, &modulus);
    Ok(Value::integer(result))
}

fn radix(
    interp: &mut Interpreter,
    args: Args,
    name: &str,
    radix: u32,
    prefix: &str,
) -> Result<Value> {
    let [value] = args.exactly(interp, name)?;
    let number = match value.plain() {
        Value::BigInt(number) => (*number).clone(),
        _ => BigInt::from(super::int_argument(interp, &value)?),
    };
    interp.charge(number.bits() / 16)?;
    let sign = if number.is_negative() { "-" } else { "" };
    Ok(Value::str(format!("{sign}{prefix}{}", number.magnitude().to_str_radix(radix))))
}

fn vars(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value] = args.up_to(interp, "vars", 0)?;
    let Some(value) = value else {
        let locals = interp.builtin("locals").unwrap_or_default();
        return interp.call(&locals, Args::none());
    };
    if let Value::Native(native) = &value {
        let names = native.attribute_names();
        if !names.is_empty() {
            let mut items = Vec::new();
            for name in names {
                items.push((name.clone(), interp.get_attribute(&value, &name)?));
            }
            return Ok(Dict::into_picture(Value::dict(items)));
        }
    }
    match interp.find_attribute(&value, "__dict__")? {
        Some(dict) => Ok(dict),
        None => interp.type_error("vars() argument must have __dict__ attribute"),
    }
}

fn dir(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value] = args.exactly(interp, "dir")?;
    let mut names: Vec<String> = Vec::new();
    match &value {
        Value::Module(module) => {
            interp.run_whole(module)?;
            names.extend(module.globals.borrow().iter().map(|(name, _)| name.to_string()));
        }
        _ => {
            let class = match &value {
                Value::Class(class) => Rc::clone(class),
                other => interp.class(other),
            };
            for class in class.order() {
                names.extend(class.attributes.borrow().iter().map(|(name, _)| name.to_string()));
            }
            if let Value::Instance(instance) = &value {
                names.extend(instance.attributes.borrow().iter().map(|(name, _)| name.to_string()));
            }
            if let Value::Native(native) = &value {
                names.extend(native.attribute_names());
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(Value::list(names.into_iter().map(Value::str).collect()))
}

impl Interpreter {
    /// `isinstance(value, class)`, where the class may be a tuple or a union.
    ///
    /// # Errors
    /// A `TypeError` for what is no class.
    pub fn is_instance(&mut self, value: &Value, class: &Value) -> Result<bool> {
        match class {
            Value::Class(class) => {
                if let Some(hooks) = class.hooks.clone()
                    && let Some(answer) = hooks.is_instance(self, class, value)?
                {
                    return Ok(answer);
                }
                Ok(self.class(value).is_subclass(class))
            }
            Value::Tuple(classes) => {
                for class in classes.iter() {
                    self.step()?;
                    if self.nested(|interp| interp.is_instance(value, class))? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            other => {
                if let Some(union) = other.downcast::<UnionType>() {
                    for member in &union.members {
                        let fits = match member {
                            Value::None => value.is_none(),
                            member => self.is_instance(value, member)?,
                        };
                        if fits {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                self.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")
            }
        }
    }

    /// `issubclass(class, of)`.
    ///
    /// # Errors
    /// A `TypeError` for what is no class.
    pub fn is_subclass(&mut self, class: &Rc<Class>, of: &Value) -> Result<bool> {
        match of {
            Value::Class(of) => Ok(class.is_subclass(of)),
            Value::Tuple(classes) => {
                for of in classes.iter() {
                    if self.nested(|interp| interp.is_subclass(class, of))? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            other => {
                if let Some(union) = other.downcast::<UnionType>() {
                    for member in &union.members {
                        if matches!(member, Value::Class(of) if class.is_subclass(of)) {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
                self.type_error(
                    "issubclass() arg 2 must be a class, a tuple of classes, or a union",
                )
            }
        }
    }
}

/// `list[int]` and the like: used in annotations, and called as the class itself.
#[derive(Debug)]
pub struct GenericAlias {
    /// The class in front of the brackets.
    pub class: Value,
    /// What is between the brackets.
    pub key: Value,
}

/// Whether `class[…]` is allowed for a built-in class.
pub(in crate::eval) fn is_generic(interp: &Interpreter, class: &Rc<Class>) -> bool {
    let types = &interp.types;
    [&types.list, &types.tuple, &types.dict, &types.set, &types.frozenset, &types.r#type]
        .iter()
        .any(|generic| class.is_subclass(generic))
}

impl Object for GenericAlias {
    fn class(&self, interp: &Interpreter) -> Rc<Class> {
        interp.class_of::<Self>()
    }

    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        match name {
            "__origin__" => Ok(Some(self.class.clone())),
            "__args__" => Ok(Some(match &self.key {
                Value::Tuple(_) => self.key.clone(),
                other => Value::tuple(vec![other.clone()]),
            })),
            "__mro_entries__" => {
                let class = self.class.clone();
                Ok(Some(Value::Builtin(Rc::new(crate::eval::function::Builtin::new(
                    "__mro_entries__",
                    move |_, _| Ok(Value::tuple(vec![class.clone()])),
                )))))
            }
            _ => interp.find_attribute(&self.class, name),
        }
    }

    fn is_callable(&self) -> bool {
        true
    }

    fn call(&self, _: &Value, interp: &mut Interpreter, args: Args) -> Result<Value> {
        interp.call(&self.class, args)
    }

    fn binary(
        &self,
        this: &Value,
        op: BinaryOp,
        other: &Value,
        reflected: bool,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        if op != BinaryOp::BitOr {
            return Ok(None);
        }
        let mut members = vec![this.clone(), other.clone()];
        if reflected {
            members.reverse();
        }
        Ok(Some(Value::native(UnionType { members })))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let name = |interp: &mut Interpreter, value: &Value| match value {
            Value::Class(class) if class.module == "builtins" => Ok(class.qualified.to_string()),
            Value::Class(class) => Ok(format!("{}.{}", class.module, class.qualified)),
            Value::Ellipsis => Ok("...".to_owned()),
            other => interp.repr(other),
        };
        let class = name(interp, &self.class)?;
        let keys = match &self.key {
            Value::Tuple(keys) => keys.to_vec(),
            other => vec![other.clone()],
        };
        let mut names = Vec::new();
        for key in &keys {
            names.push(name(interp, key)?);
        }
        Ok(Some(format!("{class}[{}]", names.join(", "))))
    }
}
