//! A revision as the journal keeps it: made when it is applied, and read when it is to be reverted
//! and its file is gone.
//!
//! Only what applied it is kept, that is the sections for the dialect of the database.

use std::path::Path;
use std::time::Duration;

use limbeck_schema::Dialect;
use serde::Deserialize;
use serde::Serialize;

use super::error::PythonError;
use super::python_revision;
use super::revision_file::Direction;
use super::revision_file::RevisionFile;
use super::revision_file::RevisionFormat;
use super::revision_file::RevisionOptions;
use super::revision_file::Section;
use super::sql::SourcePosition;
use crate::graph::NameError;
use crate::graph::Revision;
use crate::graph::RevisionId;

/// A revision as the journal keeps it: enough to revert it when its file is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRevision {
    /// What its file says of it, as JSON.
    pub header: String,
    /// The text that applied it: the section for the dialect, or a whole Python file.
    pub upgrade: String,
    /// The text that reverts it; none where the file has none, and of a Python file.
    pub downgrade: Option<String>,
}

/// Why a stored revision cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The header is not what limbeck writes.
    #[error("the header is not what limbeck writes: {0}")]
    Header(#[from] serde_json::Error),
    /// It holds a name that is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The text is no Python revision.
    #[error(transparent)]
    Python(#[from] PythonError),
}

/// What the file of a revision says of it. Of a Python revision the text itself says it.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: Format,
    #[serde(default)]
    message: String,
    #[serde(default)]
    down_revision: Vec<String>,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    branch_labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    databases: Vec<String>,
    /// In milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock_timeout: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lock_retry: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement_timeout: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    irreversible_reason: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    template: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    Sql,
    Diesel,
    Python,
}

fn milliseconds(limit: Option<Duration>) -> Option<u64> {
    limit.and_then(|limit| u64::try_from(limit.as_millis()).ok())
}

impl RevisionFile {
    /// What the journal keeps of a revision with sections, for a database of `dialect`; `None`
    /// where nothing applies it there.
    pub fn to_stored(&self, dialect: Dialect) -> Option<StoredRevision> {
        let format = match self.format {
            RevisionFormat::Native => Format::Sql,
            RevisionFormat::Diesel => Format::Diesel,
            RevisionFormat::Python => return None,
        };
        let text = |direction| self.section(direction, dialect).map(|section| section.text.clone());
        Some(StoredRevision {
            header: self.header(format),
            upgrade: text(Direction::Upgrade)?,
            downgrade: text(Direction::Downgrade),
        })
    }

    /// The same of a Python revision, whose file reads `text`.
    pub fn python_to_stored(&self, text: &str) -> StoredRevision {
        let upgrade = text.to_owned();
        StoredRevision { header: self.header(Format::Python), upgrade, downgrade: None }
    }

    fn header(&self, format: Format) -> String {
        let Revision { down_revisions, depends_on, branch_labels, message, .. } = &self.revision;
        let options = &self.options;
        let header = Header {
            format,
            message: message.clone(),
            down_revision: down_revisions.iter().map(ToString::to_string).collect(),
            depends_on: depends_on.clone(),
            branch_labels: branch_labels.iter().map(ToString::to_string).collect(),
            transaction: options.transaction,
            databases: options.databases.clone(),
            lock_timeout: milliseconds(options.lock_timeout),
            lock_retry: milliseconds(options.lock_retry),
            statement_timeout: milliseconds(options.statement_timeout),
            irreversible_reason: options.irreversible.clone(),
            template: options.is_template,
        };
        // Strings, numbers and lists of them have no value that JSON could not hold.
        serde_json::to_string(&header).unwrap_or_default()
    }

    /// The revision `id` as it was stored. `path` names it in messages.
    ///
    /// # Errors
    /// [`StoredError`] when somebody else has written what is stored.
    pub fn from_stored(
        id: &RevisionId,
        stored: &StoredRevision,
        path: &Path,
    ) -> Result<Self, StoredError> {
        let header: Header = serde_json::from_str(&stored.header)?;
        let format = match header.format {
            Format::Sql => RevisionFormat::Native,
            Format::Diesel => RevisionFormat::Diesel,
            Format::Python => {
                let mut file = python_revision::parse(&stored.upgrade, path, None)?;
                file.embedded_python = Some(stored.upgrade.as_str().into());
                return Ok(file);
            }
        };
        let ids = header.down_revision.iter().map(|id| id.parse());
        let labels = header.branch_labels.iter().map(|label| label.parse());
        let section = |direction, text: &str| Section {
            direction,
            dialect: None,
            path: path.into(),
            position: SourcePosition { line: 1, column: 1 },
            text: text.to_owned(),
        };
        let mut sections = vec![section(Direction::Upgrade, &stored.upgrade)];
        sections.extend(stored.downgrade.iter().map(|text| section(Direction::Downgrade, text)));
        Ok(RevisionFile {
            revision: Revision {
                id: id.clone(),
                down_revisions: ids.collect::<Result<_, _>>()?,
                depends_on: header.depends_on,
                branch_labels: labels.collect::<Result<_, _>>()?,
                message: header.message,
                path: path.to_owned(),
            },
            format,
            options: RevisionOptions {
                transaction: header.transaction,
                databases: header.databases,
                lock_timeout: header.lock_timeout.map(Duration::from_millis),
                lock_retry: header.lock_retry.map(Duration::from_millis),
                statement_timeout: header.statement_timeout.map(Duration::from_millis),
                irreversible: header.irreversible_reason,
                is_template: header.template,
            },
            create_date: None,
            sections,
            embedded_python: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> RevisionFile {
        let text = "/*---\nmessage = \"it's \\\\ \\\"one\\\"\\n\\nmore\"\nrevision = \"a1\"\n\
                    down_revision = [\"x\", \"y\"]\nbranch_labels = [\"l\"]\ndepends_on = [\"z@\"]\n\
                    transaction = false\nlock_timeout = \"5s\"\n---*/\n\
                    --- upgrade\nSELECT 1;\n--- upgrade sqlite\nSELECT 2;\n--- downgrade\nSELECT 3;\n";
        let text = text.replace("z@", "z");
        RevisionFile::parse(&text, Path::new("a1.sql")).unwrap()
    }

    #[test]
    fn what_is_stored_is_the_revision_of_one_dialect() {
        let file = file();
        for (dialect, upgrade) in
            [(Dialect::Sqlite, "SELECT 2;\n"), (Dialect::Postgresql, "SELECT 1;\n")]
        {
            let stored = file.to_stored(dialect).unwrap();
            assert_eq!(stored.upgrade, upgrade);
            assert_eq!(stored.downgrade.as_deref(), Some("SELECT 3;\n"));
            let read = RevisionFile::from_stored(&file.revision.id, &stored, &file.revision.path);
            let read = read.unwrap();
            assert_eq!(read.revision, file.revision);
            assert_eq!(read.options, file.options);
            let section = read.section(Direction::Upgrade, dialect).unwrap();
            assert_eq!(section.text, upgrade);
        }
    }

    #[test]
    fn a_python_revision_is_stored_whole() {
        let text = "\"\"\"one\"\"\"\nrevision = 'a1'\ndown_revision = None\ndef upgrade(): pass\n";
        let file = python_revision::parse(text, Path::new("a1.py"), None).unwrap();
        let stored = file.python_to_stored(text);
        let read = RevisionFile::from_stored(&file.revision.id, &stored, Path::new("a1.py"));
        let read = read.unwrap();
        assert_eq!(read.revision, file.revision);
        assert_eq!(read.embedded_python.as_deref(), Some(text));
    }

    #[test]
    fn what_limbeck_has_not_written_is_refused() {
        let id = "a1".parse().unwrap();
        for header in
            ["", "{}", r#"{"format": "perl"}"#, r#"{"format":"sql","down_revision":[""]}"#]
        {
            let stored = StoredRevision {
                header: header.to_owned(),
                upgrade: String::new(),
                downgrade: None,
            };
            assert!(RevisionFile::from_stored(&id, &stored, Path::new("a1")).is_err(), "{header}");
        }
        let later = r#"{"format":"sql","something":"of a later version"}"#.to_owned();
        let stored = StoredRevision { header: later, upgrade: String::new(), downgrade: None };
        assert!(RevisionFile::from_stored(&id, &stored, Path::new("a1")).is_ok());
    }
}
