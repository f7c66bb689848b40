//! `repr`, `str` and `ascii`.

use std::fmt::Write as _;

use super::args::Args;
use super::class::Instance;
use super::error::Result;
use super::interpreter::Interpreter;
use super::text::Text;
use super::value::Value;

impl Interpreter {
    /// `str(value)`.
    ///
    /// # Errors
    /// What `__str__` raises.
    pub fn str(&mut self, value: &Value) -> Result<Text> {
        match value {
            Value::Str(text) => return Ok(text.clone()),
            Value::Int(number) => return Ok(Text::from(number.to_string())),
            Value::Instance(instance) => {
                for name in ["__str__", "__repr__"] {
                    if let Some(result) = self.special(value, name, [])? {
                        return match result.as_text() {
                            Some(text) => Ok(text),
                            None => {
                                let class = self.class_name(&result);
                                self.type_error(format!(
                                    "{name} returned non-string (type {class})"
                                ))
                            }
                        };
                    }
                    if let Some(method @ Value::Builtin(_)) = instance.class().lookup(name) {
                        let result = self.call(&method, Args::of([value.clone()]))?;
                        return Ok(result.as_text().unwrap_or_else(|| Text::from("")));
                    }
                    if name == "__str__" {
                        if let Some(text) = self.exception_text(instance)? {
                            return Ok(text);
                        }
                        match value.plain() {
                            Value::Native(native) => {
                                if let Some(text) = native.str(value, self)? {
                                    return Ok(Text::from(text));
                                }
                            }
                            plain @ Value::Str(_) => return self.str(&plain),
                            _ => {}
                        }
                    }
                }
            }
            Value::Native(native) => {
                if let Some(text) = native.str(value, self)? {
                    return Ok(Text::from(text));
                }
            }
            _ => {}
        }
        self.repr(value).map(Text::from)
    }

    fn exception_text(&mut self, instance: &Instance) -> Result<Option<Text>> {
        let Some(state) = &instance.exception else { return Ok(None) };
        let args = state.borrow().args.clone();
        let is_key_error = matches!(self.builtins.get("KeyError"), Some(Value::Class(class))
            if instance.class().is_subclass(class));
        if matches!(self.builtins.get("OSError"), Some(Value::Class(class))
            if instance.class().is_subclass(class) && args.len() == 2)
        {
            let (number, text) = (self.str(&args[0])?, self.str(&args[1])?);
            return Ok(Some(Text::from(format!("[Errno {number}] {text}"))));
        }
        Ok(Some(match args.as_slice() {
            [] => Text::from(""),
            [one] if is_key_error => Text::from(self.repr(one)?),
            [one] => self.nested(|interp| interp.str(one))?,
            _ => Text::from(self.repr(&Value::tuple(args))?),
        }))
    }

    /// `repr(value)`.
    ///
    /// # Errors
    /// What `__repr__` raises; a limit.
    pub fn repr(&mut self, value: &Value) -> Result<String> {
        let mut out = String::new();
        self.write_repr(value, &mut out)?;
        Ok(out)
    }

    fn write_repr(&mut self, value: &Value, out: &mut String) -> Result<()> {
        self.step()?;
        if out.len() > self.limits.length {
            return Err(self.limit(super::error::Limit::Size("a text")));
        }
        match value {
            Value::None => out.push_str("None"),
            Value::Ellipsis => out.push_str("Ellipsis"),
            Value::NotImplemented => out.push_str("NotImplemented"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            // Writing to a text cannot fail.
            Value::Int(number) => write!(out, "{number}").unwrap_or_default(),
            Value::BigInt(number) => {
                let text = self.big_text(number)?;
                out.push_str(&text);
            }
            Value::Float(number) => out.push_str(&float_repr(*number)),
            Value::Str(text) => {
                self.allow_size(text.len(), "a text")?;
                write_text(text, out);
            }
            Value::Bytes(bytes) => write_bytes(bytes, out),
            Value::List(list) => self.write_items(value, &list.to_vec(), "[", "]", out)?,
            Value::Tuple(tuple) => {
                let close = if tuple.len() == 1 { ",)" } else { ")" };
                self.write_items(value, tuple, "(", close, out)?;
            }
            Value::Set(set) => {
                let items = set.items();
                match (set.frozen, items.is_empty()) {
                    (true, true) => out.push_str("frozenset()"),
                    (false, true) => out.push_str("set()"),
                    (true, false) => {
                        self.write_items(value, &items, "frozenset({", "})", out)?;
                    }
                    (false, false) => self.write_items(value, &items, "{", "}", out)?,
                }
            }
            Value::Dict(dict) => {
                let address = value.address();
                if self.shown.contains(&address) {
                    out.push_str("{...}");
                    return Ok(());
                }
                let entries = dict.entries();
                self.shown.push(address);
                let result = self.nested(|interp| {
                    out.push('{');
                    for (at, (key, value)) in entries.iter().enumerate() {
                        if at > 0 {
                            out.push_str(", ");
                        }
                        interp.write_repr(key, out)?;
                        out.push_str(": ");
                        interp.write_repr(value, out)?;
                    }
                    out.push('}');
                    Ok(())
                });
                self.shown.pop();
                result?;
            }
            Value::Function(function) => {
                let name = &function.qualified;
                write!(out, "<function {name} at {:#x}>", value.address()).unwrap_or_default();
            }
            Value::Builtin(builtin) => {
                let kind = if builtin.is_method { "method" } else { "built-in function" };
                write!(out, "<{kind} {}>", builtin.name).unwrap_or_default();
            }
            Value::Method(method) => {
                let name = match &method.function {
                    Value::Function(function) => function.qualified.to_string(),
                    Value::Builtin(builtin) => builtin.name.to_string(),
                    _ => "?".to_owned(),
                };
                let receiver = method.receiver.clone();
                write!(out, "<bound method {name} of ").unwrap_or_default();
                self.nested(|interp| interp.write_repr(&receiver, out))?;
                out.push('>');
            }
            Value::Class(class) => match class.hooks.as_ref().and_then(|hooks| hooks.repr(class)) {
                Some(text) => out.push_str(&text),
                None if class.module == "builtins" => {
                    write!(out, "<class '{}'>", class.qualified).unwrap_or_default();
                }
                None => {
                    write!(out, "<class '{}.{}'>", class.module, class.qualified)
                        .unwrap_or_default();
                }
            },
            Value::Module(module) => {
                if module.file.is_empty() {
                    write!(out, "<module '{}'>", module.name).unwrap_or_default();
                } else {
                    write!(out, "<module '{}' from '{}'>", module.name, module.file)
                        .unwrap_or_default();
                }
            }
            Value::Instance(instance) => {
                let instance = std::rc::Rc::clone(instance);
                self.nested(|interp| interp.write_instance(value, &instance, out))?;
            }
            Value::Native(native) => match self.nested(|interp| native.repr(value, interp))? {
                Some(text) => out.push_str(&text),
                None => self.write_object(value, out),
            },
            Value::Deferred(_) => out.push_str("<unknown>"),
        }
        Ok(())
    }

    fn write_items(
        &mut self,
        value: &Value,
        items: &[Value],
        open: &str,
        close: &str,
        out: &mut String,
    ) -> Result<()> {
        let address = value.address();
        if self.shown.contains(&address) {
            out.push_str(match value {
                Value::List(_) => "[...]",
                Value::Tuple(_) => "(...)",
                _ => "set(...)",
            });
            return Ok(());
        }
        self.shown.push(address);
        let result = self.nested(|interp| {
            out.push_str(open);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                interp.write_repr(item, out)?;
            }
            out.push_str(close);
            Ok(())
        });
        self.shown.pop();
        result
    }

    fn write_instance(
        &mut self,
        value: &Value,
        instance: &Instance,
        out: &mut String,
    ) -> Result<()> {
        if let Some(result) = self.special(value, "__repr__", [])? {
            return match result.as_text() {
                Some(text) => {
                    out.push_str(&text);
                    Ok(())
                }
                None => {
                    let class = self.class_name(&result);
                    self.type_error(format!("__repr__ returned non-string (type {class})"))
                }
            };
        }
        let class = instance.class();
        if let Some(method @ Value::Builtin(_)) = class.lookup("__repr__") {
            let result = self.call(&method, Args::of([value.clone()]))?;
            out.push_str(&result.as_text().unwrap_or_else(|| Text::from("")));
            return Ok(());
        }
        self.write_plain_instance(value, instance, out)
    }

    /// The `repr` of the native base: what `super().__repr__()` gives.
    pub(super) fn write_plain_instance(
        &mut self,
        value: &Value,
        instance: &Instance,
        out: &mut String,
    ) -> Result<()> {
        let class = instance.class();
        if let Some(state) = &instance.exception {
            let args = state.borrow().args.clone();
            out.push_str(&class.name);
            return match args.as_slice() {
                [one] => {
                    out.push('(');
                    self.write_repr(one, out)?;
                    out.push(')');
                    Ok(())
                }
                _ => {
                    let args = Value::tuple(args);
                    self.write_repr(&args, out)
                }
            };
        }
        match value.plain() {
            Value::Instance(_) => self.write_object(value, out),
            Value::Native(native) => match native.repr(value, self)? {
                Some(text) => out.push_str(&text),
                None => self.write_object(value, out),
            },
            Value::Set(set) => {
                let inner = self.new_set(set.items(), false)?;
                write!(out, "{}(", class.name).unwrap_or_default();
                if !set.is_empty() {
                    self.write_repr(&inner, out)?;
                }
                out.push(')');
            }
            plain => self.write_repr(&plain, out)?,
        }
        Ok(())
    }

    /// `object.__repr__`.
    pub(super) fn write_object(&self, value: &Value, out: &mut String) {
        let class = self.class(value);
        let address = value.address();
        write!(out, "<{}.{} object at {address:#x}>", class.module, class.qualified)
            .unwrap_or_default();
    }

    /// The digits of a large integer.
    pub(super) fn big_text(&mut self, number: &num_bigint::BigInt) -> Result<String> {
        let bits = number.bits();
        // Python refuses to write more than 4300 digits.
        if bits > 14_280 {
            let digits = number.to_string().trim_start_matches('-').len();
            if digits > 4300 {
                return self.value_error(
                    "Exceeds the limit (4300 digits) for integer string conversion; use \
                     sys.set_int_max_str_digits() to increase the limit",
                );
            }
        }
        self.charge((bits / 64).saturating_mul(bits / 64))?;
        Ok(number.to_string())
    }
}

/// The `repr` of a float: the shortest text that reads as the same number.
#[must_use]
pub fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let (negative, digits, exponent) = shortest(value);
    let mut out = String::new();
    if negative {
        out.push('-');
    }
    if (-4..16).contains(&exponent) {
        write_fixed(&digits, exponent, &mut out);
        if !out.contains('.') {
            out.push_str(".0");
        }
    } else {
        write_scientific(&digits, exponent, 'e', &mut out);
    }
    out
}

/// Sign, digits without a point, and the exponent of the first digit.
fn shortest(value: f64) -> (bool, String, i32) {
    let shortest = split_scientific(&format!("{value:e}"));
    // Of the texts of that length, the one nearest to the number: the standard library rounds ties
    // up, Python to even.
    let nearest = format!("{value:.*e}", shortest.1.len() - 1);
    if nearest.parse() == Ok(value) { split_scientific(&nearest) } else { shortest }
}

/// Takes `-1.25e-7` apart.
pub(super) fn split_scientific(text: &str) -> (bool, String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let negative = mantissa.starts_with('-');
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    (negative, digits, exponent.parse().unwrap_or(0))
}

pub(super) fn write_fixed(digits: &str, exponent: i32, out: &mut String) {
    if exponent < 0 {
        out.push_str("0.");
        (0..-exponent - 1).for_each(|_| out.push('0'));
        out.push_str(digits);
        return;
    }
    let whole = usize::try_from(exponent).unwrap_or(0) + 1;
    if digits.len() <= whole {
        out.push_str(digits);
        (digits.len()..whole).for_each(|_| out.push('0'));
    } else {
        out.push_str(&digits[..whole]);
        out.push('.');
        out.push_str(&digits[whole..]);
    }
}

pub(super) fn write_scientific(digits: &str, exponent: i32, e: char, out: &mut String) {
    let (first, rest) = digits.split_at(digits.len().min(1));
    out.push_str(first);
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(out, "{e}{sign}{:02}", exponent.abs()).unwrap_or_default();
}

/// The `repr` of a text.
pub(super) fn write_text(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(quote);
            }
            ' '..='~' => out.push(character),
            _ if is_printable(character) => out.push(character),
            _ => write_escape(character, out),
        }
    }
    out.push(quote);
}

fn write_escape(character: char, out: &mut String) {
    let code = u32::from(character);
    match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    }
    .unwrap_or_default();
}

/// Whether `repr` shows a character as it is.
#[must_use]
pub(super) fn is_printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    if character == '\u{ad}' {
        return false;
    }
    // The standard library knows what is printable, but says so only in passing. Behind another
    // character, combining marks count as printable.
    let mut pair = String::with_capacity(5);
    pair.push('a');
    pair.push(character);
    pair.escape_debug().nth(1) != Some('\\')
}

fn write_bytes(bytes: &[u8], out: &mut String) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push('b');
    out.push(quote);
    for byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if char::from(*byte) == quote => {
                out.push('\\');
                out.push(quote);
            }
            b' '..=b'~' => out.push(char::from(*byte)),
            _ => write!(out, "\\x{byte:02x}").unwrap_or_default(),
        }
    }
    out.push(quote);
}

/// What `ascii()` makes of a `repr`.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            write_escape(character, &mut out);
        }
    }
    out
}
