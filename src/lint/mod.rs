//! Findings in revision files and routes that no run would tell, or not before it is too late.
//!
//! A rule is a name, a level and a function, in a file of its own; [`RULES`] lists them. Nothing
//! here opens a database or knows of a command line.

mod across;
mod also_runs;
mod branch_nowhere;
mod downgrade;
mod fall_through;
mod fork;
mod many_statements;
mod revision_nowhere;
mod subject;

use std::path::PathBuf;

use serde::Serialize;

use crate::graph::RevisionId;

pub use subject::LintDatabase;
pub use subject::LintOptions;
pub use subject::Subject;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something will go wrong.
    Error,
    /// Something may be missing.
    Warning,
    /// Good to know.
    Info,
}

impl Level {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
        }
    }
}

/// One thing that a rule has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The revision it is about.
    pub revision: Option<RevisionId>,
    /// The database it is about, where it is about one.
    pub database: Option<String>,
    /// The files, the most telling one first.
    pub paths: Vec<PathBuf>,
    /// The line in the first of them.
    pub line: Option<usize>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// How bad its findings are.
    pub level: Level,
    /// What it looks for.
    pub summary: &'static str,
    check: fn(&Subject<'_>, &mut Findings),
}

/// Every rule, in the order of their findings.
pub const RULES: [Rule; 8] = [
    branch_nowhere::RULE,
    revision_nowhere::RULE,
    fork::RULE,
    across::RULE,
    also_runs::RULE,
    downgrade::RULE,
    many_statements::RULE,
    fall_through::RULE,
];

/// What a rule reports into: its name and level are added.
#[derive(Debug)]
struct Findings {
    rule: &'static str,
    level: Level,
    found: Vec<Finding>,
}

impl Findings {
    /// Reports something. The rest of the finding is filled in through the result.
    fn report(&mut self, message: impl Into<String>) -> &mut Finding {
        let finding = Finding {
            rule: self.rule,
            level: self.level,
            message: message.into(),
            revision: None,
            database: None,
            paths: Vec::new(),
            line: None,
            hint: None,
        };
        // What is pushed is there.
        let last = self.found.len();
        self.found.push(finding);
        &mut self.found[last]
    }
}

/// Everything that the rules find in `subject`: worst first, else in the order of the rules.
pub fn lint(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for rule in RULES {
        let mut findings = Findings { rule: rule.name, level: rule.level, found };
        (rule.check)(subject, &mut findings);
        found = findings.found;
    }
    found.sort_by_key(|finding| finding.level);
    found
}
