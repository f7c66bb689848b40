//! What can go wrong with revision files, as facts.

use std::fmt;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use limbeck_schema::Dialect;

use super::file_name::FileNameError;
use super::sql::SourcePosition;
use crate::graph::BranchLabel;
use crate::graph::NameError;
use crate::graph::RevisionId;

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileAction {
    /// It is read.
    Read,
    /// The names in a directory are read.
    ReadDirectory,
    /// It is written.
    Write,
    /// A directory is made.
    CreateDirectory,
}

impl FileAction {
    /// Whether it changes nothing.
    pub const fn is_reading(self) -> bool {
        matches!(self, FileAction::Read | FileAction::ReadDirectory)
    }
}

impl fmt::Display for FileAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileAction::Read => "read",
            FileAction::ReadDirectory => "read directory",
            FileAction::Write => "write",
            FileAction::CreateDirectory => "create directory",
        })
    }
}

/// Why revision files cannot be read, named or written. Always knows the file or directory.
///
/// Messages do not repeat that of their source; who shows an error shows the chain.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The operating system refused something.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was attempted.
        action: FileAction,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a file already where a new one was to be written.
    #[error("{} already exists and is not overwritten", path.display())]
    AlreadyExists {
        /// The file.
        path: PathBuf,
    },
    /// A directory that is to be set up holds something.
    #[error("Directory {} already exists and is not empty", path.display())]
    DirectoryNotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// A file is no UTF-8 text.
    #[error("{}:{position}: the file is not UTF-8 text", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Where the first byte stands that is not UTF-8.
        position: SourcePosition,
    },
    /// A file does not say what it must, or not as it must.
    #[error(transparent)]
    Syntax(#[from] Box<SyntaxError>),
    /// A Python revision does not say what it must, or not so that it can be read.
    #[error("{}: {source}", path.display())]
    Python {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<PythonError>,
    },
    /// A directory with Diesel's `down.sql` but without the `up.sql` that makes it a migration.
    #[error("{}: the directory has a down.sql but no up.sql", path.display())]
    NoUpScript {
        /// The directory.
        path: PathBuf,
    },
    /// A Diesel directory whose name does not begin with a version that can be a revision id.
    #[error("{}: the directory's version is no revision id", path.display())]
    DieselVersion {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: NameError,
    },
    /// Two Diesel directories with one version.
    #[error("{}: version {version} is taken by {}", path.display(), other.display())]
    DuplicateVersion {
        /// The second directory.
        path: PathBuf,
        /// The version.
        version: RevisionId,
        /// The first directory.
        other: PathBuf,
    },
    /// A new revision cannot be given a file name.
    #[error("cannot name a revision file in {}", path.display())]
    FileName {
        /// The version location.
        path: PathBuf,
        /// Why not.
        source: FileNameError,
    },
    /// A template cannot be read or rendered.
    #[error("template {}{}: {message}", path.display(), Suffix(.position.as_ref()))]
    Template {
        /// The template's file, or the name of an embedded one.
        path: PathBuf,
        /// Where in the template, if known.
        position: Option<SourcePosition>,
        /// What the template engine said.
        message: String,
    },
    /// A template renders to something that is no revision file. Nothing has been written.
    #[error("template {} renders no readable revision file", path.display())]
    UnreadableRendering {
        /// The template's file, or the name of an embedded one.
        path: PathBuf,
        /// What is wrong with the rendered text.
        source: Box<SyntaxError>,
    },
    /// A template renders to something that is no Python revision. Nothing has been written.
    #[error("template {} renders no readable revision file", path.display())]
    UnreadablePython {
        /// The template's file, or the name of the built-in one.
        path: PathBuf,
        /// What is wrong with the rendered text.
        source: Box<PythonError>,
    },
    /// A template of Python revisions knows nothing of branch labels. Nothing has been written.
    /// The words are Alembic's.
    #[error(
        "Version {id} specified branch_labels {}, however the migration file {} does not have \
         them; have you upgraded your script.py.mako to include the 'branch_labels' section?",
        .labels.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", "), path.display()
    )]
    NoBranchLabels {
        /// The revision that was to be written.
        id: RevisionId,
        /// The labels that it was to have.
        labels: Vec<BranchLabel>,
        /// The file that was to be written.
        path: PathBuf,
    },
    /// A template renders a revision file that says something else than was asked for. Nothing
    /// has been written.
    #[error("template {} does not write '{key}' as it was given", path.display())]
    UnfaithfulRendering {
        /// The template's file, or the name of an embedded one.
        path: PathBuf,
        /// The key of the front matter that differs.
        key: &'static str,
    },
}

impl ScriptError {
    /// The file or directory that the error is about.
    pub fn path(&self) -> &Path {
        match self {
            ScriptError::Io { path, .. }
            | ScriptError::AlreadyExists { path }
            | ScriptError::DirectoryNotEmpty { path }
            | ScriptError::NotUtf8 { path, .. }
            | ScriptError::Python { path, .. }
            | ScriptError::NoUpScript { path }
            | ScriptError::DieselVersion { path, .. }
            | ScriptError::DuplicateVersion { path, .. }
            | ScriptError::FileName { path, .. }
            | ScriptError::Template { path, .. }
            | ScriptError::UnreadableRendering { path, .. }
            | ScriptError::UnreadablePython { path, .. }
            | ScriptError::NoBranchLabels { path, .. }
            | ScriptError::UnfaithfulRendering { path, .. } => path,
            ScriptError::Syntax(error) => &error.path,
        }
    }

    /// An [`ScriptError::Io`], for `map_err`.
    pub(super) fn io(action: FileAction, path: &Path) -> impl FnOnce(io::Error) -> ScriptError {
        move |source| ScriptError::Io { action, path: path.to_owned(), source }
    }
}

/// What keeps a `.py` file from being a revision.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PythonError {
    /// Its bytes are no text.
    #[error(transparent)]
    Encoding(limbeck_alembic::header::EncodingError),
    /// It is no Python.
    #[error(transparent)]
    Syntax(limbeck_alembic::python::SyntaxError),
    /// The variables of its header cannot be read.
    #[error(transparent)]
    Header(limbeck_alembic::header::HeaderError),
    /// An identifier or label that is none.
    #[error("{source}")]
    Name {
        /// The variable.
        variable: &'static str,
        /// Why not.
        source: NameError,
    },
}

/// `:line:column`, where there is one.
struct Suffix<'a>(Option<&'a SourcePosition>);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |position| write!(f, ":{position}"))
    }
}

/// A fault in the text of a revision file, with what is needed to show the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:{position}: {kind}", path.display())]
pub struct SyntaxError {
    /// The file.
    pub path: PathBuf,
    /// The place.
    pub position: SourcePosition,
    /// The whole line at that place, without its line break.
    pub line: String,
    /// What is wrong there.
    pub kind: SyntaxErrorKind,
}

/// Faults in the text of a revision file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxErrorKind {
    /// The first line does not open the front matter.
    #[error(
        "the first line is not '/*---', so this is no revision file \
         (add front matter, or move the file out of the version location)"
    )]
    NoFrontMatter,
    /// The front matter is never closed.
    #[error("the front matter has no closing line '---*/'")]
    UnclosedFrontMatter,
    /// The front matter is no TOML.
    #[error("the front matter is no TOML: {0}")]
    Toml(String),
    /// A key that means nothing.
    #[error("unknown key '{key}'{}", did_you_mean(.nearest))]
    UnknownKey {
        /// The key.
        key: String,
        /// The known key that it resembles.
        nearest: Option<&'static str>,
    },
    /// A key that must be there.
    #[error("key '{key}' is missing (for example: {example})")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// A line that has it.
        example: &'static str,
    },
    /// A value of another type.
    #[error("key '{key}' takes {expected}, not {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What it takes.
        expected: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// A value of the right type that says nothing sensible.
    #[error("key '{key}': {reason}")]
    BadValue {
        /// The key.
        key: String,
        /// What is wrong with the value.
        reason: String,
    },
    /// An identifier or label that is none.
    #[error("key '{key}': {source}")]
    Name {
        /// The key.
        key: String,
        /// Why not.
        source: NameError,
    },
    /// SQL between the front matter and the first section line.
    #[error("text before the first section line ('--- upgrade')")]
    TextBeforeSection,
    /// No section says how to upgrade.
    #[error("the file has no section '--- upgrade'")]
    MissingUpgrade,
    /// A line that looks like a section line, but is none.
    #[error(
        "'--- {word}' begins no section{} (an ordinary comment begins with two dashes)",
        did_you_mean(.nearest)
    )]
    UnknownSection {
        /// The text after the dashes.
        word: String,
        /// The section line that it resembles.
        nearest: Option<&'static str>,
    },
    /// A section line for a database that limbeck does not know.
    #[error(
        "'{word}' is no dialect (sqlite, postgresql, mysql){}",
        did_you_mean(.nearest)
    )]
    UnknownDialect {
        /// The text after `upgrade` or `downgrade`.
        word: String,
        /// The dialect that it resembles.
        nearest: Option<&'static str>,
    },
    /// Two sections for the same.
    #[error("a second section '--- {section}' (the first is in line {first})")]
    DuplicateSection {
        /// The section line without its dashes.
        section: String,
        /// The line of the first one.
        first: usize,
    },
    /// A section line that is text inside a string or comment for some databases, and a section
    /// line for others.
    #[error(
        "this line is inside a string or comment for {}, but not for {} \
         (name the dialect in the section line {opened_by}, for example '--- {example}')",
        names(.inside), names(.outside)
    )]
    AmbiguousSection {
        /// The dialects for which it is inside.
        inside: Vec<Dialect>,
        /// The dialects for which it is not.
        outside: Vec<Dialect>,
        /// The line of the section that holds it.
        opened_by: usize,
        /// That section line with a dialect, without its dashes.
        example: String,
    },
    /// A string or comment that is never closed and has section lines in it.
    #[error("the string or comment that begins here is never closed, and hides line {hidden}")]
    HiddenSection {
        /// The first section line in it.
        hidden: usize,
    },
}

fn did_you_mean(nearest: &Option<&'static str>) -> String {
    nearest.map_or_else(String::new, |word| format!(", did you mean '{word}'?"))
}

fn names(dialects: &[Dialect]) -> String {
    dialects.iter().map(|dialect| dialect.name()).collect::<Vec<_>>().join(" and ")
}
