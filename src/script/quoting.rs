//! Whether a place in SQL text is inside a string, a quoted name, a dollar quote or a comment.
//!
//! This knows just enough to find section lines; the statement splitter in `sql` knows the rest.
//! It reads whole lines, because a section line is one. Dialects differ:
//!
//! | | SQLite | PostgreSQL | MySQL |
//! |---|---|---|---|
//! | backslash escapes in strings | no | in `E'...'` | yes |
//! | block comments nest | no | yes | no |
//! | `$tag$ ... $tag$` | no | yes | no |
//! | `` `name` `` | yes | no | yes |
//! | `[name]` | yes | no | no |
//! | `# comment` | no | no | yes |
//! | `--` needs a space after it | no | no | yes |
//!
//! A line that begins with `---` is a comment everywhere: revision files reserve these.

use limbeck_schema::Dialect;

/// What is open at the end of the text read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open<'a> {
    Nothing,
    /// A string or name up to this byte; doubling it needs no care, since it closes and reopens.
    Quote {
        end: u8,
        backslash: bool,
    },
    /// A dollar quote up to this delimiter, dollars included.
    Dollar(&'a str),
    /// A block comment, and how deep.
    Comment(usize),
}

/// A reader of SQL text, line by line, for one dialect.
#[derive(Debug)]
pub(super) struct Quoting<'a> {
    dialect: Dialect,
    open: Open<'a>,
    opened_at: usize,
}

impl<'a> Quoting<'a> {
    pub(super) fn new(dialect: Dialect) -> Self {
        Quoting { dialect, open: Open::Nothing, opened_at: 0 }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where what is open was opened, if something is.
    pub(super) fn opened_at(&self) -> Option<usize> {
        (self.open != Open::Nothing).then_some(self.opened_at)
    }

    /// Reads a line with its line break; `offset` is where it begins. Says at which byte of the
    /// line the first text stands that is neither white space nor comment.
    pub(super) fn read_line(&mut self, line: &'a str, offset: usize) -> Option<usize> {
        let bytes = line.as_bytes();
        let mut code = None;
        let mut at = 0;
        if self.open == Open::Nothing && line.starts_with("---") {
            return None;
        }
        while let Some(&byte) = bytes.get(at) {
            match self.open {
                Open::Nothing if !is_special(byte) => {
                    if code.is_none() && !byte.is_ascii_whitespace() {
                        code = Some(at);
                    }
                    at += 1;
                }
                Open::Nothing => {
                    let next = bytes.get(at + 1).copied();
                    if self.is_line_comment(byte, next, bytes.get(at + 2).copied()) {
                        return code;
                    }
                    let (open, length) = self.opening(line, at);
                    if open != Open::Nothing {
                        self.open = open;
                        self.opened_at = offset + at;
                    }
                    if !matches!(open, Open::Comment(_)) {
                        code = code.or(Some(at));
                    }
                    at += length;
                }
                Open::Quote { end, backslash } => {
                    let stops = |byte: &u8| *byte == end || (backslash && *byte == b'\\');
                    let Some(found) = bytes[at..].iter().position(stops) else { return code };
                    at += found + 1;
                    if bytes[at - 1] == end {
                        self.open = Open::Nothing;
                    } else {
                        at += 1;
                    }
                }
                Open::Dollar(delimiter) => {
                    // The rest of the line at once: a function body is mostly this.
                    let found = bytes[at..]
                        .windows(delimiter.len())
                        .position(|part| part == delimiter.as_bytes());
                    let Some(found) = found else { return code };
                    at += found + delimiter.len();
                    self.open = Open::Nothing;
                }
                Open::Comment(depth) => match (byte, bytes.get(at + 1)) {
                    (b'*', Some(b'/')) => {
                        self.open = match depth {
                            1 => Open::Nothing,
                            _ => Open::Comment(depth - 1),
                        };
                        at += 2;
                    }
                    (b'/', Some(b'*')) if self.dialect == Dialect::Postgresql => {
                        self.open = Open::Comment(depth + 1);
                        at += 2;
                    }
                    _ => at += 1,
                },
            }
        }
        code
    }

    fn is_line_comment(&self, byte: u8, next: Option<u8>, after: Option<u8>) -> bool {
        match (self.dialect, byte, next) {
            (Dialect::Mysql, b'-', Some(b'-')) => after.is_none_or(|byte| byte <= b' '),
            (Dialect::Mysql, b'#', _) | (_, b'-', Some(b'-')) => true,
            _ => false,
        }
    }

    /// What opens at byte `at` of `line`, and how many bytes that takes.
    fn opening(&self, line: &'a str, at: usize) -> (Open<'a>, usize) {
        let bytes = line.as_bytes();
        let quote = |end, backslash| (Open::Quote { end, backslash }, 1);
        match (self.dialect, bytes[at]) {
            (Dialect::Mysql, byte @ (b'\'' | b'"')) => quote(byte, true),
            (Dialect::Postgresql, b'\'') => quote(b'\'', is_escape_string(&bytes[..at])),
            (_, byte @ (b'\'' | b'"')) => quote(byte, false),
            (Dialect::Sqlite | Dialect::Mysql, b'`') => quote(b'`', false),
            (Dialect::Sqlite, b'[') => quote(b']', false),
            (Dialect::Postgresql, b'$') => match dollar_delimiter(line, at) {
                Some(delimiter) => (Open::Dollar(delimiter), delimiter.len()),
                None => (Open::Nothing, 1),
            },
            (_, b'/') if bytes.get(at + 1) == Some(&b'*') => (Open::Comment(1), 2),
            _ => (Open::Nothing, 1),
        }
    }
}

/// Whether a line that begins outside of everything ends so too, by rules that every dialect
/// shares. Nearly all lines do, and need no reader of their own; `false` only means to look.
pub(super) fn stays_plain(line: &str) -> bool {
    let bytes = line.as_bytes();
    let mut in_string = false;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\'' => in_string = !in_string,
            b'\\' if in_string => return false,
            _ if in_string || !is_special(byte) => {}
            b'-' if bytes.get(at + 1) != Some(&b'-') => {}
            b'/' if bytes.get(at + 1) != Some(&b'*') => {}
            // A comment to the end of the line for all; without the space, not for MySQL.
            b'-' => return bytes.get(at + 2).is_none_or(|byte| *byte <= b' '),
            _ => return false,
        }
    }
    !in_string
}

/// Bytes that can begin a string, a name, a dollar quote or a comment of some dialect.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'\'' | b'"' | b'`' | b'[' | b'$' | b'/' | b'#' | b'-')
}

/// Bytes of PostgreSQL's names, after the first.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Whether a quote after `before` begins an `E'...'` string: an `E` that ends no longer name.
fn is_escape_string(before: &[u8]) -> bool {
    match before {
        [rest @ .., b'e' | b'E'] => !rest.last().is_some_and(|byte| is_name_byte(*byte)),
        _ => false,
    }
}

/// The delimiter of a dollar quote that begins at byte `at`: `$$` or `$tag$`, not `$1` and not
/// within a name.
fn dollar_delimiter(line: &str, at: usize) -> Option<&str> {
    let bytes = line.as_bytes();
    if at > 0 && is_name_byte(bytes[at - 1]) {
        return None;
    }
    let tag = &bytes[at + 1..];
    let length = tag.iter().position(|byte| *byte == b'$' || !is_name_byte(*byte))?;
    let is_delimiter = tag[length] == b'$' && !tag.first().is_some_and(u8::is_ascii_digit);
    is_delimiter.then(|| &line[at..at + length + 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which dialects have something open after `text`: a letter each of s, p, m.
    fn open_after(text: &str) -> String {
        let mut letters = String::new();
        for dialect in Dialect::ALL {
            let mut quoting = Quoting::new(dialect);
            for line in text.split_inclusive('\n') {
                quoting.read_line(line, 0);
            }
            if quoting.opened_at().is_some() {
                letters.push_str(&dialect.name()[..1]);
            }
        }
        letters
    }

    #[test]
    fn strings_names_and_comments() {
        for (text, open) in [
            ("select 1", ""),
            ("'a", "spm"),
            ("'it''s'", ""),
            ("'it\\'s", "m"),
            ("'it\\'s'", "sp"),
            ("E'it\\'s'", "s"),
            ("e'it\\\\'", ""),
            ("nameE'it\\'s'", "sp"),
            ("\"a", "spm"),
            ("\"a'\"", ""),
            ("`a", "sm"),
            ("[a", "s"),
            ("[a]'b'", ""),
            ("-- it's\n", ""),
            ("--it's\n", "m"),
            ("--- it's\n", ""),
            ("# it's\n", "sp"),
            ("/* a", "spm"),
            ("/* a /* b */", "p"),
            ("/* a /* b */ */", ""),
            ("/*/", "spm"),
            ("/* it's */", ""),
            ("'/*'", ""),
        ] {
            assert_eq!(open_after(text), open, "{text}");
        }
    }

    #[test]
    fn dollar_quotes() {
        for (text, open) in [
            ("$$ a", "p"),
            ("$$ a\nb $$", ""),
            ("$f$ $$ $f$", ""),
            ("$f$ $$ $g$", "p"),
            ("$é$ a", "p"),
            ("$1 $2", ""),
            ("a$b$ c", ""),
            ("$a b$", ""),
            ("$", ""),
        ] {
            assert_eq!(open_after(text), open, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn plain_lines_are_plain_for_every_dialect(line in r#"[-'"`$/*#\\\[\]E a]{0,12}\n?"#) {
            if stays_plain(&line) {
                proptest::prop_assert_eq!(open_after(&line), "");
            }
        }
    }

    #[test]
    fn code_is_told_from_comments() {
        let mut quoting = Quoting::new(Dialect::Sqlite);
        assert_eq!(quoting.read_line("  -- a\n", 0), None);
        assert_eq!(quoting.read_line(" /* a\n", 10), None);
        assert_eq!(quoting.opened_at(), Some(11));
        assert_eq!(quoting.read_line("b */ select\n", 0), Some(5));
    }
}
