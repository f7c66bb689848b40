//! What can be wrong with a template, and where.

use std::fmt;

use crate::python::Position;

/// Why a template cannot be read or rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
pub struct TemplateError {
    /// Where it happened.
    pub position: Position,
    /// What happened.
    pub kind: TemplateErrorKind,
}

/// The kinds of [`TemplateError`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateErrorKind {
    /// A `${`, `<%`, `<%tag>` or `% keyword` without its end.
    #[error("'{what}' is not closed")]
    Unclosed {
        /// What was opened, as it is written.
        what: String,
    },
    /// A `</%tag>` or `% endkeyword` that closes nothing, or something else.
    #[error("'{what}' closes nothing that is open here")]
    NothingToClose {
        /// The end, as it is written.
        what: String,
    },
    /// A `%` line that is no control statement.
    #[error("'% {text}' is not a control line ('%%' writes a percent sign)")]
    BadControlLine {
        /// The line behind the `%`.
        text: String,
    },
    /// A tag or a keyword of Mako that limbeck does not follow.
    #[error("{what} is not supported without Python")]
    Unsupported {
        /// The construct.
        what: String,
    },
    /// Not Python.
    #[error("not valid Python: {message}")]
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// A name that nobody gave.
    #[error("'{name}' is not defined")]
    Undefined {
        /// The name.
        name: String,
    },
    /// A name that the template assigns, read before that.
    #[error(
        "'{name}' is used before it is assigned (a name that a template assigns anywhere is its own \
         from the start)"
    )]
    BeforeAssignment {
        /// The name.
        name: String,
    },
    /// A name that comes from a Python module.
    #[error("'{name}' comes from the Python module '{module}', which is not available here")]
    FromModule {
        /// The name in the template.
        name: String,
        /// The module that was imported.
        module: String,
    },
    /// An operation on a value that has no such operation.
    #[error("{message}")]
    Operation {
        /// What was tried with what.
        message: String,
    },
    /// More work, text or nesting than a template may ask for.
    #[error("the template asks for too much: {what}")]
    Limit {
        /// Which limit.
        what: &'static str,
    },
}

/// Something in a template that is read over, which a person may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where it stands.
    pub position: Position,
    /// What it says.
    pub kind: NoteKind,
}

/// The kinds of [`Note`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteKind {
    /// A module is imported; only using what it brings would be an error.
    ImportIgnored {
        /// The module's name.
        module: String,
    },
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteKind::ImportIgnored { module } => write!(f, "the import of '{module}' is ignored"),
        }
    }
}

impl TemplateErrorKind {
    /// An operation that the values do not have.
    pub(super) fn operation(message: impl Into<String>) -> TemplateErrorKind {
        TemplateErrorKind::Operation { message: message.into() }
    }
}
