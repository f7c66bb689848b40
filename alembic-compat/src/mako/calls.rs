//! The functions that a template can call.

use std::rc::Rc;

use regex_lite::Regex;

use super::error::TemplateError;
use super::error::TemplateErrorKind;
use super::filters;
use super::machine::Machine;
use super::methods;
use super::operation::order;
use super::timestamp::Timestamp;
use super::value::Value;

/// The arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Value>,
    pub(super) keywords: Vec<(String, Value)>,
}

impl Arguments {
    /// The arguments by the names of the parameters; the first `required` have to be there.
    pub(super) fn take<const N: usize>(
        self,
        names: [&str; N],
        required: usize,
    ) -> Result<[Option<Value>; N], TemplateErrorKind> {
        let wrong = |name: &str| {
            TemplateErrorKind::operation(format!("this call cannot take the argument '{name}'"))
        };
        let mut taken = [const { None }; N];
        for (index, value) in self.positional.into_iter().enumerate() {
            *taken.get_mut(index).ok_or_else(|| {
                TemplateErrorKind::operation(format!("this call takes {N} arguments at most"))
            })? = Some(value);
        }
        for (keyword, value) in self.keywords {
            let slot = names.iter().position(|name| *name == keyword);
            let slot = slot.and_then(|slot| taken.get_mut(slot)).filter(|slot| slot.is_none());
            *slot.ok_or_else(|| wrong(&keyword))? = Some(value);
        }
        if let Some((name, _)) =
            names.iter().zip(&taken).take(required).find(|(_, value)| value.is_none())
        {
            let message = format!("this call lacks the argument '{name}'");
            return Err(TemplateErrorKind::operation(message));
        }
        Ok(taken)
    }
}

impl Machine<'_> {
    pub(super) fn call(
        &mut self,
        function: &Value,
        arguments: Arguments,
        offset: usize,
    ) -> Result<Value, TemplateError> {
        let outcome = match function {
            Value::Def(index) => {
                return self.call_definition(*index, arguments, offset);
            }
            Value::Known(name) => return self.call_known(name, arguments, offset),
            Value::Method(method) => methods::call(&method.0, &method.1, arguments),
            Value::Undefined(_) | Value::Module { .. } => Err(filters::no_text(function)),
            other => {
                let message = format!("a {} cannot be called", other.type_name());
                Err(TemplateErrorKind::operation(message))
            }
        };
        self.checked(outcome.map_err(|kind| self.error(offset, kind))?, offset)
    }

    fn call_known(
        &mut self,
        name: &'static str,
        arguments: Arguments,
        offset: usize,
    ) -> Result<Value, TemplateError> {
        if matches!(name, "max" | "min") && arguments.positional.len() > 1 {
            return extreme(name, &arguments.positional).map_err(|kind| self.error(offset, kind));
        }
        if matches!(name, "zip") {
            return self.zip(&arguments, offset);
        }
        let outcome = match name {
            "context.write" => {
                let [text] = arguments.take(["string"], 1).map_err(|k| self.error(offset, k))?;
                let text = text.unwrap_or(Value::None);
                let Value::Str(text) = text else {
                    return Err(self.error(offset, filters::no_text(&text)));
                };
                self.write(&text, offset)?;
                return Ok(Value::None);
            }
            "context.get" => arguments.take(["key", "default"], 1).map(|[key, default]| {
                let key = key.as_ref().and_then(Value::to_text);
                let found = key.and_then(|key| self.context(&key));
                found.or(default).unwrap_or(Value::None)
            }),
            "config.get_main_option" => {
                arguments.take(["name", "default"], 1).map(|[name, default]| {
                    let name = name.as_ref().and_then(Value::to_text);
                    let found = name.and_then(|name| (self.values.option)(&name)).map(Value::text);
                    found.or(default).unwrap_or(Value::None)
                })
            }
            "config.attributes.get" => {
                // A command line puts nothing into the attributes.
                arguments
                    .take(["key", "default"], 1)
                    .map(|[_, default]| default.unwrap_or(Value::None))
            }
            "datetime.datetime.now" | "datetime.datetime.today" => {
                arguments.take(["tz"], 0).and_then(|[zone]| match zone {
                    None | Some(Value::None) => clock(self.values.now),
                    Some(_) => clock(self.values.utc_now)
                        .map(|_| Value::None)
                        .and_then(|_| clock(&format!("{}+00:00", self.values.utc_now))),
                })
            }
            "datetime.datetime.utcnow" => {
                arguments.take([], 0).and_then(|[]| clock(self.values.utc_now))
            }
            "re.split" | "re.findall" | "re.sub" => regular(name, arguments),
            "repr" => one(arguments).and_then(|value| {
                value.repr().map(Value::text).ok_or_else(|| filters::no_text(&value))
            }),
            "str" => arguments.take(["object"], 0).and_then(|[value]| match value {
                Some(value) => filters::to_text(&value).map(Value::Str),
                None => Ok(Value::text("")),
            }),
            "bool" => arguments.take(["x"], 0).map(|[x]| Value::Bool(x.is_some_and(|x| x.truth()))),
            "int" => one(arguments).and_then(|value| integer(&value)),
            "comma" => one(arguments).and_then(|value| comma(&value)),
            "isinstance" => arguments.take(["object", "class"], 2).and_then(|[value, class]| {
                is_instance(&value.unwrap_or(Value::None), &class.unwrap_or(Value::None))
                    .map(Value::Bool)
            }),
            "len" => one(arguments).and_then(|value| length(&value)),
            "range" => arguments.take(["a", "b", "c"], 1).and_then(|bounds| range(&bounds)),
            _ => return self.call_on_items(name, arguments, offset),
        };
        self.checked(outcome.map_err(|kind| self.error(offset, kind))?, offset)
    }

    /// The functions whose first argument is walked over.
    fn call_on_items(
        &mut self,
        name: &'static str,
        arguments: Arguments,
        offset: usize,
    ) -> Result<Value, TemplateError> {
        let fault = |machine: &Self, kind| machine.error(offset, kind);
        let second = match name {
            "sorted" => "reverse",
            "enumerate" => "start",
            _ => "",
        };
        let [first, option] =
            arguments.take(["iterable", second], 0).map_err(|kind| fault(self, kind))?;
        if option.is_some() && second.is_empty() {
            let message = format!("{name}() takes one argument here");
            return Err(fault(self, TemplateErrorKind::operation(message)));
        }
        let items = match &first {
            Some(value) => self.items(value, offset)?,
            None if matches!(name, "tuple" | "list") => Rc::from([]),
            None => {
                let message = format!("{name}() lacks its argument");
                return Err(fault(self, TemplateErrorKind::operation(message)));
            }
        };
        let value = match name {
            "tuple" => Value::Tuple(items),
            "list" => Value::List(items),
            "any" => Value::Bool(items.iter().any(Value::truth)),
            "all" => Value::Bool(items.iter().all(Value::truth)),
            "reversed" => Value::Iter(items.iter().rev().cloned().collect()),
            "enumerate" => {
                let start = option.as_ref().and_then(Value::number).unwrap_or(0);
                let pairs = (start..i64::MAX).zip(items.iter());
                Value::Iter(
                    pairs
                        .map(|(n, item)| Value::Tuple(Rc::from([Value::Int(n), item.clone()])))
                        .collect(),
                )
            }
            "sorted" => {
                let descending = option.is_some_and(|reverse| reverse.truth());
                let sorted = sorted(&items, descending).map_err(|kind| fault(self, kind))?;
                Value::List(sorted.into())
            }
            "max" | "min" => extreme(name, &items).map_err(|kind| fault(self, kind))?,
            "sum" => {
                let numbers = items.iter().map(Value::number);
                let sum = numbers.sum::<Option<i64>>().map(Value::Int);
                sum.ok_or_else(|| fault(self, TemplateErrorKind::operation("sum() takes numbers")))?
            }
            _ => {
                let what = format!("a call of '{name}'");
                return Err(fault(self, TemplateErrorKind::Unsupported { what }));
            }
        };
        self.checked(value, offset)
    }

    fn zip(&mut self, arguments: &Arguments, offset: usize) -> Result<Value, TemplateError> {
        let mut columns = Vec::new();
        for value in &arguments.positional {
            columns.push(self.items(value, offset)?);
        }
        if !arguments.keywords.is_empty() {
            let kind = TemplateErrorKind::operation("zip() takes no keywords here");
            return Err(self.error(offset, kind));
        }
        let rows = columns.iter().map(|column| column.len()).min().unwrap_or(0);
        let row = |index: usize| columns.iter().filter_map(|c| c.get(index)).cloned().collect();
        let rows = (0..rows).map(|index| Value::Tuple(row(index)));
        self.checked(Value::Iter(rows.collect()), offset)
    }
}

fn one(arguments: Arguments) -> Result<Value, TemplateErrorKind> {
    let [value] = arguments.take(["object"], 1)?;
    Ok(value.unwrap_or(Value::None))
}

fn clock(text: &str) -> Result<Value, TemplateErrorKind> {
    Timestamp::parse(text)
        .map(Value::Timestamp)
        .ok_or_else(|| TemplateErrorKind::Unsupported { what: "the current time".to_owned() })
}

/// Alembic's `comma`: None is empty, a text is itself, several are joined.
fn comma(value: &Value) -> Result<Value, TemplateErrorKind> {
    match value {
        Value::None => Ok(Value::text("")),
        Value::Str(text) => Ok(Value::Str(Rc::clone(text))),
        Value::Tuple(_) | Value::List(_) | Value::Iter(_) | Value::Dict(_) => {
            let joined = methods::attribute(&Value::text(", "), "join")?;
            let Value::Method(method) = joined else { return Ok(joined) };
            let arguments = Arguments { positional: vec![value.clone()], keywords: Vec::new() };
            methods::call(&method.0, &method.1, arguments)
        }
        Value::Undefined(_) | Value::Module { .. } => Err(filters::no_text(value)),
        other => {
            let message = format!("a {} cannot be joined with commas", other.type_name());
            Err(TemplateErrorKind::operation(message))
        }
    }
}

fn length(value: &Value) -> Result<Value, TemplateErrorKind> {
    match value {
        Value::Str(text) => Ok(Value::length(text.chars().count())),
        Value::Tuple(items) | Value::List(items) => Ok(Value::length(items.len())),
        Value::Dict(items) => Ok(Value::length(items.len())),
        Value::Known("config.attributes") => Ok(Value::Int(0)),
        Value::Undefined(_) | Value::Module { .. } => Err(filters::no_text(value)),
        other => {
            let message = format!("a {} has no length", other.type_name());
            Err(TemplateErrorKind::operation(message))
        }
    }
}

fn integer(value: &Value) -> Result<Value, TemplateErrorKind> {
    let parsed = match value {
        Value::Str(text) => {
            let bare = methods::strip(text, None, true, true);
            let digits = bare.strip_prefix(['+', '-']).unwrap_or(bare);
            let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
            bare.parse().ok().filter(|_| decimal)
        }
        other => other.number(),
    };
    parsed.map(Value::Int).ok_or_else(|| {
        TemplateErrorKind::operation(format!("this {} is no whole number", value.type_name()))
    })
}

fn is_instance(value: &Value, class: &Value) -> Result<bool, TemplateErrorKind> {
    match class {
        Value::Tuple(classes) => {
            for class in classes.iter() {
                if is_instance(value, class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Value::Known(name @ ("str" | "tuple" | "list" | "dict" | "bool" | "datetime.datetime")) => {
            Ok(value.type_name() == *name)
        }
        Value::Known("int") => Ok(value.number().is_some()),
        _ => {
            Err(TemplateErrorKind::Unsupported { what: "isinstance() with this class".to_owned() })
        }
    }
}

fn range(bounds: &[Option<Value>; 3]) -> Result<Value, TemplateErrorKind> {
    let mut numbers = Vec::new();
    for bound in bounds.iter().flatten() {
        let number = bound.number();
        numbers.push(
            number.ok_or_else(|| TemplateErrorKind::operation("range() takes whole numbers"))?,
        );
    }
    let (start, end, step) = match numbers[..] {
        [end] => (0, end, 1),
        [start, end] => (start, end, 1),
        [start, end, step] if step != 0 => (start, end, step),
        _ => return Err(TemplateErrorKind::operation("the step of range() cannot be 0")),
    };
    let mut items = Vec::new();
    let mut at = start;
    while if step > 0 { at < end } else { at > end } {
        if items.len() >= 100_000 {
            return Err(TemplateErrorKind::Limit { what: "items of a list" });
        }
        items.push(Value::Int(at));
        at = at.saturating_add(step);
    }
    Ok(Value::Iter(items.into()))
}

/// Python's stable sort; an order that does not exist is the error.
fn sorted(items: &[Value], descending: bool) -> Result<Vec<Value>, TemplateErrorKind> {
    let mut fault = None;
    let mut out = items.to_vec();
    out.sort_by(|a, b| {
        let ordering = order(a, b).unwrap_or_else(|kind| {
            fault.get_or_insert(kind);
            std::cmp::Ordering::Equal
        });
        if descending { ordering.reverse() } else { ordering }
    });
    fault.map_or(Ok(out), Err)
}

fn extreme(name: &str, items: &[Value]) -> Result<Value, TemplateErrorKind> {
    let sorted = sorted(items, name == "max")?;
    let empty = || TemplateErrorKind::operation(format!("{name}() of nothing"));
    sorted.into_iter().next().ok_or_else(empty)
}

/// `re.split`, `re.findall` and `re.sub`, for patterns that mean the same to Rust and Python.
fn regular(name: &str, arguments: Arguments) -> Result<Value, TemplateErrorKind> {
    let text = |value: Option<Value>| match value {
        Some(Value::Str(text)) => Ok(text),
        Some(undefined @ (Value::Undefined(_) | Value::Module { .. })) => {
            Err(filters::no_text(&undefined))
        }
        other => {
            let given = other.as_ref().map_or("nothing", Value::type_name);
            Err(TemplateErrorKind::operation(format!("{name}() takes texts, not {given}")))
        }
    };
    let (pattern, replacement, subject) = if name == "re.sub" {
        let [pattern, replacement, subject] = arguments.take(["pattern", "repl", "string"], 3)?;
        (text(pattern)?, Some(text(replacement)?), text(subject)?)
    } else {
        let [pattern, subject] = arguments.take(["pattern", "string"], 2)?;
        (text(pattern)?, None, text(subject)?)
    };
    let unsupported =
        || TemplateErrorKind::Unsupported { what: format!("the pattern '{pattern}' of {name}()") };
    let regex = Regex::new(&pattern).map_err(|_| unsupported())?;
    // Groups change what split and findall give, and matches of nothing are cut differently.
    if regex.captures_len() > 1 || regex.is_match("") {
        return Err(unsupported());
    }
    if !same_in_python(&pattern, &subject) {
        let what = format!("{name}() with '{pattern}' on letters outside of ASCII");
        return Err(TemplateErrorKind::Unsupported { what });
    }
    let parts: Vec<&str> = match &replacement {
        Some(replacement) if replacement.contains('\\') => return Err(unsupported()),
        Some(replacement) => {
            let pieces: Vec<&str> = regex.split(&subject).collect();
            let size = subject.len().saturating_add(pieces.len().saturating_mul(replacement.len()));
            if size > super::machine::MAX_TEXT {
                return Err(TemplateErrorKind::Limit { what: "text" });
            }
            return Ok(Value::text(pieces.join(replacement)));
        }
        None if name == "re.split" => regex.split(&subject).collect(),
        None => regex.find_iter(&subject).map(|found| found.as_str()).collect(),
    };
    Ok(Value::List(Value::texts(parts)))
}

/// Whether the classes of a pattern hold the same characters of this text for Python, whose `\w`,
/// `\d` and `\s` know all of Unicode.
fn same_in_python(pattern: &str, subject: &str) -> bool {
    let letters = ["\\w", "\\W", "\\d", "\\D", "\\b", "\\B", "(?i"];
    let names_any = |names: &[&str]| names.iter().any(|name| pattern.contains(name));
    let odd_space = |c: char| methods::is_space(c) && !matches!(c, ' ' | '\t'..='\r');
    !(names_any(&letters) && !subject.is_ascii()
        || names_any(&["\\s", "\\S"]) && subject.chars().any(odd_space))
}
