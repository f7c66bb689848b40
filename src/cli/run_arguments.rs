//! How a run behaves: by the arguments of its command, by the project and by the database.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use chrono::Local;
use limbeck_schema::Dialect;
use limbeck_schema::Flavour;

use crate::env::Project;
use crate::exec;
use crate::exec::Limits;
use crate::exec::Naming;
use crate::exec::PythonMode;
use crate::exec::PythonOptions;
use crate::exec::RunOptions;
use crate::exec::TenantVariables;
use crate::script;

use super::context::Context;
use super::error::CliError;
use super::python_modules::config_facts;
use super::python_modules::env_naming;
use super::python_modules::overrides;
use super::python_modules::python_modules;
use super::python_program::python_program;
use super::sites::Site;
use super::sites::actor;
use super::sites::host;
use super::watch;

/// Options of the commands that change databases.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct RunArguments {
    /// What the person adds to the journal, from an option of the command.
    #[arg(skip)]
    pub(super) note: Option<String>,
    /// Wait so many seconds for another run to give back the lock
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_wait: u64,
    /// How long a statement may wait for a lock, such as 2s; 0 for as long as it takes. Comes before
    /// what revisions and the configuration say
    #[arg(long, value_name = "TIME", value_parser = time)]
    lock_timeout: Option<Duration>,
    /// For how long a step is tried again that could not have a lock, such as 10min; 0 for not at
    /// all
    #[arg(long, value_name = "TIME", value_parser = time)]
    lock_retry: Option<Duration>,
    /// How long a statement may run, such as 1h; 0 for as long as it takes
    #[arg(long, value_name = "TIME", value_parser = time)]
    statement_timeout: Option<Duration>,
    /// What to do with a statement outside a transaction that a crash left in doubt, where the
    /// catalog cannot tell whether it took effect
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = InDoubtArgument::Stop)]
    in_doubt: InDoubtArgument,
    /// Which Python revisions the project's own Python and Alembic run [default: that of the
    /// configuration, else auto]
    #[arg(long, value_enum, value_name = "WHEN")]
    python: Option<PythonArgument>,
}

/// The values of `--python`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum PythonArgument {
    /// Those that limbeck cannot run by itself
    Auto,
    /// None: a plan that needs Python is refused before anything is done
    Never,
    /// Every one that does something
    Always,
}

impl PythonArgument {
    /// The mode it means.
    pub(super) const fn mode(self) -> PythonMode {
        match self {
            PythonArgument::Auto => PythonMode::Auto,
            PythonArgument::Never => PythonMode::Never,
            PythonArgument::Always => PythonMode::Always,
        }
    }
}

/// The values of `--in-doubt`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum InDoubtArgument {
    /// Stop and name it
    Stop,
    /// Take it as done
    Skip,
    /// Run it again
    Rerun,
}

impl RunArguments {
    /// Those of a command that runs no scripts.
    pub(super) const fn waiting(lock_wait: u64) -> Self {
        RunArguments {
            note: None,
            lock_wait,
            lock_timeout: None,
            lock_retry: None,
            statement_timeout: None,
            in_doubt: InDoubtArgument::Stop,
            python: None,
        }
    }

    /// How a run with these arguments behaves.
    pub(super) fn options(&self, context: &Context) -> Result<RunOptions, CliError> {
        let defaults = run_options(context);
        let python = match self.python {
            Some(python) => PythonOptions { mode: python.mode(), ..defaults.python },
            None => defaults.python,
        };
        Ok(RunOptions {
            python,
            lock_wait: Duration::from_secs(self.lock_wait),
            asked_limits: Limits {
                lock_timeout: self.lock_timeout,
                statement_timeout: self.statement_timeout,
                lock_retry: self.lock_retry,
            },
            in_doubt: match self.in_doubt {
                InDoubtArgument::Stop => exec::InDoubt::Stop,
                InDoubtArgument::Skip => exec::InDoubt::Skip,
                InDoubtArgument::Rerun => exec::InDoubt::Rerun,
            },
            note: self.note.clone(),
            interrupt: watch::interrupt_flag()?,
            ..defaults
        })
    }
}

/// A time with its unit.
fn time(text: &str) -> Result<Duration, String> {
    script::duration(text)
        .ok_or_else(|| "write a number with ms, s, min or h behind it, such as 2s".to_owned())
}

/// How a run behaves that is given no arguments.
pub(super) fn run_options(context: &Context) -> RunOptions {
    RunOptions {
        transaction_mode: context.project.scripts.transaction_mode,
        actor: actor(),
        host: host(),
        directory: Some(context.directory().to_owned()),
        ignore_routes: context.globals.ignore_routes,
        repeatables: Arc::clone(&context.repeatables),
        python: PythonOptions {
            program: python_program(context),
            x_arguments: context.globals.extra.clone(),
            config: config_facts(&context.project, &context.globals.config),
            ..python_options(&context.project)
        },
        ..RunOptions::default()
    }
}

/// What Python revisions are given of the outside: the environment, and the clock of this place.
pub(super) fn python_options(project: &Project) -> PythonOptions {
    let defaults = PythonOptions::default();
    PythonOptions {
        modules: python_modules(project).unwrap_or_else(|| Arc::clone(&defaults.modules)),
        mode: project.scripts.python,
        naming: env_naming(project).unwrap_or_default(),
        overrides: Arc::new(overrides(project)),
        sqlalchemy: project.scripts.sqlalchemy,
        environment: Arc::new(|name| std::env::var(name).ok()),
        local_offset,
        ..defaults
    }
}

/// How a run behaves on the databases of `dialect`, for what looks at revisions without one.
pub(super) fn options_of_dialect(context: &Context, dialect: Dialect) -> RunOptions {
    let options = run_options(context);
    let meant = context.databases().unwrap_or_default();
    let databases = meant.iter().map(Cow::as_ref).chain(&context.project.databases);
    let found = databases
        .filter_map(|database| Some((database, context.project.url(database).ok()?)))
        .find(|(_, url)| url.dialect() == dialect);
    let Some((database, url)) = found else { return options };
    RunOptions {
        python: PythonOptions {
            flavour: if url.is_mariadb() { Flavour::Mariadb } else { Flavour::Mysql },
            naming: match &database.naming {
                Some(naming) => Naming::Given(naming.clone()),
                None => options.python.naming,
            },
            ..options.python
        },
        ..options
    }
}

/// How far local time is ahead of UTC, in seconds.
fn local_offset(microseconds: i64) -> i32 {
    let now = DateTime::from_timestamp_micros(microseconds).unwrap_or_default();
    now.with_timezone(&Local).offset().local_minus_utc()
}

/// How a run behaves on `site`.
pub(super) fn options_of(site: &Site<'_>, options: &RunOptions) -> RunOptions {
    RunOptions {
        database: Some(site.settings.name.clone()),
        tenant: site.tenant.as_ref().map(|tenant| TenantVariables {
            name: tenant.name.clone(),
            // One with a database of its own is in that one's usual schema.
            schema: tenant.place.as_ref().map_or("public", |place| &place.schema).to_owned(),
        }),
        journal: site.settings.journal,
        limits: site.settings.limits,
        python: PythonOptions {
            flavour: match site.url.is_mariadb() {
                true => Flavour::Mariadb,
                false => Flavour::Mysql,
            },
            own_tables: own_tables(site, options),
            // env.py would open the database, and know nothing of its tenants.
            program: options.python.program.clone().filter(|_| site.tenant.is_none()),
            naming: match &site.settings.naming {
                Some(naming) => Naming::Given(naming.clone()),
                None => options.python.naming.clone(),
            },
            ..options.python.clone()
        },
        ..options.clone()
    }
}

/// Limbeck's own tables, with the name that the journal is given on `site`.
fn own_tables(site: &Site<'_>, options: &RunOptions) -> Vec<String> {
    let mut names = options.python.own_tables.clone();
    if let Ok(tables) = &site.settings.tables {
        names.push(tables.journal.name.clone());
        names.extend(site.settings.tenants.iter().map(|_| tables.catalogue_name()));
    }
    names
}
