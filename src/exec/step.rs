//! One step: its script, its version rows and its journal entry.

use std::time::Instant;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;
use limbeck_schema::Target;
use uuid::Uuid;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::Timeouts;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Step;
use crate::script::sql::LockClass;
use crate::script::sql::Statement;

use super::entry::Text;
use super::error::RunErrorKind;
use super::error::StatementFailure;
use super::error::Undone;
use super::gate::Gate;
use super::limits;
use super::observer::Observer;
use super::options::RunOptions;
use super::prepare::PreparedScript;
use super::python::Worker;
use super::repeat::Aside;

/// Of a transaction nobody has seen the end of.
pub(super) const NOT_ROLLED_BACK: &str = "what it did could not be rolled back";

/// Everything the steps of one run share.
pub(super) struct StepRunner<'a> {
    pub(super) graph: &'a RevisionGraph,
    pub(super) database: &'a mut dyn Database,
    pub(super) observer: &'a mut dyn Observer,
    pub(super) gate: &'a mut dyn Gate,
    pub(super) options: &'a RunOptions,
    pub(super) run: Uuid,
    pub(super) is_journaled: bool,
    /// What a failure within a transaction undoes.
    pub(super) undone: Undone,
    /// Whether the transaction that is open may hold locks of tables.
    pub(super) holds_tables: bool,
    /// The thread for Python, once a revision has needed it, with what it compiles for.
    pub(super) python: Option<(Worker, Target)>,
}

impl StepRunner<'_> {
    /// Makes the tables that the run writes to where they are missing.
    pub(super) fn ensure_tables(&mut self) -> Result<(), DatabaseError> {
        self.database.ensure_version_table()?;
        if self.is_journaled { self.database.ensure_journal() } else { Ok(()) }
    }

    pub(super) fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
        if self.is_journaled { self.database.record(entry) } else { Ok(()) }
    }

    /// Runs `step` in a transaction of its own, or statement by statement where its script asks
    /// for that. On an error nothing of a transactional step is left.
    pub(super) fn run_alone(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
    ) -> Result<(), RunErrorKind> {
        // What an earlier script has set must not reach this one: a plan may be cut anywhere.
        self.database.reset_session()?;
        match script {
            Some(script) if !script.transaction => self.run_outside_noted(step, script),
            _ => self.run_whole(step, script),
        }
    }

    /// Runs `step` in a transaction of its own, again and again where a lock is not to be had.
    fn run_whole(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
    ) -> Result<(), RunErrorKind> {
        let mut retry = self.attempts(script);
        let mut aside = Aside::new(self.graph, self.options);
        loop {
            let started = (self.options.clock)();
            let mark = self.mark(script, false)?;
            self.database.begin()?;
            self.holds_tables = false;
            let result = self.run_without(&mut aside, step, script);
            let (error, left) = match self.end_transaction(script, result) {
                Ok(()) => return Ok(()),
                Err(ended) => ended,
            };
            // Rolled back, it may be done again without the views in its way.
            if left.is_none() && aside.widen(self.database, &error, script.as_slice())? {
                self.database.reset_session()?;
                continue;
            }
            let error = match self.instead(script, error, mark, left) {
                Ok(instead) => return self.run_instead(step, &instead, started),
                Err(error) => error,
            };
            let result = match left {
                None => self.await_next(&mut retry, error),
                Some(_) => Err(error),
            };
            if let Err(error) = result {
                self.record_failure(step, script, started, &error);
                return Err(error);
            }
            self.gate.before(&[step])?;
            self.database.reset_session()?;
        }
    }

    /// Runs `step` within the transaction that is open, with views out of its way.
    fn run_without(
        &mut self,
        aside: &mut Aside<'_>,
        step: &Step,
        script: Option<&PreparedScript>,
    ) -> Result<(), RunErrorKind> {
        aside.take_away(self.database)?;
        self.run_inside(step, script)?;
        aside.put_back(self.database, step.direction, &step.after, self.observer)
    }

    /// Runs the statements of a script, or its code, one by one, and journals an error that belongs
    /// to none of them.
    pub(super) fn run_outside_noted(
        &mut self,
        step: &Step,
        script: &PreparedScript,
    ) -> Result<(), RunErrorKind> {
        let started = (self.options.clock)();
        let result = match script.python() {
            Some(body) => self.run_python_outside(step, script, body),
            None => self.run_outside(step, script),
        };
        // A statement that failed has a row of its own.
        if let Err(
            error @ (RunErrorKind::InDoubt { .. }
            | RunErrorKind::EditedWhileUnfinished { .. }
            | RunErrorKind::LostState(_)),
        ) = &result
        {
            self.record_failure(step, Some(script), started, error);
        }
        result
    }

    /// Commits after success; rolls back and journals the failure otherwise.
    pub(super) fn finish_transaction(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
        started: DateTime<Utc>,
        result: Result<(), RunErrorKind>,
    ) -> Result<(), RunErrorKind> {
        let Err((error, _)) = self.end_transaction(script, result) else { return Ok(()) };
        self.record_failure(step, script, started, &error);
        Err(error)
    }

    /// Commits after success; rolls back otherwise, and says what may be left all the same.
    fn end_transaction(
        &mut self,
        script: Option<&PreparedScript>,
        result: Result<(), RunErrorKind>,
    ) -> Result<(), (RunErrorKind, Option<&'static str>)> {
        let error = match result {
            // What dies before this line leaves nothing of the step, what dies after it all.
            Ok(()) => match self.database.commit() {
                Ok(()) => return Ok(()),
                Err(error) => refused(script, error),
            },
            Err(error) => error,
        };
        Err((error, (!self.roll_back()).then_some(NOT_ROLLED_BACK)))
    }

    /// Journals, behind the rollback of a run that is one transaction, at which step it failed.
    /// The journal may have been rolled back with the rest, and is made again: a first run that
    /// failed must not look as if nobody had tried.
    pub(super) fn record_failed_run(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
        error: &RunErrorKind,
    ) {
        if !self.is_journaled || matches!(error, RunErrorKind::Interrupted { .. }) {
            return;
        }
        // Where the connection is gone there is nobody to tell.
        if self.database.ensure_journal().is_ok() {
            self.record_failure(step, script, (self.options.clock)(), error);
        }
    }

    /// Rolls back, on the way out of an error: a second error would only hide the first. Gives
    /// whether it did.
    pub(super) fn roll_back(&mut self) -> bool {
        let result = self.database.rollback();
        if let Err(error) = &result {
            self.observer.warning(&format!("the rollback failed too: {error}"));
        }
        result.is_ok()
    }

    /// Journals that a step failed. The journal is for reading: if it cannot be written now, the
    /// failure itself is what matters.
    pub(super) fn record_failure(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
        started: DateTime<Utc>,
        error: &RunErrorKind,
    ) {
        let entry = JournalEntry {
            error: Some(error.to_string()),
            ..self.entry(step, script, JournalEvent::Fail, started)
        };
        if let Err(error) = self.record(&entry) {
            self.observer.warning(&format!("the failure could not be journaled: {error}"));
        }
    }

    /// Runs `step` within the transaction that is open.
    pub(super) fn run_inside(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
    ) -> Result<(), RunErrorKind> {
        let started = (self.options.clock)();
        if let Some(script) = script {
            // Also where it sets none: within one transaction the limits of the revision before
            // would go on.
            self.warn_of_limits(script);
            let timeouts = self.timeouts_of(script, script.statements());
            self.database.set_timeouts(timeouts)?;
            self.holds_tables |=
                limits::class_of(script, script.statements(), self.database.dialect())
                    == LockClass::Tables;
            for statement in script.statements() {
                self.check_interrupt(None)?;
                self.database
                    .run(statement)
                    .map_err(|error| failure(script, statement, error, self.undone))?;
            }
            if let Some(body) = script.python() {
                self.run_python_inside(script, body)?;
            }
            self.verify(script, self.undone)?;
        }
        // Whoever asked to stop during the last statement does not want it committed.
        self.check_interrupt(None)?;
        self.finish(step, script, started)
    }

    /// Says which limits of a script the database has not. One history serves several dialects, so
    /// a limit for the server is no reason to refuse SQLite.
    pub(super) fn warn_of_limits(&mut self, script: &PreparedScript) {
        if script.timeouts.statement.is_some() && self.database.dialect() == Dialect::Sqlite {
            self.observer.warning(&format!(
                "revision {}: SQLite has no statement_timeout; it runs without",
                script.revision
            ));
        }
    }

    /// The limits of `statements` of a script, which run together, as far as the database has them.
    pub(super) fn timeouts_of(
        &self,
        script: &PreparedScript,
        statements: &[Statement],
    ) -> Timeouts {
        let dialect = self.database.dialect();
        let timeouts = limits::of(script, statements, dialect, self.options, self.holds_tables);
        match dialect {
            Dialect::Sqlite => Timeouts { statement: None, ..timeouts },
            Dialect::Mysql | Dialect::Postgresql => timeouts,
        }
    }

    pub(super) fn finish(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
        started: DateTime<Utc>,
    ) -> Result<(), RunErrorKind> {
        let change = step.head_change();
        if !change.is_empty() {
            self.database.change_heads(&change)?;
        }
        let entry = self.entry(step, script, JournalEvent::Done, started);
        self.record(&entry)?;
        Ok(())
    }

    /// Stops where it was asked to; `halfway` is a revision of which statements stay done.
    pub(super) fn check_interrupt(&self, halfway: Option<&RevisionId>) -> Result<(), RunErrorKind> {
        match self.options.is_interrupted() {
            true => Err(RunErrorKind::Interrupted { halfway: halfway.cloned() }),
            false => Ok(()),
        }
    }

    /// Journals that the rows were erased: without a word of it the log would tell a lie.
    pub(super) fn record_purge(&mut self, rows: &Heads) -> Result<(), DatabaseError> {
        if rows.is_empty() {
            return Ok(());
        }
        let step = Step {
            direction: Direction::Stamp,
            revision: None,
            from: rows.iter().cloned().collect(),
            to: Vec::new(),
            doc: String::new(),
            before: rows.clone(),
            after: Heads::none(),
        };
        let entry = self.entry(&step, None, JournalEvent::Done, (self.options.clock)());
        self.record(&entry)
    }

    pub(super) fn entry(
        &self,
        step: &Step,
        script: Option<&PreparedScript>,
        event: JournalEvent,
        started_at: DateTime<Utc>,
    ) -> JournalEntry {
        let is_applied = event == JournalEvent::Done && step.direction == Direction::Upgrade;
        let text = match is_applied {
            true => Text::Whole,
            false => Text::Digests,
        };
        let mut entry = self.options.entry(self.run, subject(step), step.direction, event);
        entry.started_at = started_at;
        match script {
            Some(script) => self.options.with_script(entry, script, text),
            None => entry,
        }
    }

    /// Runs `step` and reports it to the observer.
    pub(super) fn observed(
        &mut self,
        step: &Step,
        run: impl FnOnce(&mut Self) -> Result<(), RunErrorKind>,
    ) -> Result<std::time::Duration, RunErrorKind> {
        self.observer.step_started(step);
        let start = Instant::now();
        run(self)?;
        let elapsed = start.elapsed();
        self.observer.step_finished(step, elapsed);
        Ok(elapsed)
    }
}

/// The error of a commit. Of a lost connection nobody knows what became of the transaction, and
/// that rows have been moved is nothing that the commit has found.
fn refused(script: Option<&PreparedScript>, error: DatabaseError) -> RunErrorKind {
    use DatabaseErrorKind::{Unreachable, VersionRowMoved};
    match script {
        Some(script) if !matches!(error.kind, Unreachable | VersionRowMoved(_)) => {
            RunErrorKind::Commit {
                revision: script.revision.clone(),
                path: script.path.clone(),
                error,
            }
        }
        _ => error.into(),
    }
}

/// What a journal entry is about: the revision, or for a stamp where it leads (or what it takes
/// away).
fn subject(step: &Step) -> String {
    let ids = match (&step.revision, step.direction) {
        (Some(id), _) => return id.to_string(),
        (None, Direction::Stamp) if step.to.is_empty() => &step.from,
        (None, _) => &step.to,
    };
    let texts: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    texts.join(", ")
}

pub(super) fn failure(
    script: &PreparedScript,
    statement: &Statement,
    error: DatabaseError,
    undone: Undone,
) -> RunErrorKind {
    RunErrorKind::Statement(Box::new(StatementFailure {
        revision: script.revision.clone(),
        path: script.path.clone(),
        position: statement.position_at(error.offset.unwrap_or(0)),
        statement: statement.clone(),
        error,
        undone,
        tries: None,
    }))
}
