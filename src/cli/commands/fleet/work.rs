//! `limbeck fleet work`.

use crate::cli::context::Context;
use crate::cli::env_findings;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fleet;
use crate::cli::fleet::HowToWork;
use crate::cli::health::Patience;
use crate::cli::run_arguments::RunArguments;
use crate::ui::Output;

/// Work on a rollout beside any number of others, until nothing is left
///
/// Takes one site after the other, and tells what has become of each. May be killed at any time:
/// what it had is taken over by others when its lease has run out. Ends with 0 when all sites are
/// done, 7 when some failed, 9 when it was interrupted.
#[derive(Debug, clap::Args)]
pub(super) struct WorkArguments {
    /// The rollout, or the beginning of its id [default: all that are not finished]
    rollout: Option<String>,
    /// Work on so many sites at a time
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: u16,
    /// Wait so long for a rollout where there is none yet, such as 60s or 10m
    #[arg(long, value_name = "TIME", default_value = "0s")]
    wait: Patience,
    /// Go on asking so long when the database of the rollouts does not answer
    #[arg(long, value_name = "TIME", default_value = "5m")]
    home_wait: Patience,
    /// End, with status 2, when there is nothing to do at the moment: the rollout is paused, a wave
    /// waits, it is not the time of day, or others are at work on what is left
    #[arg(long)]
    until_idle: bool,
    #[command(flatten)]
    run: RunArguments,
    /// Open a new connection after so many sites
    #[arg(long, value_name = "N", default_value_t = 500, hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..))]
    recycle: u32,
}

pub(super) fn run(
    context: &Context,
    arguments: &WorkArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    env_findings::warn_of_left_out(context, output);
    let options = arguments.run.options(context)?;
    let how = HowToWork {
        rollout: arguments.rollout.as_deref(),
        jobs: usize::from(arguments.jobs),
        wait: arguments.wait.duration(),
        home_wait: arguments.home_wait.duration(),
        until_idle: arguments.until_idle,
        recycle: arguments.recycle,
        options,
    };
    fleet::work(context, &how, output)?;
    Ok(ExitCode::Done)
}
