//! `${NAME}` and its forms with a default in values of the configuration, and where the values of
//! variables come from.
//!
//! The forms are those of a shell, as compose files have them: `${NAME}`, `${NAME:-default}` and
//! `${NAME-default}`, `${NAME:?message}` and `${NAME?message}`, `${NAME:+text}` and `${NAME+text}`.
//! With the colon an empty value is as good as none. What follows the sign may hold variables
//! itself, which count only where it is used. `$$` is a dollar sign; a dollar sign before anything
//! else is one too.

use std::fmt;

use super::variable_file::VariableFile;

/// Where the values of variables come from: the environment, and then files.
#[derive(Clone, Copy)]
pub struct Variables<'a> {
    environment: &'a dyn Fn(&str) -> Option<String>,
    /// The later of them counts.
    files: &'a [VariableFile],
}

/// Who has given a variable its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableSource<'a> {
    /// The environment.
    Environment,
    /// A line of a file.
    File {
        /// The file.
        file: &'a VariableFile,
        /// The line, from 1.
        line: usize,
    },
}

impl<'a> Variables<'a> {
    /// Looks variables up with `environment`.
    pub fn new(environment: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Variables { environment, files: &[] }
    }

    /// The same, and after it in `files`, of which a later one wins over an earlier one.
    #[must_use]
    pub fn with_files(self, files: &'a [VariableFile]) -> Self {
        Variables { files, ..self }
    }

    /// The value of `name`, if it has one.
    pub fn get(&self, name: &str) -> Option<String> {
        self.find(name).map(|(value, _)| value)
    }

    /// Who has given `name` its value, if it has one.
    pub fn source(&self, name: &str) -> Option<VariableSource<'a>> {
        self.find(name).map(|(_, source)| source)
    }

    fn find(&self, name: &str) -> Option<(String, VariableSource<'a>)> {
        if let Some(value) = (self.environment)(name) {
            return Some((value, VariableSource::Environment));
        }
        self.files.iter().rev().find_map(|file| {
            let (value, line) = file.get(name)?;
            Some((value.to_owned(), VariableSource::File { file, line }))
        })
    }
}

impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")
    }
}

/// A variable that has no value and needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingVariable {
    /// Its name.
    pub name: String,
    /// What `${NAME:?message}` says of it.
    pub message: Option<String>,
}

impl fmt::Display for MissingVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${{{}}}", self.name)?;
        match &self.message {
            Some(message) => write!(f, " ({message})"),
            None => Ok(()),
        }
    }
}

/// The longest text that a value becomes, in bytes: values may double those before them.
pub(super) const LONGEST: usize = 1024 * 1024;

/// How deep a form may stand in others.
const DEEPEST: usize = 32;

/// The outcome of replacing the variables of one value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expanded {
    /// Every variable had a value.
    Complete {
        /// The value.
        text: String,
        /// The variables whose values are part of it, or have decided about it.
        used: Vec<String>,
    },
    /// These had none.
    Missing(Vec<MissingVariable>),
    /// It cannot be read.
    Malformed(Malformed),
}

/// Why a value with variables cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Malformed {
    /// A `${` has no end.
    Unclosed,
    /// Between `${` and `}` stands neither a name nor one of the forms.
    Form,
    /// It becomes longer than [`LONGEST`], or is nested deeper than [`DEEPEST`].
    Excess,
}

/// Replaces the variables in `text`.
pub(super) fn expand(text: &str, variables: Variables<'_>) -> Expanded {
    let mut expander = Expander { variables, missing: Vec::new(), used: Vec::new() };
    match expander.text(text, 0) {
        Err(malformed) => Expanded::Malformed(malformed),
        Ok(text) if expander.missing.is_empty() => Expanded::Complete { text, used: expander.used },
        Ok(_) => Expanded::Missing(expander.missing),
    }
}

struct Expander<'v> {
    variables: Variables<'v>,
    missing: Vec<MissingVariable>,
    used: Vec<String>,
}

impl Expander<'_> {
    /// `text`, which stands in as many forms as `depth` says, with its variables replaced.
    fn text(&mut self, text: &str, depth: usize) -> Result<String, Malformed> {
        if depth > DEEPEST {
            return Err(Malformed::Excess);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(tail) = after.strip_prefix('$') {
                out.push('$');
                rest = tail;
            } else if let Some(inner) = after.strip_prefix('{') {
                let (expression, tail) = split_at_end(inner).ok_or(Malformed::Unclosed)?;
                let value = self.expression(expression, depth)?;
                if out.len() + value.len() > LONGEST {
                    return Err(Malformed::Excess);
                }
                out.push_str(&value);
                rest = tail;
            } else {
                out.push('$');
                rest = after;
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What stands between the braces.
    fn expression(&mut self, expression: &str, depth: usize) -> Result<String, Malformed> {
        let (name, form) = split_name(expression).ok_or(Malformed::Form)?;
        let (form, takes_empty) = match form.strip_prefix(':') {
            Some(form) => (form, false),
            None => (form, true),
        };
        let value = self.variables.get(name).filter(|value| takes_empty || !value.is_empty());
        let mut form_chars = form.chars();
        let sign = form_chars.next();
        let word = form_chars.as_str();
        if value.is_some() {
            self.used.push(name.to_owned());
        }
        match (sign, value) {
            (None, value) if takes_empty => Ok(value.unwrap_or_else(|| {
                self.miss(name, None);
                String::new()
            })),
            (Some('-' | '?'), Some(value)) => Ok(value),
            (Some('-'), None) | (Some('+'), Some(_)) => self.text(word, depth + 1),
            (Some('+'), None) => Ok(String::new()),
            (Some('?'), None) => {
                let message = self.text(word, depth + 1)?;
                self.miss(name, Some(message).filter(|message| !message.is_empty()));
                Ok(String::new())
            }
            _ => Err(Malformed::Form),
        }
    }

    fn miss(&mut self, name: &str, message: Option<String>) {
        self.missing.push(MissingVariable { name: name.to_owned(), message });
    }
}

/// Splits a text that began behind `${` at the `}` that belongs to it.
fn split_at_end(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let next = rest.chars().next()?;
        if rest.starts_with("$$") {
            at += 2;
        } else if rest.starts_with("${") {
            depth += 1;
            at += 2;
        } else if next == '}' {
            match depth.checked_sub(1) {
                None => return Some((&text[..at], &rest[1..])),
                Some(outer) => depth = outer,
            }
            at += 1;
        } else {
            at += next.len_utf8();
        }
    }
}

/// The name that `text` begins with, and the rest; `None` where it begins with none.
pub(super) fn split_name(text: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(name: &str) -> Option<String> {
        match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            "DOLLAR" => Some("${A}$$".to_owned()),
            _ => None,
        }
    }

    fn expanded(text: &str) -> Expanded {
        expand(text, Variables::new(&value))
    }

    fn complete(text: &str) -> String {
        match expanded(text) {
            Expanded::Complete { text, .. } => text,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn missing(text: &str) -> String {
        match expanded(text) {
            Expanded::Missing(missing) => {
                missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn values_defaults_and_dollars() {
        for (text, value) in [
            ("${A}-${B:-two}", "1-two"),
            ("${EMPTY:-x}${EMPTY}", "x"),
            ("${EMPTY-x}${B-x}${A-x}", "x1"),
            ("${A:+x}${EMPTY:+y}${EMPTY+z}${B:+q}${B+q}", "xz"),
            ("${A:?no}${EMPTY?no}", "1"),
            ("$$ $5 ${A:-9}", "$ $5 1"),
            ("$${A} $$$${A} $", "${A} $${A} $"),
            ("${B:-${A}}${B:-${C:-${A}x}y}", "11xy"),
            ("${B:-a:-b?c+d}", "a:-b?c+d"),
            ("${B:-$$}", "$"),
            // What a variable holds is not read again.
            ("${DOLLAR}", "${A}$$"),
            ("sqlite:app.db", "sqlite:app.db"),
        ] {
            assert_eq!(complete(text), value, "{text}");
        }
    }

    #[test]
    fn what_is_used_is_known() {
        for (text, names) in [
            ("${A}${B:-x}", "A"),
            ("${A:+${EMPTY}}", "A EMPTY"),
            ("${A:-${EMPTY}}${EMPTY:-x}", "A"),
            ("x", ""),
        ] {
            let Expanded::Complete { used, .. } = expanded(text) else { panic!("{text}") };
            assert_eq!(used.join(" "), names, "{text}");
        }
    }

    #[test]
    fn everything_missing_is_named() {
        assert_eq!(missing("${B}/${A}/${C}"), "${B} ${C}");
        assert_eq!(missing("${B:?set it, ${A}}${EMPTY:?}"), "${B} (set it, 1) ${EMPTY}");
        assert_eq!(missing("${A:+${B}}${A:-${C}}"), "${B}");
    }

    #[test]
    fn what_cannot_be_read() {
        for text in ["${A", "${A:-${B}", "${", "${A:-$$"] {
            assert_eq!(expanded(text), Expanded::Malformed(Malformed::Unclosed), "{text}");
        }
        let nested = |depth| format!("{}x{}", "${B:-".repeat(depth), "}".repeat(depth));
        assert_eq!(complete(&nested(DEEPEST)), "x");
        for depth in [DEEPEST + 1, 100_000] {
            assert_eq!(expanded(&nested(depth)), Expanded::Malformed(Malformed::Excess));
        }
        let long = |length: usize| {
            let value = |_: &str| Some("x".repeat(LONGEST / 4));
            expand(&"${A}".repeat(length), Variables::new(&value))
        };
        assert!(matches!(long(4), Expanded::Complete { text, .. } if text.len() == LONGEST));
        assert_eq!(long(5), Expanded::Malformed(Malformed::Excess));
        for text in ["${}", "${1A}", "${A B}", "${A:}", "${A/x/y}", "${-x}", "${A:=x}", "${ A}"] {
            assert_eq!(expanded(text), Expanded::Malformed(Malformed::Form), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text(pieces in prop::collection::vec(
            prop::sample::select(vec!["$", "{", "}", ":", "-", "?", "+", "A", "B", "é", "${"]), 0..16,
        )) {
            drop(expanded(&pieces.concat()));
        }

        #[test]
        fn a_text_without_dollars_is_itself(text in "[^$]*") {
            prop_assert_eq!(complete(&text), text);
        }

        #[test]
        fn doubled_dollars_keep_any_text(text in any::<String>()) {
            prop_assert_eq!(complete(&text.replace('$', "$$")), text);
        }
    }
}
