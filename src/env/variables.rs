//! `${NAME}` and `${NAME:-default}` in values of the configuration.

use std::fmt;

/// Where the values of variables come from.
#[derive(Clone, Copy)]
pub struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl<'a> Variables<'a> {
    /// Looks variables up with `lookup`.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Variables(lookup)
    }

    /// The value of `name`, if it has one.
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }
}

impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")
    }
}

/// The outcome of replacing the variables of one value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expanded {
    /// Every variable had a value.
    Complete(String),
    /// These had none.
    Missing(Vec<String>),
    /// A `${` has no end.
    Unclosed,
}

/// Replaces the variables in `text`. As in a shell, a default serves for an empty value too;
/// `$$` is a dollar sign.
pub(super) fn expand(text: &str, variables: Variables<'_>) -> Expanded {
    let mut out = String::with_capacity(text.len());
    let mut missing = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some(inner) = after.strip_prefix('{') {
            let Some((expression, tail)) = inner.split_once('}') else {
                return Expanded::Unclosed;
            };
            let (name, default) = match expression.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (expression, None),
            };
            let value = variables.get(name).filter(|v| default.is_none() || !v.is_empty());
            match value.as_deref().or(default) {
                Some(value) => out.push_str(value),
                None => missing.push(name.to_owned()),
            }
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    if missing.is_empty() { Expanded::Complete(out) } else { Expanded::Missing(missing) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Expanded {
        expand(
            text,
            Variables::new(&|name| match name {
                "A" => Some("1".to_owned()),
                "EMPTY" => Some(String::new()),
                _ => None,
            }),
        )
    }

    #[test]
    fn values_defaults_and_dollars() {
        for (text, value) in [
            ("${A}-${B:-two}", "1-two"),
            ("${EMPTY:-x}${EMPTY}", "x"),
            ("$$ $5 ${A:-9}", "$ $5 1"),
            ("sqlite:app.db", "sqlite:app.db"),
        ] {
            assert_eq!(expanded(text), Expanded::Complete(value.to_owned()), "{text}");
        }
    }

    #[test]
    fn everything_missing_is_named() {
        let names = vec!["B".to_owned(), "C".to_owned()];
        assert_eq!(expanded("${B}/${A}/${C}"), Expanded::Missing(names));
        assert_eq!(expanded("${A"), Expanded::Unclosed);
    }
}
