//! The variables at the head of a revision file, and its docstring, read without running it.
//!
//! Alembic loads a revision file as a Python module and looks at `revision`, `down_revision`,
//! `branch_labels`, `depends_on` and `__doc__` (`alembic/script/base.py`, `Script`). This module
//! gives the same values for every file whose values follow from the file alone, and an error with
//! a place for every other one: nothing is guessed. Two things are taken for granted: that the file
//! can be loaded (its imports succeed), and that what it imports leaves the file's variables alone.
//!
//! Most files are read only up to their first function (see `prefix`), and most of those without a
//! parser (see `plain`).

mod effects;
mod encoding;
mod error;
mod evaluate;
mod operators;
mod plain;
mod prefix;
mod scope;
mod value;

#[cfg(test)]
mod tests;

pub(crate) use effects::Effects;
pub(crate) use effects::bound_names;
pub(crate) use encoding::with_unix_lines;

pub use encoding::EncodingError;
pub use encoding::decode_source;
pub use encoding::is_same_in;
pub use error::HeaderError;
pub use error::HeaderErrorKind;
pub use error::Reason;
pub use error::Variable;

use std::borrow::Cow;

use crate::python;
use crate::python::Module;
use crate::python::Span;
use crate::python::position;

use scope::Scope;
use value::Value;

/// What Alembic knows of a revision before it runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The id: the variable `revision`, or the file name of a file without it.
    pub revision: String,
    /// `down_revision`, in the order written; none for a base.
    pub down_revisions: Vec<String>,
    /// `branch_labels`, in the order written.
    pub branch_labels: Vec<String>,
    /// `depends_on`, in the order written: ids or branch labels.
    pub depends_on: Vec<String>,
    /// The docstring (`__doc__`), evaluated, with all its blanks.
    pub docstring: Option<String>,
}

impl Header {
    /// The docstring without the blanks around it: Alembic's `longdoc`, empty without a docstring.
    #[must_use]
    pub fn long_doc(&self) -> &str {
        // U+001C to U+001F are blanks for Python and not for Unicode.
        let blank = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
        self.docstring.as_deref().unwrap_or_default().trim_matches(blank)
    }

    /// The first paragraph of the docstring, which may span lines: Alembic's `doc`.
    #[must_use]
    pub fn doc(&self) -> &str {
        let long_doc = self.long_doc();
        long_doc.split_once("\n\n").map_or(long_doc, |(first, _)| first)
    }
}

/// Reads the header of the revision file `text`. The file name (without its directory) is the id
/// of a revision that declares none.
///
/// The text is what [`decode_source`] gives. Behind the first function a file is only looked at as
/// far as it can change the header; a syntax error there is found by
/// whoever reads the functions.
///
/// # Errors
/// [`HeaderError`] when the text is not Python, when a value does not follow from the file alone,
/// and when Alembic would refuse the values.
pub fn read_header(text: &str, file_name: &str) -> Result<Header, HeaderError> {
    read_header_with(text, file_name, &|_| None)
}

/// [`read_header`] with somebody who can tell the texts of a variable whose value does not follow
/// from the file alone, such as a constant of another module.
///
/// # Errors
/// As of [`read_header`], where nobody can tell.
pub fn read_header_with(
    text: &str,
    file_name: &str,
    told: &dyn Fn(Variable) -> Option<Vec<String>>,
) -> Result<Header, HeaderError> {
    let text = &*with_unix_lines(text);
    let Some(prefix) = prefix::deciding_prefix(text) else {
        return read_whole(text, file_name, told);
    };
    if let Some(header) = plain::read(prefix) {
        return Ok(header);
    }
    match python::parse(prefix) {
        Ok(module) => read_module(text, prefix, &module, file_name, told),
        Err(_) => read_whole(text, file_name, told),
    }
}

/// [`read_header`] without its short cut.
fn read_whole(
    text: &str,
    file_name: &str,
    told: &dyn Fn(Variable) -> Option<Vec<String>>,
) -> Result<Header, HeaderError> {
    let module = python::parse(text).map_err(|error| HeaderError {
        kind: HeaderErrorKind::Syntax { message: error.message },
        position: error.position,
        expression: String::new(),
    })?;
    read_module(text, text, &module, file_name, told)
}

/// Evaluates `module`, which was parsed from `code`, the beginning of `text`.
fn read_module(
    text: &str,
    code: &str,
    module: &Module,
    file_name: &str,
    told: &dyn Fn(Variable) -> Option<Vec<String>>,
) -> Result<Header, HeaderError> {
    let mut scope = Scope::new(code, module);
    scope.run(&module.body);
    let reader = Reader { text, scope, told };
    if let Some(span) = reader.scope.raised() {
        return Err(reader.error(HeaderErrorKind::Raises, span));
    }
    Ok(Header {
        revision: reader.revision(file_name)?,
        down_revisions: match reader.texts(Variable::DownRevision)? {
            Some(texts) => texts,
            None => return Err(reader.missing(Variable::DownRevision)),
        },
        branch_labels: reader.texts(Variable::BranchLabels)?.unwrap_or_default(),
        depends_on: reader.texts(Variable::DependsOn)?.unwrap_or_default(),
        docstring: reader.docstring()?,
    })
}

/// Takes the variables out of a scope.
struct Reader<'t> {
    text: &'t str,
    scope: Scope<'t>,
    /// Tells what the file does not.
    told: &'t dyn Fn(Variable) -> Option<Vec<String>>,
}

impl<'t> Reader<'t> {
    fn error(&self, kind: HeaderErrorKind, span: Span) -> HeaderError {
        HeaderError {
            kind,
            position: position(self.text, span.offset()),
            expression: span.text(self.text).to_owned(),
        }
    }

    fn unknown(&self, variable: Variable, unknown: value::Unknown) -> HeaderError {
        self.error(HeaderErrorKind::NotStatic { variable, reason: unknown.reason }, unknown.span)
    }

    /// For a variable that is not there: it may come from a star import.
    fn missing(&self, variable: Variable) -> HeaderError {
        match self.scope.star_import() {
            Some(span) => {
                let reason = Reason::StarImport;
                self.error(HeaderErrorKind::NotStatic { variable, reason }, span)
            }
            None => self.error(HeaderErrorKind::MissingDownRevision, Span { start: 0, end: 0 }),
        }
    }

    fn revision(&self, file_name: &str) -> Result<String, HeaderError> {
        let variable = Variable::Revision;
        let Some((value, span)) = self.scope.lookup(variable.name()) else {
            let stem = file_name.strip_suffix(".py").filter(|stem| {
                !stem.is_empty() && stem.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            });
            return match (self.scope.star_import(), stem) {
                (Some(_), _) => Err(self.missing(variable)),
                (None, Some(stem)) => Ok(stem.to_owned()),
                (None, None) => {
                    let file_name = file_name.to_owned();
                    let kind = HeaderErrorKind::MissingRevision { file_name };
                    Err(self.error(kind, Span { start: 0, end: 0 }))
                }
            };
        };
        match value {
            Value::Str(id) => Ok(id.into_owned()),
            Value::Unknown(unknown) => match (self.told)(variable).as_deref() {
                Some([id]) => Ok(id.clone()),
                _ => Err(self.unknown(variable, unknown)),
            },
            other => {
                let found = other.type_name();
                Err(self.error(HeaderErrorKind::NotAText { variable, found }, span))
            }
        }
    }

    /// As Alembic's `to_tuple`: nothing, one text, or the items of a collection.
    fn texts(&self, variable: Variable) -> Result<Option<Vec<String>>, HeaderError> {
        let Some((value, span)) = self.scope.lookup(variable.name()) else { return Ok(None) };
        let items = match value {
            Value::None => return Ok(Some(Vec::new())),
            Value::Tuple(items) | Value::List(items) | Value::Set(items) => items,
            single => vec![single],
        };
        if items.iter().any(|item| matches!(item, Value::Unknown(_)))
            && let Some(texts) = (self.told)(variable)
        {
            return Ok(Some(texts));
        }
        let text = |item: Value<'t>| match item {
            Value::Str(text) => Ok(Cow::into_owned(text)),
            Value::Unknown(unknown) => Err(self.unknown(variable, unknown)),
            other => {
                let found = other.type_name();
                Err(self.error(HeaderErrorKind::NotAText { variable, found }, span))
            }
        };
        items.into_iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    fn docstring(&self) -> Result<Option<String>, HeaderError> {
        let variable = Variable::Doc;
        match self.scope.lookup(variable.name()) {
            None | Some((Value::None, _)) => Ok(None),
            Some((Value::Str(text), _)) => Ok(Some(text.into_owned())),
            Some((Value::Unknown(unknown), _)) => Err(self.unknown(variable, unknown)),
            Some((other, span)) => {
                let found = other.type_name();
                Err(self.error(HeaderErrorKind::NotAText { variable, found }, span))
            }
        }
    }
}
