//! The judgement on one database.

use chrono::DateTime;
use chrono::Utc;
use serde::Serialize;

use crate::cli::exit_code::ExitCode;
use crate::cli::times;
use crate::db::Blocker;
use crate::db::DatabaseError;
use crate::graph::Edges;
use crate::graph::RevisionGraph;

use super::problem::Problem;
use super::problem::ProblemSet;

/// How a database stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::cli) enum SiteState {
    /// Everything is applied.
    Ok,
    /// Revisions are to be applied.
    Pending,
    /// A step failed, or is half done.
    Failed,
    /// The file of an applied revision has been changed.
    Edited,
    /// A version row that no file declares, or rows of which one follows another.
    Ahead,
    /// Nothing is applied yet, and something is to be.
    Empty,
    /// The database does not exist.
    Missing,
    /// The configuration does not say where it is.
    Unconfigured,
    /// It cannot be looked at.
    Unreachable,
    /// It can be looked at, but what should be applied there is not known.
    Unknown,
    /// A run is at work, or somebody else keeps readers out.
    Locked,
}

impl SiteState {
    /// Its word.
    pub(in crate::cli) fn word(self) -> &'static str {
        match self {
            SiteState::Ok => "ok",
            SiteState::Pending => "pending",
            SiteState::Failed => "failed",
            SiteState::Edited => "edited",
            SiteState::Ahead => "ahead",
            SiteState::Empty => "empty",
            SiteState::Missing => "missing",
            SiteState::Unconfigured => "unconfigured",
            SiteState::Unreachable => "unreachable",
            SiteState::Unknown => "unknown",
            SiteState::Locked => "locked",
        }
    }
}

/// How a database is.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct SiteHealth {
    #[serde(rename = "database")]
    pub(in crate::cli) name: String,
    /// The tenant, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) tenant: Option<String>,
    /// Without its password; unknown where the configuration does not say it.
    pub(in crate::cli) url: Option<String>,
    pub(in crate::cli) state: SiteState,
    /// What is wrong, the gravest first.
    pub(in crate::cli) problems: Vec<Problem>,
    /// How long looking took.
    pub(in crate::cli) seconds: f64,
    pub(in crate::cli) server: Option<String>,
    /// The version rows.
    pub(in crate::cli) current: Vec<String>,
    /// What they are when everything is applied.
    pub(in crate::cli) heads: Vec<String>,
    pub(in crate::cli) is_at_heads: bool,
    /// How many revisions are applied; unknown where a row is unknown.
    pub(in crate::cli) applied: Option<usize>,
    /// How many there are for this database; unknown where the files cannot be read.
    pub(in crate::cli) total: Option<usize>,
    pub(in crate::cli) pending: Vec<PendingRevision>,
    pub(in crate::cli) failed: Vec<FailedStep>,
    pub(in crate::cli) edited: Vec<EditedFile>,
    pub(in crate::cli) ahead: Vec<UnknownRow>,
    pub(in crate::cli) tables: Option<TableCount>,
    pub(in crate::cli) long_locks: Vec<Blocker>,
    /// Who is at work with limbeck.
    pub(in crate::cli) lock_holder: Option<String>,
    pub(in crate::cli) last_run: Option<LastRun>,
    pub(in crate::cli) checks: Vec<Check>,
    /// Why it could not be looked at.
    #[serde(skip)]
    pub(in crate::cli) error: Option<DatabaseError>,
    /// Why an upgrade would refuse the version rows, though files declare all of them.
    #[serde(skip)]
    pub(in crate::cli) refusal: Option<String>,
    /// The ids of the applied revisions.
    #[serde(skip)]
    pub(in crate::cli) applied_ids: Vec<String>,
}

impl SiteHealth {
    /// A database of which nothing has been seen yet, and that takes `graph`, where that is known.
    pub(super) fn unseen(name: &str, graph: Option<&RevisionGraph>) -> Self {
        let heads = graph.map(|graph| (graph, graph.heads(Edges::Versioned)));
        let ids = heads.map(|(graph, heads)| {
            heads.iter().map(|node| graph.id(*node).to_string()).collect::<Vec<_>>()
        });
        SiteHealth {
            name: name.to_owned(),
            tenant: None,
            url: None,
            state: SiteState::Unreachable,
            problems: Vec::new(),
            seconds: 0.0,
            server: None,
            current: Vec::new(),
            heads: ids.unwrap_or_default(),
            is_at_heads: false,
            applied: None,
            total: graph.map(RevisionGraph::len),
            pending: Vec::new(),
            failed: Vec::new(),
            edited: Vec::new(),
            ahead: Vec::new(),
            tables: None,
            long_locks: Vec::new(),
            lock_holder: None,
            last_run: None,
            checks: Vec::new(),
            error: None,
            refusal: None,
            applied_ids: Vec::new(),
        }
    }

    /// Whether it could be looked at.
    pub(in crate::cli) fn is_seen(&self) -> bool {
        self.error.is_none() && self.state != SiteState::Unconfigured
    }

    /// Whether what was seen could be held against the files.
    pub(in crate::cli) fn is_judged(&self) -> bool {
        self.is_seen() && self.total.is_some()
    }

    /// Sums up what its checks have found.
    pub(super) fn collect_problems(&mut self) {
        self.problems = self.checks.iter().filter_map(|check| check.problem).collect();
        self.problems.sort_unstable();
        self.problems.dedup();
    }

    /// The gravest of the problems that count.
    pub(in crate::cli) fn gravest(&self, counting: &ProblemSet) -> Option<Problem> {
        self.problems.iter().copied().filter(|problem| counting.has(*problem)).min()
    }

    /// The exit status that this database alone would give.
    pub(in crate::cli) fn exit_code(&self, counting: &ProblemSet) -> ExitCode {
        self.gravest(counting).map_or(ExitCode::Done, Problem::exit_code)
    }
}

/// A revision that is to be applied.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct PendingRevision {
    pub(in crate::cli) revision: String,
    pub(in crate::cli) message: String,
}

/// A step that failed, or stopped half-way.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct FailedStep {
    pub(in crate::cli) revision: String,
    /// Whether a file of this database declares the revision.
    pub(in crate::cli) is_declared: bool,
    pub(in crate::cli) direction: String,
    /// Statement n of m, for a revision outside a transaction.
    pub(in crate::cli) statement: Option<(u32, u32)>,
    /// Its outcome is not known.
    pub(in crate::cli) is_in_doubt: bool,
    /// Only a person can tell it.
    #[serde(skip)]
    pub(in crate::cli) needs_verdict: bool,
    pub(in crate::cli) error: Option<String>,
    #[serde(serialize_with = "times::serialize_optional")]
    pub(in crate::cli) at: Option<DateTime<Utc>>,
    pub(in crate::cli) by: String,
}

/// An applied revision whose file says something else than what was applied.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct EditedFile {
    /// That it was not edited, but never ran; then the rest is about the revision above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) never_ran: Option<String>,
    pub(in crate::cli) revision: String,
    pub(in crate::cli) path: String,
    /// When the text was applied, or accepted.
    #[serde(serialize_with = "times::serialize")]
    pub(in crate::cli) applied_at: DateTime<Utc>,
    pub(in crate::cli) applied_digest: String,
    /// The digest of the text in the file; `None` where the file has no such text any more.
    pub(in crate::cli) file_digest: Option<String>,
}

/// A version row that no file of this database declares.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct UnknownRow {
    pub(in crate::cli) revision: String,
    /// Whether a file declares it that this database does not take.
    pub(in crate::cli) is_of_another_branch: bool,
    /// The databases that this file names, where it names some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) databases: Vec<String>,
    /// When and by whom it was applied, as the journal has it.
    #[serde(serialize_with = "times::serialize_optional")]
    pub(in crate::cli) since: Option<DateTime<Utc>>,
    pub(in crate::cli) by: Option<String>,
}

/// The tables that there are, and those that there should be.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct TableCount {
    pub(in crate::cli) count: usize,
    pub(in crate::cli) expected: Option<u32>,
    /// Critical tables that are not there.
    pub(in crate::cli) missing: Vec<String>,
}

/// The last run that wrote to the journal.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct LastRun {
    pub(in crate::cli) run: String,
    pub(in crate::cli) direction: String,
    #[serde(serialize_with = "times::serialize_optional")]
    pub(in crate::cli) began: Option<DateTime<Utc>>,
    #[serde(serialize_with = "times::serialize_optional")]
    pub(in crate::cli) ended: Option<DateTime<Utc>>,
    pub(in crate::cli) seconds: Option<f64>,
    pub(in crate::cli) by: String,
    pub(in crate::cli) failed: bool,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct Check {
    pub(in crate::cli) check: &'static str,
    pub(in crate::cli) problem: Option<Problem>,
    pub(in crate::cli) message: String,
    /// The command that would help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) hint: Option<String>,
}
