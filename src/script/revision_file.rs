//! A revision with its scripts, and limbeck's own format of it: one `.sql` file with front matter.
//!
//! ```sql
//! /*---
//! message       = "add ping_results table"
//! revision      = "9f3c1b2a4d5e"
//! down_revision = "4c1d77a09b21"
//! ---*/
//!
//! --- upgrade
//! CREATE TABLE ping_results (...);
//!
//! --- downgrade
//! DROP TABLE ping_results;
//! ```
//!
//! Files are UTF-8, with or without a byte order mark, with either kind of line breaks. What
//! sections are, and when a section line counts, is told in `sections.rs`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use chrono::FixedOffset;
use limbeck_schema::Dialect;

use super::error::ScriptError;
use super::error::SyntaxError;
use super::front_matter;
use super::sections;
use super::source;
use super::source::Fault;
use super::sql::SourcePosition;
use super::tree::Disk;
use super::tree::Tree as _;
use crate::graph::Revision;

/// A revision and all that its file says about running it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionFile {
    /// Its place in the graph.
    pub revision: Revision,
    /// What it was read from.
    pub format: RevisionFormat,
    /// How it is run.
    pub options: RevisionOptions,
    /// When it was made, if the file says so.
    pub create_date: Option<DateTime<FixedOffset>>,
    /// Its scripts, in the order of the file; at most one for each direction and dialect. None
    /// in a Python revision.
    pub sections: Vec<Section>,
    /// The text of a Python revision that is no file on the disk.
    pub embedded_python: Option<Arc<str>>,
}

/// The formats of revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionFormat {
    /// limbeck's own: one `.sql` file with front matter.
    Native,
    /// A directory as Diesel writes it. Diesel may have run it before limbeck came.
    Diesel,
    /// A `.py` file as Alembic writes it. It has no sections: see
    /// [`PythonScript`](super::PythonScript).
    Python,
}

/// How a revision is run: the optional keys of the front matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevisionOptions {
    /// Whether its script runs in a transaction, where the database can; `None` where the file does
    /// not say, and what is in the script decides.
    pub transaction: Option<bool>,
    /// The databases that it runs on, among those that its branch is routed to. Empty for all.
    pub databases: Vec<String>,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Option<Duration>,
    /// For how long it is tried again when a lock is not to be had.
    pub lock_retry: Option<Duration>,
    /// How long a statement may run.
    pub statement_timeout: Option<Duration>,
    /// Why it cannot be reverted, if it cannot.
    pub irreversible: Option<String>,
    /// Whether its script holds variables: `{{ tenant }}` and `{{ schema }}`.
    pub is_template: bool,
}

/// What a section is for: which way its script goes, or to ask what has come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// It applies the revision.
    Upgrade,
    /// It reverts it.
    Downgrade,
    /// It asks whether the revision, once it is applied, has done what it should.
    Verify,
}

impl Direction {
    /// The word in section lines.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
            Direction::Verify => "verify",
        }
    }

    /// The direction that a word names.
    pub(super) fn from_name(name: &str) -> Option<Direction> {
        let all = [Direction::Upgrade, Direction::Downgrade, Direction::Verify];
        all.into_iter().find(|direction| direction.name() == name)
    }
}

/// One script of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is for.
    pub direction: Direction,
    /// The one dialect that it is for; `None` for all that have no section of their own.
    pub dialect: Option<Dialect>,
    /// The file that its text is in.
    pub path: Arc<Path>,
    /// Where in that file the text begins: the line after the section line.
    pub position: SourcePosition,
    /// The SQL, as it stands in the file.
    pub text: String,
}

impl RevisionFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, is not UTF-8, or is no revision file.
    pub fn read(path: &Path) -> Result<Self, ScriptError> {
        let text = Disk.text(path)?;
        Ok(RevisionFile::parse(&text, path)?)
    }

    /// Reads the text of a file. The path goes into the result and into errors; nothing is opened.
    ///
    /// # Errors
    /// [`SyntaxError`] when the text is no revision file.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Box<SyntaxError>> {
        let text = source::without_mark(text);
        parse(text, path).map_err(|fault| {
            Box::new(SyntaxError {
                path: path.to_owned(),
                position: source::position_at(text, fault.offset),
                line: source::line_at(text, fault.offset).to_owned(),
                kind: fault.kind,
            })
        })
    }

    /// The script for a direction on a dialect: that of the dialect, else that without one.
    pub fn section(&self, direction: Direction, dialect: Dialect) -> Option<&Section> {
        let find = |wanted: Option<Dialect>| {
            self.sections.iter().find(|s| s.direction == direction && s.dialect == wanted)
        };
        find(Some(dialect)).or_else(|| find(None))
    }
}

fn parse(text: &str, path: &Path) -> Result<RevisionFile, Fault> {
    let layout = front_matter::locate(text)?;
    let front = front_matter::parse(&text[layout.toml.clone()], layout.toml.start)?;
    let shared: Arc<Path> = path.into();
    let sections = sections::split(text, layout.body, layout.body_line)?;
    let sections = sections.into_iter().map(|section| Section {
        direction: section.direction,
        dialect: section.dialect,
        path: shared.clone(),
        position: SourcePosition { line: section.line + 1, column: 1 },
        text: section.text.to_owned(),
    });
    Ok(RevisionFile {
        revision: Revision {
            id: front.revision,
            down_revisions: front.down_revisions,
            depends_on: front.depends_on,
            branch_labels: front.branch_labels,
            message: front.message,
            path: path.to_owned(),
        },
        format: RevisionFormat::Native,
        options: front.options,
        create_date: front.create_date,
        sections: sections.collect(),
        embedded_python: None,
    })
}

#[cfg(test)]
mod tests;
