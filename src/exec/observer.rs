//! What a run tells while it goes on.

use std::time::Duration;

use limbeck_alembic::preflight::PythonNeeded;

use crate::db::Leftovers;
use crate::db::OtherSession;
use crate::plan::Step;
use crate::script::sql::Statement;

use super::integrity::Edited;
use super::open_step::OpenStep;
use super::prepare::PreparedScript;
use super::repeat::Due;
use super::retry::Contention;
use super::seed::SeedReason;

/// Listens to a run. Every method does nothing unless it is implemented.
pub trait Observer {
    /// Somebody else holds the lock of the site; called once, and again when the holder changes.
    fn waiting_for_lock(&mut self, holder: Option<&str>) {
        let _: Option<&str> = holder;
    }

    /// A step begins.
    fn step_started(&mut self, step: &Step) {
        let _: &Step = step;
    }

    /// A step has been committed.
    fn step_finished(&mut self, step: &Step, elapsed: Duration) {
        let _: (&Step, Duration) = (step, elapsed);
    }

    /// A seed begins.
    fn seed_started(&mut self, seed: &str, reason: SeedReason) {
        let _: (&str, SeedReason) = (seed, reason);
    }

    /// A seed has been committed, with so many rows where it is a `.csv` file.
    fn seed_finished(&mut self, seed: &str, rows: Option<usize>, elapsed: Duration) {
        let _: (&str, Option<usize>, Duration) = (seed, rows, elapsed);
    }

    /// A statement outside a transaction was done by an earlier run, `number` of `count`.
    fn statement_resumed(&mut self, statement: &Statement, number: u32, count: u32) {
        let _: (&Statement, u32, u32) = (statement, number, count);
    }

    /// The files of these applied revisions differ from what was applied, in comments, white space
    /// or line ends only.
    fn comments_changed(&mut self, edited: &[Edited]) {
        let _: &[Edited] = edited;
    }

    /// A revision counts as applied and never ran, as far as the journal knows; see
    /// [`TextChange::NeverRan`](super::TextChange::NeverRan).
    fn never_ran(&mut self, revision: &Edited) {
        let _: &Edited = revision;
    }

    /// Of a revision that no file of this database declares a part was done outside a transaction.
    fn left_behind(&mut self, step: &OpenStep<'_>) {
        let _: &OpenStep<'_> = step;
    }

    /// A revision that limbeck has begun came to what it does not run: nothing of it is left, and
    /// the project's own Python runs it.
    fn runs_in_python(&mut self, script: &PreparedScript, needed: &PythonNeeded) {
        let _: (&PreparedScript, &PythonNeeded) = (script, needed);
    }

    /// The code of a Python revision printed `text`, which holds its line ends.
    fn printed(&mut self, text: &str) {
        let _: &str = text;
    }

    /// The code of a Python revision logged `message` to `logger`, at a `level` of Python's
    /// `logging` (10 is DEBUG, 20 INFO, 30 WARNING).
    fn logged(&mut self, logger: &str, level: i64, message: &str) {
        let _: (&str, i64, &str) = (logger, level, message);
    }

    /// A repeatable script runs, or has run again for what another one has dropped.
    fn repeating(&mut self, due: &Due) {
        let _: &Due = due;
    }

    /// These are in the way of a statement that waits for others to end, and is about to begin.
    fn held_up(&mut self, statement: &Statement, by: &[OtherSession]) {
        let _: (&Statement, &[OtherSession]) = (statement, by);
    }

    /// What an earlier attempt at a statement had left is gone, or brought to its end.
    fn leftovers_cleared(&mut self, statement: &Statement, leftovers: &Leftovers) {
        let _: (&Statement, &Leftovers) = (statement, leftovers);
    }

    /// A lock was not to be had, nothing of the attempt is left, and there will be another one.
    fn contended(&mut self, contention: &Contention<'_>) {
        let _: &Contention<'_> = contention;
    }

    /// Something went wrong that does not change the outcome, such as giving back the lock.
    fn warning(&mut self, message: &str) {
        let _: &str = message;
    }
}

/// An observer that listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}
