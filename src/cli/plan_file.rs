//! A plan as a file: what `limbeck plan -o` writes and `limbeck apply` runs.
//!
//! It holds no script and no secret: steps with the rows before and after each, the digests of
//! their scripts, and where they are to run. A digest over all of it tells a file that somebody
//! has changed by hand.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest as _;
use sha2::Sha256;

use crate::bounded_file;
use crate::exec::PreparedScript;
use crate::exec::TransactionMode;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Plan;

use super::error::CliError;

/// The version of the format. One that means something else gets another number.
const FORMAT: u32 = 1;

/// A plan for one or more databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanFile {
    limbeck_plan: u32,
    /// The program that made it; for people.
    tool_version: String,
    /// What was asked for, such as `upgrade heads`; for people.
    pub(super) request: String,
    pub(super) transaction_mode: String,
    /// The databases that were looked at, also those with nothing to do, in the order of the
    /// configuration.
    pub(super) databases: Vec<PlannedDatabase>,
    /// In which order; for people, since it follows from the rest.
    order: Vec<PlannedLeg>,
    /// SHA-256 of all of the above.
    digest: String,
}

/// The plan for one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedDatabase {
    pub(super) database: String,
    /// Its URL, without the password.
    pub(super) address: String,
    pub(super) version_table: String,
    pub(super) plan: Plan,
    /// The script of each step.
    pub(super) scripts: Vec<PlannedScript>,
}

/// What a script was like when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedScript {
    pub(super) path: String,
    pub(super) raw_digest: String,
    pub(super) is_in_transaction: bool,
    pub(super) lock_timeout_ms: Option<u64>,
    pub(super) statement_timeout_ms: Option<u64>,
}

/// A part of the plan of one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlannedLeg {
    pub(super) database: String,
    pub(super) revisions: Vec<RevisionId>,
}

/// Why a file is no plan to be run.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanFileError {
    #[error("the plan cannot be read: {0}")]
    Read(io::Error),
    #[error("the plan cannot be written: {0}")]
    Write(io::Error),
    #[error("this is no plan: {0}")]
    Syntax(serde_json::Error),
    #[error("this is no plan of limbeck: it has no `limbeck_plan`")]
    NotAPlan,
    #[error("the plan has format {found}, and this version of limbeck runs format {FORMAT}")]
    OtherFormat { found: u64 },
    #[error("the plan has been changed since it was written: its digest does not fit")]
    Changed,
    #[error("the plan is damaged: {what}")]
    Damaged { what: &'static str },
}

/// What is not as it was when a plan was made.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanChange {
    #[error("the configuration has no such database")]
    NoDatabase,
    #[error("its address was {planned}, and is {found} now")]
    Address { planned: String, found: String },
    #[error("its version table was {planned}, and is {found} now")]
    VersionTable { planned: String, found: String },
    #[error("`transaction_mode` was {planned}, and is {found} now")]
    TransactionMode { planned: String, found: String },
    #[error(
        "the script of revision {revision} in {path} had the digest {planned}, and has {found}"
    )]
    Script { revision: RevisionId, path: String, planned: String, found: String },
    #[error("revision {revision} in {path} has other settings (`transaction`, timeouts)")]
    Settings { revision: RevisionId, path: String },
    #[error("the revisions fit together otherwise: {what}")]
    Graph { what: String },
}

impl PlannedScript {
    /// What `script` is like, whose path is shown from `directory`.
    pub(super) fn new(script: &PreparedScript, directory: &Path) -> Self {
        let path = script.path.strip_prefix(directory).unwrap_or(&script.path);
        PlannedScript {
            path: path.display().to_string(),
            raw_digest: script.raw_digest.clone(),
            is_in_transaction: script.transaction,
            lock_timeout_ms: script.timeouts.lock,
            statement_timeout_ms: script.timeouts.statement,
        }
    }
}

impl PlanFile {
    /// A plan to be written.
    pub(super) fn new(
        request: String,
        mode: TransactionMode,
        databases: Vec<PlannedDatabase>,
        order: Vec<PlannedLeg>,
    ) -> Result<Self, serde_json::Error> {
        let mut plan = PlanFile {
            limbeck_plan: FORMAT,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            request,
            transaction_mode: mode.name().to_owned(),
            databases,
            order,
            digest: String::new(),
        };
        plan.digest = plan.own_digest()?;
        Ok(plan)
    }

    /// The digest of everything but the digest.
    fn own_digest(&self) -> Result<String, serde_json::Error> {
        let bare = PlanFile { digest: String::new(), ..self.clone() };
        let bytes = Sha256::digest(serde_json::to_vec(&bare)?);
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads a plan, and looks whether it is as it was written.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        bounded_file::read_any(path, bounded_file::LARGE)
            .and_then(bounded_file::text)
            .map_err(PlanFileError::Read)
            .and_then(|text| PlanFile::parse(&text))
            .map_err(|problem| CliError::PlanFile { path: path.to_owned(), problem })
    }

    fn parse(text: &str) -> Result<Self, PlanFileError> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(PlanFileError::Syntax)?;
        match value.get("limbeck_plan").map(serde_json::Value::as_u64) {
            None => return Err(PlanFileError::NotAPlan),
            Some(format) if format != Some(u64::from(FORMAT)) => {
                return Err(PlanFileError::OtherFormat { found: format.unwrap_or_default() });
            }
            Some(_) => {}
        }
        // From the text once more: that way an error has its place.
        let plan: PlanFile = serde_json::from_str(text).map_err(PlanFileError::Syntax)?;
        if plan.own_digest().map_err(PlanFileError::Syntax)? != plan.digest {
            return Err(PlanFileError::Changed);
        }
        plan.check()?;
        Ok(plan)
    }

    /// Refuses what no plan says, whoever has made the digest.
    fn check(&self) -> Result<(), PlanFileError> {
        let damaged = |what| Err(PlanFileError::Damaged { what });
        for (index, database) in self.databases.iter().enumerate() {
            let steps = &database.plan.steps;
            if self.databases[..index].iter().any(|other| other.database == database.database) {
                return damaged("a database stands in it twice");
            }
            if steps.len() != database.scripts.len() {
                return damaged("there is not one script for each step");
            }
            // With nothing to do it is there to be checked.
            let Some(first) = steps.first() else { continue };
            let is_of_a_kind = |step: &crate::plan::Step| {
                step.direction == first.direction
                    && step.direction != Direction::Stamp
                    && step.revision.is_some()
            };
            if !steps.iter().all(is_of_a_kind) {
                return damaged("its steps go different ways");
            }
        }
        Ok(())
    }

    /// Writes the plan, whole or not at all, also over an older one.
    pub(super) fn write(&self, path: &Path) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(io::Error::from)
            .and_then(|text| replace(path, &(text + "\n")));
        text.map_err(|error| CliError::PlanFile {
            path: path.to_owned(),
            problem: PlanFileError::Write(error),
        })
    }
}

/// Puts `text` into the file `path`: into a temporary file beside it first, so that nobody ever
/// sees half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary: PathBuf = path.with_file_name(name);
    let written =
        OpenOptions::new().write(true).create_new(true).open(&temporary).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
    let result = written.and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        // What went wrong is told; that the rest could not be cleared away would only hide it.
        drop(fs::remove_file(&temporary));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Heads;
    use crate::graph::testing;
    use crate::plan;
    use crate::target::Target;

    fn plan_file() -> PlanFile {
        let graph = testing::graph("a; b|a");
        let plan = plan::upgrade(&graph, &Heads::none(), &Target::heads()).unwrap();
        let script = PlannedScript {
            path: "versions/a.sql".to_owned(),
            raw_digest: "00".to_owned(),
            is_in_transaction: true,
            lock_timeout_ms: None,
            statement_timeout_ms: Some(5),
        };
        let database = PlannedDatabase {
            database: "app".to_owned(),
            address: "sqlite:app.db".to_owned(),
            version_table: "alembic_version".to_owned(),
            plan,
            scripts: vec![script.clone(), script],
        };
        PlanFile::new("upgrade heads".to_owned(), TransactionMode::Revision, vec![database], vec![])
            .unwrap()
    }

    fn problem(text: &str) -> String {
        PlanFile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_plan_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("plan.json");
        fs::write(&path, "an older one").unwrap();
        plan_file().write(&path).unwrap();
        assert_eq!(PlanFile::read(&path).unwrap(), plan_file());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(plan_file().write(&directory.path().join("nowhere/plan.json")).is_err());
    }

    #[test]
    fn a_plan_that_somebody_has_changed_is_refused() {
        let text = serde_json::to_string_pretty(&plan_file()).unwrap();
        assert!(PlanFile::parse(&text).is_ok());
        assert!(PlanFile::parse(&text.replace("  ", "\t")).is_ok(), "white space means nothing");
        for (from, to) in
            [("\"00\"", "\"01\""), ("app.db", "other.db"), ("\"b\"", "\"c\""), ("true", "false")]
        {
            assert!(problem(&text.replace(from, to)).contains("digest does not fit"), "{from}");
        }
        assert!(problem(&text.replace("\"request\"", "\"wish\"")).contains("line 4"));
        assert!(problem(&text[..200]).starts_with("this is no plan: "));
        let more = text.replace("\"doc\"", "\"more\": 1, \"doc\"");
        assert!(problem(&more).contains("unknown field `more`"));
        assert!(problem("[]").contains("`limbeck_plan`"));
        assert!(problem("{\"limbeck_plan\": 2}").contains("has format 2"));
        assert!(problem("{\"limbeck_plan\": \"x\"}").contains("has format 0"));
    }

    #[test]
    fn a_plan_with_a_digest_may_still_be_nonsense() {
        let with = |change: &dyn Fn(&mut PlanFile)| {
            let mut plan = plan_file();
            change(&mut plan);
            plan.digest = plan.own_digest().unwrap();
            problem(&serde_json::to_string(&plan).unwrap())
        };
        assert!(with(&|plan| plan.databases[0].scripts.truncate(1)).contains("one script"));
        assert!(with(&|plan| plan.databases[0].plan.steps.clear()).contains("one script"));
        assert!(with(&|plan| plan.databases.push(plan.databases[0].clone())).contains("twice"));
        assert!(
            with(&|plan| plan.databases[0].plan.steps[1].direction = Direction::Stamp)
                .contains("different ways")
        );
    }
}
