//! The built-in classes called: `int()`, `str()`, `list()`, `type()` and their like.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::class::Class;
use crate::eval::class::Constructor;
use crate::eval::class::Instance;
use crate::eval::containers::Dict;
use crate::eval::descriptor::ClassMethod;
use crate::eval::descriptor::Property;
use crate::eval::descriptor::StaticMethod;
use crate::eval::error::Result;
use crate::eval::function::Builtin;
use crate::eval::interpreter::Interpreter;
use crate::eval::namespace::Namespace;
use crate::eval::number::float_to_int;
use crate::eval::range::Range;
use crate::eval::range::Slice;
use crate::eval::text::Text;
use crate::eval::types::ClassBuilder;
use crate::eval::types::Types;
use crate::eval::value::Value;

use super::int_argument;
use super::numbers::int_to_float;
use super::numbers::parse_float;
use super::numbers::parse_int;

/// How objects of a class of [`Types`] are made. The classes are there before the interpreter, so
/// their constructors are found here.
pub(in crate::eval) fn constructor_of(name: &str) -> Option<Constructor> {
    Some(match name {
        "object" => object,
        "type" => type_,
        "bool" => bool_,
        "int" => int,
        "float" => float,
        "str" => str_,
        "bytes" => bytes,
        "list" => list,
        "tuple" => tuple,
        "dict" => dict,
        "set" => set,
        "frozenset" => frozenset,
        "BaseException" => super::exceptions::construct,
        _ => return None,
    })
}

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    let Types {
        object,
        r#type,
        bool,
        int,
        float,
        str,
        bytes,
        list,
        tuple,
        dict,
        set,
        frozenset,
        ..
    } = &*types;
    for class in [object, r#type, bool, int, float, str, bytes, list, tuple, dict, set, frozenset] {
        interp.set_builtin(&class.name, Value::Class(Rc::clone(class)));
    }
    super::methods(
        r#type,
        &[
            ("mro", |interp, args| {
                let [class] = args.exactly(interp, "mro")?;
                let order = interp.get_attribute(&class, "__mro__")?;
                interp.items(&order).map(Value::list)
            }),
            ("__subclasses__", |interp, _| Err(interp.unsupported("__subclasses__()"))),
        ],
    );
    let class = ClassBuilder::new("range", "builtins")
        .last()
        .constructor(range)
        .method("count", |interp, args| {
            let [this, item] = args.exactly(interp, "range.count")?;
            Ok(Value::Int(i64::from(interp.contains(&this, &item)?)))
        })
        .method("index", |interp, args| {
            let [this, item] = args.exactly(interp, "range.index")?;
            let found = this.downcast::<Range>().zip(item.as_int());
            match found.and_then(|(range, item)| range.index_of(item)) {
                Some(at) => Ok(Value::Int(i64::try_from(at).unwrap_or(i64::MAX))),
                None => {
                    let shown = interp.repr(&item)?;
                    interp.value_error(format!("{shown} is not in range"))
                }
            }
        })
        .finish(interp);
    interp.set_builtin("range", Value::Class(Rc::clone(&class)));
    interp.register_class::<Range>(class);
    let class = ClassBuilder::new("slice", "builtins").last().constructor(slice).finish(interp);
    interp.set_builtin("slice", Value::Class(Rc::clone(&class)));
    interp.register_class::<Slice>(class);
    let class = ClassBuilder::new("property", "builtins")
        .constructor(property)
        .method("getter", |interp, args| replaced(interp, args, 0))
        .method("setter", |interp, args| replaced(interp, args, 1))
        .method("deleter", |interp, args| replaced(interp, args, 2))
        .finish(interp);
    interp.set_builtin("property", Value::Class(Rc::clone(&class)));
    interp.register_class::<Property>(class);
    let class = ClassBuilder::new("staticmethod", "builtins")
        .constructor(|interp, _, args| {
            let [function] = args.exactly(interp, "staticmethod")?;
            Ok(Value::native(StaticMethod { function }))
        })
        .finish(interp);
    interp.set_builtin("staticmethod", Value::Class(Rc::clone(&class)));
    interp.register_class::<StaticMethod>(class);
    let class = ClassBuilder::new("classmethod", "builtins")
        .constructor(|interp, _, args| {
            let [function] = args.exactly(interp, "classmethod")?;
            Ok(Value::native(ClassMethod { function }))
        })
        .finish(interp);
    interp.set_builtin("classmethod", Value::Class(Rc::clone(&class)));
    interp.register_class::<ClassMethod>(class);
}

fn object(interp: &mut Interpreter, class: &Rc<Class>, args: Args) -> Result<Value> {
    args.exactly::<0>(interp, "object")?;
    Ok(Value::Instance(Rc::new(Instance::new(Rc::clone(class), None))))
}

fn type_(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    match args.positional.as_slice() {
        [value] if args.keywords.is_empty() => Ok(Value::Class(interp.class(value))),
        [name, bases, dict] => {
            let Some(name) = name.as_text() else {
                return interp.type_error("type.__new__() argument 1 must be str");
            };
            let Value::Tuple(bases) = bases else {
                return interp.type_error("type.__new__() argument 2 must be tuple");
            };
            let Value::Dict(dict) = dict.plain() else {
                return interp.type_error("type.__new__() argument 3 must be dict");
            };
            let mut namespace = Namespace::default();
            for (key, value) in dict.entries() {
                if let Some(key) = key.as_text() {
                    let old = namespace.set(key, value);
                    drop(old);
                }
            }
            let bases = bases.to_vec();
            let keywords = args.keywords;
            let class = interp.make_class(name.clone(), name, bases, namespace, keywords, None)?;
            Ok(Value::Class(class))
        }
        _ => interp.type_error("type() takes 1 or 3 arguments"),
    }
}

fn bool_(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [value] = args.up_to(interp, "bool", 0)?;
    match value {
        Some(value) => interp.truth(&value).map(Value::Bool),
        None => Ok(Value::Bool(false)),
    }
}

fn int(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    const INT: Signature<2> =
        Signature { positional_only: 1, ..Signature::new("int", ["x", "base"], 0) };
    let [value, base] = args.bind(interp, &INT)?.values;
    let Some(value) = value else { return Ok(Value::Int(0)) };
    let base = match base {
        Some(base) => {
            let base = int_argument(interp, &base)?;
            if base != 0 && !(2..=36).contains(&base) {
                return interp.value_error("int() base must be >= 2 and <= 36, or 0");
            }
            if !matches!(value.plain(), Value::Str(_) | Value::Bytes(_)) {
                return interp.type_error("int() can't convert non-string with explicit base");
            }
            u32::try_from(base).unwrap_or(10)
        }
        None => 10,
    };
    for name in ["__int__", "__index__", "__trunc__"] {
        if let Some(result) = interp.special(&value, name, [])? {
            return Ok(result);
        }
    }
    match value.plain() {
        Value::Bool(number) => Ok(Value::Int(i64::from(number))),
        number @ (Value::Int(_) | Value::BigInt(_)) => Ok(number),
        Value::Float(number) => match float_to_int(number) {
            Some(number) => Ok(number),
            None if number.is_nan() => interp.value_error("cannot convert float NaN to integer"),
            None => interp.raise("OverflowError", "cannot convert float infinity to integer"),
        },
        Value::Str(text) => {
            let digits = text.chars().filter(char::is_ascii_alphanumeric).count();
            if digits > 4300 && !base.is_power_of_two() {
                return interp.value_error(format!(
                    "Exceeds the limit (4300 digits) for integer string conversion: value has \
                     {digits} digits; use sys.set_int_max_str_digits() to increase the limit"
                ));
            }
            interp.allow_bits(digits as u64 * 6)?;
            match parse_int(&text, base) {
                Some(number) => Ok(number),
                None => {
                    let shown = interp.repr(&Value::Str(text))?;
                    let shown: String = shown.chars().take(200).collect();
                    interp
                        .value_error(format!("invalid literal for int() with base {base}: {shown}"))
                }
            }
        }
        Value::Bytes(text) => match std::str::from_utf8(&text)
            .ok()
            .filter(|text| text.len() < 4300)
            .and_then(|text| parse_int(text, base))
        {
            Some(number) => Ok(number),
            None => {
                let shown = interp.repr(&value)?;
                interp.value_error(format!("invalid literal for int() with base {base}: {shown}"))
            }
        },
        _ => match interp.find_attribute(&value, "__int__")? {
            Some(method) => interp.call(&method, Args::none()),
            None => {
                let class = interp.class_name(&value);
                interp.type_error(format!(
                    "int() argument must be a string, a bytes-like object or a real number, not \
                     '{class}'"
                ))
            }
        },
    }
}

fn float(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [value] = args.up_to(interp, "float", 0)?;
    let Some(value) = value else { return Ok(Value::Float(0.0)) };
    for name in ["__float__", "__index__"] {
        if let Some(result) = interp.special(&value, name, [])? {
            return match &result {
                Value::Float(_) => Ok(result),
                other => Ok(int_to_float(other).map_or(result, Value::Float)),
            };
        }
    }
    match value.plain() {
        Value::Float(number) => Ok(Value::Float(number)),
        number @ (Value::Int(_) | Value::Bool(_) | Value::BigInt(_)) => {
            match int_to_float(&number) {
                Some(number) => Ok(Value::Float(number)),
                None => interp.raise("OverflowError", "int too large to convert to float"),
            }
        }
        Value::Str(text) => match parse_float(&text) {
            Some(number) => Ok(Value::Float(number)),
            None => {
                let shown = interp.repr(&Value::Str(text))?;
                interp.value_error(format!("could not convert string to float: {shown}"))
            }
        },
        Value::Bytes(text) => match std::str::from_utf8(&text).ok().and_then(parse_float) {
            Some(number) => Ok(Value::Float(number)),
            None => {
                let shown = interp.repr(&value)?;
                interp.value_error(format!("could not convert string to float: {shown}"))
            }
        },
        _ => match interp.find_attribute(&value, "__float__")? {
            Some(method) => interp.call(&method, Args::none()),
            None => {
                let class = interp.class_name(&value);
                interp.type_error(format!(
                    "float() argument must be a string or a real number, not '{class}'"
                ))
            }
        },
    }
}

fn str_(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    const STR: Signature<3> = Signature::new("str", ["object", "encoding", "errors"], 0);
    let [value, encoding, errors] = args.bind(interp, &STR)?.values;
    let Some(value) = value else { return Ok(Value::str("")) };
    if encoding.is_some() || errors.is_some() {
        let Value::Bytes(bytes) = value.plain() else {
            let class = interp.class_name(&value);
            return interp
                .type_error(format!("decoding to str: need a bytes-like object, {class} found"));
        };
        return super::bytes_methods::decode(interp, &bytes, encoding, errors);
    }
    interp.str(&value).map(Value::Str)
}

fn bytes(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    const BYTES: Signature<3> = Signature::new("bytes", ["source", "encoding", "errors"], 0);
    let [value, encoding, errors] = args.bind(interp, &BYTES)?.values;
    let Some(value) = value else { return Ok(Value::bytes(Vec::new())) };
    if let Some(result) = interp.special(&value, "__bytes__", [])? {
        return Ok(result);
    }
    match value.plain() {
        Value::Str(text) => {
            if encoding.is_none() {
                return interp.type_error("string argument without an encoding");
            }
            super::bytes_methods::encode(interp, &text, encoding, errors)
        }
        Value::Bytes(bytes) => Ok(Value::Bytes(bytes)),
        Value::Int(_) | Value::Bool(_) => {
            let count = int_argument(interp, &value)?;
            let Ok(count) = usize::try_from(count) else {
                return interp.value_error("negative count");
            };
            interp.allow_size(count, "bytes")?;
            Ok(Value::bytes(vec![0; count]))
        }
        _ => {
            if interp.try_iterate(&value)?.is_none() {
                let class = interp.class_name(&value);
                return interp.type_error(format!("cannot convert '{class}' object to bytes"));
            }
            let mut bytes = Vec::new();
            for item in interp.items(&value)? {
                match u8::try_from(int_argument(interp, &item)?) {
                    Ok(byte) => bytes.push(byte),
                    Err(_) => return interp.value_error("bytes must be in range(0, 256)"),
                }
            }
            Ok(Value::bytes(bytes))
        }
    }
}

fn list(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [value] = args.up_to(interp, "list", 0)?;
    match value {
        Some(value) => interp.items(&value).map(Value::list),
        None => Ok(Value::list(Vec::new())),
    }
}

fn tuple(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [value] = args.up_to(interp, "tuple", 0)?;
    match value {
        Some(value @ Value::Tuple(_)) => Ok(value),
        Some(value) => interp.items(&value).map(Value::tuple),
        None => Ok(Value::tuple(Vec::new())),
    }
}

fn dict(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let result = Rc::new(Dict::default());
    if args.positional.len() > 1 {
        let given = args.positional.len();
        return interp.type_error(format!("dict expected at most 1 argument, got {given}"));
    }
    if let Some(value) = args.positional.first() {
        interp.update_dict(&result, value)?;
    }
    for (name, value) in args.keywords {
        result.set_text(&name, value);
    }
    Ok(Value::Dict(result))
}

fn set(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [value] = args.up_to(interp, "set", 0)?;
    let items = value.map_or(Ok(Vec::new()), |value| interp.items(&value))?;
    interp.new_set(items, false)
}

fn frozenset(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [value] = args.up_to(interp, "frozenset", 0)?;
    match value {
        Some(Value::Set(set)) if set.frozen => Ok(Value::Set(set)),
        Some(value) => {
            let items = interp.items(&value)?;
            interp.new_set(items, true)
        }
        None => interp.new_set([], true),
    }
}

fn range(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [first, second, third] = args.up_to(interp, "range", 1)?;
    let first = int_argument(interp, &first.unwrap_or_default())?;
    let (start, stop) = match second {
        Some(second) => (first, int_argument(interp, &second)?),
        None => (0, first),
    };
    let step = match third {
        Some(third) => int_argument(interp, &third)?,
        None => 1,
    };
    if step == 0 {
        return interp.value_error("range() arg 3 must not be zero");
    }
    Ok(Value::native(Range { start, stop, step }))
}

fn slice(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [first, second, third] = args.up_to(interp, "slice", 1)?;
    let first = first.unwrap_or_default();
    let (start, stop) = match second {
        Some(second) => (first, second),
        None => (Value::None, first),
    };
    Ok(Value::native(Slice { start, stop, step: third.unwrap_or_default() }))
}

fn property(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    const PROPERTY: Signature<4> = Signature::new("property", ["fget", "fset", "fdel", "doc"], 0);
    let [get, set, delete, doc] = args.bind(interp, &PROPERTY)?.values;
    let get = get.unwrap_or_default();
    let doc = match doc {
        Some(doc) => doc,
        None => interp.find_attribute(&get, "__doc__")?.unwrap_or_default(),
    };
    Ok(Value::native(Property {
        get,
        set: set.unwrap_or_default(),
        delete: delete.unwrap_or_default(),
        doc,
    }))
}

fn replaced(interp: &mut Interpreter, args: Args, which: usize) -> Result<Value> {
    let [this, function] = args.exactly(interp, "setter")?;
    let Some(property) = this.downcast::<Property>() else {
        return interp.type_error("a property is required");
    };
    let mut property = (*property).clone();
    match which {
        0 => property.get = function,
        1 => property.set = function,
        _ => property.delete = function,
    }
    Ok(Value::native(property))
}

impl Interpreter {
    /// `dict.update(value)`: from a mapping or pairs.
    ///
    /// # Errors
    /// A `TypeError` or `ValueError` for what is neither, and what reading raises.
    pub fn update_dict(&mut self, dict: &Dict, value: &Value) -> Result<()> {
        if let Some(entries) = self.mapping(value)? {
            for (key, value) in entries {
                self.step()?;
                self.dict_set(dict, key, value)?;
            }
            return Ok(());
        }
        let mut iter = self.iterate(value)?;
        let mut at = 0;
        while let Some(pair) = iter.next(self)? {
            if self.try_iterate(&pair)?.is_none() {
                return self.type_error(format!(
                    "cannot convert dictionary update sequence element #{at} to a sequence"
                ));
            }
            let items = self.items(&pair)?;
            let [key, value] = items.as_slice() else {
                let length = items.len();
                return self.value_error(format!(
                    "dictionary update sequence element #{at} has length {length}; 2 is required"
                ));
            };
            self.dict_set(dict, key.clone(), value.clone())?;
            at += 1;
        }
        Ok(())
    }

    /// A new native function, to be given to Python code.
    #[must_use]
    pub fn function(
        &self,
        name: impl Into<Text>,
        run: impl Fn(&mut Self, Args) -> Result<Value> + 'static,
    ) -> Value {
        Value::Builtin(Rc::new(Builtin::new(name, run)))
    }
}
