//! Why Alembic's configuration cannot be read, and where.

use std::fmt;
use std::path::PathBuf;

use crate::hooks::PostWriteHookError;
use crate::ini::IniErrorKind;
use crate::url::UrlError;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

/// Why Alembic's configuration cannot be read. `Display` gives the sentence alone, because many of
/// the sentences are Alembic's own and its output is compared with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct AlembicConfigError {
    /// What is wrong.
    pub kind: AlembicConfigErrorKind,
    /// Where; `None` for something that is missing.
    pub place: Option<Place>,
    /// The column in characters, from 1, where one is known.
    pub column: Option<usize>,
    /// The line's text; `None` when it may hold a password.
    pub source_line: Option<String>,
}

/// What is wrong with Alembic's configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlembicConfigErrorKind {
    /// The ini file, or an option of it.
    #[error(transparent)]
    Ini(IniErrorKind),
    /// `pyproject.toml` is no TOML.
    #[error("the file is no valid TOML: {message}")]
    TomlSyntax {
        /// What the parser says.
        message: String,
    },
    /// `[tool.alembic]` is no table. The text is Alembic's.
    #[error("Incorrect TOML format")]
    IncorrectToml,
    /// A date, a time or a fraction. The text is Alembic's.
    #[error("unsupported TOML value type for key: {}", quoted(key))]
    UnsupportedTomlType {
        /// The key.
        key: String,
    },
    /// A value that must be true or false. The text is Alembic's.
    #[error("boolean value expected for TOML parameter {}", quoted(key))]
    BooleanExpected {
        /// The key.
        key: String,
    },
    /// A value of another type than the key's. Alembic stops with a traceback, or reads a text as a
    /// list of letters.
    #[error("the value of '{key}' is {found}, but must be {expected}")]
    TomlType {
        /// The key.
        key: String,
        /// The type it must have, with article.
        expected: &'static str,
        /// The type it has, with article.
        found: &'static str,
    },
    /// A `%` out of place in TOML.
    #[error("the value of '{key}' cannot be %-formatted: {message}")]
    TomlPercent {
        /// The key.
        key: String,
        /// What is wrong with it.
        message: String,
    },
    /// A `%(name)s` in TOML names neither `here` nor an environment variable.
    #[error(
        "the value of '{key}' contains '%({variable})s', which is neither 'here' nor an \
         environment variable (write '%%' for a percent sign)"
    )]
    UnknownVariable {
        /// The key.
        key: String,
        /// The name between the parentheses.
        variable: String,
    },
    /// There is no script location. The text is Alembic's.
    #[error("No 'script_location' key found in configuration.")]
    NoScriptLocation,
    /// The script directory does not exist. The text is Alembic's.
    #[error(
        "Path doesn't exist: {path}.  Please use the 'init' command to create a new scripts folder."
    )]
    NoScriptDirectory {
        /// The path as Alembic shows it.
        path: String,
    },
    /// A section is missing. The text is Alembic's.
    #[error(
        "No config file {} found, or file has no '[{section}]' section",
        file.as_deref().map_or_else(|| "None".to_owned(), quoted)
    )]
    NoSection {
        /// The ini file, if there is one.
        file: Option<String>,
        /// The section.
        section: String,
    },
    /// A separator that there is not. The text is Alembic's.
    #[error(
        "'{value}' is not a valid value for {key}; expected 'space', 'newline', 'os', ':', ';'"
    )]
    PathSeparator {
        /// `path_separator` or `version_path_separator`.
        key: &'static str,
        /// The value.
        value: String,
    },
    /// A value that must be a number of characters.
    #[error(
        "the value of '{key}' must be a whole number that is not negative, not {}",
        quoted(value)
    )]
    NotANumber {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
    },
    /// A value that is neither true nor false. The text is SQLAlchemy's.
    #[error("String is not true/false: {}", quoted(value))]
    NotABoolean {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
    },
    /// The package of a `package:path` location is nowhere.
    #[error(
        "the package '{package}' of {key} '{location}' was not found; searched {} \
         (name the directory above the package in prepend_sys_path)",
        list(searched)
    )]
    PackageNotFound {
        /// `script_location` or `version_locations`.
        key: &'static str,
        /// The location.
        location: String,
        /// The package in it.
        package: String,
        /// The directories in which it was looked for.
        searched: Vec<PathBuf>,
    },
    /// A post-write hook.
    #[error(transparent)]
    Hook(#[from] PostWriteHookError),
    /// `sqlalchemy.url` is still what `alembic init` writes.
    #[error("'{option}' is still the placeholder that 'alembic init' wrote")]
    PlaceholderUrl {
        /// The option.
        option: String,
    },
    /// `sqlalchemy.url` names an environment variable that is not set.
    #[error("'{option}' contains '${{{variable}}}', but the environment variable is not set")]
    UnsetVariable {
        /// The option.
        option: String,
        /// The variable.
        variable: String,
    },
    /// `sqlalchemy.url` is no URL.
    #[error("'{option}': {source}")]
    Url {
        /// The option.
        option: String,
        /// Why.
        source: UrlError,
    },
}

/// What `read_config` has to say although it succeeds, in the words of Alembic's
/// `DeprecationWarning`s, which Python does not show at the command line by default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigWarning {
    /// `prepend_sys_path` is split in the old way.
    #[error(
        "No path_separator found in configuration; falling back to legacy splitting on spaces, \
         commas, and colons for prepend_sys_path.  Consider adding path_separator=os to Alembic \
         config."
    )]
    LegacySysPathSplit {
        /// Where the option stands.
        place: Place,
    },
    /// `version_locations` is split in the old way.
    #[error(
        "No path_separator found in configuration; falling back to legacy splitting on \
         spaces/commas for version_locations.  Consider adding path_separator=os to Alembic config."
    )]
    LegacyVersionLocationsSplit {
        /// Where the option stands.
        place: Place,
    },
    /// The old name of `path_separator` is used.
    #[error(
        "The version_path_separator configuration parameter is deprecated; please use \
         path_separator"
    )]
    VersionPathSeparator {
        /// Where the option stands.
        place: Place,
    },
}

impl From<AlembicConfigErrorKind> for AlembicConfigError {
    fn from(kind: AlembicConfigErrorKind) -> Self {
        AlembicConfigError { kind, place: None, column: None, source_line: None }
    }
}

impl From<PostWriteHookError> for AlembicConfigError {
    fn from(error: PostWriteHookError) -> Self {
        AlembicConfigErrorKind::Hook(error).into()
    }
}

impl AlembicConfigError {
    /// The same error at a place, unless it has one.
    pub(crate) fn at(mut self, place: &Place) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }
}

/// A text as Python's `repr` shows it, as far as the texts of a configuration need it.
pub(crate) fn quoted(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}
