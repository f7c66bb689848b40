//! Reads a header that is written as Alembic's templates write it, without a parser: a docstring,
//! comments, imports, and assignments of texts, `None` and flat tuples or lists of texts, each on a
//! line of its own. Ten times as fast as parsing, and nothing is left to interpretation: what is
//! not exactly of this form is not read here.
//!
//! Such lines call nothing, so none of them can change what another has bound.

use memchr::memchr;
use memchr::memmem;

use super::Header;
use super::Variable;

/// A value of an assignment.
enum Value<'t> {
    None,
    One(&'t str),
    Many(Vec<&'t str>),
}

/// The header in `prefix` (see [`deciding_prefix`](super::prefix::deciding_prefix)), if it is of
/// the plain form, complete, and of the types that Alembic can use.
pub(super) fn read(prefix: &str) -> Option<Header> {
    let mut values = [const { None }; 4];
    let mut docstring = None;
    let mut is_first = true;
    let mut rest = prefix;
    while !rest.is_empty() {
        let source = rest;
        let (line, behind) = split_line(source);
        rest = behind;
        let line = line.trim_end_matches([' ', '\t']);
        match line.as_bytes().first() {
            None | Some(b'#') => continue,
            Some(quote @ (b'"' | b'\'')) if is_first => {
                let (text, behind) = triple_quoted(source, *quote)?;
                docstring = Some(text);
                rest = behind;
            }
            _ if line.starts_with("import ") || line.starts_with("from ") => import(line)?,
            _ => {
                let (name, value) = assignment(line)?;
                if let Some(at) = Variable::ALL.iter().position(|v| v.name() == name) {
                    // The last one is `__doc__`, which has no place here.
                    *values.get_mut(at)? = Some(value);
                }
            }
        }
        is_first = false;
    }
    let [revision, down_revision, branch_labels, depends_on] = values;
    let Some(Value::One(revision)) = revision else { return None };
    Some(Header {
        revision: revision.to_owned(),
        down_revisions: texts(down_revision?),
        branch_labels: branch_labels.map(texts).unwrap_or_default(),
        depends_on: depends_on.map(texts).unwrap_or_default(),
        docstring: docstring.map(str::to_owned),
    })
}

fn texts(value: Value<'_>) -> Vec<String> {
    match value {
        Value::None => Vec::new(),
        Value::One(text) => vec![text.to_owned()],
        Value::Many(texts) => texts.into_iter().map(str::to_owned).collect(),
    }
}

/// A line without its end, and what is behind it.
fn split_line(text: &str) -> (&str, &str) {
    match memchr(b'\n', text.as_bytes()) {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, ""),
    }
}

/// The text in triple quotes at the start of `source`, and what is behind its last line.
fn triple_quoted(source: &str, quote: u8) -> Option<(&str, &str)> {
    let quotes = if quote == b'"' { "\"\"\"" } else { "'''" };
    let inner = source.strip_prefix(quotes)?;
    let end = memmem::find(inner.as_bytes(), quotes.as_bytes())?;
    let text = &inner[..end];
    let (line, behind) = split_line(&inner[end + quotes.len()..]);
    let is_plain = line.trim_matches([' ', '\t']).is_empty();
    (is_plain && memchr(b'\\', text.as_bytes()).is_none()).then_some((text, behind))
}

/// Accepts `import a.b as c, d` and `from .a import b as c, d` unless they mention a variable of
/// the header.
fn import(line: &str) -> Option<()> {
    let end = match line.strip_prefix("import ") {
        Some(modules) => names(modules, dotted_name)?,
        None => {
            let module = line.strip_prefix("from ")?.trim_start_matches(' ');
            let above = module.trim_start_matches('.');
            let rest = match above.strip_prefix(" ") {
                Some(rest) if above.len() < module.len() => rest,
                _ => dotted_name(above)?.strip_prefix(' ')?,
            };
            let imported = rest.trim_start_matches(' ').strip_prefix("import ")?;
            names(imported, plain_name)?
        }
    };
    let mut words = line.split([' ', ',', '.']);
    let is_header = |word: &str| Variable::ALL.iter().any(|variable| variable.name() == word);
    (end.is_empty() && !words.any(is_header)).then_some(())
}

/// What is behind `name as other, name`, each name read by `name`.
fn names(mut source: &str, name: fn(&str) -> Option<&str>) -> Option<&str> {
    loop {
        let mut rest = name(source.trim_start_matches(' '))?;
        if let Some(other) = rest.trim_start_matches(' ').strip_prefix("as ") {
            rest = plain_name(other.trim_start_matches(' '))?;
        }
        rest = rest.trim_start_matches(' ');
        match rest.strip_prefix(',') {
            Some(next) => source = next,
            None => return Some(rest),
        }
    }
}

/// What is behind a name.
fn plain_name(source: &str) -> Option<&str> {
    let end = source.bytes().position(|b| !is_identifier(b)).unwrap_or(source.len());
    let (name, rest) = source.split_at(end);
    let is_name = !name.starts_with(|c: char| c.is_ascii_digit()) && !KEYWORDS.contains(&name);
    (!name.is_empty() && is_name).then_some(rest)
}

/// What is behind names with dots between them.
fn dotted_name(mut source: &str) -> Option<&str> {
    loop {
        let rest = plain_name(source)?;
        match rest.strip_prefix('.') {
            Some(next) => source = next,
            None => return Some(rest),
        }
    }
}

/// Names that Python keeps for itself (The Python Language Reference, "Keywords").
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// `name: annotation = value  # comment`.
fn assignment(line: &str) -> Option<(&str, Value<'_>)> {
    let rest = plain_name(line)?;
    let name = &line[..line.len() - rest.len()];
    let rest = rest.trim_start_matches(' ');
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(annotation) => behind_type(annotation, MAX_TYPE_DEPTH)?,
    };
    let (value, rest) = value(rest.strip_prefix('=')?.trim_start_matches(' '))?;
    let rest = rest.trim_start_matches([' ', '\t']);
    (rest.is_empty() || rest.starts_with('#')).then_some((name, value))
}

/// How deep the brackets of an annotation may be.
const MAX_TYPE_DEPTH: usize = 8;

/// What is behind an annotation made of names, such as `Union[str, Sequence[str], None] | x`.
fn behind_type(mut source: &str, depth: usize) -> Option<&str> {
    loop {
        source = source.trim_start_matches(' ');
        let mut rest = match source.strip_prefix("None") {
            Some(rest) if !rest.bytes().next().is_some_and(is_identifier) => rest,
            _ => dotted_name(source)?,
        };
        rest = rest.trim_start_matches(' ');
        if let Some(mut arguments) = rest.strip_prefix('[') {
            let depth = depth.checked_sub(1)?;
            rest = loop {
                let behind = behind_type(arguments, depth)?;
                match behind.strip_prefix(',') {
                    Some(next) => arguments = next,
                    None => break behind.strip_prefix(']')?.trim_start_matches(' '),
                }
            };
        }
        match rest.strip_prefix('|') {
            Some(next) => source = next,
            None => return Some(rest),
        }
    }
}

fn value(source: &str) -> Option<(Value<'_>, &str)> {
    if let Some(rest) = source.strip_prefix("None") {
        let ends = rest.bytes().next().is_none_or(|b| matches!(b, b' ' | b'\t' | b'#'));
        return ends.then_some((Value::None, rest));
    }
    let close = match source.as_bytes().first()? {
        b'(' => ')',
        b'[' => ']',
        _ => return text(source).map(|(text, rest)| (Value::One(text), rest)),
    };
    let mut items = Vec::new();
    let mut rest = source[1..].trim_start_matches(' ');
    loop {
        if let Some(rest) = rest.strip_prefix(close) {
            return Some((Value::Many(items), rest));
        }
        let (item, behind) = text(rest)?;
        items.push(item);
        let behind = behind.trim_start_matches(' ');
        if let Some(next) = behind.strip_prefix(',') {
            rest = next.trim_start_matches(' ');
            continue;
        }
        let behind = behind.strip_prefix(close)?;
        // `('a')` is a text in parentheses.
        return match (&*items, close) {
            ([single], ')') => Some((Value::One(single), behind)),
            _ => Some((Value::Many(items), behind)),
        };
    }
}

/// A text in single quotes without escapes. What follows is not another one.
fn text(source: &str) -> Option<(&str, &str)> {
    let quote = *source.as_bytes().first().filter(|b| matches!(b, b'"' | b'\''))?;
    let inner = &source[1..];
    let end = memchr(quote, inner.as_bytes())?;
    let (text, rest) = (&inner[..end], &inner[end + 1..]);
    let follows = rest.trim_start_matches([' ', '\t']).bytes().next();
    let ends = follows.is_none_or(|b| matches!(b, b',' | b')' | b']' | b'#'));
    (ends && memchr(b'\\', text.as_bytes()).is_none()).then_some((text, rest))
}

const fn is_identifier(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}
