//! Which scripts of Python limbeck runs, and which Python does.

use std::any::Any;
use std::path::PathBuf;

use chrono::DateTime;
use chrono::Utc;
use limbeck_alembic::eval;
use limbeck_alembic::eval::Host;
use limbeck_alembic::eval::HostError;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::eval::ModuleSource;
use limbeck_alembic::eval::Now;
use limbeck_alembic::preflight;
use limbeck_alembic::preflight::Preflight;
use limbeck_alembic::preflight::PythonNeeded;
use limbeck_alembic::preflight::Subject;
use limbeck_alembic::preflight::Verdict;
use limbeck_alembic::project;
use limbeck_alembic::sa::Migration;
use limbeck_schema::Dialect;
use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use crate::graph::RevisionId;
use crate::script::sql::Statement;

use super::super::error::RunErrorKind;
use super::super::options::RunOptions;
use super::super::options::TransactionMode;
use super::super::prepare::PreparedScript;
use super::super::prepare::ScriptBody;
use super::super::prepare::UnfitScript;
use super::super::prepare::UnfitScriptKind;
use super::super::python::PythonBody;
use super::super::python::PythonOptions;
use super::HandedOver;
use super::PythonMode;

/// How much stack a trial has, in bytes. Only what is used takes memory.
const STACK: usize = 128 << 20;
/// The part of it that Python code may fill.
const PYTHON_STACK: usize = 112 << 20;
/// How long a trial may go on, in steps: no revision that is written by people comes near.
const STEPS: u64 = 5_000_000;

/// A revision that only Python runs, in a plan that is to do without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonRevision {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: PathBuf,
    /// What limbeck does not run.
    pub needed: PythonNeeded,
}

/// Why revisions cannot be handed to Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unhanded {
    /// Somebody has asked for it.
    Never,
    /// There is no Alembic project, whose env.py would run them.
    NoProject,
}

/// Decides for each script. What is handed over runs outside of limbeck's transactions.
///
/// # Errors
/// [`RunErrorKind::PythonNeeded`] with all scripts that cannot be run, and
/// [`RunErrorKind::Script`] where a run is to be one transaction.
pub(in crate::exec) fn decide<'s>(
    scripts: impl IntoIterator<Item = &'s mut PreparedScript>,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<(), RunErrorKind> {
    let mut python: Vec<&mut PreparedScript> =
        scripts.into_iter().filter(|script| script.python().is_some()).collect();
    if python.is_empty() {
        return Ok(());
    }
    let mode = options.python.mode;
    let needed = match mode {
        PythonMode::Always => vec![None; python.len()],
        PythonMode::Auto | PythonMode::Never => {
            let target = Target::from(dialect).with_flavour(options.python.flavour);
            let bodies: Vec<PythonBody> =
                python.iter().filter_map(|script| script.python().cloned()).collect();
            let checked = check(&bodies, &target, &options.python, options.clock)?;
            checked.into_iter().map(|found| Some(found.verdict)).collect()
        }
    };
    let mut unhanded = Vec::new();
    for (script, verdict) in python.iter_mut().zip(needed) {
        let needed = match verdict {
            Some(Verdict::Native) => continue,
            Some(Verdict::PythonNeeded(needed)) => Some(needed),
            None => None,
        };
        if let (Some(needed), true) =
            (&needed, mode == PythonMode::Never || options.python.program.is_none())
        {
            unhanded.push(PythonRevision {
                revision: script.revision.clone(),
                path: script.path.clone(),
                needed: needed.clone(),
            });
            continue;
        }
        if options.python.program.is_some() {
            hand_over(script, needed, dialect, options)?;
        }
    }
    if unhanded.is_empty() {
        return Ok(());
    }
    let why = match mode {
        PythonMode::Never => Unhanded::Never,
        PythonMode::Auto | PythonMode::Always => Unhanded::NoProject,
    };
    Err(RunErrorKind::PythonNeeded { revisions: unhanded, why })
}

fn hand_over(
    script: &mut PreparedScript,
    needed: Option<PythonNeeded>,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<(), RunErrorKind> {
    let Some(body) = script.python() else { return Ok(()) };
    if options.transaction_mode == TransactionMode::Run
        && options.transaction_mode.is_whole_run(dialect)
    {
        let position = needed.as_ref().map_or(body.position, |needed| {
            let at = &needed.place.position;
            crate::script::sql::SourcePosition { line: at.line, column: at.column }
        });
        return Err(RunErrorKind::Script(UnfitScript {
            revision: script.revision.clone(),
            path: script.path.clone(),
            position: Some(position),
            statement: None,
            kind: UnfitScriptKind::PythonOutsideRun,
        }));
    }
    let direction = if body.function.starts_with("downgrade") { "downgrade" } else { "upgrade" };
    // The journal compares this text: it changes when the file does.
    let digest = script.raw_digest.get(..16).unwrap_or_default();
    let text = format!("PYTHON {direction}() OF REVISION {} ({digest})", script.revision);
    let statements = vec![Statement { text, position: body.position }];
    script.body = ScriptBody::HandedOver(HandedOver { statements, direction, needed });
    script.transaction = false;
    Ok(())
}

/// Looks at functions of revisions.
///
/// # Errors
/// When the system gives no thread.
pub(crate) fn check(
    bodies: &[PythonBody],
    target: &Target,
    options: &PythonOptions,
    clock: fn() -> DateTime<Utc>,
) -> Result<Vec<Preflight>, RunErrorKind> {
    eval::on_large_stack(STACK, || {
        let interpreter = |migration| interpreter(migration, options, clock);
        bodies
            .iter()
            .map(|body| {
                preflight::check(&Subject {
                    source: &body.text,
                    file: &body.file,
                    function: &body.function,
                    target,
                    naming: &options.naming,
                    interpreter: &interpreter,
                })
            })
            .collect()
    })
    .map_err(|source| RunErrorKind::PythonThread { source })
}

/// The naming convention of the project's `env.py`, which is read and not run; `None` where it cannot
/// be told, and where the system gives no thread.
pub(crate) fn convention(
    path: &str,
    text: &str,
    options: &PythonOptions,
    clock: fn() -> DateTime<Utc>,
) -> Option<NamingConvention> {
    eval::on_large_stack(STACK, || {
        let migration = Migration::offline(Target::postgresql(), NamingConvention::default());
        let mut interp = interpreter(migration, options, clock);
        project::naming_convention(&mut interp, path, text).ok()
    })
    .ok()
    .flatten()
}

fn interpreter(
    migration: Migration,
    options: &PythonOptions,
    clock: fn() -> DateTime<Utc>,
) -> Interpreter {
    let host = TrialHost { migration, options: options.clone(), clock };
    let limits = Limits { stack: PYTHON_STACK, steps: STEPS, ..Limits::default() };
    let mut interp = Interpreter::new(Box::new(host), limits);
    limbeck_alembic::sa::register(&mut interp);
    limbeck_alembic::stdlib::register(&mut interp);
    limbeck_alembic::third_party::register(&mut interp);
    interp
}

/// A host that drops what is printed: nothing happens yet.
struct TrialHost {
    migration: Migration,
    options: PythonOptions,
    clock: fn() -> DateTime<Utc>,
}

impl Host for TrialHost {
    fn print(&mut self, _: &str) {}

    fn log(&mut self, _: &str, _: i64, _: &str) {}

    fn now(&mut self) -> Result<Now, HostError> {
        let microseconds = (self.clock)().timestamp_micros();
        Ok(Now { microseconds, local_offset: (self.options.local_offset)(microseconds) })
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), HostError> {
        (self.options.random)(bytes).map_err(HostError::new)
    }

    fn environment(&mut self, name: &str) -> Option<String> {
        (self.options.environment)(name)
    }

    fn module_source(&mut self, name: &str) -> Result<ModuleSource, HostError> {
        (self.options.modules)(name).map_err(HostError::new)
    }

    fn extension(&mut self) -> &mut dyn Any {
        &mut self.migration
    }
}
