//! Keeps the claims of a worker while it is at work.

use std::collections::BTreeMap;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::db::DatabaseUrl;
use crate::db::FleetHome;
use crate::db::SessionOptions;

/// How soon to try again when the database is away.
const AGAIN: Duration = Duration::from_secs(1);

/// What is claimed, and whether there is more to come.
#[derive(Default)]
pub(super) struct Held {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// How many sites of a rollout are claimed, and how long its claims last, in milliseconds.
    rollouts: BTreeMap<String, (usize, i64)>,
    is_over: bool,
}

impl Held {
    /// A site of `rollout` has been claimed.
    pub(super) fn add(&self, rollout: &str, lease: i64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.rollouts.entry(rollout.to_owned()).or_insert((0, lease)).0 += 1;
        self.changed.notify_all();
    }

    /// A site of `rollout` is no longer claimed.
    pub(super) fn remove(&self, rollout: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, _)) = state.rollouts.get_mut(rollout) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.rollouts.remove(rollout);
            }
        }
    }

    /// There is nothing more to come.
    pub(super) fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.changed.notify_all();
    }

    /// Waits for `time`, or until the end; gives what is claimed then, `None` at the end.
    fn wait(&self, time: Duration) -> Option<Vec<(String, i64)>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, _) = self
            .changed
            .wait_timeout_while(state, time, |state| !state.is_over)
            .unwrap_or_else(PoisonError::into_inner);
        let rollouts = state.rollouts.iter();
        (!state.is_over).then(|| rollouts.map(|(id, (_, lease))| (id.clone(), *lease)).collect())
    }
}

/// Renews what `worker` holds until the end, well before it is lost. The work itself does not hang
/// on it: whoever loses a claim while at work keeps the lock of the site.
pub(super) fn beat(held: &Held, worker: &str, (url, options): &(DatabaseUrl, SessionOptions)) {
    let mut home: Option<FleetHome> = None;
    let mut pause = AGAIN;
    while let Some(rollouts) = held.wait(pause) {
        let shortest = rollouts.iter().filter_map(|(_, lease)| u64::try_from(lease / 3).ok()).min();
        pause = shortest.map_or(AGAIN, Duration::from_millis);
        if rollouts.is_empty() {
            continue;
        }
        let opened = home.take().map_or_else(|| FleetHome::open(url, options), Ok);
        home = opened.ok().and_then(|mut open| {
            let renewed =
                rollouts.iter().try_for_each(|(id, lease)| open.renew(id, worker, *lease));
            // That the database is away, the main loop says.
            renewed.ok().map(|()| open)
        });
        if home.is_none() {
            pause = pause.min(AGAIN);
        }
    }
}
