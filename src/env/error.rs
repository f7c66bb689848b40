//! What can be wrong with a configuration file.

use std::path::Path;
use std::path::PathBuf;

use crate::script::sql::SourcePosition;

/// An error in a configuration file, with the file and, where it has one, the place.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// Where in the file.
    pub position: Option<SourcePosition>,
    /// The line at that place, unless it may hold a password.
    pub line: Option<String>,
    /// What is wrong.
    pub kind: ConfigErrorKind,
}

impl ConfigError {
    /// An error of a whole file.
    pub(super) fn of(path: &Path, kind: ConfigErrorKind) -> Self {
        ConfigError { path: path.to_owned(), position: None, line: None, kind }
    }
}

/// Variables that a value of a configuration file lacks, kept until the value is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingVariables {
    /// The file.
    pub path: PathBuf,
    /// The names, in the order of the file.
    pub names: Vec<String>,
    /// Where the value is.
    pub position: Option<SourcePosition>,
    /// The line at that place, unless it may hold a password.
    pub line: Option<String>,
}

impl MissingVariables {
    /// These and those of another value; the place remains that of these.
    pub(super) fn and(mut self, other: MissingVariables) -> MissingVariables {
        self.names.extend(other.names);
        self
    }

    /// The error of needing the value after all; each variable is named once.
    pub(super) fn into_error(self) -> ConfigError {
        let mut names: Vec<String> = Vec::with_capacity(self.names.len());
        for name in self.names {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        ConfigError {
            path: self.path,
            position: self.position,
            line: self.line,
            kind: ConfigErrorKind::MissingVariables { names },
        }
    }
}

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigErrorKind {
    /// It cannot be read.
    #[error("cannot read the configuration: {0}")]
    Unreadable(#[source] std::io::Error),
    /// It is no TOML, or a value has the wrong type.
    #[error("{message}")]
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// A key that does not exist.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest key that exists here.
        nearest: Option<String>,
    },
    /// Variables without a value and without a default.
    #[error("no value for {}", .names.iter().map(|n| format!("${{{n}}}")).collect::<Vec<_>>().join(", "))]
    MissingVariables {
        /// The names, in the order of the file.
        names: Vec<String>,
    },
    /// A `${` without its `}`.
    #[error("`${{` without `}}` in the value of `{key}`")]
    UnclosedVariable {
        /// The key whose value it is.
        key: String,
    },
    /// A number of seconds out of range.
    #[error("`{key}` is a number of seconds from 1 to 86400")]
    Seconds {
        /// The key.
        key: &'static str,
    },
    /// The name of a table that is none.
    #[error("'{name}' is no name of a table: write table or schema.table")]
    TableName {
        /// As written.
        name: String,
    },
    /// An `[on_failure]` that does nothing.
    #[error("`command` of `[on_failure]` is empty: write the program and its arguments as a list")]
    NoFailureCommand,
    /// A webhook that is no address. The text may be a secret.
    #[error("`webhook` of `[on_failure]` is no http:// or https:// address")]
    Webhook,
    /// A URL that is none.
    #[error("the URL of database `{database}`: {source}")]
    Url {
        /// The database.
        database: String,
        /// What is wrong with it.
        source: crate::db::UrlError,
    },
    /// A database without a URL, where there is no Alembic project that could have one.
    #[error("database `{name}` has no `url`")]
    NoUrlKey {
        /// The database.
        name: String,
    },
    /// Alembic's own files.
    #[error(transparent)]
    Alembic(limbeck_alembic::config::AlembicConfigError),
    /// `sourceless = true`.
    #[error(
        "sourceless revisions (.pyc files alone) need Python's own reader, which limbeck has not"
    )]
    Sourceless,
    /// A URL that SQLAlchemy would take, or not.
    #[error("{0}")]
    SqlAlchemyUrl(#[source] limbeck_alembic::url::UrlError),
    /// What a URL of SQLAlchemy's was translated to is none of limbeck's.
    #[error("{0}")]
    NativeUrl(#[source] crate::db::UrlError),
    /// No file says where the database is.
    #[error("no database URL: the configuration has no sqlalchemy.url")]
    NoAlembicUrl,
    /// The section of one of several databases has no URL.
    #[error("no database URL: section [{section}] has no sqlalchemy.url")]
    NoSectionUrl {
        /// The section.
        section: String,
    },
    /// env.py names another section than the one that is read.
    #[error("env.py names a section of the ini file, and the section of this run is [{section}]")]
    OtherSection {
        /// The section of `-n`.
        section: String,
    },
    /// env.py is no text.
    #[error("env.py cannot be read: {0}")]
    EnvEncoding(#[source] limbeck_alembic::header::EncodingError),
    /// env.py is no Python.
    #[error("env.py is no Python: {}", .0.message)]
    EnvSyntax(limbeck_alembic::python::SyntaxError),
    /// env.py has the URL from where limbeck has not.
    #[error("{0}")]
    EnvUrl(#[source] limbeck_alembic::env_py::UrlError),
    /// env.py computes what must not be guessed.
    #[error("env.py computes `{key}`, which only running it could tell")]
    EnvSetting {
        /// The argument of `context.configure`.
        key: &'static str,
    },
    /// A branch of a database that is no label.
    #[error("database `{database}`: {source}")]
    Label {
        /// The database.
        database: String,
        /// What is wrong with it.
        source: crate::graph::NameError,
    },
    /// The branch label of Diesel's directories is none.
    #[error("`diesel_label`: {0}")]
    DieselLabel(#[source] crate::graph::NameError),
    /// Rows of the version table that are too short or too long.
    #[error("`version_num_length` must be from 32 to 768, not {length}")]
    RowLength {
        /// The value.
        length: i64,
    },
    /// A name that cannot be given on the command line.
    #[error("`{database}` cannot be the name of a database: use letters, digits, '_' and '-'")]
    DatabaseName {
        /// The name.
        database: String,
    },
}
