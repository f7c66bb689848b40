//! Who is at work, and who keeps others from it.

use limbeck_schema::Dialect;

use crate::cli::health::look::Surroundings;
use crate::cli::health::problem::Problem;
use crate::cli::health::site_health::SiteHealth;
use crate::db::BlockerKind;

use super::Subject;
use super::push;

/// Names the run at work and the sessions that have been waiting or idle for long.
pub(super) fn check_locks(
    subject: &Subject<'_>,
    surroundings: Surroundings,
    health: &mut SiteHealth,
) {
    if let Some(holder) = health.lock_holder.clone() {
        push(health, "locks", None, format!("a run is at work: {holder}"), None);
    }
    let limit = subject.settings.long_locks.as_secs();
    if subject.dialect != Dialect::Sqlite && surroundings.blockers.is_empty() {
        push(health, "locks", None, format!("no lock or transaction older than {limit} s"), None);
    }
    for blocker in &surroundings.blockers {
        let who = match (&blocker.user, &blocker.application) {
            (Some(user), Some(application)) => format!(" ({user}, {application})"),
            (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
            (None, None) => String::new(),
        };
        let (session, seconds) = (&blocker.session, blocker.seconds);
        let what = match blocker.kind {
            BlockerKind::Waiting if blocker.blocked_by.is_empty() => {
                format!("has been waiting for a lock for {seconds} s")
            }
            BlockerKind::Waiting => format!(
                "has been waiting for {seconds} s for a lock of session {}",
                blocker.blocked_by.join(", ")
            ),
            BlockerKind::OpenTransaction => {
                format!("has had its transaction open for {seconds} s")
            }
        };
        let message = format!("session {session}{who} {what}");
        push(health, "locks", Some(Problem::Locked), message, None);
    }
    health.long_locks = surroundings.blockers;
}
