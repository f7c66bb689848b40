//! What is read of Python files by evaluating a part of them: how the operations of revisions call
//! constraints that have no name, and variables of revisions that other modules have.
//!
//! Alembic takes the convention from the `target_metadata` of env.py. What that hangs on may be large, so it
//! is worked out when the first revision of a run needs it, and once for all databases.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use chrono::DateTime;
use chrono::Utc;
use limbeck_alembic::eval;
use limbeck_alembic::header::Variable;
use limbeck_alembic::project;
use limbeck_alembic::project::Mode;
use limbeck_alembic::project::NoConvention;
use limbeck_alembic::sa::Migration;
use limbeck_schema::Dialect;
use limbeck_schema::Target;
use limbeck_schema::table::NamingConvention;

use super::super::handoff::interpreter;
use super::PythonOptions;
use super::host::STACK;

/// Gives the text of a file, or says why it cannot be read.
pub type FileText = Arc<dyn Fn() -> Result<String, String> + Send + Sync>;

/// How constraints without a name are called.
#[derive(Debug, Clone)]
pub enum Naming {
    /// As the configuration says.
    Given(NamingConvention),
    /// As the metadata of an env.py has it. Clones share what was found.
    OfEnv(Arc<EnvNaming>),
}

impl Default for Naming {
    fn default() -> Self {
        Naming::Given(NamingConvention::default())
    }
}

/// The naming convention of an env.py, which is read when it is asked for.
pub struct EnvNaming {
    path: PathBuf,
    text: FileText,
    online: OnceLock<Found>,
    offline: OnceLock<Found>,
    is_told: AtomicBool,
}

struct Found {
    convention: NamingConvention,
    /// Why it cannot be told, where there may be one.
    unread: Option<String>,
}

impl EnvNaming {
    /// That of the env.py at `path`.
    pub fn new(path: PathBuf, text: FileText) -> Self {
        let (online, offline) = (OnceLock::new(), OnceLock::new());
        EnvNaming { path, text, online, offline, is_told: AtomicBool::new(false) }
    }

    fn found(&self, mode: Mode) -> &OnceLock<Found> {
        match mode {
            Mode::Online => &self.online,
            Mode::Offline => &self.offline,
        }
    }

    fn read(&self, mode: Mode, options: &PythonOptions, clock: fn() -> DateTime<Utc>) -> Found {
        let none = |unread: Option<String>| {
            // Where no text has the word, there is none.
            let may_be = unread.is_some() && options.mention("naming_convention");
            let convention = match may_be {
                true => NamingConvention::unknown(),
                false => NamingConvention::default(),
            };
            Found { convention, unread }
        };
        let text = match (self.text)() {
            Ok(text) => text,
            Err(reason) => return none(Some(reason)),
        };
        let path = self.path.to_string_lossy();
        let read = eval::on_large_stack(STACK, || {
            let target = Target::from(Dialect::Postgresql);
            let migration = Migration::offline(target, NamingConvention::default());
            let mut interp = interpreter(migration, options, clock);
            project::naming_convention(&mut interp, &path, &text, mode)
        });
        match read {
            Ok(Ok(convention)) => Found { convention, unread: None },
            // A file that says nothing of metadata has none.
            Ok(Err(NoConvention::NotConfigured)) if !text.contains("metadata") => none(None),
            Ok(Err(reason)) => none(Some(reason.to_string())),
            Err(reason) => none(Some(reason.to_string())),
        }
    }
}

impl fmt::Debug for EnvNaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvNaming").field("path", &self.path).finish_non_exhaustive()
    }
}

/// The texts of a variable at the head of a revision, evaluated; `None` where that cannot be.
pub fn header_value(
    options: &PythonOptions,
    clock: fn() -> DateTime<Utc>,
    path: &Path,
    text: &str,
    variable: Variable,
) -> Option<Vec<String>> {
    let told = eval::on_large_stack(STACK, || {
        let target = Target::from(Dialect::Postgresql);
        let migration = Migration::offline(target, NamingConvention::default());
        let mut interp = interpreter(migration, options, clock);
        project::header_value(&mut interp, &path.to_string_lossy(), text, variable)
    });
    told.ok().flatten()
}

impl PythonOptions {
    /// How constraints without a name are called; where env.py cannot be read, of which
    /// [`unread_naming`](Self::unread_naming) tells, it is unknown, or none if no text of the
    /// project has one.
    pub fn naming_convention(&self, mode: Mode, clock: fn() -> DateTime<Utc>) -> NamingConvention {
        match &self.naming {
            Naming::Given(convention) => convention.clone(),
            Naming::OfEnv(env) => {
                let found = env.found(mode).get_or_init(|| env.read(mode, self, clock));
                found.convention.clone()
            }
        }
    }

    /// Why the naming convention of env.py cannot be read, in a sentence for people: the first time
    /// that it is asked for after the file has been read.
    pub fn unread_naming(&self) -> Option<String> {
        let Naming::OfEnv(env) = &self.naming else { return None };
        let found = [&env.online, &env.offline].into_iter().filter_map(OnceLock::get);
        let mut unread = found.filter_map(|it| Some((it, it.unread.as_ref()?)));
        let (found, reason) = unread.next()?;
        let so = match found.convention.is_unknown {
            true => "revisions with constraints without a name need Python",
            false => "constraints without a name get none but the database's own",
        };
        (!env.is_told.swap(true, Ordering::Relaxed)).then(|| {
            format!(
                "the naming convention of {} is not known: {reason}; {so}, unless \
                 `naming_convention` of limbeck.toml says otherwise",
                env.path.display()
            )
        })
    }
}
