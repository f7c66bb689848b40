//! The values of the expressions in a template, and what Python says of them.

use std::rc::Rc;

use super::timestamp::Timestamp;

/// A value. Nothing in a template changes a value in place, so lists are shared like tuples.
#[derive(Debug, Clone)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Str(Rc<str>),
    Tuple(Rc<[Value]>),
    List(Rc<[Value]>),
    /// What `zip`, `range` or a generator expression gives: only good for walking over.
    Iter(Rc<[Value]>),
    Dict(Rc<[(Value, Value)]>),
    /// A date with its time: `create_date`.
    Timestamp(Timestamp),
    /// The `loop` of a `% for`.
    Loop {
        index: usize,
        length: usize,
    },
    /// A name that the context does not have. Only its truth may be asked.
    Undefined(Rc<str>),
    /// What an import of a module that is not here has bound.
    Module {
        name: Rc<str>,
        module: Rc<str>,
    },
    /// A thing of Mako, Alembic or Python that is known by its dotted name, such as `repr`,
    /// `config`, `config.attributes`, `re.split`.
    Known(&'static str),
    /// A `<%def>` of the template.
    Def(usize),
    /// A method that was looked up and waits for its arguments.
    Method(Rc<(Value, String)>),
}

impl Value {
    pub(super) fn text(text: impl Into<Rc<str>>) -> Value {
        Value::Str(text.into())
    }

    pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Rc<[Value]> {
        texts.into_iter().map(Value::text).collect()
    }

    pub(super) fn length(length: usize) -> Value {
        Value::Int(i64::try_from(length).unwrap_or(i64::MAX))
    }

    /// Python's `bool(value)`.
    pub(super) fn truth(&self) -> bool {
        match self {
            Value::None | Value::Undefined(_) => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Str(text) => !text.is_empty(),
            Value::Tuple(items) | Value::List(items) => !items.is_empty(),
            Value::Dict(items) => !items.is_empty(),
            // Of the things of Alembic only this has a length, and it is empty.
            Value::Known(name) => *name != "config.attributes",
            Value::Iter(_)
            | Value::Timestamp(_)
            | Value::Loop { .. }
            | Value::Module { .. }
            | Value::Def(_)
            | Value::Method(_) => true,
        }
    }

    /// Whether Python lets it be a key of a dict.
    pub(super) fn hashable(&self) -> bool {
        match self {
            Value::List(_) | Value::Dict(_) => false,
            Value::Tuple(items) => items.iter().all(Value::hashable),
            _ => true,
        }
    }

    /// Python's `type(value).__name__`.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Str(_) => "str",
            Value::Tuple(_) => "tuple",
            Value::List(_) => "list",
            Value::Iter(_) => "iterator",
            Value::Dict(_) => "dict",
            Value::Timestamp(_) => "datetime.datetime",
            Value::Loop { .. } => "LoopContext",
            Value::Undefined(_) => "Undefined",
            Value::Module { .. } => "module",
            Value::Known("config") => "Config",
            Value::Known("context") => "Context",
            Value::Known(_) | Value::Def(_) | Value::Method(_) => "function",
        }
    }

    /// Python's `str(value)`; `None` for a value whose text is an address in memory, or none.
    pub(super) fn to_text(&self) -> Option<Rc<str>> {
        match self {
            Value::Str(text) => Some(Rc::clone(text)),
            Value::Timestamp(timestamp) => Some(timestamp.to_string().into()),
            _ => self.repr().map(Rc::from),
        }
    }

    /// Python's `repr(value)`, in the same cases as [`Value::to_text`].
    pub(super) fn repr(&self) -> Option<String> {
        let sequence = |items: &[Value]| {
            items.iter().map(Value::repr).collect::<Option<Vec<_>>>().map(|reprs| reprs.join(", "))
        };
        match self {
            Value::None => Some("None".to_owned()),
            Value::Bool(true) => Some("True".to_owned()),
            Value::Bool(false) => Some("False".to_owned()),
            Value::Int(number) => Some(number.to_string()),
            Value::Str(text) => Some(repr_of_text(text)),
            Value::Tuple(items) if items.len() == 1 => Some(format!("({},)", sequence(items)?)),
            Value::Tuple(items) => Some(format!("({})", sequence(items)?)),
            Value::List(items) => Some(format!("[{}]", sequence(items)?)),
            Value::Dict(items) => {
                let pairs: Option<Vec<_>> = items
                    .iter()
                    .map(|(key, value)| Some(format!("{}: {}", key.repr()?, value.repr()?)))
                    .collect();
                Some(format!("{{{}}}", pairs?.join(", ")))
            }
            Value::Timestamp(timestamp) => timestamp.repr(),
            Value::Iter(_)
            | Value::Loop { .. }
            | Value::Undefined(_)
            | Value::Module { .. }
            | Value::Known(_)
            | Value::Def(_)
            | Value::Method(_) => None,
        }
    }

    /// How many characters [`Value::repr`] has at least: the guard against values that hold one
    /// another many times over.
    pub(super) fn weight(&self, limit: usize) -> usize {
        let sum = |items: &mut dyn Iterator<Item = &Value>| {
            let mut total = 2_usize;
            for item in items {
                total = total.saturating_add(item.weight(limit));
                if total > limit {
                    break;
                }
            }
            total
        };
        match self {
            Value::Str(text) => text.len() + 1,
            Value::Tuple(items) | Value::List(items) | Value::Iter(items) => sum(&mut items.iter()),
            Value::Dict(items) => sum(&mut items.iter().flat_map(|(key, value)| [key, value])),
            _ => 1,
        }
    }
}

impl PartialEq for Value {
    /// Python's `==`. What has no value of its own is equal to nothing.
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None) | (Value::Undefined(_), Value::Undefined(_)) => true,
            (Value::Bool(_) | Value::Int(_), Value::Bool(_) | Value::Int(_)) => {
                self.number() == other.number()
            }
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Tuple(a), Value::Tuple(b)) | (Value::List(a), Value::List(b)) => a == b,
            (Value::Dict(a), Value::Dict(b)) => {
                a.len() == b.len() && a.iter().all(|pair| b.contains(pair))
            }
            (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
            (Value::Known(a), Value::Known(b)) => a == b,
            _ => false,
        }
    }
}

impl Value {
    /// The number that a bool or an int is.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Value::Bool(value) => Some(i64::from(*value)),
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }
}

/// Python's `repr` of a text: single quotes unless that would cost escapes that double quotes do
/// not, and escapes for whatever Python does not call printable.
pub(super) fn repr_of_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if printable(c) => out.push(c),
            c => out.push_str(&match u32::from(c) {
                code @ 0..=0xff => format!("\\x{code:02x}"),
                code @ 0x100..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    out.push(quote);
    out
}

/// Whether Python's `str.isprintable` holds. Rust's `escape_debug` draws the line at the same
/// general categories; the letter in front keeps combining marks from being escaped.
fn printable(c: char) -> bool {
    matches!(c, ' '..='~')
        || !(c.is_control()
            || ['a', c].iter().collect::<String>().escape_debug().any(|c| c == '\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_as_python_writes_it() {
        for (text, repr) in [
            ("", "''"),
            ("a'b", "\"a'b\""),
            ("a'\"b", "'a\\'\"b'"),
            ("a\"b", "'a\"b'"),
            ("\\\n\r\t\0\x7f", "'\\\\\\n\\r\\t\\x00\\x7f'"),
            ("é\u{301}日🦀", "'é\u{301}日🦀'"),
            (
                "\u{a0}\u{ad}\u{200b}\u{2028}\u{e000}\u{10ffff}",
                "'\\xa0\\xad\\u200b\\u2028\\ue000\\U0010ffff'",
            ),
        ] {
            assert_eq!(repr_of_text(text), repr);
        }
    }

    #[test]
    fn containers_and_truth() {
        let one = Value::Tuple(Value::texts(["a"]));
        assert_eq!(one.repr().unwrap(), "('a',)");
        assert_eq!(Value::List(Rc::from([one, Value::None])).repr().unwrap(), "[('a',), None]");
        assert!(!Value::text("").truth());
        assert!(!Value::Undefined("x".into()).truth());
        assert_eq!(Value::Bool(true), Value::Int(1));
        assert_ne!(Value::Tuple(Value::texts(["a"])), Value::List(Value::texts(["a"])));
    }
}
