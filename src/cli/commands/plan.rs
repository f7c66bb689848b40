//! `limbeck plan`.

use std::path::PathBuf;

use crate::cli::env_findings;
use crate::cli::plan_file::PlanFile;
use crate::cli::plan_file::PlannedDatabase;
use crate::cli::plan_file::PlannedLeg;
use crate::cli::plan_file::PlannedScript;
use crate::cli::plan_python;
use crate::cli::plan_view;
use crate::cli::plan_view::Shown;
use crate::cli::run_arguments;
use crate::cli::survey::Survey;
use crate::cli::unrouted::ids;
use crate::cli::watch::Watch;
use crate::env::Origin;
use crate::exec::Observer as _;
use crate::exec::Request;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Show what an upgrade or a downgrade would do, and change nothing
///
/// Lists the steps of each database in the order in which they would run, with their transactions.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PlanArguments {
    /// Which command to plan
    #[arg(value_enum, default_value_t = Way::Upgrade)]
    way: Way,
    /// Its target, as `limbeck upgrade` and `limbeck downgrade` take it [default of an upgrade:
    /// heads, where no branch has two]
    #[arg(allow_negative_numbers = true)]
    target: Option<String>,
    /// Show the SQL of each step
    #[arg(long)]
    sql: bool,
    /// Show of each step in Python whether limbeck runs it, and what needs Python where it does not
    #[arg(long)]
    python: bool,
    /// Exit with status 2 when there is something to do
    #[arg(long)]
    check: bool,
    /// Write the plan to FILE too, for `limbeck apply`
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The commands that can be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Way {
    /// Apply revisions
    Upgrade,
    /// Revert revisions
    Downgrade,
}

pub(super) fn run(
    context: &Context,
    arguments: &PlanArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    env_findings::warn_of_left_out(context, output);
    if arguments.output.is_some()
        && let Some(flag) = overriding(context)?
    {
        return Err(CliError::PlanWithOverride { flag });
    }
    let target: Target = match (&arguments.target, arguments.way) {
        (Some(text), _) => text.parse()?,
        (None, Way::Upgrade) => Target::heads(),
        (None, Way::Downgrade) => return Err(CliError::NoDowngradeTarget),
    };
    let (sites, request, words) = match arguments.way {
        Way::Upgrade => {
            context.warn_of_routes(output)?;
            if arguments.target.is_none() {
                context.refuse_forks("plan upgrade", output)?;
            }
            let sites = context.located(context.routes_for(&target)?)?;
            let words = format!("upgrade {target}");
            (sites, Request::Upgrade(target), words)
        }
        Way::Downgrade => {
            let site = context.only_site(context.routes_for(&target)?, "plan downgrade")?;
            let words = format!("downgrade {target}");
            (vec![site], Request::Downgrade(target), words)
        }
    };
    let options = run_arguments::run_options(context);
    let mut survey = Survey::new(context, &sites, &options, &|_| request.clone())?;
    let mut errors = survey.take_errors();
    let mut total = sites.len();
    if let Some(path) = arguments.output.as_ref().filter(|_| errors.is_empty()) {
        plan_view::warn_of_doubts(&survey, output);
        // Before the plan is shown: whoever reads JSON finds in it that the file is not there.
        let written = plan_file(context, &survey, words).and_then(|file| file.write(path));
        if let Err(error) = written {
            errors.push(error);
            total = 1;
        }
    }
    let unrouted = match arguments.target {
        None => context.unrouted(output)?,
        Some(_) => Vec::new(),
    };
    for (site, preview) in survey.sites.iter().zip(&survey.previews) {
        for never_ran in preview.iter().flat_map(|preview| &preview.never_ran) {
            Watch { database: site.name(), output }.never_ran(never_ran);
        }
    }
    if let Way::Upgrade = arguments.way {
        context.tell_of_repeatables("a plan", output);
    }
    let pythons = match arguments.python {
        true => plan_python::classes(context, &survey, &options)?,
        false => Vec::new(),
    };
    let shown = Shown { sql: arguments.sql, pythons: &pythons };
    if context.globals.json {
        let mut json = plan_view::as_json(&survey, &errors, &shown);
        if let Some(json) = json.as_object_mut() {
            json.insert("unrouted".to_owned(), serde_json::json!(ids(&unrouted)));
        }
        output.json(&json)?;
    } else {
        plan_view::print(&survey, context.directory(), &shown, output)?;
    }
    CliError::of_sites(errors, total)?;
    let pending: usize = survey.across.plans.iter().map(|plan| plan.steps.len()).sum();
    if arguments.check && pending > 0 {
        let noun = if pending == 1 { "step is" } else { "steps are" };
        output.talk(format_args!("{pending} {noun} pending"));
        return Ok(ExitCode::Pending);
    }
    Ok(match arguments.check {
        true => context.judge_unrouted(&unrouted, ExitCode::Done, output),
        false => ExitCode::Done,
    })
}

/// The option that makes a chosen database another one than `limbeck apply` can find, which takes
/// no choice. Without a choice it can be given to `apply` as well.
fn overriding(context: &Context) -> Result<Option<String>, CliError> {
    if context.chosen_names()?.is_empty() {
        return Ok(None);
    }
    if context.globals.ignore_routes {
        return Ok(Some("--ignore-routes".to_owned()));
    }
    let server = context.globals.server();
    let url = context.globals.url().map(|_| context.globals.url_origin());
    let origin = url.or(server.host).or(server.port);
    Ok(origin.map(|origin| match origin {
        Origin::Flag { flag } => flag.to_owned(),
        Origin::Environment { name } => name,
        Origin::File { path, .. } => path.display().to_string(),
        _ => "another address".to_owned(),
    }))
}

fn plan_file(
    context: &Context,
    survey: &Survey<'_>,
    request: String,
) -> Result<PlanFile, CliError> {
    let mut databases = Vec::new();
    for (site, preview) in survey.sites.iter().zip(&survey.previews) {
        let Some(preview) = preview else { continue };
        let scripts = preview.scripts.iter().flatten();
        databases.push(PlannedDatabase {
            database: site.name().to_owned(),
            address: site.url.to_string(),
            version_table: site.tables()?.version.to_string(),
            plan: preview.plan.clone(),
            scripts: scripts
                .map(|script| PlannedScript::new(script, context.directory()))
                .collect(),
        });
    }
    let order = survey.across.legs.iter().filter_map(|leg| {
        let database = survey.sites.get(leg.party)?.name().to_owned();
        Some(PlannedLeg { database, revisions: survey.leg_revisions(leg) })
    });
    let mode = context.project.scripts.transaction_mode;
    PlanFile::new(request, mode, databases, order.collect())
        .map_err(|error| CliError::Output(error.into()))
}
