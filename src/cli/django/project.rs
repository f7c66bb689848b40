//! A Django project, as its own Python describes it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use serde::Deserialize;

use super::DjangoProblem;
use limbeck_schema::Dialect;

/// The program that its Python runs.
const SCRIPT: &str = include_str!("export.py");

/// How much of what a process has printed is shown when it has ended without an answer.
const LAST_LINES: usize = 12;

/// `app` and name of a migration.
pub(in crate::cli) type Key = (String, String);

/// What is asked of which project.
#[derive(Debug)]
pub(in crate::cli) struct Order {
    pub(in crate::cli) python: OsString,
    pub(in crate::cli) manage: Option<PathBuf>,
    pub(in crate::cli) settings: Option<String>,
    /// Whether the SQL is wanted, for which scratch databases are made.
    pub(in crate::cli) with_sql: bool,
}

/// The project.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct DjangoProject {
    pub(in crate::cli) django: String,
    pub(in crate::cli) databases: Vec<DjangoDatabase>,
    pub(in crate::cli) left_out: Vec<LeftOut>,
    pub(in crate::cli) tenants: Option<Tenants>,
    /// Every migration behind those that it needs.
    pub(in crate::cli) migrations: Vec<Migration>,
    pub(in crate::cli) squashed: Vec<Squashed>,
}

/// An alias of `DATABASES`.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct DjangoDatabase {
    pub(in crate::cli) alias: String,
    pub(in crate::cli) dialect: Vendor,
    pub(in crate::cli) host: String,
    pub(in crate::cli) port: String,
    pub(in crate::cli) user: String,
    pub(in crate::cli) name: String,
    pub(in crate::cli) has_password: bool,
    pub(in crate::cli) options: Vec<String>,
}

/// Django's word for a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Vendor {
    Postgresql,
    Mysql,
    Sqlite,
}

impl Vendor {
    pub(in crate::cli) fn dialect(self) -> Dialect {
        match self {
            Vendor::Postgresql => Dialect::Postgresql,
            Vendor::Mysql => Dialect::Mysql,
            Vendor::Sqlite => Dialect::Sqlite,
        }
    }
}

/// An alias that is no database of its own.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct LeftOut {
    pub(in crate::cli) alias: String,
    pub(in crate::cli) why: String,
}

/// What django-tenants is told.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Tenants {
    pub(in crate::cli) alias: String,
    pub(in crate::cli) public: String,
    pub(in crate::cli) query: String,
}

/// A migration.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Migration {
    pub(in crate::cli) app: String,
    pub(in crate::cli) name: String,
    pub(in crate::cli) file: Option<PathBuf>,
    pub(in crate::cli) down: Vec<Key>,
    pub(in crate::cli) depends_on: Vec<Key>,
    pub(in crate::cli) atomic: bool,
    /// The tables of the app behind it.
    pub(in crate::cli) tables: Vec<String>,
    /// What it does on each database and in each scope.
    pub(in crate::cli) runs: Vec<MigrationRun>,
}

/// A squashed migration.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct Squashed {
    pub(in crate::cli) migration: Key,
    pub(in crate::cli) replaces: Vec<Key>,
}

/// What a migration does in one place.
#[derive(Debug, Deserialize)]
pub(in crate::cli) struct MigrationRun {
    pub(in crate::cli) alias: String,
    pub(in crate::cli) scope: Option<Scope>,
    pub(in crate::cli) up: Vec<Item>,
    pub(in crate::cli) down: Option<Vec<Item>>,
    pub(in crate::cli) irreversible: Option<String>,
    /// Whether the router lets the app in.
    pub(in crate::cli) allowed: bool,
}

/// Which schemas of a database with tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum Scope {
    Shared,
    Tenant,
}

/// One thing that a migration does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(in crate::cli) enum Item {
    Sql {
        sql: String,
        /// The operation.
        of: Option<String>,
    },
    Python {
        python: PythonItem,
    },
}

/// An operation that is no SQL.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(in crate::cli) struct PythonItem {
    pub(in crate::cli) what: String,
    pub(in crate::cli) file: Option<String>,
    pub(in crate::cli) line: Option<u32>,
    /// The table without whose rows it does nothing.
    pub(in crate::cli) rows: Option<String>,
}

/// What the process answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Project(Box<DjangoProject>),
    Refused { message: String, details: Vec<String>, hint: Option<String> },
}

impl DjangoProject {
    /// Asks the project's Python.
    ///
    /// # Errors
    /// When it does not start, or the project does not load.
    pub(in crate::cli) fn read(order: &Order) -> Result<Self, DjangoProblem> {
        let manage =
            order.manage.as_deref().map(std::path::absolute).transpose().map_err(|error| {
                DjangoProblem::project(format!(
                    "the directory of manage.py cannot be found: {error}"
                ))
            })?;
        let text = serde_json::json!({
            "manage": manage, "settings": order.settings, "sql": order.with_sql,
        });
        let mut command = Command::new(&order.python);
        command.args(["-c", SCRIPT]).arg(text.to_string());
        if let Some(directory) = manage.as_deref().and_then(std::path::Path::parent) {
            command.current_dir(directory);
        }
        let output =
            command.env("PYTHONIOENCODING", "utf-8").stdin(Stdio::null()).output().map_err(
                |error| {
                    let program = order.python.to_string_lossy();
                    DjangoProblem::project(format!("cannot start {program}: {error}"))
                        .hint("--python PROGRAM names the project's Python")
                },
            )?;
        match serde_json::from_slice(&output.stdout) {
            Ok(Answer::Project(project)) => Ok(*project),
            Ok(Answer::Refused { message, details, hint }) => {
                let problem = DjangoProblem::project(message).details(details);
                Err(DjangoProblem { hint, ..problem })
            }
            Err(error) => {
                let printed = String::from_utf8_lossy(&output.stderr);
                let lines: Vec<String> = printed.lines().map(str::to_owned).collect();
                let last = lines.len().saturating_sub(LAST_LINES);
                let ending =
                    format!("the project's Python gave no answer ({}): {error}", output.status);
                Err(DjangoProblem::project(ending).details(lines[last..].iter().cloned()))
            }
        }
    }
}
