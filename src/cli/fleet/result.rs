//! What has become of the rollouts that a worker has worked on.

use crate::cli::error::CliError;
use crate::cli::failure;
use crate::db::RolloutState;
use crate::ui::Output;

use super::problem::FleetProblem;
use super::work::Work;

impl Work<'_, '_> {
    /// Sums up, and makes the result of it.
    pub(super) fn finish(mut self, output: &mut Output<'_>) -> Result<(), CliError> {
        let mut problems: Vec<CliError> = Vec::new();
        let mut results = Vec::new();
        if self.entries.is_empty() {
            output.talk("nothing to do: there is no rollout that is not finished");
        }
        for index in 0..self.entries.len() {
            let (rollout, over) = (self.entries[index].rollout.clone(), self.entries[index].over);
            // Sites have ended since it was found to be over.
            let counts = self.at_home(output, |home| home.counts(&rollout.id))?;
            let state = over.unwrap_or(rollout.state);
            let is_done = counts.pending + counts.running == 0;
            let state = if is_done && state.is_open() { RolloutState::Done } else { state };
            output.remark(format_args!("rollout {}: {}", rollout.id, super::in_words(&counts)));
            results.push(super::as_json(&rollout.id, state, &counts));
            let id = rollout.id;
            let problem = if self.is_interrupted() && !is_done {
                Some(FleetProblem::Interrupted { id: Some(id) })
            } else if state == RolloutState::Aborted {
                Some(FleetProblem::Aborted { id, counts })
            } else if let Some((database, why)) = self.out_of_reach.given_up().filter(|_| !is_done)
            {
                let (database, why) = (database.to_owned(), why.to_owned());
                Some(FleetProblem::OutOfReach { id, database, why })
            } else if !is_done && (over.is_none() || counts.failed == 0) {
                let why = match self.entries[index].told.as_str() {
                    "" => "others are at work on what is left".to_owned(),
                    told => told.to_owned(),
                };
                Some(FleetProblem::Waits { id, why })
            } else if counts.failed > 0 {
                Some(FleetProblem::Failed { id, counts })
            } else {
                None
            };
            problems.extend(problem.map(CliError::from));
        }
        if self.context.globals.json {
            let errors: Vec<_> = problems.iter().map(failure::as_json).collect();
            output.json(&serde_json::json!({
                "worker": self.name, "rollouts": results, "errors": errors,
            }))?;
        }
        let total = problems.len();
        CliError::of_sites(problems, total)
    }
}
