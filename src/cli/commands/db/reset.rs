//! `limbeck db reset`.

use crate::cli::context::Context;
use crate::cli::elsewhere::Elsewhere;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::run_arguments;
use crate::cli::run_arguments::RunArguments;
use crate::cli::runs;
use crate::cli::sites::Site;
use crate::exec::Gate as _;
use crate::exec::Migrator;
use crate::exec::Request;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::graph::Heads;
use crate::plan::Step;
use crate::target::Target;
use crate::ui::Output;

use super::drop::Guards;

/// Drop a database, create it anew and upgrade it
///
/// It has the same owner, encoding, locale, settings and rights as before. Asks for the name of
/// the database, unless --yes is given. A database with `protected = true` is never reset.
#[derive(Debug, clap::Args)]
pub(super) struct ResetArguments {
    #[command(flatten)]
    guards: Guards,
    #[command(flatten)]
    run: RunArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &ResetArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let site = context.only_site(context.routes()?, "db reset")?;
    let guards = &arguments.guards;
    let mut administer = guards.admit(context, &site, "db reset")?;
    let target: Target = "heads".parse()?;
    let request = Request::Upgrade(target);
    check(context, &site, &arguments.run.options(context)?, &request)?;
    let mut extensions = Vec::new();
    if administer.exists().map_err(|error| site.error(error))? {
        let shape = administer.shape().map_err(|error| site.error(error))?;
        guards.pass(&site, administer.as_mut(), output)?;
        guards.drop_database(&site, administer.as_mut())?;
        output.talk(format_args!("dropped {}", administer.name()));
        administer.recreate(&shape).map_err(|error| site.error(error))?;
        extensions = shape.extensions;
    } else {
        administer.create().map_err(|error| site.error(error))?;
    }
    output.talk(format_args!("created {}", administer.name()));
    runs::run(context, std::slice::from_ref(&site), &arguments.run, &request, output)?;
    // What an administrator has put there, and no revision does.
    if !extensions.is_empty() {
        let now = administer.shape().map_err(|error| site.error(error))?.extensions;
        for extension in extensions.iter().filter(|extension| !now.contains(extension)) {
            output.insist(format_args!(
                "warning: the extension {extension} was there before, and no revision creates it"
            ));
        }
    }
    Ok(ExitCode::Done)
}

/// Finds out beforehand what would stop the upgrade of the empty database: scripts that cannot run,
/// and what is needed of other databases.
fn check(
    context: &Context,
    site: &Site<'_>,
    options: &RunOptions,
    request: &Request,
) -> Result<(), CliError> {
    let refused = |kind: RunErrorKind| context.run_error(site, RunError::before_any_step(kind));
    let nothing = Heads::none();
    // As the upgrade itself will behave: a check by other rules would promise nothing.
    let options = run_arguments::options_of(site, options);
    Migrator::new(site.graph, &context.revisions, options.clone())
        .check_scripts(site.url.dialect(), &nothing, request)
        .map_err(refused)?;
    let plan = request.plan(site.graph, &nothing).map_err(refused)?;
    let steps: Vec<&Step> = plan.steps.iter().collect();
    Elsewhere::new(context, site, &options, request)?.before(&steps).map_err(refused)
}
