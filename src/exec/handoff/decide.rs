//! Which scripts of Python limbeck runs, and which Python does.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::DateTime;
use chrono::Utc;
use limbeck_alembic::eval;
use limbeck_alembic::eval::Failure;
use limbeck_alembic::eval::Host;
use limbeck_alembic::eval::Interpreter;
use limbeck_alembic::eval::Limit;
use limbeck_alembic::eval::Limits;
use limbeck_alembic::preflight;
use limbeck_alembic::preflight::Preflight;
use limbeck_alembic::preflight::PythonNeeded;
use limbeck_alembic::preflight::Subject;
use limbeck_alembic::preflight::Trials;
use limbeck_alembic::preflight::Verdict;
use limbeck_alembic::project::Mode;
use limbeck_alembic::sa::Migration;
use limbeck_schema::Dialect;
use limbeck_schema::Target;

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
use super::super::python::PythonFailure;
use super::super::python::PythonOptions;
use super::super::python::host::PYTHON_STACK;
use super::super::python::host::STACK;
use super::super::python::host::ScriptHost;
use super::HandedOver;
use super::PythonMode;

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
/// [`RunErrorKind::PythonNeeded`] with all scripts that cannot be run, [`RunErrorKind::Python`] for
/// one that reaches a limit whatever the database has, and [`RunErrorKind::Script`] where a run is
/// to be one transaction.
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
            for ((script, body), found) in python.iter_mut().zip(&bodies).zip(&checked) {
                refuse_endless(script, body, found, &target, options)?;
                // What its text does not tell, a run of it has.
                script.transaction &= found.leaves_transaction.is_none();
                script.is_proven = found.statements.is_some();
            }
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

/// Refuses a function that comes to a limit before it asks the database for anything: so it will
/// when it runs. Trials may take fewer steps than runs, so that one is tried again with as many.
fn refuse_endless(
    script: &PreparedScript,
    body: &PythonBody,
    found: &Preflight,
    target: &Target,
    options: &RunOptions,
) -> Result<(), RunErrorKind> {
    let Some(Failure::Limit(reached)) = &found.failure else { return Ok(()) };
    let mut failure = Failure::Limit(reached.clone());
    if matches!(reached.limit, Limit::Steps(_)) {
        let steps = Limits::default().steps;
        let body = std::slice::from_ref(body);
        let stop = Some(&options.interrupt);
        let patient = try_out(body, target, &options.python, options.clock, steps, stop)?;
        if options.is_interrupted() {
            return Err(RunErrorKind::Interrupted { halfway: None });
        }
        match patient.into_iter().next().and_then(|found| found.failure) {
            Some(limit @ Failure::Limit(_)) => failure = limit,
            _ => return Ok(()),
        }
    }
    Err(RunErrorKind::Python(Box::new(PythonFailure::unbegun(script, body.position, failure))))
}

/// Hands a script to Python.
///
/// # Errors
/// [`RunErrorKind::Script`] where the run is to be one transaction.
pub(super) fn hand_over(
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
    to_handed_over(script, needed);
    Ok(())
}

/// Makes of a script one that Python runs.
pub(super) fn to_handed_over(script: &mut PreparedScript, needed: Option<PythonNeeded>) {
    let Some(body) = script.python() else { return };
    let direction = if body.function.starts_with("downgrade") { "downgrade" } else { "upgrade" };
    // The journal compares this text: it changes when the file does.
    let digest = script.raw_digest.get(..16).unwrap_or_default();
    let text = format!("PYTHON {direction}() OF REVISION {} ({digest})", script.revision);
    let statements = vec![Statement { text, position: body.position }];
    script.body = ScriptBody::HandedOver(HandedOver { statements, direction, needed });
    script.transaction = false;
    script.parts = None;
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
    // Revisions without code need no word of it.
    if bodies.is_empty() {
        return Ok(Vec::new());
    }
    let setting: Arc<str> =
        format!("{target:?} {:?}", options.naming_convention(Mode::Online, clock)).into();
    let mut found: Vec<Option<Preflight>> =
        bodies.iter().map(|body| options.known.of(body, &setting)).collect();
    let new: Vec<PythonBody> = bodies
        .iter()
        .zip(&found)
        .filter(|(_, found)| found.is_none())
        .map(|(body, _)| body.clone())
        .collect();
    let mut tried = new.iter().zip(try_out(&new, target, options, clock, STEPS, None)?);
    for found in found.iter_mut().filter(|found| found.is_none()) {
        *found = tried.next().map(|(body, found)| options.known.learn(body, &setting, found));
    }
    let found = bodies.iter().zip(found).filter_map(|(body, found)| Some((body, found?)));
    let with = |(body, found)| options.with_overrides(found, body, target.dialect());
    Ok(found.map(with).collect())
}

/// Looks at functions of revisions, with so many steps for each trial, until `stop` is set.
fn try_out(
    bodies: &[PythonBody],
    target: &Target,
    options: &PythonOptions,
    clock: fn() -> DateTime<Utc>,
    steps: u64,
    stop: Option<&Arc<AtomicBool>>,
) -> Result<Vec<Preflight>, RunErrorKind> {
    if bodies.is_empty() {
        return Ok(Vec::new());
    }
    let naming = options.naming_convention(Mode::Online, clock);
    eval::on_large_stack(STACK, || {
        let host = |migration| trial_host(migration, options, clock);
        let interpreter = |host| {
            let mut interp = with_steps(host, steps);
            if let Some(stop) = stop {
                interp.stop_when(Arc::clone(stop));
            }
            interp
        };
        let mut trials = Trials::default();
        bodies
            .iter()
            .map(|body| {
                let subject = Subject {
                    source: &body.text,
                    tree: Some(&body.tree),
                    file: &body.file,
                    function: &body.function,
                    target,
                    naming: &naming,
                    host: &host,
                    interpreter: &interpreter,
                };
                let found = preflight::check(&subject, &mut trials);
                if let (Verdict::PythonNeeded(_), PythonMode::Auto, Some(python)) =
                    (&found.verdict, options.mode, &options.program)
                {
                    options.kept.hurry(python);
                }
                found
            })
            .collect()
    })
    .map_err(|source| RunErrorKind::PythonThread { source })
}

/// An interpreter with all modules, on a host that tells what `options` say and does nothing.
pub(in crate::exec) fn interpreter(
    migration: Migration,
    options: &PythonOptions,
    clock: fn() -> DateTime<Utc>,
) -> Interpreter {
    with_steps(trial_host(migration, options, clock), STEPS)
}

fn trial_host(
    migration: Migration,
    options: &PythonOptions,
    clock: fn() -> DateTime<Utc>,
) -> Box<dyn Host> {
    let migration = options.adapted(migration);
    // What is printed is dropped: nothing happens yet.
    Box::new(ScriptHost { migration, options: options.clone(), clock, tell: |_| () })
}

fn with_steps(host: Box<dyn Host>, steps: u64) -> Interpreter {
    let limits = Limits { stack: PYTHON_STACK, steps, ..Limits::default() };
    let mut interp = Interpreter::new(host, limits);
    limbeck_alembic::register(&mut interp);
    interp
}
