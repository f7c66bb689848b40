//! How `env.py` builds a value: an expression over what comes from outside, worked out later.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use crate::python::Span;

/// How many parts a formula may have.
const MAX_PARTS: usize = 300;

/// How many bytes a formula may take, and what is worked out of it: far more than any URL.
pub(super) const MAX_BYTES: usize = 1 << 17;

/// How many bytes of texts are put together to work out one value. `u.replace('a', 'aa')` doubles.
const WORK: usize = 1 << 20;

/// Where something is read or set. Two formulas are the same wherever they stand.
#[derive(Clone, Copy)]
pub(super) struct Place(pub(super) Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A value that is known, or how it is come by.
#[derive(Clone, PartialEq)]
pub(super) enum Formula {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
    /// An environment variable; without a default an absent one is `None`, or an error when
    /// `required` (`os.environ["X"]`).
    Variable {
        name: String,
        required: bool,
        default: Option<Box<Formula>>,
        place: Place,
    },
    /// An option of the ini's main section.
    Option {
        name: String,
        default: Option<Box<Formula>>,
    },
    /// A `-x key=value` argument.
    XArgument {
        key: String,
        default: Option<Box<Formula>>,
        place: Place,
    },
    /// Texts one after the other.
    Joined(Vec<Formula>),
    Replaced {
        of: Box<Formula>,
        from: String,
        to: String,
        count: Option<usize>,
    },
    Stripped(Box<Formula>),
    /// `urllib.parse.quote_plus`, or `quote`.
    Quoted {
        of: Box<Formula>,
        plus: bool,
    },
    /// `or`, and `and`.
    Logical {
        any: bool,
        values: Vec<Formula>,
    },
    If {
        test: Box<Formula>,
        then: Box<Formula>,
        orelse: Box<Formula>,
    },
    Not(Box<Formula>),
    StartsWith {
        of: Box<Formula>,
        prefix: String,
    },
    Contains {
        of: Box<Formula>,
        part: String,
    },
    Equal(Box<Formula>, Box<Formula>),
    /// Written into the ini's options and read back: `%%` becomes `%`.
    Interpolated(Box<Formula>, Place),
    /// The way through `env.py` that raises an exception.
    Raises,
    /// Not known without running it.
    Unknown(Span),
}

// A formula may hold a password in a default or a literal.
impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Formula(…)")
    }
}

/// What a formula is worked out with. Each function gives `None` for what is not set.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// An environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// An option of the ini's main section, interpolated.
    pub option: &'a dyn Fn(&str) -> Option<String>,
    /// The value of `-x key=value`.
    pub x_argument: &'a dyn Fn(&str) -> Option<String>,
}

impl Outside<'static> {
    /// Nothing is set.
    const NOTHING: Self = Outside { variable: &|_| None, option: &|_| None, x_argument: &|_| None };
}

impl fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outside(…)")
    }
}

/// Why the URL cannot be worked out. No variant holds the value of anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// `os.environ["X"]` of a variable that is not set.
    #[error("env.py needs the environment variable {name}, which is not set")]
    VariableMissing {
        /// The variable.
        name: String,
    },
    /// The value is `None`, or no text.
    #[error("env.py leaves the database URL empty with the variables as they are")]
    Empty,
    /// `env.py` raises an exception on this way.
    #[error("env.py refuses to run with the variables as they are")]
    Raises,
    /// A `%` that is not doubled in a value for `config.set_main_option`.
    #[error(
        "the URL holds a '%' that env.py does not double before config.set_main_option: Alembic \
         fails with it too"
    )]
    Percent,
    /// Only running `env.py` tells.
    #[error("the URL is computed by env.py")]
    Computed,
}

/// A value that has been worked out.
#[derive(Clone, PartialEq)]
pub(super) enum Known {
    None,
    Bool(bool),
    Int(i64),
    Text(String),
}

impl Known {
    fn truth(&self) -> bool {
        match self {
            Known::None => false,
            Known::Bool(value) => *value,
            Known::Int(value) => *value != 0,
            Known::Text(text) => !text.is_empty(),
        }
    }

    /// Python's `str`.
    fn text(&self) -> String {
        match self {
            Known::None => "None".to_owned(),
            Known::Bool(true) => "True".to_owned(),
            Known::Bool(false) => "False".to_owned(),
            Known::Int(value) => value.to_string(),
            Known::Text(text) => text.clone(),
        }
    }
}

impl Formula {
    pub(super) fn boxed(self) -> Box<Formula> {
        Box::new(self)
    }

    /// The formula, or only its place when it has grown beyond what anyone writes. This also
    /// bounds how deep formulas are nested.
    pub(super) fn bounded(self, span: Span) -> Formula {
        if self.parts().len() > MAX_PARTS || self.bytes() > MAX_BYTES {
            return Formula::Unknown(span);
        }
        // What is known is not worked out again each time it is used.
        match &self {
            Formula::Joined(_)
            | Formula::Replaced { .. }
            | Formula::Stripped(_)
            | Formula::Quoted { .. }
                if self.needs_nothing() =>
            {
                match self.value(Outside::NOTHING) {
                    Ok(Known::Text(text)) if text.len() <= MAX_BYTES => Formula::Text(text),
                    Ok(Known::Text(_)) | Err(UrlError::Computed) => Formula::Unknown(span),
                    _ => self,
                }
            }
            _ => self,
        }
    }

    /// About how many bytes a copy takes.
    pub(super) fn bytes(&self) -> usize {
        let optional = |default: &Option<Box<Formula>>| default.as_ref().map_or(0, |d| d.bytes());
        let all = |values: &[Formula]| values.iter().map(Formula::bytes).sum();
        let inner = match self {
            Formula::None
            | Formula::Bool(_)
            | Formula::Int(_)
            | Formula::Raises
            | Formula::Unknown(_) => 0,
            Formula::Text(text) => text.len(),
            Formula::Variable { name, default, .. } | Formula::Option { name, default } => {
                name.len() + optional(default)
            }
            Formula::XArgument { key, default, .. } => key.len() + optional(default),
            Formula::Joined(values) | Formula::Logical { values, .. } => all(values),
            Formula::Replaced { of, from, to, .. } => of.bytes() + from.len() + to.len(),
            Formula::StartsWith { of, prefix: text } | Formula::Contains { of, part: text } => {
                of.bytes() + text.len()
            }
            Formula::Stripped(of)
            | Formula::Quoted { of, .. }
            | Formula::Not(of)
            | Formula::Interpolated(of, _) => of.bytes(),
            Formula::Equal(a, b) => a.bytes() + b.bytes(),
            Formula::If { test, then, orelse } => test.bytes() + then.bytes() + orelse.bytes(),
        };
        size_of::<Formula>() + inner
    }

    /// `then if test else orelse`, shortened where it is clear.
    pub(super) fn choice(test: &Formula, then: Formula, orelse: Formula, span: Span) -> Formula {
        if then == orelse {
            return then;
        }
        match test.constant() {
            Some(known) if known.truth() => then,
            Some(_) => orelse,
            None => {
                let test = test.clone().boxed();
                Formula::If { test, then: then.boxed(), orelse: orelse.boxed() }.bounded(span)
            }
        }
    }

    /// The value, when nothing from outside is needed for it.
    pub(super) fn constant(&self) -> Option<Known> {
        if self.needs_nothing() { self.value(Outside::NOTHING).ok() } else { None }
    }

    /// Whether nothing in it comes from outside.
    fn needs_nothing(&self) -> bool {
        !self.parts().iter().any(|part| {
            matches!(
                part,
                Formula::Variable { .. }
                    | Formula::Option { .. }
                    | Formula::XArgument { .. }
                    | Formula::Unknown(_)
            )
        })
    }

    pub(super) fn truth(&self) -> Option<bool> {
        self.constant().map(|known| known.truth())
    }

    /// Where something is that only running tells.
    pub(super) fn unknown_part(&self) -> Option<Span> {
        self.parts().into_iter().find_map(|part| match part {
            Formula::Unknown(span) => Some(*span),
            _ => None,
        })
    }

    /// Where it is computed from what is outside; else where the file sets it as an option.
    pub(super) fn place(&self) -> Option<Span> {
        let parts = self.parts();
        let read = parts.iter().find_map(|part| match part {
            Formula::Variable { place, .. } | Formula::XArgument { place, .. } => Some(place.0),
            _ => None,
        });
        read.or_else(|| {
            parts.iter().find_map(|part| match part {
                Formula::Interpolated(_, place) => Some(place.0),
                _ => None,
            })
        })
    }

    /// The formula and everything in it.
    pub(super) fn parts(&self) -> Vec<&Formula> {
        let mut all = vec![self];
        let mut at = 0;
        while let Some(formula) = all.get(at).copied() {
            at += 1;
            match formula {
                Formula::None
                | Formula::Bool(_)
                | Formula::Int(_)
                | Formula::Text(_)
                | Formula::Raises
                | Formula::Unknown(_) => {}
                Formula::Variable { default, .. }
                | Formula::Option { default, .. }
                | Formula::XArgument { default, .. } => all.extend(default.as_deref()),
                Formula::Joined(values) | Formula::Logical { values, .. } => all.extend(values),
                Formula::Replaced { of, .. }
                | Formula::Stripped(of)
                | Formula::Quoted { of, .. }
                | Formula::Not(of)
                | Formula::StartsWith { of, .. }
                | Formula::Contains { of, .. }
                | Formula::Interpolated(of, _) => all.push(of),
                Formula::Equal(a, b) => all.extend([&**a, &**b]),
                Formula::If { test, then, orelse } => all.extend([&**test, &**then, &**orelse]),
            }
        }
        all
    }

    /// The names of the ini options, or of the `-x` keys, in it.
    pub(super) fn x_keys(&self) -> BTreeSet<String> {
        let keys = self.parts().into_iter().filter_map(|part| match part {
            Formula::XArgument { key, .. } => Some(key.clone()),
            _ => None,
        });
        keys.collect()
    }

    /// What the formula comes to.
    ///
    /// # Errors
    /// [`UrlError`], which is [`UrlError::Computed`] also when there is too much to work out.
    pub(super) fn value(&self, outside: Outside<'_>) -> Result<Known, UrlError> {
        self.worked_out(outside, &Cell::new(WORK))
    }

    fn worked_out(&self, outside: Outside<'_>, work: &Cell<usize>) -> Result<Known, UrlError> {
        let afford = |bytes: usize| {
            work.set(work.get().checked_sub(bytes).ok_or(UrlError::Computed)?);
            Ok::<(), UrlError>(())
        };
        let or_default =
            |found: Option<String>, default: &Option<Box<Formula>>| match (found, default) {
                (Some(text), _) => {
                    afford(text.len())?;
                    Ok(Known::Text(text))
                }
                (None, Some(default)) => default.worked_out(outside, work),
                (None, None) => Ok(Known::None),
            };
        // What Python would raise an AttributeError for is a URL that is not there.
        let text = |of: &Formula| match of.worked_out(outside, work)? {
            Known::Text(text) => Ok(text),
            _ => Err(UrlError::Empty),
        };
        Ok(match self {
            Formula::None => Known::None,
            Formula::Bool(value) => Known::Bool(*value),
            Formula::Int(value) => Known::Int(*value),
            Formula::Text(text) => {
                afford(text.len())?;
                Known::Text(text.clone())
            }
            Formula::Variable { name, required, default, .. } => {
                let found = (outside.variable)(name);
                if found.is_none() && *required {
                    return Err(UrlError::VariableMissing { name: name.clone() });
                }
                or_default(found, default)?
            }
            Formula::Option { name, default } => or_default((outside.option)(name), default)?,
            Formula::XArgument { key, default, .. } => {
                or_default((outside.x_argument)(key), default)?
            }
            Formula::Joined(parts) => {
                let mut joined = String::new();
                for part in parts {
                    let text = part.worked_out(outside, work)?.text();
                    afford(text.len())?;
                    joined.push_str(&text);
                }
                Known::Text(joined)
            }
            Formula::Replaced { of, from, to, count } => {
                let text = text(of)?;
                let places = text.matches(from.as_str()).count().min(count.unwrap_or(usize::MAX));
                afford(places.saturating_mul(to.len()).saturating_add(text.len()))?;
                Known::Text(match count {
                    Some(count) => text.replacen(from, to, *count),
                    None => text.replace(from, to),
                })
            }
            Formula::Stripped(of) => Known::Text(text(of)?.trim().to_owned()),
            Formula::Quoted { of, plus } => {
                let text = text(of)?;
                afford(text.len().saturating_mul(3))?;
                Known::Text(quoted(&text, *plus))
            }
            Formula::Logical { any, values } => {
                let mut last = Known::None;
                for value in values {
                    last = value.worked_out(outside, work)?;
                    if last.truth() == *any {
                        break;
                    }
                }
                last
            }
            Formula::If { test, then, orelse } => {
                let chosen = if test.worked_out(outside, work)?.truth() { then } else { orelse };
                chosen.worked_out(outside, work)?
            }
            Formula::Not(of) => Known::Bool(!of.worked_out(outside, work)?.truth()),
            Formula::StartsWith { of, prefix } => Known::Bool(text(of)?.starts_with(prefix)),
            Formula::Contains { of, part } => Known::Bool(text(of)?.contains(part)),
            Formula::Equal(a, b) => {
                Known::Bool(a.worked_out(outside, work)? == b.worked_out(outside, work)?)
            }
            Formula::Interpolated(of, _) => match of.worked_out(outside, work)? {
                Known::Text(text) => Known::Text(interpolated(&text)?),
                other => other,
            },
            Formula::Raises => return Err(UrlError::Raises),
            Formula::Unknown(_) => return Err(UrlError::Computed),
        })
    }
}

/// What ConfigParser makes of a value that names no other option.
fn interpolated(text: &str) -> Result<String, UrlError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        out.push('%');
        rest = after.strip_prefix('%').ok_or(UrlError::Percent)?;
    }
    out.push_str(rest);
    Ok(out)
}

/// Percent escapes as `urllib.parse` writes them.
fn quoted(text: &str, plus: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            b if b.is_ascii_alphanumeric() => out.push(char::from(b)),
            b' ' if plus => out.push('+'),
            b'/' if !plus => out.push('/'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
