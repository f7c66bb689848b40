//! Whether the files of applied revisions still read as what was applied.
//!
//! The journal has two digests of each text that was applied: of its bytes, and of what is left of
//! it without comments, white space and line ends. If only the first differs, that is worth a
//! note. If the second differs too, the file says something else than what the database has been
//! through, and nobody can tell what a new database would become.
//!
//! What was only stamped was never run from a file, and is not compared.
//!
//! The rows count everything below them as applied. The journal tells where that is not so: a
//! revision that was put below one that had been applied already.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::PathBuf;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::JournalEvent;
use crate::db::JournalFilter;
use crate::db::JournalRecord;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::Direction as ScriptDirection;
use crate::script::RevisionFile;
use crate::script::RevisionFormat;
use crate::script::sql;

use super::prepare::ScriptSource;
use super::prepare::digest;

/// An applied revision whose file reads differently now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The revision.
    pub revision: RevisionId,
    /// The file of its script.
    pub path: PathBuf,
    /// What changed.
    pub change: TextChange,
    /// What was applied.
    pub applied: AppliedText,
    /// The digest of the text in the file; `None` where the file has no such text any more.
    pub now: Option<String>,
    /// For [`TextChange::NeverRan`], the revision above it that was applied without it; `applied`
    /// is then about that one.
    pub below: Option<RevisionId>,
}

impl Edited {
    /// Whether somebody must look at it.
    pub fn is_finding(&self) -> bool {
        self.change != TextChange::Comments
    }

    /// The revision above that was applied without this one, which therefore never ran.
    pub fn never_ran_below(&self) -> Option<&RevisionId> {
        self.below.as_ref()
    }

    /// Whether a statement changed, so that the file says something else than what was applied.
    pub fn is_error(&self) -> bool {
        self.change == TextChange::Statements
    }
}

/// What changed in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextChange {
    /// Comments, white space or line ends: it does the same.
    Comments,
    /// A statement.
    Statements,
    /// All of it, so to speak: as far as the journal knows the revision never ran on this database,
    /// though the rows count it as applied. It was put below one that was applied already, or is
    /// routed here only since. Another program may have applied it, so it is no error.
    NeverRan,
}

/// A text that was applied, as the journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedText {
    /// SHA-256 of its bytes.
    pub raw_digest: String,
    /// SHA-256 of its statements.
    pub normalized_digest: Option<String>,
    /// When it was applied, or accepted.
    pub at: DateTime<Utc>,
    /// By whom.
    pub actor: String,
    /// Where.
    pub host: String,
    /// Whether somebody has accepted it after another text was applied.
    pub is_accepted: bool,
}

/// The applied revisions of `database` whose files read differently now, in the order of `graph`;
/// none where there is no journal. `heads` are the rows of the version table; those that `graph`
/// does not know are left out.
///
/// One query where none is, which is the rule, and no file is opened but Python's.
///
/// # Errors
/// When the journal cannot be read.
pub fn edited(
    database: &mut dyn Database,
    scripts: &dyn ScriptSource,
    graph: &RevisionGraph,
    heads: &Heads,
) -> Result<Vec<Edited>, DatabaseError> {
    if heads.iter().all(|id| graph.find(id).is_none()) {
        return Ok(Vec::new());
    }
    let digests = database.journal_log(&JournalFilter::Digests)?.unwrap_or_default();
    edited_beside(&digests, database, scripts, graph, heads)
}

/// The same, where the journal's [`JournalFilter::Digests`] have been read already.
pub(super) fn edited_beside(
    digests: &[JournalRecord],
    database: &mut dyn Database,
    scripts: &dyn ScriptSource,
    graph: &RevisionGraph,
    heads: &Heads,
) -> Result<Vec<Edited>, DatabaseError> {
    // Whatever differs is found with these alone; only not what it is.
    if edited_since(digests, database.dialect(), scripts, graph, heads).is_empty() {
        return Ok(Vec::new());
    }
    let log = database.journal_log(&JournalFilter::Finished)?.unwrap_or_default();
    Ok(edited_since(&log, database.dialect(), scripts, graph, heads))
}

/// The same, from the finished entries of a journal that has been read already, oldest first.
pub fn edited_since(
    log: &[JournalRecord],
    dialect: Dialect,
    scripts: &dyn ScriptSource,
    graph: &RevisionGraph,
    heads: &Heads,
) -> Vec<Edited> {
    let rows = heads.iter().filter_map(|id| graph.find(id));
    let applied = graph.ancestors(rows, Edges::All);
    let texts = applied_texts(log);
    let edited = applied.iter().filter_map(|node| {
        let id = graph.id(node);
        compare(scripts.file(id)?, texts.get(id.as_str())?, dialect)
    });
    let mut edited: Vec<Edited> = edited.collect();
    edited.extend(never_ran(log, scripts, graph, &applied));
    edited
}

/// The revisions of `applied` that lie between revisions which limbeck has applied, and of which
/// the journal knows nothing: neither did they run, nor was their text accepted, nor does a stamp
/// to them or to what follows them count them as applied.
fn never_ran(
    log: &[JournalRecord],
    scripts: &dyn ScriptSource,
    graph: &RevisionGraph,
    applied: &NodeSet,
) -> Vec<Edited> {
    let node = |id: &str| id.parse::<RevisionId>().ok().and_then(|id| graph.find(&id));
    let (mut ran, mut known, mut stamped) = (Vec::new(), HashSet::new(), Vec::new());
    for record in log {
        let is_accepted = record.event == JournalEvent::Accept.word();
        if !is_accepted && !record.is_whole() {
            continue;
        }
        let nodes = record.revision.split(", ").filter_map(node);
        if record.goes(Direction::Stamp) {
            stamped.extend(nodes);
            continue;
        }
        let is_run = !is_accepted && record.goes(Direction::Upgrade);
        for node in nodes {
            known.insert(node);
            if is_run && applied.contains(node) {
                ran.push((node, record));
            }
        }
    }
    let unknown: Vec<Node> = applied.iter().filter(|node| !known.contains(node)).collect();
    if unknown.is_empty() || ran.is_empty() {
        return Vec::new();
    }
    let below = graph.ancestors(ran.iter().map(|(node, _)| *node), Edges::All);
    let above = graph.descendants(ran.iter().map(|(node, _)| *node), Edges::All);
    let covered = graph.ancestors(stamped, Edges::All);
    let is_between =
        |node: &Node| below.contains(*node) && above.contains(*node) && !covered.contains(*node);
    let between = unknown.into_iter().filter(is_between);
    between
        .filter_map(|node| {
            let id = graph.id(node);
            let followers = graph.descendants([node], Edges::All);
            let (first, record) = ran.iter().find(|(ran, _)| followers.contains(*ran))?;
            Some(Edited {
                revision: id.clone(),
                path: scripts.file(id)?.revision.path.clone(),
                change: TextChange::NeverRan,
                applied: applied_text(record, record.raw_digest.clone().unwrap_or_default()),
                now: None,
                below: Some(graph.id(*first).clone()),
            })
        })
        .collect()
}

/// What `record` says of the text with this digest.
fn applied_text(record: &JournalRecord, raw_digest: String) -> AppliedText {
    AppliedText {
        raw_digest,
        normalized_digest: record.normalized_digest.clone(),
        at: record.finished_at.unwrap_or(record.started_at),
        actor: record.actor.clone(),
        host: record.host.clone(),
        is_accepted: record.event == JournalEvent::Accept.word(),
    }
}

/// The text with which each revision is applied, from the finished entries of a journal, oldest
/// first. The last word counts: a revision may have been reverted and applied again.
pub(super) fn applied_texts(log: &[JournalRecord]) -> HashMap<&str, AppliedText> {
    let mut texts = HashMap::new();
    for record in log {
        let is_accepted = record.event == JournalEvent::Accept.word();
        if !is_accepted && !record.is_whole() {
            continue;
        }
        if !is_accepted && !record.goes(Direction::Upgrade) {
            for id in record.revision.split(", ") {
                texts.remove(id);
            }
            continue;
        }
        let Some(raw_digest) = record.raw_digest.clone() else { continue };
        let text = applied_text(record, raw_digest);
        texts.insert(record.revision.as_str(), text);
    }
    texts
}

/// How `file` differs from the text that was applied, if it does.
pub(super) fn compare(
    file: &RevisionFile,
    applied: &AppliedText,
    dialect: Dialect,
) -> Option<Edited> {
    let edited = |path, change, now| Edited {
        revision: file.revision.id.clone(),
        path,
        change,
        applied: applied.clone(),
        now,
        below: None,
    };
    let change = |text: &str| change_of(text, applied, |text| normalized(text, file, dialect));
    if file.format == RevisionFormat::Python {
        let path = file.revision.path.clone();
        // One that cannot be read was read a moment ago, for the graph.
        return match file.python_text() {
            Ok(text) => Some(edited(path, change(&text)?, Some(digest(&text)))),
            Err(_) => Some(edited(path, TextChange::Statements, None)),
        };
    }
    match file.section(ScriptDirection::Upgrade, dialect) {
        Some(section) => {
            let change = change(&section.text)?;
            Some(edited(section.path.to_path_buf(), change, Some(digest(&section.text))))
        }
        None => Some(edited(file.revision.path.clone(), TextChange::Statements, None)),
    }
}

/// How `text` differs from the text that was applied.
fn change_of(
    text: &str,
    applied: &AppliedText,
    normalized: impl Fn(&str) -> String,
) -> Option<TextChange> {
    if digest(text) == applied.raw_digest {
        return None;
    }
    let is_applied = |text: &str| {
        applied.normalized_digest.as_deref() == Some(digest(&normalized(text)).as_str())
    };
    let lines = with_plain_line_ends(text);
    // The first version of limbeck kept the line ends within quotes.
    if is_applied(&lines) || is_applied(&lines.replace('\n', "\r\n")) {
        Some(TextChange::Comments)
    } else {
        Some(TextChange::Statements)
    }
}

/// What the second digest of the text of `file` is made of.
fn normalized(text: &str, file: &RevisionFile, dialect: Dialect) -> String {
    match file.format {
        // Where white space counts, every other change of the text is one of the script.
        RevisionFormat::Python => text.to_owned(),
        RevisionFormat::Native | RevisionFormat::Diesel => sql::normalize(text, dialect),
    }
}

/// `text` with line feeds only, as a checkout on another system may have it: also within quotes,
/// where no one means to have a carriage return that is not written as such.
pub(super) fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn file(upgrade: &str) -> RevisionFile {
        let text =
            format!("/*---\nrevision = \"a1\"\ndown_revision = []\n---*/\n--- upgrade\n{upgrade}");
        RevisionFile::parse(&text, Path::new("a1.sql")).unwrap()
    }

    fn applied(text: &str) -> AppliedText {
        AppliedText {
            raw_digest: digest(text),
            normalized_digest: Some(digest(&sql::normalize(
                &with_plain_line_ends(text),
                Dialect::Postgresql,
            ))),
            at: DateTime::UNIX_EPOCH,
            actor: "me".to_owned(),
            host: "here".to_owned(),
            is_accepted: false,
        }
    }

    fn change(before: &str, after: &str) -> Option<TextChange> {
        compare(&file(after), &applied(before), Dialect::Postgresql).map(|edited| edited.change)
    }

    #[test]
    fn only_what_is_run_counts() {
        let before = "CREATE TABLE t (id int); -- one\nSELECT 'a  b';\n";
        assert_eq!(change(before, before), None);
        for after in [
            "CREATE TABLE t (id int);\nSELECT 'a  b';\n",
            "CREATE  TABLE t (id\tint); /* two */ SELECT 'a  b';",
            &before.replace('\n', "\r\n"),
        ] {
            assert_eq!(change(before, after), Some(TextChange::Comments), "{after}");
        }
        for after in ["", "CREATE TABLE t (id int); SELECT 'a b';", "CREATE TABLE u (id int);"] {
            assert_eq!(change(before, after), Some(TextChange::Statements), "{after}");
        }
    }

    #[test]
    fn line_ends_within_a_body_are_line_ends() {
        let body = "DO $$\nBEGIN\nEND\n$$;\n";
        let other = body.replace('\n', "\r\n");
        assert_eq!(change(body, &other), Some(TextChange::Comments));
        assert_eq!(change(&other, body), Some(TextChange::Comments));
        // As the first version kept them.
        let first = AppliedText {
            normalized_digest: Some(digest(&sql::normalize(&other, Dialect::Postgresql))),
            ..applied(&other)
        };
        let edited = compare(&file(body), &first, Dialect::Postgresql).unwrap();
        assert_eq!(edited.change, TextChange::Comments);
    }

    #[test]
    fn a_section_of_the_dialect_counts_and_one_that_is_gone_is_an_error() {
        let both = "SELECT 1;\n--- upgrade sqlite\nSELECT 2;\n";
        assert_eq!(compare(&file(both), &applied("SELECT 1;\n"), Dialect::Postgresql), None);
        assert_eq!(compare(&file(both), &applied("SELECT 2;\n"), Dialect::Sqlite), None);
        let text =
            "/*---\nrevision = \"a1\"\ndown_revision = []\n---*/\n--- upgrade sqlite\nSELECT 1;\n";
        let sqlite_only = RevisionFile::parse(text, Path::new("a1.sql")).unwrap();
        let edited = compare(&sqlite_only, &applied("SELECT 1;\n"), Dialect::Postgresql).unwrap();
        assert_eq!((edited.change, edited.now), (TextChange::Statements, None));
    }

    fn record(event: &str, direction: &str, revision: &str, text: &str) -> JournalRecord {
        JournalRecord {
            id: 1,
            run: "r".to_owned(),
            revision: revision.to_owned(),
            direction: direction.to_owned(),
            event: event.to_owned(),
            raw_digest: (direction != "stamp").then(|| digest(text)),
            ..JournalRecord::default()
        }
    }

    #[test]
    fn the_last_word_about_a_revision_counts() {
        let log = [
            record("done", "upgrade", "a1", "one"),
            record("done", "upgrade", "b1", "b"),
            record("done", "downgrade", "a1", "x"),
            record("done", "upgrade", "a1", "two"),
            record("accept", "upgrade", "b1", "b again"),
            record("done", "upgrade", "c1", "c"),
            record("done", "stamp", "c1, d1", ""),
        ];
        let texts = applied_texts(&log);
        assert_eq!(texts["a1"].raw_digest, digest("two"));
        assert_eq!(texts["b1"].raw_digest, digest("b again"));
        assert!(texts["b1"].is_accepted && !texts["a1"].is_accepted);
        assert_eq!(texts.len(), 2);
        assert!(!applied_texts(&log[..3]).contains_key("a1"));
    }

    /// What never ran, of the chain a1 <- b1 <- c1 <- d1 with all of it applied.
    fn never_ran_of_chain(log: &[JournalRecord]) -> Vec<String> {
        let ids = ["a1", "b1", "c1", "d1"];
        let texts = ids.iter().enumerate().map(|(index, id)| {
            let down = ids[..index].last().map_or("[]".to_owned(), |id| format!("\"{id}\""));
            format!("/*---\nrevision = \"{id}\"\ndown_revision = {down}\n---*/\n--- upgrade\n")
        });
        let directory = tempfile::tempdir().unwrap();
        for (text, id) in texts.zip(ids) {
            std::fs::write(directory.path().join(format!("{id}.sql")), text).unwrap();
        }
        let locations = [directory.path().to_owned()];
        let revisions =
            crate::script::Revisions::load(&locations, &crate::script::LoadOptions::default())
                .unwrap();
        let heads = Heads::from_iter(["d1".parse::<RevisionId>().unwrap()]);
        let graph = revisions.graph();
        let edited = edited_since(log, Dialect::Postgresql, &revisions, graph, &heads);
        let never_ran = edited.iter().filter_map(|one| Some((one, one.never_ran_below()?)));
        never_ran.map(|(one, below)| format!("{} below {below}", one.revision)).collect()
    }

    #[test]
    fn what_lies_between_what_ran_and_never_ran_is_found() {
        let up = |id| record("done", "upgrade", id, "");
        let others = [up("a1"), up("c1"), up("d1")];
        assert_eq!(never_ran_of_chain(&others), ["b1 below c1"]);
        // Below all that ran, or above it, another program may well have been at work.
        assert_eq!(never_ran_of_chain(&[up("b1"), up("c1")]), Vec::<String>::new());
        assert_eq!(never_ran_of_chain(&[]), Vec::<String>::new());
        assert_eq!(never_ran_of_chain(&[up("a1"), up("d1")]), ["b1 below d1", "c1 below d1"]);
        for (word, settled) in [
            ("done", record("done", "upgrade", "b1", "")),
            ("accept", record("accept", "upgrade", "b1", "")),
            ("stamp", record("done", "stamp", "x1, b1", "")),
            ("stamp above", record("done", "stamp", "d1", "")),
        ] {
            let mut log = others.to_vec();
            log.push(settled);
            assert_eq!(never_ran_of_chain(&log), Vec::<String>::new(), "{word}");
        }
        for (word, other) in [
            ("fail", record("fail", "upgrade", "b1", "")),
            ("stamp below", record("done", "stamp", "a1", "")),
        ] {
            let mut log = others.to_vec();
            log.push(other);
            assert_eq!(never_ran_of_chain(&log), ["b1 below c1"], "{word}");
        }
    }

    proptest! {
        /// What is added between tokens is never an edit, what is added to them always one.
        #[test]
        fn fillings_are_notes_and_words_are_errors(
            words in proptest::collection::vec("[a-z]{1,5}|'[a-z ]{0,4}'|\\(|,", 1..12),
            fillings in proptest::collection::vec(" |\n|\r\n|\t| -- x\n| /\\* y \\*/ ", 12),
            extra in "[a-z]{1,5}",
        ) {
            // A line break makes one string of two; that is an edit.
            let are_strings = |pair: &[String]| pair.iter().all(|word| word.starts_with('\''));
            prop_assume!(!words.windows(2).any(are_strings));
            let before = words.join(" ");
            let mut after = String::new();
            for (word, filling) in words.iter().zip(&fillings) {
                after.push_str(word);
                after.push_str(filling);
            }
            let found = change(&before, &after);
            prop_assert!(found.is_none() || found == Some(TextChange::Comments), "{after:?}");
            let edited = format!("{after} {extra}");
            prop_assert_eq!(change(&before, &edited), Some(TextChange::Statements));
        }
    }
}
