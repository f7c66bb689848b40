//! Why limbeck's answer to a command line is meant to be another one: a function a reason.
//!
//! The codes are rows of `docs/compatibility.md`. A function looks at what was asked, at what
//! Alembic answered and at everything that differs; it must not let through anything else.

use std::collections::BTreeSet;

use super::compare::Aspect;
use super::recorded::Line;
use super::twin::Ours;
use crate::differential::recorded::Declared;

/// A difference, with all that is known about it.
pub(super) struct Difference<'a> {
    pub(super) revisions: &'a [Declared],
    pub(super) line: &'a Line,
    pub(super) ours: &'a Ours,
    pub(super) differs: &'a BTreeSet<Aspect>,
}

/// The row of `docs/compatibility.md` that explains the difference.
pub(super) fn reason(_difference: &Difference<'_>) -> Option<&'static str> {
    None
}
