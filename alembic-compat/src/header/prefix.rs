//! Finds the part of a file that decides about its header, for speed: a whole file takes several
//! times as long to parse.
//!
//! The part ends before the first line that starts with `def `, provided that the rest consists of
//! plain function definitions, which cannot change what the part has bound. Why that is so:
//!
//! - The caller parses the part. It is cut at the start of a line, so if it parses, that line was
//!   not in a text literal or in brackets, where the part would be incomplete; a backslash at the
//!   end of the line before is looked for here.
//! - A statement of the module starts at the very beginning of a line: Python counts blanks, and
//!   only a form feed can reset the count (The Python Language Reference, "Indentation"). Files
//!   with form feeds, or with line ends other than LF and CR LF, are not cut.
//! - Each line of the rest is empty, starts with a blank (it belongs to a function, to brackets or
//!   to a text), with `#` or a closing bracket (it is no statement), or is the first line of a
//!   function. Where such a line is not what it seems but part of a text literal, it does nothing.
//! - The function has no decorators (no line starts with `@`), and its parameters have names and
//!   plain names as annotations, so defining it runs no code. It is not named like a variable of
//!   the header. No statement of the module runs after it, so nothing calls it.

use memchr::memchr;
use memchr::memchr_iter;

use super::Variable;

/// The part of `text` that decides, if it is complete Python; `None` when all of it may count.
pub(super) fn deciding_prefix(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let cut = memchr_iter(b'\n', bytes)
        .map(|newline| newline + 1)
        .find(|start| bytes[*start..].starts_with(b"def "))?;
    let (prefix, rest) = text.split_at_checked(cut)?;
    let before = prefix.trim_end_matches(['\n', '\r']);
    if before.ends_with('\\') || has_odd_whitespace(bytes) {
        return None;
    }
    let rest = rest.as_bytes();
    let starts = std::iter::once(0).chain(memchr_iter(b'\n', rest).map(|newline| newline + 1));
    for start in starts {
        let decides_nothing = match rest.get(start) {
            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'#' | b')' | b']' | b'}') => true,
            Some(b'd') => starts_plain_function(&rest[start..]),
            Some(_) => false,
        };
        if !decides_nothing {
            return None;
        }
    }
    Some(prefix)
}

/// Whether there are form feeds, or carriage returns that are not part of CR LF.
fn has_odd_whitespace(bytes: &[u8]) -> bool {
    memchr(b'\x0c', bytes).is_some()
        || memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// Whether a line is `def name(a, *, b: c) -> d:` with anything behind it.
fn starts_plain_function(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"def ") else { return false };
    let (name, rest) = identifier(skip_spaces(rest));
    let is_header = Variable::ALL.iter().any(|variable| variable.name().as_bytes() == name);
    if name.is_empty() || is_header {
        return false;
    }
    let Some(rest) = rest.strip_prefix(b"(") else { return false };
    let is_parameter = |b: &u8| is_identifier(*b) || matches!(b, b' ' | b',' | b':' | b'*' | b'/');
    let length = rest.iter().take_while(|b| is_parameter(b)).count();
    let Some(rest) = rest[length..].strip_prefix(b")") else { return false };
    let mut rest = skip_spaces(rest);
    if let Some(result) = rest.strip_prefix(b"->") {
        rest = skip_spaces(identifier(skip_spaces(result)).1);
    }
    rest.starts_with(b":")
}

fn is_identifier(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn identifier(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().take_while(|b| is_identifier(**b)).count())
}

fn skip_spaces(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|b| **b == b' ').count()..]
}
