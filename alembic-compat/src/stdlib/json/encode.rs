//! `json.dumps`.

use crate::eval::Args;
use crate::eval::Interpreter;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::eval::float_repr;

use super::support;

struct Options {
    skip_keys: bool,
    ascii: bool,
    allow_nan: bool,
    indent: Option<Text>,
    item_separator: Text,
    key_separator: Text,
    default: Value,
    sort_keys: bool,
}

struct Writer {
    options: Options,
    out: String,
    /// The containers around, to find circles.
    around: Vec<usize>,
}

pub(super) fn encode(interp: &mut Interpreter, args: Args) -> Result<Value> {
    let [value, skip_keys, ascii, allow_nan, indent, item, key, default, sort_keys] =
        args.exactly(interp, "encode")?;
    let indent = match indent.plain() {
        Value::None => None,
        Value::Str(text) => Some(text),
        other => {
            let width = usize::try_from(support::int(interp, &other)?).unwrap_or_default();
            interp.allow_size(width, "an indentation")?;
            Some(Text::from(" ".repeat(width)))
        }
    };
    let options = Options {
        skip_keys: interp.truth(&skip_keys)?,
        ascii: interp.truth(&ascii)?,
        allow_nan: interp.truth(&allow_nan)?,
        indent,
        item_separator: support::text(interp, &item, "the separator")?,
        key_separator: support::text(interp, &key, "the separator")?,
        default,
        sort_keys: interp.truth(&sort_keys)?,
    };
    let mut writer = Writer { options, out: String::new(), around: Vec::new() };
    writer.value(interp, &value)?;
    Ok(Value::from(writer.out))
}

impl Writer {
    fn value(&mut self, interp: &mut Interpreter, value: &Value) -> Result<()> {
        interp
            .allow_size(self.out.len(), "a JSON document")
            .or_else(|error| if self.out.len() < 1024 { Ok(()) } else { Err(error) })?;
        match value.plain() {
            Value::None => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Str(text) => self.text(&text),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            number @ Value::BigInt(_) => {
                let text = interp.repr(&number)?;
                self.out.push_str(&text);
            }
            Value::Float(number) => {
                let text = self.float(interp, number)?;
                self.out.push_str(&text);
            }
            Value::List(list) => self.items(interp, value, &list.to_vec())?,
            Value::Tuple(tuple) => self.items(interp, value, &tuple)?,
            Value::Dict(dict) => self.entries(interp, value, dict.entries())?,
            _ => {
                let default = self.options.default.clone();
                let replaced = interp.call(&default, Args::of([value.clone()]))?;
                self.inside(interp, value, |writer, interp| writer.value(interp, &replaced))?;
            }
        }
        Ok(())
    }

    fn float(&self, interp: &mut Interpreter, number: f64) -> Result<String> {
        if number.is_finite() {
            return Ok(float_repr(number));
        }
        if !self.options.allow_nan {
            return interp.value_error("Out of range float values are not JSON compliant");
        }
        Ok(match float_repr(number).as_str() {
            "inf" => "Infinity",
            "-inf" => "-Infinity",
            _ => "NaN",
        }
        .to_owned())
    }

    fn inside(
        &mut self,
        interp: &mut Interpreter,
        value: &Value,
        run: impl FnOnce(&mut Self, &mut Interpreter) -> Result<()>,
    ) -> Result<()> {
        let address = value.address();
        if address != 0 && self.around.contains(&address) {
            return interp.value_error("Circular reference detected");
        }
        self.around.push(address);
        let result = interp.nested(|interp| run(self, interp));
        self.around.pop();
        result
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.options.indent {
            self.out.push('\n');
            self.out.push_str(&indent.repeat(self.around.len()));
        }
    }

    fn items(&mut self, interp: &mut Interpreter, value: &Value, items: &[Value]) -> Result<()> {
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push('[');
        self.inside(interp, value, |writer, interp| {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    let separator = writer.options.item_separator.clone();
                    writer.out.push_str(&separator);
                }
                writer.new_line();
                writer.value(interp, item)?;
            }
            Ok(())
        })?;
        self.new_line();
        self.out.push(']');
        Ok(())
    }

    fn entries(
        &mut self,
        interp: &mut Interpreter,
        value: &Value,
        mut entries: Vec<(Value, Value)>,
    ) -> Result<()> {
        if entries.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        if self.options.sort_keys {
            let pairs = entries.into_iter().map(|(key, value)| Value::tuple(vec![key, value]));
            let key = interp.function("key", |interp, args| {
                let [pair] = args.exactly(interp, "key")?;
                interp.item(&pair, &Value::Int(0))
            });
            let sorted = interp.sort(pairs.collect(), &key, false)?;
            entries = Vec::new();
            for pair in sorted {
                if let Value::Tuple(pair) = pair
                    && let [key, value] = &**pair
                {
                    entries.push((key.clone(), value.clone()));
                }
            }
        }
        self.out.push('{');
        self.inside(interp, value, |writer, interp| {
            let mut first = true;
            for (key, value) in &entries {
                let Some(key) = writer.key(interp, key)? else { continue };
                if !first {
                    let separator = writer.options.item_separator.clone();
                    writer.out.push_str(&separator);
                }
                first = false;
                writer.new_line();
                writer.text(&key);
                let separator = writer.options.key_separator.clone();
                writer.out.push_str(&separator);
                writer.value(interp, value)?;
            }
            Ok(())
        })?;
        self.new_line();
        self.out.push('}');
        Ok(())
    }

    fn key(&self, interp: &mut Interpreter, key: &Value) -> Result<Option<Text>> {
        Ok(Some(match key.plain() {
            Value::Str(text) => text,
            Value::None => Text::from("null"),
            Value::Bool(true) => Text::from("true"),
            Value::Bool(false) => Text::from("false"),
            Value::Int(number) => Text::from(number.to_string()),
            number @ Value::BigInt(_) => Text::from(interp.repr(&number)?),
            Value::Float(number) => Text::from(self.float(interp, number)?),
            _ if self.options.skip_keys => return Ok(None),
            _ => {
                let class = interp.class_name(key);
                return interp.type_error(format!(
                    "keys must be str, int, float, bool or None, not {class}"
                ));
            }
        }))
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                c if c < ' ' => self.out.push_str(&format!("\\u{:04x}", u32::from(c))),
                c if self.options.ascii && c > '~' => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}
