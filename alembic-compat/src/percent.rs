//! Python's `%`-formatting with named values, as `file_template` uses it:
//! `%(year)d_%(month).2d_%(slug)s`.

use std::fmt::Write as _;

/// A value that a template can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// For `%(name)s`.
    Text(String),
    /// For `%(name)d` and `%(name)s`.
    Number(i64),
}

/// Why a template cannot be formatted. Columns are 1-based and count characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PercentError {
    /// A `%` that begins neither `%%` nor `%(name)s`.
    #[error("a lone '%' at column {column} (write '%%' for a percent sign)")]
    Malformed {
        /// Where the `%` stands.
        column: usize,
    },
    /// A name that the template's user does not provide.
    #[error("unknown token '%({name})' at column {column}")]
    UnknownToken {
        /// The name between the parentheses.
        name: String,
        /// Where the `%` stands.
        column: usize,
    },
    /// A conversion that the value does not have, such as `%(slug)d`.
    #[error("token '%({name})' at column {column} has no conversion '{conversion}'")]
    BadConversion {
        /// The name between the parentheses.
        name: String,
        /// The conversion as written.
        conversion: String,
        /// Where the `%` stands.
        column: usize,
    },
}

/// Formats `template`, asking `lookup` for each named value.
///
/// Understood are `%%`, `%(name)s`, `%(name)d` and the widths and precisions of integers
/// (`%(month)02d`, `%(month).2d`, `%(month)4d`).
///
/// # Errors
/// [`PercentError`], with the column, when the template is malformed or names an unknown token.
pub fn format_percent(
    template: &str,
    lookup: impl Fn(&str) -> Option<Value>,
) -> Result<String, PercentError> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        let column = template[..template.len() - rest.len() + at].chars().count() + 1;
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (name, after) = rest
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
            .ok_or(PercentError::Malformed { column })?;
        let length = after
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or(PercentError::Malformed { column })?;
        let (conversion, tail) = after.split_at(length + 1);
        let value = lookup(name)
            .ok_or_else(|| PercentError::UnknownToken { name: name.to_owned(), column })?;
        write_converted(&mut out, &value, conversion).ok_or_else(|| {
            PercentError::BadConversion {
                name: name.to_owned(),
                conversion: conversion.to_owned(),
                column,
            }
        })?;
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// Writes `value` as `conversion` (`s`, `d`, `02d`, `.2d`) says; `None` when it cannot.
fn write_converted(out: &mut String, value: &Value, conversion: &str) -> Option<()> {
    match (value, conversion) {
        (Value::Text(text), "s") => out.push_str(text),
        (Value::Number(number), "s" | "d") => write!(out, "{number}").ok()?,
        (Value::Number(number), _) => {
            let flags = conversion.strip_suffix('d')?;
            let zeros = flags.strip_prefix(['.', '0']);
            let width: usize = zeros.unwrap_or(flags).parse().ok().filter(|w| *w <= 64)?;
            if zeros.is_some() {
                write!(out, "{number:0width$}").ok()?;
            } else {
                write!(out, "{number:width$}").ok()?;
            }
        }
        (Value::Text(_), _) => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(template: &str) -> Result<String, PercentError> {
        format_percent(template, |name| match name {
            "slug" => Some(Value::Text("add_x".to_owned())),
            "month" => Some(Value::Number(3)),
            _ => None,
        })
    }

    #[test]
    fn tokens_and_widths_as_python_formats_them() {
        assert_eq!(format("%(month)s_%(slug)s").unwrap(), "3_add_x");
        assert_eq!(format("%(month).2d-%(month)03d-%(month)2d").unwrap(), "03-003- 3");
        assert_eq!(format("100%%/%(slug)s").unwrap(), "100%/add_x");
    }

    #[test]
    fn errors_name_the_column() {
        assert_eq!(format("é%x").unwrap_err(), PercentError::Malformed { column: 2 });
        assert_eq!(format("%(slug").unwrap_err(), PercentError::Malformed { column: 1 });
        assert_eq!(
            format("a%(nope)s").unwrap_err(),
            PercentError::UnknownToken { name: "nope".to_owned(), column: 2 }
        );
        assert!(matches!(format("%(slug)d"), Err(PercentError::BadConversion { .. })));
    }
}
