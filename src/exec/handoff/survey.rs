//! Every Python revision of a history, looked at: which limbeck runs and which Python does.

use limbeck_alembic::eval::Failure;
use limbeck_alembic::preflight::Preflight;
use limbeck_alembic::preflight::PythonNeeded;
use limbeck_alembic::preflight::Verdict;
use limbeck_schema::Dialect;
use limbeck_schema::Target;

use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::RevisionFormat;

use super::super::error::RunErrorKind;
use super::super::options::RunOptions;
use super::super::prepare::ScriptBody;
use super::super::prepare::ScriptSource;
use super::super::prepare::UnfitScriptKind;
use super::super::prepare::script_of;
use super::decide::check;

/// What one direction of a revision is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// It does nothing.
    Empty,
    /// limbeck runs it.
    Native {
        /// Whether what it does depends on what the database has.
        depends_on_data: bool,
    },
    /// limbeck runs it, and it fails, as it does in Python.
    Fails(Failure),
    /// Only Python runs it.
    PythonNeeded(Vec<PythonNeeded>),
    /// It has no such function.
    Missing,
    /// The file cannot be read.
    Unreadable(String),
}

/// A revision with its classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// The revision.
    pub revision: RevisionId,
    /// Its `upgrade()`.
    pub upgrade: Class,
    /// Its `downgrade()`.
    pub downgrade: Class,
}

/// Looks at Python revisions.
///
/// # Errors
/// When the system gives no thread to run Python on.
pub fn survey<'r>(
    revisions: impl IntoIterator<Item = &'r RevisionId>,
    scripts: &dyn ScriptSource,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<Vec<Surveyed>, RunErrorKind> {
    let mut bodies = Vec::new();
    let mut pending = Vec::new();
    for revision in revisions {
        let classes = [Direction::Upgrade, Direction::Downgrade].map(|direction| {
            match script_of(revision, direction, scripts, dialect, options) {
                Ok(script) => match script.body {
                    ScriptBody::Python(body) => {
                        bodies.push(body);
                        Err(bodies.len() - 1)
                    }
                    ScriptBody::Sql(_) | ScriptBody::HandedOver(_) => Ok(Class::Empty),
                },
                Err(unfit) => Ok(match unfit.kind {
                    UnfitScriptKind::NoFunction { .. } => Class::Missing,
                    kind => Class::Unreadable(kind.to_string()),
                }),
            }
        });
        pending.push((revision.clone(), classes));
    }
    let target = Target::from(dialect).with_flavour(options.python.flavour);
    let found = check(&bodies, &target, &options.python, options.clock)?;
    let class = |class: Result<Class, usize>| match class {
        Ok(class) => class,
        Err(at) => found.get(at).map_or(Class::Empty, class_of),
    };
    Ok(pending
        .into_iter()
        .map(|(revision, [upgrade, downgrade])| Surveyed {
            revision,
            upgrade: class(upgrade),
            downgrade: class(downgrade),
        })
        .collect())
}

/// What one direction of a revision is; `None` of one that is no Python.
///
/// # Errors
/// When the system gives no thread to run Python on.
pub fn class_of_step(
    revision: &RevisionId,
    direction: Direction,
    scripts: &dyn ScriptSource,
    dialect: Dialect,
    options: &RunOptions,
) -> Result<Option<Class>, RunErrorKind> {
    if scripts.file(revision).is_none_or(|file| file.format != RevisionFormat::Python) {
        return Ok(None);
    }
    let target = Target::from(dialect).with_flavour(options.python.flavour);
    Ok(Some(match script_of(revision, direction, scripts, dialect, options) {
        Ok(script) => match script.python() {
            Some(body) => {
                let body = std::slice::from_ref(body);
                let found = check(body, &target, &options.python, options.clock)?;
                found.first().map_or(Class::Empty, class_of)
            }
            None => Class::Empty,
        },
        Err(unfit) => match unfit.kind {
            UnfitScriptKind::NoFunction { .. } => Class::Missing,
            kind => Class::Unreadable(kind.to_string()),
        },
    }))
}

fn class_of(found: &Preflight) -> Class {
    match (&found.verdict, &found.failure) {
        (Verdict::PythonNeeded(_), _) => Class::PythonNeeded(found.needed.clone()),
        (Verdict::Native, Some(failure)) => Class::Fails(failure.clone()),
        (Verdict::Native, None) => {
            Class::Native { depends_on_data: found.data.is_some() || found.asks }
        }
    }
}
