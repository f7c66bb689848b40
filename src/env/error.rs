//! What can be wrong with a configuration file.

use std::path::Path;
use std::path::PathBuf;

use crate::db::NO_LEASE;
use crate::db::TableName;
use crate::db::UrlError;
use crate::script::sql::SourcePosition;

use super::variable_file::VariableLineError;
use super::variables::MissingVariable;
use super::webhook::WebhookError;

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
    /// The variables, in the order of the file.
    pub variables: Vec<MissingVariable>,
    /// Where the value is.
    pub position: Option<SourcePosition>,
    /// The line at that place, unless it may hold a password.
    pub line: Option<String>,
}

impl MissingVariables {
    /// These and those of another value; the place remains that of these.
    pub(super) fn and(mut self, other: MissingVariables) -> MissingVariables {
        self.variables.extend(other.variables);
        self
    }

    /// The error of needing the value after all; each variable is named once.
    pub(super) fn into_error(self) -> ConfigError {
        let mut variables: Vec<MissingVariable> = Vec::with_capacity(self.variables.len());
        for variable in self.variables {
            if variables.iter().all(|known| known.name != variable.name) {
                variables.push(variable);
            }
        }
        ConfigError {
            path: self.path,
            position: self.position,
            line: self.line,
            kind: ConfigErrorKind::MissingVariables { variables },
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
    #[error("no value for {}", .variables.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    MissingVariables {
        /// The variables, in the order of the file.
        variables: Vec<MissingVariable>,
    },
    /// A `${` without its `}`.
    #[error("`${{` without `}}` in the value of `{key}`")]
    UnclosedVariable {
        /// The key whose value it is.
        key: String,
    },
    /// A `${...}` that is none of the forms.
    #[error("`${{...}}` in the value of `{key}` cannot be read")]
    VariableForm {
        /// The key whose value it is.
        key: String,
    },
    /// A value that becomes too long, or whose forms are nested too deep.
    #[error(
        "with its variables the value of `{key}` is longer than 1 MiB, or they are nested too deep"
    )]
    VariableExcess {
        /// The key whose value it is.
        key: String,
    },
    /// A file of variables cannot be read.
    #[error("cannot read the file of variables: {0}")]
    VariableFile(#[source] std::io::Error),
    /// A file of variables is no text.
    #[error("the file of variables is not in UTF-8")]
    VariableFileText,
    /// A line of a file of variables.
    #[error("{0}")]
    VariableLine(#[source] VariableLineError),
    /// A number of seconds out of range.
    #[error("`{key}` is a number of seconds from 1 to 86400")]
    Seconds {
        /// The key.
        key: &'static str,
    },
    /// A time that is none.
    #[error("`{key}` is a time: \"5s\", \"500ms\", \"2min\", milliseconds, or 0 for none")]
    Duration {
        /// The key.
        key: &'static str,
    },
    /// The name of a table that is none.
    #[error("'{name}' is no name of a table: write table or schema.table")]
    TableName {
        /// As written.
        name: String,
    },
    /// A hook that does nothing, or two things.
    #[error("hook `{key}` takes exactly one of `command`, `sql` and `file`")]
    HookAction {
        /// The key.
        key: &'static str,
    },
    /// An `[on_failure]` whose command is none.
    #[error("`command` of `[on_failure]` is empty: write the program and its arguments as a list")]
    NoFailureCommand,
    /// A webhook that is no address. The text may be a secret.
    #[error("`webhook` of `[on_failure]` {0}")]
    Webhook(#[source] WebhookError),
    /// A URL that is none.
    #[error("the URL of database `{database}`: {source}")]
    Url {
        /// The database.
        database: String,
        /// What is wrong with it.
        source: UrlError,
    },
    /// Parts that make no URL.
    #[error("database `{database}`: {source}")]
    Parts {
        /// The database.
        database: String,
        /// What is wrong with them.
        source: UrlError,
    },
    /// A database without a URL, where there is no Alembic project that could have one.
    #[error("database `{name}` has no `url`")]
    NoUrlKey {
        /// The database.
        name: String,
    },
    /// A lease, which MySQL has not.
    #[error("database `{database}`: {NO_LEASE}")]
    Lease {
        /// The database.
        database: String,
    },
    /// A home of rollouts that is no database.
    #[error("`home` of `[fleet]` is `{name}`, and there is no such database")]
    FleetHome {
        /// What it says.
        name: String,
    },
    /// Tenants of which nobody says who they are.
    #[error("`tenants` of database `{database}` has none of `query`, `list` and `schemas`")]
    NoTenantSource {
        /// The database.
        database: String,
    },
    /// Tenants in which nothing runs.
    #[error("`tenants` of database `{database}` does not say which branches run in them: `tenant`")]
    NoTenantBranches {
        /// The database.
        database: String,
    },
    /// Shares of waves that do not grow.
    #[error(
        "`shares` in `waves` of the tenants of database `{database}` are growing parts of a \
         hundred: \"1%\", \"10%\""
    )]
    WaveShare {
        /// The database.
        database: String,
    },
    /// Tenants that are files of which nobody says where they are.
    #[error(
        "the tenants of database `{database}` are files, and `url` does not say which: \
         \"sqlite:tenants/{{tenant}}.db\""
    )]
    NoTenantUrl {
        /// The database.
        database: String,
    },
    /// A URL that is the same for all tenants.
    #[error("`url` of the tenants of database `{database}` does not hold `{{tenant}}`")]
    TenantUrl {
        /// The database.
        database: String,
    },
    /// Two keys say the same thing.
    #[error("database `{database}` has both `{first}` and `{second}`: write one of them")]
    Exclusive {
        /// The database.
        database: String,
        /// One of the keys.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A parameter that has a key of its own.
    #[error("database `{database}`: `{parameter}` is no parameter, but the key `{key}`")]
    ParameterKey {
        /// The database.
        database: String,
        /// The parameter.
        parameter: String,
        /// The key.
        key: &'static str,
    },
    /// A database in parts that lacks one that it cannot do without.
    #[error("database `{database}` has no `{key}`")]
    NoPart {
        /// The database.
        database: String,
        /// The part.
        key: &'static str,
    },
    /// A part that a SQLite database does not have.
    #[error("database `{database}` is a SQLite file and has no `{key}`")]
    SqlitePart {
        /// The database.
        database: String,
        /// The part.
        key: &'static str,
    },
    /// A dialect that is none.
    #[error("`dialect` of database `{database}` must be postgresql, mysql or sqlite")]
    Dialect {
        /// The database.
        database: String,
    },
    /// A port that is none.
    #[error("`port` of database `{database}` must be a number from 1 to 65535")]
    Port {
        /// The database.
        database: String,
    },
    /// A file with a secret in it that cannot be had.
    #[error("`{key}` of database `{database}`: {} {source}", .file.display())]
    SecretFile {
        /// The database.
        database: String,
        /// The key that names the file.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: SecretFileError,
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
    NativeUrl(#[source] UrlError),
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
    /// A branch for no database is no label.
    #[error("`unrouted_branches`: {0}")]
    UnroutedLabel(#[source] crate::graph::NameError),
    /// A journal whose name follows from that of the version table, and is too long.
    #[error(
        "the journal of the version table would be `{journal}`, and the name of a table has at \
         most 63 bytes"
    )]
    JournalName {
        /// The name that it would have.
        journal: String,
    },
    /// Two databases that are one.
    #[error(
        "databases `{first}` and `{second}` are one database: both are at {address} with the \
         version table {table}"
    )]
    SameDatabase {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// Where they are, as it may be shown.
        address: String,
        /// The version table.
        table: TableName,
    },
    /// Two version tables with one journal.
    #[error(
        "databases `{first}` and `{second}`, both at {address}, have different version tables and \
         one journal, {journal}"
    )]
    SharedJournal {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// Where they are, as it may be shown.
        address: String,
        /// The journal.
        journal: TableName,
    },
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

/// Why a file with a secret in it is of no use. Never holds its content.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
    /// It is no text.
    #[error("is not in UTF-8")]
    Encoding,
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
}
