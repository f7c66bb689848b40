//! Whether every downgrade takes back what its upgrade did: revisions go up, down and up again on a
//! scratch database, and after each it is looked at how the database is built.

mod found;
mod subject;
mod walk;

use std::collections::BTreeSet;

use crate::db::DatabaseUrl;
use crate::exec::RunOptions;
use crate::graph::RevisionId;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::prove;
use super::prove::Scratch;

pub(super) use found::Found;
pub(super) use subject::Subject;
pub(super) use subject::subjects;

/// Which revisions are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that the database has not.
    Pending,
    /// All.
    All,
    /// These.
    Named(BTreeSet<RevisionId>),
}

impl Wanted {
    /// Whether the revision `id` is, which is pending or not.
    fn takes(&self, id: &RevisionId, is_pending: bool) -> bool {
        match self {
            Wanted::Pending => is_pending,
            Wanted::All => true,
            Wanted::Named(ids) => ids.contains(id),
        }
    }
}

/// Verifies the revisions of one subject.
pub(super) fn verify(
    context: &Context,
    subject: &Subject<'_>,
    (wanted, options): (&Wanted, &RunOptions),
    lent: Option<&DatabaseUrl>,
    output: &mut Output<'_>,
) -> Result<Vec<Found>, CliError> {
    let route = subject.way(context, wanted)?;
    if route.plan.is_empty() {
        return Ok(Vec::new());
    }
    let (name, steps) = (subject.name(), route.wanted.len());
    let plural = if steps == 1 { "" } else { "s" };
    output.talk(format_args!("{name}: {steps} revision{plural} up, down and up again"));
    let mut scratch = Scratch::new(context, &subject.site, lent)?;
    if let (Some(tenant), Some(shared)) = (&subject.site.tenant, subject.shared) {
        scratch = scratch.of_tenant(tenant, shared)?;
    }
    let way = prove::Way { scripts: &context.revisions, options: options.clone() };
    walk::walk(context, &scratch, &route, &way)
}

/// What came of revisions, in one line; nothing of none.
pub(super) fn counts(found: &[Found]) -> String {
    let words = ["well", "different", "failed", "irreversible", "not run"];
    let count = |word: &str| found.iter().filter(|one| one.word() == word).count();
    let counts = words.iter().filter_map(|word| match count(word) {
        0 => None,
        some => Some(format!("{some} {word}")),
    });
    counts.collect::<Vec<_>>().join(", ")
}
