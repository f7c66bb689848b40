//! `template % values`.

use super::error::Result;
use super::format::float_text;
use super::interpreter::Interpreter;
use super::number::big_to_float;
use super::number::float_to_int;
use super::text::Text;
use super::value::Value;

/// One conversion of a template.
#[derive(Default)]
struct Conversion {
    key: Option<String>,
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Where the values come from.
struct Values {
    items: Vec<Value>,
    next: usize,
    whole: Value,
    is_tuple: bool,
    used_mapping: bool,
}

impl Interpreter {
    /// `template % values`.
    ///
    /// # Errors
    /// A `TypeError` or `ValueError` as Python raises it, and what converting a value raises.
    pub fn percent_format(&mut self, template: &Text, values: &Value) -> Result<String> {
        let mut values = Values {
            items: match values.plain() {
                Value::Tuple(items) => items.to_vec(),
                _ => vec![values.clone()],
            },
            next: 0,
            whole: values.clone(),
            is_tuple: matches!(values.plain(), Value::Tuple(_)),
            used_mapping: false,
        };
        let mut out = String::new();
        let characters: Vec<char> = template.chars().collect();
        self.charge(characters.len() as u64 / 8)?;
        let mut at = 0;
        while let Some(character) = characters.get(at) {
            at += 1;
            if *character != '%' {
                out.push(*character);
                continue;
            }
            let mut conversion = Conversion::default();
            if characters.get(at) == Some(&'(') {
                let start = at + 1;
                let mut depth = 1;
                at += 1;
                while depth > 0 {
                    match characters.get(at) {
                        Some('(') => depth += 1,
                        Some(')') => depth -= 1,
                        Some(_) => {}
                        None => return self.value_error("incomplete format key"),
                    }
                    at += 1;
                }
                conversion.key =
                    Some(characters.get(start..at - 1).unwrap_or_default().iter().collect());
            }
            while let Some(flag) = characters.get(at) {
                match flag {
                    '-' => conversion.left = true,
                    '+' => conversion.plus = true,
                    ' ' => conversion.space = true,
                    '#' => conversion.alternate = true,
                    '0' => conversion.zero = true,
                    _ => break,
                }
                at += 1;
            }
            conversion.width = self.percent_number(&characters, &mut at, &mut values)?;
            if let (Some(width), Some(true)) = (conversion.width, Some(values.used_mapping)) {
                conversion.width = Some(width);
            }
            if characters.get(at) == Some(&'.') {
                at += 1;
                let precision = self.percent_number(&characters, &mut at, &mut values)?;
                conversion.precision = Some(precision.unwrap_or(0));
            }
            if let Some('h' | 'l' | 'L') = characters.get(at) {
                at += 1;
            }
            let Some(kind) = characters.get(at).copied() else {
                return self.value_error("incomplete format");
            };
            at += 1;
            if kind == '%' {
                out.push('%');
                continue;
            }
            let value = self.percent_value(&conversion, &mut values)?;
            self.allow_size(conversion.width.unwrap_or(0), "a text")?;
            let text = self.convert(&conversion, kind, &value, at - 1)?;
            out.push_str(&text);
            self.allow_size(out.len(), "a text")?;
        }
        let is_mapping = values.used_mapping
            || !values.is_tuple
                && !matches!(values.whole.plain(), Value::Str(_))
                && (matches!(
                    values.whole.plain(),
                    Value::Dict(_) | Value::List(_) | Value::Bytes(_)
                ) || matches!(&values.whole, Value::Instance(instance)
                        if instance.class().lookup("__getitem__").is_some()));
        if values.next < values.items.len() && !is_mapping {
            return self.type_error("not all arguments converted during string formatting");
        }
        Ok(out)
    }

    fn percent_number(
        &mut self,
        characters: &[char],
        at: &mut usize,
        values: &mut Values,
    ) -> Result<Option<usize>> {
        if characters.get(*at) == Some(&'*') {
            *at += 1;
            let value = self.next_value(values)?;
            return match value.as_int() {
                Some(number) => Ok(Some(usize::try_from(number).unwrap_or(0))),
                None => self.type_error("* wants int"),
            };
        }
        let mut number: Option<usize> = None;
        while let Some(digit) = characters.get(*at).and_then(|c| c.to_digit(10)) {
            *at += 1;
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit as usize));
        }
        Ok(number)
    }

    fn next_value(&mut self, values: &mut Values) -> Result<Value> {
        match values.items.get(values.next) {
            Some(value) => {
                values.next += 1;
                Ok(value.clone())
            }
            None => self.type_error("not enough arguments for format string"),
        }
    }

    fn percent_value(&mut self, conversion: &Conversion, values: &mut Values) -> Result<Value> {
        let Some(key) = &conversion.key else { return self.next_value(values) };
        let whole = values.whole.clone();
        if values.is_tuple || matches!(whole, Value::Str(_) | Value::Int(_) | Value::None) {
            return self.type_error("format requires a mapping");
        }
        values.used_mapping = true;
        self.item(&whole, &Value::str(key.as_str()))
    }

    fn convert(
        &mut self,
        conversion: &Conversion,
        kind: char,
        value: &Value,
        at: usize,
    ) -> Result<String> {
        let cut = |text: String| match conversion.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text,
        };
        let (sign, body, numeric) = match kind {
            's' => (String::new(), cut(self.str(value)?.to_string()), false),
            'r' => (String::new(), cut(self.repr(value)?), false),
            'a' => (String::new(), cut(super::repr::ascii(&self.repr(value)?)), false),
            'c' => {
                let text = match value.plain() {
                    Value::Str(text) if text.characters() == 1 => text.to_string(),
                    Value::Int(code) => match u32::try_from(code).ok().and_then(char::from_u32) {
                        Some(character) => character.to_string(),
                        None => {
                            return self.raise("OverflowError", "%c arg not in range(0x110000)");
                        }
                    },
                    _ => return self.type_error("%c requires int or char"),
                };
                (String::new(), text, false)
            }
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                let (negative, digits, prefix) = self.percent_int(conversion, kind, value)?;
                (format!("{}{prefix}", sign(negative, conversion)), digits, true)
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let number = match value.plain() {
                    Value::Float(number) => number,
                    Value::BigInt(big) => match big_to_float(&big) {
                        Some(number) => number,
                        None => {
                            return self
                                .raise("OverflowError", "int too large to convert to float");
                        }
                    },
                    plain => match plain.as_int() {
                        Some(number) => number as f64,
                        None => match self.number_method(value, "__float__")? {
                            Some(Value::Float(number)) => number,
                            _ => {
                                let class = self.class_name(value);
                                return self
                                    .type_error(format!("must be real number, not {class}"));
                            }
                        },
                    },
                };
                if conversion.precision.is_some_and(|precision| precision > 60_000) {
                    return Err(self.limit(super::error::Limit::Size("a text")));
                }
                let mut text =
                    float_text(number, Some(kind), conversion.precision, conversion.alternate);
                let negative = text.starts_with('-');
                if negative {
                    text.remove(0);
                }
                (sign(negative, conversion), text, true)
            }
            _ => {
                let shown = if (' '..='~').contains(&kind) { kind } else { '?' };
                return self.value_error(format!(
                    "unsupported format character '{shown}' ({:#x}) at index {at}",
                    u32::from(kind)
                ));
            }
        };
        let length = sign.chars().count() + body.chars().count();
        let missing = conversion.width.unwrap_or(0).saturating_sub(length);
        let padding = |character| std::iter::repeat_n(character, missing).collect::<String>();
        Ok(if conversion.left {
            format!("{sign}{body}{}", padding(' '))
        } else if conversion.zero && numeric {
            format!("{sign}{}{body}", padding('0'))
        } else {
            format!("{}{sign}{body}", padding(' '))
        })
    }

    /// `value.__float__()` and the like, of Python classes and native ones.
    fn number_method(&mut self, value: &Value, name: &str) -> Result<Option<Value>> {
        if let Some(found) = self.special(value, name, [])? {
            return Ok(Some(found));
        }
        match (value, self.class(value).lookup(name)) {
            (Value::Native(_), Some(method)) => {
                self.call(&method, super::args::Args::of([value.clone()])).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn percent_int(
        &mut self,
        conversion: &Conversion,
        kind: char,
        value: &Value,
    ) -> Result<(bool, String, &'static str)> {
        let number = match value.plain() {
            plain @ (Value::Int(_) | Value::Bool(_) | Value::BigInt(_)) => plain,
            Value::Float(number) if matches!(kind, 'd' | 'i' | 'u') => match float_to_int(number) {
                Some(number) => number,
                None if number.is_nan() => {
                    return self.value_error("cannot convert float NaN to integer");
                }
                None => {
                    return self.raise("OverflowError", "cannot convert float infinity to integer");
                }
            },
            _ => {
                let method = if matches!(kind, 'd' | 'i' | 'u') { "__int__" } else { "__index__" };
                let found = match self.number_method(value, method)? {
                    None => self.special(value, "__index__", [])?,
                    found => found,
                };
                match found {
                    Some(number @ (Value::Int(_) | Value::BigInt(_))) => number,
                    _ => {
                        let class = self.class_name(value);
                        let wanted = if matches!(kind, 'd' | 'i' | 'u') {
                            "a real number is required"
                        } else {
                            "an integer is required"
                        };
                        return self.type_error(format!("%{kind} format: {wanted}, not {class}"));
                    }
                }
            }
        };
        let big = match &number {
            Value::BigInt(big) => (**big).clone(),
            other => num_bigint::BigInt::from(other.as_int().unwrap_or(0)),
        };
        let negative = big.sign() == num_bigint::Sign::Minus;
        let magnitude = big.magnitude();
        let (mut digits, prefix) = match kind {
            'x' => (magnitude.to_str_radix(16), "0x"),
            'X' => (magnitude.to_str_radix(16).to_ascii_uppercase(), "0X"),
            'o' => (magnitude.to_str_radix(8), "0o"),
            _ => {
                let text = self.big_text(&big)?;
                (text.trim_start_matches('-').to_owned(), "")
            }
        };
        if let Some(precision) = conversion.precision {
            self.allow_size(precision, "a text")?;
            let missing = precision.saturating_sub(digits.len());
            digits.insert_str(0, &"0".repeat(missing));
        }
        Ok((negative, digits, if conversion.alternate { prefix } else { "" }))
    }
}

fn sign(negative: bool, conversion: &Conversion) -> String {
    if negative {
        "-".to_owned()
    } else if conversion.plus {
        "+".to_owned()
    } else if conversion.space {
        " ".to_owned()
    } else {
        String::new()
    }
}
