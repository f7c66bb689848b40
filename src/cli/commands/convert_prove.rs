//! Whether SQL revisions do what the Python does that they are made from, for `limbeck convert
//! --prove`.

use std::collections::BTreeMap;
use std::path::Path;

use limbeck_schema::Dialect;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::error::Unconverted;
use crate::cli::prove;
use crate::cli::prove::Outcome;
use crate::cli::prove::Proof;
use crate::cli::prove::Scratch;
use crate::cli::prove::ScratchProblem;
use crate::cli::prove::Way;
use crate::cli::run_arguments::run_options;
use crate::cli::watch;
use crate::db::DatabaseUrl;
use crate::exec::RunOptions;
use crate::exec::ScriptSource;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::script::RevisionFile;
use crate::script::Revisions;
use crate::ui::Output;

/// What the two ways are called.
const NAMES: [&str; 2] = ["as Python", "as SQL"];

/// The revisions of a project, some of them in another form.
struct Overlaid<'a> {
    revisions: &'a Revisions,
    instead: BTreeMap<RevisionId, RevisionFile>,
}

impl ScriptSource for Overlaid<'_> {
    fn file(&self, id: &RevisionId) -> Option<&RevisionFile> {
        self.instead.get(id).or_else(|| self.revisions.find(id))
    }
}

/// Runs the history of every database of `dialects` twice, as it is and with the texts of `made`.
///
/// # Errors
/// [`CliError::NotConverted`] with the revisions that do something else, or were not come to.
pub(super) fn prove(
    context: &Context,
    made: Vec<(&Path, &str)>,
    dialects: Vec<Dialect>,
    lent: Option<&DatabaseUrl>,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let mut instead = BTreeMap::new();
    for (path, text) in made {
        let file = RevisionFile::parse(text, path)
            .map_err(|error| std::io::Error::other(error.to_string()))?;
        instead.insert(file.revision.id.clone(), file);
    }
    let overlaid = Overlaid { revisions: &context.revisions, instead };
    let all = context.sites()?;
    let sites: Vec<_> = all.iter().filter(|site| dialects.contains(&site.url.dialect())).collect();
    for dialect in dialects {
        if sites.iter().all(|site| site.url.dialect() != dialect) {
            return Err(CliError::Scratch(ScratchProblem::NoDatabase { dialect }));
        }
    }
    prove::check_lent(sites.iter().copied(), lent)?;
    let options = RunOptions { interrupt: watch::interrupt_flag()?, ..run_options(context) };
    let mut refused = Vec::new();
    let mut proven = 0;
    for site in sites {
        let plan = prove::plan(context, site, &|id| overlaid.instead.contains_key(id))?;
        output.talk(format_args!(
            "database {}: {} step{} as Python and as SQL",
            site.name(),
            plan.steps.len(),
            if plan.steps.len() == 1 { "" } else { "s" }
        ));
        let way = |scripts| Way { scripts, options: options.clone() };
        let ways = [way(&context.revisions as &dyn ScriptSource), way(&overlaid)];
        let mut scratch = Scratch::new(context, site, lent)?;
        let proofs = prove::compare(context, &mut scratch, &plan, ways)?;
        let stop = stop(&proofs);
        for proof in &proofs {
            if !overlaid.instead.contains_key(&proof.revision) {
                continue;
            }
            match reason(proof, stop.as_deref()) {
                None => proven += 1,
                Some(reason) => refuse(&mut refused, context, proof, site.url.dialect(), reason),
            }
        }
    }
    if !refused.is_empty() {
        return Err(CliError::NotConverted(refused));
    }
    output.talk(format_args!("{proven} functions do the same as SQL"));
    Ok(())
}

/// Adds a revision with the reason, or the reason to the revision.
fn refuse(
    refused: &mut Vec<Unconverted>,
    context: &Context,
    proof: &Proof,
    dialect: Dialect,
    reason: String,
) {
    let is_known =
        |one: &&mut Unconverted| one.revision == proof.revision && one.dialect == Some(dialect);
    if let Some(known) = refused.iter_mut().find(is_known) {
        known.reason.push('\n');
        known.reason.push_str(&reason);
        return;
    }
    let file = context.revisions.find(&proof.revision);
    refused.push(Unconverted {
        revision: proof.revision.clone(),
        path: file.map(|file| file.revision.path.clone()).unwrap_or_default(),
        position: None,
        dialect: Some(dialect),
        reason,
    });
}

/// Why the way was not gone to its end, where it was not.
fn stop(proofs: &[Proof]) -> Option<String> {
    let end = proofs.iter().position(|proof| proof.outcome == Outcome::NotRun)?;
    let last = proofs.get(..end)?.last()?;
    Some(format!(
        "the {} of {}: {}",
        last.direction,
        last.revision,
        last.outcome.details(NAMES).join("; ")
    ))
}

/// Why a section is not proven to be the same, if it is not.
fn reason(proof: &Proof, stop: Option<&str>) -> Option<String> {
    let function = proof.direction.journal_word();
    match &proof.outcome {
        Outcome::Equal => None,
        // What cannot be reverted, cannot be reverted as SQL either.
        Outcome::Fails { .. } if proof.direction == Direction::Downgrade => None,
        Outcome::NotRun => {
            Some(format!("{function}() was not come to, behind {}", stop.unwrap_or("nothing")))
        }
        Outcome::Fails { .. } => Some(format!(
            "{function}() fails on an empty database:\n{}",
            proof.outcome.details(NAMES).join("\n")
        )),
        other => Some(format!(
            "{function}() does something else as SQL:\n{}",
            other.details(NAMES).join("\n")
        )),
    }
}
