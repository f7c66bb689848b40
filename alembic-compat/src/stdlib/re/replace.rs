//! `re.sub` and its templates.

use std::rc::Rc;

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::Match;
use super::pattern::Pattern;
use super::pattern::Spans;

/// A part of a template.
#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Group(usize),
}

/// Replaces matches; gives the text and how many there were.
pub(super) fn replace(
    interp: &mut Interpreter,
    pattern: &Rc<Pattern>,
    by: &Value,
    text: &Text,
    most: i64,
) -> Result<(Text, usize)> {
    let most = match most {
        0 => usize::MAX,
        most => usize::try_from(most).unwrap_or(0),
    };
    let parts = match by.as_text() {
        Some(given) => Some(template(interp, pattern, &given)?),
        None if interp.is_callable(by) => None,
        None => {
            let class = interp.class_name(by);
            return interp
                .type_error(format!("decoding to str: need a bytes-like object, {class} found"));
        }
    };
    let found = pattern.find_all(interp, text, 0, most)?;
    let count = found.len();
    if count == 0 {
        return Ok((text.clone(), 0));
    }
    let mut out = String::new();
    let mut last = 0;
    for spans in found {
        let (start, end) = spans.first().copied().flatten().unwrap_or_default();
        out.push_str(text.get(last..start).unwrap_or_default());
        last = end;
        match &parts {
            Some(parts) => fill(parts, text, &spans, &mut out),
            None => {
                let found = Match::value(pattern, text.clone(), spans);
                let result = interp.call(by, Args::of([found]))?;
                match result.as_text() {
                    Some(text) => out.push_str(&text),
                    None if result.is_none() => {}
                    None => {
                        let class = interp.class_name(&result);
                        return interp.type_error(format!(
                            "sequence item 0: expected str instance, {class} found"
                        ));
                    }
                }
            }
        }
        interp.allow_size(out.len(), "a text")?;
    }
    out.push_str(text.get(last..).unwrap_or_default());
    Ok((Text::from(out), count))
}

/// Writes a template for one match.
pub(super) fn fill(parts: &[Part], text: &str, spans: &Spans, out: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Group(group) => {
                let span = spans.get(*group).copied().flatten();
                out.push_str(span.and_then(|(a, b)| text.get(a..b)).unwrap_or_default());
            }
        }
    }
}

/// Reads a template.
pub(super) fn template(
    interp: &mut Interpreter,
    pattern: &Rc<Pattern>,
    text: &str,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text.chars().peekable();
    let group = |parts: &mut Vec<Part>, plain: &mut String, number: usize| {
        parts.push(Part::Text(std::mem::take(plain)));
        parts.push(Part::Group(number));
    };
    while let Some(c) = rest.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match rest.next() {
            None => return Err(interp.unsupported("a template of 're' that ends in a backslash")),
            Some('g') if rest.next_if_eq(&'<').is_some() => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        Some('>') => break,
                        Some(c) => name.push(c),
                        None => {
                            return Err(
                                interp.unsupported("an unterminated name in a template of 're'")
                            );
                        }
                    }
                }
                let key = match name.parse::<i64>() {
                    Ok(number) => Value::Int(number),
                    Err(_) => Value::from(name.as_str()),
                };
                let number = match pattern.group(interp, &key) {
                    Ok(number) => number,
                    Err(error) if key.as_text().is_some() => {
                        drop(error);
                        return interp.raise("IndexError", format!("unknown group name '{name}'"));
                    }
                    Err(_) => return Err(invalid(interp)),
                };
                group(&mut parts, &mut plain, number);
            }
            Some('0') => return Err(interp.unsupported("an octal escape in a template of 're'")),
            Some(c @ '1'..='9') => {
                let mut number = c.to_digit(10).unwrap_or_default() as usize;
                if let Some(next) = rest.next_if(char::is_ascii_digit) {
                    number = number * 10 + next.to_digit(10).unwrap_or_default() as usize;
                    if rest.peek().is_some_and(char::is_ascii_digit) {
                        return Err(interp.unsupported("an octal escape in a template of 're'"));
                    }
                }
                if number > pattern.translated.groups {
                    return Err(invalid(interp));
                }
                group(&mut parts, &mut plain, number);
            }
            Some(c) => match c {
                'n' => plain.push('\n'),
                't' => plain.push('\t'),
                'r' => plain.push('\r'),
                'f' => plain.push('\u{c}'),
                'v' => plain.push('\u{b}'),
                'a' => plain.push('\u{7}'),
                'b' => plain.push('\u{8}'),
                '\\' => plain.push('\\'),
                c if c.is_ascii_alphabetic() => {
                    return Err(interp.unsupported("an unknown escape in a template of 're'"));
                }
                c => {
                    plain.push('\\');
                    plain.push(c);
                }
            },
        }
    }
    parts.push(Part::Text(plain));
    Ok(parts)
}

fn invalid(interp: &Interpreter) -> Box<crate::eval::Error> {
    interp.unsupported("a reference to a group that is not there in a template of 're'")
}
