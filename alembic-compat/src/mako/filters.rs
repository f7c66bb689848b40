//! The filters behind a `|`, and the text of a value.

use std::rc::Rc;

use super::error::TemplateErrorKind;
use super::methods::strip;
use super::value::Value;

/// Python's `str(value)`, or why there is none.
pub(super) fn to_text(value: &Value) -> Result<Rc<str>, TemplateErrorKind> {
    value.to_text().ok_or_else(|| no_text(value))
}

/// Why a value cannot be written.
pub(super) fn no_text(value: &Value) -> TemplateErrorKind {
    match value {
        Value::Undefined(name) => TemplateErrorKind::Undefined { name: name.to_string() },
        Value::Module { name, module } => {
            TemplateErrorKind::FromModule { name: name.to_string(), module: module.to_string() }
        }
        other => TemplateErrorKind::operation(format!(
            "a {} cannot be written as text",
            other.type_name()
        )),
    }
}

/// Applies one of Mako's own filters; `None` when `name` is no such filter.
pub(super) fn named(name: &str, value: &Value) -> Option<Result<Value, TemplateErrorKind>> {
    let on_text = |change: fn(&str) -> String| match value {
        Value::Str(text) => Ok(Value::text(change(text))),
        other => Err(no_text(other)),
    };
    Some(match name {
        "n" => Ok(value.clone()),
        "str" | "unicode" => to_text(value).map(Value::Str),
        "trim" => on_text(|text| strip(text, None, true, true).to_owned()),
        "h" => to_text(value).map(|text| Value::text(escape(&text))),
        "x" => on_text(escape),
        "u" => on_text(url_escape),
        "entity" | "decode" => {
            Err(TemplateErrorKind::Unsupported { what: format!("the filter '{name}'") })
        }
        _ => return None,
    })
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Python's `urllib.parse.quote_plus`.
fn url_escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            b if b.is_ascii_alphanumeric() => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
