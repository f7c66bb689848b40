//! A part of a script that is one transaction, between statements that cannot be in one.

use crate::db::CatalogObject;
use crate::db::Concurrent;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::db::JournalEvent;
use crate::db::JournalRow;
use crate::db::ObjectKind;
use crate::plan::Step;
use crate::script::sql;
use crate::script::sql::SessionEffect;
use crate::script::sql::Statement;

use super::alone::Segment;
use super::carried;
use super::carried::Act;
use super::error::RunErrorKind;
use super::error::Undone;
use super::outside::Going;
use super::prepare::PreparedScript;
use super::resume::Progress;
use super::step::NOT_ROLLED_BACK;
use super::step::StepRunner;
use super::step::failure;

impl StepRunner<'_> {
    /// Runs the statements of a segment in one transaction, with the journal's word of each: after a
    /// crash all of them are done, or none.
    pub(super) fn run_part(
        &mut self,
        step: &Step,
        script: &PreparedScript,
        segment: &Segment,
        going: &mut Going,
        rows: &[JournalRow],
    ) -> Result<(), RunErrorKind> {
        // What an earlier run left in doubt (when the file said `transaction = false`, say) is found
        // out before, where what it left can be cleared away.
        for at in segment.statements.clone() {
            if matches!(going.progress(at), Progress::InDoubt | Progress::Failed) {
                self.settle(step, script, at, going, rows)?;
            }
        }
        let is_to_run = |at| matches!(going.acts.get(at), Some(Act::Run) | None);
        if !segment.statements.clone().any(is_to_run) {
            // Settings that are made again belong to the session.
            for at in segment.statements.clone() {
                self.run_one(step, script, at, going, rows)?;
            }
            return Ok(());
        }
        // A rollback puts the settings of the session back, those of the script too.
        let dialect = self.database.dialect();
        let sets = |one| sql::session_effect(one, dialect) == SessionEffect::Setting;
        let may_repeat = !script.statements().iter().take(segment.statements.start).any(sets);
        let mut retry = self.attempts(Some(script));
        loop {
            self.check_interrupt((segment.statements.start > 0).then_some(&script.revision))?;
            self.database.begin()?;
            self.holds_tables = false;
            let started = (self.options.clock)();
            let result = self.run_open(step, script, segment, going);
            let result = match result {
                Ok(()) => match self.database.commit() {
                    Ok(()) => {
                        for at in segment.statements.clone() {
                            going.set(at, Progress::Done);
                        }
                        return Ok(());
                    }
                    Err(error) => Err(refused(script, segment, error)),
                },
                failed => failed,
            };
            let Err((at, error)) = result else { return Ok(()) };
            let is_undone = self.roll_back();
            let error = match is_undone && may_repeat {
                true => match self.await_next(&mut retry, error) {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                false => error,
            };
            if !is_undone {
                self.observer.warning(NOT_ROLLED_BACK);
            }
            // Where nobody has seen how the COMMIT ended, the rows that it holds say it.
            let is_known = !matches!(error, RunErrorKind::Interrupted { .. }) && !is_lost(&error);
            if is_known && let Some(statement) = script.statements().get(at) {
                let number = (at as u32 + 1, script.statements().len() as u32);
                let message = Some(error.to_string());
                // The statement's own error is what matters; the connection may be gone.
                if let Err(second) = self.record_statement(
                    step,
                    statement,
                    number,
                    JournalEvent::Fail,
                    message,
                    started,
                ) {
                    self.observer.warning(&format!("the failure could not be journaled: {second}"));
                }
            }
            return Err(error);
        }
    }

    /// The statements of a segment in the transaction that is open; an error comes with the place of
    /// the statement.
    fn run_open(
        &mut self,
        step: &Step,
        script: &PreparedScript,
        segment: &Segment,
        going: &Going,
    ) -> Result<(), (usize, RunErrorKind)> {
        let count = script.statements().len() as u32;
        let all = script.statements().get(segment.statements.clone()).unwrap_or_default();
        let timeouts = self.timeouts_of(script, all);
        let first = segment.statements.start;
        self.database.set_timeouts(timeouts).map_err(|error| (first, error.into()))?;
        for (at, statement) in segment.statements.clone().zip(all) {
            let number = at as u32 + 1;
            // The transaction is rolled back: nothing of it is half done.
            self.check_interrupt((first > 0).then_some(&script.revision)).map_err(|e| (at, e))?;
            let started = (self.options.clock)();
            let text = match going.acts.get(at) {
                Some(Act::Leave) => {
                    self.observer.statement_resumed(statement, number, count);
                    continue;
                }
                Some(Act::Again(setting)) => {
                    self.observer.statement_resumed(statement, number, count);
                    setting
                }
                Some(Act::Run) | None => statement,
            };
            self.run_statement(script, text, Undone::Part).map_err(|error| (at, error))?;
            if going.progress(at) != Progress::Done {
                let told = (number, count);
                self.record_statement(step, statement, told, JournalEvent::Done, None, started)
                    .map_err(|error| (at, error.into()))?;
            }
        }
        Ok(())
    }

    /// Finds out what became of a statement that was begun before, and journals it.
    pub(super) fn settle(
        &mut self,
        step: &Step,
        script: &PreparedScript,
        at: usize,
        going: &mut Going,
        rows: &[JournalRow],
    ) -> Result<(), RunErrorKind> {
        let Some(statement) = script.statements().get(at) else { return Ok(()) };
        let known = going.progress(at);
        let number = at as u32 + 1;
        let told = (number, script.statements().len() as u32);
        let is_known_undone = self.drop_unnamed(step, statement, number, rows)?;
        let is_done = !is_known_undone
            && self.took_effect(script, statement, known, told)?
            && (!super::resume::was_so_before(rows, step.direction, number)
                || self.decided(script, statement, told)?);
        let found = if is_done { Progress::Done } else { Progress::Failed };
        going.set(at, found);
        if is_done {
            let now = (self.options.clock)();
            self.record_statement(step, statement, told, JournalEvent::Done, None, now)?;
        }
        if found != known {
            going.acts = carried::acts(script, &going.progress, self.database.dialect())?;
        }
        Ok(())
    }
}

impl StepRunner<'_> {
    /// Drops the invalid indexes that an index without a name has left, as far as the journal tells which
    /// they are. Gives whether it is known that it has made no other.
    fn drop_unnamed(
        &mut self,
        step: &Step,
        statement: &Statement,
        number: u32,
        rows: &[JournalRow],
    ) -> Result<bool, RunErrorKind> {
        let dialect = self.database.dialect();
        let Some(Concurrent::CreateIndex { index: None, table }) =
            sql::concurrent(statement, dialect)
        else {
            return Ok(false);
        };
        let indexes = self.database.indexes(&table)?;
        let since = super::resume::indexes_since(rows, step.direction, number, indexes);
        let Some(since) = since else { return Ok(false) };
        // A valid one may be what it has made, or somebody else's.
        let is_known_undone = since.iter().all(|index| !index.is_valid);
        for index in since.into_iter().filter(|index| !index.is_valid) {
            let object = CatalogObject {
                kind: ObjectKind::Index,
                schema: Some(index.schema),
                table: Some(table.name.clone()),
                name: index.name,
            };
            self.drop_left_invalid(statement, &object)?;
        }
        Ok(is_known_undone)
    }
}

/// The error of a COMMIT, which comes with the place of the last statement. Of a lost connection
/// nobody knows what became of the transaction.
fn refused(
    script: &PreparedScript,
    segment: &Segment,
    error: DatabaseError,
) -> (usize, RunErrorKind) {
    let last = segment.statements.end.saturating_sub(1);
    match script.statements().get(last) {
        Some(statement) if error.kind != DatabaseErrorKind::Unreachable => {
            (last, failure(script, statement, error, Undone::Part))
        }
        _ => (last, error.into()),
    }
}

/// Whether the connection was lost.
fn is_lost(error: &RunErrorKind) -> bool {
    let error = match error {
        RunErrorKind::Statement(failure) => &failure.error,
        RunErrorKind::Database { error } => error,
        _ => return false,
    };
    error.kind == DatabaseErrorKind::Unreachable
}
