//! What a person says, for the journal: that a changed text is right, and what became of a
//! statement in doubt.

use std::collections::BTreeMap;
use std::path::Path;

use uuid::Uuid;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::JournalFilter;
use crate::db::JournalRow;
use crate::db::Verdict;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::sql::Statement;

use super::entry::Text;
use super::error::RunErrorKind;
use super::handoff;
use super::lock;
use super::observer::Observer;
use super::options::RunOptions;
use super::prepare;
use super::prepare::PreparedScript;
use super::prepare::ScriptSource;
use super::prepare::digest;
use super::prepare::normalized_digest;
use super::python;
use super::resume;
use super::resume::Progress;

/// Journals that the revisions of `scripts` are applied with these texts. The options' note goes
/// with it.
///
/// # Errors
/// When the lock is not to be had, and whatever the database says.
pub fn accept(
    database: &mut dyn Database,
    scripts: &[PreparedScript],
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<(), RunErrorKind> {
    let run = Uuid::new_v4();
    lock::with_lock(database, options, observer, |database, _| {
        database.ensure_journal()?;
        for script in scripts {
            let id = script.revision.to_string();
            let entry = options.entry(run, id, Direction::Upgrade, JournalEvent::Accept);
            database.record(&options.with_script(entry, script, Text::Whole))?;
        }
        Ok(())
    })
}

/// Journals, on a new connection, that a run ended because it lost its own: what became of the
/// statement it was at, nobody has seen. Makes no journal.
///
/// # Errors
/// Whatever the database says.
pub fn record_lost_connection(
    database: &mut dyn Database,
    (revision, path): (&RevisionId, &Path),
    error: &DatabaseError,
    direction: Direction,
    options: &RunOptions,
) -> Result<(), DatabaseError> {
    if database.journal_log(&JournalFilter::Last(1))?.is_none() {
        return Ok(());
    }
    database.ensure_journal()?;
    let id = revision.to_string();
    let entry = options.entry(Uuid::new_v4(), id, direction, JournalEvent::Fail);
    let file = Some(options.file_name(path));
    database.record(&JournalEntry { error: Some(error.to_string()), file, ..entry })
}

/// A statement outside a transaction that was begun by a run that did not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The script it belongs to.
    pub script: PreparedScript,
    /// Which way it went.
    pub direction: Direction,
    /// The statement.
    pub statement: Statement,
    /// Which one, from 1.
    pub number: u32,
    /// Of how many.
    pub count: u32,
}

/// The statements of a revision that are in doubt.
///
/// # Errors
/// When the script cannot be read or is not what was begun, and whatever the database says.
pub fn doubts(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    scripts: &dyn ScriptSource,
    revision: &RevisionId,
    options: &RunOptions,
) -> Result<Vec<Doubt>, RunErrorKind> {
    let rows = resume::story(database, graph, revision)?;
    let Some(direction) = resume::unfinished(&rows) else { return Ok(Vec::new()) };
    let dialect = database.dialect();
    let mut script = prepare::script_of(revision, direction, scripts, dialect, options)?;
    handoff::decide([&mut script], dialect, options)?;
    if script.python().is_some() {
        return Ok(python_doubts(&script, &rows, direction));
    }
    let progress = resume::progress_of(&script, &rows, direction, dialect)?;
    let count = script.statements().len() as u32;
    let in_doubt = (1..).zip(script.statements().iter().zip(&progress));
    Ok(in_doubt
        .filter(|(_, (_, progress))| **progress == Progress::InDoubt)
        .map(|(number, (statement, _))| Doubt {
            script: script.clone(),
            direction,
            statement: statement.clone(),
            number,
            count,
        })
        .collect())
}

/// The same of a Python revision: its statements are those of the journal.
fn python_doubts(script: &PreparedScript, rows: &[JournalRow], direction: Direction) -> Vec<Doubt> {
    let in_doubt = resume::in_doubt(rows, direction).into_iter();
    let doubts = in_doubt.filter_map(|row| {
        let (number, count) = row.statement?;
        let script = script.clone();
        Some(Doubt {
            statement: python::told_statement(&script, row),
            script,
            direction,
            number,
            count,
        })
    });
    doubts.collect()
}

/// Journals what a person says of a statement in doubt; the next run goes by it. Says whether the
/// statement was still in doubt: another run may have settled it meanwhile.
///
/// # Errors
/// Those of [`doubts`], and when the lock is not to be had.
pub fn resolve(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    scripts: &dyn ScriptSource,
    doubt: &Doubt,
    verdict: Verdict,
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<bool, RunErrorKind> {
    lock::with_lock(database, options, observer, |database, _| {
        let id = &doubt.script.revision;
        if !doubts(database, graph, scripts, id, options)?.contains(doubt) {
            return Ok(false);
        }
        database.ensure_journal()?;
        let entry =
            options.entry(Uuid::new_v4(), id.to_string(), doubt.direction, JournalEvent::Resolve);
        let entry = options.with_script(entry, &doubt.script, Text::Digests);
        let text = &doubt.statement.text;
        let entry = match doubt.script.python() {
            // The values that go with the text are not known here; the row before has the digest.
            Some(_) => JournalEntry { raw_digest: None, normalized_digest: None, ..entry },
            None => JournalEntry {
                raw_digest: Some(digest(text)),
                normalized_digest: Some(normalized_digest(text, database.dialect())),
                ..entry
            },
        };
        record(database, entry, (doubt.number, doubt.count), verdict, options)?;
        Ok(true)
    })
}

/// Adds a `resolve` entry about one statement.
fn record(
    database: &mut dyn Database,
    entry: JournalEntry,
    statement: (u32, u32),
    verdict: Verdict,
    options: &RunOptions,
) -> Result<(), DatabaseError> {
    let note = Some(verdict.note(options.note.as_deref()));
    database.record(&JournalEntry { statement: Some(statement), note, ..entry })
}

/// A statement in doubt of a revision that no file declares: its text is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnseenDoubt {
    /// The revision.
    pub revision: RevisionId,
    /// Which way it went.
    pub direction: Direction,
    /// Which statement, from 1.
    pub number: u32,
    /// Of how many.
    pub count: u32,
    raw_digest: Option<String>,
    normalized_digest: Option<String>,
}

/// The statements of `revision` that are in doubt, as the journal alone tells it.
///
/// # Errors
/// Whatever the database says.
pub fn unseen_doubts(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    revision: &RevisionId,
) -> Result<Vec<UnseenDoubt>, DatabaseError> {
    let rows = resume::story(database, graph, revision)?;
    let Some(direction) = resume::unfinished(&rows) else { return Ok(Vec::new()) };
    let in_doubt = resume::in_doubt(&rows, direction).into_iter().filter_map(|row| {
        let (number, count) = row.statement?;
        Some(UnseenDoubt {
            revision: revision.clone(),
            direction,
            number,
            count,
            raw_digest: row.raw_digest.clone(),
            normalized_digest: row.normalized_digest.clone(),
        })
    });
    Ok(in_doubt.collect())
}

/// The same as [`resolve`], for a revision that no file declares: when it comes back, a run goes by
/// it.
///
/// # Errors
/// When the lock is not to be had, and whatever the database says.
pub fn resolve_unseen(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    doubt: &UnseenDoubt,
    verdict: Verdict,
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<bool, RunErrorKind> {
    lock::with_lock(database, options, observer, |database, _| {
        let id = &doubt.revision;
        if !unseen_doubts(database, graph, id)?.contains(doubt) {
            return Ok(false);
        }
        database.ensure_journal()?;
        let entry =
            options.entry(Uuid::new_v4(), id.to_string(), doubt.direction, JournalEvent::Resolve);
        let entry = JournalEntry {
            raw_digest: doubt.raw_digest.clone(),
            normalized_digest: doubt.normalized_digest.clone(),
            ..entry
        };
        record(database, entry, (doubt.number, doubt.count), verdict, options)?;
        Ok(true)
    })
}

/// A revision that stopped half-way, outside a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfWay {
    /// The revision.
    pub revision: RevisionId,
    /// Which way it went.
    pub direction: Direction,
    /// The statements that took effect, or may have, by their numbers from 1; each with how many
    /// the script had.
    pub statements: BTreeMap<u32, u32>,
}

/// What of `revision` is done, or may be, while the whole is not; `None` where nothing is. No file
/// is needed.
///
/// # Errors
/// Whatever the database says.
pub fn half_way(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    revision: &RevisionId,
) -> Result<Option<HalfWay>, DatabaseError> {
    let rows = resume::story(database, graph, revision)?;
    let Some(direction) = resume::unfinished(&rows) else { return Ok(None) };
    let statements = resume::begun(&rows, direction);
    let is_any = !statements.is_empty();
    Ok(is_any.then(|| HalfWay { revision: revision.clone(), direction, statements }))
}

/// Journals that the statements of `half_way` do not count as done any more: the next run runs them.
/// Says whether they still counted as done, or as in doubt, until then.
///
/// # Errors
/// When the lock is not to be had, and whatever the database says.
pub fn start_over(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    half_way: &HalfWay,
    options: &RunOptions,
    observer: &mut dyn Observer,
) -> Result<bool, RunErrorKind> {
    lock::with_lock(database, options, observer, |database, _| {
        let HalfWay { revision, direction, statements } = half_way;
        let now = self::half_way(database, graph, revision)?;
        let is_so = now.is_some_and(|now| {
            now.direction == *direction
                && statements.keys().all(|number| now.statements.contains_key(number))
        });
        if !is_so {
            return Ok(false);
        }
        database.ensure_journal()?;
        let run = Uuid::new_v4();
        // All of them or none.
        database.begin()?;
        for (number, count) in statements {
            let entry = options.entry(run, revision.to_string(), *direction, JournalEvent::Resolve);
            record(database, entry, (*number, *count), Verdict::NotDone, options)?;
        }
        database.commit()?;
        Ok(true)
    })
}
