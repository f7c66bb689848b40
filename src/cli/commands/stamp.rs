//! `limbeck stamp`.

use crate::cli::sites;
use crate::cli::sites::RunArguments;
use crate::exec::Request;
use crate::target::ParseTargetError;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Set the version table to the given revisions, and run nothing
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct StampArguments {
    /// One or more revisions, such as 'timescale@head'; 'heads' for all heads, 'base' for none
    #[arg(required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Unconditionally erase the version table before stamping
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    run: RunArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &StampArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let targets = arguments
        .revisions
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Target>, ParseTargetError>>()?;
    let mut routes = context.routes()?;
    for target in &targets {
        let names: Vec<String> =
            context.routes_for(target)?.iter().map(|route| route.name().to_owned()).collect();
        routes.retain(|route| names.iter().any(|name| name == route.name()));
    }
    if routes.is_empty() {
        return Err(CliError::NotRouted { target: arguments.revisions.join(" ") });
    }
    let site = context.only_site(routes, "stamp")?;
    let request = Request::Stamp { targets, purge: arguments.purge };
    sites::run(context, &[site], &arguments.run, &request, output)?;
    Ok(ExitCode::Done)
}
