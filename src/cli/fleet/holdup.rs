//! Why a worker finds nothing to claim, and the waves that it lets begin.

use crate::cli::error::CliError;
use crate::cli::failure;
use crate::db::Gate;
use crate::db::Holdup;
use crate::db::Rollout;
use crate::ui::Output;

use super::work::Work;

impl Work<'_, '_> {
    /// Lets waves begin; whether any does.
    pub(super) fn pass(
        &mut self,
        index: usize,
        gates: &[Gate],
        output: &mut Output<'_>,
    ) -> Result<bool, CliError> {
        let rollout = self.entries[index].rollout.clone();
        let mut has_passed = false;
        let mut why = Vec::new();
        for gate in gates {
            let Gate { database, number, .. } = gate;
            match self.held_up(&rollout, gate) {
                None => {
                    self.at_home(output, |home| home.open_wave(&rollout.id, database, *number))?;
                    output.talk(format_args!("{database}: wave {number} begins"));
                    has_passed = true;
                }
                Some(reason) => why.push((database, *number, reason)),
            }
        }
        let text: Vec<String> = why
            .iter()
            .map(|(database, number, reason)| format!("{database}: wave {number}: {reason}"))
            .collect();
        let text = text.join("; ");
        if !text.is_empty() && self.entries[index].told != text {
            for (database, number, reason) in &why {
                self.at_home(output, |home| {
                    home.hold_wave(&rollout.id, database, *number, reason)
                })?;
            }
            output.talk(format_args!("waiting: {text}"));
        }
        self.entries[index].told = text;
        Ok(has_passed)
    }

    /// Why a wave does not begin.
    fn held_up(&self, rollout: &Rollout, gate: &Gate) -> Option<String> {
        if gate.failed_before > 0 && rollout.max_failures.is_none() {
            let count = gate.failed_before;
            return Some(format!(
                "{count} of the waves before have failed: `limbeck fleet retry` tries them again, \
                 `limbeck fleet resume --approve` goes on without them"
            ));
        }
        match self.is_well(&gate.database) {
            Ok(None) => {}
            Ok(Some(check)) => return Some(format!("its check does not say true: {check}")),
            Err(error) => return Some(format!("its check fails: {}", failure::message(&error))),
        }
        gate.is_manual
            .then(|| "nobody has approved of it yet: `limbeck fleet resume --approve`".to_owned())
    }

    /// The check of a database that does not say true. It is that of this worker's configuration:
    /// what stands in the home is for people.
    fn is_well(&self, database: &str) -> Result<Option<String>, CliError> {
        let home = self.lookup.database(database)?;
        let tenants = home.settings.tenants.as_ref();
        let Some(check) = tenants.and_then(|tenants| tenants.waves.as_ref()?.check.clone()) else {
            return Ok(None);
        };
        let mut shared = self.context.tenant_home(&home)?;
        let is_true = shared.is_true(&check).map_err(|error| home.error(error))?;
        Ok((!is_true).then_some(check))
    }

    pub(super) fn tell_holdup(&mut self, index: usize, holdup: &Holdup, output: &mut Output<'_>) {
        let entry = &mut self.entries[index];
        let text = match holdup {
            Holdup::Paused => format!("rollout {} is paused", entry.rollout.id),
            Holdup::Window => {
                let window = entry.rollout.window.map(|window| window.to_string());
                format!("it is not the time of day: {}", window.unwrap_or_default())
            }
            Holdup::Gates(_) | Holdup::Others => "others are at work on what is left".to_owned(),
        };
        if entry.told != text {
            output.talk(format_args!("waiting: {text}"));
            entry.told = text;
        }
    }
}
