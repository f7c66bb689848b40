//! `re`: patterns and matches, on the `fancy-regex` crate.

mod matched;
mod replace;
mod translate;

use std::cell::OnceCell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use fancy_regex::Regex;
use fancy_regex::RegexBuilder;

use crate::eval::Args;
use crate::eval::ClassBuilder;
use crate::eval::Interpreter;
use crate::eval::Module;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Signature;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::CompareOp;

use super::support;

use matched::Match;
use translate::Translated;

/// How often one search may take a step back.
const BACKTRACKS: usize = 1_000_000;

/// `re.Pattern`.
#[derive(Debug)]
struct Pattern {
    text: Text,
    translated: Translated,
    search: Regex,
    at: OnceCell<Regex>,
    whole: OnceCell<Regex>,
    /// Absent where every match is empty.
    longer: OnceCell<Option<Regex>>,
}

/// Where a match has to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Anywhere.
    Search,
    /// At the place where the search begins.
    Match,
    /// From there to the end.
    Full,
    /// At the place where the search begins, and not empty.
    Longer,
}

/// The places of the groups in bytes, the whole match first.
type Spans = Vec<Option<(usize, usize)>>;

fn build(interp: &mut Interpreter, pattern: &str) -> Result<Regex> {
    let mut builder = RegexBuilder::new(pattern);
    builder.backtrack_limit(BACKTRACKS).delegate_size_limit(10 << 20);
    match builder.build() {
        Ok(regex) => Ok(regex),
        Err(_) => Err(interp.unsupported("this regular expression")),
    }
}

/// The same, for matches that are not empty; `None` where there are none.
fn build_longer(interp: &mut Interpreter, pattern: &str) -> Result<Option<Regex>> {
    let mut builder = RegexBuilder::new(pattern);
    builder.backtrack_limit(BACKTRACKS).find_not_empty(true).delegate_size_limit(10 << 20);
    match builder.build() {
        Ok(regex) => Ok(Some(regex)),
        Err(fancy_regex::Error::CompileError(error))
            if matches!(*error, fancy_regex::CompileError::PatternCanNeverMatch) =>
        {
            Ok(None)
        }
        Err(_) => Err(interp.unsupported("this regular expression")),
    }
}

impl Pattern {
    fn new(interp: &mut Interpreter, text: &Text, flags: i64) -> Result<Self> {
        interp.allow_size(text.len(), "a regular expression")?;
        let translated = match translate::translate(text, flags) {
            Ok(translated) => translated,
            Err(what) => {
                return Err(interp.unsupported(format!("{what} in a regular expression")));
            }
        };
        let search = build(interp, &translated.pattern)?;
        let (at, whole, longer) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Ok(Self { text: text.clone(), translated, search, at, whole, longer })
    }

    fn regex(&self, interp: &mut Interpreter, mode: Mode) -> Result<Option<&Regex>> {
        let pattern = &self.translated.pattern;
        let (cell, pattern) = match mode {
            Mode::Search => return Ok(Some(&self.search)),
            Mode::Match => (&self.at, format!("\\G(?:{pattern})")),
            Mode::Full => (&self.whole, format!("\\G(?:{pattern})\\z")),
            Mode::Longer => {
                if self.longer.get().is_none() {
                    let regex = build_longer(interp, pattern)?;
                    return Ok(self.longer.get_or_init(|| regex).as_ref());
                }
                return Ok(self.longer.get().and_then(Option::as_ref));
            }
        };
        if let Some(regex) = cell.get() {
            return Ok(Some(regex));
        }
        let regex = build(interp, &pattern)?;
        Ok(Some(cell.get_or_init(|| regex)))
    }

    fn find(
        &self,
        interp: &mut Interpreter,
        text: &str,
        from: usize,
        mode: Mode,
    ) -> Result<Option<Spans>> {
        interp.charge(1 + (text.len() - from.min(text.len())) as u64 / 16)?;
        let Some(regex) = self.regex(interp, mode)? else { return Ok(None) };
        match regex.captures_from_pos(text, from) {
            Ok(None) => Ok(None),
            // The first one that is not empty begins elsewhere: there is none at this place.
            Ok(Some(captures))
                if mode == Mode::Longer
                    && captures.get(0).is_none_or(|all| all.start() != from) =>
            {
                Ok(None)
            }
            Ok(Some(captures)) => Ok(Some(
                (0..=self.translated.groups)
                    .map(|group| captures.get(group).map(|found| (found.start(), found.end())))
                    .collect(),
            )),
            Err(_) => Err(interp.unsupported("a regular expression that takes this long")),
        }
    }

    /// Every match from a place on, as `finditer` gives them.
    fn find_all(
        &self,
        interp: &mut Interpreter,
        text: &str,
        from: usize,
        most: usize,
    ) -> Result<Vec<Spans>> {
        let mut found: Vec<Spans> = Vec::new();
        let mut at = from;
        let mut after_empty = false;
        while found.len() < most && at <= text.len() {
            let spans = if after_empty {
                match self.find(interp, text, at, Mode::Longer)? {
                    Some(spans) => Some(spans),
                    None => {
                        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                            break;
                        };
                        at += c.len_utf8();
                        self.find(interp, text, at, Mode::Search)?
                    }
                }
            } else {
                self.find(interp, text, at, Mode::Search)?
            };
            let Some(spans) = spans else { break };
            let (start, end) = spans.first().copied().flatten().unwrap_or_default();
            after_empty = start == end;
            at = end;
            found.push(spans);
        }
        Ok(found)
    }

    /// The number of a group by number or name.
    fn group(&self, interp: &mut Interpreter, group: &Value) -> Result<usize> {
        let number = match group.as_text() {
            Some(name) => {
                let named = self.translated.names.iter().find(|(other, _)| name == other.as_str());
                named.map(|(_, number)| *number)
            }
            None => {
                let number = support::int(interp, group)?;
                usize::try_from(number).ok().filter(|number| *number <= self.translated.groups)
            }
        };
        match number {
            Some(number) => Ok(number),
            None => interp.raise("IndexError", "no such group"),
        }
    }
}

impl Object for Pattern {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match name {
            "pattern" => Some(Value::Str(self.text.clone())),
            "flags" => Some(Value::Int(self.translated.flags)),
            "groups" => Some(Value::size(self.translated.groups)),
            "groupindex" => {
                let names = self.translated.names.iter();
                Some(Value::dict(names.map(|(name, at)| (name.as_str(), Value::size(*at)))))
            }
            _ => None,
        })
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else { return Ok(None) };
        let same = self.text == other.text && self.translated.flags == other.translated.flags;
        Ok(match op {
            CompareOp::Eq => Some(Value::Bool(same)),
            CompareOp::NotEq => Some(Value::Bool(!same)),
            _ => None,
        })
    }

    fn hash(&self, _: &Value, _: &mut Interpreter) -> Result<Option<i64>> {
        Ok(Some(support::hash_of(self.text.as_str())))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let text = interp.repr(&Value::Str(self.text.clone()))?;
        let names = [
            (translate::IGNORECASE, "re.IGNORECASE"),
            (translate::MULTILINE, "re.MULTILINE"),
            (translate::DOTALL, "re.DOTALL"),
            (translate::VERBOSE, "re.VERBOSE"),
            (translate::ASCII, "re.ASCII"),
        ];
        let flags = self.translated.flags;
        let names = names.into_iter().filter(|(flag, _)| flags & flag != 0);
        let names: Vec<&str> = names.map(|(_, name)| name).collect();
        let flags = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
        Ok(Some(format!("re.compile({text}{flags})")))
    }
}

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
