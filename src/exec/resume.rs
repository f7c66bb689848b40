//! What an earlier run left of a revision that runs outside a transaction.
//!
//! Each statement of such a revision is journaled before it runs (`begin`) and after (`done` or
//! `fail`). A later run reads these entries: what is done is not repeated, what failed is run
//! again, and what was begun without an end, because the process or the machine died, is in
//! doubt.

use std::collections::BTreeMap;

use limbeck_schema::Dialect;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::db::JournalRow;
use crate::db::TableIndex;
use crate::db::Verdict;
use crate::graph::Edges;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::sql::Statement;

use super::error::RunErrorKind;
use super::prepare::PreparedScript;
use super::prepare::digest;
use super::prepare::normalized_digest;

/// What the journal says of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing: it has not been begun.
    Untouched,
    /// It took effect.
    Done,
    /// It failed; whatever it left behind is not what it was to make.
    Failed,
    /// It was begun, and nobody saw how it ended.
    InDoubt,
}

/// What the journal says of `revision` that counts now: its rows, oldest first, and the stamps to
/// revisions that follow it, which end what was begun. Where something that it follows has been
/// reverted meanwhile, nothing of it is done any more, and its statements are left out.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn story(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    revision: &RevisionId,
) -> Result<Vec<JournalRow>, DatabaseError> {
    let mut rows = database.journal(revision.as_str())?;
    if unfinished(&rows).is_none() {
        return Ok(rows);
    }
    let last = rows.iter().filter(|row| row.statement.is_some()).map(|row| row.id).max();
    let (Some(last), Some(node)) = (last, graph.find(revision)) else {
        return Ok(rows);
    };
    for parent in graph.parents(node, Edges::All) {
        if is_reverted_since(&database.journal(graph.id(parent).as_str())?, last) {
            rows.retain(|row| row.statement.is_none());
            return Ok(rows);
        }
    }
    let log = database.journal_log(&JournalFilter::Finished)?.unwrap_or_default();
    // Those that name the revision itself are among the rows.
    let above = |record: &&JournalRecord| {
        is_finished_stamp(record)
            && !record.concerns(revision.as_str())
            && stamped(record, graph).contains(node)
    };
    rows.extend(log.iter().filter(above).map(JournalRow::from));
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// Whether `record` is that of a stamp.
pub(super) fn is_finished_stamp(record: &JournalRecord) -> bool {
    record.goes(Direction::Stamp) && record.is_whole()
}

/// The revisions that a stamp names, and all that they follow.
pub(super) fn stamped(record: &JournalRecord, graph: &RevisionGraph) -> NodeSet {
    let named = record.revision.split(", ").filter_map(|id| id.parse::<RevisionId>().ok());
    graph.ancestors(named.filter_map(|id| graph.find(&id)), Edges::All)
}

/// The progress of each statement of `script`, from the [`story`] of its revision.
///
/// # Errors
/// [`RunErrorKind::EditedWhileUnfinished`] when a statement that has been begun reads differently
/// now.
pub(super) fn progress_of(
    script: &PreparedScript,
    rows: &[JournalRow],
    direction: Direction,
    dialect: Dialect,
) -> Result<Vec<Progress>, RunErrorKind> {
    progress(rows, direction, script.statements(), dialect).map_err(|Mismatch { done }| {
        RunErrorKind::EditedWhileUnfinished {
            revision: script.revision.clone(),
            path: script.path.clone(),
            done,
        }
    })
}

/// The script on file is not the one that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mismatch {
    /// How many of its statements are done.
    done: u32,
}

fn progress(
    rows: &[JournalRow],
    direction: Direction,
    statements: &[Statement],
    dialect: Dialect,
) -> Result<Vec<Progress>, Mismatch> {
    let told = told(rows, direction);
    let mut progress = vec![Progress::Untouched; statements.len()];
    let mut is_edited = false;
    for (number, row) in told {
        let found = told_by(row);
        // A statement that failed may be mended; one that took effect, or may have, must not differ.
        let must_stand = matches!(found, Progress::Done | Progress::InDoubt);
        let index = number.saturating_sub(1) as usize;
        match (progress.get_mut(index), statements.get(index)) {
            (Some(slot), Some(statement)) => {
                *slot = found;
                is_edited |= must_stand && !is_same(row, statement, dialect);
            }
            _ => is_edited |= must_stand,
        }
    }
    let done = progress.iter().filter(|p| **p == Progress::Done).count() as u32;
    if is_edited { Err(Mismatch { done }) } else { Ok(progress) }
}

/// The last row about each statement, by its number, since the revision was finished last, one way
/// or the other.
pub(super) fn told(rows: &[JournalRow], direction: Direction) -> BTreeMap<u32, &JournalRow> {
    let mut told = BTreeMap::new();
    for row in rows {
        match row.statement {
            _ if row.is_whole() => told.clear(),
            Some((number, _)) if row.goes(direction) => {
                told.insert(number, row);
            }
            _ => {}
        }
    }
    told
}

/// Whether `statement` is the one of `row`, but for comments and white space.
fn is_same(row: &JournalRow, statement: &Statement, dialect: Dialect) -> bool {
    let is_raw = |stored: &str| stored == digest(&statement.text);
    let is_normal = |stored: &str| stored == normalized_digest(&statement.text, dialect);
    match (row.raw_digest.as_deref(), row.normalized_digest.as_deref()) {
        (Some(raw), Some(normalized)) => is_raw(raw) || is_normal(normalized),
        (Some(raw), None) => is_raw(raw),
        (None, Some(normalized)) => is_normal(normalized),
        (None, None) => true,
    }
}

/// The statements of a revision going this way, by their numbers, that took effect or may have,
/// while the revision as a whole was not finished; each with how many there are.
pub(super) fn begun(rows: &[JournalRow], direction: Direction) -> BTreeMap<u32, u32> {
    let told = told(rows, direction).into_values();
    told.filter(|row| matches!(told_by(row), Progress::Done | Progress::InDoubt))
        .filter_map(|row| row.statement)
        .collect()
}

/// The last rows about the statements of a revision, going this way, that are in doubt.
pub(super) fn in_doubt(rows: &[JournalRow], direction: Direction) -> Vec<&JournalRow> {
    let told = told(rows, direction).into_values();
    told.filter(|row| told_by(row) == Progress::InDoubt).collect()
}

/// What a row about a statement tells of it. A person's verdict counts as what it says.
pub(super) fn told_by(row: &JournalRow) -> Progress {
    let verdict = row.note.as_deref().and_then(Verdict::of_note);
    match (row.event.as_str(), verdict) {
        ("done", _) | ("resolve", Some(Verdict::Done)) => Progress::Done,
        ("fail", _) | ("resolve", Some(Verdict::NotDone)) => Progress::Failed,
        _ => Progress::InDoubt,
    }
}

/// The note of a `begin` row: the catalog was already as the statement would leave it, so that it
/// cannot tell afterwards whether the statement took effect.
pub(super) const WAS_SO_BEFORE: &str = "the catalog was as the statement leaves it before it began";

/// The beginning of the note of a `begin` row of `CREATE INDEX CONCURRENTLY` without a name: what
/// else is there later is what it has made.
const INDEXES_BEFORE: &str = "indexes of the table before it began: ";

/// Such a note.
pub(super) fn note_of_indexes(indexes: &[TableIndex]) -> String {
    let numbers: Vec<&str> = indexes.iter().map(|index| index.number.as_str()).collect();
    format!("{INDEXES_BEFORE}{}", numbers.join(", "))
}

/// Those of `indexes` that were not there before statement `number` began; `None` where no row tells.
pub(super) fn indexes_since(
    rows: &[JournalRow],
    direction: Direction,
    number: u32,
    indexes: Vec<TableIndex>,
) -> Option<Vec<TableIndex>> {
    let is_it = |row: &&JournalRow| {
        row.goes(direction)
            && row.event == "begin"
            && row.statement.is_some_and(|(other, _)| other == number)
    };
    let note = rows.iter().rfind(is_it)?.note.as_deref()?.strip_prefix(INDEXES_BEFORE)?;
    let before: Vec<&str> = note.split(", ").collect();
    Some(indexes.into_iter().filter(|one| !before.contains(&one.number.as_str())).collect())
}

/// Whether the last row about statement `number` says that the catalog cannot tell of it.
pub(super) fn was_so_before(rows: &[JournalRow], direction: Direction, number: u32) -> bool {
    rows.iter()
        .rfind(|row| row.goes(direction) && row.statement.is_some_and(|(other, _)| other == number))
        .is_some_and(is_noted_as_so_before)
}

/// Whether a row says so.
pub(super) fn is_noted_as_so_before(row: &JournalRow) -> bool {
    row.event == "begin" && row.note.as_deref() == Some(WAS_SO_BEFORE)
}

/// Which way the revision was going when a run outside a transaction stopped half-way, if one did.
pub(super) fn unfinished(rows: &[JournalRow]) -> Option<Direction> {
    let last = rows.iter().rfind(|row| row.is_whole() || row.statement.is_some())?;
    [Direction::Upgrade, Direction::Downgrade]
        .into_iter()
        .find(|direction| last.statement.is_some() && last.goes(*direction))
}

/// Whether a part of the revision, going this way outside a transaction, took effect or may have,
/// and the rest did not: by its journal `rows`, oldest first. A statement that failed has changed
/// nothing by itself.
pub(super) fn is_half_done(rows: &[JournalRow], direction: Direction) -> bool {
    !begun(rows, direction).is_empty()
}

/// Whether, by the journal `rows` about it, a revision has been reverted since the entry `id`: there
/// is a word of it, or it was applied before and again after.
pub(super) fn is_reverted_since(rows: &[JournalRow], id: u64) -> bool {
    let mut applied = rows.iter().filter(|row| row.is_whole() && row.goes(Direction::Upgrade));
    let is_applied_again = applied.next().is_some_and(|row| row.id < id)
        && applied.next_back().is_some_and(|row| row.id > id);
    is_applied_again
        || rows.iter().any(|row| row.id > id && row.is_whole() && row.goes(Direction::Downgrade))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::sql::SourcePosition;

    fn statement(text: &str) -> Statement {
        Statement { text: text.to_owned(), position: SourcePosition { line: 1, column: 1 } }
    }

    fn row(event: &str, number: Option<u32>, text: &str) -> JournalRow {
        JournalRow {
            id: 0,
            run: "r".to_owned(),
            direction: "upgrade".to_owned(),
            event: event.to_owned(),
            raw_digest: Some(digest(text)),
            normalized_digest: None,
            statement: number.map(|n| (n, 3)),
            note: None,
        }
    }

    #[test]
    fn a_rerun_continues_where_the_journal_ends() {
        let statements = [statement("a"), statement("b"), statement("c")];
        let rows = [
            row("begin", Some(1), "a"),
            row("done", Some(1), "a"),
            row("begin", Some(2), "b"),
            row("fail", Some(2), "b"),
            row("begin", Some(2), "b"),
        ];
        assert_eq!(
            progress(&rows, Direction::Upgrade, &statements, Dialect::Mysql),
            Ok(vec![Progress::Done, Progress::InDoubt, Progress::Untouched])
        );
        assert_eq!(
            progress(&rows[..4], Direction::Upgrade, &statements, Dialect::Mysql).unwrap()[1],
            Progress::Failed
        );
        assert_eq!(
            progress(&rows, Direction::Downgrade, &statements, Dialect::Mysql),
            Ok(vec![Progress::Untouched; 3])
        );
    }

    #[test]
    fn a_person_settles_what_is_in_doubt() {
        let statements = [statement("a"), statement("b"), statement("c")];
        let resolve =
            |note: &str| JournalRow { note: Some(note.to_owned()), ..row("resolve", Some(2), "b") };
        let begun = [row("done", Some(1), "a"), row("begin", Some(2), "b")];
        assert_eq!(unfinished(&begun), Some(Direction::Upgrade));
        for (note, expected) in [
            ("done", Progress::Done),
            ("done: looked", Progress::Done),
            ("not-done: gone", Progress::Failed),
            ("maybe", Progress::InDoubt),
        ] {
            let rows = [&begun[..], &[resolve(note)]].concat();
            let progress =
                progress(&rows, Direction::Upgrade, &statements, Dialect::Mysql).unwrap();
            assert_eq!(progress[1], expected, "{note}");
        }
        // What did not take effect may be mended or taken out, as what failed.
        let rows = [&begun[..], &[resolve("not-done")]].concat();
        assert!(progress(&rows, Direction::Upgrade, &statements[..1], Dialect::Mysql).is_ok());
        // A run that tries it again has the next word.
        let rows = [&rows[..], &[row("begin", Some(2), "b")]].concat();
        assert_eq!(
            progress(&rows, Direction::Upgrade, &statements, Dialect::Mysql).unwrap()[1],
            Progress::InDoubt
        );
        let finished = [&rows[..], &[row("done", None, "")]].concat();
        assert_eq!(unfinished(&finished), None);
    }

    #[test]
    fn a_finished_revision_begins_anew() {
        let statements = [statement("a")];
        let rows = [row("begin", Some(1), "a"), row("done", Some(1), "a"), row("done", None, "x")];
        assert_eq!(
            progress(&rows, Direction::Upgrade, &statements, Dialect::Mysql),
            Ok(vec![Progress::Untouched])
        );
    }

    #[test]
    fn what_took_effect_must_not_be_edited_but_what_failed_may() {
        let rows = [row("done", Some(1), "a"), row("fail", Some(2), "b")];
        let mended = [statement("a"), statement("B")];
        assert!(progress(&rows, Direction::Upgrade, &mended, Dialect::Mysql).is_ok());
        let edited = [statement("A"), statement("b")];
        assert_eq!(
            progress(&rows, Direction::Upgrade, &edited, Dialect::Mysql),
            Err(Mismatch { done: 1 })
        );
        assert!(progress(&rows, Direction::Upgrade, &[statement("a")], Dialect::Mysql).is_ok());
        assert_eq!(
            progress(&rows, Direction::Upgrade, &[], Dialect::Mysql),
            Err(Mismatch { done: 0 })
        );
    }
}
