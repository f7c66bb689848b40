//! Python's ways to put values into text: `%`, `str.format` and format specifications.

use std::rc::Rc;

use super::error::TemplateErrorKind;
use super::filters;
use super::value::Value;

/// The widest field that is filled up.
const MAX_WIDTH: usize = 10_000;

type Written = Result<String, TemplateErrorKind>;

/// A value after `!r`, `!s` or `!a`.
pub(super) fn converted(
    value: &Value,
    conversion: Option<char>,
) -> Result<Value, TemplateErrorKind> {
    match conversion {
        None => Ok(value.clone()),
        Some('s') => filters::to_text(value).map(Value::Str),
        Some('r') => value.repr().map(Value::text).ok_or_else(|| filters::no_text(value)),
        Some(other) => {
            Err(TemplateErrorKind::Unsupported { what: format!("the conversion '!{other}'") })
        }
    }
}

/// Python's `format(value, spec)`.
pub(super) fn with_spec(value: &Value, spec: &str) -> Written {
    if let Value::Timestamp(timestamp) = value
        && !spec.is_empty()
    {
        return timestamp.strftime(spec).map_err(|directive| TemplateErrorKind::Unsupported {
            what: format!("'%{directive}' in a date's format"),
        });
    }
    if spec.is_empty() {
        return filters::to_text(value).map(|text| text.to_string());
    }
    let bad = || TemplateErrorKind::Unsupported { what: format!("the format '{spec}'") };
    let number = value.number();
    if number.is_none() && !matches!(value, Value::Str(_)) {
        return Err(bad());
    }
    let mut chars: Vec<char> = spec.chars().collect();
    let is_align = |c: &char| matches!(c, '<' | '>' | '^' | '=');
    let mut field = Field { fill: ' ', align: None, width: 0 };
    if chars.get(1).is_some_and(is_align) {
        (field.fill, field.align) = (chars[0], Some(chars[1]));
        chars.drain(..2);
    } else if chars.first().is_some_and(is_align) {
        field.align = Some(chars.remove(0));
    }
    if chars.first() == Some(&'0') && number.is_some() && field.align.is_none() {
        (field.fill, field.align) = ('0', Some('='));
    }
    let rest: String = chars.into_iter().collect();
    let (rest, kind) = match rest.strip_suffix(['s', 'd']) {
        Some(bare) => (bare, rest.chars().last()),
        None => (&*rest, None),
    };
    if kind.is_some_and(|kind| (kind == 'd') != number.is_some()) {
        return Err(bad());
    }
    let (width, precision) = match rest.split_once('.') {
        Some((width, precision)) => (width, Some(small(precision).ok_or_else(bad)?)),
        None => (rest, None),
    };
    field.width = if width.is_empty() { 0 } else { small(width).ok_or_else(bad)? };
    match (value, number) {
        (_, Some(number)) if precision.is_none() => Ok(field.number(number)),
        (Value::Str(text), None) if field.align != Some('=') => {
            Ok(field.text(text, precision, '<'))
        }
        _ => Err(bad()),
    }
}

fn small(digits: &str) -> Option<usize> {
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|width| decimal && *width <= MAX_WIDTH)
}

/// Where a text is put when it is shorter than wanted.
struct Field {
    fill: char,
    align: Option<char>,
    width: usize,
}

impl Field {
    fn text(&self, text: &str, precision: Option<usize>, default: char) -> String {
        let cut: String = text.chars().take(precision.unwrap_or(usize::MAX)).collect();
        let missing = self.width.saturating_sub(cut.chars().count());
        let left = match self.align.unwrap_or(default) {
            '<' => 0,
            '^' => missing / 2,
            _ => missing,
        };
        let fill = |count| std::iter::repeat_n(self.fill, count).collect::<String>();
        fill(left) + &cut + &fill(missing - left)
    }

    fn number(&self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let sign = if number < 0 { "-" } else { "" };
        if self.align == Some('=') {
            let inner = Field { width: self.width.saturating_sub(sign.len()), ..*self };
            return sign.to_owned() + &inner.text(&digits, None, '>');
        }
        self.text(&format!("{sign}{digits}"), None, '>')
    }
}

/// Python's `template % values`.
pub(super) fn percent(template: &str, values: &Value) -> Written {
    let items: Rc<[Value]> = match values {
        Value::Tuple(items) => Rc::clone(items),
        other => Rc::from([other.clone()]),
    };
    let mut items = items.iter();
    let mut out = String::new();
    let mut by_name = false;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        rest = after;
        let mut value = None;
        if let Some(inner) = rest.strip_prefix('(') {
            let (name, after) = inner.split_once(')').ok_or_else(|| incomplete("%("))?;
            rest = after;
            by_name = true;
            let Value::Dict(pairs) = values else {
                return Err(TemplateErrorKind::operation("'%(name)s' needs a dict"));
            };
            let found = pairs.iter().find(|(key, _)| *key == Value::text(name));
            let missing = || TemplateErrorKind::operation(format!("the dict has no '{name}'"));
            value = Some(&found.ok_or_else(missing)?.1);
        }
        let flags = rest.len() - rest.trim_start_matches(['-', '0']).len();
        let length =
            flags + rest[flags..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(0);
        let (options, after) = rest.split_at(length);
        let conversion = after.chars().next().ok_or_else(|| incomplete("%"))?;
        rest = &after[conversion.len_utf8()..];
        if conversion == '%' && options.is_empty() && value.is_none() {
            out.push('%');
            continue;
        }
        let value = value.or_else(|| items.next());
        let value = value.ok_or_else(|| TemplateErrorKind::operation("too few values for '%'"))?;
        out.push_str(&percent_item(value, options, conversion)?);
    }
    out.push_str(rest);
    if items.next().is_some() && !by_name && !matches!(values, Value::Dict(_) | Value::List(_)) {
        return Err(TemplateErrorKind::operation("too many values for '%'"));
    }
    Ok(out)
}

fn incomplete(what: &str) -> TemplateErrorKind {
    TemplateErrorKind::operation(format!("a '{what}' in the format is not complete"))
}

fn percent_item(value: &Value, options: &str, conversion: char) -> Written {
    let bad =
        || TemplateErrorKind::Unsupported { what: format!("the format '%{options}{conversion}'") };
    let left = options.contains('-');
    let zeros = options.trim_start_matches('-').starts_with('0') && !left;
    let digits = options.trim_start_matches(['-', '0']);
    let (width, precision) = match digits.split_once('.') {
        Some((width, precision)) => (width, Some(small(precision).ok_or_else(bad)?)),
        None => (digits, None),
    };
    let width = if width.is_empty() { 0 } else { small(width).ok_or_else(bad)? };
    let align = if left { '<' } else { '>' };
    let field = Field { fill: ' ', align: Some(align), width };
    match (conversion, precision) {
        ('s', _) => Ok(field.text(&filters::to_text(value)?, precision, '>')),
        ('r', _) => {
            let repr = value.repr().ok_or_else(|| filters::no_text(value))?;
            Ok(field.text(&repr, precision, '>'))
        }
        ('d' | 'i', None) => {
            let number = value.number().ok_or_else(bad)?;
            let filled = Field { fill: '0', align: Some('='), width };
            Ok(if zeros { filled.number(number) } else { field.number(number) })
        }
        _ => Err(bad()),
    }
}

/// Python's `template.format(*positional, **keywords)`.
pub(super) fn format(
    template: &str,
    positional: &[Value],
    keywords: &[(String, Value)],
) -> Written {
    let mut out = String::new();
    let mut next = 0;
    let mut chars = template.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let doubled = matches!(c, '{' | '}') && chars.next_if(|(_, next)| *next == c).is_some();
        if doubled || !matches!(c, '{' | '}') {
            out.push(c);
            continue;
        }
        if c == '}' {
            return Err(incomplete("}"));
        }
        let inner = &template[at + 1..];
        let end = inner.find('}').ok_or_else(|| incomplete("{"))?;
        let inner = &inner[..end];
        if inner.contains(['{', '[', '.']) && !inner.contains(':') {
            let what = format!("the field '{{{inner}}}' of a format");
            return Err(TemplateErrorKind::Unsupported { what });
        }
        while chars.next_if(|(position, _)| *position <= at + 1 + end).is_some() {}
        let (name, spec) = inner.split_once(':').unwrap_or((inner, ""));
        let (name, conversion) = match name.split_once('!') {
            Some((name, conversion)) => (name, conversion.chars().next()),
            None => (name, None),
        };
        let value = if name.is_empty() {
            next += 1;
            positional.get(next - 1)
        } else if let Some(index) = small(name) {
            positional.get(index)
        } else {
            keywords.iter().find(|(own, _)| own == name).map(|(_, value)| value)
        };
        let missing = || TemplateErrorKind::operation(format!("no value for '{{{inner}}}'"));
        let value = converted(value.ok_or_else(missing)?, conversion)?;
        out.push_str(&with_spec(&value, spec)?);
        if out.len() > super::machine::MAX_TEXT {
            return Err(TemplateErrorKind::Limit { what: "text" });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_as_python() {
        let pair = Value::Tuple(Rc::from([Value::text("a'b"), Value::Int(-7)]));
        assert_eq!(percent("%s %04d %%", &pair).unwrap(), "a'b -007 %");
        assert_eq!(percent("%-6r|%4d|", &pair).unwrap(), "\"a'b\" |  -7|");
        assert_eq!(percent("%.1s%s", &pair).unwrap(), "a-7");
        assert!(percent("%s", &pair).is_err());
        assert!(percent("%s %s %s", &pair).is_err());
        assert!(percent("%", &pair).is_err());
        let dict = Value::Dict(Rc::from([(Value::text("k"), Value::Int(3))]));
        assert_eq!(percent("%(k)s%(k)03d", &dict).unwrap(), "3003");
    }

    #[test]
    fn fields_as_python() {
        for (spec, written) in
            [(">5", "   ab"), ("^5", " ab  "), ("*<4", "ab**"), (".1", "a"), ("4s", "ab  ")]
        {
            assert_eq!(with_spec(&Value::text("ab"), spec).unwrap(), written, "{spec}");
        }
        for (spec, written) in [("03d", "-07"), ("5", "   -7"), ("<4d", "-7  "), ("x=5", "-xxx7")] {
            assert_eq!(with_spec(&Value::Int(-7), spec).unwrap(), written, "{spec}");
        }
        assert!(with_spec(&Value::text("ab"), "d").is_err());
        let keywords = [("k".to_owned(), Value::text("v"))];
        let positional = [Value::Int(1), Value::text("é")];
        assert_eq!(format("{}{{{1!r}}}{k:>3}", &positional, &keywords).unwrap(), "1{'é'}  v");
        assert!(format("{nope}", &positional, &keywords).is_err());
        assert!(format("{", &positional, &keywords).is_err());
    }
}
