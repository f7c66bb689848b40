//! Why a header cannot be read.

use std::fmt;

use crate::python::Position;

/// A variable that Alembic takes from a revision file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// `revision`.
    Revision,
    /// `down_revision`.
    DownRevision,
    /// `branch_labels`.
    BranchLabels,
    /// `depends_on`.
    DependsOn,
    /// `__doc__`: the docstring, unless it is assigned.
    Doc,
}

impl Variable {
    pub(super) const ALL: [Self; 5] =
        [Self::Revision, Self::DownRevision, Self::BranchLabels, Self::DependsOn, Self::Doc];

    /// The name in Python.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revision => "revision",
            Self::DownRevision => "down_revision",
            Self::BranchLabels => "branch_labels",
            Self::DependsOn => "depends_on",
            Self::Doc => "__doc__",
        }
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why the value of an expression does not follow from the file alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A name that an `import` binds.
    #[error("comes from an import")]
    Import,
    /// `from … import *` may bind the name.
    #[error("may bind it")]
    StarImport,
    /// A name that nothing in the file binds, at least not before.
    #[error("is not defined in the file before it is used")]
    NotDefined,
    /// Anything that is not computed from constants.
    #[error("is not computed from constants alone")]
    NotConstant,
    /// A condition whose outcome is not known decides.
    #[error("is a condition that is only known at run time")]
    Condition,
    /// A name bound in a loop.
    #[error("is a loop")]
    Loop,
    /// A name bound in a `with` block.
    #[error("is a with block, which may end early")]
    With,
    /// A name bound in a `try` whose block can fail.
    #[error("is a try block that can fail")]
    Try,
    /// A name bound in a `match`.
    #[error("is a match whose outcome is only known at run time")]
    Match,
    /// A name bound by `def` or `class`.
    #[error("is a definition, not a value")]
    Definition,
    /// Code that runs at load and binds variables in a roundabout way (`global` in a function that
    /// is used, `globals()`, `exec`, `:=`).
    #[error("may change it while the file is loaded")]
    Effect,
    /// A list that was handed to code that may have changed it.
    #[error("may have changed the list")]
    Mutation,
}

/// What is wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderErrorKind {
    /// The file is not Python.
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// The value does not follow from the file alone.
    NotStatic {
        /// Which variable.
        variable: Variable,
        /// What stands in the way.
        reason: Reason,
    },
    /// The value is of a type that Alembic cannot use.
    NotAText {
        /// Which variable.
        variable: Variable,
        /// The type of the value, as Python names it.
        found: &'static str,
    },
    /// There is no `revision`, and the file name is none either.
    MissingRevision {
        /// The file name.
        file_name: String,
    },
    /// There is no `down_revision`.
    MissingDownRevision,
    /// The file always raises an exception when it is loaded.
    Raises,
}

/// Why the header of a revision file cannot be read, and where.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderError {
    /// What is wrong.
    pub kind: HeaderErrorKind,
    /// Where: the expression that stands in the way, not always that of the variable.
    pub position: Position,
    /// The text of that expression or statement; empty where there is none.
    pub expression: String,
}

impl std::error::Error for HeaderError {}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = Excerpt(&self.expression);
        match &self.kind {
            HeaderErrorKind::MissingRevision { file_name } => {
                return write!(
                    f,
                    "Could not determine revision id from filename {file_name}. Be sure the \
                     'revision' variable is declared inside the script (please see 'Upgrading \
                     from Alembic 0.1 to 0.2' in the documentation)."
                );
            }
            HeaderErrorKind::MissingDownRevision => {
                return f.write_str("the file does not declare 'down_revision'");
            }
            HeaderErrorKind::Syntax { message } => write!(f, "{message}")?,
            HeaderErrorKind::NotStatic { variable, reason } => {
                write!(f, "{variable} cannot be read without running the file: {code} {reason}")?;
            }
            HeaderErrorKind::NotAText { variable: Variable::Revision, found } => {
                write!(f, "revision must be a text, and {code} is of type {found}")?;
            }
            HeaderErrorKind::NotAText { variable, found } => {
                let one_of = "a text, a collection of texts or None";
                write!(
                    f,
                    "{variable} must be {one_of}, and {code} is or holds a value of type {found}"
                )?;
            }
            HeaderErrorKind::Raises => {
                write!(f, "the file raises an exception when it is loaded: {code}")?;
            }
        }
        write!(f, " ({})", self.position)
    }
}

impl fmt::Debug for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeaderError")
            .field("kind", &self.kind)
            .field("position", &self.position)
            .field("expression", &format_args!("{}", Excerpt(&self.expression)))
            .finish()
    }
}

/// A piece of code, cut to one line. Code with a URL in it is not shown: there may be a password.
struct Excerpt<'a>(&'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 60;
        let line = self.0.lines().next().unwrap_or_default();
        if self.0.contains("://") {
            return f.write_str("`…`");
        }
        let shown = line.char_indices().nth(LONGEST).map_or(line, |(end, _)| &line[..end]);
        let more = if shown.len() < self.0.len() { "…" } else { "" };
        write!(f, "`{shown}{more}`")
    }
}
