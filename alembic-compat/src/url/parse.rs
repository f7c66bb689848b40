//! The pattern of SQLAlchemy's `make_url`, which is no standard's: a password may hold anything but
//! `@`, the host is not decoded, and text that the pattern does not reach is ignored.

use super::Secret;
use super::SqlAlchemyUrl;
use super::UrlError;
use super::quote;

pub(super) fn parse(text: &str) -> Result<SqlAlchemyUrl, UrlError> {
    let (name, rest) = text.split_once("://").ok_or(UrlError::Unparsable)?;
    if name.is_empty() || !name.chars().all(is_name_character) {
        return Err(UrlError::Unparsable);
    }
    let (credentials, rest) = split_credentials(rest);
    let (host, rest) = split_host(rest);
    let (port, rest) = split_port(rest)?;
    let (database, rest) = match rest.strip_prefix('/') {
        Some(after) => {
            let (database, rest) = after.split_at(after.find('?').unwrap_or(after.len()));
            (Some(database), rest)
        }
        None => (None, rest),
    };
    let (query, rest) = match rest.strip_prefix('?') {
        Some(after) => after.split_at(after.find('\n').unwrap_or(after.len())),
        None => ("", rest),
    };
    let (username, password) = credentials.unzip();
    let mut url = SqlAlchemyUrl {
        driver_name: name.to_owned(),
        username: username.map(quote::unquote),
        password: password.flatten().map(|password| Secret(quote::unquote(password))),
        host: host.map(str::to_owned),
        port,
        database: database.map(quote::unquote),
        query: Vec::new(),
        ignores_rest: !rest.is_empty(),
        stray_at: credentials.is_none() && database.is_some_and(|name| name.contains('@')),
    };
    for (name, value) in quote::parse_query(query) {
        let value = Secret(value);
        match url.query.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => url.query.push((name, vec![value])),
        }
    }
    Ok(url)
}

/// Python's `[\w+]`.
fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '+'
}

/// Splits off `user@` or `user:password@`.
///
/// The user goes up to the first `:` or `/`, so it may hold an `@` when a password follows; the
/// password goes up to the first `@` behind the colon. Without that `@` there is no password, and
/// the user ends at the last `@` before the `:` or `/`.
fn split_credentials(text: &str) -> (Option<(&str, Option<&str>)>, &str) {
    let (run, after) = text.split_at(text.find([':', '/']).unwrap_or(text.len()));
    if let Some((password, rest)) = after.strip_prefix(':').and_then(|text| text.split_once('@')) {
        return (Some((run, Some(password))), rest);
    }
    match run.rfind('@') {
        Some(at) => (Some((&run[..at], None)), &text[at + 1..]),
        None => (None, text),
    }
}

fn split_host(text: &str) -> (Option<&str>, &str) {
    if let Some(inner) = text.strip_prefix('[') {
        let end = inner.find(['/', '?']).unwrap_or(inner.len());
        if let Some(bracket) = inner[..end].rfind(']').filter(|at| *at > 0) {
            return (Some(&inner[..bracket]), &inner[bracket + 1..]);
        }
    }
    let (host, rest) = text.split_at(text.find(['/', ':', '?']).unwrap_or(text.len()));
    ((!host.is_empty()).then_some(host), rest)
}

fn split_port(text: &str) -> Result<(Option<i64>, &str), UrlError> {
    let Some(after) = text.strip_prefix(':') else { return Ok((None, text)) };
    let (port, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
    Ok((Some(python_int(port).ok_or(UrlError::InvalidPort)?), rest))
}

/// As Python's `int`: with white space around, a sign, and underscores between digits.
pub(crate) fn python_int(text: &str) -> Option<i64> {
    let text = crate::ini::strip(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let single_underscores =
        !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    if !single_underscores || !digits.chars().all(|c| c.is_ascii_digit() || c == '_') {
        return None;
    }
    text.replace('_', "").parse().ok()
}
