//! An error in words, before it is shown.

use std::path::Path;

use crate::cli::exit_code::ExitCode;
use crate::script::sql::SourcePosition;

/// An error in words.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    /// Indented lines below the message: places, source lines, what the server added.
    pub(super) details: Vec<String>,
    pub(super) hints: Vec<String>,
    pub(super) code: ExitCode,
}

impl Failure {
    pub(super) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Failure { message: message.into(), details: Vec::new(), hints: Vec::new(), code }
    }

    pub(super) fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(super) fn hint_if(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    pub(super) fn at(self, path: &Path, position: Option<SourcePosition>) -> Self {
        let path = short(path);
        match position {
            Some(position) => self.detail(format!("--> {path}:{position}")),
            None => self.detail(format!("--> {path}")),
        }
    }

    /// A line of a file with a caret under a column; of a long one, as dumps have them, what is
    /// about it.
    pub(super) fn source_line(self, line: &str, column: usize) -> Self {
        let (line, column) = about(&line.replace('\t', " "), column);
        let caret = " ".repeat(column.saturating_sub(1));
        self.detail(format!(" |  {line}")).detail(format!(" |  {caret}^"))
    }
}

/// How much of a line is shown, in characters.
const LONGEST_LINE: usize = 160;

/// What of `line` stands about `column`, with dots for what is left out, and that column in it.
fn about(line: &str, column: usize) -> (String, usize) {
    let length = line.chars().count();
    if length <= LONGEST_LINE {
        return (line.to_owned(), column);
    }
    let start = column.saturating_sub(LONGEST_LINE / 2).min(length - LONGEST_LINE);
    let mut shown: String = line.chars().skip(start).take(LONGEST_LINE).collect();
    if start + LONGEST_LINE < length {
        shown.push('…');
    }
    match start {
        0 => (shown, column),
        _ => (format!("…{shown}"), column - start + 1),
    }
}

/// A path as the user would write it: relative to the current directory where it lies below.
pub(in crate::cli) fn short(path: &Path) -> String {
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned))
        .unwrap_or_else(|| path.to_owned())
        .display()
        .to_string()
}

/// As much of a digest as a person compares.
pub(in crate::cli) fn short_digest(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_line_the_place_is_shown() {
        assert_eq!(about("short", 3), ("short".to_owned(), 3));
        let line = format!("{}é{}", "x".repeat(1000), "y".repeat(1000));
        for column in [1, 1001, 2001] {
            let (shown, at) = about(&line, column);
            assert!(shown.chars().count() <= LONGEST_LINE + 2, "{shown}");
            assert_eq!(shown.chars().nth(at - 1), line.chars().nth(column - 1), "{column}");
        }
        // Behind its end.
        assert_eq!(about(&line, 2002).0.chars().next_back(), Some('y'));
        assert!(about(&line, 1).0.starts_with("xx") && about(&line, 1).0.ends_with("x…"));
    }
}
