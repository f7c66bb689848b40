//! Rollouts over many machines, as commands see them.

use crate::db::Counts;
use crate::db::RolloutState;
use crate::env::DatabaseSettings;

mod crew;
mod digest;
mod entries;
mod heartbeat;
mod holdup;
mod home;
mod lookup;
mod outcome;
mod problem;
mod result;
mod work;

pub(super) use digest::digest;
pub(super) use home::Home;
pub(super) use home::Which;
pub(super) use problem::FleetProblem;
pub(super) use work::HowToWork;
pub(super) use work::work;

/// What messages call a site, and `--database` chooses.
pub(super) fn site_name(database: &str, tenant: Option<&str>) -> String {
    match tenant {
        Some(tenant) => DatabaseSettings::name_of_tenant(database, tenant),
        None => database.to_owned(),
    }
}

/// How many sites are in which state, for people.
pub(super) fn in_words(counts: &Counts) -> String {
    let parts = [
        (counts.done, "done"),
        (counts.running, "running"),
        (counts.pending, "pending"),
        (counts.failed, "failed"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
    let noun = if counts.total() == 1 { "site" } else { "sites" };
    format!("{} {noun}: {}", counts.total(), parts.join(", "))
}

/// The same for programs.
pub(super) fn as_json(id: &str, state: RolloutState, counts: &Counts) -> serde_json::Value {
    serde_json::json!({
        "rollout": id,
        "state": state.word(),
        "sites": counts.total(),
        "pending": counts.pending,
        "running": counts.running,
        "done": counts.done,
        "failed": counts.failed,
    })
}
