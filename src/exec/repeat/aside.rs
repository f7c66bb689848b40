//! Views that stand in the way of a revision: taken away before it, and made again behind it, in
//! its transaction.
//!
//! PostgreSQL refuses to change or drop a column that a view shows, and SQLite to rename or drop
//! what a view names. Which views these are is asked only once the database has refused: then all
//! is rolled back and done again without them. Views that no repeatable script makes are left to
//! the revision, as ever, unless they stand on one that is taken away.

use std::collections::BTreeSet;

use limbeck_schema::Dialect;

use super::RepeatFailure;
use super::RepeatFailureKind;
use super::again::plain;
use super::making::Making;
use super::standing::Applied;
use super::views;
use super::views::View;
use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::JournalEvent;
use crate::exec::Observer;
use crate::exec::PreparedScript;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::plan::Direction;
use crate::script::sql;
use crate::script::sql::Mention;

/// The views that are taken away.
pub(in crate::exec) struct Aside<'a> {
    graph: &'a RevisionGraph,
    options: &'a RunOptions,
    /// What tells them from others.
    chosen: BTreeSet<String>,
    /// As they were taken away, in the order in which they can be made.
    taken: Vec<View>,
}

impl<'a> Aside<'a> {
    /// None yet.
    pub(in crate::exec) fn new(graph: &'a RevisionGraph, options: &'a RunOptions) -> Self {
        Aside { graph, options, chosen: BTreeSet::new(), taken: Vec::new() }
    }

    /// Adds the views that `error` may be about, of one of `scripts`; whether there are any, so that
    /// all that was rolled back is worth another attempt.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub(in crate::exec) fn widen(
        &mut self,
        database: &mut dyn Database,
        error: &RunErrorKind,
        scripts: &[&PreparedScript],
    ) -> Result<bool, RunErrorKind> {
        if !self.options.repeatables.is_there() || self.options.is_interrupted() {
            return Ok(false);
        }
        let dialect = database.dialect();
        let making = Making::of(self.graph, self.options, dialect)?;
        let Some((statement, error)) = refused(error) else { return Ok(false) };
        if error.kind != DatabaseErrorKind::Statement || !sql::alters(statement, dialect) {
            return Ok(false);
        }
        let found = match dialect {
            Dialect::Mysql => return Ok(false),
            Dialect::Sqlite if !error.message.contains("error in view") => return Ok(false),
            Dialect::Sqlite => {
                let views = making.views(database)?.into_iter();
                let own = views.filter(|view| making.owner_of(view).is_some());
                own.map(|view| view.identity).collect()
            }
            Dialect::Postgresql => dependents_of(&making, database, &[statement])?,
        };
        if self.add(found) {
            return Ok(true);
        }
        if dialect != Dialect::Postgresql {
            return Ok(false);
        }
        // What the statement names may have had another name before the transaction.
        let statements = scripts.iter().flat_map(|script| script.statements());
        let texts: Vec<&str> = statements.map(|statement| statement.text.as_str()).collect();
        let found = dependents_of(&making, database, &texts)?;
        Ok(self.add(found))
    }

    /// Whether any of the views that are `found` is new.
    fn add(&mut self, found: BTreeSet<String>) -> bool {
        let count = self.chosen.len();
        self.chosen.extend(found);
        self.chosen.len() > count
    }

    /// Takes the views away, within the transaction that is open.
    ///
    /// # Errors
    /// Whatever the database says.
    pub(in crate::exec) fn take_away(
        &mut self,
        database: &mut dyn Database,
    ) -> Result<(), RunErrorKind> {
        self.taken.clear();
        if self.chosen.is_empty() {
            return Ok(());
        }
        let making = Making::of(self.graph, self.options, database.dialect())?;
        let mut open: Vec<View> = making.views(database)?;
        open.retain(|view| self.chosen.contains(&view.identity));
        let names: Vec<_> = open.iter().map(|view| view.name.clone()).collect();
        let above = views::dependents(database, &names)?;
        // What nothing stands on goes first.
        while !open.is_empty() {
            let is_free = |view: &View| {
                let on_it = above.iter().filter(|one| one.on == view.identity);
                let mut on_it = on_it.map(|one| &one.identity);
                !on_it.any(|identity| open.iter().any(|other| other.identity == *identity))
            };
            let place = open.iter().rposition(is_free).unwrap_or(open.len() - 1);
            let view = open.remove(place);
            database.run(&plain(&view.drop_sql()))?;
            self.taken.push(view);
        }
        self.taken.reverse();
        Ok(())
    }

    /// Makes them again, where a `direction` has led to the rows `heads`. After a downgrade, a
    /// script whose views cannot be made any more is noted as one whose views are gone.
    ///
    /// # Errors
    /// When a view cannot be made again after an upgrade, or one that no script makes.
    pub(in crate::exec) fn put_back(
        &self,
        database: &mut dyn Database,
        direction: Direction,
        heads: &Heads,
        observer: &mut dyn Observer,
    ) -> Result<(), RunErrorKind> {
        if self.taken.is_empty() {
            return Ok(());
        }
        database.reset_session()?;
        let making = Making::of(self.graph, self.options, database.dialect())?;
        let applied = Applied::of(self.graph, heads);
        let mut places = BTreeSet::new();
        let made = making.make_again(database, &self.taken, &applied, &mut places, observer)?;
        let mut gone = Vec::new();
        for (view, error) in made.left {
            let script = making.owner_of(&view).and_then(|place| making.script(place));
            match (direction, script) {
                (Direction::Downgrade, Some(one)) => gone.push((view, &one.script().name)),
                (_, Some(one)) => {
                    let kind = RepeatFailureKind::Lost { view: view.sql_name, error };
                    let failure = RepeatFailure::new(one.script(), None, kind);
                    return Err(RunErrorKind::Repeatable(Box::new(failure)));
                }
                (_, None) => {
                    let message = format!(
                        "{}, which no repeatable script makes, is in the way, and cannot be made \
                         again: {}",
                        view.sql_name, error.message
                    );
                    return Err(DatabaseError { message, ..error }.into());
                }
            }
        }
        for (view, name) in gone {
            database.record(&making.entry(name, JournalEvent::Drop, (self.options.clock)()))?;
            observer.warning(&format!(
                "{} went with what it is made of; an upgrade makes it again ({name})",
                view.sql_name
            ));
        }
        making.give_back(database, &self.taken, &places, observer)
    }
}

/// The views of repeatable scripts that depend on what `statements` name, and all that stand on
/// these.
fn dependents_of(
    making: &Making<'_>,
    database: &mut dyn Database,
    statements: &[&str],
) -> Result<BTreeSet<String>, RunErrorKind> {
    let names = statements.iter().flat_map(|text| sql::mentions(text, Dialect::Postgresql));
    let names: BTreeSet<Mention> = names.collect();
    let names: Vec<Mention> = names.into_iter().collect();
    let dependents = views::dependents(database, &names)?;
    if dependents.is_empty() {
        return Ok(BTreeSet::new());
    }
    let all = making.views(database)?;
    let is_own = |identity: &str| {
        let view = all.iter().find(|view| view.identity == identity);
        view.is_some_and(|view| making.owner_of(view).is_some())
    };
    let mut found: BTreeSet<String> = dependents
        .iter()
        .map(|one| one.identity.clone())
        .filter(|identity| is_own(identity))
        .collect();
    loop {
        let above = dependents.iter().filter(|one| found.contains(&one.on));
        let above: Vec<String> = above.map(|one| one.identity.clone()).collect();
        let count = found.len();
        found.extend(above);
        if found.len() == count {
            return Ok(found);
        }
    }
}

/// The statement that the database has refused, and what it said.
fn refused(error: &RunErrorKind) -> Option<(&str, &DatabaseError)> {
    match error {
        RunErrorKind::Statement(failure) => Some((&failure.statement.text, &failure.error)),
        RunErrorKind::Python(failure) => {
            let (text, error) = failure.statement.as_ref()?;
            Some((text, error))
        }
        _ => None,
    }
}
