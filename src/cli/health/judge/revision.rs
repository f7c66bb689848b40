//! Where the version rows stand against the files.

use crate::cli::health::problem::Problem;
use crate::cli::health::site_health::Check;
use crate::cli::health::site_health::SiteHealth;
use crate::cli::times;
use crate::graph::Heads;

use super::Subject;
use super::push;
use super::upgrade_hint;

/// How many pending revisions a message names.
const NAMED: usize = 5;

/// Says where the database stands.
pub(super) fn check_revision(subject: &Subject<'_>, rows: &Heads, health: &mut SiteHealth) {
    let name = subject.name;
    for row in &health.ahead {
        let since = match (&row.since, &row.by) {
            (Some(since), Some(by)) => format!(" (applied {} by {by})", times::in_text(*since)),
            _ => String::new(),
        };
        let (message, hint) = if !row.databases.is_empty() {
            (
                format!(
                    "at {}{since}, which does not run here: its file names only {}",
                    row.revision,
                    row.databases.join(", ")
                ),
                format!("limbeck route explain {}", row.revision),
            )
        } else if row.is_of_another_branch {
            (
                format!("at {}{since}, whose branch this database does not take", row.revision),
                "limbeck config show".to_owned(),
            )
        } else {
            (
                format!(
                    "at {}{since}, which no file declares: a newer release, or another checkout, \
                     has been here",
                    row.revision
                ),
                format!("limbeck journal -d {name}"),
            )
        };
        health.checks.push(Check {
            check: "revision",
            problem: Some(Problem::Ahead),
            message,
            hint: Some(hint),
        });
    }
    if let Some(refusal) = health.refusal.clone() {
        let message = format!("the version rows do not go together: {refusal}");
        let hint = format!("limbeck current -d {name}");
        push(health, "revision", Some(Problem::Ahead), message, Some(hint));
        return;
    }
    if !health.ahead.is_empty() {
        return;
    }
    let ids: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let Some(total) = health.total else {
        let place = match ids.is_empty() {
            true => "nothing is applied".to_owned(),
            false => format!("at {}", ids.join(", ")),
        };
        let message = format!("{place}; what should be is not known, for a mistake in the files");
        push(health, "revision", Some(Problem::Unknown), message, None);
        return;
    };
    let place = match (ids.is_empty(), health.is_at_heads) {
        (true, true) => "no revisions to apply".to_owned(),
        (true, false) => "nothing is applied yet".to_owned(),
        (false, true) => format!("at {} (head), {total} applied", ids.join(", ")),
        (false, false) => {
            let applied = health.applied.unwrap_or_default();
            format!("at {}, {applied} of {total} applied", ids.join(", "))
        }
    };
    let (problem, message, hint) = if health.is_at_heads {
        (None, place, None)
    } else {
        let mut first: Vec<&str> =
            health.pending.iter().take(NAMED).map(|pending| pending.revision.as_str()).collect();
        let count = health.pending.len();
        let more = format!("and {} more", count.saturating_sub(NAMED));
        if count > NAMED {
            first.push(&more);
        }
        let message = format!("{count} pending: {}; {place}", first.join(", "));
        (Some(Problem::Pending), message, Some(upgrade_hint(subject, health)))
    };
    push(health, "revision", problem, message, hint);
}
