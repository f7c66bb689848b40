//! The format mini-language: `format(value, spec)`, f-strings and `str.format`.

use num_bigint::BigInt;
use num_traits::Signed as _;

use super::error::Result;
use super::interpreter::Interpreter;
use super::number::big_to_float;
use super::repr::split_scientific;
use super::repr::write_fixed;
use super::repr::write_scientific;
use super::value::Value;

/// A parsed format spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec {
    fill: char,
    align: Option<char>,
    sign: Option<char>,
    no_negative_zero: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    group: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// More digits than this are refused: the formatting of the standard library takes no more.
const MOST_DIGITS: usize = 60_000;

enum Bad {
    Invalid,
    TooLarge,
    NoPrecision,
    Group(char),
    BothGroups,
}

impl Spec {
    fn parse(text: &str) -> std::result::Result<Self, Bad> {
        let mut spec = Self {
            fill: ' ',
            align: None,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            zero: false,
            width: 0,
            group: None,
            precision: None,
            kind: None,
        };
        let mut has_fill = false;
        let is_align = |c: char| matches!(c, '<' | '>' | '=' | '^');
        let mut rest: std::iter::Peekable<std::str::Chars<'_>>;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(fill), Some(align)) if is_align(align) => {
                spec.fill = fill;
                has_fill = true;
                spec.align = Some(align);
                rest = characters.peekable();
            }
            (Some(align), _) if is_align(align) => {
                spec.align = Some(align);
                rest = text.get(1..).unwrap_or_default().chars().peekable();
            }
            _ => rest = text.chars().peekable(),
        }
        spec.sign = rest.next_if(|c| matches!(c, '+' | '-' | ' '));
        spec.no_negative_zero = rest.next_if_eq(&'z').is_some();
        spec.alternate = rest.next_if_eq(&'#').is_some();
        if !has_fill && rest.next_if_eq(&'0').is_some() {
            spec.zero = true;
            spec.fill = '0';
        }
        if let Some(width) = digits(&mut rest)? {
            spec.width = width;
        }
        while let Some(group) = rest.next_if(|c| matches!(c, ',' | '_')) {
            match spec.group {
                Some(before) if before != group => return Err(Bad::BothGroups),
                Some(_) => return Err(Bad::Group(group)),
                None => spec.group = Some(group),
            }
        }
        if rest.next_if_eq(&'.').is_some() {
            spec.precision = Some(digits(&mut rest)?.ok_or(Bad::NoPrecision)?);
        }
        spec.kind = rest.next();
        if rest.next().is_some() {
            return Err(Bad::Invalid);
        }
        Ok(spec)
    }
}

fn digits(
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
) -> std::result::Result<Option<usize>, Bad> {
    let mut number = None;
    while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
        rest.next();
        let next = number.unwrap_or(0_usize).checked_mul(10);
        let next = next.and_then(|number| number.checked_add(digit as usize));
        number = Some(next.ok_or(Bad::TooLarge)?);
        if number.is_some_and(|number| i64::try_from(number).is_err()) {
            return Err(Bad::TooLarge);
        }
    }
    Ok(number)
}

impl Interpreter {
    /// `format(value, spec)`.
    ///
    /// # Errors
    /// A `ValueError` for a spec that the value does not have, and what `__format__` raises.
    pub fn format(&mut self, value: &Value, spec: &str) -> Result<String> {
        if let Value::Instance(instance) = value {
            if let Some(result) = self.special(value, "__format__", [Value::str(spec)])? {
                return match result.as_text() {
                    Some(text) => Ok(text.to_string()),
                    None => {
                        let class = self.class_name(&result);
                        self.type_error(format!("__format__ must return a str, not {class}"))
                    }
                };
            }
            if let Some(method @ Value::Builtin(_)) = instance.class().lookup("__format__") {
                let args = super::args::Args::of([value.clone(), Value::str(spec)]);
                let result = self.call(&method, args)?;
                return Ok(result.as_text().map_or_else(String::new, |text| text.to_string()));
            }
        }
        if spec.is_empty() {
            return self.str(value).map(|text| text.to_string());
        }
        match value.plain() {
            Value::Str(text) => self.format_text(&text, spec),
            plain @ (Value::Int(_) | Value::Bool(_) | Value::BigInt(_)) => {
                self.format_int(&plain, spec)
            }
            Value::Float(number) => self.format_float(number, spec),
            plain => {
                if let Value::Native(native) = &plain
                    && let Some(text) = native.format(value, spec, self)?
                {
                    return Ok(text);
                }
                let class = self.class_name(value);
                self.type_error(format!("unsupported format string passed to {class}.__format__"))
            }
        }
    }

    fn spec(&mut self, text: &str, class: &str) -> Result<Spec> {
        let spec = match Spec::parse(text) {
            Ok(spec) => spec,
            Err(bad) => {
                let message = match bad {
                    Bad::Invalid => {
                        format!("Invalid format specifier '{text}' for object of type '{class}'")
                    }
                    Bad::TooLarge => "Too many decimal digits in format string".to_owned(),
                    Bad::NoPrecision => "Format specifier missing precision".to_owned(),
                    Bad::Group(group) => format!("Cannot specify '{group}' with '{group}'."),
                    Bad::BothGroups => "Cannot specify both ',' and '_'.".to_owned(),
                };
                return self.value_error(message);
            }
        };
        if let Some(group) = spec.group {
            let default = match class {
                "str" => 's',
                "float" => '\0',
                _ => 'd',
            };
            let kind = spec.kind.unwrap_or(default);
            let fits = match kind {
                'd' | 'e' | 'f' | 'g' | 'E' | 'F' | 'G' | '%' | '\0' => true,
                'b' | 'o' | 'x' | 'X' => group == '_',
                _ => false,
            };
            if !fits {
                return if (' '..='~').contains(&kind) {
                    self.value_error(format!("Cannot specify '{group}' with '{kind}'."))
                } else {
                    let code = u32::from(kind);
                    self.value_error(format!("Cannot specify '{group}' with '\\x{code:x}'."))
                };
            }
        }
        self.allow_size(spec.width, "a text")?;
        if spec.precision.is_some_and(|precision| precision > MOST_DIGITS) && class != "str" {
            return Err(self.limit(super::error::Limit::Size("a text")));
        }
        Ok(spec)
    }

    fn unknown_code(&mut self, kind: char, class: &str) -> Result<String> {
        let shown = if (' '..='~').contains(&kind) {
            format!("'{kind}'")
        } else {
            format!("'\\x{:x}'", u32::from(kind))
        };
        self.value_error(format!("Unknown format code {shown} for object of type '{class}'"))
    }

    fn format_text(&mut self, text: &str, spec: &str) -> Result<String> {
        let spec = self.spec(spec, "str")?;
        if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
            return self.unknown_code(kind, "str");
        }
        if let Some(sign) = spec.sign {
            return self.value_error(if sign == ' ' {
                "Space not allowed in string format specifier"
            } else {
                "Sign not allowed in string format specifier"
            });
        }
        if spec.no_negative_zero {
            return self
                .value_error("Negative zero coercion (z) not allowed in string format specifier");
        }
        if spec.alternate {
            return self.value_error("Alternate form (#) not allowed in string format specifier");
        }
        if spec.align == Some('=') {
            return self.value_error("'=' alignment not allowed in string format specifier");
        }
        let text: String = match spec.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text.to_owned(),
        };
        Ok(pad(&text, "", spec.fill, spec.align.unwrap_or('<'), spec.width))
    }

    fn format_int(&mut self, value: &Value, text: &str) -> Result<String> {
        let class = if matches!(value, Value::Bool(_)) { "bool" } else { "int" };
        let spec = self.spec(text, class)?;
        let kind = spec.kind.unwrap_or('d');
        if matches!(kind, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') {
            let number = match value {
                Value::BigInt(big) => match big_to_float(big) {
                    Some(number) => number,
                    None => {
                        return self.raise("OverflowError", "int too large to convert to float");
                    }
                },
                other => other.as_int().unwrap_or(0) as f64,
            };
            return self.format_float_spec(number, &spec, "int");
        }
        if !matches!(kind, 'b' | 'c' | 'd' | 'n' | 'o' | 'x' | 'X') {
            return self.unknown_code(kind, class);
        }
        if spec.precision.is_some() {
            return self.value_error("Precision not allowed in integer format specifier");
        }
        if spec.no_negative_zero {
            return self
                .value_error("Negative zero coercion (z) not allowed in integer format specifier");
        }
        if kind == 'c' {
            if spec.sign.is_some() {
                return self.value_error("Sign not allowed with integer format specifier 'c'");
            }
            if spec.alternate {
                return self.value_error(
                    "Alternate form (#) not allowed with integer format specifier 'c'",
                );
            }
            let character = value.as_int().and_then(|code| u32::try_from(code).ok());
            let Some(character) = character.and_then(char::from_u32) else {
                return self.raise("OverflowError", "%c arg not in range(0x110000)");
            };
            let align = spec.align.unwrap_or('<');
            return Ok(pad(&character.to_string(), "", spec.fill, align, spec.width));
        }
        let big = match value {
            Value::BigInt(big) => (**big).clone(),
            other => BigInt::from(other.as_int().unwrap_or(0)),
        };
        let negative = big.is_negative();
        let radix = match kind {
            'b' => 2,
            'o' => 8,
            'x' | 'X' => 16,
            _ => 10,
        };
        let mut digits = if radix == 10 {
            let text = self.big_text(&big.abs())?;
            text.trim_start_matches('-').to_owned()
        } else {
            big.abs().to_str_radix(radix)
        };
        let mut prefix = String::new();
        push_sign(negative, spec.sign, &mut prefix);
        if spec.alternate {
            prefix.push_str(match kind {
                'b' => "0b",
                'o' => "0o",
                'x' => "0x",
                'X' => "0X",
                _ => "",
            });
        }
        if kind == 'X' {
            digits.make_ascii_uppercase();
        }
        let every = if radix == 10 { 3 } else { 4 };
        Ok(lay_out(&prefix, &digits, "", every, &spec))
    }

    fn format_float(&mut self, number: f64, text: &str) -> Result<String> {
        let spec = self.spec(text, "float")?;
        self.format_float_spec(number, &spec, "float")
    }

    fn format_float_spec(&mut self, number: f64, spec: &Spec, class: &str) -> Result<String> {
        if let Some(kind) = spec.kind
            && !matches!(kind, 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%')
        {
            return self.unknown_code(kind, class);
        }
        let mut text = float_text(number, spec.kind, spec.precision, spec.alternate);
        let mut negative = text.starts_with('-');
        if negative {
            text.remove(0);
        }
        if spec.no_negative_zero && !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
            negative = negative
                && text.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E'));
        }
        let mut prefix = String::new();
        push_sign(negative, spec.sign, &mut prefix);
        let whole = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (whole, rest) = text.split_at(whole);
        Ok(lay_out(&prefix, whole, rest, 3, spec))
    }
}

fn push_sign(negative: bool, sign: Option<char>, out: &mut String) {
    if negative {
        out.push('-');
    } else if let Some(sign @ ('+' | ' ')) = sign {
        out.push(sign);
    }
}

/// The text of a float for a format code, with a sign only when it is negative.
pub(super) fn float_text(
    number: f64,
    kind: Option<char>,
    precision: Option<usize>,
    alternate: bool,
) -> String {
    let upper = kind.is_some_and(|kind| kind.is_ascii_uppercase());
    let percent = kind == Some('%');
    let number = if percent { number * 100.0 } else { number };
    let mut out = if number.is_nan() {
        "nan".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "inf" } else { "-inf" }.to_owned()
    } else {
        match kind.map(|kind| kind.to_ascii_lowercase()) {
            Some('f' | '%') => {
                let precision = precision.unwrap_or(6);
                let mut text = format!("{number:.precision$}");
                if alternate && precision == 0 {
                    text.push('.');
                }
                text
            }
            Some('e') => {
                let precision = precision.unwrap_or(6);
                let (negative, digits, exponent) =
                    split_scientific(&format!("{number:.precision$e}"));
                let mut text = String::from(if negative { "-" } else { "" });
                write_scientific(&digits, exponent, 'e', &mut text);
                if alternate && precision == 0 {
                    text = text.replacen('e', ".e", 1);
                }
                text
            }
            Some(_) => general(number, precision.unwrap_or(6), alternate, false),
            None => match precision {
                None => {
                    let text = super::repr::float_repr(number);
                    if alternate && !text.contains('.') {
                        text.replacen('e', ".e", 1)
                    } else {
                        text
                    }
                }
                Some(precision) => general(number, precision, alternate, true),
            },
        }
    };
    if percent {
        out.push('%');
    }
    if upper {
        out.make_ascii_uppercase();
    }
    out
}

/// `g`; or, as when no code is given, the same with at least one digit behind the point.
fn general(number: f64, precision: usize, alternate: bool, with_point: bool) -> String {
    let precision = precision.max(1);
    let (negative, mut digits, exponent) =
        split_scientific(&format!("{number:.*e}", precision - 1));
    let limit = i32::try_from(precision).unwrap_or(i32::MAX);
    let limit = if with_point { limit - 1 } else { limit };
    let fixed =
        (-4..limit.max(if with_point && precision == 1 { 0 } else { 1 })).contains(&exponent);
    if !alternate {
        let kept = digits.trim_end_matches('0').len().max(1);
        digits.truncate(kept);
    }
    let mut out = String::from(if negative { "-" } else { "" });
    if fixed {
        write_fixed(&digits, exponent, &mut out);
        if !out.contains('.') {
            if alternate {
                out.push('.');
            } else if with_point {
                out.push_str(".0");
            }
        }
    } else {
        write_scientific(&digits, exponent, 'e', &mut out);
        if alternate && !out.contains('.') {
            out = out.replacen('e', ".e", 1);
        }
    }
    out
}

/// Puts a number together: sign, grouped digits, what is behind them, padding.
fn lay_out(prefix: &str, digits: &str, rest: &str, every: usize, spec: &Spec) -> String {
    let align = spec.align.unwrap_or(if spec.zero { '=' } else { '>' });
    let others = prefix.len() + rest.chars().count();
    let is_number = digits.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let digits = match spec.group {
        Some(group) if is_number => {
            // Zeros that pad are grouped as well.
            let least = if align == '=' && spec.fill == '0' {
                spec.width.saturating_sub(others)
            } else {
                0
            };
            grouped(digits, group, every, least)
        }
        _ => digits.to_owned(),
    };
    pad(&format!("{digits}{rest}"), prefix, spec.fill, align, spec.width)
}

fn grouped(digits: &str, group: char, every: usize, least: usize) -> String {
    let mut reversed = Vec::new();
    let mut count = 0;
    let mut source = digits.bytes().rev();
    loop {
        let next = source.next();
        if next.is_none() && reversed.len() >= least {
            break;
        }
        if count > 0 && count % every == 0 {
            reversed.push(group);
        }
        reversed.push(char::from(next.unwrap_or(b'0')));
        count += 1;
    }
    reversed.into_iter().rev().collect()
}

fn pad(text: &str, prefix: &str, fill: char, align: char, width: usize) -> String {
    let length = text.chars().count() + prefix.chars().count();
    let missing = width.saturating_sub(length);
    let (left, inner, right) = match align {
        '<' => (0, 0, missing),
        '^' => (missing / 2, 0, missing - missing / 2),
        '=' => (0, missing, 0),
        _ => (missing, 0, 0),
    };
    let fill = |count: usize| std::iter::repeat_n(fill, count);
    let mut out = String::with_capacity(text.len() + prefix.len() + missing);
    out.extend(fill(left));
    out.push_str(prefix);
    out.extend(fill(inner));
    out.push_str(text);
    out.extend(fill(right));
    out
}
