//! Whether limbeck does what the project's own Python and Alembic do, for `limbeck compat --prove`.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::failure::short;
use crate::cli::prove;
use crate::cli::prove::Outcome;
use crate::cli::prove::Proof;
use crate::cli::prove::Scratch;
use crate::cli::prove::Way;
use crate::cli::run_arguments::options_of;
use crate::cli::run_arguments::run_options;
use crate::cli::sites::Site;
use crate::cli::watch;
use crate::db::DatabaseUrl;
use crate::exec::PythonClass;
use crate::exec::PythonMode;
use crate::exec::PythonOptions;
use crate::exec::RunOptions;
use crate::exec::survey_python;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Plan;
use crate::script::RevisionFormat;
use crate::ui::Output;

/// What the two ways are called.
const NAMES: [&str; 2] = ["by limbeck", "by Python"];

/// The revisions of one database, run both ways.
pub(super) struct ProofReport {
    database: String,
    proofs: Vec<One>,
}

/// One function of a revision.
struct One {
    proof: Proof,
    path: String,
    /// What it comes to: a word for programs.
    status: &'static str,
}

/// Runs the history of every database both ways, as far as the last of `wanted`.
pub(super) fn prove(
    context: &Context,
    wanted: Option<&BTreeSet<RevisionId>>,
    lent: Option<&DatabaseUrl>,
    output: &mut Output<'_>,
) -> Result<Vec<ProofReport>, CliError> {
    let is_wanted = |id: &RevisionId| {
        let file = context.revisions.find(id);
        file.is_some_and(|file| file.format == RevisionFormat::Python)
            && wanted.is_none_or(|wanted| wanted.contains(id))
    };
    let mut sites = Vec::new();
    for site in context.sites()? {
        let plan = prove::plan(context, &site, &is_wanted)?;
        if !plan.is_empty() {
            sites.push((site, plan));
        }
    }
    prove::check_lent(sites.iter().map(|(site, _)| site), lent)?;
    let interrupt = watch::interrupt_flag()?;
    let mut reports = Vec::new();
    for (site, plan) in &sites {
        let options = RunOptions { interrupt: interrupt.clone(), ..run_options(context) };
        let in_mode = |mode| Way {
            scripts: &context.revisions,
            options: RunOptions {
                python: PythonOptions { mode, ..options.python.clone() },
                ..options.clone()
            },
        };
        output.talk(format_args!(
            "database {}: {} step{} by limbeck and by Python",
            site.name(),
            plan.steps.len(),
            if plan.steps.len() == 1 { "" } else { "s" }
        ));
        let ways = [in_mode(PythonMode::Auto), in_mode(PythonMode::Always)];
        let mut scratch = Scratch::new(context, site, lent)?;
        let mut proofs = prove::compare(context, &mut scratch, plan, ways)?;
        proofs.retain(|proof| is_wanted(&proof.revision));
        reports.push(ProofReport {
            database: site.name().to_owned(),
            proofs: told(context, site, plan, &options, proofs)?,
        });
    }
    Ok(reports)
}

/// Proofs with what else is known of the revisions.
fn told(
    context: &Context,
    site: &Site<'_>,
    plan: &Plan,
    options: &RunOptions,
    proofs: Vec<Proof>,
) -> Result<Vec<One>, CliError> {
    let options = options_of(site, options);
    let ids = plan.steps.iter().filter_map(|step| step.revision.as_ref());
    let surveyed = survey_python(ids, &context.revisions, site.url.dialect(), &options)
        .map_err(|kind| CliError::Output(std::io::Error::other(kind.to_string())))?;
    let class = |proof: &Proof| {
        let found = surveyed.iter().find(|one| one.revision == proof.revision)?;
        Some(match proof.direction {
            Direction::Downgrade => &found.downgrade,
            Direction::Upgrade | Direction::Stamp => &found.upgrade,
        })
    };
    let status = |proof: &Proof| match (class(proof), &proof.outcome) {
        // Both times it was Python's.
        (Some(PythonClass::PythonNeeded(_)), Outcome::Equal) => "python",
        (Some(PythonClass::Missing), Outcome::Fails { .. }) => "missing",
        (_, outcome) => outcome.word(),
    };
    let path = |proof: &Proof| {
        let file = context.revisions.find(&proof.revision);
        file.map_or_else(String::new, |file| short(&file.revision.path))
    };
    Ok(proofs
        .into_iter()
        .map(|proof| One { path: path(&proof), status: status(&proof), proof })
        .collect())
}

impl ProofReport {
    /// Whether nothing differs.
    pub(super) fn is_same(&self) -> bool {
        self.proofs.iter().all(|one| one.proof.outcome.is_same())
    }

    pub(super) fn print(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        output.data(format_args!(
            "\nrun by limbeck and by Python on scratch databases, {}:",
            self.database
        ))?;
        for (name, direction) in
            [("upgrade()", Direction::Upgrade), ("downgrade()", Direction::Downgrade)]
        {
            let of_direction = || self.proofs.iter().filter(|one| one.proof.direction == direction);
            let count = |status: &str| of_direction().filter(|one| one.status == status).count();
            let mut words = vec![format!("{} equal", count("equal"))];
            for (status, text) in [
                ("different", "different"),
                ("python", "that only Python runs"),
                ("fails", "that fail both ways"),
                ("missing", "missing"),
                ("not run", "not run"),
            ] {
                match count(status) {
                    0 => {}
                    some => words.push(format!("{some} {text}")),
                }
            }
            output.data(format_args!("  {name:<20}{}", words.join(", ")))?;
        }
        for one in self.proofs.iter().filter(|one| !matches!(one.status, "equal" | "python")) {
            output.data(format_args!(
                "  {}: {}() of {}: {}",
                one.path,
                one.proof.direction.journal_word(),
                one.proof.revision,
                one.status
            ))?;
            for line in one.proof.outcome.details(NAMES) {
                for line in line.lines() {
                    output.data(format_args!("      {line}"))?;
                }
            }
        }
        Ok(())
    }
}

impl Serialize for ProofReport {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let revisions: Vec<Value> = self
            .proofs
            .iter()
            .map(|one| {
                let mut value = one.proof.as_json(NAMES);
                if let Some(object) = value.as_object_mut() {
                    object.insert("outcome".to_owned(), one.status.into());
                    object.insert("path".to_owned(), one.path.clone().into());
                }
                value
            })
            .collect();
        json!({ "database": self.database, "revisions": revisions }).serialize(serializer)
    }
}

impl std::fmt::Debug for ProofReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProofReport").field("database", &self.database).finish_non_exhaustive()
    }
}
