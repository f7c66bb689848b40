//! Compiled patterns, and what they find.

use std::cell::OnceCell;

use fancy_regex::Regex;
use fancy_regex::RegexBuilder;

use crate::eval::Interpreter;
use crate::eval::Object;
use crate::eval::Result;
use crate::eval::Text;
use crate::eval::Value;
use crate::python::CompareOp;
use crate::stdlib::support;

use super::translate;
use super::translate::Translated;

/// How often one search may take a step back.
const BACKTRACKS: usize = 1_000_000;

/// `re.Pattern`.
#[derive(Debug)]
pub(super) struct Pattern {
    text: Text,
    pub(super) translated: Translated,
    search: Regex,
    at: OnceCell<Regex>,
    whole: OnceCell<Regex>,
    /// Absent where every match is empty.
    longer: OnceCell<Option<Regex>>,
}

/// Where a match has to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Anywhere.
    Search,
    /// At the place where the search begins.
    Match,
    /// From there to the end.
    Full,
    /// At the place where the search begins, and not empty.
    Longer,
}

/// The places of the groups in bytes, the whole match first.
pub(super) type Spans = Vec<Option<(usize, usize)>>;

fn build(interp: &mut Interpreter, pattern: &str) -> Result<Regex> {
    let mut builder = RegexBuilder::new(pattern);
    builder.backtrack_limit(BACKTRACKS).delegate_size_limit(10 << 20);
    match builder.build() {
        Ok(regex) => Ok(regex),
        Err(_) => Err(interp.unsupported("this regular expression")),
    }
}

/// The same, for matches that are not empty; `None` where there are none.
fn build_longer(interp: &mut Interpreter, pattern: &str) -> Result<Option<Regex>> {
    let mut builder = RegexBuilder::new(pattern);
    builder.backtrack_limit(BACKTRACKS).find_not_empty(true).delegate_size_limit(10 << 20);
    match builder.build() {
        Ok(regex) => Ok(Some(regex)),
        Err(fancy_regex::Error::CompileError(error))
            if matches!(*error, fancy_regex::CompileError::PatternCanNeverMatch) =>
        {
            Ok(None)
        }
        Err(_) => Err(interp.unsupported("this regular expression")),
    }
}

impl Pattern {
    pub(super) fn new(interp: &mut Interpreter, text: &Text, flags: i64) -> Result<Self> {
        interp.allow_size(text.len(), "a regular expression")?;
        let translated = match translate::translate(text, flags) {
            Ok(translated) => translated,
            Err(what) => {
                return Err(interp.unsupported(format!("{what} in a regular expression")));
            }
        };
        let search = build(interp, &translated.pattern)?;
        let (at, whole, longer) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Ok(Self { text: text.clone(), translated, search, at, whole, longer })
    }

    fn regex(&self, interp: &mut Interpreter, mode: Mode) -> Result<Option<&Regex>> {
        let pattern = &self.translated.pattern;
        let (cell, pattern) = match mode {
            Mode::Search => return Ok(Some(&self.search)),
            Mode::Match => (&self.at, format!("\\G(?:{pattern})")),
            Mode::Full => (&self.whole, format!("\\G(?:{pattern})\\z")),
            Mode::Longer => {
                if self.longer.get().is_none() {
                    let regex = build_longer(interp, pattern)?;
                    return Ok(self.longer.get_or_init(|| regex).as_ref());
                }
                return Ok(self.longer.get().and_then(Option::as_ref));
            }
        };
        if let Some(regex) = cell.get() {
            return Ok(Some(regex));
        }
        let regex = build(interp, &pattern)?;
        Ok(Some(cell.get_or_init(|| regex)))
    }

    pub(super) fn find(
        &self,
        interp: &mut Interpreter,
        text: &str,
        from: usize,
        mode: Mode,
    ) -> Result<Option<Spans>> {
        interp.charge(1 + (text.len() - from.min(text.len())) as u64 / 16)?;
        let Some(regex) = self.regex(interp, mode)? else { return Ok(None) };
        match regex.captures_from_pos(text, from) {
            Ok(None) => Ok(None),
            // The first one that is not empty begins elsewhere: there is none at this place.
            Ok(Some(captures))
                if mode == Mode::Longer
                    && captures.get(0).is_none_or(|all| all.start() != from) =>
            {
                Ok(None)
            }
            Ok(Some(captures)) => Ok(Some(
                (0..=self.translated.groups)
                    .map(|group| captures.get(group).map(|found| (found.start(), found.end())))
                    .collect(),
            )),
            Err(_) => Err(interp.unsupported("a regular expression that takes this long")),
        }
    }

    /// Every match from a place on, as `finditer` gives them.
    pub(super) fn find_all(
        &self,
        interp: &mut Interpreter,
        text: &str,
        from: usize,
        most: usize,
    ) -> Result<Vec<Spans>> {
        let mut found: Vec<Spans> = Vec::new();
        let mut at = from;
        let mut after_empty = false;
        while found.len() < most && at <= text.len() {
            let spans = if after_empty {
                match self.find(interp, text, at, Mode::Longer)? {
                    Some(spans) => Some(spans),
                    None => {
                        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
                            break;
                        };
                        at += c.len_utf8();
                        self.find(interp, text, at, Mode::Search)?
                    }
                }
            } else {
                self.find(interp, text, at, Mode::Search)?
            };
            let Some(spans) = spans else { break };
            let (start, end) = spans.first().copied().flatten().unwrap_or_default();
            after_empty = start == end;
            at = end;
            found.push(spans);
        }
        Ok(found)
    }

    /// The number of a group by number or name.
    pub(super) fn group(&self, interp: &mut Interpreter, group: &Value) -> Result<usize> {
        let number = match group.as_text() {
            Some(name) => {
                let named = self.translated.names.iter().find(|(other, _)| name == other.as_str());
                named.map(|(_, number)| *number)
            }
            None => {
                let number = support::int(interp, group)?;
                usize::try_from(number).ok().filter(|number| *number <= self.translated.groups)
            }
        };
        match number {
            Some(number) => Ok(number),
            None => interp.raise("IndexError", "no such group"),
        }
    }
}

impl Object for Pattern {
    fn attribute(&self, _: &Value, name: &str, _: &mut Interpreter) -> Result<Option<Value>> {
        Ok(match name {
            "pattern" => Some(Value::Str(self.text.clone())),
            "flags" => Some(Value::Int(self.translated.flags)),
            "groups" => Some(Value::size(self.translated.groups)),
            "groupindex" => {
                let names = self.translated.names.iter();
                Some(Value::dict(names.map(|(name, at)| (name.as_str(), Value::size(*at)))))
            }
            _ => None,
        })
    }

    fn compare(
        &self,
        _: &Value,
        op: CompareOp,
        other: &Value,
        _: &mut Interpreter,
    ) -> Result<Option<Value>> {
        let Some(other) = other.downcast::<Self>() else { return Ok(None) };
        let same = self.text == other.text && self.translated.flags == other.translated.flags;
        Ok(match op {
            CompareOp::Eq => Some(Value::Bool(same)),
            CompareOp::NotEq => Some(Value::Bool(!same)),
            _ => None,
        })
    }

    fn hash(&self, _: &Value, _: &mut Interpreter) -> Result<Option<i64>> {
        Ok(Some(support::hash_of(self.text.as_str())))
    }

    fn repr(&self, _: &Value, interp: &mut Interpreter) -> Result<Option<String>> {
        let text = interp.repr(&Value::Str(self.text.clone()))?;
        let names = [
            (translate::IGNORECASE, "re.IGNORECASE"),
            (translate::MULTILINE, "re.MULTILINE"),
            (translate::DOTALL, "re.DOTALL"),
            (translate::VERBOSE, "re.VERBOSE"),
            (translate::ASCII, "re.ASCII"),
        ];
        let flags = self.translated.flags;
        let names = names.into_iter().filter(|(flag, _)| flags & flag != 0);
        let names: Vec<&str> = names.map(|(_, name)| name).collect();
        let flags = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
        Ok(Some(format!("re.compile({text}{flags})")))
    }
}
