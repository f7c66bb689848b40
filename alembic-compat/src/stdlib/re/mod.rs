//! `re`: patterns and matches, on the `fancy-regex` crate.

mod matched;
mod pattern;
mod replace;
mod translate;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;

use super::support;

use matched::Match;
use pattern::Mode;
use pattern::Pattern;

/// Patterns that were compiled, as CPython keeps them too.
type Cache = Rc<RefCell<BTreeMap<(String, i64), Rc<Pattern>>>>;

fn compiled(
    interp: &mut Interpreter,
    cache: &Cache,
    pattern: &Value,
    flags: i64,
) -> Result<Rc<Pattern>> {
    if let Some(pattern) = pattern.downcast::<Pattern>() {
        if flags != 0 {
            return interp.value_error("cannot process flags argument with a compiled pattern");
        }
        return Ok(pattern);
    }
    if matches!(pattern.plain(), Value::Bytes(_)) {
        return Err(interp.unsupported("a regular expression of bytes"));
    }
    let Some(text) = pattern.as_text() else {
        return interp.type_error("first argument must be string or compiled pattern");
    };
    let key = (text.to_string(), flags);
    if let Some(known) = cache.borrow().get(&key) {
        return Ok(Rc::clone(known));
    }
    let made = Rc::new(Pattern::new(interp, &text, flags)?);
    let mut cache = cache.borrow_mut();
    if cache.len() > 500 {
        cache.clear();
    }
    cache.insert(key, Rc::clone(&made));
    Ok(made)
}

fn subject(interp: &mut Interpreter, value: &Value) -> Result<Text> {
    match value.as_text() {
        Some(text) => Ok(text),
        None if matches!(value.plain(), Value::Bytes(_)) => {
            interp.type_error("cannot use a string pattern on a bytes-like object")
        }
        None => {
            let class = interp.class_name(value);
            interp.type_error(format!("expected string or bytes-like object, got '{class}'"))
        }
    }
}

/// What is to be searched: the text up to `endpos`, and the byte of `pos`.
fn bounds(
    interp: &mut Interpreter,
    text: Text,
    start: Option<Value>,
    end: Option<Value>,
) -> Result<(Text, usize)> {
    let length = text.characters();
    let clamp = |interp: &mut Interpreter, value: Option<Value>, default: usize| -> Result<usize> {
        let Some(value) = value else { return Ok(default) };
        let place = support::int(interp, &value)?.max(0);
        Ok(usize::try_from(place).unwrap_or(length).min(length))
    };
    let start = clamp(interp, start, 0)?;
    let end = clamp(interp, end, length)?;
    let from = text.part(0, start).len();
    let text = if end < length { Text::from(text.part(0, end)) } else { text };
    Ok((text, from))
}

fn one(
    interp: &mut Interpreter,
    pattern: &Rc<Pattern>,
    text: Text,
    from: usize,
    mode: Mode,
) -> Result<Value> {
    if from > text.len() {
        return Ok(Value::None);
    }
    let spans = pattern.find(interp, &text, from, mode)?;
    Ok(match spans {
        Some(spans) => Match::value(pattern, text, spans),
        None => Value::None,
    })
}

fn find_all(
    interp: &mut Interpreter,
    pattern: &Rc<Pattern>,
    text: &Text,
    from: usize,
) -> Result<Value> {
    let mut items = Vec::new();
    for spans in pattern.find_all(interp, text, from, usize::MAX)? {
        let part = |group: usize| {
            let span = spans.get(group).copied().flatten();
            Value::from(span.and_then(|(a, b)| text.get(a..b)).unwrap_or_default())
        };
        items.push(match pattern.translated.groups {
            0 => part(0),
            1 => part(1),
            groups => Value::tuple((1..=groups).map(part).collect()),
        });
    }
    Ok(Value::list(items))
}

fn split(interp: &mut Interpreter, pattern: &Rc<Pattern>, text: &Text, most: i64) -> Result<Value> {
    let most = match most {
        0 => usize::MAX,
        most => usize::try_from(most).unwrap_or(0),
    };
    let mut items = Vec::new();
    let mut last = 0;
    for spans in pattern.find_all(interp, text, 0, most)? {
        let mut spans = spans.into_iter();
        let (start, end) = spans.next().flatten().unwrap_or_default();
        items.push(Value::from(text.get(last..start).unwrap_or_default()));
        items.extend(spans.map(|span| match span.and_then(|(a, b)| text.get(a..b)) {
            Some(part) => Value::from(part),
            None => Value::None,
        }));
        last = end;
    }
    items.push(Value::from(text.get(last..).unwrap_or_default()));
    Ok(Value::list(items))
}

fn this(interp: &mut Interpreter, args: &mut Args) -> Result<Rc<Pattern>> {
    match support::receiver(args).downcast::<Pattern>() {
        Some(pattern) => Ok(pattern),
        None => interp.type_error("a 're.Pattern' object is required"),
    }
}

fn count(interp: &mut Interpreter, value: Option<Value>) -> Result<i64> {
    value.map_or(Ok(0), |value| support::int(interp, &value))
}

/// The methods of a pattern by name, which are functions of the module as well.
const METHODS: [&str; 8] =
    ["match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn"];

fn method(
    interp: &mut Interpreter,
    name: &'static str,
    pattern: &Rc<Pattern>,
    args: Args,
) -> Result<Value> {
    let signature = match name {
        "split" => Signature::new(name, ["string", "maxsplit", ""], 1),
        "sub" | "subn" => Signature::new(name, ["repl", "string", "count"], 2),
        _ => Signature::new(name, ["string", "pos", "endpos"], 1),
    };
    let [first, second, third] = args.bind(interp, &signature)?.values;
    let first = first.unwrap_or_default();
    match name {
        "split" => {
            let text = subject(interp, &first)?;
            let most = count(interp, second)?;
            split(interp, pattern, &text, most)
        }
        "sub" | "subn" => {
            let text = subject(interp, &second.unwrap_or_default())?;
            let most = count(interp, third)?;
            let (text, count) = replace::replace(interp, pattern, &first, &text, most)?;
            let text = Value::Str(text);
            Ok(if name == "sub" { text } else { Value::tuple(vec![text, Value::size(count)]) })
        }
        _ => {
            let text = subject(interp, &first)?;
            let (text, from) = bounds(interp, text, second, third)?;
            match name {
                "match" => one(interp, pattern, text, from, Mode::Match),
                "fullmatch" => one(interp, pattern, text, from, Mode::Full),
                "search" => one(interp, pattern, text, from, Mode::Search),
                "findall" => find_all(interp, pattern, &text, from),
                _ => {
                    let found = pattern.find_all(interp, &text, from, usize::MAX)?;
                    let found = found.into_iter();
                    let items = found.map(|spans| Match::value(pattern, text.clone(), spans));
                    let list = Value::list(items.collect());
                    interp.iterator(&list)
                }
            }
        }
    }
}

/// Takes the argument `name`, at a place or by keyword.
fn take(args: &mut Args, at: usize, name: &str) -> Option<Value> {
    if let Some(value) = args.take_keyword(name) {
        return Some(value);
    }
    (args.positional.len() > at).then(|| args.positional.remove(at))
}

pub(super) fn load(interp: &mut Interpreter) -> Result<Rc<Module>> {
    let module = support::module("re");
    let mut class = ClassBuilder::new("Pattern", "re").last();
    for name in METHODS {
        class = class.method(name, move |interp, mut args| {
            let pattern = this(interp, &mut args)?;
            method(interp, name, &pattern, args)
        });
    }
    let class = class.finish(interp);
    interp.register_class::<Pattern>(Rc::clone(&class));
    module.set("Pattern", Value::Class(class));
    let class = matched::class(interp);
    module.set("Match", Value::Class(class));
    if let Some(Value::Class(base)) = interp.builtin("Exception") {
        let class = ClassBuilder::new("error", "re").base(&base).finish(interp);
        module.set("error", Value::Class(class));
    }
    for (long, short, flag) in [
        ("IGNORECASE", "I", translate::IGNORECASE),
        ("MULTILINE", "M", translate::MULTILINE),
        ("DOTALL", "S", translate::DOTALL),
        ("UNICODE", "U", translate::UNICODE),
        ("VERBOSE", "X", translate::VERBOSE),
        ("ASCII", "A", translate::ASCII),
    ] {
        module.set(long, Value::Int(flag));
        module.set(short, Value::Int(flag));
    }
    module.set("NOFLAG", Value::Int(0));
    let cache = Cache::default();
    for name in METHODS {
        let cache = Rc::clone(&cache);
        module.function(name, move |interp, mut args| {
            let at = match name {
                "sub" | "subn" => 4,
                "split" => 3,
                _ => 2,
            };
            let flags = take(&mut args, at, "flags");
            let flags = count(interp, flags)?;
            let Some(pattern) = take(&mut args, 0, "pattern") else {
                return interp.type_error(format!(
                    "{name}() missing 1 required positional argument: 'pattern'"
                ));
            };
            let pattern = compiled(interp, &cache, &pattern, flags)?;
            method(interp, name, &pattern, args)
        });
    }
    module.function("compile", move |interp, args| {
        let signature = Signature::new("compile", ["pattern", "flags"], 1);
        let [pattern, flags] = args.bind(interp, &signature)?.values;
        let flags = count(interp, flags)?;
        let pattern = compiled(interp, &cache, &pattern.unwrap_or_default(), flags)?;
        Ok(Value::Native(pattern))
    });
    module.function("escape", |interp, args| {
        let [text] = args.exactly(interp, "escape")?;
        let text = support::text(interp, &text, "the pattern")?;
        let mut out = String::new();
        for c in text.chars() {
            if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        Ok(Value::from(out))
    });
    module.function("purge", |_, _| Ok(Value::None));
    Ok(Rc::new(module))
}
