//! `limbeck stamp`.

use crate::cli::offline;
use crate::cli::offline::OfflineArguments;
use crate::cli::offline::OfflineTarget;
use crate::cli::sites;
use crate::cli::sites::RunArguments;
use crate::exec::Request;
use crate::target::ParseTargetError;
use crate::target::Target;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::env_findings;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Set the version table to the given revisions, and run nothing
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct StampArguments {
    /// One or more revisions, such as 'timescale@head'; 'heads' for all heads, 'base' for none;
    /// with --sql also START:END
    #[arg(required = true, allow_negative_numbers = true)]
    revisions: Vec<String>,
    /// Unconditionally erase the version table before stamping
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    offline: OfflineArguments,
    #[command(flatten)]
    run: RunArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &StampArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    env_findings::warn_of_left_out(context, output);
    if arguments.offline.sql {
        return print(context, arguments, output);
    }
    let targets = arguments
        .revisions
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Target>, ParseTargetError>>()?;
    let site = context.only_site(context.routes_for_all(&targets)?, "stamp")?;
    let request = Request::Stamp { targets, purge: arguments.purge };
    sites::run(context, &[site], &arguments.run, &request, output)?;
    Ok(ExitCode::Done)
}

/// The same as text. Any of the revisions may say where it starts; all that do must agree.
fn print(
    context: &Context,
    arguments: &StampArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    if arguments.purge {
        return Err(CliError::OfflinePurge);
    }
    let mut start: Option<Target> = None;
    let mut targets = Vec::new();
    for text in &arguments.revisions {
        let target: OfflineTarget = text.parse()?;
        match (&start, target.start) {
            (Some(first), Some(other)) if *first != other => {
                let starts = vec![first.to_string(), other.to_string()];
                return Err(CliError::SeveralStarts { starts });
            }
            (None, Some(first)) => start = Some(first),
            _ => {}
        }
        targets.push(target.end);
    }
    let request = Request::Stamp { targets, purge: false };
    offline::print(context, start.as_ref(), &request, "stamp --sql", output)?;
    Ok(ExitCode::Done)
}
