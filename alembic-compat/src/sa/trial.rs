//! A run without a database: statements are collected, and the run stops where a value would have
//! to come from one.
//!
//! A [`Trial`] is a [`Connection`] for [`Migration::live`](super::Migration::live). Questions with
//! two answers (is there such a table?) are answered from a script ([`Trial::answers`]), so that a
//! caller can try every answer. What else would have to be known ends the run with an error that
//! Python code cannot catch, or, with [`Trial::empty`], is answered by no rows.

use std::cell::RefCell;
use std::rc::Rc;

use limbeck_schema::expr::Parameter;

use limbeck_sql::ends_transaction;

use crate::eval::Error;
use crate::eval::HostError;
use crate::eval::Interpreter;
use crate::eval::Place;
use crate::eval::Result;

use super::driver_error::SqlError;
use super::migration;
use super::migration::Connection;
use super::migration::Output;
use super::migration::ResultSet;

/// More bytes of statements are not kept: an endless loop may have as many as it likes.
const MOST_KEPT: usize = 1 << 26;

/// What a run without a database came to. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Trial(Rc<RefCell<TrialState>>);

/// The facts of a trial.
#[derive(Debug, Default)]
struct TrialState {
    statements: Vec<String>,
    /// How many bytes they have.
    kept: usize,
    script: Vec<bool>,
    asked: usize,
    is_empty: bool,
    needed: Option<DataNeeded>,
    leaves: Option<Place>,
    assumed: bool,
}

/// A value that only a database can give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what the database has must be known ({place})")]
pub struct DataNeeded {
    /// Where.
    pub place: Place,
}

impl Trial {
    /// A run that stops where data is needed. Questions are answered by `script`, and with no when
    /// it has ended.
    #[must_use]
    pub fn new(script: Vec<bool>) -> Self {
        Self(Rc::new(RefCell::new(TrialState { script, ..TrialState::default() })))
    }

    /// A run to which every query gives no rows.
    #[must_use]
    pub fn empty(script: Vec<bool>) -> Self {
        let state = TrialState { script, is_empty: true, ..TrialState::default() };
        Self(Rc::new(RefCell::new(state)))
    }

    /// The statements so far.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        self.0.borrow().statements.clone()
    }

    /// How many questions with two answers were asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.borrow().asked
    }

    /// Where the run stopped because data was needed.
    #[must_use]
    pub fn needed(&self) -> Option<DataNeeded> {
        self.0.borrow().needed.clone()
    }

    /// Where the run left its transaction first: an `autocommit_block()`, a `COMMIT`, a `commit()`.
    #[must_use]
    pub fn leaves_transaction(&self) -> Option<Place> {
        self.0.borrow().leaves.clone()
    }

    /// Whether something was passed over that depends on what the database has: a table rebuilt
    /// from what it is, an object made only where it is not there.
    #[must_use]
    pub fn assumed(&self) -> bool {
        self.0.borrow().assumed
    }

    /// Notes that something was passed over.
    pub(crate) fn assume(&self) {
        self.0.borrow_mut().assumed = true;
    }

    /// The answer to a question with two.
    pub(crate) fn answer(&self) -> bool {
        let mut state = self.0.borrow_mut();
        let answer = state.script.get(state.asked).copied().unwrap_or_default();
        state.asked += 1;
        answer
    }

    /// No rows, or the end of the run.
    pub(crate) fn rows(&self, interp: &Interpreter) -> Result<ResultSet> {
        if self.0.borrow().is_empty {
            return Ok(ResultSet { columns: Some(Vec::new()), ..ResultSet::default() });
        }
        Err(self.end(interp))
    }

    /// The end of the run.
    pub(crate) fn end(&self, interp: &Interpreter) -> Box<Error> {
        let needed = DataNeeded { place: interp.place() };
        self.0.borrow_mut().needed = Some(needed.clone());
        Box::new(Error::Host(HostError::new(needed)))
    }

    /// Notes that the transaction is left.
    pub(crate) fn leave(&self, interp: &Interpreter) {
        let mut state = self.0.borrow_mut();
        if state.leaves.is_none() {
            state.leaves = Some(interp.place());
        }
    }
}

impl Connection for Trial {
    fn execute(&mut self, sql: &str, _: &[Parameter]) -> std::result::Result<ResultSet, SqlError> {
        let mut state = self.0.borrow_mut();
        state.kept = state.kept.saturating_add(sql.len() + size_of::<String>());
        if state.kept <= MOST_KEPT {
            state.statements.push(sql.to_owned());
        } else {
            // They do not tell any more what is done.
            state.assumed = true;
        }
        Ok(ResultSet { columns: Some(Vec::new()), ..ResultSet::default() })
    }

    fn begin_nested(&mut self) -> std::result::Result<(), SqlError> {
        Ok(())
    }

    fn end_nested(&mut self, _: bool, _: usize) -> std::result::Result<(), SqlError> {
        Ok(())
    }

    fn autocommit(&mut self, _: bool) -> std::result::Result<(), SqlError> {
        Ok(())
    }

    fn end_transaction(&mut self, _: bool) -> std::result::Result<(), SqlError> {
        Ok(())
    }

    fn trial(&self) -> Option<&Trial> {
        Some(self)
    }
}

/// The trial, when the run is one.
pub(crate) fn current(interp: &mut Interpreter) -> Result<Option<Trial>> {
    Ok(match &migration::current(interp)?.output {
        Output::Offline(_) => None,
        Output::Live(connection) => connection.trial().cloned(),
    })
}

/// Lets a trial know of a text that leaves the transaction.
pub(crate) fn note(interp: &mut Interpreter, sql: &str) -> Result<()> {
    if let Some(trial) = current(interp)?
        && ends_transaction(sql, migration::target(interp)?.dialect())
    {
        trial.leave(interp);
    }
    Ok(())
}
