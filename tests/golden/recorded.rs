//! A line of `alembic_cases.jsonl`, as `README.md` in this directory describes it.

use serde::Deserialize;
use toml::Value;

use std::os::unix::fs::symlink;

use crate::support::{TestEnvironment, project};

/// What kind of project a case is run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// limbeck's own files and name.
    Native,
    /// The files that Alembic had, and limbeck under its name.
    Alembic,
}

/// As the recorded sessions had it: `-c alembic.ini` stood before every line.
const ALEMBIC_INI: &str = "\
[alembic]
script_location = %(here)s/m
sqlalchemy.url = sqlite:///app.db

[loggers]
keys = root,alembic

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console
qualname =

[logger_alembic]
level = INFO
handlers =
qualname = alembic

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
";

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
    /// The case as a project of this form.
    pub(super) fn project(&self, form: Form) -> TestEnvironment {
        match form {
            Form::Native => self.native_project(),
            Form::Alembic => self.alembic_project(),
        }
    }

    /// The case as the project that Alembic had.
    fn alembic_project(&self) -> TestEnvironment {
        let project = TestEnvironment::new();
        symlink(env!("CARGO_BIN_EXE_limbeck"), project.bin().join("alembic")).unwrap();
        project.write("alembic.ini", ALEMBIC_INI);
        std::fs::create_dir_all(project.path("m/versions")).unwrap();
        for revision in &self.revisions {
            let file = revision.alembic_file_name();
            project.write(format!("m/versions/{file}"), revision.python_text());
        }
        project
    }

    /// The case as a project of native files, in the same load order and at the same paths but
    /// for the ending.
    fn native_project(&self) -> TestEnvironment {
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
    fn alembic_file_name(&self) -> String {
        self.file.clone().unwrap_or_else(|| format!("{}_x.py", self.id))
    }

    fn file_name(&self) -> String {
        self.alembic_file_name().replace(".py", ".sql")
    }

    /// The names as they were written.
    fn python_text(&self) -> String {
        let literal = |names: &Option<Names>| match names {
            None => "None".to_owned(),
            Some(Names::One(name)) => format!("'{name}'"),
            Some(Names::Several(names)) => {
                let names: String = names.iter().map(|name| format!("'{name}', ")).collect();
                format!("({names})")
            }
        };
        format!(
            "\"\"\"rev {id}\"\"\"\nfrom alembic import op\n\n\
             revision = '{id}'\ndown_revision = {}\nbranch_labels = {}\ndepends_on = {}\n\n\n\
             def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n",
            literal(&self.down),
            literal(&self.labels),
            literal(&self.deps),
            id = self.id,
        )
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
