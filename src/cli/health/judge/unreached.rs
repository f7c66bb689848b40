//! What a database is that could not be looked at.

use limbeck_schema::Dialect;

use crate::cli::health::problem::Problem;
use crate::cli::health::progress::Progress;
use crate::cli::health::site_health::SiteHealth;
use crate::cli::health::site_health::SiteState;
use crate::db::ConnectCause;
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
    let message = one_line(&error.message);
    let cause = error.connect.as_ref().map(|connect| connect.cause);
    if error.kind == DatabaseErrorKind::NoSuchDatabase {
        judge_missing(subject, message, error, health);
        return;
    }
    let (state, problem, hint) = match (&error.kind, cause) {
        // No upgrade makes the directory.
        (_, Some(ConnectCause::NoDirectory)) => {
            (SiteState::Missing, Problem::Missing, Some("limbeck config show".to_owned()))
        }
        (DatabaseErrorKind::Busy, _) => (SiteState::Locked, Problem::Unreachable, None),
        // Runs refuse what is configured, whatever the server says.
        (DatabaseErrorKind::Unsupported, _) => (
            SiteState::Unconfigured,
            Problem::Unconfigured,
            Some("limbeck config check".to_owned()),
        ),
        (DatabaseErrorKind::Unreachable, None) => {
            (SiteState::Unreachable, Problem::Unreachable, Some(format!("limbeck wait -d {name}")))
        }
        (_, Some(cause)) if cause.may_pass() => {
            (SiteState::Unreachable, Problem::Unreachable, Some(format!("limbeck wait -d {name}")))
        }
        // What is configured leads to something else.
        (_, Some(_)) => {
            (SiteState::Unreachable, Problem::Unreachable, Some("limbeck config show".to_owned()))
        }
        (_, None) => (SiteState::Unreachable, Problem::Unreachable, None),
    };
    health.state = state;
    push(health, "connection", Some(problem), message, hint);
    health.error = Some(error);
}

/// The database does not exist: nothing can be applied there.
fn judge_missing(
    subject: &Subject<'_>,
    message: String,
    error: DatabaseError,
    health: &mut SiteHealth,
) {
    health.state = SiteState::Missing;
    if let Some(graph) = subject.graph {
        note_progress(graph, &Progress::new(graph, &Heads::none()), health);
    }
    let is_file = subject.dialect == Dialect::Sqlite;
    if is_file && !health.pending.is_empty() {
        // It comes into being with the next upgrade, and reads as an empty database until then.
        health.state = SiteState::Empty;
        push(health, "connection", Some(Problem::Pending), message, None);
        check_revision(subject, &Heads::none(), health);
        return;
    }
    if is_file && health.is_at_heads && subject.settings.expects_no_table() {
        // No upgrade will ever make it, and nobody misses anything.
        health.state = SiteState::Ok;
        let message = format!("{message}, and no revision is routed to it that would make it");
        push(health, "connection", None, message, None);
        return;
    }
    let hint = match subject.dialect {
        _ if subject.tenant.is_some() => {
            Some(format!("limbeck tenants create -d {}", subject.name))
        }
        Dialect::Sqlite => None,
        Dialect::Postgresql | Dialect::Mysql => {
            Some(format!("limbeck db create -d {}", subject.name))
        }
    };
    push(health, "connection", Some(Problem::Missing), message, hint);
    health.error = Some(error);
}
