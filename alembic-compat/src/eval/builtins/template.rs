//! `str.format` and `str.format_map`.

use crate::eval::args::Args;
use crate::eval::error::Result;
use crate::eval::interpreter::Interpreter;
use crate::eval::text::Text;
use crate::eval::value::Value;

use super::str_methods::this_text;

/// How deep a spec may contain fields.
const DEEPEST: u8 = 2;

struct Values {
    positional: Vec<Value>,
    keywords: Vec<(Text, Value)>,
    mapping: Option<Value>,
    /// The next automatic number; absent once numbers were written.
    next: Option<usize>,
    /// Whether automatic numbers were used.
    automatic: bool,
}

pub(super) fn format(interp: &mut Interpreter, mut args: Args) -> Result<Value> {
    let this = args.take_self();
    let text = this_text(interp, this.as_ref())?;
    let mut values = Values {
        positional: args.positional,
        keywords: args.keywords,
        mapping: None,
        next: Some(0),
        automatic: false,
    };
    render(interp, &text, &mut values, DEEPEST).map(Value::str)
}

pub(super) fn format_map(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [this, mapping] = args.exactly(interp, "str.format_map")?;
    let text = this_text(interp, Some(&this))?;
    let mut values = Values {
        positional: Vec::new(),
        keywords: Vec::new(),
        mapping: Some(mapping),
        next: Some(0),
        automatic: false,
    };
    render(interp, &text, &mut values, DEEPEST).map(Value::str)
}

fn render(
    interp: &mut Interpreter,
    template: &str,
    values: &mut Values,
    depth: u8,
) -> Result<String> {
    if depth == 0 {
        return interp.value_error("Max string recursion exceeded");
    }
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return interp.value_error("Single '}' encountered in format string");
        }
        if rest.is_empty() {
            return interp.value_error("Single '{' encountered in format string");
        }
        // The field ends at the brace that closes it; brackets keep what is in them.
        let mut nesting = 1;
        let mut end = None;
        let mut bracket = false;
        for (at, c) in rest.char_indices() {
            match c {
                '[' if nesting == 1 => bracket = true,
                ']' => bracket = false,
                '{' if !bracket => nesting += 1,
                '}' if !bracket => {
                    nesting -= 1;
                    if nesting == 0 {
                        end = Some(at);
                        break;
                    }
                }
                ':' | '!' if nesting == 1 => bracket = false,
                _ => {}
            }
        }
        let Some(end) = end else {
            return interp.value_error("expected '}' before end of string");
        };
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let text = render_field(interp, field, values, depth)?;
        out.push_str(&text);
        interp.allow_size(out.len(), "a text")?;
    }
    out.push_str(rest);
    Ok(out)
}

fn render_field(
    interp: &mut Interpreter,
    field: &str,
    values: &mut Values,
    depth: u8,
) -> Result<String> {
    // Inside brackets a colon or exclamation mark is part of the key.
    let mut bracket = false;
    let split = field.char_indices().find(|(_, c)| {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            _ => {}
        }
        !bracket && matches!(c, ':' | '!')
    });
    let (name, conversion, spec) = match split {
        None => (field, None, ""),
        Some((at, ':')) => (&field[..at], None, &field[at + 1..]),
        Some((at, _)) => {
            let rest = &field[at + 1..];
            let mut characters = rest.chars();
            let Some(conversion) = characters.next() else {
                return interp.value_error("end of string while looking for conversion specifier");
            };
            let spec = match characters.next() {
                None => "",
                Some(':') => characters.as_str(),
                Some(_) => {
                    return interp.value_error("expected ':' after conversion specifier");
                }
            };
            (&field[..at], Some(conversion), spec)
        }
    };
    let mut bracket = false;
    for c in name.chars() {
        match c {
            '[' => bracket = true,
            ']' => bracket = false,
            '{' if !bracket => return interp.value_error("unexpected '{' in field name"),
            _ => {}
        }
    }
    let value = lookup(interp, name, values)?;
    let value = match conversion {
        None => value,
        Some('r') => Value::str(interp.repr(&value)?),
        Some('s') => Value::Str(interp.str(&value)?),
        Some('a') => Value::str(crate::eval::repr::ascii(&interp.repr(&value)?)),
        Some(other) => {
            return interp.value_error(format!("Unknown conversion specifier {other}"));
        }
    };
    let spec = if spec.contains(['{', '}']) {
        render(interp, spec, values, depth - 1)?
    } else {
        spec.to_owned()
    };
    interp.format(&value, &spec)
}

fn lookup(interp: &mut Interpreter, name: &str, values: &mut Values) -> Result<Value> {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = name.split_at(end);
    let mut value = if first.is_empty() {
        let Some(at) = values.next else {
            return interp.value_error(
                "cannot switch from manual field specification to automatic field numbering",
            );
        };
        values.next = Some(at + 1);
        values.automatic = true;
        positional(interp, values, at)?
    } else if first.bytes().all(|byte| byte.is_ascii_digit()) {
        if values.automatic {
            return interp.value_error(
                "cannot switch from automatic field numbering to manual field specification",
            );
        }
        values.next = None;
        let Ok(at) = first.parse() else {
            return interp.value_error("Too many decimal digits in format string");
        };
        positional(interp, values, at)?
    } else if let Some(mapping) = values.mapping.clone() {
        interp.item(&mapping, &Value::str(first))?
    } else {
        match values.keywords.iter().find(|(key, _)| *key == first) {
            Some((_, value)) => value.clone(),
            None => return Err(interp.raised_builtin("KeyError", vec![Value::str(first)])),
        }
    };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (attribute, after) = after.split_at(end);
            if attribute.is_empty() {
                return interp.value_error("Empty attribute in format string");
            }
            value = interp.get_attribute(&value, attribute)?;
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let Some((key, after)) = after.split_once(']') else {
                return interp.value_error("Missing ']' in format string");
            };
            if key.is_empty() {
                return interp.value_error("Empty attribute in format string");
            }
            let key = match key.parse::<i64>() {
                Ok(number) if key.bytes().all(|byte| byte.is_ascii_digit()) => Value::Int(number),
                _ => Value::str(key),
            };
            value = interp.item(&value, &key)?;
            if !after.is_empty() && !after.starts_with(['.', '[']) {
                return interp
                    .value_error("Only '.' or '[' may follow ']' in format field specifier");
            }
            rest = after;
        } else {
            return interp.value_error("unexpected text in format field specifier");
        }
    }
    Ok(value)
}

fn positional(interp: &mut Interpreter, values: &Values, at: usize) -> Result<Value> {
    if values.mapping.is_some() {
        return interp.value_error("Format string contains positional fields");
    }
    match values.positional.get(at) {
        Some(value) => Ok(value.clone()),
        None => interp.raise(
            "IndexError",
            format!("Replacement index {at} out of range for positional args tuple"),
        ),
    }
}
