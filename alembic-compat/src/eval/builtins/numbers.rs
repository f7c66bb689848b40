//! Numbers read from texts: `int("12")`, `float("1e3")`.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;

use crate::eval::value::Value;

/// `int(text, base)`; nothing for what is no number. `base` is 0 or 2 to 36.
pub(super) fn parse_int(text: &str, base: u32) -> Option<Value> {
    let text = text.trim_matches(is_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.get(..2).map(str::to_ascii_lowercase);
    let prefixed = match lower.as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 0,
    };
    let (radix, digits, after_prefix) = if prefixed != 0 && (base == 0 || base == prefixed) {
        (prefixed, digits.get(2..)?, true)
    } else if base == 0 {
        // A leading zero is allowed in zero only.
        let plain: String = digits.chars().filter(|c| *c != '_').collect();
        if plain.len() > 1 && plain.starts_with('0') && plain.bytes().any(|byte| byte != b'0') {
            return None;
        }
        (10, digits, false)
    } else {
        (base, digits, false)
    };
    let digits = if after_prefix { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
    let mut clean = String::with_capacity(digits.len());
    let mut last = '_';
    for character in digits.chars() {
        if character == '_' {
            if last == '_' {
                return None;
            }
        } else {
            let digit = digit_value(character, radix)?;
            clean.push(char::from_digit(digit, radix)?);
        }
        last = character;
    }
    if last == '_' {
        return None;
    }
    let number = BigInt::parse_bytes(clean.as_bytes(), radix)?;
    Some(Value::integer(if negative { -number } else { number }))
}

fn digit_value(character: char, radix: u32) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(radix);
    }
    super::str_methods::decimal_value(character).filter(|digit| *digit < radix)
}

/// `float(text)`; nothing for what is no number.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let negative = lower.starts_with('-');
    match unsigned {
        "inf" | "infinity" => {
            return Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        "nan" => return Some(f64::NAN),
        _ => {}
    }
    let mut clean = String::with_capacity(text.len());
    let characters: Vec<char> = lower.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        match character {
            '_' => {
                let digit = |at: Option<usize>| {
                    at.and_then(|at| characters.get(at)).is_some_and(char::is_ascii_digit)
                };
                if !digit(at.checked_sub(1)) || !digit(at.checked_add(1)) {
                    return None;
                }
            }
            '0'..='9' | '.' | 'e' | '+' | '-' => clean.push(*character),
            other => {
                let digit = super::str_methods::decimal_value(*other).filter(|_| !other.is_ascii());
                clean.push(char::from_digit(digit?, 10)?);
            }
        }
    }
    if !clean.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    clean.parse().ok()
}

/// What `str.isspace` calls a space.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// An integer as a float for arithmetic, rounded.
pub(super) fn int_to_float(value: &Value) -> Option<f64> {
    match value {
        Value::BigInt(number) => crate::eval::number::big_to_float(number),
        Value::Int(number) => number.to_f64(),
        other => other.as_int().map(|number| number as f64),
    }
}
