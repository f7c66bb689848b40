//! Attributes and methods of the values in a template, chiefly those of `str`.

use std::rc::Rc;

use super::calls::Arguments;
use super::error::TemplateErrorKind;
use super::filters;
use super::format;
use super::names;
use super::value::Value;

type Outcome = Result<Value, TemplateErrorKind>;

const STR_METHODS: &[&str] = &[
    "capitalize",
    "center",
    "count",
    "endswith",
    "find",
    "format",
    "isalnum",
    "isalpha",
    "isdigit",
    "islower",
    "isspace",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
    "zfill",
];

/// Python's `value.name`.
pub(super) fn attribute(value: &Value, name: &str) -> Outcome {
    let number = |number: u32| Ok(Value::Int(i64::from(number)));
    let has_method = match value {
        Value::Str(_) => STR_METHODS.contains(&name),
        Value::Tuple(_) | Value::List(_) => matches!(name, "count" | "index"),
        Value::Dict(_) => matches!(name, "get" | "items" | "keys" | "values"),
        Value::Timestamp(time) => match name {
            "year" => return number(time.year),
            "month" => return number(time.month),
            "day" => return number(time.day),
            "hour" => return number(time.hour),
            "minute" => return number(time.minute),
            "second" => return number(time.second),
            "microsecond" => return number(time.microsecond),
            _ => matches!(name, "isoformat" | "strftime" | "weekday" | "isoweekday"),
        },
        Value::Loop { index, length } => {
            return match name {
                "index" => Ok(Value::length(*index)),
                "reverse_index" => Ok(Value::length(length - index - 1)),
                "first" => Ok(Value::Bool(*index == 0)),
                "last" => Ok(Value::Bool(index + 1 == *length)),
                "even" => Ok(Value::Bool(index % 2 == 0)),
                "odd" => Ok(Value::Bool(index % 2 == 1)),
                _ => Err(TemplateErrorKind::Unsupported { what: format!("'loop.{name}' of Mako") }),
            };
        }
        Value::Known(of) => {
            return names::attribute(of, name)
                .ok_or_else(|| TemplateErrorKind::Unsupported { what: format!("'{of}.{name}'") });
        }
        Value::Undefined(_) | Value::Module { .. } => return Err(filters::no_text(value)),
        _ => false,
    };
    if has_method {
        return Ok(Value::Method(Rc::new((value.clone(), name.to_owned()))));
    }
    let message = format!("a {} has no '{name}' here", value.type_name());
    Err(TemplateErrorKind::operation(message))
}

/// Calls a method that [`attribute`] has found.
pub(super) fn call(receiver: &Value, name: &str, arguments: Arguments) -> Outcome {
    match receiver {
        Value::Str(text) => text_method(text, name, arguments),
        Value::Tuple(items) | Value::List(items) => {
            let [wanted] = arguments.take(["value"], 1)?;
            match name {
                "count" => Ok(Value::length(
                    items.iter().filter(|item| Some(*item) == wanted.as_ref()).count(),
                )),
                _ => items
                    .iter()
                    .position(|item| Some(item) == wanted.as_ref())
                    .map(Value::length)
                    .ok_or_else(|| TemplateErrorKind::operation("the value is not in the list")),
            }
        }
        Value::Dict(items) => {
            if name == "get" {
                let [key, default] = arguments.take(["key", "default"], 1)?;
                if !key.as_ref().is_none_or(Value::hashable) {
                    return Err(TemplateErrorKind::operation("a list cannot be a key"));
                }
                let found = items.iter().find(|(own, _)| Some(own) == key.as_ref());
                let found = found.map(|(_, value)| value.clone());
                return Ok(found.or(default).unwrap_or(Value::None));
            }
            arguments.take([], 0)?;
            Ok(Value::Iter(match name {
                "keys" => items.iter().map(|(key, _)| key.clone()).collect(),
                "values" => items.iter().map(|(_, value)| value.clone()).collect(),
                _ => {
                    let pair = |(key, value): &(Value, Value)| [key.clone(), value.clone()];
                    items.iter().map(|item| Value::Tuple(Rc::from(pair(item)))).collect()
                }
            }))
        }
        Value::Timestamp(time) => match name {
            "strftime" => {
                let [format] = arguments.take(["format"], 1)?;
                let format = text_of(format.as_ref(), "strftime")?;
                time.strftime(&format).map(Value::text).map_err(|directive| {
                    TemplateErrorKind::Unsupported { what: format!("'%{directive}' of strftime") }
                })
            }
            "isoformat" => {
                let [separator] = arguments.take(["sep"], 0)?;
                let separator = match &separator {
                    Some(value) => text_of(Some(value), "isoformat")?.chars().next(),
                    None => None,
                };
                Ok(Value::text(time.isoformat(separator.unwrap_or('T'))))
            }
            _ => {
                arguments.take([], 0)?;
                let first = if name == "isoweekday" { 1 } else { 0 };
                Ok(Value::Int(i64::from(time.weekday() + first)))
            }
        },
        other => Err(filters::no_text(other)),
    }
}

fn text_of(value: Option<&Value>, function: &str) -> Result<Rc<str>, TemplateErrorKind> {
    match value {
        Some(Value::Str(text)) => Ok(Rc::clone(text)),
        Some(undefined @ (Value::Undefined(_) | Value::Module { .. })) => {
            Err(filters::no_text(undefined))
        }
        other => {
            let given = other.map_or("nothing", Value::type_name);
            let message = format!("{function}() takes a text, not {given}");
            Err(TemplateErrorKind::operation(message))
        }
    }
}

/// A text that may be missing or None.
fn optional_text(
    value: Option<&Value>,
    function: &str,
) -> Result<Option<Rc<str>>, TemplateErrorKind> {
    match value {
        None | Some(Value::None) => Ok(None),
        value => text_of(value, function).map(Some),
    }
}

fn number_of(value: Option<&Value>, default: i64) -> Result<i64, TemplateErrorKind> {
    match value {
        None => Ok(default),
        Some(value) => value.number().ok_or_else(|| {
            TemplateErrorKind::operation(format!(
                "a number was expected, not {}",
                value.type_name()
            ))
        }),
    }
}

fn text_method(text: &str, name: &str, arguments: Arguments) -> Outcome {
    match name {
        "format" => {
            return format::format(text, &arguments.positional, &arguments.keywords)
                .map(Value::text);
        }
        "join" => {
            let [items] = arguments.take(["iterable"], 1)?;
            return join(text, items.as_ref());
        }
        "startswith" | "endswith" => {
            let [wanted] = arguments.take(["prefix"], 1)?;
            let options = match wanted {
                Some(Value::Tuple(options)) => options,
                other => other.into_iter().collect(),
            };
            for option in options.iter() {
                let option = text_of(Some(option), name)?;
                let starts = name == "startswith";
                if if starts { text.starts_with(&*option) } else { text.ends_with(&*option) } {
                    return Ok(Value::Bool(true));
                }
            }
            return Ok(Value::Bool(false));
        }
        "replace" => {
            let [old, new, count] = arguments.take(["old", "new", "count"], 2)?;
            let old = text_of(old.as_ref(), name)?;
            let new = text_of(new.as_ref(), name)?;
            let grown = (text.len() + 1).saturating_mul(new.len().max(1));
            if new.len() > old.len() && grown > super::machine::MAX_TEXT {
                return Err(TemplateErrorKind::Limit { what: "text" });
            }
            let replaced = match usize::try_from(number_of(count.as_ref(), -1)?) {
                Ok(count) => text.replacen(&*old, &new, count),
                Err(_) => text.replace(&*old, &new),
            };
            return Ok(Value::text(replaced));
        }
        "split" | "rsplit" => {
            let [separator, limit] = arguments.take(["sep", "maxsplit"], 0)?;
            let separator = optional_text(separator.as_ref(), name)?;
            let limit = usize::try_from(number_of(limit.as_ref(), -1)?).ok();
            return split(text, separator.as_deref(), limit, name == "rsplit");
        }
        "splitlines" => {
            let [keep] = arguments.take(["keepends"], 0)?;
            return Ok(Value::List(Value::texts(split_lines(
                text,
                keep.is_some_and(|k| k.truth()),
            ))));
        }
        "strip" | "lstrip" | "rstrip" => {
            let [chars] = arguments.take(["chars"], 0)?;
            let chars = optional_text(chars.as_ref(), name)?;
            let (left, right) = (name != "rstrip", name != "lstrip");
            return Ok(Value::text(strip(text, chars.as_deref(), left, right)));
        }
        "removeprefix" | "removesuffix" => {
            let [affix] = arguments.take(["affix"], 1)?;
            let affix = text_of(affix.as_ref(), name)?;
            let prefix = name == "removeprefix";
            let bare = if prefix { text.strip_prefix(&*affix) } else { text.strip_suffix(&*affix) };
            return Ok(Value::text(bare.unwrap_or(text)));
        }
        "partition" | "rpartition" => {
            let [separator] = arguments.take(["sep"], 1)?;
            let separator = nonempty(text_of(separator.as_ref(), name)?)?;
            let parts = match name {
                "partition" => text.split_once(&*separator).ok_or([text, "", ""]),
                _ => text.rsplit_once(&*separator).ok_or(["", "", text]),
            };
            let parts = parts.map_or_else(|whole| whole, |(a, b)| [a, &*separator, b]);
            return Ok(Value::Tuple(Value::texts(parts)));
        }
        "count" | "find" | "rfind" => {
            let [part] = arguments.take(["sub"], 1)?;
            let part = text_of(part.as_ref(), name)?;
            let at = match name {
                "count" => {
                    return Ok(Value::length(text.matches(&*part).count()));
                }
                "find" => text.find(&*part),
                _ => text.rfind(&*part),
            };
            let at = at.and_then(|at| text.get(..at)).map(|before| before.chars().count());
            return Ok(at.map_or(Value::Int(-1), Value::length));
        }
        "center" | "ljust" | "rjust" | "zfill" => {
            let [width, fill] = arguments.take(["width", "fillchar"], 1)?;
            let width = usize::try_from(number_of(width.as_ref(), 0)?).unwrap_or(0);
            let fill = optional_text(fill.as_ref(), name)?.and_then(|fill| fill.chars().next());
            return justified(text, name, width, fill.unwrap_or(' '));
        }
        _ => arguments.take([], 0)?,
    };
    Ok(match name {
        "lower" => Value::text(text.to_lowercase()),
        "upper" => Value::text(text.to_uppercase()),
        "title" => Value::text(title(text)),
        "capitalize" => Value::text(capitalized(text)),
        "swapcase" => Value::text(
            text.chars()
                .map(|c| {
                    let (lower, upper) = (c.to_lowercase(), c.to_uppercase());
                    if c.is_uppercase() { lower.collect() } else { upper.collect::<String>() }
                })
                .collect::<String>(),
        ),
        _ => Value::Bool(all_of(text, name)),
    })
}

/// `isalpha` and its like: true for a text that has characters, all of the kind.
fn all_of(text: &str, name: &str) -> bool {
    let cased = |c: char| c.is_uppercase() || c.is_lowercase();
    match name {
        "islower" => text.chars().any(cased) && !text.chars().any(char::is_uppercase),
        "isupper" => text.chars().any(cased) && !text.chars().any(char::is_lowercase),
        _ => {
            let test = match name {
                "isalpha" => char::is_alphabetic,
                "isdigit" => |c: char| c.is_ascii_digit(),
                "isspace" => is_space,
                _ => char::is_alphanumeric,
            };
            !text.is_empty() && text.chars().all(test)
        }
    }
}

fn nonempty(text: Rc<str>) -> Result<Rc<str>, TemplateErrorKind> {
    if text.is_empty() {
        return Err(TemplateErrorKind::operation("the separator is empty"));
    }
    Ok(text)
}

fn join(separator: &str, items: Option<&Value>) -> Outcome {
    let texts = match items {
        Some(Value::Tuple(items) | Value::List(items) | Value::Iter(items)) => {
            let texts = items.iter().map(|item| text_of(Some(item), "join"));
            texts.collect::<Result<Vec<_>, _>>()?
        }
        Some(Value::Str(text)) => text.chars().map(|c| Rc::from(c.to_string())).collect(),
        Some(Value::Dict(items)) => {
            let texts = items.iter().map(|(key, _)| text_of(Some(key), "join"));
            texts.collect::<Result<Vec<_>, _>>()?
        }
        Some(undefined @ (Value::Undefined(_) | Value::Module { .. })) => {
            return Err(filters::no_text(undefined));
        }
        other => {
            let given = other.map_or("nothing", Value::type_name);
            let message = format!("join() cannot walk over a {given}");
            return Err(TemplateErrorKind::operation(message));
        }
    };
    let size =
        texts.iter().fold(0_usize, |sum, text| sum.saturating_add(text.len() + separator.len()));
    if size > super::machine::MAX_TEXT {
        return Err(TemplateErrorKind::Limit { what: "text" });
    }
    Ok(Value::text(texts.join(separator)))
}

fn split(text: &str, separator: Option<&str>, limit: Option<usize>, right: bool) -> Outcome {
    // `splitn` counts the pieces, Python the cuts.
    let pieces = limit.map_or(usize::MAX, |limit| limit.saturating_add(1));
    let mut parts: Vec<&str> = match separator {
        Some("") => return Err(TemplateErrorKind::operation("the separator is empty")),
        Some(separator) if right => text.rsplitn(pieces, separator).collect(),
        Some(separator) => text.splitn(pieces, separator).collect(),
        None => {
            let mut parts = Vec::new();
            let mut rest = if right {
                text.trim_end_matches(is_space)
            } else {
                text.trim_start_matches(is_space)
            };
            while !rest.is_empty() {
                let cut = if right {
                    rest.rsplit_once(is_space)
                        .map(|(rest, part)| (part, rest.trim_end_matches(is_space)))
                } else {
                    rest.split_once(is_space)
                        .map(|(part, rest)| (part, rest.trim_start_matches(is_space)))
                };
                let cut = cut.filter(|_| parts.len() + 1 < pieces);
                let (part, after) = cut.unwrap_or((rest, ""));
                parts.push(part);
                rest = after;
            }
            parts
        }
    };
    if right {
        parts.reverse();
    }
    Ok(Value::List(Value::texts(parts)))
}

/// Python's `str.splitlines`, which knows more line ends than most.
fn split_lines(text: &str, keep: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    let is_end = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    while !rest.is_empty() {
        let length = rest.find(is_end).unwrap_or(rest.len());
        let (line, after) = rest.split_at(length);
        let end = match after.strip_prefix("\r\n") {
            Some(_) => 2,
            None => after.chars().next().map_or(0, char::len_utf8),
        };
        lines.push(if keep { &rest[..length + end] } else { line });
        rest = &after[end..];
    }
    lines
}

/// Python's `str.isspace` of one character.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// Python's `strip`, of white space or of the given characters.
pub(super) fn strip<'t>(text: &'t str, chars: Option<&str>, left: bool, right: bool) -> &'t str {
    let drop = |c: char| chars.map_or_else(|| is_space(c), |chars| chars.contains(c));
    let text = if left { text.trim_start_matches(drop) } else { text };
    if right { text.trim_end_matches(drop) } else { text }
}

fn justified(text: &str, name: &str, width: usize, fill: char) -> Outcome {
    if width > 10_000 {
        return Err(TemplateErrorKind::Limit { what: "text" });
    }
    let missing = width.saturating_sub(text.chars().count());
    let filled = |count| std::iter::repeat_n(fill, count).collect::<String>();
    Ok(Value::text(match name {
        "ljust" => text.to_owned() + &filled(missing),
        "rjust" => filled(missing) + text,
        "zfill" => {
            let sign = usize::from(text.starts_with(['+', '-']));
            text[..sign].to_owned() + &"0".repeat(missing) + &text[sign..]
        }
        _ => {
            // The odd one goes to the left when both the width and what is missing are odd.
            let left = missing / 2 + (missing & width & 1);
            filled(left) + text + &filled(missing - left)
        }
    }))
}

/// The first letter of each word large, the others small.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            push_title(&mut out, c);
        }
        inside = c.is_uppercase() || c.is_lowercase();
    }
    out
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    let mut out = String::with_capacity(text.len());
    if let Some(first) = chars.next() {
        push_title(&mut out, first);
    }
    out + &chars.as_str().to_lowercase()
}

/// A letter as the first of a word: of a letter that becomes two, only the first is large.
fn push_title(out: &mut String, c: char) {
    for (index, upper) in c.to_uppercase().enumerate() {
        if index == 0 {
            out.push(upper);
        } else {
            out.extend(upper.to_lowercase());
        }
    }
}
