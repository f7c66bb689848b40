//! Special methods of built-in classes, read by name: `super().__init__`, `object.__setattr__`,
//! `hasattr(x, "__iter__")`.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::class::Class;
use crate::eval::error::Result;
use crate::eval::function::Builtin;
use crate::eval::interpreter::Interpreter;
use crate::eval::object::Object;
use crate::eval::types::ClassBuilder;
use crate::eval::value::Value;
use crate::python::BinaryOp;
use crate::python::CompareOp;
use crate::python::UnaryOp;

/// `super()`.
#[derive(Debug)]
pub(super) struct Super {
    /// The class behind which the search starts.
    after: Rc<Class>,
    /// The object, or the class in class methods.
    receiver: Value,
    /// The class of the object.
    start: Rc<Class>,
}

impl Object for Super {
    fn attribute(&self, _: &Value, name: &str, interp: &mut Interpreter) -> Result<Option<Value>> {
        let mut behind = self.start.order().skip_while(|class| !Rc::ptr_eq(class, &self.after));
        behind.next();
        let behind: Vec<Rc<Class>> = behind.cloned().collect();
        let object = match &self.receiver {
            Value::Class(_) => None,
            object => Some(object),
        };
        for class in &behind {
            let found = class.attributes.borrow().get(name).cloned();
            if let Some(found) = found {
                // `__new__` gets the class as an argument.
                if name == "__new__" {
                    return Ok(Some(found));
                }
                let class = match &self.receiver {
                    Value::Class(class) => class,
                    _ => &self.start,
                };
                return interp.bind(&found, object, class).map(Some);
            }
        }
        let native = behind.iter().find(|class| !class.traits.is_python).cloned();
        let Some(native) = native else { return Ok(None) };
        match (name, object) {
            ("__init__", Some(object)) => {
                let object = object.clone();
                Ok(Some(native_function("__init__", move |interp, args| {
                    interp.init_native(&native, &object, args)
                })))
            }
            ("__new__", _) => Ok(Some(new_of(&native))),
            ("__init_subclass__", _) => {
                Ok(Some(native_function("__init_subclass__", |_, _| Ok(Value::None))))
            }
            (_, Some(object)) => {
                if let Some(method) = dunder_method(interp, object, name) {
                    return Ok(Some(method));
                }
                let inner = object.plain();
                if let (Value::Native(inner), Value::Instance(_)) = (&inner, object) {
                    return inner.attribute(object, name, interp);
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn repr(&self, _: &Value, _: &mut Interpreter) -> Result<Option<String>> {
        Ok(Some(format!("<super: <class '{}'>>", self.after.name)))
    }
}

fn native_function(
    name: &str,
    run: impl Fn(&mut Interpreter, Args) -> Result<Value> + 'static,
) -> Value {
    Value::Builtin(Rc::new(Builtin::new(name, run)))
}

/// `__new__` of a native class.
fn new_of(native: &Rc<Class>) -> Value {
    let native = Rc::clone(native);
    native_function("__new__", move |interp, mut args| {
        let Some(Value::Class(class)) = args.take_self() else {
            return interp
                .type_error(format!("{}.__new__(): not enough arguments", native.qualified));
        };
        if !class.traits.is_python {
            return interp.call_class(&class, args);
        }
        interp.make_instance(&class, &args)
    })
}

pub(super) fn install(interp: &mut Interpreter) {
    let class = ClassBuilder::new("super", "builtins").constructor(construct_super).finish(interp);
    interp.set_builtin("super", Value::Class(Rc::clone(&class)));
    interp.register_class::<Super>(class);
}

fn construct_super(interp: &mut Interpreter, _: &Rc<Class>, args: Args) -> Result<Value> {
    let [class, object] = args.up_to(interp, "super", 0)?;
    let (after, receiver) = match (class, object) {
        (Some(Value::Class(class)), Some(object)) => (class, object),
        (None, _) => {
            let scope = interp.frames.last().and_then(|frame| frame.scope.clone());
            let Some(scope) = scope else {
                return interp.raise("RuntimeError", "super(): no arguments");
            };
            let cell = scope.class.as_ref().and_then(|cell| cell.0.borrow().clone());
            let Some(class) = cell.and_then(|class| class.upgrade()) else {
                return interp.raise("RuntimeError", "super(): __class__ cell not found");
            };
            let Some(first) = scope.get(0) else {
                return interp.raise("RuntimeError", "super(): arg[0] deleted");
            };
            (class, first)
        }
        (Some(_), None) => return Err(interp.unsupported("an unbound super object")),
        _ => return interp.type_error("super() argument 1 must be a type"),
    };
    let start = match &receiver {
        Value::Class(class) if class.is_subclass(&after) => Rc::clone(class),
        object => interp.class(object),
    };
    if !start.is_subclass(&after) {
        return interp.type_error("super(type, obj): obj must be an instance or subtype of type");
    }
    Ok(Value::native(Super { after, receiver, start }))
}

/// A special method of the native class of a value, bound to it; nothing where it has none.
pub(in crate::eval) fn dunder_method(
    interp: &Interpreter,
    value: &Value,
    name: &str,
) -> Option<Value> {
    if !has(interp, value, name) {
        return None;
    }
    let value = value.clone();
    let method = name.to_owned();
    Some(native_function(name, move |interp, args| run(interp, &value, &method, args)))
}

/// The same read from the class: the object is the first argument.
pub(in crate::eval) fn unbound_dunder(
    _: &Interpreter,
    class: &Rc<Class>,
    name: &str,
) -> Option<Value> {
    if name == "__new__" {
        let native = class.order().find(|class| !class.traits.is_python)?;
        return Some(new_of(native));
    }
    let known = matches!(
        name,
        "__init__"
            | "__repr__"
            | "__str__"
            | "__eq__"
            | "__ne__"
            | "__hash__"
            | "__setattr__"
            | "__getattribute__"
            | "__delattr__"
            | "__format__"
    ) || class.traits.is_container
        && matches!(
            name,
            "__len__" | "__iter__" | "__getitem__" | "__setitem__" | "__delitem__" | "__contains__"
        );
    if !known {
        return None;
    }
    let native = class.order().find(|class| !class.traits.is_python).cloned()?;
    let method = name.to_owned();
    Some(native_function(name, move |interp, mut args| {
        let Some(this) = args.take_self() else {
            return interp.type_error(format!("unbound method {method}() needs an argument"));
        };
        if method == "__init__" {
            return interp.init_native(&native, &this, args);
        }
        run(interp, &this, &method, args)
    }))
}

fn has(interp: &Interpreter, value: &Value, name: &str) -> bool {
    let plain = value.plain();
    match name {
        "__init__" | "__repr__" | "__str__" | "__eq__" | "__ne__" | "__setattr__"
        | "__getattribute__" | "__delattr__" | "__format__" | "__hash__" => true,
        "__lt__" | "__le__" | "__gt__" | "__ge__" => {
            !matches!(plain, Value::Instance(_) | Value::None | Value::Function(_))
        }
        "__len__" => matches!(
            plain,
            Value::Str(_)
                | Value::Bytes(_)
                | Value::List(_)
                | Value::Tuple(_)
                | Value::Dict(_)
                | Value::Set(_)
        ),
        "__iter__" => match &plain {
            Value::Native(native) => native.is_iterator(),
            Value::Str(_)
            | Value::Bytes(_)
            | Value::List(_)
            | Value::Tuple(_)
            | Value::Dict(_)
            | Value::Set(_) => true,
            _ => false,
        },
        "__next__" => matches!(&plain, Value::Native(native) if native.is_iterator()),
        "__contains__" => matches!(
            plain,
            Value::Str(_)
                | Value::Bytes(_)
                | Value::List(_)
                | Value::Tuple(_)
                | Value::Dict(_)
                | Value::Set(_)
        ),
        "__getitem__" => matches!(
            plain,
            Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_) | Value::Dict(_)
        ),
        "__setitem__" | "__delitem__" => matches!(plain, Value::List(_) | Value::Dict(_)),
        "__bool__" => matches!(
            plain,
            Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::BigInt(_) | Value::None
        ),
        "__call__" => interp.is_callable(value) && !matches!(value, Value::Instance(_)),
        "__enter__" | "__exit__" => {
            matches!(&plain, Value::Native(native) if native.is_context_manager())
        }
        "__add__" | "__mul__" => matches!(
            plain,
            Value::Int(_)
                | Value::Bool(_)
                | Value::Float(_)
                | Value::BigInt(_)
                | Value::Str(_)
                | Value::Bytes(_)
                | Value::List(_)
                | Value::Tuple(_)
        ),
        _ => false,
    }
}

fn run(interp: &mut Interpreter, this: &Value, name: &str, mut args: Args) -> Result<Value> {
    // The native behaviour: what Python code overrides is not asked again.
    let plain = this.plain();
    let is_bare = matches!(plain, Value::Instance(_));
    let mut argument = |interp: &mut Interpreter| match args.take_self() {
        Some(value) => Ok(value),
        None => interp.type_error(format!("{name} expected an argument")),
    };
    match name {
        "__init__" => {
            let native = interp.class(this).native_base();
            match native {
                Some(native) => interp.init_native(&native, this, args),
                None => Ok(Value::None),
            }
        }
        "__repr__" | "__str__" => {
            let mut out = String::new();
            match this {
                Value::Instance(instance) => {
                    let overridden = instance.class().lookup_python("__repr__");
                    if let (Value::Instance(_), "__str__", None, true) =
                        (&plain, name, overridden.as_ref(), instance.exception.is_some())
                    {
                        let args: Vec<Value> = instance
                            .exception
                            .as_ref()
                            .map(|state| state.borrow().args.clone())
                            .unwrap_or_default();
                        return match args.as_slice() {
                            [] => Ok(Value::str("")),
                            [one] => interp.str(one).map(Value::Str),
                            _ => interp.repr(&Value::tuple(args)).map(Value::str),
                        };
                    }
                    if name == "__str__" {
                        if overridden.is_some() && is_bare && instance.exception.is_none() {
                            return interp.repr(this).map(Value::str);
                        }
                        if !is_bare {
                            return interp.str(&plain).map(Value::Str);
                        }
                        if let Some(state) = &instance.exception {
                            let args = state.borrow().args.clone();
                            return match args.as_slice() {
                                [] => Ok(Value::str("")),
                                [one] => interp.str(one).map(Value::Str),
                                _ => interp.repr(&Value::tuple(args)).map(Value::str),
                            };
                        }
                    }
                    interp.write_plain_instance(this, instance, &mut out)?;
                }
                other if name == "__str__" => return interp.str(other).map(Value::Str),
                other => out = interp.repr(other)?,
            }
            Ok(Value::str(out))
        }
        "__format__" => {
            let spec = argument(interp)?;
            let spec = super::text_argument(interp, &spec, "__format__", 0)?;
            interp.format(&plain, &spec).map(Value::str)
        }
        "__hash__" => {
            let hash = if is_bare { this.address() as u64 >> 4 } else { interp.hash(&plain)? };
            Ok(Value::Int(hash.cast_signed()))
        }
        "__eq__" | "__ne__" | "__lt__" | "__le__" | "__gt__" | "__ge__" => {
            let other = argument(interp)?;
            let op = match name {
                "__eq__" => CompareOp::Eq,
                "__ne__" => CompareOp::NotEq,
                "__lt__" => CompareOp::Lt,
                "__le__" => CompareOp::LtE,
                "__gt__" => CompareOp::Gt,
                _ => CompareOp::GtE,
            };
            if is_bare {
                return Ok(match op {
                    CompareOp::Eq if this.is(&other) => Value::Bool(true),
                    CompareOp::NotEq if this.is(&other) => Value::Bool(false),
                    _ => Value::NotImplemented,
                });
            }
            let other = other.plain();
            let same_kind = Rc::ptr_eq(&interp.class(&plain), &interp.class(&other))
                || matches!(plain, Value::Native(_))
                || matches!(
                    (&plain, &other),
                    (
                        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::BigInt(_),
                        Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::BigInt(_)
                    )
                );
            if !same_kind {
                return Ok(Value::NotImplemented);
            }
            interp.compare(op, &plain, &other)
        }
        "__setattr__" => {
            let (name, value) = (argument(interp)?, argument(interp)?);
            let name = super::text_argument(interp, &name, "__setattr__", 1)?;
            interp.set_plain(this, &name, &value)?;
            Ok(Value::None)
        }
        "__delattr__" => {
            let name = argument(interp)?;
            let name = super::text_argument(interp, &name, "__delattr__", 1)?;
            interp.delete_plain(this, &name)?;
            Ok(Value::None)
        }
        "__getattribute__" => {
            let name = argument(interp)?;
            let name = super::text_argument(interp, &name, "__getattribute__", 1)?;
            interp.get_attribute(this, &name)
        }
        "__len__" => Ok(Value::size(interp.len(&plain)?.unwrap_or(0))),
        "__iter__" => interp.iterator(&plain),
        "__next__" => match interp.next(&plain)? {
            Some(item) => Ok(item),
            None => Err(interp.raised_builtin("StopIteration", Vec::new())),
        },
        "__contains__" => {
            let value = argument(interp)?;
            interp.contains(&plain, &value).map(Value::Bool)
        }
        "__getitem__" => {
            let key = argument(interp)?;
            if let (Value::Dict(dict), Value::Instance(_)) = (&plain, this)
                && interp.dict_get(dict, &key)?.is_none()
                && let Some(found) = interp.special(this, "__missing__", [key.clone()])?
            {
                return Ok(found);
            }
            interp.item(&plain, &key)
        }
        "__setitem__" => {
            let (key, value) = (argument(interp)?, argument(interp)?);
            interp.set_item(&plain, &key, value)?;
            Ok(Value::None)
        }
        "__delitem__" => {
            let key = argument(interp)?;
            interp.delete_item(&plain, &key)?;
            Ok(Value::None)
        }
        "__bool__" => interp.truth(&plain).map(Value::Bool),
        "__call__" => interp.call(&plain, args),
        "__enter__" => interp.enter(this),
        "__exit__" => {
            let _kind = argument(interp)?;
            let exception = argument(interp)?;
            match &exception {
                Value::Instance(instance) => {
                    let instance = Rc::clone(instance);
                    interp.exit(this, Some(&instance)).map(Value::Bool)
                }
                _ => interp.exit(this, None).map(Value::Bool),
            }
        }
        "__add__" => {
            let other = argument(interp)?;
            interp.binary(BinaryOp::Add, &plain, &other)
        }
        "__mul__" => {
            let other = argument(interp)?;
            interp.binary(BinaryOp::Mul, &plain, &other)
        }
        "__neg__" => interp.unary(UnaryOp::Minus, &plain),
        _ => Err(interp.unsupported(format!("the special method '{name}'"))),
    }
}
