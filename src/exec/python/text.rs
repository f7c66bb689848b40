//! The statements of Python revisions without a database, as Alembic's `--sql` has them.

use limbeck_schema::Target;

use crate::script::sql::Statement;
use crate::script::sql::with_blanks_for_tabs;

use super::super::error::RunErrorKind;
use super::super::observer::Observer;
use super::super::options::RunOptions;
use super::super::prepare::PreparedScript;
use super::PythonFailure;
use super::host::Word;
use super::worker::Answer;
use super::worker::Effect;
use super::worker::Ended;
use super::worker::Server;
use super::worker::Worker;

/// Writes down what Python code would run. One thread serves all revisions.
pub(in crate::exec) struct Writer<'a> {
    options: &'a RunOptions,
    target: Target,
    worker: Option<Worker>,
}

impl<'a> Writer<'a> {
    /// For texts that are compiled for `target`.
    pub(in crate::exec) fn new(target: Target, options: &'a RunOptions) -> Self {
        Writer { options, target, worker: None }
    }

    /// The statements of a script as Alembic's `--sql` prints them; those of SQL as they are.
    ///
    /// # Errors
    /// As [`statements`](Self::statements).
    pub(in crate::exec) fn printed(
        &mut self,
        script: &PreparedScript,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Statement>, RunErrorKind> {
        let mut statements = self.statements(script, observer)?;
        if script.python().is_some() {
            for statement in &mut statements {
                statement.text = with_blanks_for_tabs(&statement.text, self.target.dialect());
            }
        }
        Ok(statements)
    }

    /// The statements of a script, byte by byte what a run would send.
    ///
    /// # Errors
    /// [`RunErrorKind::Python`], when the code fails, as it does at what needs a database.
    pub(in crate::exec) fn statements(
        &mut self,
        script: &PreparedScript,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Statement>, RunErrorKind> {
        let Some(body) = script.python() else { return Ok(script.statements().to_vec()) };
        let worker = match &mut self.worker {
            Some(worker) => worker,
            none => none.insert(
                Worker::start(&self.options.python, self.options.clock)
                    .map_err(|source| RunErrorKind::PythonThread { source })?,
            ),
        };
        let failed = |failure| {
            let failure = PythonFailure::unbegun(script, body.position, failure);
            RunErrorKind::Python(Box::new(failure))
        };
        let mut listener = Listener { observer, options: self.options };
        let texts = match worker.render(body, &self.target, &mut listener) {
            Ended::Well(texts) => texts,
            Ended::Stopped(kind) => return Err(kind),
            Ended::Failed(failure) => return Err(failed(*failure)),
        };
        let dialect = self.target.dialect();
        if let Some(changed) = self.options.python.override_of(dialect, body, &texts) {
            return Err(failed(changed.into()));
        }
        let statement = |text| Statement { text, position: body.position };
        Ok(texts.into_iter().map(statement).collect())
    }
}

struct Listener<'a> {
    observer: &'a mut dyn Observer,
    options: &'a RunOptions,
}

impl Server for Listener<'_> {
    type Stop = RunErrorKind;

    fn serve(&mut self, _: Effect) -> Result<Answer, RunErrorKind> {
        self.check()?;
        // Without a connection the code collects its statements and asks for nothing.
        Ok(Ok(limbeck_alembic::sa::ResultSet::default()))
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Printed(text) => self.observer.printed(&text),
            Word::Logged { logger, level, message } => {
                self.observer.logged(&logger, level, &message);
            }
        }
    }

    fn check(&mut self) -> Result<(), RunErrorKind> {
        match self.options.is_interrupted() {
            true => Err(RunErrorKind::Interrupted { halfway: None }),
            false => Ok(()),
        }
    }
}
