//! The journal: an append-only log of what was done to a site.

use chrono::DateTime;
use chrono::Utc;
use uuid::Uuid;

pub use crate::plan::Direction;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum JournalEvent {
    /// A statement outside a transaction is about to run: until a later row says how it ended,
    /// its outcome is in doubt.
    Begin,
    /// The revision (or, with a statement number, that statement) is done.
    Done,
    /// It failed.
    Fail,
}

/// One entry to be written. Times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The run that wrote it.
    pub run: Uuid,
    /// The revision, as its id; several are joined by `, ` for a stamp.
    pub revision: String,
    /// Which way.
    pub direction: Direction,
    /// What happened.
    pub event: JournalEvent,
    /// SHA-256 of the script's bytes, in hexadecimal; of the statement's text for an entry with
    /// a statement number. `None` for stamps.
    pub raw_digest: Option<String>,
    /// SHA-256 of the script without comments, with white space folded.
    pub normalized_digest: Option<String>,
    /// Statement n of m, both from 1, where the revision runs outside a transaction.
    pub statement: Option<(u32, u32)>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` for [`JournalEvent::Begin`].
    pub finished_at: Option<DateTime<Utc>>,
    /// Who ran it (`user`), as the caller says.
    pub actor: String,
    /// Where (`host`), as the caller says.
    pub host: String,
    /// The version of limbeck.
    pub tool_version: String,
    /// The error, for [`JournalEvent::Fail`].
    pub error: Option<String>,
}

/// One entry as read back: what a rerun needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its place in the order of the journal.
    pub id: u64,
    /// The run that wrote it, as stored.
    pub run: String,
    /// Which way: `upgrade`, `downgrade` or `stamp`, as stored.
    pub direction: String,
    /// `begin`, `done` or `fail`, as stored.
    pub event: String,
    /// The digest of the statement or script, as stored.
    pub raw_digest: Option<String>,
    /// Statement n of m.
    pub statement: Option<(u32, u32)>,
}

impl JournalRow {
    /// Whether the revision as a whole was finished with this row.
    pub fn is_whole(&self) -> bool {
        self.statement.is_none() && self.event == "done"
    }

    /// Whether the row is about going this way.
    pub fn goes(&self, direction: Direction) -> bool {
        self.direction == direction.journal_word()
    }
}
