//! One way through a history, on an empty database: up, back, and up again, step by step.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::db::Changes;
use crate::db::Snapshot;
use crate::exec::Redirection;
use crate::plan::Plan;
use crate::plan::Step;

use super::Way;
use super::walker::Turn;
use super::walker::Walker;
use super::walker::back;

/// What came of the steps, as far as the way went.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) steps: Vec<Walk>,
}

/// What came of a step and of the way back from it.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) up: Option<Done>,
    pub(super) down: Option<Done>,
    /// Why the step failed when it was gone once more behind the way back.
    pub(super) again: Option<String>,
}

#[derive(Debug)]
pub(super) enum Done {
    Changed(Changes),
    /// It failed, with these words.
    Failed(String),
}

/// Goes the first `end` steps of `plan` on the empty database of `site`.
pub(super) fn walk(
    context: &Context,
    site: &Site<'_>,
    plan: &Plan,
    way: &Way<'_>,
    redirection: &Redirection,
    end: usize,
) -> Result<Walked, CliError> {
    let mut walker = Walker::new(context, site, way, redirection)?;
    let mut walked = Walked::default();
    let mut before = walker.look()?;
    for step in plan.steps.iter().take(end) {
        walker.check_interrupt()?;
        let mut walk = Walk::default();
        if let Err(reason) = walker.go(step, Turn::First)? {
            walk.up = Some(Done::Failed(reason.message));
            walked.steps.push(walk);
            break;
        }
        let above = walker.look()?;
        walk.up = Some(Done::Changed(above.changes_since(&before)));
        let is_up = down_and_up(&mut walker, step, &above, &mut walk)?;
        walked.steps.push(walk);
        if !is_up {
            break;
        }
        before = walker.look()?;
    }
    Ok(walked)
}

/// Reverts `step` and applies it again. Tells whether the database is behind it then.
fn down_and_up(
    walker: &mut Walker<'_>,
    step: &Step,
    above: &Snapshot,
    walk: &mut Walk,
) -> Result<bool, CliError> {
    if let Err(reason) = walker.go(&back(step), Turn::Back)? {
        walk.down = Some(Done::Failed(reason.message));
        // What is left of it may keep everything that follows from being the same.
        let is_untouched = walker.look()? == *above;
        return Ok(is_untouched && walker.forget().is_ok());
    }
    let below = walker.look()?;
    walk.down = Some(Done::Changed(below.changes_since(above)));
    walk.again = walker.go(step, Turn::Back)?.err().map(|failure| failure.message);
    Ok(walk.again.is_none())
}
