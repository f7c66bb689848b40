//! What the configuration comes to, value by value, and where each is from.

use std::path::PathBuf;

use super::database::ValueProblem;

/// A value of the configuration as it may be shown.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The key, such as `host` or `parameters.sslmode`.
    pub key: String,
    /// The value with its secrets masked, or why there is none.
    pub value: Result<String, ValueProblem>,
    /// Where it is from; what has decided last comes last.
    pub origins: Vec<Origin>,
}

impl Setting {
    /// A value that nobody has given.
    pub(super) fn default(key: &str, value: impl Into<String>) -> Self {
        Setting { key: key.to_owned(), value: Ok(value.into()), origins: vec![Origin::Default] }
    }
}

/// The keys that say where a database is, besides its parameters.
const LOCATION_KEYS: [&str; 9] =
    ["url", "url_file", "dialect", "host", "port", "user", "password", "password_file", "name"];

impl Setting {
    /// Whether it is a part of where a database is.
    pub(super) fn is_location(&self) -> bool {
        LOCATION_KEYS.contains(&self.key.as_str()) || self.key.starts_with("parameters.")
    }
}

/// Where a value is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file: of the configuration, of variables, or env.py.
    File {
        /// The file.
        path: PathBuf,
        /// The line, where it is known.
        line: Option<usize>,
    },
    /// An option of Alembic's configuration.
    Option {
        /// The file.
        path: PathBuf,
        /// The section.
        section: String,
        /// The option.
        option: &'static str,
    },
    /// A variable of the environment.
    Environment {
        /// Its name.
        name: String,
    },
    /// An option of the command line.
    Flag {
        /// As it is typed.
        flag: &'static str,
    },
    /// Nobody has given it.
    Default,
}
