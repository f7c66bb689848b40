//! Files that were edited after they were applied, and steps that failed.

use crate::cli::failure;
use crate::cli::health::problem::Problem;
use crate::cli::health::site_health::Check;
use crate::cli::health::site_health::EditedFile;
use crate::cli::health::site_health::FailedStep;
use crate::cli::health::site_health::SiteHealth;
use crate::cli::times;
use crate::cli::watch;
use crate::exec::Edited;
use crate::exec::numbered;

use super::Subject;
use super::one_line;
use super::push;
use super::upgrade_hint;

/// What is told of an edited file.
pub(super) fn edited_file(edited: Edited) -> EditedFile {
    EditedFile {
        never_ran: edited.never_ran_below().map(|_| watch::never_ran_text(&edited)),
        revision: edited.revision.to_string(),
        path: failure::short(&edited.path),
        applied_at: edited.applied.at,
        applied_digest: edited.applied.raw_digest,
        file_digest: edited.now,
    }
}

/// Names the edited files.
pub(super) fn check_edited(subject: &Subject<'_>, health: &mut SiteHealth) {
    let checks = health.edited.iter().map(|edited| Check {
        check: "edited",
        problem: Some(Problem::Edited),
        message: edited.never_ran.clone().unwrap_or_else(|| {
            format!(
                "{} was edited after it was applied {}: {}",
                edited.revision,
                times::in_text(edited.applied_at),
                edited.path
            )
        }),
        hint: Some(format!("limbeck journal accept {} -d {}", edited.revision, subject.name)),
    });
    let checks: Vec<Check> = checks.collect();
    health.checks.extend(checks);
    let is_asked = subject.journal.refuses_edited() && health.last_run.is_some();
    if health.edited.is_empty() && is_asked {
        push(health, "edited", None, "no edited file".to_owned(), None);
    }
}

/// Names the failed steps.
pub(super) fn check_failed(subject: &Subject<'_>, health: &mut SiteHealth) {
    let checks: Vec<Check> = health
        .failed
        .iter()
        .map(|step| Check {
            check: "failed",
            problem: Some(Problem::Failed),
            message: failure_text(step),
            hint: Some(match step.direction.as_str() {
                // The row is there until the last statement of the downgrade is done.
                "downgrade" if !step.is_declared && health.current.contains(&step.revision) => {
                    format!(
                        "limbeck downgrade --from-journal {}@-1 -d {}",
                        step.revision, subject.name
                    )
                }
                _ if !step.is_declared => format!(
                    "when what it did is undone by hand, or taken over: limbeck journal resolve {} \
                     --all --as not-done -d {}",
                    step.revision, subject.name
                ),
                _ if step.needs_verdict => format!(
                    "limbeck journal resolve {} -d {} --as done, or --as not-done",
                    step.revision, subject.name
                ),
                // Of this one only, and of no other branch.
                "downgrade" => {
                    format!("limbeck downgrade {}@-1 -d {}", step.revision, subject.name)
                }
                _ => upgrade_hint(subject, health),
            }),
        })
        .collect();
    health.checks.extend(checks);
    if health.failed.is_empty() && health.last_run.is_some() && health.lock_holder.is_none() {
        push(health, "failed", None, "no failed step".to_owned(), None);
    }
}

fn failure_text(step: &FailedStep) -> String {
    let at = step.at.map(|at| format!(" {}", times::in_text(at))).unwrap_or_default();
    let how = match (step.statement, step.is_in_doubt, &step.error) {
        (Some((number, count)), true, _) => {
            format!("stopped in doubt at statement {}", numbered(number, count))
        }
        (Some((number, count)), false, None) => {
            format!("stopped after statement {}", numbered(number, count))
        }
        (Some((number, count)), false, Some(_)) => {
            format!("failed at statement {}", numbered(number, count))
        }
        (None, _, _) => "failed".to_owned(),
    };
    let why = step.error.as_deref().map(|error| format!(": {}", one_line(error)));
    let (direction, revision, by) = (&step.direction, &step.revision, &step.by);
    let declared = if step.is_declared { "" } else { ", which no file declares," };
    format!("{direction} of {revision}{declared} {how}{at} ({by}){}", why.unwrap_or_default())
}
