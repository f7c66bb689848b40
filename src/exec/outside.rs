//! A script outside a transaction: its statements one by one, each journaled before and after,
//! beginning where an earlier run ended.

use chrono::DateTime;
use chrono::Utc;
use limbeck_schema::Dialect;

use crate::db::Attachment;
use crate::db::CatalogObject;
use crate::db::Concurrent;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::JournalEntry;
use crate::db::JournalEvent;
use crate::db::JournalRow;
use crate::db::Leftovers;
use crate::db::ObjectState;
use crate::db::RelationName;
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

/// How far a script is.
pub(super) struct Going {
    pub(super) progress: Vec<Progress>,
    /// What is to be done about each statement.
    pub(super) acts: Vec<Act>,
    /// The limits that the session has.
    timeouts: Timeouts,
}

impl Going {
    pub(super) fn progress(&self, at: usize) -> Progress {
        self.progress.get(at).copied().unwrap_or(Progress::Untouched)
    }

    pub(super) fn set(&mut self, at: usize, progress: Progress) {
        if let Some(slot) = self.progress.get_mut(at) {
            *slot = progress;
        }
    }
}

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
        self.warn_of_limits(script);
        let mut going = Going { progress, acts, timeouts: Timeouts::default() };
        let result = self
            .run_statements(step, script, &mut going, &rows)
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
        going: &mut Going,
        rows: &[JournalRow],
    ) -> Result<(), RunErrorKind> {
        for segment in script.segments() {
            if segment.is_transaction {
                self.run_part(step, script, &segment, going, rows)?;
                continue;
            }
            for at in segment.statements {
                self.run_one(step, script, at, going, rows)?;
            }
        }
        Ok(())
    }

    /// Runs one statement by itself, unless it is done.
    pub(super) fn run_one(
        &mut self,
        step: &Step,
        script: &PreparedScript,
        at: usize,
        going: &mut Going,
        rows: &[JournalRow],
    ) -> Result<(), RunErrorKind> {
        let Some(statement) = script.statements().get(at) else { return Ok(()) };
        let (number, count) = (at as u32 + 1, script.statements().len() as u32);
        let known = going.progress(at);
        let is_halfway = at > 0 || known != Progress::Untouched;
        self.check_interrupt(is_halfway.then_some(&script.revision))?;
        if matches!(known, Progress::InDoubt | Progress::Failed) {
            self.settle(step, script, at, going, rows)?;
        }
        match going.acts.get(at) {
            Some(Act::Leave) => {
                self.observer.statement_resumed(statement, number, count);
                if going.progress(at) != Progress::Done {
                    let (told, now) = ((number, count), (self.options.clock)());
                    self.record_statement(step, statement, told, JournalEvent::Done, None, now)?;
                }
            }
            Some(Act::Again(setting)) => {
                self.observer.statement_resumed(statement, number, count);
                self.run_statement(script, setting, Undone::Nothing)?;
            }
            Some(Act::Run) | None => {
                self.limit(script, statement, going)?;
                let is_again = known != Progress::Untouched;
                self.run_journaled(step, script, statement, (number, count), is_again)?;
            }
        }
        Ok(())
    }

    /// Sets the limits of `statement`, where they are others than those of the one before. On MySQL
    /// that would be a statement of its own between two others, which `ROW_COUNT()` tells of: there
    /// they are those of the whole script.
    fn limit(
        &mut self,
        script: &PreparedScript,
        statement: &Statement,
        going: &mut Going,
    ) -> Result<(), DatabaseError> {
        let together = match self.database.dialect() {
            Dialect::Mysql => script.statements(),
            Dialect::Postgresql | Dialect::Sqlite => std::slice::from_ref(statement),
        };
        self.holds_tables = false;
        let timeouts = self.timeouts_of(script, together);
        if timeouts != std::mem::replace(&mut going.timeouts, timeouts) {
            self.database.set_timeouts(timeouts)?;
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
        is_again: bool,
    ) -> Result<(), RunErrorKind> {
        let concurrent = self.before_concurrent(statement)?;
        let is_so = self.is_so_already(statement)?;
        let started = (self.options.clock)();
        let note = match &concurrent {
            _ if is_so => Some(resume::WAS_SO_BEFORE.to_owned()),
            Some(Concurrent::CreateIndex { index: None, table }) => {
                Some(resume::note_of_indexes(&self.database.indexes(table)?))
            }
            _ => None,
        };
        self.record_begin(step, statement, at, note, started)?;
        let result = match self.is_finished(statement, concurrent.as_ref(), is_again) {
            Ok(true) => Ok(()),
            Ok(false) => self.run_again_and_again(script, statement),
            Err(error) => Err(failure(script, statement, error, Undone::Nothing)),
        };
        if let Err(error) = result {
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
            Effect::Detaches { parent, partition } => {
                Ok(self.database.attachment(&parent, &partition)? == Attachment::Detached)
            }
            Effect::Fills(_) | Effect::Repeatable | Effect::Unknown => Ok(false),
        }
    }

    /// Tells who is in the way of a statement that waits for others to end.
    pub(super) fn before_concurrent(
        &mut self,
        statement: &Statement,
    ) -> Result<Option<Concurrent>, DatabaseError> {
        let concurrent = sql::concurrent(statement, self.database.dialect());
        if let Some(concurrent) = &concurrent {
            let by = self.database.holdups(concurrent)?;
            if !by.is_empty() {
                self.observer.held_up(statement, &by);
            }
        }
        Ok(concurrent)
    }

    /// Does away with what an earlier attempt at a statement has left; gives whether that has brought
    /// it to its end.
    pub(super) fn is_finished(
        &mut self,
        statement: &Statement,
        concurrent: Option<&Concurrent>,
        is_again: bool,
    ) -> Result<bool, DatabaseError> {
        let Some(concurrent) = concurrent else { return Ok(false) };
        let leftovers = self.database.clear_leftovers(concurrent, is_again)?;
        if leftovers != Leftovers::default() {
            self.observer.leftovers_cleared(statement, &leftovers);
        }
        Ok(leftovers.is_finished)
    }

    /// Runs a statement, once more where a lock was not to be had and nothing of it is left.
    fn run_again_and_again(
        &mut self,
        script: &PreparedScript,
        statement: &Statement,
    ) -> Result<(), RunErrorKind> {
        let is_tried_once = script.handed_over().is_some()
            || !sql::is_all_or_nothing(statement, self.database.dialect());
        let mut retry = self.attempts(Some(script));
        loop {
            match self.run_statement(script, statement, Undone::Nothing) {
                Err(error) if !is_tried_once => self.await_next(&mut retry, error)?,
                result => return result,
            }
        }
    }

    pub(super) fn run_statement(
        &mut self,
        script: &PreparedScript,
        statement: &Statement,
        undone: Undone,
    ) -> Result<(), RunErrorKind> {
        if let Some(handed) = script.handed_over() {
            return self.hand_over(script, handed);
        }
        self.database.run(statement).map_err(|error| failure(script, statement, error, undone))
    }

    /// Whether a statement that was begun before took effect, as the catalog tells. An index
    /// that was left invalid is removed, so that the statement can run again.
    pub(super) fn took_effect(
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
                self.drop_left_invalid(statement, &object)?;
                Ok(false)
            }
            Told::Nothing => self.decided(script, statement, at),
        }
    }

    /// Drops an index that `statement` has left invalid. That waits for others, who are told.
    pub(super) fn drop_left_invalid(
        &mut self,
        statement: &Statement,
        index: &CatalogObject,
    ) -> Result<(), DatabaseError> {
        let name = RelationName { schema: index.schema.clone(), name: index.name.clone() };
        let by = self.database.holdups(&Concurrent::DropIndex { index: name })?;
        if !by.is_empty() {
            self.observer.held_up(statement, &by);
        }
        self.database.drop_invalid(index)?;
        let leftovers = Leftovers { dropped: vec![index.name.clone()], ..Leftovers::default() };
        self.observer.leftovers_cleared(statement, &leftovers);
        Ok(())
    }

    /// What a person has decided about a statement of which the catalog tells nothing.
    pub(super) fn decided(
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
        note: Option<String>,
        started: DateTime<Utc>,
    ) -> Result<(), DatabaseError> {
        let plain = self.entry(step, None, JournalEvent::Begin, started);
        let entry = JournalEntry {
            raw_digest: Some(digest(&statement.text)),
            normalized_digest: Some(self.normalized(statement)),
            statement: Some(at),
            note: note.or_else(|| plain.note.clone()),
            ..plain
        };
        self.record(&entry)
    }

    pub(super) fn record_statement(
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
