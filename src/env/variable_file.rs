//! Files of variables: `.env` and what `--env-file` names.
//!
//! Read as Docker Compose reads them, which most libraries of that name do too:
//!
//! * `NAME=value`, also with `export` before it; blank lines and lines that begin with `#` mean
//!   nothing. A line that is no assignment is an error.
//! * A bare value ends with the line, or before a ` #`; blanks around it do not belong to it. A
//!   backslash in it is a backslash.
//! * In single quotes everything stands for itself. In double quotes `\n`, `\r`, `\t`, `\\`, `\"`
//!   and `\$` are what they are elsewhere, and any other backslash is one. Values in quotes may go
//!   over several lines; behind them may stand a comment.
//! * In bare values and in double quotes `${NAME}` and its forms (see [`super::variables`]) are
//!   replaced by variables of the environment and of earlier lines. `$NAME` too, where there is
//!   such a variable. Where there is none, tools differ (an empty text, or the letters as they
//!   stand), and half a password would be a bad guess: it is an error that asks for single quotes.
//!
//! Written by hand: the crate dotenvy gives no line numbers, quotes values in its errors, makes
//! `pa$word` to `pa` and `${A:-b}` to nothing, and refuses a bare value with a backslash or a blank.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use limbeck_alembic::url::Secret;

use super::error::ConfigError;
use super::error::ConfigErrorKind;
use super::variables::Expanded;
use super::variables::LONGEST;
use super::variables::Malformed;
use super::variables::Variables;
use super::variables::expand;
use super::variables::split_name;
use crate::bounded_file;
use crate::script::sql::SourcePosition;

/// The file that is read by itself.
const DOTENV: &str = ".env";

/// A file of variables that has been read. Its values are secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableFile {
    /// The file.
    pub path: PathBuf,
    entries: Vec<Entry>,
    /// The last entry of each name.
    last: BTreeMap<String, usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    value: Secret,
    line: usize,
}

/// Why a line of a file of variables cannot be read. Never holds the line, which may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VariableLineError {
    /// It is no assignment.
    #[error("this line is no NAME=value")]
    NoAssignment,
    /// What stands before the `=` is no name.
    #[error("the name of a variable consists of letters, digits and '_' and begins with no digit")]
    Name,
    /// A quote is not closed.
    #[error("the quote that begins here is never closed")]
    Unclosed,
    /// Something other than a comment follows the closing quote.
    #[error("something follows the closing quote")]
    BehindQuote,
    /// A `${` without its `}`, or another form than the known ones.
    #[error("`${{...}}` in this value cannot be read")]
    Form,
    /// `$NAME` or `${NAME}` of a variable that has no value.
    #[error("a variable after `$` in this value has no value")]
    NoValue,
    /// With the variables in them, the values of the file become too long, or a value is nested
    /// too deep.
    #[error(
        "up to this line the values are longer than 1 MiB with their variables, or these are \
         nested too deep"
    )]
    Excess,
}

impl VariableFile {
    /// Reads the file at `path`, at most 1 MiB. It may be a pipe. `variables` are those that its
    /// values may name, besides its own.
    ///
    /// # Errors
    /// [`ConfigError`], with the line, and without its text.
    pub fn read(path: &Path, variables: Variables<'_>) -> Result<Self, ConfigError> {
        Self::of_bytes(path, bounded_file::read_any(path, bounded_file::SMALL), variables)
    }

    fn of_bytes(
        path: &Path,
        bytes: io::Result<Vec<u8>>,
        variables: Variables<'_>,
    ) -> Result<Self, ConfigError> {
        let bytes =
            bytes.map_err(|error| ConfigError::of(path, ConfigErrorKind::VariableFile(error)))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ConfigError::of(path, ConfigErrorKind::VariableFileText))?;
        Self::parse(path, &text, variables)
    }

    /// Reads the `.env` beside the configuration at `config`, if there is one and `text`, that
    /// configuration, has variables: those who have none are not bothered with the file. Nobody
    /// has named it, so it has to be a regular file.
    ///
    /// # Errors
    /// As [`VariableFile::read`].
    pub(super) fn beside(
        config: &Path,
        text: &str,
        variables: Variables<'_>,
    ) -> Result<Option<Self>, ConfigError> {
        let path = config.with_file_name(DOTENV);
        let is_wanted = text.contains("${") && path.exists();
        let read = || bounded_file::read(&path, bounded_file::SMALL);
        is_wanted.then(|| Self::of_bytes(&path, read(), variables)).transpose()
    }

    /// Reads `text` as if it were the content of `path`.
    ///
    /// # Errors
    /// [`ConfigError`], with the line, and without its text.
    pub fn parse(path: &Path, text: &str, variables: Variables<'_>) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let mut file =
            VariableFile { path: path.to_owned(), entries: Vec::new(), last: BTreeMap::new() };
        let mut length = 0;
        let mut lines = Lines { rest: &text, number: 0 };
        while let Some(line) = lines.next_line() {
            let at = lines.number;
            match file.entry(line, &mut lines, variables) {
                Ok(None) => {}
                Ok(Some((_, value))) if length + value.len() > LONGEST => {
                    return Err(at_line(path, at, VariableLineError::Excess));
                }
                Ok(Some((name, value))) => {
                    length += value.len();
                    file.last.insert(name.clone(), file.entries.len());
                    let value = Secret::new(value);
                    file.entries.push(Entry { name, value, line: at });
                }
                Err(problem) => return Err(at_line(path, at, problem)),
            }
        }
        Ok(file)
    }

    /// The value of a variable and the line that gives it; the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<(&str, usize)> {
        let entry = self.entries.get(*self.last.get(name)?)?;
        Some((entry.value.expose(), entry.line))
    }

    /// The names of its variables with their lines, in their order.
    pub fn names(&self) -> impl Iterator<Item = (&str, usize)> {
        self.entries.iter().map(|entry| (entry.name.as_str(), entry.line))
    }

    /// The assignment of a line, and of as many of the next as its value takes.
    fn entry<'t>(
        &self,
        line: &'t str,
        lines: &mut Lines<'t>,
        variables: Variables<'_>,
    ) -> Result<Option<(String, String)>, VariableLineError> {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let assignment = match line.strip_prefix("export") {
            Some(rest) if rest.starts_with([' ', '\t']) && !rest.trim_start().starts_with('=') => {
                rest.trim_start()
            }
            _ => line,
        };
        let (name, value) = assignment.split_once('=').ok_or(VariableLineError::NoAssignment)?;
        let name = name.trim_end();
        match split_name(name) {
            Some((_, "")) => {}
            _ => return Err(VariableLineError::Name),
        }
        let trimmed = value.trim_start_matches([' ', '\t']);
        let value = match trimmed.chars().next() {
            Some('\'') => lines.quoted(&trimmed[1..], '\'')?,
            Some('"') => self.replaced(&escaped(&lines.quoted(&trimmed[1..], '"')?), variables)?,
            _ => self.replaced(bare(value), variables)?,
        };
        Ok(Some((name.to_owned(), value)))
    }

    /// `text` with its variables replaced.
    fn replaced(&self, text: &str, variables: Variables<'_>) -> Result<String, VariableLineError> {
        if !text.contains('$') {
            return Ok(text.to_owned());
        }
        let lookup =
            |name: &str| variables.get(name).or_else(|| Some(self.get(name)?.0.to_owned()));
        match expand(&braced(text), Variables::new(&lookup)) {
            Expanded::Complete { text, .. } => Ok(text),
            Expanded::Missing(_) => Err(VariableLineError::NoValue),
            Expanded::Malformed(Malformed::Excess) => Err(VariableLineError::Excess),
            Expanded::Malformed(_) => Err(VariableLineError::Form),
        }
    }
}

fn at_line(path: &Path, line: usize, problem: VariableLineError) -> ConfigError {
    ConfigError {
        path: path.to_owned(),
        position: Some(SourcePosition { line, column: 1 }),
        line: None,
        kind: ConfigErrorKind::VariableLine(problem),
    }
}

/// A bare value: without a comment and the blanks around it.
fn bare(value: &str) -> &str {
    let mut signs = value.match_indices('#').map(|(at, _)| at);
    let end = signs.find(|at| value[..*at].ends_with([' ', '\t']));
    value[..end.unwrap_or(value.len())].trim()
}

/// `text` with `${NAME}` in place of `$NAME`.
fn braced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..=at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = split_name(after) {
            out.push_str(&format!("{{{name}}}"));
            rest = tail;
        } else {
            rest = after;
        }
    }
    out + rest
}

/// The text in double quotes with its escapes replaced. A dollar sign that is not to be looked at
/// is doubled.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escape = if c == '\\' { chars.peek().copied() } else { None };
        let replacement = match escape {
            Some('n') => "\n",
            Some('r') => "\r",
            Some('t') => "\t",
            Some('\\') => "\\",
            Some('"') => "\"",
            Some('$') => "$$",
            _ => {
                out.push(c);
                continue;
            }
        };
        out.push_str(replacement);
        chars.next();
    }
    out
}

/// The lines of a text that are still to be read.
struct Lines<'a> {
    rest: &'a str,
    /// Of the last line that was read, from 1.
    number: usize,
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.number += 1;
        Some(line)
    }

    /// The text up to the closing `quote`, as it is written. It begins with `text`, the rest of
    /// the line that was read last.
    fn quoted(&mut self, text: &'a str, quote: char) -> Result<String, VariableLineError> {
        let mut value = String::new();
        let mut line = text;
        loop {
            if let Some(at) = closing(line, quote) {
                value.push_str(&line[..at]);
                let behind = line[at + 1..].trim_start();
                let is_comment = behind.is_empty() || behind.starts_with('#');
                return if is_comment { Ok(value) } else { Err(VariableLineError::BehindQuote) };
            }
            value.push_str(line);
            value.push('\n');
            line = self.next_line().ok_or(VariableLineError::Unclosed)?;
        }
    }
}

/// Where `quote` closes in a line. In double quotes a backslash takes the next character with it.
fn closing(line: &str, quote: char) -> Option<usize> {
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some(at);
        }
        if c == '\\' && quote == '"' {
            chars.next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<VariableFile, ConfigError> {
        let environment = |name: &str| (name == "HOME").then(|| "/root".to_owned());
        VariableFile::parse(Path::new(".env"), text, Variables::new(&environment))
    }

    /// `NAME=value@line`, each.
    fn entries(text: &str) -> String {
        let file = read(text).unwrap();
        let entry = |(name, line): (&str, usize)| {
            let entry = file.entries.iter().find(|e| e.name == name && e.line == line).unwrap();
            format!("{name}={:?}@{line}", entry.value.expose())
        };
        file.names().map(entry).collect::<Vec<_>>().join(" ")
    }

    fn error(text: &str) -> String {
        let error = read(text).unwrap_err();
        format!("{}: {error}", error.position.unwrap().line)
    }

    #[test]
    fn values_of_all_kinds() {
        for (text, expected) in [
            ("A=b\nexport C=d\n\n  # x\n\tE = f \n", r#"A="b"@1 C="d"@2 E="f"@5"#),
            ("A=\nB=''\nC=\"\"\nD= #x\nE=#x", r##"A=""@1 B=""@2 C=""@3 D=""@4 E="#x"@5"##),
            ("A=a#b # c\nB=a b\tc", r#"A="a#b"@1 B="a b\tc"@2"#),
            ("A='a # \"b\" $HOME \\n' # c", r#"A="a # \"b\" $HOME \\n"@1"#),
            (r#"A="a # 'b' \n\t\"\\\$HOME \d""#, r#"A="a # 'b' \n\t\"\\$HOME \\d"@1"#),
            (r"A=a\nb\", r#"A="a\\nb\\"@1"#),
            ("A=it's\nB=say\"x", r#"A="it's"@1 B="say\"x"@2"#),
            ("A='one\ntwo'\nB=\"1\n\n3\"\nC=x", r#"A="one\ntwo"@1 B="1\n\n3"@3 C="x"@6"#),
            ("A=1\nB=${A}2$A-$HOME\nC=\"${A:-x}${Q:-y}\"", r#"A="1"@1 B="121-/root"@2 C="1y"@3"#),
            ("A=$5 a$ $$x $$", r#"A="$5 a$ $x $"@1"#),
            ("A=1\nA=2\nB=$A", r#"A="1"@1 A="2"@2 B="2"@3"#),
            ("\u{feff}A=1\r\nB='2'\r\nC=\"3\r\n4\"\r\n", r#"A="1"@1 B="2"@2 C="3\n4"@3"#),
            ("A=postgres://u:p@h/d?a=b&c=d", r#"A="postgres://u:p@h/d?a=b&c=d"@1"#),
            ("exported=1\nexport = 2", r#"exported="1"@1 export="2"@2"#),
            ("", ""),
        ] {
            assert_eq!(entries(text), expected, "{text}");
        }
        assert_eq!(read("A=1\nA=2").unwrap().get("A"), Some(("2", 2)));
    }

    #[test]
    fn the_environment_wins_inside_a_file_too() {
        assert_eq!(entries("HOME=here\nA=$HOME"), r#"HOME="here"@1 A="/root"@2"#);
    }

    #[test]
    fn values_that_double_each_other_come_to_an_end() {
        let doubling = format!("A=0123456789abcdef\n{}", "A=\"${A}${A}\"\n".repeat(60));
        // 2^4 + 2^5 + ... + 2^19 is less than a MiB.
        assert_eq!(error(&doubling), format!("17: {}", VariableLineError::Excess));
        let filling = format!("A={}\n{}", "x".repeat(60_000), "B=$A\n".repeat(100_000));
        assert_eq!(error(&filling), format!("18: {}", VariableLineError::Excess));
        let deep = format!("A=1\nB={}{}", "${C:-".repeat(50_000), "}".repeat(50_000));
        assert_eq!(error(&deep), format!("2: {}", VariableLineError::Excess));
    }

    #[test]
    fn lines_that_are_wrong() {
        for (text, line, problem) in [
            ("A=1\nhush", 2, VariableLineError::NoAssignment),
            ("export hush", 1, VariableLineError::NoAssignment),
            ("=hush", 1, VariableLineError::Name),
            ("1A=hush", 1, VariableLineError::Name),
            ("A B=hush", 1, VariableLineError::Name),
            ("A.B=hush", 1, VariableLineError::Name),
            ("\nA='hush\n\n", 2, VariableLineError::Unclosed),
            ("A=\"hush\\\"", 1, VariableLineError::Unclosed),
            ("A='hu'sh", 1, VariableLineError::BehindQuote),
            ("A=${hush", 1, VariableLineError::Form),
            ("A=\"${hush/x}\"", 1, VariableLineError::Form),
            ("A=pa$hush", 1, VariableLineError::NoValue),
            ("A=${hush}", 1, VariableLineError::NoValue),
        ] {
            assert_eq!(error(text), format!("{line}: {problem}"), "{text}");
            let shown = format!("{:?}", read(text).unwrap_err());
            assert!(!shown.contains("hush"), "{shown}");
        }
        assert!(!format!("{:?}", read("A=hush").unwrap()).contains("hush"));
    }

    proptest! {
        #[test]
        fn single_quotes_keep_any_text(text in "[^']*") {
            // Line ends of Windows are those of the file, not of the value.
            prop_assume!(!text.contains("\r\n"));
            let file = read(&format!("X=1\nA='{text}'\nB=2")).unwrap();
            prop_assert_eq!(file.get("A").unwrap().0, text.as_str());
            prop_assert_eq!(file.get("B").unwrap().0, "2");
        }

        #[test]
        fn double_quotes_keep_any_text(text in any::<String>()) {
            prop_assume!(!text.contains("\r\n"));
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
            let file = read(&format!("A=\"{escaped}\" # x\nB=2")).unwrap();
            prop_assert_eq!(file.get("A").unwrap().0, text.as_str());
            prop_assert_eq!(file.get("B").unwrap().0, "2");
        }

        #[test]
        fn any_text(pieces in prop::collection::vec(
            prop::sample::select(vec![
                "$", "{", "}", "A", "=", "'", "\"", "\\", "\n", "\r", "#", " ", "export ", "é", "$$",
            ]), 0..24,
        )) {
            drop(read(&pieces.concat()));
        }
    }
}
