//! `limbeck route explain`.

use std::path::Path;
use std::path::PathBuf;

use serde::Serialize;

use crate::env::Rule;
use crate::env::Verdict;
use crate::env::line_of_branches;
use crate::graph::BranchLabel;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::RevisionId;
use crate::plan;
use crate::plan::Need;
use crate::script::line_of_key;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetRange;
use crate::ui::Entry;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::short;
use crate::cli::routing::Route;

/// Show which revision runs on which database
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum RouteCommand {
    Explain(ExplainArguments),
}

/// Say for each database whether a revision runs there, and which rule decided
///
/// Without a revision, all of them are listed, newest first. No database is opened.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ExplainArguments {
    /// Revision target, such as an id, a label or 'timescale@head'
    #[arg(allow_negative_numbers = true)]
    revision: Option<String>,
}

pub(super) fn run(
    context: &Context,
    command: &RouteCommand,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let RouteCommand::Explain(arguments) = command;
    let graph = context.revisions.graph();
    let nodes = match &arguments.revision {
        Some(text) => Resolver::new(graph).revisions(&text.parse::<Target>()?)?,
        None => plan::history(graph, &Heads::none(), &TargetRange { start: None, end: None })?,
    };
    let routes = context.routes()?;
    let explained = nodes
        .iter()
        .map(|node| Explained::new(context, &routes, *node))
        .collect::<Result<Vec<_>, _>>()?;
    if context.globals.json {
        output.json(&explained)?;
    } else if arguments.revision.is_some() {
        for (node, explained) in nodes.iter().zip(&explained) {
            output.data(Entry::new(graph, *node).as_history())?;
            explained.tell(output)?;
        }
    } else {
        table(&routes, &explained, output)?;
    }
    Ok(ExitCode::Done)
}

/// A revision with all that decides where it runs.
#[derive(Debug, Serialize)]
struct Explained<'a> {
    revision: &'a RevisionId,
    branch_labels: &'a [BranchLabel],
    path: &'a Path,
    databases: Vec<Decision>,
    needs: Vec<Needed<'a>>,
}

/// What was decided for one database.
#[derive(Debug, Serialize)]
struct Decision {
    database: String,
    runs: bool,
    /// One word for the rule.
    rule: &'static str,
    /// The rule in words.
    why: String,
    place: Option<Place>,
}

/// Where a rule stands.
#[derive(Debug, Serialize)]
struct Place {
    path: PathBuf,
    line: Option<usize>,
}

/// What a revision depends on in another database.
#[derive(Debug, Serialize)]
struct Needed<'a> {
    /// The database that needs it.
    database: String,
    revision: &'a RevisionId,
    /// Where it must have been applied.
    databases: &'a [String],
}

impl<'a> Explained<'a> {
    fn new(context: &'a Context, routes: &[Route<'a>], node: Node) -> Result<Self, CliError> {
        let graph = context.revisions.graph();
        let id = graph.id(node);
        let mut databases = Vec::new();
        let mut needs = Vec::new();
        for route in routes {
            let verdict = match context.globals.ignore_routes {
                true => None,
                false => context.routing()?.verdict(graph, node, route.name())?,
            };
            let verdict = verdict.unwrap_or(Verdict { runs: true, rule: Rule::EveryBranch });
            databases.push(decision(context, node, route.name(), &verdict));
            let own = route.needs.iter().filter(|need| need.revision == *id);
            needs.extend(own.map(|Need { needed, databases, .. }| Needed {
                database: route.name().to_owned(),
                revision: needed,
                databases,
            }));
        }
        Ok(Explained {
            revision: id,
            branch_labels: graph.labels_of(node),
            path: &graph.revision(node).path,
            databases,
            needs,
        })
    }

    /// The lines below the revision itself.
    fn tell(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        let width = self.databases.iter().map(|d| d.database.chars().count()).max().unwrap_or(0);
        for decision in &self.databases {
            let Decision { database, runs, why, place, .. } = decision;
            let word = if *runs { "runs      " } else { "not routed" };
            let place = match place {
                None => String::new(),
                Some(Place { path, line: None }) => format!(" ({})", short(path)),
                Some(Place { path, line: Some(line) }) => format!(" ({}:{line})", short(path)),
            };
            output.data(format_args!("  {database:width$}  {word}  {why}{place}"))?;
        }
        for need in &self.needs {
            output.data(format_args!("  {need}"))?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Needed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Needed { database, revision, databases } = self;
        write!(f, "on {database} it needs {revision} on {}", databases.join(", "))
    }
}

/// What `verdict` says for `database`, in words, with its place.
fn decision(context: &Context, node: Node, database: &str, verdict: &Verdict) -> Decision {
    let graph = context.revisions.graph();
    let file = |node: Node, key: &str| {
        let path = graph.revision(node).path.clone();
        let text = std::fs::read_to_string(&path).ok();
        let line = text.and_then(|text| line_of_key(&text, key));
        Some(Place { path, line })
    };
    let configuration = || {
        // The last file is the limbeck.toml, where there is one.
        context.project.files.iter().rev().find_map(|path| {
            let text = std::fs::read_to_string(path).ok()?;
            let line = line_of_branches(&text, database)?;
            Some(Place { path: path.clone(), line: Some(line) })
        })
    };
    let named = |text: String| match context.revisions.find(graph.id(node)) {
        Some(file) if !file.options.databases.is_empty() => {
            format!("{text}, and `databases` names it")
        }
        _ => text,
    };
    let (rule, why, place) = match &verdict.rule {
        Rule::EveryBranch => {
            ("every_branch", named("it has no `branches`: it takes every branch".to_owned()), None)
        }
        Rule::Branch { label } => {
            ("branch", named(format!("`branches` takes '{label}'")), configuration())
        }
        Rule::Followed { by, label } => {
            let why = format!("{by} of branch '{label}', which `branches` takes, follows it");
            ("followed", named(why), configuration())
        }
        Rule::ComesAlong => (
            "comes_along",
            "it is on no branch, and a revision of the database depends on it".to_owned(),
            None,
        ),
        Rule::Narrowed { databases } => {
            let why = format!("`databases` names only {}", databases.join(", "));
            ("narrowed", why, file(node, "databases"))
        }
        Rule::OtherBranch { labels } if labels.is_empty() => (
            "other_branch",
            "it is on no branch, and no revision of the database follows it".to_owned(),
            configuration(),
        ),
        Rule::OtherBranch { labels } => {
            let labels: Vec<String> = labels.iter().map(|label| format!("'{label}'")).collect();
            let why = format!("`branches` does not take {}", labels.join(" or "));
            ("other_branch", why, configuration())
        }
    };
    Decision { database: database.to_owned(), runs: verdict.runs, rule, why, place }
}

/// Revisions against databases.
fn table(
    routes: &[Route<'_>],
    explained: &[Explained<'_>],
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let ids = explained.iter().map(|row| row.revision.as_str().chars().count());
    let width = ids.max().unwrap_or(0).max("revision".len());
    let cell = |name: &str| name.chars().count().max("runs".len());
    let mut header = format!("{:width$}", "revision");
    for route in routes {
        header.push_str(&format!("  {:1$}", route.name(), cell(route.name())));
    }
    output.data(format_args!("{header}  branch"))?;
    for row in explained {
        let mut line = format!("{:width$}", row.revision);
        for decision in &row.databases {
            let word = if decision.runs { "runs" } else { "-" };
            line.push_str(&format!("  {word:0$}", cell(&decision.database)));
        }
        let labels: Vec<&str> = row.branch_labels.iter().map(AsRef::as_ref).collect();
        output.data(format!("{line}  {}", labels.join(", ")).trim_end())?;
    }
    for row in explained {
        for need in &row.needs {
            output.data(format_args!("{}: {need}", row.revision))?;
        }
    }
    Ok(())
}
