//! `limbeck upgrade`.

use std::path::PathBuf;

use crate::cli::backups::Before;
use crate::cli::offline;
use crate::cli::offline::OfflineArguments;
use crate::cli::offline::OfflineTarget;
use crate::cli::run_arguments::RunArguments;
use crate::cli::seeds::Manner;
use crate::cli::seeds::Seeding;
use crate::cli::tenant_runs;
use crate::exec::Request;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::env_findings;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fan_out::FanOutArguments;
use crate::cli::health::Patience;

/// Upgrade to a later version
///
/// Without a revision, every database is upgraded to the heads of its own branches.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct UpgradeArguments {
    /// Revision identifier, such as 'heads', 'timescale@head', '+1' or the beginning of an id;
    /// with --sql also START:END [default: heads, where no branch has two heads]
    #[arg(allow_negative_numbers = true)]
    revision: Option<String>,
    #[command(flatten)]
    offline: OfflineArguments,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    fan_out: FanOutArguments,
    /// Back the databases up first that are behind, into files of PATH, or of the current
    /// directory; after a failure, say how to restore them
    #[arg(long, value_name = "PATH", num_args = 0..=1, require_equals = true, default_missing_value = ".", conflicts_with = "sql")]
    backup: Option<PathBuf>,
    /// Run the seeds behind it, as `limbeck db seed` does; with =NAME those of that environment too
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "sql")]
    seed: Option<String>,
    /// Wait so long for databases that do not answer yet, such as 60s or 2m, and then begin
    #[arg(long, value_name = "TIME")]
    wait: Option<Patience>,
}

pub(super) fn run(
    context: &Context,
    arguments: &UpgradeArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    env_findings::warn_of_left_out(context, output);
    let revision = arguments.revision.as_deref().unwrap_or("heads");
    if !arguments.offline.sql {
        context.warn_of_routes(output)?;
    }
    if arguments.revision.is_none() {
        context.refuse_forks("upgrade", output)?;
    }
    if arguments.offline.sql {
        let OfflineTarget { start, end } = revision.parse()?;
        let request = Request::Upgrade(end);
        offline::print(context, start.as_ref(), &request, "upgrade --sql", output)?;
        return Ok(ExitCode::Done);
    }
    let target: Target = revision.parse()?;
    let run = tenant_runs::Run {
        context,
        options: arguments.run.options(context)?,
        fan_out: &arguments.fan_out,
        wait: arguments.wait.as_ref(),
        seeding: seeding(context, arguments)?,
    };
    let routes = context.routes_for(&target)?;
    if let Some(seeding) = &run.seeding {
        seeding.check(&routes)?;
    }
    let request = Request::Upgrade(target);
    let before = match &arguments.backup {
        Some(directory) => Before::of(context, &routes, &request, directory, output)?,
        None => Before::default(),
    };
    let result = run.upgrade(routes, &request, output);
    if result.is_err() {
        before.tell(output);
    }
    result.map(|()| ExitCode::Done)
}

/// The seeds that are asked for. That they cannot be read is told before anything is done.
fn seeding<'a>(
    context: &'a Context,
    arguments: &UpgradeArguments,
) -> Result<Option<Seeding<'a>>, CliError> {
    let Some(named) = &arguments.seed else { return Ok(None) };
    let environment = match named.as_str() {
        "" => std::env::var("LIMBECK_ENV").ok(),
        name => Some(name.to_owned()),
    };
    let manner = Manner { environment, is_upgrade: true, ..Manner::default() };
    Ok(Some(Seeding::read(context, arguments.run.options(context)?, manner)?))
}
