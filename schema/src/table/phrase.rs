//! Phrases of keywords (`SET NULL`), which are written as they are once they are known to be no
//! more than that.

use crate::CompileError;

/// SQLAlchemy's pattern of keywords.
const KEYWORDS: &str = r"^\w+(?:\s+\w+)*$";
/// Its pattern of PostgreSQL's ON DELETE, which may name columns.
const ON_DELETE: &str = r#"^\w+(?:\s+\w+)*(?:\s*\(\s*(?:[\w$]+|"(?:[^"]|"")+")(?:\s*,\s*(?:[\w$]+|"(?:[^"]|"")+"))*\s*\))?$"#;
/// Its pattern of methods of PostgreSQL's indexes.
const METHOD: &str = r"^(?:btree|hash|gist|gin|[\w_]+)$";

fn unexpected(phrase: &str, pattern: &str) -> CompileError {
    CompileError::Compile(format!(
        "Unexpected SQL phrase: {} (matching against {})",
        python_repr(phrase),
        python_repr(pattern)
    ))
}

/// A text as Python's `repr` shows it.
pub(crate) fn python_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => shown += "\\\\",
            '\n' => shown += "\\n",
            '\t' => shown += "\\t",
            '\r' => shown += "\\r",
            c if c == quote => {
                shown.push('\\');
                shown.push(c);
            }
            c => shown.push(c),
        }
    }
    shown.push(quote);
    shown
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `\w+(?:\s+\w+)*`, with one line break allowed at the end as Python's `$` does.
fn are_keywords(phrase: &str) -> bool {
    let phrase = phrase.strip_suffix('\n').unwrap_or(phrase);
    phrase.starts_with(is_word)
        && phrase.ends_with(is_word)
        && phrase.chars().all(|c| is_word(c) || c.is_whitespace())
}

/// A phrase of keywords.
pub(crate) fn keywords(phrase: &str) -> Result<&str, CompileError> {
    if are_keywords(phrase) { Ok(phrase) } else { Err(unexpected(phrase, KEYWORDS)) }
}

/// A method of an index, in lower case.
pub(crate) fn method(phrase: &str) -> Result<String, CompileError> {
    if !phrase.is_empty() && phrase.chars().all(is_word) {
        Ok(phrase.to_lowercase())
    } else {
        Err(unexpected(phrase, METHOD))
    }
}

/// ON DELETE of PostgreSQL: keywords, and perhaps columns in parentheses.
pub(super) fn on_delete(phrase: &str) -> Result<&str, CompileError> {
    let is_valid = match phrase.split_once('(') {
        None => are_keywords(phrase),
        Some((words, columns)) => {
            are_keywords(words.trim_end())
                && columns.trim_end_matches('\n').strip_suffix(')').is_some_and(are_columns)
        }
    };
    if is_valid { Ok(phrase) } else { Err(unexpected(phrase, ON_DELETE)) }
}

/// Column names with commas between, perhaps quoted.
fn are_columns(text: &str) -> bool {
    let mut rest = text.trim();
    loop {
        let behind = if let Some(inside) = rest.strip_prefix('"') {
            let mut end = None;
            let mut characters = inside.char_indices().peekable();
            while let Some((at, c)) = characters.next() {
                if c == '"' && characters.next_if(|(_, next)| *next == '"').is_none() {
                    end = Some(at);
                    break;
                }
            }
            match end {
                Some(at) if at > 0 => &inside[at + 1..],
                _ => return false,
            }
        } else {
            let behind = rest.trim_start_matches(|c| is_word(c) || c == '$');
            if behind.len() == rest.len() {
                return false;
            }
            behind
        };
        match behind.trim_start().strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return behind.trim().is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn phrases_are_keywords() {
        assert!(keywords("SET NULL").is_ok());
        assert!(keywords("SET NULL; DROP TABLE x").is_err());
        assert_eq!(
            keywords("a'b").unwrap_err().to_string(),
            r#"Unexpected SQL phrase: "a'b" (matching against '^\\w+(?:\\s+\\w+)*$')"#
        );
        assert!(on_delete("SET NULL (a, \"B \"\"x\")").is_ok());
        for bad in ["SET NULL (", "SET NULL ()", "SET NULL (a,)", "SET NULL (\"\")", "(a)"] {
            assert!(on_delete(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        /// Whatever passes holds nothing that could end a phrase and begin another statement.
        #[test]
        fn what_passes_is_harmless(phrase in "\\PC{0,20}|[A-Z (),\"]{0,20}") {
            if keywords(&phrase).is_ok() {
                prop_assert!(phrase.chars().all(|c| is_word(c) || c.is_whitespace()));
            }
            if method(&phrase).is_ok() {
                prop_assert!(phrase.chars().all(is_word));
            }
            if on_delete(&phrase).is_ok() {
                let outside: String = phrase.split('"').step_by(2).collect();
                prop_assert!(!outside.contains([';', '\'', '-']));
            }
        }
    }
}
