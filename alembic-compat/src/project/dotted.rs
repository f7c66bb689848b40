//! Dotted names of Python, by their parts.

/// The last part of a name.
pub(super) fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or_default()
}

/// The first part: the package.
pub(super) fn top(dotted: &str) -> &str {
    dotted.split('.').next().unwrap_or_default()
}

/// A name, and what is taken of it, if anything is.
pub(super) fn join(base: &str, rest: &str) -> String {
    if rest.is_empty() { base.to_owned() } else { format!("{base}.{rest}") }
}
