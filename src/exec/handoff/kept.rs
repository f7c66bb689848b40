//! The project's own Python between one revision and the next.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use super::HandoffError;
use super::Identity;
use super::PythonProgram;
use super::job::Job;
use super::process::Process;

/// The process that has run the last revision, or is to run the first: each start of Python with
/// Alembic costs more than most revisions. It serves one [`PythonProgram`]; what is run for another
/// gets a process of its own.
#[derive(Debug, Default)]
pub struct KeptPython {
    kept: Mutex<Option<Kept>>,
    /// Whether what is looked at is to be run.
    is_run: AtomicBool,
}

#[derive(Debug)]
struct Kept {
    python: PythonProgram,
    process: Process,
    /// The database that it has worked on.
    database: Option<Identity>,
    /// The revisions that it has run, with their functions.
    ran: BTreeSet<(String, String)>,
}

impl KeptPython {
    /// From now on plans are looked at to be run: Python may be started as soon as one needs it.
    pub(in crate::exec) fn expect_run(&self) {
        self.is_run.store(true, Ordering::Relaxed);
    }

    /// A revision needs Python: it can start while the others are looked at.
    pub(super) fn hurry(&self, python: &PythonProgram) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_run.load(Ordering::Relaxed) && kept.is_none() {
            // Why it cannot, whoever waits for it finds out.
            *kept = Kept::start(python).ok();
        }
    }

    /// Looks whether the interpreter can be started and has an Alembic that is new enough.
    ///
    /// # Errors
    /// [`HandoffError`].
    pub(super) fn probe(&self, python: &PythonProgram) -> Result<(), HandoffError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = match kept.take().filter(|kept| kept.python == *python) {
            Some(kept) => kept,
            None => Kept::start(python)?,
        };
        now.process.greet()?;
        *kept = Some(now);
        Ok(())
    }

    /// Runs a revision in Python. `output` gets what the project prints and logs, with line ends.
    ///
    /// # Errors
    /// [`HandoffError`].
    pub(super) fn run(
        &self,
        python: &PythonProgram,
        job: &Job<'_>,
        output: &mut dyn FnMut(&str),
    ) -> Result<(), HandoffError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.take().filter(|kept| kept.python == *python && kept.may_run(job));
        let is_fresh = before.is_none();
        let mut now = match before {
            Some(kept) => kept,
            None => Kept::start(python)?,
        };
        let mut result = now.process.run(job, output);
        if !is_fresh && result.as_ref().is_err_and(|error| now.process.is_to_blame(error)) {
            drop(now);
            now = Kept::start(python)?;
            result = now.process.run(job, output);
        }
        now.database = Some(job.identity.clone());
        now.ran.insert((job.revision.to_owned(), job.function.to_owned()));
        *kept = Some(now).filter(|now| now.process.stays() && !job.is_alone);
        result
    }
}

impl Kept {
    fn start(python: &PythonProgram) -> Result<Self, HandoffError> {
        let process = Process::start(python)?;
        Ok(Kept { python: python.clone(), process, database: None, ran: BTreeSet::new() })
    }

    /// Whether what a revision finds is what it would find in a run of Alembic: what modules keep of
    /// another database, or of the same function, is not for it.
    fn may_run(&self, job: &Job<'_>) -> bool {
        let is_there = self.database.as_ref().is_none_or(|database| database == job.identity);
        is_there && !self.ran.contains(&(job.revision.to_owned(), job.function.to_owned()))
    }
}
