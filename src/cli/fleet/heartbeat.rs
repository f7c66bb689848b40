//! Keeps the claims of a worker while it is at work.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use crate::db::Claim;
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
    rollouts: BTreeMap<String, Claims>,
    is_over: bool,
}

/// What is claimed of a rollout.
#[derive(Clone)]
struct Claims {
    places: BTreeSet<i64>,
    /// How long a claim lasts, in milliseconds.
    lease: i64,
}

impl Held {
    /// A site has been claimed.
    pub(super) fn add(&self, claim: &Claim, lease: i64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Claims { places: BTreeSet::new(), lease };
        let claims = state.rollouts.entry(claim.rollout.clone()).or_insert_with(new);
        claims.places.insert(claim.place);
        self.changed.notify_all();
    }

    /// A site is no longer claimed.
    pub(super) fn remove(&self, claim: &Claim) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(claims) = state.rollouts.get_mut(&claim.rollout) {
            claims.places.remove(&claim.place);
            if claims.places.is_empty() {
                state.rollouts.remove(&claim.rollout);
            }
        }
    }

    /// There is nothing more to come.
    pub(super) fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.changed.notify_all();
    }

    /// Waits for `time`, or until the end; gives what is claimed then, `None` at the end.
    fn wait(&self, time: Duration) -> Option<BTreeMap<String, Claims>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, _) = self
            .changed
            .wait_timeout_while(state, time, |state| !state.is_over)
            .unwrap_or_else(PoisonError::into_inner);
        (!state.is_over).then(|| state.rollouts.clone())
    }
}

/// Renews what `worker` holds until the end, well before it is lost. The work itself does not hang
/// on it: whoever loses a claim while at work keeps the lock of the site.
pub(super) fn beat(held: &Held, worker: &str, (url, options): &(DatabaseUrl, SessionOptions)) {
    let mut home: Option<FleetHome> = None;
    let mut pause = AGAIN;
    while let Some(rollouts) = held.wait(pause) {
        let thirds = rollouts.values().filter_map(|claims| u64::try_from(claims.lease / 3).ok());
        let shortest = thirds.min();
        pause = shortest.map_or(AGAIN, Duration::from_millis);
        if rollouts.is_empty() {
            continue;
        }
        let opened = home.take().map_or_else(|| FleetHome::open(url, options), Ok);
        home = opened.ok().and_then(|mut open| {
            let renewed = rollouts.iter().try_for_each(|(id, claims)| {
                let places: Vec<i64> = claims.places.iter().copied().collect();
                open.renew((id, &places), worker, claims.lease)
            });
            // That the database is away, the main loop says.
            renewed.ok().map(|()| open)
        });
        if home.is_none() {
            pause = pause.min(AGAIN);
        }
    }
}
