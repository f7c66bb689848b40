//! Running repeatable scripts.

use std::collections::BTreeSet;
use std::time::Instant;

use limbeck_schema::Dialect;

use super::Due;
use super::RepeatFailure;
use super::RepeatFailureKind;
use super::RepeatReport;
use super::Repeated;
use super::Standing;
use super::Which;
use super::making::Making;
use super::standing;
use super::standing::Applied;
use super::views::View;
use crate::db::Database;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::JournalFilter;
use crate::exec::Migrator;
use crate::exec::Observer;
use crate::exec::RunErrorKind;
use crate::exec::lock;
use crate::graph::Heads;
use crate::script::sql;
use crate::script::sql::Mention;
use crate::script::sql::Statement;

impl Migrator<'_> {
    /// What is to be done about the repeatable scripts of a site. Changes nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn repeatables(
        &self,
        database: &mut dyn Database,
        which: &Which,
    ) -> Result<Standing, RunErrorKind> {
        let heads = database.version_rows()?.unwrap_or_default();
        self.standing(database, &heads, which)
    }

    fn standing(
        &self,
        database: &mut dyn Database,
        heads: &Heads,
        which: &Which,
    ) -> Result<Standing, RunErrorKind> {
        let making = Making::of(self.graph, &self.options, database.dialect())?;
        Ok(standing::standing(database, self.graph, &making.scripts, heads, which)?)
    }

    /// Looks whether the repeatable scripts of a site can be run, as far as their texts tell.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check_repeatables(&self, dialect: Dialect) -> Result<(), RunErrorKind> {
        let making = Making::of(self.graph, &self.options, dialect)?;
        (0..making.scripts.len()).try_for_each(|place| making.check(place, dialect))
    }

    /// Runs the repeatable scripts of a site that are to run. Takes the lock only where there are
    /// any.
    ///
    /// # Errors
    /// Whatever ends it, with nothing left of what ran in the same transaction.
    pub fn repeat(
        &self,
        database: &mut dyn Database,
        which: &Which,
        observer: &mut dyn Observer,
    ) -> Result<RepeatReport, RunErrorKind> {
        if !self.options.repeatables.is_there() {
            return Ok(RepeatReport::default());
        }
        let Standing { due, waiting, gone } = self.repeatables(database, which)?;
        let mut report = RepeatReport { ran: Vec::new(), waiting, gone };
        if due.is_empty() {
            return Ok(report);
        }
        let making = Making::of(self.graph, &self.options, database.dialect())?;
        for one in &due {
            making.check(one.place, database.dialect())?;
        }
        report.ran = lock::with_lock(database, &self.options, observer, |database, observer| {
            let heads = database.version_rows()?.unwrap_or_default();
            let due = self.standing(database, &heads, which)?.due;
            making.run(database, &heads, &due, observer)
        })?;
        Ok(report)
    }

    /// Whether the journal says that the script `name` ran, and nobody has told it to forget that.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn knows_repeatable(
        &self,
        database: &mut dyn Database,
        name: &str,
    ) -> Result<bool, RunErrorKind> {
        let log = database.journal_log(&JournalFilter::Repeatable)?.unwrap_or_default();
        Ok(standing::last_of_each(&log).contains_key(name))
    }

    /// Takes what the journal says of the script `name` as no longer said, so that it is not missed
    /// where its file is gone, and runs again where it is there.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn forget_repeatable(
        &self,
        database: &mut dyn Database,
        name: &str,
    ) -> Result<(), RunErrorKind> {
        let now = (self.options.clock)();
        let making = Making::of(self.graph, &self.options, database.dialect())?;
        let entry = making.entry(name, JournalEvent::Forget, now);
        database.ensure_journal()?;
        Ok(database.record(&entry)?)
    }
}

impl Making<'_> {
    fn run(
        &self,
        database: &mut dyn Database,
        heads: &Heads,
        due: &[Due],
        observer: &mut dyn Observer,
    ) -> Result<Vec<Repeated>, RunErrorKind> {
        let dialect = database.dialect();
        for one in due {
            self.check(one.place, dialect)?;
        }
        database.ensure_journal()?;
        let is_inside = |one: &Due| self.is_inside(one.place, dialect);
        let mut ran = Vec::new();
        for part in due.chunk_by(|one, other| is_inside(one) && is_inside(other)) {
            if self.options.is_interrupted() {
                return Err(RunErrorKind::Interrupted { halfway: None });
            }
            match part {
                [one] if !is_inside(one) => ran.push(self.run_outside(database, one, observer)?),
                part => ran.extend(self.run_inside(database, heads, part, observer)?),
            }
        }
        Ok(ran)
    }

    /// One script, each statement by itself.
    fn run_outside(
        &self,
        database: &mut dyn Database,
        due: &Due,
        observer: &mut dyn Observer,
    ) -> Result<Repeated, RunErrorKind> {
        let started = (self.options.clock)();
        observer.repeating(due);
        let start = Instant::now();
        let mut result = self.run_statements(database, due.place);
        if let Err(RunErrorKind::Repeatable(failure)) = &mut result {
            failure.is_undone = false;
        }
        if let Err(error) = &result {
            let entry = self.entry(&due.script, JournalEvent::Fail, started);
            let entry = JournalEntry { error: Some(error.to_string()), ..entry };
            if let Err(error) = database.record(&entry) {
                observer.warning(&format!("the failure could not be journaled: {error}"));
            }
        }
        result?;
        self.record_done(database, due.place, started)?;
        Ok(Repeated {
            script: due.script.clone(),
            reason: due.reason.clone(),
            elapsed: start.elapsed(),
        })
    }

    /// Several in one transaction, with whatever of others they drop.
    fn run_inside(
        &self,
        database: &mut dyn Database,
        heads: &Heads,
        part: &[Due],
        observer: &mut dyn Observer,
    ) -> Result<Vec<Repeated>, RunErrorKind> {
        database.reset_session()?;
        database.begin()?;
        let result = self.run_part(database, heads, part, observer);
        let result = result.and_then(|ran| {
            database.commit()?;
            Ok(ran)
        });
        if let Err(error) = &result {
            if let Err(error) = database.rollback() {
                observer.warning(&format!("the rollback failed too: {error}"));
            }
            self.record_failure(database, error, observer);
        }
        result
    }

    fn run_part(
        &self,
        database: &mut dyn Database,
        heads: &Heads,
        part: &[Due],
        observer: &mut dyn Observer,
    ) -> Result<Vec<Repeated>, RunErrorKind> {
        let before = self.views(database)?;
        let mut ran = Vec::new();
        let mut places = BTreeSet::new();
        let mut dropped = Vec::new();
        for due in part {
            // It may have been made again with another.
            if !places.insert(due.place) {
                continue;
            }
            let started = (self.options.clock)();
            observer.repeating(due);
            let start = Instant::now();
            self.run_statements(database, due.place)?;
            self.record_done(database, due.place, started)?;
            dropped.extend(self.dropped_by(due.place, database.dialect()));
            let (script, reason) = (due.script.clone(), due.reason.clone());
            ran.push(Repeated { script, reason, elapsed: start.elapsed() });
            let lost = self.lost(database, &before, &dropped)?;
            // Those that are to come are due by themselves.
            let lost = lost.into_iter().filter(|view| {
                let owner = self.owner_of(view);
                !part.iter().any(|due| Some(due.place) == owner && !places.contains(&due.place))
            });
            let lost: Vec<View> = lost.collect();
            let applied = Applied::of(self.graph, heads);
            let made = self.make_again(database, &lost, &applied, &mut places, observer)?;
            ran.extend(made.ran);
            if let Some((view, error)) = made.left.into_iter().next()
                && let Some(one) = self.script(due.place)
            {
                let view = view.sql_name;
                let kind = RepeatFailureKind::Lost { view, error };
                let failure = RepeatFailure::new(one.script(), None, kind);
                return Err(RunErrorKind::Repeatable(Box::new(failure)));
            }
        }
        self.give_back(database, &before, &places, observer)?;
        Ok(ran)
    }

    /// What the script itself asks to be dropped: that is not to be made again.
    fn dropped_by(&self, place: usize, dialect: Dialect) -> Vec<Mention> {
        let Some(one) = self.script(place) else { return Vec::new() };
        let asked = one.script().drops.iter().map(|dropped| Statement {
            text: dropped.sql(dialect),
            position: one.script().position(),
        });
        let asked: Vec<Statement> = asked.collect();
        let statements = asked.iter().chain(&one.statements);
        statements.flat_map(|statement| sql::dropped(statement, dialect)).collect()
    }
}
