//! The names of new revision files: `file_template`, as Alembic's configuration has it.

use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use chrono::DateTime;
use chrono::Datelike;
use chrono::FixedOffset;
use chrono::Timelike;
use limbeck_alembic::PercentError;
use limbeck_alembic::Value;
use limbeck_alembic::config::DEFAULT_FILE_TEMPLATE;
use limbeck_alembic::config::DEFAULT_SLUG_LENGTH;
use limbeck_alembic::format_percent;

use super::directory::is_ignored;
use crate::graph::RevisionId;

/// How files of new revisions are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// `file_template`, without the extension. Its tokens are `rev slug epoch year month day hour
    /// minute second`; a `/` puts files into sub-directories, which are only found again where
    /// locations are read recursively.
    pub file_template: String,
    /// `truncate_slug_length`; 0 stands for the default, as in Alembic.
    pub slug_length: usize,
}

impl Default for Naming {
    fn default() -> Self {
        Naming { file_template: DEFAULT_FILE_TEMPLATE.to_owned(), slug_length: DEFAULT_SLUG_LENGTH }
    }
}

/// Why a revision cannot be given a file name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileNameError {
    /// The template is malformed.
    #[error("file_template is malformed")]
    Template(#[from] PercentError),
    /// The revision id holds what parts the names in a path.
    #[error("the revision identifier '{id}' holds '{character}'")]
    SeparatorInId {
        /// The id.
        id: RevisionId,
        /// `/` or `\`.
        character: char,
    },
    /// The name leads out of the version location.
    #[error("'{name}' leads out of the version location")]
    Escapes {
        /// The name.
        name: String,
    },
    /// The name is one that is passed over when locations are read.
    #[error("a file named '{name}' would not be read as a revision")]
    Ignored {
        /// The name.
        name: String,
    },
}

impl Naming {
    /// The path of a new revision's file, relative to its version location, with `extension`
    /// (`sql`, `py`).
    ///
    /// # Errors
    /// When the template is malformed, or gives a name that leads out of the version location or
    /// would never be read back.
    pub fn file_name(
        &self,
        id: &RevisionId,
        message: &str,
        date: DateTime<FixedOffset>,
        extension: &str,
    ) -> Result<PathBuf, FileNameError> {
        // Template tokens never bring in directories of their own; only the template does.
        if let Some(character) = id.as_str().chars().find(|c| matches!(c, '/' | '\\')) {
            return Err(FileNameError::SeparatorInId { id: id.clone(), character });
        }
        let number = |value: u32| Some(Value::Number(i64::from(value)));
        let name = format_percent(&self.file_template, |token| match token {
            "rev" => Some(Value::Text(id.to_string())),
            "slug" => Some(Value::Text(slug(message, self.slug_length))),
            "epoch" => Some(Value::Number(date.timestamp())),
            "year" => Some(Value::Number(i64::from(date.year()))),
            "month" => number(date.month()),
            "day" => number(date.day()),
            "hour" => number(date.hour()),
            "minute" => number(date.minute()),
            "second" => number(date.second()),
            _ => None,
        })?;
        inside_location(format!("{name}.{extension}"))
    }
}

/// Checks that a relative path stays below its directory and will be read from there.
fn inside_location(name: String) -> Result<PathBuf, FileNameError> {
    let mut path = PathBuf::new();
    for component in Path::new(&name).components() {
        match component {
            Component::Normal(part) => {
                if is_ignored(part) {
                    return Err(FileNameError::Ignored { name });
                }
                path.push(part);
            }
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(FileNameError::Escapes { name });
            }
        }
    }
    Ok(path)
}

/// The words of a message for a file name, as Alembic makes them: runs of letters, digits and
/// underscores, joined by underscores, in lower case; what is longer than `length` characters
/// (0 for 40) is cut after its last underscore.
///
/// Unlike Python, this takes combining vowel signs for letters, so that a Hindi word stays whole.
pub fn slug(message: &str, length: usize) -> String {
    let length = if length == 0 { DEFAULT_SLUG_LENGTH } else { length };
    let words = message.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug = words.join("_").to_lowercase();
    match slug.char_indices().nth(length) {
        None => slug,
        Some((end, _)) => {
            let cut = &slug[..end];
            let kept = cut.rsplit_once('_').map_or(cut, |(kept, _)| kept);
            format!("{kept}_")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn name(template: &str, id: &str, message: &str) -> Result<String, FileNameError> {
        let naming = Naming { file_template: template.to_owned(), ..Naming::default() };
        let date = DateTime::parse_from_rfc3339("2026-03-04T05:06:07+02:00").unwrap();
        let path = naming.file_name(&id.parse().unwrap(), message, date, "sql")?;
        Ok(path.display().to_string().replace('\\', "/"))
    }

    #[test]
    fn slugs_as_alembic_makes_them() {
        for (message, expected) in [
            ("", ""),
            ("!?", ""),
            ("Add  Ping-Results table!", "add_ping_results_table"),
            ("a_b __c__", "a_b___c__"),
            ("Straße Ünï 東京", "straße_ünï_東京"),
            (
                "second thing: it is a test, and more of it",
                "second_thing_it_is_a_test_and_more_of_it",
            ),
        ] {
            assert_eq!(slug(message, 0), expected, "{message}");
        }
        // The example of Alembic's reference, 4.3.
        assert_eq!(
            slug("second thing, it is a test and more_words follow", 40),
            "second_thing_it_is_a_test_and_more_"
        );
        assert_eq!(slug(&"é".repeat(41), 40), format!("{}_", "é".repeat(40)));
        assert_eq!(slug(&"é".repeat(40), 40), "é".repeat(40));
        assert_eq!(slug("ab cd", 4), "ab_");
    }

    #[test]
    fn templates() {
        assert_eq!(name("%(rev)s_%(slug)s", "a1", "Add x").unwrap(), "a1_add_x.sql");
        assert_eq!(name("%(rev)s_%(slug)s", "a1", "").unwrap(), "a1_.sql");
        assert_eq!(
            name("%(year)d/%(month).2d/%(day)02d_%(hour)d%(minute)d%(second)d_%(epoch)d", "a", "b")
                .unwrap(),
            "2026/03/04_567_1772593567.sql"
        );
        assert_eq!(name("./a//%(rev)s", "a", "").unwrap(), "a/a.sql");
    }

    #[test]
    fn names_never_leave_the_location() {
        for template in ["../%(rev)s", "/%(rev)s", "a/../../%(rev)s", "a/.."] {
            let result = name(template, "a", "b");
            assert!(
                matches!(
                    result,
                    Err(FileNameError::Escapes { .. } | FileNameError::Ignored { .. })
                ),
                "{template}: {result:?}"
            );
        }
        assert_eq!(
            name("../%(rev)s", "a", "").unwrap_err().to_string(),
            "'../a.sql' leads out of the version location"
        );
        assert_eq!(
            name("%(rev)s", "../a", "").unwrap_err().to_string(),
            "the revision identifier '../a' holds '/'"
        );
        assert!(name("%(rev)s", "a\\b", "").is_err());
    }

    #[test]
    fn names_are_read_again() {
        for (template, id) in
            [(".%(rev)s", "a"), ("%(rev)s", ".a"), ("%(rev)s", "README"), ("", "a")]
        {
            let error = name(template, id, "").unwrap_err();
            assert!(matches!(error, FileNameError::Ignored { .. }), "{template}");
        }
        assert_eq!(
            name("x.d~/%(rev)s", "a", "").unwrap_err().to_string(),
            "a file named 'x.d~/a.sql' would not be read as a revision"
        );
    }

    #[test]
    fn template_errors_name_the_column() {
        let error = name("%(rev)s_%(nope)s", "a", "").unwrap_err();
        assert_eq!(error.to_string(), "file_template is malformed");
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("unknown token '%(nope)' at column 9")
        );
    }
}
