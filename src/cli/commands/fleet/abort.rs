//! `limbeck fleet abort`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::db::RolloutState;
use crate::ui::Output;

/// End a rollout: no further site is begun, those under way are finished
///
/// What is done stays done. `limbeck fleet create` makes another rollout of what is left.
#[derive(Debug, clap::Args)]
pub(super) struct AbortArguments {
    /// The rollout, or the beginning of its id [default: the one that is not finished]
    rollout: Option<String>,
}

pub(super) fn run(
    context: &Context,
    arguments: &AbortArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    super::put(context, arguments.rollout.as_deref(), RolloutState::Aborted, output)?;
    Ok(ExitCode::Done)
}
