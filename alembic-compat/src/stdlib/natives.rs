//! What the modules in `python/` rest upon: the ways to the host, and a few functions.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Error;
use crate::eval::Failure;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Value;

use super::support;

pub(super) fn load(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("_limbeck");
    module.function("unsupported", |interp, args| {
        let [what] = args.exactly(interp, "unsupported")?;
        let what = support::text(interp, &what, "the name")?;
        Err(interp.unsupported(what.to_string()))
    });
    module.function("environment", |interp, args| {
        let [name] = args.exactly(interp, "environment")?;
        let name = support::text(interp, &name, "the name")?;
        if let Some(set) = interp.host().environment_set(&name) {
            return Err(Box::new(Error::Unsupported(set)));
        }
        Ok(interp.host().environment(&name).map_or(Value::None, Value::from))
    });
    module.function("random_bytes", |interp, args| {
        let [count] = args.exactly(interp, "urandom")?;
        let Ok(count) = usize::try_from(support::int(interp, &count)?) else {
            return interp.value_error("negative argument not allowed");
        };
        interp.allow_size(count, "random bytes")?;
        let mut bytes = vec![0; count];
        interp.host().random(&mut bytes)?;
        Ok(Value::bytes(bytes))
    });
    module.function("emit", |interp, args| {
        let [logger, level, message] = args.exactly(interp, "emit")?;
        let logger = support::text(interp, &logger, "the name of a logger")?;
        let level = support::int(interp, &level)?;
        let message = interp.str(&message)?;
        interp.host().log(&logger, level, &message);
        Ok(Value::None)
    });
    module.function("now", |interp, args| {
        let [] = args.exactly(interp, "now")?;
        let now = interp.host().now()?;
        let offset = i64::from(now.local_offset);
        Ok(Value::tuple(vec![Value::Int(now.microseconds), Value::Int(offset)]))
    });
    module.function("handled", |interp, _| Ok(interp.handled_exception().unwrap_or_default()));
    module.function("format_exception", |interp, args| {
        let [given] = args.exactly(interp, "format_exception")?;
        let exception = match given {
            Value::None => interp.handled_exception().unwrap_or_default(),
            other => other,
        };
        let Value::Instance(exception) = exception else {
            return Ok(Value::from("NoneType: None\n"));
        };
        match interp.report(&Error::Raised(exception)) {
            Failure::Raised { traceback, .. } => {
                let end = if traceback.ends_with('\n') { "" } else { "\n" };
                Ok(Value::from(format!("{traceback}{end}")))
            }
            _ => Ok(Value::None),
        }
    });
    module.function("percent_encode", percent_encode);
    module.function("percent_decode", percent_decode);
    Ok(Rc::new(module))
}

fn percent_encode(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [data, safe] = args.exactly(interp, "quote")?;
    let data = match data.plain() {
        Value::Bytes(bytes) => bytes,
        _ => return interp.type_error("quote_from_bytes() expected bytes"),
    };
    let safe = support::text(interp, &safe, "safe")?;
    interp.allow_size(data.len() * 3, "a quoted text")?;
    let mut out = String::new();
    for byte in data.iter() {
        let plain = byte.is_ascii_alphanumeric() || b"_.-~".contains(byte);
        if plain || byte.is_ascii() && safe.as_bytes().contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(Value::from(out))
}

/// The parts of a quoted text: `(True, bytes)` for what was quoted, `(False, text)` for the rest.
fn percent_decode(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [text] = args.exactly(interp, "unquote")?;
    let text = support::text(interp, &text, "unquote() argument")?;
    interp.charge(text.len() as u64)?;
    let hex = |at: usize| {
        let digits = text.get(at + 1..at + 3)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    let mut parts = Vec::new();
    let mut part = |kind: bool, value: Value| {
        parts.push(Value::tuple(vec![Value::Bool(kind), value]));
    };
    let (mut plain, mut quoted) = (String::new(), Vec::new());
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if let Some(byte) = hex(at).filter(|_| c == '%') {
            if !plain.is_empty() {
                part(false, Value::from(std::mem::take(&mut plain)));
            }
            quoted.push(byte);
            at += 3;
        } else {
            if !quoted.is_empty() {
                part(true, Value::bytes(std::mem::take(&mut quoted)));
            }
            plain.push(c);
            at += c.len_utf8();
        }
    }
    if !quoted.is_empty() {
        part(true, Value::bytes(quoted));
    }
    if !plain.is_empty() {
        part(false, Value::from(plain));
    }
    Ok(Value::list(parts))
}

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

pub(super) fn load_collections(_: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("_collections");
    module.function("tuple_item", |interp, args| {
        let [tuple, at] = args.exactly(interp, "tuple_item")?;
        interp.item(&tuple.plain(), &at)
    });
    module.function("field_names", |interp, args| {
        let [typename, names, rename] = args.exactly(interp, "namedtuple")?;
        let typename = interp.str(&typename)?;
        let rename = interp.truth(&rename)?;
        let mut fields = Vec::new();
        match names.as_text() {
            Some(names) => {
                fields.extend(names.replace(',', " ").split_whitespace().map(str::to_owned));
            }
            None => {
                for name in interp.items(&names)? {
                    fields.push(interp.str(&name)?.to_string());
                }
            }
        }
        let is_identifier = |name: &str| {
            let mut characters = name.chars();
            let first = characters.next().is_some_and(|c| c == '_' || c.is_alphabetic());
            first && characters.all(|c| c == '_' || c.is_alphanumeric())
        };
        for at in 0..fields.len() {
            let twice = fields[..at].contains(&fields[at]);
            let field = &fields[at];
            let keyword = KEYWORDS.contains(&field.as_str());
            let bad = !is_identifier(field) || keyword || field.starts_with('_') || twice;
            if bad && rename {
                fields[at] = format!("_{at}");
            } else if bad {
                let message = if !is_identifier(field) {
                    format!("Type names and field names must be valid identifiers: '{field}'")
                } else if keyword {
                    format!("Type names and field names cannot be a keyword: '{field}'")
                } else if field.starts_with('_') {
                    format!("Field names cannot start with an underscore: '{field}'")
                } else {
                    format!("Encountered duplicate field name: '{field}'")
                };
                return interp.value_error(message);
            }
        }
        if !is_identifier(&typename) {
            return interp.value_error(format!(
                "Type names and field names must be valid identifiers: '{typename}'"
            ));
        }
        Ok(Value::list(fields.into_iter().map(Value::from).collect()))
    });
    Ok(Rc::new(module))
}
