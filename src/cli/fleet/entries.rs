//! The rollouts that a worker works on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Instant;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure;
use crate::db::FleetHome;
use crate::db::Rollout;
use crate::db::RolloutState;
use crate::exec::Request;
use crate::target::Target;
use crate::ui::Output;

use super::digest::digest;
use super::home::Home;
use super::problem::FleetProblem;
use super::work::FIRST_PAUSE;
use super::work::HowToWork;
use super::work::LONGEST_PAUSE;

/// A rollout that is worked on.
pub(super) struct Entry {
    pub(super) rollout: Rollout,
    pub(super) request: Arc<Request>,
    /// How it has ended, for this worker.
    pub(super) over: Option<RolloutState>,
    /// Why there is nothing to claim, as it was told last.
    pub(super) told: String,
}

pub(super) fn entry(context: &Context, rollout: Rollout) -> Result<Entry, CliError> {
    if rollout.tool_version != env!("CARGO_PKG_VERSION") {
        let Rollout { id, tool_version: theirs, .. } = rollout;
        return Err(FleetProblem::OtherVersion { id, theirs }.into());
    }
    let is_same = digest(context, &rollout.target)? == rollout.digest;
    if !is_same {
        return Err(FleetProblem::OtherFiles { id: rollout.id }.into());
    }
    let target: Target = rollout.target.parse()?;
    let request = Arc::new(Request::Upgrade(target));
    Ok(Entry { rollout, request, over: None, told: String::new() })
}

/// The rollouts that are not finished and have the files of this worker; waits for the first one.
pub(super) fn await_entries(
    context: &Context,
    home: &mut Home<'_>,
    how: &HowToWork<'_>,
    output: &mut Output<'_>,
) -> Result<Vec<Entry>, CliError> {
    let began = Instant::now();
    let is_over = || how.options.interrupt.load(Ordering::Relaxed);
    let mut has_told = false;
    let mut pause = FIRST_PAUSE;
    loop {
        let mut told = |error: &CliError| away(error, output);
        let rollouts =
            home.with_patience(how.home_wait, &is_over, &mut told, FleetHome::rollouts)?;
        let has_time = began.elapsed() < how.wait;
        match matching(context, rollouts, &[], output) {
            Ok(entries) if !entries.is_empty() || !has_time => return Ok(entries),
            // One of other files may be at its end, and the one that is waited for yet to come.
            Err(CliError::Fleet(_)) if has_time => {}
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        if is_over() {
            return Err(FleetProblem::Interrupted { id: None }.into());
        }
        if !has_told {
            output.talk("waiting for a rollout");
            has_told = true;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Those of `rollouts` that are not finished, are none of `known` and have the files of this worker.
///
/// # Errors
/// When there are such with other files only.
pub(super) fn matching(
    context: &Context,
    rollouts: Vec<Rollout>,
    known: &[Entry],
    output: &mut Output<'_>,
) -> Result<Vec<Entry>, CliError> {
    let is_new = |rollout: &Rollout| known.iter().all(|entry| entry.rollout.id != rollout.id);
    let open = rollouts.into_iter().filter(|rollout| rollout.state.is_open() && is_new(rollout));
    let (mut entries, mut others) = (Vec::new(), Vec::new());
    for rollout in open {
        match entry(context, rollout) {
            Ok(entry) => entries.push(entry),
            Err(error @ CliError::Fleet(_)) => others.push(error),
            Err(error) => return Err(error),
        }
    }
    if entries.is_empty() && known.is_empty() && !others.is_empty() {
        return Err(others.swap_remove(0));
    }
    for error in others {
        output.insist(format_args!("warning: {}", failure::message(&error)));
    }
    Ok(entries)
}

pub(super) fn away(error: &CliError, output: &mut Output<'_>) {
    output.insist(format_args!(
        "warning: the database of the rollouts does not answer, and is asked again: {}",
        failure::message(error)
    ));
}
