//! The built-in names: functions, classes with their methods, exceptions.

mod arithmetic;
mod bytes_methods;
mod constructors;
mod dict_methods;
mod exceptions;
mod functions;
mod generic;
mod int_methods;
mod iterators;
mod list_methods;
mod numbers;
mod search;
mod set_methods;
mod sorting;
mod special;
mod str_methods;
mod template;

pub(super) use constructors::constructor_of;
pub(super) use exceptions::init_exception;
pub use generic::GenericAlias;
pub(super) use generic::is_generic;
pub(super) use special::dunder_method;
pub(super) use special::unbound_dunder;

use std::rc::Rc;

use super::args::Args;
use super::class::Class;
use super::error::Result;
use super::function::Builtin;
use super::interpreter::Interpreter;
use super::text::Text;
use super::value::Value;

type NativeFn = fn(&mut Interpreter, Args) -> Result<Value>;

pub(super) fn install(interp: &mut Interpreter) {
    for (name, value) in [
        ("NotImplemented", Value::NotImplemented),
        ("Ellipsis", Value::Ellipsis),
        ("__debug__", Value::Bool(true)),
    ] {
        interp.set_builtin(name, value);
    }
    exceptions::install(interp);
    constructors::install(interp);
    functions::install(interp);
    iterators::install(interp);
    special::install(interp);
    str_methods::install(interp);
    bytes_methods::install(interp);
    list_methods::install(interp);
    dict_methods::install(interp);
    set_methods::install(interp);
    int_methods::install(interp);
    super::generator::Generator::install(interp);
}

/// Adds methods to a class.
fn methods(class: &Rc<Class>, methods: &[(&'static str, NativeFn)]) {
    for (name, run) in methods {
        class.set(*name, Value::Builtin(Rc::new(Builtin::method(*name, *run))));
    }
}

/// Adds functions to the built-in names.
fn functions(interp: &mut Interpreter, functions: &[(&'static str, NativeFn)]) {
    for (name, run) in functions {
        let function = Value::Builtin(Rc::new(Builtin::new(*name, *run)));
        interp.set_builtin(name, function);
    }
}

/// A text argument.
fn text_argument(
    interp: &mut Interpreter,
    value: &Value,
    function: &str,
    number: usize,
) -> Result<Text> {
    match value.as_text() {
        Some(text) => Ok(text),
        None => {
            let class = interp.class_name(value);
            let which = if number == 0 { String::new() } else { format!(" {number}") };
            interp.type_error(format!("{function}() argument{which} must be str, not {class}"))
        }
    }
}

/// An integer argument.
fn int_argument(interp: &mut Interpreter, value: &Value) -> Result<i64> {
    match interp.index(value)? {
        Some(number) => Ok(number),
        None if matches!(value.plain(), Value::BigInt(_)) => {
            interp.raise("OverflowError", "Python int too large to convert to C ssize_t")
        }
        None => {
            let class = interp.class_name(value);
            interp.type_error(format!("'{class}' object cannot be interpreted as an integer"))
        }
    }
}
