//! What came of a revision, as it is told.

use serde_json::Value;
use serde_json::json;

use limbeck_schema::Dialect;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::short;
use crate::cli::prove::StepFailure;
use crate::db::Deviation;
use crate::db::Reordered;
use crate::db::SchemaDifference;
use crate::graph::RevisionId;
use crate::script::Direction;
use crate::script::RevisionFormat;
use crate::ui::Output;

/// What came of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Found {
    pub(in crate::cli) revision: RevisionId,
    pub(in crate::cli) outcome: Outcome,
}

/// How a revision went up, down and up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Outcome {
    /// It was not come to, behind one that failed.
    NotRun,
    /// Its upgrade fails; also of one that is not verified, and only on the way.
    UpgradeFails(StepFailure),
    /// It cannot be reverted, and says so.
    Irreversible(StepFailure),
    /// Its downgrade fails.
    DowngradeFails(StepFailure),
    /// It went both ways.
    Round(Round),
}

/// What there is to say of a revision that went both ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Round {
    /// What is not behind the downgrade as it was before the upgrade.
    pub(in crate::cli) forgotten: Vec<SchemaDifference>,
    /// Why the upgrade fails behind the downgrade.
    pub(in crate::cli) again: Option<StepFailure>,
    /// What is not behind the second upgrade as it was behind the first.
    pub(in crate::cli) differs: Vec<SchemaDifference>,
    /// What has another order, which is no fault.
    pub(in crate::cli) reordered: Vec<Reordered>,
}

impl Round {
    fn is_well(&self) -> bool {
        self.forgotten.is_empty() && self.again.is_none() && self.differs.is_empty()
    }
}

impl Found {
    pub(super) fn word(&self) -> &'static str {
        match &self.outcome {
            Outcome::NotRun => "not run",
            Outcome::UpgradeFails(_) | Outcome::DowngradeFails(_) => "failed",
            Outcome::Irreversible(_) => "irreversible",
            Outcome::Round(round) if round.is_well() => "well",
            Outcome::Round(round) if round.forgotten.is_empty() && round.differs.is_empty() => {
                "failed"
            }
            Outcome::Round(_) => "different",
        }
    }

    /// The status that it ends the command with.
    pub(in crate::cli) fn exit_code(&self) -> ExitCode {
        match self.word() {
            "failed" => ExitCode::Failed,
            "different" => ExitCode::Drift,
            _ => ExitCode::Done,
        }
    }

    /// What ended it, where that is the matter with it.
    fn failure(&self) -> Option<&StepFailure> {
        match &self.outcome {
            Outcome::UpgradeFails(failure) | Outcome::DowngradeFails(failure) => Some(failure),
            Outcome::Round(round) if round.forgotten.is_empty() => round.again.as_ref(),
            _ => None,
        }
    }

    /// What is the matter with it, in one line.
    fn message(&self) -> Option<String> {
        let id = &self.revision;
        Some(match &self.outcome {
            Outcome::UpgradeFails(reason) => {
                format!("the upgrade of {id} fails: {}", reason.message)
            }
            Outcome::DowngradeFails(reason) => {
                format!("the downgrade of {id} fails: {}", reason.message)
            }
            Outcome::Irreversible(reason) => format!("{id} is not reverted: {}", reason.message),
            Outcome::Round(Round { forgotten, .. }) if !forgotten.is_empty() => {
                format!("the downgrade of {id} leaves another schema than there was before it")
            }
            Outcome::Round(Round { again: Some(reason), .. }) => {
                format!("the upgrade of {id} fails when it is run again: {}", reason.message)
            }
            Outcome::Round(Round { differs, .. }) if !differs.is_empty() => {
                format!("the upgrade of {id} does something else when it is run again")
            }
            Outcome::NotRun | Outcome::Round(_) => return None,
        })
    }

    /// The file of the section that it is about, and its line.
    fn place(&self, context: &Context, dialect: Dialect) -> Option<(String, Option<usize>)> {
        let is_of_upgrade = match &self.outcome {
            Outcome::UpgradeFails(_) => true,
            Outcome::Round(round) => round.forgotten.is_empty() && !round.is_well(),
            _ => false,
        };
        let direction = if is_of_upgrade { Direction::Upgrade } else { Direction::Downgrade };
        let file = context.revisions.find(&self.revision)?;
        if file.format == RevisionFormat::Python {
            let text = file.python_text().ok()?;
            let head = format!("def {}(", direction.name());
            let line = text.lines().position(|line| line.starts_with(&head));
            return Some((short(&file.revision.path), line.map(|line| line + 1)));
        }
        let Some(section) = file.section(direction, dialect) else {
            return Some((short(&file.revision.path), None));
        };
        // The section line stands above the text, where there is one.
        let line = section.position.line.saturating_sub(1).max(1);
        Some((short(&section.path), Some(line)))
    }

    /// Prints what is the matter with it.
    pub(in crate::cli) fn print(
        &self,
        context: &Context,
        (site, dialect): (&str, Dialect),
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let round = match &self.outcome {
            Outcome::Round(round) => Some(round),
            _ => None,
        };
        let reordered = round.map_or(&[][..], |round| &round.reordered);
        if let Some(message) = self.message() {
            output.data(format_args!("{site}: {message}"))?;
        } else if !reordered.is_empty() {
            output.data(format_args!(
                "{site}: note: the downgrade of {} changes the order of columns",
                self.revision
            ))?;
        } else {
            return Ok(());
        }
        if let Some(place) = self.failure().and_then(|failure| failure.place.as_ref()) {
            output.data(format_args!("  --> {place}"))?;
        } else if let Some((path, line)) = self.place(context, dialect) {
            let line = line.map_or_else(String::new, |line| format!(":{line}"));
            output.data(format_args!("  --> {path}{line}"))?;
        }
        let Some(round) = round else { return Ok(()) };
        for difference in &round.forgotten {
            print_difference(difference, output)?;
        }
        if let (Some(reason), false) = (&round.again, round.forgotten.is_empty()) {
            output
                .data(format_args!("  so the upgrade cannot be run again: {}", reason.message))?;
        }
        if !round.differs.is_empty() && !round.forgotten.is_empty() {
            output.data("  and the second upgrade does something else than the first:")?;
        }
        for difference in &round.differs {
            print_difference(difference, output)?;
        }
        for table in reordered {
            output.data(format_args!(
                "  {}: columns were {}, are {}",
                table.table,
                table.was.join(", "),
                table.is.join(", ")
            ))?;
        }
        Ok(())
    }

    /// The same for programs.
    pub(in crate::cli) fn as_json(&self, context: &Context, dialect: Dialect) -> Value {
        let (path, line) = self.place(context, dialect).unzip();
        let round = match &self.outcome {
            Outcome::Round(round) => round.clone(),
            _ => Round::default(),
        };
        let list = |differences: &[SchemaDifference]| -> Vec<Value> {
            differences.iter().map(difference_as_json).collect()
        };
        let reordered = round
            .reordered
            .iter()
            .map(|table| json!({ "table": table.table, "was": table.was, "is": table.is }));
        json!({
            "revision": self.revision,
            "outcome": self.word(),
            "message": self.message(),
            "path": path,
            "line": line.flatten(),
            "after_downgrade": list(&round.forgotten),
            "after_second_upgrade": list(&round.differs),
            "second_upgrade_fails": round.again.map(|failure| failure.message),
            "failed_at": self.failure().and_then(|failure| failure.place.as_ref()),
            "reordered": reordered.collect::<Vec<_>>(),
        })
    }
}

fn print_difference(
    difference: &SchemaDifference,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let object = &difference.object;
    let (word, texts) = match &difference.deviation {
        Deviation::Added { is } => ("is left behind", [("is", Some(is)), ("", None)]),
        Deviation::Missing { was } => ("is missing", [("was", Some(was)), ("", None)]),
        Deviation::Changed { was, is } => {
            ("is another one", [("was", Some(was)), ("is", Some(is))])
        }
    };
    output.data(format_args!("  {object} {word}"))?;
    for (word, text) in texts {
        let Some(text) = text.filter(|text| !text.is_empty()) else { continue };
        for (index, line) in text.lines().enumerate() {
            let word = if index == 0 { format!("{word}:") } else { String::new() };
            output.data(format_args!("    {word:<4} {}", line.trim_end()))?;
        }
    }
    Ok(())
}

fn difference_as_json(difference: &SchemaDifference) -> Value {
    let (kind, was, is) = match &difference.deviation {
        Deviation::Added { is } => ("left behind", None, Some(is)),
        Deviation::Missing { was } => ("missing", Some(was), None),
        Deviation::Changed { was, is } => ("changed", Some(was), Some(is)),
    };
    json!({ "object": difference.object, "kind": kind, "was": was, "is": is })
}
