//! A line of `alembic_cases.jsonl`, as `README.md` in this directory describes it.

use serde::Deserialize;
use toml::Value;

use crate::support::{TestEnvironment, project};

/// A graph and the commands that were run on it, one after the other.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) revisions: Vec<Declared>,
    pub(super) steps: Vec<Step>,
}

/// A revision as its file declares it.
#[derive(Debug, Deserialize)]
pub(super) struct Declared {
    id: String,
    #[serde(default)]
    down: Option<Names>,
    #[serde(default)]
    deps: Option<Names>,
    #[serde(default)]
    labels: Option<Names>,
    file: Option<String>,
}

/// A string or a list, as Alembic's files have it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

/// A command line and what Alembic did.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) argv: Vec<String>,
    pub(super) rc: i32,
    pub(super) stdout: String,
    /// The `Running …` lines, without that word.
    pub(super) steps: Vec<String>,
    /// Rows of the version table; `None` where there is no table.
    pub(super) versions: Option<Vec<String>>,
    /// What depends on Python's hash seed.
    #[serde(default)]
    pub(super) unstable: Vec<String>,
    #[serde(default)]
    pub(super) alembic_traceback: bool,
}

impl Step {
    pub(super) fn is_unstable(&self, field: &str) -> bool {
        self.unstable.iter().any(|unstable| unstable == field)
    }
}

/// Every case of the file.
pub(super) fn cases() -> Vec<Case> {
    include_str!("alembic_cases.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

impl Case {
    /// The case as a project of native files, in the same load order and at the same paths but
    /// for the ending.
    pub(super) fn project(&self) -> TestEnvironment {
        let config = "[scripts]\nversion_locations = [\"m/versions\"]\n\
                      transaction_mode = \"alembic\"\n\
                      [databases.app]\nurl = \"sqlite:app.db\"\n";
        self.revisions
            .iter()
            .fold(project().config(config), |project, revision| {
                project.file(format!("m/versions/{}", revision.file_name()), revision.text())
            })
            .build()
    }
}

impl Declared {
    fn file_name(&self) -> String {
        let file = self.file.clone().unwrap_or_else(|| format!("{}_x.py", self.id));
        file.replace(".py", ".sql")
    }

    /// Scripts that do nothing: only the bookkeeping is compared.
    fn text(&self) -> String {
        let names = |names: &Option<Names>| match names {
            None => Value::Array(Vec::new()),
            Some(Names::One(name)) => Value::from(name.as_str()),
            Some(Names::Several(names)) => Value::from(names.clone()),
        };
        let list = |value: Value| match value {
            Value::Array(_) => value,
            one => Value::Array(vec![one]),
        };
        format!(
            "/*---\nmessage = {}\nrevision = {}\ndown_revision = {}\nbranch_labels = {}\n\
             depends_on = {}\ncreate_date = 2026-01-02T03:04:05Z\n---*/\n\n\
             --- upgrade\n\n--- downgrade\n",
            Value::from(format!("rev {}", self.id)),
            Value::from(self.id.as_str()),
            names(&self.down),
            list(names(&self.labels)),
            list(names(&self.deps)),
        )
    }
}
