//! Why an ini file, or one option of it, cannot be read.

/// Why an ini file, or one option of it, cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct IniError {
    /// What is wrong.
    pub kind: IniErrorKind,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line's text; `None` when it may hold a password.
    pub source_line: Option<String>,
}

/// What is wrong in an ini file. No variant holds a value, which may be a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IniErrorKind {
    /// An option stands before the first `[section]`.
    #[error("the file contains no section header before this line")]
    MissingSectionHeader,
    /// A section begins a second time.
    #[error("section '{section}' already exists (line {first_line})")]
    DuplicateSection {
        /// The section's name.
        section: String,
        /// Where it begins first.
        first_line: usize,
    },
    /// A section has an option twice.
    #[error("option '{option}' in section '{section}' already exists (line {first_line})")]
    DuplicateOption {
        /// The section's name.
        section: String,
        /// The option's name, in lower case.
        option: String,
        /// Where it stands first.
        first_line: usize,
    },
    /// A line is neither `name = value` nor `name: value`, nor indented below an option.
    #[error("the line is neither 'name = value' nor indented as the continuation of a value")]
    NotAnOption {
        /// Further lines of which this is true.
        other_lines: Vec<usize>,
    },
    /// A `%` begins neither `%%` nor `%(`.
    #[error(
        "'%' must be followed by '%' or '(' in the value of '{option}' in section '{section}' \
         (write '%%' for a percent sign)"
    )]
    PercentSyntax {
        /// The section's name.
        section: String,
        /// The name of the option that was asked for.
        option: String,
    },
    /// A `%(` is not the beginning of `%(name)s`.
    #[error(
        "bad interpolation variable reference in the value of '{option}' in section '{section}': \
         expected '%(name)s'"
    )]
    BadReference {
        /// The section's name.
        section: String,
        /// The name of the option that was asked for.
        option: String,
    },
    /// A `%(name)s` names nothing.
    #[error(
        "the value of '{option}' in section '{section}' contains '%({variable})s', which is \
         neither an option of [{section}] or [DEFAULT] nor an environment variable (write '%%' for a \
         percent sign)"
    )]
    UnknownVariable {
        /// The section's name.
        section: String,
        /// The name of the option that was asked for.
        option: String,
        /// The name between the parentheses as written.
        variable: String,
    },
    /// Names refer to each other more than ten times deep, or to too much.
    #[error(
        "recursion limit exceeded in value substitution: option '{option}' in section '{section}'"
    )]
    Depth {
        /// The section's name.
        section: String,
        /// The name of the option that was asked for.
        option: String,
    },
}

/// A name for an error, unless it looks like a piece of a value.
pub(crate) fn shown_name(name: &str) -> &str {
    if name.contains("://") || name.contains('@') { "***" } else { name }
}
