//! Revisions as Alembic writes them: one `.py` file. Its header is read for the graph; its body
//! is looked at when the revision is to run, and not before.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use limbeck_alembic::body::Body;
use limbeck_alembic::body::FunctionBody;
use limbeck_alembic::body::parse_body;
use limbeck_alembic::header::Header;
use limbeck_alembic::header::Variable;
use limbeck_alembic::header::decode_source;
use limbeck_alembic::header::read_header_with;
use limbeck_alembic::python::Module;

use super::error::PythonError;
use super::error::ScriptError;
use super::revision_file::Direction;
use super::revision_file::RevisionFile;
use super::revision_file::RevisionFormat;
use super::revision_file::RevisionOptions;
use super::tree::Disk;
use super::tree::Tree;
use crate::graph::NameError;
use crate::graph::Revision;

/// Tells the texts of a variable at the head of a Python revision (its path, its text) that is made
/// of constants of other modules; `None` where it cannot.
pub type TellHeader = dyn Fn(&Path, &str, Variable) -> Option<Vec<String>> + Send + Sync;

/// Somebody who can tell what a file alone does not.
#[derive(Clone)]
pub struct HeaderValues(pub Arc<TellHeader>);

impl fmt::Debug for HeaderValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderValues")
    }
}

impl PartialEq for HeaderValues {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for HeaderValues {}

/// Reads a file of a version location.
pub(super) fn read(
    tree: &dyn Tree,
    path: &Path,
    values: Option<&HeaderValues>,
) -> Result<RevisionFile, ScriptError> {
    let bytes = tree.bytes(path)?;
    let text =
        decode_source(&bytes).map_err(|error| failure(path, PythonError::Encoding(error)))?;
    let mut file = parse(&text, path, values).map_err(|error| failure(path, error))?;
    if !tree.is_on_disk() {
        file.embedded_python = Some(text.into());
    }
    Ok(file)
}

fn failure(path: &Path, source: PythonError) -> ScriptError {
    ScriptError::Python { path: path.to_owned(), source: Box::new(source) }
}

/// Reads the text of a file.
pub(super) fn parse(
    text: &str,
    path: &Path,
    values: Option<&HeaderValues>,
) -> Result<RevisionFile, PythonError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let told = |variable| values.and_then(|values| (values.0)(path, text, variable));
    let header = read_header_with(text, &name, &told).map_err(PythonError::Header)?;
    let Header { revision, down_revisions, branch_labels, depends_on, docstring } = header;
    let name_error = |variable| move |source: NameError| PythonError::Name { variable, source };
    let ids = down_revisions.iter().map(|id| id.parse());
    let labels = branch_labels.iter().map(|label| label.parse());
    Ok(RevisionFile {
        revision: Revision {
            id: revision.parse().map_err(name_error("revision"))?,
            down_revisions: ids.collect::<Result<_, _>>().map_err(name_error("down_revision"))?,
            branch_labels: labels.collect::<Result<_, _>>().map_err(name_error("branch_labels"))?,
            depends_on,
            message: docstring.unwrap_or_default(),
            path: path.to_owned(),
        },
        format: RevisionFormat::Python,
        options: RevisionOptions::default(),
        create_date: None,
        sections: Vec::new(),
        embedded_python: None,
    })
}

impl RevisionFile {
    /// The text of a Python revision.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn python_text(&self) -> Result<String, ScriptError> {
        let path = &self.revision.path;
        match &self.embedded_python {
            Some(text) => Ok(text.to_string()),
            None => {
                let decoded = decode_source(&Disk.bytes(path)?).map(Cow::into_owned);
                decoded.map_err(|error| failure(path, PythonError::Encoding(error)))
            }
        }
    }
}

/// What a Python revision does.
#[derive(Debug, Clone, PartialEq)]
pub struct PythonScript {
    /// The text of the file.
    pub text: String,
    /// Its statements, with places in the text with plain line ends.
    pub tree: Arc<Module>,
    /// Its functions.
    body: Body,
}

impl PythonScript {
    /// Reads what `file` does.
    ///
    /// # Errors
    /// When the file cannot be read, or is no Python.
    pub fn read(file: &RevisionFile) -> Result<Self, ScriptError> {
        let text = file.python_text()?;
        let path = &file.revision.path;
        let parsed = parse_body(&text);
        let (body, tree) = parsed.map_err(|error| failure(path, PythonError::Syntax(error)))?;
        Ok(PythonScript { text, tree: Arc::new(tree), body })
    }

    /// What it does in `direction`.
    pub fn function(&self, direction: Direction) -> &FunctionBody {
        match direction {
            Direction::Upgrade => &self.body.upgrade,
            Direction::Downgrade => &self.body.downgrade,
            // Alembic has no such function.
            Direction::Verify => &FunctionBody::Missing,
        }
    }

    /// Whether there is nothing to run, in either direction and on any database.
    pub fn is_idle(&self) -> bool {
        is_idle(&self.body.upgrade) && is_idle(&self.body.downgrade)
    }
}

fn is_idle(function: &FunctionBody) -> bool {
    match function {
        FunctionBody::Empty => true,
        FunctionBody::Dispatch { functions } => {
            functions.iter().all(|function| function.body == FunctionBody::Empty)
        }
        FunctionBody::Missing | FunctionBody::Code { .. } => false,
    }
}
