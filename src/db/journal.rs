//! The journal: an append-only log of what was done to a site.

use chrono::DateTime;
use chrono::Utc;
use uuid::Uuid;

pub use crate::plan::Direction;
pub use crate::script::StoredRevision;

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
    /// A person has accepted that the file of an applied revision reads differently now.
    Accept,
    /// A person has said what became of a statement in doubt: see [`Verdict`].
    Resolve,
    /// What a repeatable script has made is gone, with what it was made of.
    Drop,
    /// A person has said that a repeatable script is to count as one that never ran.
    Forget,
}

impl JournalEvent {
    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            JournalEvent::Begin => "begin",
            JournalEvent::Done => "done",
            JournalEvent::Fail => "fail",
            JournalEvent::Accept => "accept",
            JournalEvent::Resolve => "resolve",
            JournalEvent::Drop => "drop",
            JournalEvent::Forget => "forget",
        }
    }
}

/// What a person says of a statement in doubt. It is the first word of the note of a `resolve`
/// row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It took effect.
    Done,
    /// It did not.
    NotDone,
}

impl Verdict {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Verdict::Done => "done",
            Verdict::NotDone => "not-done",
        }
    }

    /// The note of a row with this verdict, with what the person adds.
    pub fn note(self, more: Option<&str>) -> String {
        match more {
            Some(more) => format!("{}: {more}", self.word()),
            None => self.word().to_owned(),
        }
    }

    /// The verdict that a note begins with.
    pub fn of_note(note: &str) -> Option<Self> {
        let word = note.split_once(':').map_or(note, |(word, _)| word);
        [Verdict::Done, Verdict::NotDone].into_iter().find(|verdict| verdict.word() == word)
    }
}

/// What an entry of the journal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A revision goes this way.
    Step(Direction),
    /// A seed is run.
    Seed,
    /// A repeatable script is run.
    Repeatable,
}

impl Act {
    /// The word in the column `direction`.
    pub const fn word(self) -> &'static str {
        match self {
            Act::Step(direction) => direction.journal_word(),
            Act::Seed => "seed",
            Act::Repeatable => "repeatable",
        }
    }
}

impl From<Direction> for Act {
    fn from(direction: Direction) -> Self {
        Act::Step(direction)
    }
}

/// What stands before the name of a seed in the column `revision`: no revision is called so, since
/// no identifier holds a colon.
const SEED: &str = "seed:";

/// How the journal calls the seed `name`.
pub fn seed_subject(name: &str) -> String {
    format!("{SEED}{name}")
}

/// One entry to be written. Times are UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The run that wrote it.
    pub run: Uuid,
    /// The revision, as its id; several are joined by `, ` for a stamp. Of a seed what
    /// [`seed_subject`] gives, of a repeatable script its name.
    pub revision: String,
    /// What was done with it.
    pub act: Act,
    /// What happened.
    pub event: JournalEvent,
    /// SHA-256 of the script's bytes, in hexadecimal; of the statement's text for an entry with
    /// a statement number. `None` for stamps.
    pub raw_digest: Option<String>,
    /// SHA-256 of the same without comments, with white space folded.
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
    /// The file of the script.
    pub file: Option<String>,
    /// The revision itself, where it has been applied as a whole.
    pub stored: Option<StoredRevision>,
    /// What a person adds: the reason of a stamp, the verdict on a statement.
    pub note: Option<String>,
}

/// One entry as read back: what a rerun needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its place in the order of the journal.
    pub id: u64,
    /// The run that wrote it, as stored.
    pub run: String,
    /// Which way: `upgrade`, `downgrade`, `stamp` or `seed`, as stored.
    pub direction: String,
    /// `begin`, `done`, `fail`, `accept` or `resolve`, as stored.
    pub event: String,
    /// The digest of the statement or script, as stored.
    pub raw_digest: Option<String>,
    /// The same of its text without comments, with white space folded; earlier versions of limbeck
    /// kept none of statements.
    pub normalized_digest: Option<String>,
    /// Statement n of m.
    pub statement: Option<(u32, u32)>,
    /// What a person added.
    pub note: Option<String>,
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

/// Which entries are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalFilter {
    /// All, without the texts of revisions.
    All,
    /// The last so many, without the texts of revisions.
    Last(u32),
    /// Those that concern one revision, with its texts.
    Revision(String),
    /// Those that tell what is applied and with which text (whole revisions that are done, texts
    /// that were accepted), without what only later versions of limbeck write: one query, whatever
    /// version has made the journal.
    Finished,
    /// The same entries, and of each only what tells whether a file still reads as it was applied:
    /// revision, direction, event and the digest of its bytes. Everything else of the record is
    /// empty, and its time is the epoch. Among them are those of [`Open`](Self::Open), with the
    /// number of their statement.
    Digests,
    /// Those about single statements of revisions that have not been finished as a whole since.
    Open,
    /// Those about repeatable scripts, without what only later versions of limbeck write.
    Repeatable,
}

impl JournalFilter {
    /// Whether one query reads it from a journal of any version, without a look at its columns
    /// first.
    pub(super) fn is_of_any_version(&self) -> bool {
        matches!(self, JournalFilter::Finished | JournalFilter::Digests | JournalFilter::Repeatable)
    }
}

/// One entry as read back, whole. By default everything is empty, and its time is the epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JournalRecord {
    /// Its place in the order of the journal.
    pub id: u64,
    /// The run that wrote it.
    pub run: String,
    /// What it is about: a revision, or several joined by `, ` for a stamp.
    pub revision: String,
    /// Which way: `upgrade`, `downgrade`, `stamp` or `seed`.
    pub direction: String,
    /// `begin`, `done`, `fail`, `accept` or `resolve`.
    pub event: String,
    /// The digest of the statement or script.
    pub raw_digest: Option<String>,
    /// The digest of the script without comments, with white space folded.
    pub normalized_digest: Option<String>,
    /// Statement n of m.
    pub statement: Option<(u32, u32)>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who ran it.
    pub actor: String,
    /// Where.
    pub host: String,
    /// The version of limbeck.
    pub tool_version: String,
    /// What went wrong.
    pub error: Option<String>,
    /// The file of the script.
    pub file: Option<String>,
    /// What a person added.
    pub note: Option<String>,
    /// The revision itself: only for [`JournalFilter::Revision`], and only where it is kept.
    pub stored: Option<StoredRevision>,
}

impl From<&JournalRecord> for JournalRow {
    fn from(record: &JournalRecord) -> Self {
        JournalRow {
            id: record.id,
            run: record.run.clone(),
            direction: record.direction.clone(),
            event: record.event.clone(),
            raw_digest: record.raw_digest.clone(),
            normalized_digest: record.normalized_digest.clone(),
            statement: record.statement,
            note: record.note.clone(),
        }
    }
}

impl JournalRecord {
    /// Whether the revision as a whole was finished with this entry.
    pub fn is_whole(&self) -> bool {
        self.statement.is_none() && self.event == JournalEvent::Done.word()
    }

    /// Whether the entry is about going this way.
    pub fn goes(&self, direction: Direction) -> bool {
        self.direction == direction.journal_word()
    }

    /// The name of the seed that has been run with this entry.
    pub fn seed(&self) -> Option<&str> {
        let is_seed = self.direction == Act::Seed.word() && self.is_whole();
        self.revision.strip_prefix(SEED).filter(|_| is_seed)
    }

    /// Whether it is about `revision`: the entry of a stamp may name several.
    pub fn concerns(&self, revision: &str) -> bool {
        concerns(&self.revision, revision)
    }
}

/// Whether the column `subject` names `revision`.
pub(super) fn concerns(subject: &str, revision: &str) -> bool {
    subject == revision || subject.split(", ").any(|one| one == revision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_found_again_in_its_note() {
        for verdict in [Verdict::Done, Verdict::NotDone] {
            for more in [None, Some("looked: it is there"), Some("")] {
                assert_eq!(Verdict::of_note(&verdict.note(more)), Some(verdict));
            }
        }
        for note in ["", "done it", "Done", "not-done-yet: x"] {
            assert_eq!(Verdict::of_note(note), None, "{note}");
        }
    }
}
