//! The thread that Python code runs on.
//!
//! The interpreter needs a deep stack, and its values never leave their thread. What it does to the
//! database travels as a [`Call`] to the thread of the engine, where the session is, and the answer
//! back. One thread and one interpreter serve all revisions of a run: modules of the project are
//! loaded once, as in one process of Alembic, and the revision itself is forgotten when it is done.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::DateTime;
use chrono::Utc;
use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::NoHost;
use limbeck_alembic::project::Mode;
use limbeck_alembic::sa::Connection;
use limbeck_alembic::sa::Migration;
use limbeck_alembic::sa::ResultSet;
use limbeck_alembic::sa::SqlError;
use limbeck_alembic::sa::offline::run_function;
use limbeck_schema::Dialect;
use limbeck_schema::Target;
use limbeck_schema::expr::Parameter;
use limbeck_schema::operation::CreatedTypes;

use super::PythonBody;
use super::PythonOptions;
use super::host::PYTHON_STACK;
use super::host::STACK;
use super::host::ScriptHost;
use super::host::Word;

/// How often a run that computes looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// What Python code asks the engine for.
#[derive(Debug)]
pub(super) enum Effect {
    /// Run a statement.
    Execute { sql: String, parameters: Vec<Parameter> },
    /// Set a savepoint.
    Savepoint,
    /// Release a savepoint, or go back to it; `count` of them end: itself and those within it.
    EndSavepoint { keep: bool, count: usize },
    /// Leave the transaction for an `autocommit_block()`, or come back.
    Autocommit { begins: bool },
    /// End the transaction by `commit()` or `rollback()`.
    EndTransaction { keep: bool },
}

enum Call {
    Effect(Effect),
    Word(Word),
    Finished(Box<Finished>),
}

/// How a function ended, with its statements where it only collected them.
struct Finished {
    result: Result<(), Failure>,
    statements: Vec<String>,
}

struct Job {
    body: PythonBody,
    target: Target,
    is_offline: bool,
}

/// The answer to an effect.
pub(super) type Answer = Result<ResultSet, SqlError>;

/// Who serves Python code while it runs.
pub(super) trait Server {
    /// Why a run stops whatever the code says.
    type Stop;

    /// Carries out what the code asks for.
    ///
    /// # Errors
    /// When the run is to stop: no `except` sees that.
    fn serve(&mut self, effect: Effect) -> Result<Answer, Self::Stop>;

    /// Hears what the code tells.
    fn hear(&mut self, word: Word);

    /// Asked from time to time: whether to stop a computation.
    ///
    /// # Errors
    /// Then.
    fn check(&mut self) -> Result<(), Self::Stop>;
}

/// How a function ended.
pub(super) enum Ended<S> {
    /// Well; with the statements it would run, where it only collected them.
    Well(Vec<String>),
    /// By an error of its own.
    Failed(Box<Failure>),
    /// The engine stopped it.
    Stopped(S),
}

/// The thread, as the engine has it.
pub(in crate::exec) struct Worker {
    jobs: Option<Sender<Job>>,
    calls: Receiver<Call>,
    answers: Sender<Answer>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn start(options: &PythonOptions, clock: fn() -> DateTime<Utc>) -> io::Result<Self> {
        let (jobs, jobs_of_thread) = mpsc::channel();
        let (calls_of_thread, calls) = mpsc::channel();
        let (answers, answers_of_thread) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let door = Door { calls: calls_of_thread, options: options.clone(), clock };
        let stop_of_thread = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("python".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                // Answers stay with the thread: one channel serves one connection after the other.
                work(&jobs_of_thread, &door, answers_of_thread, &stop_of_thread);
            })?;
        Ok(Worker { jobs: Some(jobs), calls, answers, stop, thread: Some(thread) })
    }

    /// Runs a function on a database, which `server` has.
    pub(super) fn run<S: Server>(
        &mut self,
        body: &PythonBody,
        target: &Target,
        server: &mut S,
    ) -> Ended<S::Stop> {
        self.run_job(Job { body: body.clone(), target: target.clone(), is_offline: false }, server)
    }

    /// Runs a function without a database, and gives the statements that it would run.
    pub(super) fn render<S: Server>(
        &mut self,
        body: &PythonBody,
        target: &Target,
        server: &mut S,
    ) -> Ended<S::Stop> {
        self.run_job(Job { body: body.clone(), target: target.clone(), is_offline: true }, server)
    }

    fn run_job<S: Server>(&mut self, job: Job, server: &mut S) -> Ended<S::Stop> {
        let gone = || Ended::Failed(Box::new(Failure::Host("the interpreter ended".to_owned())));
        self.stop.store(false, Ordering::Relaxed);
        let dialect = job.target.dialect();
        if self.jobs.as_ref().is_none_or(|jobs| jobs.send(job).is_err()) {
            return gone();
        }
        let mut stopped = None;
        loop {
            let call = match self.calls.recv_timeout(PATIENCE) {
                Ok(call) => call,
                Err(RecvTimeoutError::Timeout) => {
                    if stopped.is_none()
                        && let Err(stop) = server.check()
                    {
                        self.stop.store(true, Ordering::Relaxed);
                        stopped = Some(stop);
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return gone(),
            };
            match call {
                // What is done on the way out of a stop is done no more.
                Call::Effect(_) if stopped.is_some() => self.answer(Err(no_more(dialect))),
                Call::Effect(effect) => match server.serve(effect) {
                    Ok(answer) => self.answer(answer),
                    Err(stop) => {
                        self.stop.store(true, Ordering::Relaxed);
                        stopped = Some(stop);
                        self.answer(Err(no_more(dialect)));
                    }
                },
                Call::Word(word) => server.hear(word),
                Call::Finished(finished) => {
                    let Finished { result, statements } = *finished;
                    return match (stopped, result) {
                        (Some(stop), _) => Ended::Stopped(stop),
                        (None, Ok(())) => Ended::Well(statements),
                        (None, Err(failure)) => Ended::Failed(Box::new(failure)),
                    };
                }
            }
        }
    }

    fn answer(&self, answer: Answer) {
        // A thread that is gone is found out at the next call.
        drop(self.answers.send(answer));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.jobs = None;
        // It may wait for an answer that nobody gives any more.
        let (answers, _) = mpsc::channel();
        self.answers = answers;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The error of an effect that is not carried out.
fn no_more(dialect: Dialect) -> SqlError {
    SqlError {
        sqlstate: None,
        code: None,
        class: None,
        is_database: false,
        message: "the run was stopped".to_owned(),
        dialect,
        is_unreadable: false,
    }
}

/// What the thread has of the outside.
struct Door {
    calls: Sender<Call>,
    options: PythonOptions,
    clock: fn() -> DateTime<Utc>,
}

fn work(jobs: &Receiver<Job>, door: &Door, answers: Receiver<Answer>, stop: &Arc<AtomicBool>) {
    let new = || {
        let limits = Limits { stack: PYTHON_STACK, ..Limits::default() };
        let mut interp = Interpreter::new(Box::<NoHost>::default(), limits);
        interp.stop_when(Arc::clone(stop));
        limbeck_alembic::register(&mut interp);
        interp
    };
    let mut interp = new();
    let answers = Rc::new(answers);
    let mut created = CreatedTypes::default();
    while let Ok(Job { body, target, is_offline }) = jobs.recv() {
        let mode = if is_offline { Mode::Offline } else { Mode::Online };
        let naming = door.options.naming_convention(mode, door.clock);
        let migration = match is_offline {
            true => Migration::offline(target, naming),
            false => {
                let dialect = target.dialect();
                let calls = door.calls.clone();
                let answers = Rc::clone(&answers);
                let own_tables = door.options.own_tables.clone();
                let session = Session { calls, answers, dialect, own_tables };
                Migration::live(target, naming, Box::new(session))
            }
        };
        let migration = door.options.adapted(migration).after(created.clone());
        interp.reset_steps();
        let calls = door.calls.clone();
        // Where nobody listens any more the code is about to stop.
        let tell = move |word| drop(calls.send(Call::Word(word)));
        let (options, clock) = (door.options.clone(), door.clock);
        let host = ScriptHost { migration, options, clock, tell };
        drop(interp.replace_host(Box::new(host)));
        interp.learn_parsed(&body.text, &body.tree);
        let result = run_function(&mut interp, &body.text, &body.file, &body.function);
        let migration = interp.host().extension().downcast_mut::<Migration>();
        let mut statements = Vec::new();
        if let Some(migration) = migration {
            statements = migration.take_statements();
            // What has failed is run by Python, which comes by the same types, or ends the run.
            created = migration.created_types();
        }
        match &result {
            Ok(()) => interp.forget_module("revision"),
            // What failed is undone, and so is what it has changed in modules.
            Err(_) => interp = new(),
        }
        if door.calls.send(Call::Finished(Box::new(Finished { result, statements }))).is_err() {
            return;
        }
    }
}

/// The connection in the hands of Python code.
struct Session {
    calls: Sender<Call>,
    answers: Rc<Receiver<Answer>>,
    dialect: Dialect,
    own_tables: Vec<String>,
}

impl Session {
    fn ask(&mut self, effect: Effect) -> Answer {
        let gone = no_more(self.dialect);
        if self.calls.send(Call::Effect(effect)).is_err() {
            return Err(gone);
        }
        self.answers.recv().unwrap_or(Err(gone))
    }
}

impl Connection for Session {
    fn execute(&mut self, sql: &str, parameters: &[Parameter]) -> Answer {
        self.ask(Effect::Execute { sql: sql.to_owned(), parameters: parameters.to_vec() })
    }

    fn begin_nested(&mut self) -> Result<(), SqlError> {
        self.ask(Effect::Savepoint).map(drop)
    }

    fn end_nested(&mut self, keep: bool, count: usize) -> Result<(), SqlError> {
        self.ask(Effect::EndSavepoint { keep, count }).map(drop)
    }

    fn autocommit(&mut self, begins: bool) -> Result<(), SqlError> {
        self.ask(Effect::Autocommit { begins }).map(drop)
    }

    fn end_transaction(&mut self, keep: bool) -> Result<(), SqlError> {
        self.ask(Effect::EndTransaction { keep }).map(drop)
    }

    fn hides(&self, table: &str) -> bool {
        self.own_tables.iter().any(|own| own == table)
    }
}
