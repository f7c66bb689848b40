//! `limbeck apply`.

use std::path::PathBuf;

use crate::cli::env_findings;
use crate::cli::legs;
use crate::cli::plan_check;
use crate::cli::plan_file::PlanFile;
use crate::cli::run_arguments::RunArguments;
use crate::cli::runs;
use crate::cli::sites;
use crate::cli::survey::Survey;
use crate::cli::tenants::TenantChoice;
use crate::exec;
use crate::exec::Request;
use crate::exec::RunError;
use crate::plan::Obstacle;
use crate::plan::Plan;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Run exactly the plan that `limbeck plan -o` has written
///
/// Refuses before it does anything when a database or a file is not as it was when the plan was
/// made. A plan of which part is done is continued.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ApplyArguments {
    /// The file with the plan
    plan: PathBuf,
    #[command(flatten)]
    run: RunArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &ApplyArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    env_findings::warn_of_left_out(context, output);
    let file = PlanFile::read(&arguments.plan)?;
    let chooses_tenants = TenantChoice::of(&context.globals) != TenantChoice::everything();
    if chooses_tenants || !context.chosen_names()?.is_empty() {
        return Err(CliError::PlanForChosen);
    }
    let sites = plan_check::sites(context, &file)?;
    let options = arguments.run.options(context)?;
    let request = |site: &sites::Site<'_>| {
        let planned = file.databases.iter().find(|planned| planned.database == site.name());
        let plan = planned.map_or_else(Plan::default, |planned| planned.plan.clone());
        Request::Steps { end: plan.steps.len(), plan }
    };
    let mut survey = Survey::new(context, &sites, &options, &request)?;
    // Nothing has been done anywhere: no database is fine where another fails.
    let mut errors = survey.take_errors();
    let is_a_consequence = |error: &CliError| matches!(error, CliError::Unmet { unmet, .. } if unmet.obstacle == Obstacle::Failed);
    errors.retain(|error| !is_a_consequence(error));
    for (site, preview) in survey.sites.iter().zip(&survey.previews) {
        let scripts = preview.iter().flat_map(|preview| preview.scripts.iter().flatten());
        let checked = exec::check_python_program(scripts, &options);
        errors.extend(checked.err().map(|kind| CliError::Run {
            database: site.name().to_owned(),
            error: RunError::before_any_step(kind),
        }));
    }
    let total = errors.len();
    CliError::of_sites(errors, total)?;
    if file.databases.iter().all(|planned| planned.plan.is_empty()) {
        output.talk("nothing to do: the plan has no step");
    }
    let outcomes = legs::run(context, survey, &options, output);
    context.tell_of_repeatables("a plan", output);
    runs::finish(context, outcomes, output)?;
    Ok(ExitCode::Done)
}
