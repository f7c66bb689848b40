//! The built-in functions.

use std::rc::Rc;

use crate::eval::args::Args;
use crate::eval::containers::Dict;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::operator::UnionType;
use crate::eval::text::Text;
use crate::eval::types::ClassBuilder;
use crate::eval::value::Value;

use super::arithmetic;
use super::functions;
use super::generic::GenericAlias;
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
            ("abs", arithmetic::abs),
            ("round", arithmetic::round),
            ("divmod", arithmetic::divmod),
            ("pow", arithmetic::pow),
            ("chr", |interp, args| {
                let [code] = args.exactly(interp, "chr")?;
                let code = super::int_argument(interp, &code)?;
                match u32::try_from(code).ok().filter(|code| *code < 0x11_0000) {
                    None => interp.value_error("chr() arg not in range(0x110000)"),
                    Some(code) => match char::from_u32(code) {
                        Some(character) => Ok(Value::str(Text::from(character))),
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
            ("hex", |interp, args| arithmetic::radix(interp, args, "hex", 16, "0x")),
            ("oct", |interp, args| arithmetic::radix(interp, args, "oct", 8, "0o")),
            ("bin", |interp, args| arithmetic::radix(interp, args, "bin", 2, "0b")),
            ("vars", vars),
            ("dir", dir),
            ("globals", |interp, args| {
                args.exactly::<0>(interp, "globals")?;
                let Some(frame) = interp.frames.last() else { return Ok(Value::None) };
                let module = Rc::clone(&frame.module);
                interp.run_whole(&module)?;
                Ok(Dict::of_module(&module))
            }),
            ("locals", |interp, args| {
                args.exactly::<0>(interp, "locals")?;
                let Some(frame) = interp.frames.last() else { return Ok(Value::None) };
                let Some(scope) = frame.scope.clone() else {
                    if frame.function != *"<module>" {
                        return Err(interp.unsupported("locals() in the body of a class"));
                    }
                    let globals = interp.builtin("globals").unwrap_or_default();
                    return interp.call(&globals, Args::none());
                };
                let names = scope.names.locals().enumerate();
                let names = names.filter_map(|(slot, name)| Some((name.clone(), scope.get(slot)?)));
                Ok(Dict::picture(names))
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
                items.push((Text::from(name.as_str()), interp.get_attribute(&value, &name)?));
            }
            return Ok(Dict::picture(items));
        }
    }
    match interp.find_attribute(&value, "__dict__")? {
        Some(dict) => Ok(dict),
        None => interp.type_error("vars() argument must have __dict__ attribute"),
    }
}

fn dir(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value] = args.exactly(interp, "dir")?;
    if let Value::Instance(_) = &value
        && let Some(own) = interp.special(&value, "__dir__", [])?
    {
        let items = interp.items(&own)?;
        return interp.sort(items, &Value::None, false).map(Value::list);
    }
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
