//! The steps that the state of a database still asks for and that failed or stopped half-way.
//!
//! The judgement is that of a run: what this finds half done, a run goes on with or refuses to
//! build on, by the same functions.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use crate::db::JournalEvent;
use crate::db::JournalRecord;
use crate::db::JournalRow;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::sql;
use crate::script::sql::Effect;

use super::options::RunOptions;
use super::prepare;
use super::prepare::ScriptSource;
use super::resume;
use super::resume::Progress;

/// A step that failed, or stopped half-way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenStep<'a> {
    /// The revision, as its id.
    pub revision: &'a str,
    /// Whether a file of this database declares it.
    pub is_declared: bool,
    /// Which way it went.
    pub direction: Direction,
    /// Statement n of m, where it ended at one.
    pub statement: Option<(u32, u32)>,
    /// Whether nobody has seen what became of that statement.
    pub is_in_doubt: bool,
    /// The last that the journal says of it.
    pub last: &'a JournalRecord,
    /// Whether the catalog was as that statement would leave it before it began.
    was_so_before: bool,
}

impl OpenStep<'_> {
    /// Whether a run stops at its statement in doubt until somebody says what became of it, as far
    /// as can be told without the catalog: of such a statement it tells nothing.
    pub fn needs_verdict(&self, scripts: &dyn ScriptSource, dialect: Dialect) -> bool {
        let Some((number, count)) = self.statement.filter(|_| self.is_in_doubt) else {
            return false;
        };
        if self.was_so_before {
            return true;
        }
        let options = RunOptions::default();
        let script = self.revision.parse().ok().and_then(|id| {
            prepare::script_of(&id, self.direction, scripts, dialect, &options).ok()
        });
        // The one statement that Python runs; those of a revision that limbeck runs are not counted.
        if count > 0 && script.as_ref().is_some_and(|script| script.python().is_some()) {
            return true;
        }
        let index = number.saturating_sub(1) as usize;
        let statement = script.as_ref().and_then(|script| script.statements().get(index));
        statement.is_some_and(|one| sql::leaves_behind(one, dialect) == Effect::Unknown)
    }
}

/// What the journal says of one revision, oldest first.
#[derive(Default)]
struct Story<'a> {
    rows: Vec<JournalRow>,
    last: Option<&'a JournalRecord>,
}

impl<'a> Story<'a> {
    /// The statement that it ended at, since the revision was finished last.
    fn last_statement(&self) -> Option<&JournalRow> {
        let open = self.rows.iter().rev().take_while(|row| !row.is_whole());
        open.into_iter().find(|row| row.statement.is_some())
    }

    fn open_step(
        &self,
        revision: &'a str,
        direction: Direction,
        last: &'a JournalRecord,
    ) -> OpenStep<'a> {
        let statement = self.last_statement();
        OpenStep {
            revision,
            is_declared: true,
            direction,
            statement: statement.and_then(|row| row.statement),
            is_in_doubt: statement.is_some_and(|row| resume::told_by(row) == Progress::InDoubt),
            last,
            was_so_before: statement.is_some_and(resume::is_noted_as_so_before),
        }
    }
}

/// The open steps of a database with the version rows `heads` and the journal `log`, oldest entry
/// first; in the order of their last entries.
///
/// A failed step that was rolled back and that nobody misses is none of them: a downgrade that was
/// given up leaves the database as it was, and a revision that no file declares any more has been
/// replaced. What such a revision has done outside a transaction is there all the same.
pub fn open_steps<'a>(
    graph: &'a RevisionGraph,
    heads: &Heads,
    log: &'a [JournalRecord],
) -> Vec<OpenStep<'a>> {
    let stories = stories(graph, log);
    let rows: Vec<Node> = heads.iter().filter_map(|id| graph.find(id)).collect();
    let applied = graph.ancestors(rows.iter().copied(), Edges::All);
    let mut found: Vec<OpenStep<'_>> = Vec::new();
    for node in graph.nodes() {
        let id = graph.id(node);
        let Some(story) = stories.get(id.as_str()) else { continue };
        let Some(last) = story.last else { continue };
        let is_half_done = |direction| resume::is_half_done(&story.rows, direction);
        let has_lost_ground = || {
            let mut parents = graph.parents(node, Edges::All);
            parents.any(|parent| {
                let story = stories.get(graph.id(parent).as_str());
                story.is_some_and(|story| resume::is_reverted_since(&story.rows, last.id))
            })
        };
        let has_failed = last.event == JournalEvent::Fail.word() && last.goes(Direction::Upgrade);
        let direction = if rows.contains(&node) && is_half_done(Direction::Downgrade) {
            Direction::Downgrade
        } else if !applied.contains(node)
            && (has_failed || is_half_done(Direction::Upgrade))
            && !has_lost_ground()
        {
            Direction::Upgrade
        } else {
            continue;
        };
        found.push(story.open_step(id.as_str(), direction, last));
    }
    found.extend(undeclared(graph, &stories));
    found.sort_by_key(|step| step.last.id);
    found
}

/// Revisions of which a part was done outside a transaction, and that no file of this database
/// declares any more; from the journal `log`, oldest entry first.
pub(super) fn left_behind<'a>(
    graph: &'a RevisionGraph,
    log: &'a [JournalRecord],
) -> Vec<OpenStep<'a>> {
    undeclared(graph, &stories(graph, log))
}

fn undeclared<'a>(
    graph: &RevisionGraph,
    stories: &BTreeMap<&'a str, Story<'a>>,
) -> Vec<OpenStep<'a>> {
    let is_gone = |id: &str| id.parse::<RevisionId>().is_ok_and(|id| graph.find(&id).is_none());
    let gone = stories.iter().filter(|(id, _)| is_gone(id));
    gone.filter_map(|(id, story)| {
        let direction = resume::unfinished(&story.rows)
            .filter(|direction| resume::is_half_done(&story.rows, *direction))?;
        Some(OpenStep { is_declared: false, ..story.open_step(id, direction, story.last?) })
    })
    .collect()
}

fn stories<'a>(graph: &'a RevisionGraph, log: &'a [JournalRecord]) -> BTreeMap<&'a str, Story<'a>> {
    let mut stories: BTreeMap<&str, Story<'_>> = BTreeMap::new();
    for record in log {
        // The entry of a stamp may name several. That a text was accepted is nothing that became
        // of a revision.
        if record.event == JournalEvent::Accept.word() {
            continue;
        }
        let mut subjects: BTreeSet<&str> = record.revision.split(", ").collect();
        // What a stamp names was applied with all that it follows.
        if resume::is_finished_stamp(record) {
            let below = resume::stamped(record, graph);
            subjects.extend(below.iter().map(|node| graph.id(node).as_str()));
        }
        for revision in subjects {
            let story = stories.entry(revision).or_default();
            story.rows.push(record.into());
            story.last = Some(record);
        }
    }
    stories
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::graph::testing::graph;

    /// `revision direction event [statement [note]]`; `+` joins the revisions of a stamp.
    fn record(id: u64, text: &str) -> JournalRecord {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (revision, direction, event) = (word(), word(), word());
        let (statement, note) = (word(), word());
        JournalRecord {
            id,
            run: "r".to_owned(),
            revision: revision.replace('+', ", "),
            direction,
            event,
            statement: statement.parse().ok().map(|number| (number, 3)),
            note: (!note.is_empty()).then_some(note),
            ..JournalRecord::default()
        }
    }

    fn open(rows: &str, journal: &[&str]) -> String {
        let graph = graph("a1; b1|a1; c1|b1");
        let heads: Heads = rows.split(' ').filter_map(|id| id.parse().ok()).collect();
        let log: Vec<JournalRecord> =
            journal.iter().zip(1..).map(|(text, id)| record(id, text)).collect();
        let steps = open_steps(&graph, &heads, &log);
        let word = |step: &OpenStep<'_>| {
            let at = step.statement.map(|(number, _)| format!(" {number}")).unwrap_or_default();
            let doubt = if step.is_in_doubt { "?" } else { "" };
            format!("{}{at}{doubt}", step.revision)
        };
        steps.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_step_that_failed_counts_until_it_is_done_or_nobody_misses_it() {
        assert_eq!(open("a1", &["a1 upgrade done", "b1 upgrade fail"]), "b1");
        // Applied after all, by whatever means.
        assert_eq!(open("b1", &["b1 upgrade fail"]), "");
        assert_eq!(open("a1", &["b1 upgrade fail", "b1 stamp done"]), "");
        assert_eq!(open("a1", &["b1 upgrade fail", "x1+b1 stamp done"]), "");
        assert_eq!(open("a1", &["b1 upgrade fail", "b1 upgrade accept"]), "b1");
        // No file declares it any more, and nothing of it is left.
        assert_eq!(open("a1", &["z1 upgrade fail"]), "");
        assert_eq!(open("a1", &["z1 upgrade fail 1", "z1 upgrade fail"]), "");
        // What it stood on is gone.
        assert_eq!(open("", &["b1 upgrade fail", "a1 downgrade done"]), "");
        // Rolled back, and given up.
        assert_eq!(open("b1", &["b1 downgrade fail"]), "");
    }

    #[test]
    fn what_is_half_done_counts_both_ways() {
        for (rows, way) in [("a1", "upgrade"), ("b1", "downgrade")] {
            let done = format!("b1 {way} done 1");
            for (event, expected) in [("begin", "b1 2?"), ("done", "b1 2"), ("fail", "b1 2")] {
                assert_eq!(open(rows, &[&done, &format!("b1 {way} {event} 2")]), expected);
            }
            assert_eq!(open(rows, &[&done, &format!("b1 {way} done")]), "", "{way}");
            assert_eq!(open(rows, &[&format!("b1 {way} begin 1")]), "b1 1?");
        }
        assert_eq!(open("b1", &["b1 downgrade fail 1"]), "");
        assert_eq!(open("a1", &["b1 upgrade fail 1"]), "b1 1");
        // Something else has been applied on top: nobody can revert it now.
        assert_eq!(open("c1", &["b1 downgrade done 1"]), "");
    }

    #[test]
    fn what_is_half_done_counts_without_a_file() {
        let half = ["z1 upgrade done 1", "z1 upgrade fail 2"];
        assert_eq!(open("a1", &half), "z1 2");
        let log = |more: &[&'static str]| [&half[..], more].concat();
        assert_eq!(open("a1", &log(&["z1 upgrade resolve 1 not-done"])), "");
        assert_eq!(open("a1", &log(&["z1 upgrade done"])), "");
        assert_eq!(open("a1", &log(&["z1+y1 stamp done"])), "");
        assert_eq!(open("a1", &["z1 downgrade begin 2"]), "z1 2?");
    }

    #[test]
    fn a_stamp_to_what_follows_ends_what_was_begun() {
        let half = ["b1 upgrade done 1", "b1 upgrade fail 2"];
        assert_eq!(open("a1", &half), "b1 2");
        let log = |more: &[&'static str]| [&half[..], more].concat();
        assert_eq!(open("a1", &log(&["c1 stamp done", "a1 stamp done"])), "");
        assert_eq!(open("a1", &log(&["a1 stamp done"])), "b1 2");
        // Started over by hand.
        assert_eq!(open("a1", &log(&["b1 upgrade resolve 1 not-done"])), "");
    }

    #[test]
    fn what_a_person_has_said_of_a_statement_counts() {
        for (rows, way) in [("a1", "upgrade"), ("b1", "downgrade")] {
            let begin = format!("b1 {way} begin 1");
            assert_eq!(open(rows, &[&begin, &format!("b1 {way} resolve 1 done")]), "b1 1");
            assert_eq!(open(rows, &[&begin, &format!("b1 {way} resolve 1 not-done")]), "");
        }
    }
}
