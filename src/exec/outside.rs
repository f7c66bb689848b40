//! A script outside a transaction: its statements one by one, each journaled before and after,
//! beginning where an earlier run ended.

use chrono::DateTime;
use chrono::Utc;

use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::JournalRow;
use crate::db::ObjectState;
use crate::db::Timeouts;
use crate::plan::Step;
use crate::script::sql;
use crate::script::sql::Effect;
use crate::script::sql::Statement;

use super::carried;
use super::carried::Act;
use super::error::RunErrorKind;
use super::error::Undone;
use super::options::InDoubt;
use super::prepare::PreparedScript;
use super::prepare::digest;
use super::prepare::normalized_digest;
use super::resume;
use super::resume::Progress;
use super::step::StepRunner;
use super::step::failure;
use super::traces;
use super::traces::Told;

impl StepRunner<'_> {
    /// Runs the statements of a script one by one, each journaled before and after, beginning
    /// where an earlier run ended.
    pub(super) fn run_outside(
        &mut self,
        step: &Step,
        script: &PreparedScript,
    ) -> Result<(), RunErrorKind> {
        let started = (self.options.clock)();
        let rows = resume::story(self.database, self.graph, &script.revision)?;
        let dialect = self.database.dialect();
        let progress = resume::progress_of(script, &rows, step.direction, dialect)?;
        // What is lost is known before anything runs.
        let acts = carried::acts(script, &progress, dialect)?;
        let timeouts = self.timeouts_of(script);
        if timeouts != Timeouts::default() {
            self.database.set_timeouts(timeouts)?;
        }
        let result = self
            .run_statements(step, script, progress, acts, &rows)
            .and_then(|()| self.verify_outside(step, script));
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
        mut progress: Vec<Progress>,
        mut acts: Vec<Act>,
        rows: &[JournalRow],
    ) -> Result<(), RunErrorKind> {
        let count = script.statements().len() as u32;
        let dialect = self.database.dialect();
        for (index, statement) in script.statements().iter().enumerate() {
            let number = index as u32 + 1;
            let at = (number, count);
            let known = progress.get(index).copied().unwrap_or(Progress::Untouched);
            let is_halfway = index > 0 || known != Progress::Untouched;
            self.check_interrupt(is_halfway.then_some(&script.revision))?;
            if matches!(known, Progress::InDoubt | Progress::Failed) {
                let is_done = self.took_effect(script, statement, known, at)?
                    && (!resume::was_so_before(rows, step.direction, number)
                        || self.decided(script, statement, at)?);
                let found = if is_done { Progress::Done } else { Progress::Failed };
                if let Some(slot) = progress.get_mut(index) {
                    *slot = found;
                }
                if is_done {
                    let now = (self.options.clock)();
                    self.record_statement(step, statement, at, JournalEvent::Done, None, now)?;
                }
                if found != known {
                    acts = carried::acts(script, &progress, dialect)?;
                }
            }
            match acts.get(index) {
                Some(Act::Leave) => {
                    self.observer.statement_resumed(statement, number, count);
                    if progress.get(index) != Some(&Progress::Done) {
                        let now = (self.options.clock)();
                        self.record_statement(step, statement, at, JournalEvent::Done, None, now)?;
                    }
                }
                Some(Act::Again(setting)) => {
                    self.observer.statement_resumed(statement, number, count);
                    self.run_statement(script, setting)?;
                }
                Some(Act::Run) | None => self.run_journaled(step, script, statement, at)?,
            }
        }
        Ok(())
    }

    /// Runs one statement, journaled before and after.
    fn run_journaled(
        &mut self,
        step: &Step,
        script: &PreparedScript,
        statement: &Statement,
        at: (u32, u32),
    ) -> Result<(), RunErrorKind> {
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
        if let Some(handed) = script.handed_over() {
            return self.hand_over(script, handed);
        }
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

    fn normalized(&self, statement: &Statement) -> String {
        normalized_digest(&statement.text, self.database.dialect())
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
            normalized_digest: Some(self.normalized(statement)),
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
            normalized_digest: Some(self.normalized(statement)),
            statement: Some(at),
            error,
            ..self.entry(step, None, event, started)
        };
        self.record(&entry)
    }
}

/// Whether nobody has seen how the statement ended that `error` is about: the connection is gone.
fn has_no_known_end(error: &RunErrorKind) -> bool {
    match error {
        RunErrorKind::Statement(failure) => failure.error.kind == DatabaseErrorKind::Unreachable,
        RunErrorKind::Handoff(failure) => failure.error.is_in_doubt(),
        _ => false,
    }
}
