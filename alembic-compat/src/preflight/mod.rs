//! Whether a revision can be run without Python, told before anything is touched.
//!
//! [`check`] does two things with one direction of a revision:
//!
//! * **Trials.** The evaluator runs it on a [`Trial`] instead of a database: every statement is
//!   collected, questions with two answers are tried with both, and where a value would have to
//!   come from the database the run ends. What was run until there is proven; another trial goes on
//!   with queries that find nothing, as those of a fresh database do.
//! * **A walk** over the code that no trial has proven: everything that can be reached from the
//!   function, by the text.
//!
//! What neither can see, since it depends on what the database has (the class of a value in a row,
//! the columns of a reflected table), stays an error when the revision runs.

mod names;
mod raised;
mod samples;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

pub use raised::needed_for;

use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use crate::eval::Args;
use crate::eval::Error;
use crate::eval::Failure;
use crate::eval::Host;
use crate::eval::Interpreter;
use crate::eval::Place;
use crate::eval::Result;
use crate::eval::Unsupported;
use crate::eval::Value;
use crate::python;
use crate::sa;
use crate::sa::Migration;
use crate::sa::Trial;
use crate::stdlib;
use crate::third_party;

use raised::raised_by_limbeck;
use raised::raised_elsewhere;

/// How many ways through a revision are tried.
const MOST_TRIALS: usize = 64;

/// A revision to look at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The text of the file.
    pub source: &'a str,
    /// Its statements, where they are known.
    pub tree: Option<&'a Arc<python::Module>>,
    /// Its path, for places.
    pub file: &'a str,
    /// The function: `upgrade`, `downgrade`, or that of one of several databases.
    pub function: &'a str,
    /// What statements are compiled for.
    pub target: &'a Target,
    /// The names that constraints get.
    pub naming: &'a NamingConvention,
    /// Makes a host that has this migration as its extension. It should drop what is printed: the
    /// code runs several times.
    pub host: &'a dyn Fn(Migration) -> Box<dyn Host>,
    /// Makes an interpreter with all modules.
    pub interpreter: &'a dyn Fn(Box<dyn Host>) -> Interpreter,
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject")
            .field("file", &self.file)
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

/// Whether Python is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// limbeck runs it.
    Native,
    /// Only Python runs it.
    PythonNeeded(PythonNeeded),
}

/// What limbeck does not run, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{construct} ({place})")]
pub struct PythonNeeded {
    /// The place.
    pub place: Place,
    /// What is there.
    pub construct: String,
}

impl From<Unsupported> for PythonNeeded {
    fn from(unsupported: Unsupported) -> Self {
        Self { place: unsupported.place, construct: unsupported.what }
    }
}

/// What is known of one direction of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// Whether Python is needed.
    pub verdict: Verdict,
    /// Everything that limbeck does not run, the verdict's first.
    pub needed: Vec<PythonNeeded>,
    /// The statements, where they do not depend on what the database has.
    pub statements: Option<Vec<String>>,
    /// Where the code first asks for what only the database knows.
    pub data: Option<Place>,
    /// Whether it asks the database questions with two answers.
    pub asks: bool,
    /// Where the code leaves the transaction.
    pub leaves_transaction: Option<Place>,
    /// Why the revision will fail: an exception before any data was asked for, which Python would
    /// come to as well, or a limit.
    pub failure: Option<Failure>,
}

impl Preflight {
    /// Whether limbeck runs it.
    #[must_use]
    pub const fn is_native(&self) -> bool {
        matches!(self.verdict, Verdict::Native)
    }
}

/// How a trial ended.
enum Outcome {
    Finished,
    Data,
    Unsupported(PythonNeeded),
    Failed(Failure),
}

/// What trials and walks run in. To make an interpreter with all modules takes longer than most
/// trials: one serves them all, and finds only SQLAlchemy, Alembic, the standard library and
/// packages of types as another trial has left them. Walks have one of their own.
#[derive(Debug, Default)]
pub struct Trials {
    interp: Option<Interpreter>,
    ground: Option<walk::Ground>,
}

impl Trials {
    /// Begins to note which functions are called, for the next revision.
    fn watch(&mut self) {
        if let Some(interp) = &mut self.interp {
            interp.called = Some(HashSet::new());
        }
    }

    fn interpreter(&mut self, subject: &Subject<'_>, migration: Migration) -> &mut Interpreter {
        let host = (subject.host)(migration);
        let interp = match self.interp.take() {
            Some(mut interp) => {
                interp.begin_again(is_kept);
                drop(interp.replace_host(host));
                interp
            }
            None => {
                let mut interp = (subject.interpreter)(host);
                interp.called = Some(HashSet::new());
                interp
            }
        };
        self.interp.insert(interp)
    }
}

/// Whether a module holds nothing of the code that has used it. What other packages register, such
/// as the tables of a model, belongs to one trial.
fn is_kept(name: &str) -> bool {
    let name = name.split(' ').next().unwrap_or(name);
    let is_framework = ["sqlalchemy", "alembic", sa::HOME].iter().any(|root| {
        name.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    third_party::only_has_types(name)
        || !third_party::has_module(name) && (is_framework || stdlib::has_module(name))
}

/// Looks at one direction of a revision.
#[must_use]
pub fn check(subject: &Subject<'_>, trials: &mut Trials) -> Preflight {
    trials.watch();
    let mut found = Preflight {
        verdict: Verdict::Native,
        needed: Vec::new(),
        statements: None,
        data: None,
        asks: false,
        leaves_transaction: None,
        failure: None,
    };
    let mut scripts = vec![Vec::new()];
    let mut runs = 0;
    let mut is_proven = true;
    let mut has_handlers = false;
    while let Some(script) = scripts.pop() {
        if runs == MOST_TRIALS {
            is_proven = false;
            break;
        }
        runs += 1;
        let trial = Trial::new(script.clone());
        let outcome = run(subject, trials, &trial, &mut has_handlers);
        let is_first = script.is_empty();
        note_exit(&mut found, &trial);
        found.asks |= trial.asked() > 0;
        branch(&mut scripts, &script, trial.asked());
        match outcome {
            Outcome::Finished => {
                if is_first && trial.asked() == 0 && !trial.assumed() {
                    found.statements = Some(trial.statements());
                }
            }
            Outcome::Data => {
                is_proven = false;
                if found.data.is_none() {
                    found.data = trial.needed().map(|needed| needed.place);
                }
                // The same way with a database that has nothing.
                let trial = Trial::empty(script);
                let outcome = run(subject, trials, &trial, &mut has_handlers);
                note_exit(&mut found, &trial);
                if let Outcome::Unsupported(needed) = outcome {
                    add(&mut found.needed, needed);
                }
            }
            Outcome::Unsupported(needed) => add(&mut found.needed, needed),
            Outcome::Failed(failure) => match raised_elsewhere(&failure, subject.file) {
                Some(needed) => add(&mut found.needed, needed),
                None if is_first && trial.asked() == 0 => {
                    match raised_by_limbeck(&failure, subject) {
                        Some(needed) => add(&mut found.needed, needed),
                        None => found.failure = Some(failure),
                    }
                }
                None => {}
            },
        }
    }
    // Where every way is proven, only handlers of failed statements are left to look at.
    if found.failure.is_none() && (!is_proven || has_handlers) {
        let walked = walk::walk(subject, trials.interp.as_ref(), &mut trials.ground);
        if found.leaves_transaction.is_none() {
            found.leaves_transaction = walked.leaves_transaction;
        }
        for finding in walked.findings {
            // What follows a failed statement is in no trial.
            if !is_proven || finding.is_in_handler {
                add(&mut found.needed, finding.needed);
            }
        }
    }
    if let Some(first) = found.needed.first() {
        found.verdict = Verdict::PythonNeeded(first.clone());
    }
    found
}

fn note_exit(found: &mut Preflight, trial: &Trial) {
    if found.leaves_transaction.is_none() {
        found.leaves_transaction = trial.leaves_transaction();
    }
}

/// The scripts that answer otherwise what was answered with no behind the end of this one.
fn branch(scripts: &mut Vec<Vec<bool>>, script: &[bool], asked: usize) {
    for at in (script.len()..asked).take(MOST_TRIALS) {
        let mut other = script.to_vec();
        other.resize(at, false);
        other.push(true);
        scripts.push(other);
    }
}

fn add(needed: &mut Vec<PythonNeeded>, new: PythonNeeded) {
    let is_known = |known: &PythonNeeded| {
        known.place.file == new.place.file
            && known.place.position.line == new.place.position.line
            && known.construct == new.construct
    };
    if !needed.iter().any(is_known) {
        needed.push(new);
    }
}

fn run(
    subject: &Subject<'_>,
    trials: &mut Trials,
    trial: &Trial,
    has_handlers: &mut bool,
) -> Outcome {
    let connection = Box::new(trial.clone());
    let migration = Migration::live(subject.target.clone(), subject.naming.clone(), connection);
    let interp = trials.interpreter(subject, migration);
    let result = call(interp, subject);
    *has_handlers |= interp.has_source_with("except");
    let error = match result {
        Ok(()) => return Outcome::Finished,
        Err(error) => raised::of_missing_table(error),
    };
    match *error {
        Error::Host(_) if trial.needed().is_some() => Outcome::Data,
        Error::Unsupported(unsupported) => Outcome::Unsupported(unsupported.into()),
        error => Outcome::Failed(interp.report(&error)),
    }
}

/// Runs the function of a revision in an interpreter, as Alembic calls it.
fn call(interp: &mut Interpreter, subject: &Subject<'_>) -> Result<()> {
    if let Some(tree) = subject.tree {
        interp.learn_parsed(subject.source, tree);
    }
    let module = interp.run_file("revision", subject.file, subject.source)?;
    if let Some(skipped) = Interpreter::skipped(&module).into_iter().next() {
        return Err(Box::new(Error::Unsupported(skipped)));
    }
    let function = interp.get_attribute(&Value::Module(module), subject.function)?;
    interp.call(&function, Args::none()).map(drop)
}
