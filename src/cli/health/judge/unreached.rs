//! What a database is that could not be looked at.

use limbeck_schema::Dialect;

use crate::cli::health::problem::Problem;
use crate::cli::health::progress::Progress;
use crate::cli::health::site_health::SiteHealth;
use crate::cli::health::site_health::SiteState;
use crate::db::DatabaseError;
use crate::db::DatabaseErrorKind;
use crate::graph::Heads;

use super::Subject;
use super::note_progress;
use super::one_line;
use super::push;
use super::revision::check_revision;

/// Says why, and what that means.
pub(super) fn judge_failure(subject: &Subject<'_>, error: DatabaseError, health: &mut SiteHealth) {
    let name = subject.name;
    let (state, problem, message, hint) = match error.kind {
        DatabaseErrorKind::NoSuchDatabase => {
            let hint = match subject.dialect {
                Dialect::Sqlite => format!("limbeck upgrade -d {name}"),
                _ => format!("limbeck db create -d {name}"),
            };
            (SiteState::Missing, Problem::Missing, one_line(&error.message), Some(hint))
        }
        DatabaseErrorKind::Busy => {
            (SiteState::Locked, Problem::Unreachable, one_line(&error.message), None)
        }
        DatabaseErrorKind::Authentication => {
            (SiteState::Unreachable, Problem::Unreachable, one_line(&error.message), None)
        }
        DatabaseErrorKind::Unreachable => (
            SiteState::Unreachable,
            Problem::Unreachable,
            one_line(&error.message),
            Some(format!("limbeck wait -d {name}")),
        ),
        _ => (SiteState::Unreachable, Problem::Unreachable, one_line(&error.message), None),
    };
    health.state = state;
    if problem != Problem::Missing {
        push(health, "connection", Some(problem), message, hint);
        health.error = Some(error);
        return;
    }
    // Nothing can be applied to what is not there.
    note_progress(subject, &Progress::new(subject.graph, &Heads::none()), health);
    if subject.dialect == Dialect::Sqlite && !health.pending.is_empty() {
        // It comes into being with the next upgrade, and reads as an empty database until then.
        push(health, "connection", Some(Problem::Pending), message, None);
        check_revision(subject, &Heads::none(), health);
        return;
    }
    push(health, "connection", Some(problem), message, hint);
    health.error = Some(error);
}
