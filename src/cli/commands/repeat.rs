//! `limbeck repeat`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::repeatables;
use crate::cli::repeatables::RepeatProblem;
use crate::cli::run_arguments::RunArguments;
use crate::cli::run_arguments::options_of;
use crate::cli::runs;
use crate::cli::sites::Site;
use crate::cli::summary::Outcome;
use crate::exec::Migrator;
use crate::exec::RepeatStanding;
use crate::exec::RunOptions;
use crate::exec::WhichRepeatables;
use crate::ui::Output;
use crate::ui::Table;

/// Run the repeatable scripts that have changed
///
/// `limbeck upgrade` does it too, behind the revisions. A script that comes after revisions which
/// are not applied waits for them, whatever is asked for.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RepeatArguments {
    /// Only these scripts, changed or not: views/sales, or views/sales.sql
    #[arg(value_name = "SCRIPT")]
    scripts: Vec<String>,
    /// All scripts, changed or not
    #[arg(long, conflicts_with = "scripts")]
    all: bool,
    /// Show what would run, and why
    #[arg(long)]
    plan: bool,
    /// With --plan: exit with status 2 where something would run
    #[arg(long, requires = "plan")]
    check: bool,
    /// Say that a script whose file is gone is no longer missed
    #[arg(long, value_name = "SCRIPT", conflicts_with_all = ["scripts", "all", "plan"])]
    forget: Option<String>,
    #[command(flatten)]
    run: RunArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &RepeatArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    if context.project.scripts.repeatable.is_none() {
        return Err(RepeatProblem::None.into());
    }
    let options = arguments.run.options(context)?;
    if let Some(name) = &arguments.forget {
        return forget(context, name, &options, output);
    }
    let which = match (arguments.all, arguments.scripts.is_empty()) {
        (true, _) => WhichRepeatables::All,
        (false, true) => WhichRepeatables::Due,
        (false, false) => WhichRepeatables::Named(named(context, &arguments.scripts)?),
    };
    let sites = context.sites()?;
    if arguments.plan {
        return plan(context, &sites, &which, &options, arguments.check, output);
    }
    let mut outcomes = Vec::new();
    for site in &sites {
        if sites.len() > 1 {
            output.talk(format_args!("[{}]", site.name()));
        }
        let mut outcome = Outcome::of(site);
        match repeatables::run(context, site, &which, &options, output) {
            Ok(report) => {
                if report.is_nothing() {
                    output.remark("nothing to do");
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
    outcomes.extend(sites[outcomes.len()..].iter().map(|site| Outcome::of(site)));
    runs::finish(context, outcomes, output)?;
    Ok(ExitCode::Done)
}

/// The names of scripts, as they are called.
fn named(context: &Context, words: &[String]) -> Result<Vec<String>, CliError> {
    let names: Vec<&str> = context.repeatables.scripts().map(|one| one.name.as_str()).collect();
    let named = |word: &String| {
        let name = word.strip_suffix(".sql").unwrap_or(word);
        match names.contains(&name) {
            true => Ok(name.to_owned()),
            false => Err(RepeatProblem::NoSuch {
                name: word.clone(),
                names: names.iter().map(|name| (*name).to_owned()).collect(),
            }
            .into()),
        }
    };
    words.iter().map(named).collect()
}

fn plan(
    context: &Context,
    sites: &[Site<'_>],
    which: &WhichRepeatables,
    options: &RunOptions,
    checks: bool,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let (mut plans, mut errors) = (Vec::new(), Vec::new());
    for site in sites {
        let look = || {
            let mut database = site.connect_to_read()?;
            let options = options_of(site, options);
            let migrator = Migrator::new(site.graph, &context.revisions, options);
            let standing = migrator.repeatables(database.as_mut(), which);
            standing.map_err(|kind| repeatables::failed(site, kind))
        };
        match look() {
            Ok(standing) => plans.push((site.name(), standing)),
            Err(error) => errors.push(error),
        }
    }
    let is_due = plans.iter().any(|(_, standing)| !standing.due.is_empty());
    if context.globals.json {
        let databases: Vec<_> = plans
            .iter()
            .map(|(name, RepeatStanding { due, waiting, gone })| {
                serde_json::json!({
                    "database": name, "due": due, "waiting": waiting, "gone": gone,
                })
            })
            .collect();
        let errors: Vec<_> = errors.iter().map(failure::as_json).collect();
        output.json(&serde_json::json!({ "databases": databases, "errors": errors }))?;
    } else {
        let mut table = Table::new(["database", "script", "why"]).without_rule();
        for (name, standing) in &plans {
            for due in &standing.due {
                table.row([(*name).to_owned(), due.script.clone(), due.reason.to_string()]);
            }
            for waiting in &standing.waiting {
                let why = repeatables::waits_for(waiting);
                table.row([(*name).to_owned(), waiting.script.clone(), why]);
            }
            for gone in &standing.gone {
                let why = "ran once, and its file is gone".to_owned();
                table.row([(*name).to_owned(), gone.clone(), why]);
            }
        }
        match plans.iter().all(|(_, standing)| *standing == RepeatStanding::default()) {
            true if !errors.is_empty() => {}
            true => output.remark("nothing to do"),
            false => {
                for line in table.to_string().lines() {
                    output.data(line)?;
                }
            }
        }
    }
    CliError::of_sites(errors, sites.len())?;
    Ok(if checks && is_due { ExitCode::Pending } else { ExitCode::Done })
}

fn forget(
    context: &Context,
    name: &str,
    options: &RunOptions,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let name = name.strip_suffix(".sql").unwrap_or(name);
    let mut is_known = false;
    for site in context.sites()? {
        let mut database = site.connect(false)?;
        let migrator = Migrator::new(site.graph, &context.revisions, options_of(&site, options));
        let known = migrator.knows_repeatable(database.as_mut(), name);
        if !known.map_err(|kind| repeatables::failed(&site, kind))? {
            continue;
        }
        is_known = true;
        migrator
            .forget_repeatable(database.as_mut(), name)
            .map_err(|kind| repeatables::failed(&site, kind))?;
        output.remark(format_args!("database {}: {name} is forgotten", site.name()));
    }
    match is_known {
        true => Ok(ExitCode::Done),
        false => Err(RepeatProblem::Unknown { name: name.to_owned() }.into()),
    }
}
