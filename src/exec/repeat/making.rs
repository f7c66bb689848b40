//! All that running scripts needs: the scripts of a site, with what is done of each.

use std::sync::Arc;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;
use uuid::Uuid;

use super::RepeatFailure;
use super::RepeatFailureKind;
use super::views;
use super::views::View;
use crate::db::Act;
use crate::db::Database;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::Timeouts;
use crate::exec::Observer;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::exec::limits::milliseconds;
use crate::exec::prepare::digest;
use crate::exec::prepare::fill;
use crate::exec::prepare::normalized_digest;
use crate::graph::RevisionGraph;
use crate::script::Repeatable;
use crate::script::sql;
use crate::script::sql::SessionEffect;
use crate::script::sql::Statement;

/// All that running scripts needs.
pub(super) struct Making<'a> {
    pub(super) graph: &'a RevisionGraph,
    pub(super) options: &'a RunOptions,
    pub(super) scripts: Arc<[Repeatable]>,
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
    pub(super) fn is_inside(&self, place: usize, dialect: Dialect) -> bool {
        let Some(one) = self.script(place) else { return false };
        let is_refused =
            || one.statements.iter().any(|one| sql::refuses_transaction(one, dialect).is_some());
        dialect.has_transactional_ddl()
            && one.script().options.transaction.unwrap_or_else(|| !is_refused())
    }

    /// Refuses a script that cannot be run.
    pub(super) fn check(&self, place: usize, dialect: Dialect) -> Result<(), RunErrorKind> {
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

    /// Runs the statements of a script.
    pub(super) fn run_statements(
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

    pub(super) fn record_done(
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

    pub(super) fn record_failure(
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
