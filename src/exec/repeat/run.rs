//! Running repeatable scripts.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;
use uuid::Uuid;

use super::Due;
use super::Reason;
use super::RepeatFailure;
use super::RepeatFailureKind;
use super::RepeatReport;
use super::Repeated;
use super::Standing;
use super::Which;
use super::savepoint::attempt;
use super::standing;
use super::standing::Applied;
use super::views;
use super::views::View;
use crate::db::Act;
use crate::db::Database;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::JournalFilter;
use crate::db::Timeouts;
use crate::exec::Migrator;
use crate::exec::Observer;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::exec::limits::milliseconds;
use crate::exec::lock;
use crate::exec::prepare::digest;
use crate::exec::prepare::fill;
use crate::exec::prepare::normalized_digest;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::script::Repeatable;
use crate::script::sql;
use crate::script::sql::Mention;
use crate::script::sql::SessionEffect;
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

/// All that running scripts needs.
pub(super) struct Making<'a> {
    graph: &'a RevisionGraph,
    options: &'a RunOptions,
    scripts: Arc<[Repeatable]>,
    run: Uuid,
}

impl<'a> Making<'a> {
    /// For a site with this part of the graph.
    pub(super) fn of(
        graph: &'a RevisionGraph,
        options: &'a RunOptions,
        dialect: Dialect,
    ) -> Result<Self, RunErrorKind> {
        let database = options.database.as_deref();
        let scripts = options.repeatables.for_site(dialect, |one| one.is_for(database, graph));
        let scripts =
            scripts.map_err(|unsplit| RunErrorKind::Repeatable(Box::new((*unsplit).into())))?;
        Ok(Making { graph, options, scripts, run: Uuid::new_v4() })
    }

    pub(super) fn script(&self, place: usize) -> Option<&Repeatable> {
        self.scripts.get(place)
    }

    /// The views of the site.
    pub(super) fn views(&self, database: &mut dyn Database) -> Result<Vec<View>, RunErrorKind> {
        Ok(views::views(database, self.options.tenant.is_some())?)
    }

    /// The script that makes `view`.
    pub(super) fn owner_of(&self, view: &View) -> Option<usize> {
        let makes = |one: &Repeatable| one.makes.iter().any(|made| made.name.may_be(&view.name));
        self.scripts.iter().position(makes)
    }

    /// Whether a script runs in the transaction of all of them: unless it says that it does not, or
    /// says nothing and holds what cannot.
    fn is_inside(&self, place: usize, dialect: Dialect) -> bool {
        let Some(one) = self.script(place) else { return false };
        let is_refused =
            || one.statements.iter().any(|one| sql::refuses_transaction(one, dialect).is_some());
        dialect.has_transactional_ddl()
            && one.script().options.transaction.unwrap_or_else(|| !is_refused())
    }

    /// Refuses a script that cannot be run.
    fn check(&self, place: usize, dialect: Dialect) -> Result<(), RunErrorKind> {
        let Some(one) = self.script(place) else { return Ok(()) };
        let in_transaction = self.is_inside(place, dialect);
        let failed = |statement, kind| {
            Err(RunErrorKind::Repeatable(Box::new(RepeatFailure::new(
                one.script(),
                statement,
                kind,
            ))))
        };
        if one.statements.is_empty() {
            return failed(None, RepeatFailureKind::Empty);
        }
        for statement in &one.statements {
            if let Some(word) = sql::transaction_control(statement, dialect) {
                let word = word.to_string();
                let kind = RepeatFailureKind::TransactionControl { word, dialect };
                return failed(Some(statement), kind);
            }
            if let (true, Some(words)) =
                (in_transaction, sql::refuses_transaction(statement, dialect))
            {
                return failed(Some(statement), RepeatFailureKind::RefusesTransaction { words });
            }
            if sql::session_effect(statement, dialect) == SessionEffect::TableLocks {
                let word = "LOCK TABLES".to_owned();
                let kind = RepeatFailureKind::TransactionControl { word, dialect };
                return failed(Some(statement), kind);
            }
        }
        Ok(())
    }

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

    /// The views of `before` that are gone, other than those `dropped` by name.
    fn lost(
        &self,
        database: &mut dyn Database,
        before: &[View],
        dropped: &[Mention],
    ) -> Result<Vec<View>, RunErrorKind> {
        if before.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.views(database)?;
        let is_gone = |view: &&View| !now.iter().any(|one| one.name == view.name);
        let is_meant = |view: &View| dropped.iter().any(|name| name.may_be(&view.name));
        Ok(before.iter().filter(is_gone).filter(|view| !is_meant(view)).cloned().collect())
    }

    /// Makes `lost` views again: by their scripts, else as they were.
    pub(super) fn make_again(
        &self,
        database: &mut dyn Database,
        lost: &[View],
        applied: &Applied,
        places: &mut BTreeSet<usize>,
        observer: &mut dyn Observer,
    ) -> Result<MadeAgain, RunErrorKind> {
        let mut made = MadeAgain::default();
        let mut open: Vec<&View> = lost.iter().collect();
        while !open.is_empty() {
            let count = open.len();
            let mut left = Vec::new();
            made.left.clear();
            for view in open {
                // A script may have made several.
                if !views::present(database, std::slice::from_ref(&view.name))?.is_empty() {
                    continue;
                }
                let owner =
                    self.owner_of(view).and_then(|place| Some((place, self.script(place)?)));
                if let Some((place, one)) = owner
                    && !places.contains(&place)
                    && applied.missing_for(one, self.graph).is_empty()
                    && self.check(place, database.dialect()).is_ok()
                {
                    let started = (self.options.clock)();
                    let start = Instant::now();
                    let result =
                        attempt(database, |database| self.run_statements(database, place))?;
                    if result.is_ok() {
                        self.record_done(database, place, started)?;
                        places.insert(place);
                        let script = one.script().name.clone();
                        let due = Due { place, script, reason: Reason::Dropped };
                        observer.repeating(&due);
                        let Due { script, reason, .. } = due;
                        made.ran.push(Repeated { script, reason, elapsed: start.elapsed() });
                        continue;
                    }
                }
                let statement = plain(&view.definition);
                if let Err(error) = attempt(database, |database| database.run(&statement))? {
                    made.left.push((view.clone(), error));
                    left.push(view);
                }
            }
            if left.len() == count {
                break;
            }
            open = left;
        }
        Ok(made)
    }

    /// Gives views that were made again what was added to them before.
    pub(super) fn give_back(
        &self,
        database: &mut dyn Database,
        before: &[View],
        places: &BTreeSet<usize>,
        observer: &mut dyn Observer,
    ) -> Result<(), RunErrorKind> {
        if before.iter().all(|view| view.belongings.is_empty()) {
            return Ok(());
        }
        let dialect = database.dialect();
        let now = self.views(database)?;
        for view in before {
            let Some(one) = now.iter().find(|one| one.name == view.name) else { continue };
            if dialect == Dialect::Postgresql && one.identity == view.identity {
                continue;
            }
            let script = self.owner_of(view).filter(|place| places.contains(place));
            let words = script.and_then(|place| self.script(place));
            let words = words.map(|one| sql::mentions(one.script().sql(), dialect));
            let sees_to = |word: &str| {
                let mut words = words.iter().flatten();
                words.any(|mention| mention.name.eq_ignore_ascii_case(word))
            };
            for belonging in &view.belongings {
                let is_there = |other: &views::Belonging| {
                    other.kind == belonging.kind && other.slot == belonging.slot
                };
                // A script that speaks of it has its reasons.
                let is_seen_to = match belonging.kind.as_str() {
                    "grant" => sees_to("grant") || sees_to("revoke"),
                    "owner" | "comment" | "default" => sees_to(&belonging.kind),
                    _ => sees_to(&belonging.slot),
                };
                if is_seen_to || one.belongings.iter().any(is_there) {
                    continue;
                }
                let statement = plain(&belonging.sql);
                if let Err(error) = attempt(database, |database| database.run(&statement))? {
                    observer.warning(&format!(
                        "{} was made again without what it had: {error}: {}",
                        view.sql_name, belonging.sql
                    ));
                }
            }
        }
        Ok(())
    }

    /// Runs the statements of a script.
    fn run_statements(
        &self,
        database: &mut dyn Database,
        place: usize,
    ) -> Result<(), RunErrorKind> {
        let Some(one) = self.script(place) else { return Ok(()) };
        let (script, dialect) = (one.script(), database.dialect());
        let failed = |statement: &Statement, kind| {
            let failure = RepeatFailure::new(script, Some(statement), kind);
            RunErrorKind::Repeatable(Box::new(failure))
        };
        database.reset_session()?;
        let (asked, configured) = (self.options.asked_limits, self.options.limits);
        let lock = asked.lock_timeout.or(script.options.lock_timeout).or(configured.lock_timeout);
        let statement = asked.statement_timeout.or(script.options.statement_timeout);
        let statement = statement.or(configured.statement_timeout);
        database.set_timeouts(Timeouts {
            lock: lock.map(milliseconds),
            statement: statement.filter(|_| dialect != Dialect::Sqlite).map(milliseconds),
        })?;
        for dropped in &script.drops {
            let statement = Statement { text: dropped.sql(dialect), position: script.position() };
            database
                .run(&statement)
                .map_err(|error| failed(&statement, RepeatFailureKind::Database(error)))?;
        }
        for statement in &one.statements {
            if self.options.is_interrupted() {
                return Err(RunErrorKind::Interrupted { halfway: None });
            }
            let filled = match script.options.is_template {
                false => statement.clone(),
                true if self.options.tenant.is_none() => {
                    return Err(failed(statement, RepeatFailureKind::NoTenant));
                }
                true => fill(statement, dialect, self.options)
                    .map_err(|error| failed(statement, RepeatFailureKind::Template(error)))?,
            };
            database
                .run(&filled)
                .map_err(|error| failed(&filled, RepeatFailureKind::Database(error)))?;
        }
        // What follows is limbeck's own, and knows no such limits.
        Ok(database.set_timeouts(Timeouts::default())?)
    }

    fn record_done(
        &self,
        database: &mut dyn Database,
        place: usize,
        started: DateTime<Utc>,
    ) -> Result<(), RunErrorKind> {
        let Some(one) = self.script(place) else { return Ok(()) };
        let (script, dialect) = (one.script(), database.dialect());
        let entry = JournalEntry {
            raw_digest: Some(digest(script.sql())),
            normalized_digest: Some(normalized_digest(script.sql(), dialect)),
            file: Some(self.options.file_name(&script.path)),
            ..self.entry(&script.name, JournalEvent::Done, started)
        };
        Ok(database.record(&entry)?)
    }

    fn record_failure(
        &self,
        database: &mut dyn Database,
        error: &RunErrorKind,
        observer: &mut dyn Observer,
    ) {
        let RunErrorKind::Repeatable(failure) = error else { return };
        let entry = self.entry(&failure.script, JournalEvent::Fail, (self.options.clock)());
        let entry = JournalEntry { error: Some(error.to_string()), ..entry };
        if let Err(error) = database.record(&entry) {
            observer.warning(&format!("the failure could not be journaled: {error}"));
        }
    }

    pub(super) fn entry(
        &self,
        name: &str,
        event: JournalEvent,
        started_at: DateTime<Utc>,
    ) -> JournalEntry {
        let entry = self.options.entry(self.run, name.to_owned(), Act::Repeatable, event);
        JournalEntry { started_at, ..entry }
    }
}

/// What became of views that were to be made again.
#[derive(Debug, Default)]
pub(super) struct MadeAgain {
    /// The scripts that ran for it.
    pub(super) ran: Vec<Repeated>,
    /// What could not be made, and why.
    pub(super) left: Vec<(View, crate::db::DatabaseError)>,
}

/// A statement of limbeck's own.
pub(super) fn plain(text: &str) -> Statement {
    Statement { text: text.to_owned(), position: sql::SourcePosition { line: 1, column: 1 } }
}
