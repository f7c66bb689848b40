//! Statements that a database refuses within a transaction, and the revisions that hold them.
//!
//! A revision that does not say how it is to run runs in one transaction, unless it holds such a
//! statement. Then each of these is sent alone, and what stands before, between and behind them is
//! one transaction each: what is done half-way is as little as can be.

use std::collections::BTreeSet;
use std::ops::Range;

use limbeck_schema::Dialect;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::script::Direction as ScriptDirection;
use crate::script::RevisionFile;
use crate::script::sql;
use crate::script::sql::AddedValue;
use crate::script::sql::Statement;

use super::options::RunOptions;
use super::options::TransactionMode;
use super::prepare::PreparedScript;
use super::prepare::ScriptBody;
use super::prepare::ScriptSource;

/// The first PostgreSQL that adds a value to an enumeration within a transaction.
const FIRST_WITH_VALUES_INSIDE: u32 = 120_000;

const ADD_VALUE: &str = "ALTER TYPE ... ADD VALUE";

/// How a script is parted that cannot run in one transaction, and does not say so itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// What the first statement is that stands alone: `CREATE INDEX CONCURRENTLY`.
    pub words: String,
    /// The line it begins in.
    pub line: usize,
    /// The statements that stand alone, counted from 0.
    pub alone: BTreeSet<usize>,
}

/// Statements that are run together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// Which, counted from 0.
    pub(super) statements: Range<usize>,
    /// Whether they are one transaction.
    pub(super) is_transaction: bool,
}

impl Parts {
    /// The segments of a script of so many statements, in order.
    pub(super) fn segments(&self, count: usize) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        for at in 0..count {
            let is_transaction = !self.alone.contains(&at);
            match segments.last_mut() {
                Some(last) if is_transaction && last.is_transaction => {
                    last.statements.end = at + 1;
                }
                _ => segments.push(Segment { statements: at..at + 1, is_transaction }),
            }
        }
        segments
    }

    /// How many transactions there are beside the statements that stand alone.
    pub fn transactions(&self, count: usize) -> usize {
        self.segments(count).iter().filter(|segment| segment.is_transaction).count()
    }

    fn add(parts: &mut Option<Parts>, at: usize, statement: &Statement, words: String) {
        let line = statement.position.line;
        let parts = parts.get_or_insert_with(|| Parts {
            words: words.clone(),
            line,
            alone: BTreeSet::new(),
        });
        if line < parts.line {
            (parts.words, parts.line) = (words, line);
        }
        parts.alone.insert(at);
    }
}

/// How a script of these statements is parted; `None` of one that can run in one transaction.
pub(super) fn parts_of(statements: &[Statement], dialect: Dialect) -> Option<Parts> {
    let mut parts = None;
    for (at, statement) in statements.iter().enumerate() {
        if let Some(words) = sql::refuses_transaction(statement, dialect) {
            Parts::add(&mut parts, at, statement, words);
        }
    }
    for (at, added) in values_added(statements, dialect) {
        if statements.iter().skip(at + 1).any(|one| sql::may_use_value(one, &added)) {
            Parts::add(&mut parts, at, &statements[at], ADD_VALUE.to_owned());
        }
    }
    parts
}

/// The values that are added to enumerations which the script does not make itself: those may be
/// used at once.
fn values_added(statements: &[Statement], dialect: Dialect) -> Vec<(usize, AddedValue)> {
    let added = statements.iter().enumerate().filter_map(|(at, statement)| {
        let added = sql::added_value(statement, dialect)?;
        let is_made_here = statements.iter().take(at).any(|one| sql::creates_type(one, &added.of));
        (!is_made_here).then_some((at, added))
    });
    added.collect()
}

/// Whether a revision may have run outside a transaction, as far as its SQL tells, where that is to
/// be looked up: in any of its directions, or in one.
pub(super) fn may_run_outside(
    file: &RevisionFile,
    direction: Option<ScriptDirection>,
    dialect: Dialect,
) -> bool {
    if let Some(transaction) = file.options.transaction {
        return !transaction;
    }
    [ScriptDirection::Upgrade, ScriptDirection::Downgrade]
        .into_iter()
        .filter(|one| direction.is_none_or(|direction| direction == *one))
        .filter_map(|direction| file.section(direction, dialect))
        .any(|section| match sql::split(&section.text, dialect, section.position) {
            Ok(statements) => {
                parts_of(&statements, dialect).is_some()
                    || !values_added(&statements, dialect).is_empty()
            }
            // Whoever runs it has the error.
            Err(_) => false,
        })
}

/// Parts those of the scripts of a run that add values to enumerations, where the server does not
/// take that in a transaction, or a later script of the same transaction uses them.
///
/// # Errors
/// When the server cannot be asked for its version.
pub(super) fn part_additions(
    database: &mut dyn Database,
    scripts: &mut [Option<PreparedScript>],
    source: &dyn ScriptSource,
    options: &RunOptions,
) -> Result<(), DatabaseError> {
    let dialect = database.dialect();
    let mut is_old = None;
    for index in 0..scripts.len() {
        let (before, rest) = scripts.split_at_mut(index);
        let Some((Some(script), behind)) = rest.split_first_mut() else { continue };
        let says_nothing =
            source.file(&script.revision).is_some_and(|file| file.options.transaction.is_none());
        let ScriptBody::Sql(statements) = &script.body else { continue };
        let added = values_added(statements, dialect);
        if added.is_empty() || !says_nothing {
            continue;
        }
        let is_old = match is_old {
            Some(is_old) => is_old,
            None => {
                let version = database.server_version_num()?;
                *is_old.insert(version.is_some_and(|it| it < FIRST_WITH_VALUES_INSIDE))
            }
        };
        let is_shared = options.transaction_mode == TransactionMode::Alembic;
        let is_made_before = |added: &AddedValue| {
            let statements = before.iter().flatten().flat_map(PreparedScript::statements);
            is_shared && statements.into_iter().any(|one| sql::creates_type(one, &added.of))
        };
        let is_used_behind = |added: &AddedValue| {
            let mut statements = behind.iter().flatten().flat_map(PreparedScript::statements);
            is_shared && statements.any(|one| sql::may_use_value(one, added))
        };
        let mut parts = script.parts.clone();
        for (at, added) in added {
            if is_old || (is_used_behind(&added) && !is_made_before(&added)) {
                Parts::add(&mut parts, at, &statements[at], ADD_VALUE.to_owned());
            }
        }
        script.transaction &= parts.is_none();
        script.parts = parts;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::sql::SourcePosition;

    fn parted(text: &str, dialect: Dialect) -> Option<(String, usize, Vec<Segment>)> {
        let start = SourcePosition { line: 1, column: 1 };
        let statements = sql::split(text, dialect, start).unwrap();
        let parts = parts_of(&statements, dialect)?;
        let segments = parts.segments(statements.len());
        Some((parts.words, parts.line, segments))
    }

    #[test]
    fn what_cannot_be_in_a_transaction_parts_a_script() {
        let segment = |statements, is_transaction| Segment { statements, is_transaction };
        let text = "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n\
                    CREATE INDEX CONCURRENTLY i ON t (a);\nVACUUM t;\nDROP TABLE u;\n";
        assert_eq!(
            parted(text, Dialect::Postgresql),
            Some((
                "CREATE INDEX CONCURRENTLY".to_owned(),
                3,
                vec![
                    segment(0..2, true),
                    segment(2..3, false),
                    segment(3..4, false),
                    segment(4..5, true)
                ]
            ))
        );
        assert_eq!(parted("CREATE TABLE t (a int); SELECT 1", Dialect::Postgresql), None);
        assert_eq!(
            parted("PRAGMA foreign_keys = ON; SELECT 1", Dialect::Sqlite),
            Some((
                "PRAGMA foreign_keys".to_owned(),
                1,
                vec![segment(0..1, false), segment(1..2, true)]
            ))
        );
    }

    #[test]
    fn a_new_value_parts_a_script_only_where_it_is_used() {
        let add = "ALTER TYPE mood ADD VALUE 'so so';\n";
        let words =
            |text: &str| parted(text, Dialect::Postgresql).map(|(words, line, _)| (words, line));
        assert_eq!(words(&format!("SELECT 1;\n{add}UPDATE t SET m = 'ok';")), None);
        let used = format!("SELECT 1;\n{add}UPDATE t SET m = 'so so';");
        assert_eq!(words(&used), Some((ADD_VALUE.to_owned(), 2)));
        assert_eq!(words(&format!("CREATE TYPE mood AS ENUM ('ok');\n{used}")), None);
    }
}
