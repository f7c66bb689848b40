//! `limbeck downgrade`.

use crate::cli::offline;
use crate::cli::offline::OfflineArguments;
use crate::cli::offline::OfflineTarget;
use crate::cli::run_arguments::RunArguments;
use crate::cli::runs;
use crate::cli::tenant_runs;
use crate::exec::Request;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::env_findings;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fan_out::FanOutArguments;

/// Revert to an earlier version
///
/// With several databases the one to revert must be clear: from the branch or revision of the
/// target, or from --database.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DowngradeArguments {
    /// Revision identifier, such as '-1', 'timescale@-1', 'base' or the beginning of an id; with
    /// --sql always START:END
    #[arg(allow_negative_numbers = true)]
    revision: String,
    /// Revert revisions whose files are gone with the texts that the journal has kept
    #[arg(long, conflicts_with = "sql")]
    pub(super) from_journal: bool,
    #[command(flatten)]
    offline: OfflineArguments,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    fan_out: FanOutArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &DowngradeArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    env_findings::warn_of_left_out(context, output);
    if arguments.offline.sql {
        let OfflineTarget { start, end } = arguments.revision.parse()?;
        let start = start.ok_or(CliError::NoStart)?;
        let request = Request::Downgrade(end);
        offline::print(context, Some(&start), &request, "downgrade --sql", output)?;
        return Ok(ExitCode::Done);
    }
    let target: Target = arguments.revision.parse()?;
    let with_journaled;
    let context = if arguments.from_journal {
        with_journaled = context.with_journaled_revisions()?;
        &with_journaled
    } else {
        context
    };
    let routes = context.routes_for(&target)?;
    let request = Request::Downgrade(target);
    let run = tenant_runs::Run {
        context,
        options: arguments.run.options(context)?,
        fan_out: &arguments.fan_out,
        wait: None,
        seeding: None,
    };
    if run.are_named_tenants(&routes) {
        run.on_tenants(routes, &request, output)?;
        return Ok(ExitCode::Done);
    }
    let site = context.only_site(routes, "downgrade")?;
    run.check_needed_by_tenants(&site, &request)?;
    runs::run(context, &[site], &arguments.run, &request, output)?;
    Ok(ExitCode::Done)
}
