//! The methods of `str` that search, split and replace.

use crate::eval::args::Args;
use crate::eval::args::Signature;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::range::Slice;
use crate::eval::text::Text;
use crate::eval::value::Value;

use super::int_argument;
use super::methods;
use super::numbers::is_space;
use super::str_methods::this_text;
use super::text_argument;

pub(super) fn install(interp: &mut Interpreter) {
    let types = interp.types();
    methods(
        &types.str,
        &[
            ("find", |interp, args| find(interp, args, "find")),
            ("rfind", |interp, args| find(interp, args, "rfind")),
            ("index", |interp, args| find(interp, args, "index")),
            ("rindex", |interp, args| find(interp, args, "rindex")),
            ("count", count),
            ("startswith", |interp, args| edge(interp, args, "startswith")),
            ("endswith", |interp, args| edge(interp, args, "endswith")),
            ("removeprefix", |interp, args| remove(interp, args, "removeprefix")),
            ("removesuffix", |interp, args| remove(interp, args, "removesuffix")),
            ("replace", replace),
            ("strip", |interp, args| strip(interp, args, "strip")),
            ("lstrip", |interp, args| strip(interp, args, "lstrip")),
            ("rstrip", |interp, args| strip(interp, args, "rstrip")),
            ("split", |interp, args| split(interp, args, false)),
            ("rsplit", |interp, args| split(interp, args, true)),
            ("splitlines", splitlines),
            ("partition", |interp, args| partition(interp, args, "partition")),
            ("rpartition", |interp, args| partition(interp, args, "rpartition")),
        ],
    );
}

/// The part of a text between two optional places, and where it starts in characters; nothing when
/// the start lies behind the end.
fn window<'t>(
    interp: &mut Interpreter,
    text: &'t Text,
    start: Option<Value>,
    stop: Option<Value>,
) -> Result<Option<(&'t str, usize)>> {
    let start = start.unwrap_or_default();
    let stop = stop.unwrap_or_default();
    if start.is_none() && stop.is_none() {
        return Ok(Some((text.as_str(), 0)));
    }
    let length = text.characters();
    let after_end = start
        .as_int()
        .is_some_and(|start| usize::try_from(start).is_ok_and(|start| start > length));
    let slice = Slice { start, stop, step: Value::None };
    let (from, to, _) = slice.bounds(interp, length)?;
    // A start behind the end finds nothing, not even the empty text.
    if after_end || from > to {
        return Ok(None);
    }
    let from = usize::try_from(from).unwrap_or(0);
    let to = usize::try_from(to).unwrap_or(0);
    Ok(Some((text.part(from, to), from)))
}

fn find(interp: &mut Interpreter, args: Args, name: &str) -> Result<Value> {
    let [this, part, start, stop] = args.method_up_to(interp, name, 2)?;
    let text = this_text(interp, this.as_ref())?;
    let Some(part) = part.as_ref().and_then(Value::as_text) else {
        let class = interp.class_name(&part.unwrap_or_default());
        return interp.type_error(format!("must be str, not {class}"));
    };
    interp.charge(text.len() as u64 / 32)?;
    let found = match window(interp, &text, start, stop)? {
        None => None,
        Some((window, from)) => {
            let at = if name.starts_with('r') {
                window.rfind(part.as_str())
            } else {
                window.find(part.as_str())
            };
            at.map(|at| from + window[..at].chars().count())
        }
    };
    match found {
        Some(at) => Ok(Value::size(at)),
        None if name.ends_with("index") => interp.value_error("substring not found"),
        None => Ok(Value::Int(-1)),
    }
}

fn count(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, part, start, stop] = args.method_up_to(interp, "count", 2)?;
    let text = this_text(interp, this.as_ref())?;
    let Some(part) = part.as_ref().and_then(Value::as_text) else {
        let class = interp.class_name(&part.unwrap_or_default());
        return interp.type_error(format!("must be str, not {class}"));
    };
    interp.charge(text.len() as u64 / 32)?;
    Ok(match window(interp, &text, start, stop)? {
        None => Value::Int(0),
        Some((window, _)) if part.is_empty() => Value::size(window.chars().count() + 1),
        Some((window, _)) => Value::size(window.matches(part.as_str()).count()),
    })
}

fn edge(interp: &mut Interpreter, args: Args, name: &str) -> Result<Value> {
    let [this, wanted, start, stop] = args.method_up_to(interp, name, 2)?;
    let text = this_text(interp, this.as_ref())?;
    let wanted = wanted.unwrap_or_default();
    let wanted = match wanted.plain() {
        Value::Tuple(items) => {
            let mut texts = Vec::new();
            for item in items.iter() {
                let Some(text) = item.as_text() else {
                    let class = interp.class_name(item);
                    return interp.type_error(format!(
                        "tuple for {name} must only contain str, not {class}"
                    ));
                };
                texts.push(text);
            }
            texts
        }
        _ => match wanted.as_text() {
            Some(text) => vec![text],
            None => {
                let class = interp.class_name(&wanted);
                return interp.type_error(format!(
                    "{name} first arg must be str or a tuple of str, not {class}"
                ));
            }
        },
    };
    let Some((window, _)) = window(interp, &text, start, stop)? else {
        return Ok(Value::Bool(false));
    };
    let fits = |wanted: &Text| {
        if name == "startswith" {
            window.starts_with(wanted.as_str())
        } else {
            window.ends_with(wanted.as_str())
        }
    };
    Ok(Value::Bool(wanted.iter().any(fits)))
}

fn remove(interp: &mut Interpreter, args: Args, name: &str) -> Result<Value> {
    let [this, part] = args.exactly(interp, &format!("str.{name}"))?;
    let text = this_text(interp, Some(&this))?;
    let part = text_argument(interp, &part, name, 0)?;
    let rest = if name == "removeprefix" {
        text.strip_prefix(part.as_str())
    } else {
        text.strip_suffix(part.as_str())
    };
    Ok(Value::str(rest.unwrap_or(&text)))
}

fn replace(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, old, new, count] = args.method_up_to(interp, "replace", 3)?;
    let text = this_text(interp, this.as_ref())?;
    let old = text_argument(interp, &old.unwrap_or_default(), "replace", 1)?;
    let new = text_argument(interp, &new.unwrap_or_default(), "replace", 2)?;
    let limit = match count {
        Some(count) => {
            let count = int_argument(interp, &count)?;
            usize::try_from(count).unwrap_or(usize::MAX)
        }
        None => usize::MAX,
    };
    interp.charge(text.len() as u64 / 16)?;
    let found =
        if old.is_empty() { text.characters() + 1 } else { text.matches(old.as_str()).count() };
    let found = found.min(limit);
    if found == 0 {
        return Ok(Value::Str(text));
    }
    interp.allow_size(text.len().saturating_add(found.saturating_mul(new.len())), "a text")?;
    Ok(Value::str(text.replacen(old.as_str(), &new, limit)))
}

fn strip(interp: &mut Interpreter, args: Args, name: &str) -> Result<Value> {
    let [this, characters] = args.method_up_to(interp, name, 1)?;
    let text = this_text(interp, this.as_ref())?;
    let characters = match characters {
        None | Some(Value::None) => None,
        Some(value) => match value.as_text() {
            Some(text) => Some(text),
            None => {
                return interp.type_error(format!("{name} arg must be None or str"));
            }
        },
    };
    interp.charge(text.len() as u64 / 32)?;
    let is = |c: char| match &characters {
        Some(characters) => characters.contains(c),
        None => is_space(c),
    };
    let part = match name {
        "lstrip" => text.trim_start_matches(is),
        "rstrip" => text.trim_end_matches(is),
        _ => text.trim_matches(is),
    };
    if part.len() == text.len() {
        return Ok(Value::Str(text));
    }
    Ok(Value::str(part))
}

fn split(interp: &mut Interpreter, args: Args, from_right: bool) -> Result<Value> {
    let name = if from_right { "rsplit" } else { "split" };
    let signature = Signature::new(name, ["self", "sep", "maxsplit"], 1);
    let [this, separator, most] = args.bind(interp, &signature)?.values;
    let text = this_text(interp, this.as_ref())?;
    let most = match most {
        Some(most) => usize::try_from(int_argument(interp, &most)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    interp.charge(text.len() as u64 / 16)?;
    let separator = match separator {
        None | Some(Value::None) => None,
        Some(value) => match value.as_text() {
            Some(text) => Some(text),
            None => {
                let class = interp.class_name(&value);
                return interp.type_error(format!("must be str or None, not {class}"));
            }
        },
    };
    let parts: Vec<&str> = match &separator {
        Some(separator) => {
            if separator.is_empty() {
                return interp.value_error("empty separator");
            }
            let separator = separator.as_str();
            let limit = most.saturating_add(1);
            if from_right {
                let mut parts: Vec<&str> = text.rsplitn(limit, separator).collect();
                parts.reverse();
                parts
            } else {
                text.splitn(limit, separator).collect()
            }
        }
        None if from_right => {
            let mut parts = Vec::new();
            let mut rest = text.trim_end_matches(is_space);
            while !rest.is_empty() && parts.len() < most {
                match rest.rfind(is_space) {
                    Some(at) => {
                        let space = rest[at..].chars().next().map_or(1, char::len_utf8);
                        parts.push(&rest[at + space..]);
                        rest = rest[..at].trim_end_matches(is_space);
                    }
                    None => {
                        parts.push(rest);
                        rest = "";
                    }
                }
            }
            if !rest.is_empty() {
                parts.push(rest);
            }
            parts.reverse();
            parts
        }
        None => {
            let mut parts = Vec::new();
            let mut rest = text.trim_start_matches(is_space);
            while !rest.is_empty() && parts.len() < most {
                let at = rest.find(is_space).unwrap_or(rest.len());
                parts.push(&rest[..at]);
                rest = rest[at..].trim_start_matches(is_space);
            }
            if !rest.is_empty() {
                parts.push(rest);
            }
            parts
        }
    };
    interp.allow_items(parts.len())?;
    Ok(Value::list(parts.into_iter().map(Value::str).collect()))
}

fn splitlines(interp: &mut Interpreter, args: Args) -> Result<Value> {
    const SPLITLINES: Signature<2> = Signature::new("splitlines", ["self", "keepends"], 1);
    let [this, keep] = args.bind(interp, &SPLITLINES)?.values;
    let text = this_text(interp, this.as_ref())?;
    let keep = match keep {
        Some(keep) => interp.truth(&keep)?,
        None => false,
    };
    interp.charge(text.len() as u64 / 16)?;
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let is_end = matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'
                ..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        );
        if !is_end {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '\r' && characters.next_if(|(_, c)| *c == '\n').is_some() {
            end += 1;
        }
        lines.push(Value::str(&text[start..if keep { end } else { at }]));
        start = end;
    }
    if start < text.len() {
        lines.push(Value::str(&text[start..]));
    }
    interp.allow_items(lines.len())?;
    Ok(Value::list(lines))
}

fn partition(interp: &mut Interpreter, args: Args, name: &str) -> Result<Value> {
    let [this, separator] = args.exactly(interp, &format!("str.{name}"))?;
    let text = this_text(interp, Some(&this))?;
    let Some(separator) = separator.as_text() else {
        let class = interp.class_name(&separator);
        return interp.type_error(format!("must be str, not {class}"));
    };
    if separator.is_empty() {
        return interp.value_error("empty separator");
    }
    let found = if name == "partition" {
        text.split_once(separator.as_str())
    } else {
        text.rsplit_once(separator.as_str())
    };
    let parts = match found {
        Some((before, after)) => [before, separator.as_str(), after],
        None if name == "partition" => [text.as_str(), "", ""],
        None => ["", "", text.as_str()],
    };
    Ok(Value::tuple(parts.into_iter().map(Value::str).collect()))
}
