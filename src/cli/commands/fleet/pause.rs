//! `limbeck fleet pause`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::db::RolloutState;
use crate::ui::Output;

/// Begin no further site of a rollout until it is resumed; those under way are finished
#[derive(Debug, clap::Args)]
pub(super) struct PauseArguments {
    /// The rollout, or the beginning of its id [default: the one that is not finished]
    rollout: Option<String>,
}

pub(super) fn run(
    context: &Context,
    arguments: &PauseArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    super::put(context, arguments.rollout.as_deref(), RolloutState::Paused, output)?;
    Ok(ExitCode::Done)
}
