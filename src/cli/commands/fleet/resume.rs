//! `limbeck fleet resume`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fleet::Home;
use crate::db::RolloutState;
use crate::ui::Output;

/// Go on with a rollout that is paused, or that waits for a wave to be approved of
#[derive(Debug, clap::Args)]
pub(super) struct ResumeArguments {
    /// The rollout, or the beginning of its id [default: the one that is not finished]
    rollout: Option<String>,
    /// Let the next wave of each database begin, whatever its check says and what has failed before
    #[arg(long, conflicts_with = "approve_all")]
    approve: bool,
    /// Let all waves that are left begin, one after the other
    #[arg(long)]
    approve_all: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &ResumeArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let ResumeArguments { rollout, approve, approve_all } = arguments;
    let resumed = super::put(context, rollout.as_deref(), RolloutState::Running, output)?;
    if *approve || *approve_all {
        let mut home = Home::of(context, false)?;
        let count = home.with(|home| home.approve(&resumed.id, *approve_all))?;
        output.talk(match count {
            0 => "there is no wave to approve of".to_owned(),
            1 => "1 wave is approved of".to_owned(),
            count => format!("{count} waves are approved of"),
        });
    }
    Ok(ExitCode::Done)
}
