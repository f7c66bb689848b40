//! What an earlier run left of a revision that runs outside a transaction.
//!
//! Each statement of such a revision is journaled before it runs (`begin`) and after (`done` or
//! `fail`). A later run reads these entries: what is done is not repeated, what failed is run
//! again, and what was begun without an end, because the process or the machine died, is in
//! doubt.

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::JournalRow;
use crate::db::Verdict;
use crate::graph::Edges;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::sql::Statement;

use super::prepare::digest;

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

/// The script on file is not the one that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// How many of its statements are done.
    pub(super) done: u32,
}

/// The progress of each of `statements`, from the journal's `rows` about their revision, oldest
/// first.
///
/// # Errors
/// [`Mismatch`] when a statement that has been begun reads differently now.
pub(super) fn progress(
    rows: &[JournalRow],
    direction: Direction,
    statements: &[Statement],
) -> Result<Vec<Progress>, Mismatch> {
    let mut progress = vec![Progress::Untouched; statements.len()];
    let mut digests: Vec<Option<&str>> = vec![None; statements.len()];
    // What is known of statements that the script no longer has.
    let mut removed: Vec<(u32, Progress)> = Vec::new();
    for row in rows {
        let Some((number, _)) = row.statement else {
            if row.is_whole() {
                // The whole revision was finished, one way or the other: a new story begins.
                progress.fill(Progress::Untouched);
                digests.fill(None);
                removed.clear();
            }
            continue;
        };
        if !row.goes(direction) {
            continue;
        }
        let index = number.saturating_sub(1) as usize;
        let Some(slot) = progress.get_mut(index) else {
            removed.retain(|(other, _)| *other != number);
            removed.push((number, told_by(row)));
            continue;
        };
        *slot = told_by(row);
        digests[index] = row.raw_digest.as_deref();
    }
    let done = progress.iter().filter(|p| **p == Progress::Done).count() as u32;
    // A statement that failed may be mended; one that took effect, or may have, must not differ.
    let is_edited =
        progress.iter().zip(&digests).zip(statements).any(|((progress, stored), statement)| {
            matches!(progress, Progress::Done | Progress::InDoubt)
                && stored.is_some_and(|stored| stored != digest(&statement.text))
        });
    let has_lost = removed.iter().any(|(_, progress)| *progress != Progress::Failed);
    if is_edited || has_lost { Err(Mismatch { done }) } else { Ok(progress) }
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
/// and the rest did not: by its journal `rows`, oldest first.
pub(super) fn is_half_done(rows: &[JournalRow], direction: Direction) -> bool {
    let mut is_begun = false;
    let mut is_in_doubt = false;
    for row in rows {
        if row.is_whole() {
            // The revision was finished, one way or the other.
            (is_begun, is_in_doubt) = (false, false);
        } else if row.statement.is_some() && row.goes(direction) {
            // A statement that failed has changed nothing by itself.
            let progress = told_by(row);
            is_begun |= progress == Progress::Done;
            is_in_doubt = progress == Progress::InDoubt;
        }
    }
    is_begun || is_in_doubt
}

/// Whether, by the journal `rows` about it, a revision has been reverted since the entry `id`.
pub(super) fn is_reverted_since(rows: &[JournalRow], id: u64) -> bool {
    rows.iter().any(|row| row.id > id && row.is_whole() && row.goes(Direction::Downgrade))
}

/// Whether something that `revision` follows has been reverted since its last statement ran: then
/// nothing of it is done any more.
///
/// # Errors
/// When the journal cannot be read.
pub(super) fn has_lost_ground(
    database: &mut dyn Database,
    graph: &RevisionGraph,
    revision: &RevisionId,
    rows: &[JournalRow],
) -> Result<bool, DatabaseError> {
    let last = rows.iter().filter(|row| row.statement.is_some()).map(|row| row.id).max();
    let (Some(last), Some(node)) = (last, graph.find(revision)) else {
        return Ok(false);
    };
    for parent in graph.parents(node, Edges::All) {
        if is_reverted_since(&database.journal(graph.id(parent).as_str())?, last) {
            return Ok(true);
        }
    }
    Ok(false)
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
            progress(&rows, Direction::Upgrade, &statements),
            Ok(vec![Progress::Done, Progress::InDoubt, Progress::Untouched])
        );
        assert_eq!(
            progress(&rows[..4], Direction::Upgrade, &statements).unwrap()[1],
            Progress::Failed
        );
        assert_eq!(
            progress(&rows, Direction::Downgrade, &statements),
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
            let progress = progress(&rows, Direction::Upgrade, &statements).unwrap();
            assert_eq!(progress[1], expected, "{note}");
        }
        // What did not take effect may be mended or taken out, as what failed.
        let rows = [&begun[..], &[resolve("not-done")]].concat();
        assert!(progress(&rows, Direction::Upgrade, &statements[..1]).is_ok());
        // A run that tries it again has the next word.
        let rows = [&rows[..], &[row("begin", Some(2), "b")]].concat();
        assert_eq!(progress(&rows, Direction::Upgrade, &statements).unwrap()[1], Progress::InDoubt);
        let finished = [&rows[..], &[row("done", None, "")]].concat();
        assert_eq!(unfinished(&finished), None);
    }

    #[test]
    fn a_finished_revision_begins_anew() {
        let statements = [statement("a")];
        let rows = [row("begin", Some(1), "a"), row("done", Some(1), "a"), row("done", None, "x")];
        assert_eq!(progress(&rows, Direction::Upgrade, &statements), Ok(vec![Progress::Untouched]));
    }

    #[test]
    fn what_took_effect_must_not_be_edited_but_what_failed_may() {
        let rows = [row("done", Some(1), "a"), row("fail", Some(2), "b")];
        let mended = [statement("a"), statement("B")];
        assert!(progress(&rows, Direction::Upgrade, &mended).is_ok());
        let edited = [statement("A"), statement("b")];
        assert_eq!(progress(&rows, Direction::Upgrade, &edited), Err(Mismatch { done: 1 }));
        assert!(progress(&rows, Direction::Upgrade, &[statement("a")]).is_ok());
        assert_eq!(progress(&rows, Direction::Upgrade, &[]), Err(Mismatch { done: 0 }));
    }
}
