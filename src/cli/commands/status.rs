//! `limbeck status`.

use std::collections::BTreeSet;

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::health::Depth;
use crate::cli::health::Group;
use crate::cli::health::Lookout;
use crate::cli::health::ProblemSet;
use crate::cli::health::Roster;
use crate::cli::health::SiteHealth;
use crate::cli::health::SiteState;
use crate::cli::health::Survey;
use crate::cli::health::groups;
use crate::cli::health::survey;
use crate::cli::manner::Manner;
use crate::cli::times;
use crate::cli::unrouted::ids;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::ui::Output;
use crate::ui::Table;

/// Show how far every database is, in one table
///
/// With one database chosen, or with --verbose, its revisions follow, the newest last: [X] is
/// applied, [ ] is pending, [-] does not belong to this database.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct StatusArguments {
    /// Exit with status 2 if a revision is pending anywhere, and with another than 0 if something
    /// worse is the matter
    #[arg(long)]
    check: bool,
    /// List the revisions of every database
    #[arg(short, long)]
    verbose: bool,
    /// List only the revisions of this branch, named by its label or one of its revisions
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
}

pub(super) fn run(
    globals: Globals,
    arguments: &StatusArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let (context, flaws) = Context::load_to_look(globals, output)?;
    let roster = Roster::new(&context, flaws)?;
    let branch = match &arguments.branch {
        // Without a history there is no branch to be found, and nothing to be listed.
        Some(branch) if roster.flaws.is_empty() => Some(context.lineage_of(branch)?),
        _ => None,
    };
    let is_chosen = roster.entries.len() == 1 && !context.chosen_names()?.is_empty();
    let lists = arguments.verbose || arguments.branch.is_some() || is_chosen;
    let graphs: Vec<Option<&RevisionGraph>> =
        roster.entries.iter().map(|entry| entry.graph).collect();
    let survey = survey(&context, roster, Depth::State, &mut Lookout::default())?;
    let listings: Vec<Vec<Listed>> = graphs
        .into_iter()
        .zip(&survey.databases)
        .map(|(part, health)| match part.filter(|_| lists) {
            Some(part) => listing(context.revisions.graph(), part, health, branch.as_ref()),
            None => Vec::new(),
        })
        .collect();
    let code = match arguments.check {
        true => survey.exit_code(&ProblemSet::of_state()),
        false => survey.exit_code(&ProblemSet::unreadable()),
    };
    let unrouted = match survey.flaws.is_empty() {
        true => context.unrouted(output)?,
        false => Vec::new(),
    };
    let code = match arguments.check {
        true => context.judge_unrouted(&unrouted, code, output),
        false => code,
    };
    if context.globals.json {
        let databases: Vec<_> = survey
            .databases
            .iter()
            .zip(&listings)
            .map(|(health, listing)| ListedHealth {
                health,
                revisions: lists.then(|| listing.iter().map(Listed::json).collect()),
            })
            .collect();
        let json = serde_json::json!({
            "exit_code": code as u8,
            "databases": databases,
            "unrouted": ids(&unrouted),
            "errors": survey.errors(),
        });
        output.json(&json)?;
    } else {
        for line in table(&survey.databases).to_string().lines() {
            output.data(line)?;
        }
        if lists {
            show_listings(&survey.databases, &listings, output)?;
        }
    }
    for flaw in &survey.flaws {
        failure::show(flaw, Manner::default(), output);
    }
    for group in groups(&survey.databases) {
        tell(&survey, &group, output);
    }
    Ok(code)
}

/// The table.
fn table(databases: &[SiteHealth]) -> Table {
    let headings = ["database", "state", "current", "heads", "pending", "applied", "last run"];
    let mut table = Table::new(headings).without_rule();
    for group in groups(databases) {
        table.row(row(&group));
    }
    table
}

fn row(group: &Group<'_>) -> [String; 7] {
    let health = group.one();
    let list = |ids: &[String]| match ids.is_empty() {
        true => "-".to_owned(),
        false => ids.join(", "),
    };
    let is_seen = health.is_seen() || health.state == SiteState::Missing;
    let total = health.total.map_or("?".to_owned(), |total| total.to_string());
    let (pending, applied) = match health.applied {
        Some(applied) => (health.pending.len().to_string(), format!("{applied} of {total}")),
        // Behind a row that nobody knows, or a database that cannot be seen, anything may be.
        None => ("?".to_owned(), format!("? of {total}")),
    };
    let last_run = match &health.last_run {
        // Each has its own.
        _ if group.len() > 1 => "-".to_owned(),
        None if is_seen => "-".to_owned(),
        None => "?".to_owned(),
        Some(run) => {
            let began = run.began.map(times::in_text).unwrap_or_default();
            let took = run.seconds.map(|seconds| format!(", {seconds:.1} s")).unwrap_or_default();
            let failed = if run.failed { ", failed" } else { "" };
            format!("{} {began} by {}{took}{failed}", run.direction, run.by)
        }
    };
    [
        group.name(),
        health.state.word().to_owned(),
        if is_seen { list(&health.current) } else { "?".to_owned() },
        if health.total.is_some() { list(&health.heads) } else { "?".to_owned() },
        pending,
        applied,
        last_run,
    ]
}

/// A database with its revisions, as JSON.
#[derive(serde::Serialize)]
struct ListedHealth<'a> {
    #[serde(flatten)]
    health: &'a SiteHealth,
    #[serde(skip_serializing_if = "Option::is_none")]
    revisions: Option<Vec<serde_json::Value>>,
}

/// A revision in the listing of a database.
struct Listed {
    mark: Mark,
    revision: String,
    message: String,
    labels: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Applied,
    Pending,
    NotRouted,
    Unknown,
}

impl Listed {
    fn json(&self) -> serde_json::Value {
        let state = match self.mark {
            Mark::Applied => "applied",
            Mark::Pending => "pending",
            Mark::NotRouted => "not_routed",
            Mark::Unknown => "unknown",
        };
        serde_json::json!({
            "revision": self.revision,
            "state": state,
            "branch_labels": self.labels,
            "message": self.message,
        })
    }

    fn line(&self) -> String {
        let (mark, note) = match self.mark {
            Mark::Applied => ("[X]", ""),
            Mark::Pending => ("[ ]", ""),
            Mark::NotRouted => ("[-]", "  (not routed here)"),
            Mark::Unknown => ("[?]", ""),
        };
        let labels = match self.labels.is_empty() {
            true => String::new(),
            false => format!(" ({})", self.labels.join(", ")),
        };
        format!(" {mark} {}{labels} {}{note}", self.revision, self.message)
    }
}

/// Every revision, the newest last, as it stands for a database that takes `part`.
fn listing(
    whole: &RevisionGraph,
    part: &RevisionGraph,
    health: &SiteHealth,
    branch: Option<&NodeSet>,
) -> Vec<Listed> {
    let applied: BTreeSet<&str> = health.applied_ids.iter().map(String::as_str).collect();
    let is_known = health.applied.is_some();
    let mut selection = whole.no_nodes();
    for node in whole.nodes() {
        selection.insert(node);
    }
    let order = whole.topological_order(&selection, &whole.heads(Edges::All));
    let is_wanted = |node: &Node| branch.is_none_or(|branch| branch.contains(*node));
    order
        .into_iter()
        .rev()
        .filter(is_wanted)
        .map(|node| {
            let id = whole.id(node);
            Listed {
                mark: if part.find(id).is_none() {
                    Mark::NotRouted
                } else if applied.contains(id.as_str()) {
                    Mark::Applied
                } else if is_known {
                    Mark::Pending
                } else {
                    Mark::Unknown
                },
                revision: id.to_string(),
                message: whole.revision(node).doc().to_owned(),
                labels: whole.labels_of(node).iter().map(ToString::to_string).collect(),
            }
        })
        .collect()
}

fn show_listings(
    databases: &[SiteHealth],
    listings: &[Vec<Listed>],
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    for (health, listing) in databases.iter().zip(listings) {
        output.data(format_args!("\n[{}]", health.name))?;
        for row in &health.ahead {
            output.data(format_args!(" [X] {} (no file here declares it)", row.revision))?;
        }
        for listed in listing {
            output.data(listed.line())?;
        }
    }
    Ok(())
}

/// Says on standard error what a word in a table cannot.
fn tell(survey: &Survey, group: &Group<'_>, output: &mut Output<'_>) {
    let health = group.one();
    if !health.is_seen() {
        for failure in survey.failures.iter().filter(|f| f.database() == Some(&health.name)) {
            failure::show(failure, Manner::default(), output);
        }
        return;
    }
    for check in &health.checks {
        if check.problem.is_none() {
            continue;
        }
        output.talk(format_args!("{}: {}", group.names(), check.message));
        if let Some(hint) = &check.hint {
            match group.len() {
                1 => output.talk(format_args!("  try: {hint}")),
                _ => output.talk(format_args!("  try, for one of them: {hint}")),
            }
        }
    }
}
