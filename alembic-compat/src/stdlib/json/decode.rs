//! `json.loads`.

use std::rc::Rc;

use num_bigint::BigInt;

use crate::eval::Args;
use crate::eval::Dict;
use crate::eval::Error;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;

use super::support;

struct Reader {
    text: Text,
    at: usize,
    object_hook: Value,
    parse_float: Value,
    parse_int: Value,
    parse_constant: Value,
    strict: bool,
    pairs_hook: Value,
    error: Value,
}

pub(super) fn decode(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [text, object_hook, parse_float, parse_int, parse_constant, strict, pairs_hook, error] =
        args.exactly(interp, "decode")?;
    let text = support::text(interp, &text, "the JSON object")?;
    interp.allow_size(text.len(), "a JSON document")?;
    let strict = interp.truth(&strict)?;
    let mut reader = Reader {
        text,
        at: 0,
        object_hook,
        parse_float,
        parse_int,
        parse_constant,
        strict,
        pairs_hook,
        error,
    };
    reader.blanks();
    let value = reader.value(interp)?;
    reader.blanks();
    if reader.at < reader.text.len() {
        return reader.fail(interp, "Extra data", reader.at);
    }
    Ok(value)
}

impl Reader {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Raises `JSONDecodeError` for a place in bytes.
    fn fail<R>(&self, interp: &mut Interpreter, message: &str, at: usize) -> Result<R> {
        let place = self.text.get(..at).map_or(0, |before| before.chars().count());
        let args = [Value::from(message), Value::Str(self.text.clone()), Value::size(place)];
        match interp.call(&self.error, Args::of(args))? {
            Value::Instance(error) => Err(Box::new(Error::Raised(error))),
            _ => interp.value_error(message),
        }
    }

    fn value(&mut self, interp: &mut Interpreter) -> Result<Value> {
        interp.charge(1)?;
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string(interp).map(Value::from)
            }
            Some(b'{') => interp.nested(|interp| self.object(interp)),
            Some(b'[') => interp.nested(|interp| self.array(interp)),
            Some(b'-' | b'0'..=b'9') => self.number(interp),
            _ => {
                for (word, value) in [
                    ("null", Value::None),
                    ("true", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                ] {
                    if self.rest().starts_with(word) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                self.constant(interp, &[("NaN", f64::NAN), ("Infinity", f64::INFINITY)])
            }
        }
    }

    fn constant(&mut self, interp: &mut Interpreter, words: &[(&str, f64)]) -> Result<Value> {
        for (word, number) in words {
            if self.rest().starts_with(word) {
                self.at += word.len();
                if self.parse_constant.is_none() {
                    return Ok(Value::Float(*number));
                }
                let parse = self.parse_constant.clone();
                return interp.call(&parse, Args::of([Value::from(*word)]));
            }
        }
        self.fail(interp, "Expecting value", self.at)
    }

    fn number(&mut self, interp: &mut Interpreter) -> Result<Value> {
        let bytes = self.text.as_bytes();
        let digits = |from: usize| {
            bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let start = self.at;
        let first = start + usize::from(bytes.get(start) == Some(&b'-'));
        let mut end = match bytes.get(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => first + digits(first),
            _ => return self.constant(interp, &[("-Infinity", f64::NEG_INFINITY)]),
        };
        let mut whole = true;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            whole = false;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let count = digits(end + 1 + sign);
            if count > 0 {
                end += 1 + sign + count;
                whole = false;
            }
        }
        let word = self.text.get(start..end).unwrap_or_default().to_owned();
        self.at = end;
        let parse = if whole { self.parse_int.clone() } else { self.parse_float.clone() };
        if !parse.is_none() {
            return interp.call(&parse, Args::of([Value::from(word)]));
        }
        if !whole {
            return Ok(Value::Float(word.parse().unwrap_or_default()));
        }
        if word.len() > 4300 {
            return interp.value_error(format!(
                "Exceeds the limit (4300 digits) for integer string conversion: value has {} \
                 digits; use sys.set_int_max_str_digits() to increase the limit",
                word.trim_start_matches('-').len()
            ));
        }
        Ok(Value::integer(word.parse::<BigInt>().unwrap_or_default()))
    }

    /// A string whose quote was read.
    fn string(&mut self, interp: &mut Interpreter) -> Result<String> {
        let start = self.at - 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else {
                return self.fail(interp, "Unterminated string starting at", start);
            };
            let at = self.at;
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => match self.peek() {
                    None => return self.fail(interp, "Unterminated string starting at", start),
                    Some(b'u') => {
                        self.at += 1;
                        let c = self.unicode(interp)?;
                        out.push(c);
                    }
                    Some(escape) => {
                        out.push(match escape {
                            b'"' => '"',
                            b'\\' => '\\',
                            b'/' => '/',
                            b'b' => '\u{8}',
                            b'f' => '\u{c}',
                            b'n' => '\n',
                            b'r' => '\r',
                            b't' => '\t',
                            _ => return self.fail(interp, "Invalid \\escape", at),
                        });
                        self.at += 1;
                    }
                },
                c if c < ' ' && self.strict => {
                    return self.fail(interp, "Invalid control character at", at);
                }
                c => out.push(c),
            }
        }
    }

    fn unit(&mut self, interp: &mut Interpreter) -> Result<u16> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => self.fail(interp, "Invalid \\uXXXX escape", self.at - 1),
        }
    }

    fn unicode(&mut self, interp: &mut Interpreter) -> Result<char> {
        let first = self.unit(interp)?;
        if let Some(c) = char::from_u32(first.into()) {
            return Ok(c);
        }
        if self.rest().starts_with("\\u") {
            self.at += 2;
            let second = self.unit(interp)?;
            if let Some(Ok(c)) = char::decode_utf16([first, second]).next() {
                return Ok(c);
            }
        }
        Err(interp.unsupported("half of a surrogate pair in JSON"))
    }

    fn array(&mut self, interp: &mut Interpreter) -> Result<Value> {
        let mut items = Vec::new();
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value(interp)?);
            self.blanks();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::list(items));
                }
                Some(b',') => self.at += 1,
                _ => return self.fail(interp, "Expecting ',' delimiter", self.at),
            }
            self.blanks();
        }
    }

    fn object(&mut self, interp: &mut Interpreter) -> Result<Value> {
        let mut pairs: Vec<(Text, Value)> = Vec::new();
        self.at += 1;
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                if self.peek() != Some(b'"') {
                    let message = "Expecting property name enclosed in double quotes";
                    return self.fail(interp, message, self.at);
                }
                self.at += 1;
                let key = self.string(interp)?;
                self.blanks();
                if self.peek() != Some(b':') {
                    return self.fail(interp, "Expecting ':' delimiter", self.at);
                }
                self.at += 1;
                self.blanks();
                let value = self.value(interp)?;
                pairs.push((interp.intern(&key), value));
                self.blanks();
                match self.peek() {
                    Some(b'}') => {
                        self.at += 1;
                        break;
                    }
                    Some(b',') => self.at += 1,
                    _ => return self.fail(interp, "Expecting ',' delimiter", self.at),
                }
                self.blanks();
            }
        }
        if !self.pairs_hook.is_none() {
            let pairs = pairs.into_iter();
            let pairs = pairs.map(|(key, value)| Value::tuple(vec![Value::Str(key), value]));
            let pairs = Value::list(pairs.collect());
            return interp.call(&self.pairs_hook.clone(), Args::of([pairs]));
        }
        let dict = Dict::default();
        for (key, value) in pairs {
            dict.set_text(&key, value);
        }
        let value = Value::Dict(Rc::new(dict));
        if self.object_hook.is_none() {
            return Ok(value);
        }
        interp.call(&self.object_hook.clone(), Args::of([value]))
    }
}
