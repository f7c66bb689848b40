//! The databases that a command works on, each with its part of the graph.

use std::borrow::Cow;

use limbeck_schema::Dialect;

use crate::db;
use crate::db::Database;
use crate::db::DatabaseUrl;
use crate::db::LoggedDatabase;
use crate::db::LoggedEffect;
use crate::db::SessionOptions;
use crate::diesel_interop::AdoptionError;
use crate::env::DatabaseSettings;
use crate::exec;
use crate::exec::Migrator;
use crate::exec::Report;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Need;
use crate::script::RevisionFormat;
use crate::ui::Output;
use crate::ui::SqlLog;

use super::context::Context;
use super::elsewhere::Elsewhere;
use super::error::CliError;
use super::journaling;
use super::legs;
use super::missing_file;
use super::origins;
use super::summary::Outcome;
use super::survey::Survey;
use super::watch;
use super::watch::Watch;

/// A database that can be opened, with its part of the graph.
pub(super) struct Site<'a> {
    pub(super) settings: Cow<'a, DatabaseSettings>,
    pub(super) url: DatabaseUrl,
    pub(super) graph: &'a RevisionGraph,
    /// What its revisions depend on in other databases.
    pub(super) needs: &'a [Need],
    /// Whether every statement is shown.
    pub(super) logs_sql: bool,
}

impl Site<'_> {
    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Says what Alembic logs when its env.py has opened a database.
    pub(super) fn announce(&self, output: &mut Output<'_>) {
        self.announce_context(output, false);
    }

    /// The same for `--sql`, which opens none.
    pub(super) fn announce_offline(&self, output: &mut Output<'_>) {
        self.announce_context(output, true);
    }

    fn announce_context(&self, output: &mut Output<'_>, is_offline: bool) {
        let (class, transactional) = match self.url.dialect() {
            Dialect::Postgresql => ("PostgresqlImpl", "transactional"),
            Dialect::Sqlite => ("SQLiteImpl", "non-transactional"),
            Dialect::Mysql => ("MySQLImpl", "non-transactional"),
        };
        output.alembic_info(format_args!("Context impl {class}."));
        if is_offline {
            output.alembic_info("Generating static SQL");
        }
        output.alembic_info(format_args!("Will assume {transactional} DDL."));
    }

    /// An error of the site's database.
    pub(super) fn error(&self, mut error: db::DatabaseError) -> CliError {
        if let Some(connect) = &mut error.connect {
            connect.sources = origins::of_failure(&self.settings, connect.cause);
        }
        CliError::Database {
            database: self.settings.name.clone(),
            url: self.url.to_string(),
            error,
        }
    }

    /// An error of taking over another tool's history.
    pub(super) fn adoption_error(&self, error: AdoptionError) -> CliError {
        match error {
            AdoptionError::Database(error) => self.error(error),
            AdoptionError::Target(error) => error.into(),
            error => CliError::Adoption(error),
        }
    }

    /// How a session is opened.
    pub(super) fn options(&self, read_only: bool) -> Result<SessionOptions, CliError> {
        // Only libpq asks for them, and looking costs a dozen file accesses.
        let system_certificates = match self.url.dialect() {
            Dialect::Postgresql => openssl_probe::probe().cert_file,
            Dialect::Sqlite | Dialect::Mysql => None,
        };
        let tables = self.settings.tables.clone()?;
        Ok(SessionOptions {
            version_table: tables.version,
            version_num_length: tables.version_num_length,
            journal_table: tables.journal,
            lock: self.settings.lock,
            actor: actor(),
            host: host(),
            read_only,
            system_certificates,
            ..SessionOptions::default()
        })
    }

    /// Opens a session.
    pub(super) fn connect(&self, read_only: bool) -> Result<Box<dyn Database>, CliError> {
        let options = self.options(read_only)?;
        let database = db::connect(&self.url, &options).map_err(|error| self.error(error))?;
        if !self.logs_sql {
            return Ok(database);
        }
        let mut log = SqlLog::new(self.name());
        let log = move |effect: LoggedEffect<'_>| {
            log.line(effect.text, effect.elapsed, effect.has_failed);
        };
        Ok(Box::new(LoggedDatabase::new(database, &options, log)))
    }

    /// Opens a session that only reads; a database file that does not exist yet is an empty
    /// database, and stays away.
    pub(super) fn connect_to_read(&self) -> Result<Box<dyn Database>, CliError> {
        self.reader()?.into_session()
    }

    /// Refuses what [`Site::certain_rows`] refuses, and asks the database only if need be.
    pub(super) fn check_version_table(&self, database: &mut dyn Database) -> Result<(), CliError> {
        match &self.settings.tables {
            Ok(tables) if tables.uncertain.is_none() => Ok(()),
            _ => self.certain_rows(database).map(drop),
        }
    }

    /// The rows of the version table. Refused where there are none in a table that may be the
    /// wrong one: everything would run again in a database whose own table has another name. One
    /// with rows is the right one.
    pub(super) fn certain_rows(&self, database: &mut dyn Database) -> Result<Heads, CliError> {
        let tables = self.settings.tables.clone()?;
        let rows = database.version_rows().map_err(|error| self.error(error))?;
        match (rows.unwrap_or_default(), tables.uncertain) {
            (rows, Some(env)) if rows.is_empty() => Err(CliError::UncertainTable {
                database: self.settings.name.clone(),
                table: tables.version.to_string(),
                env,
            }),
            (rows, _) => Ok(rows),
        }
    }

    /// Does something in a session that may write.
    pub(super) fn with_session<T>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T, db::DatabaseError>,
    ) -> Result<T, CliError> {
        let mut database = self.connect(false)?;
        self.check_version_table(database.as_mut())?;
        work(database.as_mut()).map_err(|error| self.error(error))
    }
}

/// Who runs this, for the journal and for those who wait for the lock.
pub(super) fn actor() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Where this runs, likewise.
pub(super) fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// Options of the commands that change databases.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct RunArguments {
    /// What the person adds to the journal, from an option of the command.
    #[arg(skip)]
    pub(super) note: Option<String>,
    /// Wait so many seconds for another run to give back the lock
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_wait: u64,
    /// What to do with a statement outside a transaction that a crash left in doubt, where the
    /// catalog cannot tell whether it took effect
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = InDoubtArgument::Stop)]
    in_doubt: InDoubtArgument,
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
    /// How a run with these arguments behaves.
    pub(super) fn options(&self, context: &Context) -> Result<RunOptions, CliError> {
        Ok(RunOptions {
            lock_wait: std::time::Duration::from_secs(self.lock_wait),
            in_doubt: match self.in_doubt {
                InDoubtArgument::Stop => exec::InDoubt::Stop,
                InDoubtArgument::Skip => exec::InDoubt::Skip,
                InDoubtArgument::Rerun => exec::InDoubt::Rerun,
            },
            note: self.note.clone(),
            interrupt: watch::interrupt_flag()?,
            ..run_options(context)
        })
    }
}

/// How a run behaves that is given no arguments.
pub(super) fn run_options(context: &Context) -> RunOptions {
    RunOptions {
        transaction_mode: context.project.scripts.transaction_mode,
        actor: actor(),
        host: host(),
        directory: Some(context.directory().to_owned()),
        ignore_routes: context.globals.ignore_routes,
        ..RunOptions::default()
    }
}

/// Carries `request` out on every site, one after the other, unless something of one needs
/// something of another: then in legs. A database that fails does not keep the others from being
/// done; a user who interrupts does.
pub(super) fn run(
    context: &Context,
    sites: &[Site<'_>],
    arguments: &RunArguments,
    request: &Request,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let options = arguments.options(context)?;
    let failures = check_python(context, sites, &options, request)?;
    run_all(context, sites, failures, &options, request, output)
}

fn run_all(
    context: &Context,
    sites: &[Site<'_>],
    failures: Vec<Option<CliError>>,
    options: &RunOptions,
    request: &Request,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    if legs::may_be_needed(context, sites, request)? {
        let survey = Survey::new(context, sites, options, &|_| request.clone())?;
        if survey.has_needs() {
            let outcomes = legs::run(context, survey, options, output);
            return finish(context, outcomes, output);
        }
    }
    let mut outcomes = Vec::new();
    for (site, failure) in sites.iter().zip(failures) {
        if sites.len() > 1 {
            output.talk(format_args!("[{}]", site.name()));
        }
        let mut outcome = Outcome::of(site.name());
        let result = match failure {
            Some(error) => Err(error),
            None => run_site(context, site, request, options, output),
        };
        match result {
            Ok(report) => {
                if report.steps.is_empty() && report.before == report.after {
                    output.remark(format_args!("nothing to do{}", at(&report.after)));
                }
                outcome.report = Some(report);
            }
            Err(error) => outcome.fail(error),
        }
        let is_interrupted = outcome.is_interrupted();
        outcomes.push(outcome);
        if is_interrupted {
            break;
        }
    }
    outcomes.extend(sites[outcomes.len()..].iter().map(|site| Outcome::of(site.name())));
    finish(context, outcomes, output)
}

/// Sums the run up and makes its result of it.
pub(super) fn finish(
    context: &Context,
    outcomes: Vec<Outcome>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    // Where nothing was done, each database has said so already.
    if outcomes.len() > 1 && !outcomes.iter().all(Outcome::is_nothing) {
        for outcome in &outcomes {
            output.remark(outcome);
        }
    }
    if context.globals.json {
        let databases: Vec<_> = outcomes
            .iter()
            .filter_map(|outcome| Some((&outcome.database, outcome.report.as_ref()?)))
            .map(|(name, report)| serde_json::json!({ "database": name, "report": report }))
            .collect();
        let errors = outcomes.iter().filter_map(|outcome| outcome.error.as_ref());
        let errors: Vec<_> = errors.map(super::failure::as_json).collect();
        output.json(&serde_json::json!({ "databases": databases, "errors": errors }))?;
    }
    let total = outcomes.len();
    let errors = outcomes.into_iter().filter_map(|outcome| outcome.error).collect();
    CliError::of_sites(errors, total)
}

/// Refuses a run over several databases of which one would come to Python that does not run: what
/// can be known beforehand is no reason to leave them at different revisions. Only a database that
/// has such Python is asked where it is.
///
/// Gives for each site why it could not be asked: it is not tried again when its turn comes.
fn check_python(
    context: &Context,
    sites: &[Site<'_>],
    options: &RunOptions,
    request: &Request,
) -> Result<Vec<Option<CliError>>, CliError> {
    let is_python = |id: &RevisionId| {
        let file = context.revisions.find(id);
        file.is_some_and(|file| file.format == RevisionFormat::Python)
    };
    let mut failures = Vec::new();
    for site in sites {
        let mut failure = None;
        let options = options_of(site, options);
        if sites.len() > 1 && has_unfit_python(context, site, &options, request) {
            let migrator = Migrator::new(site.graph, &context.revisions, options);
            let checked = site
                .heads()
                .map(|heads| migrator.check_scripts(site.url.dialect(), &heads, request));
            match checked {
                Ok(Err(RunErrorKind::Script(unfit))) if is_python(&unfit.revision) => {
                    let error = RunError::before_any_step(RunErrorKind::Script(unfit));
                    return Err(CliError::Run { database: site.name().to_owned(), error });
                }
                // Whatever else is wrong, the run itself finds before its first effect.
                Ok(_) => {}
                Err(error) => failure = Some(error),
            }
        }
        failures.push(failure);
    }
    Ok(failures)
}

/// Whether there is Python among the revisions of a site that `request` could come to, and that
/// does not run. Asks no database.
fn has_unfit_python(
    context: &Context,
    site: &Site<'_>,
    options: &RunOptions,
    request: &Request,
) -> bool {
    let directions: &[Direction] = match request {
        Request::Upgrade(_) => &[Direction::Upgrade],
        Request::Downgrade(_) => &[Direction::Downgrade],
        Request::Steps { .. } => &[Direction::Upgrade, Direction::Downgrade],
        Request::Stamp { .. } | Request::TakeOver(_) => &[],
    };
    let (revisions, dialect) = (&context.revisions, site.url.dialect());
    let mut python = revisions.files().iter().filter(|file| {
        file.format == RevisionFormat::Python && site.graph.find(&file.revision.id).is_some()
    });
    python.any(|file| {
        let id = &file.revision.id;
        let is_unfit =
            |way: &Direction| exec::script_of(id, *way, revisions, dialect, options).is_err();
        directions.iter().any(is_unfit)
    })
}

pub(super) fn at(heads: &Heads) -> String {
    if heads.is_empty() {
        return String::new();
    }
    let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
    format!(" (at {})", ids.join(", "))
}

pub(super) fn run_site(
    context: &Context,
    site: &Site<'_>,
    request: &Request,
    options: &RunOptions,
    output: &mut Output<'_>,
) -> Result<Report, CliError> {
    let mut database = site.connect(false)?;
    site.announce(output);
    if !matches!(request, Request::Stamp { purge: true, .. }) {
        site.check_version_table(database.as_mut())?;
    }
    let options = options_of(site, options);
    let mut elsewhere = Elsewhere::new(context, site, &options, request)?;
    let mut watch = Watch { output };
    let result = Migrator::new(site.graph, &context.revisions, options.clone()).run_through(
        database.as_mut(),
        request,
        &mut watch,
        &mut elsewhere,
    );
    elsewhere.release(&mut watch);
    result.map_err(|error| {
        journaling::record_lost_connection(site, request, &error, &options);
        explained_error(context, site, error)
    })
}

/// How a run behaves on `site`.
pub(super) fn options_of(site: &Site<'_>, options: &RunOptions) -> RunOptions {
    RunOptions {
        database: Some(site.settings.name.clone()),
        journal: site.settings.journal,
        ..options.clone()
    }
}

/// An error of a run on an open database: with what is known of a row that no file declares.
pub(super) fn explained_error(context: &Context, site: &Site<'_>, error: RunError) -> CliError {
    missing_file::explained(context, site, context.run_error(site, error))
}
