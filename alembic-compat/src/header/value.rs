//! The values that a header can be computed from.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::python::Span;

use super::Reason;

/// A Python value, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'t> {
    None,
    Bool(bool),
    Int(i64),
    Str(Cow<'t, str>),
    Tuple(Vec<Value<'t>>),
    List(Vec<Value<'t>>),
    /// In the order written, which stands in for Python's own, which differs from run to run.
    Set(Vec<Value<'t>>),
    /// `__name__`: derived from the file name, never `__main__`.
    ModuleName,
    /// The module `typing`, for its `TYPE_CHECKING`.
    Typing,
    Unknown(Unknown),
}

/// What stands in the way of knowing a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) span: Span,
    pub(super) reason: Reason,
}

/// How large a value is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) bytes: usize,
    pub(super) depth: usize,
}

/// What is the same for values that are certainly equal ([`Value::equals`]) and for no others.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'v> {
    None,
    ModuleName,
    Number(i64),
    Text(&'v str),
    Tuple(Vec<Key<'v>>),
    List(Vec<Key<'v>>),
}

impl<'v> Key<'v> {
    fn of(value: &'v Value<'_>) -> Option<Self> {
        let all = |items: &'v [Value<'_>]| items.iter().map(Self::of).collect::<Option<Vec<_>>>();
        match value {
            Value::None => Some(Self::None),
            Value::ModuleName => Some(Self::ModuleName),
            Value::Bool(_) | Value::Int(_) => value.number().map(Self::Number),
            Value::Str(text) => Some(Self::Text(text)),
            Value::Tuple(items) => all(items).map(Self::Tuple),
            Value::List(items) => all(items).map(Self::List),
            Value::Set(_) | Value::Typing | Value::Unknown(_) => None,
        }
    }
}

impl<'t> Value<'t> {
    /// Python's name of the type.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Str(_) | Self::ModuleName => "str",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Typing => "module",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Python's `bool(value)`.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::None => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Int(value) => Some(*value != 0),
            Self::Str(text) => Some(!text.is_empty()),
            Self::Tuple(items) | Self::List(items) | Self::Set(items) => Some(!items.is_empty()),
            Self::ModuleName | Self::Typing => Some(true),
            Self::Unknown(_) => None,
        }
    }

    /// Python's `==`.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Unknown(_) | Self::Typing, _)
            | (_, Self::Unknown(_) | Self::Typing)
            | (Self::Set(_), Self::Set(_)) => None,
            (Self::ModuleName, Self::Str(text)) | (Self::Str(text), Self::ModuleName) => {
                (text == "__main__").then_some(false)
            }
            (Self::Str(left), Self::Str(right)) => Some(left == right),
            (Self::ModuleName, Self::ModuleName) | (Self::None, Self::None) => Some(true),
            (Self::Tuple(left), Self::Tuple(right)) | (Self::List(left), Self::List(right)) => {
                if left.len() != right.len() {
                    return Some(false);
                }
                let mut all_known = true;
                for (left, right) in left.iter().zip(right) {
                    match left.equals(right) {
                        Some(true) => {}
                        Some(false) => return Some(false),
                        None => all_known = false,
                    }
                }
                all_known.then_some(true)
            }
            _ => match (self.number(), other.number()) {
                (Some(left), Some(right)) => Some(left == right),
                _ => Some(false),
            },
        }
    }

    /// Truth values are numbers.
    const fn number(&self) -> Option<i64> {
        match self {
            Self::Bool(value) => Some(*value as i64),
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// What a `for` would give, for values that can be walked.
    pub(super) fn into_items(self) -> Option<Vec<Self>> {
        match self {
            Self::Tuple(items) | Self::List(items) | Self::Set(items) => Some(items),
            Self::Str(text) => {
                Some(text.chars().map(|c| Value::Str(c.to_string().into())).collect())
            }
            _ => None,
        }
    }

    /// About how many bytes a copy of it takes, and how deep it is nested.
    pub(super) fn extent(&self) -> Extent {
        let own = size_of::<Self>();
        match self {
            Self::Str(text) => Extent { bytes: own + text.len(), depth: 0 },
            Self::Tuple(items) | Self::List(items) | Self::Set(items) => {
                items.iter().map(Self::extent).fold(Extent { bytes: own, depth: 1 }, |all, item| {
                    Extent { bytes: all.bytes + item.bytes, depth: all.depth.max(item.depth + 1) }
                })
            }
            _ => Extent { bytes: own, depth: 0 },
        }
    }

    /// Whether each of `items` is the first of those that Python takes for equal. What is not known
    /// is equal to nothing.
    pub(super) fn first_of_equals(items: &[Self]) -> Vec<bool> {
        let mut seen = BTreeSet::new();
        items.iter().map(|item| Key::of(item).is_none_or(|key| seen.insert(key))).collect()
    }

    /// Whether a list or set is in it, which other code could change.
    pub(super) fn is_mutable(&self) -> bool {
        match self {
            Self::List(_) | Self::Set(_) => true,
            Self::Tuple(items) => items.iter().any(Self::is_mutable),
            _ => false,
        }
    }
}
