//! One step: its script, its version rows and its journal entry.

use std::time::Instant;

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;
use uuid::Uuid;

use crate::db::Database;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::JournalRow;
use crate::db::ObjectState;
use crate::db::Timeouts;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Step;
use crate::script::sql;
use crate::script::sql::Effect;
use crate::script::sql::SessionEffect;
use crate::script::sql::Statement;

use super::entry::Text;
use super::error::RunErrorKind;
use super::error::StatementFailure;
use super::error::Undone;
use super::gate::Gate;
use super::observer::Observer;
use super::options::InDoubt;
use super::options::RunOptions;
use super::prepare::PreparedScript;
use super::prepare::digest;
use super::resume;
use super::resume::Mismatch;
use super::resume::Progress;
use super::traces;
use super::traces::Told;

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
}

impl StepRunner<'_> {
    /// Makes the tables that the run writes to where they are missing.
    pub(super) fn ensure_tables(&mut self) -> Result<(), DatabaseError> {
        self.database.ensure_version_table()?;
        if self.is_journaled { self.database.ensure_journal() } else { Ok(()) }
    }

    fn record(&mut self, entry: &JournalEntry) -> Result<(), DatabaseError> {
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
            Some(script) if !script.transaction => {
                let started = (self.options.clock)();
                let result = self.run_outside(step, script);
                // A statement that failed has a row of its own.
                if let Err(
                    error @ (RunErrorKind::InDoubt { .. }
                    | RunErrorKind::EditedWhileUnfinished { .. }),
                ) = &result
                {
                    self.record_failure(step, Some(script), started, error);
                }
                result
            }
            _ => {
                let started = (self.options.clock)();
                self.database.begin()?;
                let result = self.run_inside(step, script);
                self.finish_transaction(step, script, started, result)
            }
        }
    }

    /// Commits after success; rolls back and journals the failure otherwise.
    fn finish_transaction(
        &mut self,
        step: &Step,
        script: Option<&PreparedScript>,
        started: DateTime<Utc>,
        result: Result<(), RunErrorKind>,
    ) -> Result<(), RunErrorKind> {
        let error = match result {
            // What dies before this line leaves nothing of the step, what dies after it all.
            Ok(()) => match self.database.commit() {
                Ok(()) => return Ok(()),
                Err(error) => refused(script, error),
            },
            Err(error) => error,
        };
        self.roll_back();
        self.record_failure(step, script, started, &error);
        Err(error)
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

    /// Rolls back, on the way out of an error: a second error would only hide the first.
    pub(super) fn roll_back(&mut self) {
        if let Err(error) = self.database.rollback() {
            self.observer.warning(&format!("the rollback failed too: {error}"));
        }
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
            let timeouts = self.timeouts_of(script);
            self.database.set_timeouts(timeouts)?;
            for statement in &script.statements {
                self.check_interrupt(None)?;
                self.database
                    .run(statement)
                    .map_err(|error| failure(script, statement, error, self.undone))?;
            }
        }
        // Whoever asked to stop during the last statement does not want it committed.
        self.check_interrupt(None)?;
        self.finish(step, script, started)
    }

    /// The limits of a script, as far as the database has them; what it has not is said. One
    /// history serves several dialects, so a limit for the server is no reason to refuse SQLite.
    fn timeouts_of(&mut self, script: &PreparedScript) -> Timeouts {
        if script.timeouts.statement.is_some() && self.database.dialect() == Dialect::Sqlite {
            self.observer.warning(&format!(
                "revision {}: SQLite has no statement_timeout; it runs without",
                script.revision
            ));
            return Timeouts { statement: None, ..script.timeouts };
        }
        script.timeouts
    }

    fn finish(
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
    fn check_interrupt(&self, halfway: Option<&RevisionId>) -> Result<(), RunErrorKind> {
        match self.options.is_interrupted() {
            true => Err(RunErrorKind::Interrupted { halfway: halfway.cloned() }),
            false => Ok(()),
        }
    }

    /// Runs the statements of a script one by one, each journaled before and after, beginning
    /// where an earlier run ended.
    fn run_outside(&mut self, step: &Step, script: &PreparedScript) -> Result<(), RunErrorKind> {
        let started = (self.options.clock)();
        let mut rows = self.database.journal(script.revision.as_str())?;
        if step.direction == Direction::Upgrade
            && resume::has_lost_ground(self.database, self.graph, &script.revision, &rows)?
        {
            rows.clear();
        }
        let progress = resume::progress(&rows, step.direction, &script.statements).map_err(
            |Mismatch { done }| RunErrorKind::EditedWhileUnfinished {
                revision: script.revision.clone(),
                path: script.path.clone(),
                done,
            },
        )?;
        let timeouts = self.timeouts_of(script);
        if timeouts != Timeouts::default() {
            self.database.set_timeouts(timeouts)?;
        }
        let result = self.run_statements(step, script, &progress, &rows);
        // The limits end here too. After a failure, a second one would only hide the first.
        let reset = self.database.reset_session();
        result?;
        reset?;
        self.database.begin()?;
        let result = self.finish(step, Some(script), started);
        self.finish_transaction(step, Some(script), started, result)
    }

    fn run_statements(
        &mut self,
        step: &Step,
        script: &PreparedScript,
        progress: &[Progress],
        rows: &[JournalRow],
    ) -> Result<(), RunErrorKind> {
        let count = script.statements.len() as u32;
        for (index, (statement, progress)) in script.statements.iter().zip(progress).enumerate() {
            let number = index as u32 + 1;
            let is_halfway = index > 0 || *progress != Progress::Untouched;
            self.check_interrupt(is_halfway.then_some(&script.revision))?;
            if *progress == Progress::Done {
                self.observer.statement_resumed(statement, number, count);
                // It was done in another session: what it set is gone with that one.
                if sql::session_effect(statement, self.database.dialect()) == SessionEffect::Setting
                {
                    self.run_statement(script, statement)?;
                }
                continue;
            }
            let at = (number, count);
            if *progress != Progress::Untouched
                && self.took_effect(script, statement, *progress, at)?
                && (!resume::was_so_before(rows, step.direction, number)
                    || self.decided(script, statement, at)?)
            {
                self.observer.statement_resumed(statement, number, count);
                let now = (self.options.clock)();
                self.record_statement(step, statement, at, JournalEvent::Done, None, now)?;
                continue;
            }
            let is_so = self.is_so_already(statement)?;
            let started = (self.options.clock)();
            self.record_begin(step, statement, at, is_so, started)?;
            if let Err(error) = self.run_statement(script, statement) {
                // It may have ended well all the same: it stays begun, and so in doubt.
                if has_no_known_end(&error) {
                    return Err(error);
                }
                let message = Some(error.to_string());
                // The statement's own error is what matters; the connection may be gone.
                if let Err(second) =
                    self.record_statement(step, statement, at, JournalEvent::Fail, message, started)
                {
                    self.observer.warning(&format!("the failure could not be journaled: {second}"));
                }
                return Err(error);
            }
            self.record_statement(step, statement, at, JournalEvent::Done, None, started)?;
        }
        Ok(())
    }

    /// Whether the catalog is now as `statement` would leave it: an object it creates is there, or
    /// one that it drops is not. It will fail, or find nothing to do; should nobody see how it
    /// ended, the catalog does not tell.
    fn is_so_already(&mut self, statement: &Statement) -> Result<bool, DatabaseError> {
        match sql::leaves_behind(statement, self.database.dialect()) {
            Effect::Creates(object) => Ok(self.database.probe(&object)? == ObjectState::Present),
            Effect::Drops(object) => Ok(self.database.probe(&object)? == ObjectState::Absent),
            Effect::Traces(traces) => Ok(traces::tell(self.database, &traces)? == Some(true)),
            Effect::Fills(_) | Effect::Repeatable | Effect::Unknown => Ok(false),
        }
    }

    fn run_statement(
        &mut self,
        script: &PreparedScript,
        statement: &Statement,
    ) -> Result<(), RunErrorKind> {
        self.database
            .run(statement)
            .map_err(|error| failure(script, statement, error, Undone::Nothing))
    }

    /// Whether a statement that was begun before took effect, as the catalog tells. An index
    /// that was left invalid is removed, so that the statement can run again.
    fn took_effect(
        &mut self,
        script: &PreparedScript,
        statement: &Statement,
        progress: Progress,
        at: (u32, u32),
    ) -> Result<bool, RunErrorKind> {
        match traces::effect_of(self.database, statement, progress)? {
            Told::TookEffect => Ok(true),
            Told::DidNot => Ok(false),
            Told::LeftInvalid(object) => {
                self.database.drop_invalid(&object)?;
                Ok(false)
            }
            Told::Nothing => self.decided(script, statement, at),
        }
    }

    /// What a person has decided about a statement of which the catalog tells nothing.
    fn decided(
        &self,
        script: &PreparedScript,
        statement: &Statement,
        (number, count): (u32, u32),
    ) -> Result<bool, RunErrorKind> {
        match self.options.in_doubt {
            InDoubt::Skip => Ok(true),
            InDoubt::Rerun => Ok(false),
            InDoubt::Stop => Err(RunErrorKind::InDoubt {
                revision: script.revision.clone(),
                path: script.path.clone(),
                statement: statement.clone(),
                number,
                count,
            }),
        }
    }

    fn record_begin(
        &mut self,
        step: &Step,
        statement: &Statement,
        at: (u32, u32),
        is_so_already: bool,
        started: DateTime<Utc>,
    ) -> Result<(), DatabaseError> {
        let mut entry = JournalEntry {
            raw_digest: Some(digest(&statement.text)),
            statement: Some(at),
            ..self.entry(step, None, JournalEvent::Begin, started)
        };
        if is_so_already {
            entry.note = Some(resume::WAS_SO_BEFORE.to_owned());
        }
        self.record(&entry)
    }

    fn record_statement(
        &mut self,
        step: &Step,
        statement: &Statement,
        at: (u32, u32),
        event: JournalEvent,
        error: Option<String>,
        started: DateTime<Utc>,
    ) -> Result<(), DatabaseError> {
        let entry = JournalEntry {
            raw_digest: Some(digest(&statement.text)),
            statement: Some(at),
            error,
            ..self.entry(step, None, event, started)
        };
        self.record(&entry)
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

    fn entry(
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

/// The error of a commit. Of a lost connection nobody knows what became of the transaction.
fn refused(script: Option<&PreparedScript>, error: DatabaseError) -> RunErrorKind {
    match script {
        Some(script) if error.kind != DatabaseErrorKind::Unreachable => RunErrorKind::Commit {
            revision: script.revision.clone(),
            path: script.path.clone(),
            error,
        },
        _ => error.into(),
    }
}

/// Whether nobody has seen how the statement ended that `error` is about: the connection is gone.
fn has_no_known_end(error: &RunErrorKind) -> bool {
    matches!(error, RunErrorKind::Statement(failure)
        if failure.error.kind == DatabaseErrorKind::Unreachable)
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

fn failure(
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
    }))
}
