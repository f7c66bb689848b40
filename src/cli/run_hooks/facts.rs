//! What hooks are told.

use crate::cli::sites::Site;
use crate::cli::sites::actor;
use crate::cli::sites::host;
use crate::env::HookEvent;
use crate::plan::Direction;
use crate::plan::Step;

/// A fact: the name that a command finds it by, without what stands before all of them.
pub(super) type Fact = (&'static str, String);

/// Of a run.
pub(super) fn of_run(
    direction: Option<Direction>,
    revisions: &[String],
    error: Option<&str>,
) -> Vec<Fact> {
    vec![
        ("DIRECTION", direction.map_or("", Direction::journal_word).to_owned()),
        ("REVISIONS", revisions.join(",")),
        ("REVISION", String::new()),
        ("ERROR", error.unwrap_or_default().to_owned()),
    ]
}

/// Of a step.
pub(super) fn of_step(step: &Step) -> Vec<Fact> {
    let revision = step.revision.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![
        ("DIRECTION", step.direction.journal_word().to_owned()),
        ("REVISIONS", revision.clone()),
        ("REVISION", revision),
        ("ERROR", String::new()),
    ]
}

/// With where it is done and by whom.
pub(super) fn with_site(site: &Site<'_>, event: HookEvent, facts: Vec<Fact>) -> Vec<Fact> {
    let tenant = site.tenant.as_ref().map(|tenant| tenant.name.clone()).unwrap_or_default();
    let mut all = vec![
        ("HOOK", event.key().to_owned()),
        ("DATABASE", site.settings.name.clone()),
        ("TENANT", tenant),
    ];
    all.extend(facts);
    all.push(("ACTOR", actor()));
    all.push(("MACHINE", host()));
    all
}
