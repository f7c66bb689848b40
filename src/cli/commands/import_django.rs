//! `limbeck import django`.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::django;
use crate::cli::django::Adopted;
use crate::cli::django::DjangoProblem;
use crate::cli::django::DjangoProject;
use crate::cli::django::NotAdopted;
use crate::cli::django::Order;
use crate::cli::django::PythonRule;
use crate::cli::django::Taken;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::short;
use crate::cli::python_program::interpreter;
use crate::cli::run_arguments::RunArguments;
use crate::cli::runs;
use crate::cli::sites::Site;
use crate::cli::summary::Outcome;
use crate::env::LIMBECK_TOML;
use crate::exec::Request;
use crate::script::write_new;
use crate::target::Target;
use crate::ui::Output;

/// The file that Django's commands are run by.
const MANAGE: &str = "manage.py";

/// Write Django's migrations as SQL revisions, or take its history over
///
/// The project's own Python tells the migrations, and what they send to scratch databases, which
/// Django makes beside the project's own and drops again. Files that are there already and say the
/// same stay; where one says something else, nothing is written.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DjangoArguments {
    /// The project's manage.py [default: that of the current directory]
    #[arg(long, value_name = "FILE")]
    manage: Option<PathBuf>,
    /// The settings, instead of those that manage.py or DJANGO_SETTINGS_MODULE names
    #[arg(long, value_name = "MODULE")]
    settings: Option<String>,
    /// The project's Python [default: that of the active virtual environment, of .venv, else of the
    /// search path]
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Write the revisions into DIR
    #[arg(long, value_name = "DIR", default_value = "versions", conflicts_with = "stamp")]
    into: PathBuf,
    /// What becomes of operations that are Python, such as RunPython
    #[arg(long, value_enum, value_name = "RULE", default_value_t = RunPython::Stop, conflicts_with = "stamp")]
    run_python: RunPython,
    /// A new database needs nothing of the Python in this migration, such as
    /// shop.0004_load_defaults (repeatable)
    #[arg(long, value_name = "APP.NAME", conflicts_with = "stamp")]
    without_python: Vec<String>,
    /// Record as applied, on each database, what its django_migrations says, and run nothing
    #[arg(long)]
    stamp: bool,
    /// Only say what would be written or recorded
    #[arg(long)]
    dry_run: bool,
    /// Wait so many seconds for another run to give back the lock
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_wait: u64,
}

/// The values of `--run-python`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RunPython {
    /// Name them, and write nothing
    Stop,
    /// Write a statement that fails in the place of each
    Fail,
}

pub(super) fn run(
    globals: Globals,
    arguments: &DjangoArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    match arguments.stamp {
        true => stamp(&Context::load_to_write(globals, output)?, arguments, output),
        false => write(&globals, arguments, output),
    }
}

fn order(arguments: &DjangoArguments, with_sql: bool) -> Result<Order, CliError> {
    let variable = std::env::var("DJANGO_SETTINGS_MODULE").ok().filter(|name| !name.is_empty());
    let manage = match &arguments.manage {
        Some(manage) if !manage.is_file() => {
            return Err(problem(format!("there is no file {}", short(manage))));
        }
        Some(manage) => Some(manage.clone()),
        None => Some(PathBuf::from(MANAGE)).filter(|path| path.is_file()),
    };
    let settings = arguments.settings.clone();
    let settings = settings.or_else(|| variable.filter(|_| manage.is_none()));
    if manage.is_none() && settings.is_none() {
        let problem = DjangoProblem::usage(format!("there is no {MANAGE} here"));
        let hint = "--manage FILE names it, or --settings MODULE the settings";
        return Err(CliError::Django(Box::new(problem.hint(hint))));
    }
    let directory = std::env::current_dir()?;
    let (python, _) = interpreter(arguments.python.as_deref(), &directory);
    Ok(Order { python, manage, settings, with_sql })
}

fn problem(message: String) -> CliError {
    CliError::Django(Box::new(DjangoProblem::usage(message)))
}

/// Writes the revisions, and a configuration where there is none.
fn write(
    globals: &Globals,
    arguments: &DjangoArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let project = DjangoProject::read(&order(arguments, true)?)?;
    let rule = PythonRule {
        fails: arguments.run_python == RunPython::Fail,
        nothing: arguments.without_python.iter().cloned().collect(),
    };
    let taken = django::revisions(&project, &rule)?;
    let config_path = match globals.config.as_slice() {
        [] => PathBuf::from(LIMBECK_TOML),
        [config, ..] => config.clone(),
    };
    let location = arguments.into.to_string_lossy().replace('\\', "/");
    let config = django::config(&project, &taken, &location);
    let has_config = config_path.exists();
    let new = new_files(&taken, &arguments.into)?;
    if !arguments.dry_run {
        for (path, text) in &new {
            write_new(path, text)?;
        }
        if !has_config {
            write_new(&config_path, &config)?;
        }
    }
    if globals.json {
        let revisions: Vec<Value> = taken
            .files
            .iter()
            .map(|(path, text)| {
                let path = arguments.into.join(path);
                let is_new = new.iter().any(|(new, _)| *new == path);
                json!({ "path": path, "is_new": is_new, "text": text })
            })
            .collect();
        output.json(&json!({
            "django": project.django,
            "revisions": revisions,
            "config": { "path": config_path, "is_new": !has_config, "text": config },
            "left_out": left_out(&project),
            "remarks": taken.remarks,
            "dry_run": arguments.dry_run,
        }))?;
        return Ok(ExitCode::Done);
    }
    let verb = if arguments.dry_run { "Would generate" } else { "Generating" };
    let end = if arguments.dry_run { "" } else { " ...  done" };
    for (path, _) in &new {
        output.status(format_args!("{verb} {}{end}", short(path)))?;
    }
    if has_config {
        output.status(format_args!(
            "{} is there already and stays; what belongs in it:",
            short(&config_path)
        ))?;
        output.text(&config)?;
    } else {
        output.status(format_args!("{verb} {}{end}", short(&config_path)))?;
    }
    for line in left_out(&project).iter().chain(&taken.remarks) {
        output.insist(format_args!("note: {line}"));
    }
    let same = taken.files.len() - new.len();
    output.status(format_args!(
        "{} revisions of Django {}: {} new, {same} as they were",
        taken.files.len(),
        project.django,
        new.len()
    ))?;
    Ok(ExitCode::Done)
}

/// What of the settings is not in the configuration.
fn left_out(project: &DjangoProject) -> Vec<String> {
    let aliases = project.left_out.iter();
    let mut lines: Vec<String> =
        aliases.map(|one| format!("database {} is left out: {}", one.alias, one.why)).collect();
    for database in project.databases.iter().filter(|database| !database.options.is_empty()) {
        let (alias, options) = (&database.alias, database.options.join(", "));
        lines.push(format!("database {alias}: OPTIONS are not taken over: {options}"));
    }
    lines
}

/// The files that are not there yet.
fn new_files<'a>(taken: &'a Taken, into: &Path) -> Result<Vec<(PathBuf, &'a str)>, CliError> {
    let (mut new, mut different) = (Vec::new(), Vec::new());
    for (path, text) in &taken.files {
        let path = into.join(path);
        match std::fs::read_to_string(&path) {
            Ok(there) if there == *text => {}
            Ok(_) => different.push(format!("--> {}", short(&path))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                new.push((path, text.as_str()));
            }
            Err(error) => return Err(problem(format!("cannot read {}: {error}", short(&path)))),
        }
    }
    if different.is_empty() {
        return Ok(new);
    }
    let problem =
        DjangoProblem::usage("there are files that say something else; nothing has been written");
    let hint =
        "a revision that is written is yours: --into another directory shows what the import makes";
    Err(CliError::Django(Box::new(problem.details(different).hint(hint))))
}

/// Records what Django has applied on each database.
fn stamp(
    context: &Context,
    arguments: &DjangoArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let project = DjangoProject::read(&order(arguments, false)?)?;
    let options = RunArguments::waiting(arguments.lock_wait).options(context)?;
    let sites = context.sites()?;
    // Every site is looked at before the first is touched.
    let adopted = sites.iter().map(|site| look(context, site, &project)).collect::<Vec<_>>();
    if arguments.dry_run && context.globals.json {
        let (mut databases, mut errors) = (Vec::new(), Vec::new());
        for (site, result) in sites.iter().zip(adopted) {
            match result {
                Ok(adopted) => databases.push(as_json(site.name(), &adopted)),
                Err(error) => errors.push(error),
            }
        }
        let failures: Vec<Value> = errors.iter().map(crate::cli::failure::as_json).collect();
        output.json(&json!({ "databases": databases, "errors": failures }))?;
        CliError::of_sites(errors, sites.len())?;
        return Ok(ExitCode::Done);
    }
    let mut outcomes = Vec::new();
    for (site, result) in sites.iter().zip(adopted) {
        let mut outcome = Outcome::of(site);
        match result {
            Err(error) => outcome.fail(error),
            Ok(adopted) => {
                tell(site.name(), &adopted, arguments.dry_run, output);
                if !arguments.dry_run {
                    let request = Request::TakeOver(targets(&adopted)?);
                    match runs::run_site(context, site, &request, &options, output) {
                        Ok(report) => {
                            if report.steps.is_empty() {
                                output.remark(format_args!("{}: nothing to do", site.name()));
                            }
                            outcome.report = Some(report);
                        }
                        Err(error) => outcome.fail(error),
                    }
                }
            }
        }
        let is_interrupted = outcome.is_interrupted();
        outcomes.push(outcome);
        if is_interrupted {
            break;
        }
    }
    if arguments.dry_run {
        let errors = outcomes.into_iter().filter_map(|outcome| outcome.error).collect();
        CliError::of_sites(errors, sites.len())?;
    } else {
        runs::finish(context, outcomes, output)?;
    }
    Ok(ExitCode::Done)
}

fn targets(adopted: &Adopted) -> Result<Vec<Target>, CliError> {
    Ok(adopted.targets.iter().map(|id| id.as_str().parse()).collect::<Result<_, _>>()?)
}

fn look(context: &Context, site: &Site<'_>, project: &DjangoProject) -> Result<Adopted, CliError> {
    // Only read: a database that is not there must not be made, and then found empty.
    let mut database = site.connect(true)?;
    let heads = site.certain_rows(database.as_mut())?;
    let schema = site.place().map(|place| place.schema.as_str());
    let (revisions, graph) = (&context.revisions, site.graph);
    let result = django::read_site(database.as_mut(), schema, project, revisions, graph, &heads);
    result.map_err(|error| match error {
        NotAdopted::Database(error) => site.error(error),
        NotAdopted::Problem(mut problem) => {
            problem.message = format!("database {}: {}", site.name(), problem.message);
            CliError::Django(Box::new(problem))
        }
    })
}

/// Says what is recorded on a site, and what is not.
fn tell(name: &str, adopted: &Adopted, is_dry: bool, output: &mut Output<'_>) {
    let ids: Vec<&str> = adopted.targets.iter().map(AsRef::as_ref).collect();
    let revisions = if adopted.count == 1 { "revision" } else { "revisions" };
    let verb = if is_dry { "would be recorded" } else { "to record" };
    let at = if ids.is_empty() { String::new() } else { format!(": {}", ids.join(", ")) };
    output.remark(format_args!("{name}: {} {revisions} {verb}{at}", adopted.count));
    let mut apps: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &adopted.without_effect {
        *apps.entry(row.split('.').next().unwrap_or(row)).or_default() += 1;
    }
    for (app, count) in apps {
        let rows = if count == 1 { "row" } else { "rows" };
        output.remark(format_args!("{name}: {count} {rows} of {app} without effect here"));
    }
    for row in &adopted.unknown {
        output.remark(format_args!(
            "{name}: {row} is recorded, and the project has no such migration"
        ));
    }
    for (app, tables) in &adopted.moved {
        output.insist(format_args!(
            "warning: {name}: {app} is recorded, but none of its tables is here ({}): it is not taken over",
            tables.join(", ")
        ));
    }
    for table in &adopted.missing {
        output.insist(format_args!("warning: {name}: the table {table} is not here"));
    }
}

fn as_json(name: &str, adopted: &Adopted) -> Value {
    json!({
        "database": name,
        "heads": adopted.targets,
        "revisions": adopted.count,
        "without_effect": adopted.without_effect,
        "unknown": adopted.unknown,
        "without_tables": adopted.moved,
        "missing_tables": adopted.missing,
    })
}
