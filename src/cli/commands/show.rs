//! `limbeck show`.

use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::target::Resolver;
use crate::target::Target;
use crate::ui::Entry;
use crate::ui::Output;
use crate::ui::RevisionJson;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::missing_file;

use super::show_applied;
use super::show_sql;

/// Show the revisions that a target names
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArguments {
    /// Revision target; may be 'heads' or 'current'
    #[arg(allow_negative_numbers = true)]
    revision: String,
    /// Show the scripts: both directions, every dialect
    #[arg(long)]
    sql: bool,
    /// Show for each database whether they are applied: when, by whom, with which text, and
    /// whether the file was edited since
    #[arg(long)]
    applied: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &ShowArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let graph = context.listed_graph()?;
    let nodes = nodes(context, graph, &arguments.revision.parse()?, output)?;
    if arguments.applied {
        return show_applied::show(context, graph, &nodes, arguments.sql, output);
    }
    if arguments.sql {
        return show_sql::show(context, graph, &nodes, output);
    }
    list(context, output, graph, &nodes, None, |entry| entry.long())
}

/// The revisions that `target` names; `current` stands for the rows of the databases.
pub(super) fn nodes(
    context: &Context,
    graph: &RevisionGraph,
    target: &Target,
    output: &mut Output<'_>,
) -> Result<Vec<Node>, CliError> {
    let resolver = Resolver::new(graph);
    if !target.is_current() {
        return resolver
            .revisions(target)
            .map_err(|error| context.not_routed_or(std::slice::from_ref(target), error.into()));
    }
    Ok(applied_rows(context, graph, Unknown::Refused, output)?.iter().collect())
}

/// What becomes of a row that no file declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It is an error.
    Refused,
    /// It is left out: where rows are only marked.
    LeftOut,
}

/// The rows of every database of this invocation, as revisions of `graph`.
pub(super) fn applied_rows(
    context: &Context,
    graph: &RevisionGraph,
    unknown: Unknown,
    output: &mut Output<'_>,
) -> Result<NodeSet, CliError> {
    let mut rows = graph.no_nodes();
    for site in context.sites()? {
        let heads = site.heads()?;
        site.announce(output);
        let known = match unknown {
            Unknown::Refused => context
                .rows(graph, site.name(), &heads)
                .map_err(|error| missing_file::explained(context, &site, error))?,
            Unknown::LeftOut => heads.iter().filter_map(|id| graph.find(id)).collect(),
        };
        for row in known {
            rows.insert(row);
        }
    }
    Ok(rows)
}

/// Prints `nodes`, or their JSON; `current` are those to be marked as applied.
pub(super) fn list(
    context: &Context,
    output: &mut Output<'_>,
    graph: &RevisionGraph,
    nodes: &[Node],
    current: Option<&NodeSet>,
    form: impl Fn(Entry<'_>) -> String,
) -> Result<ExitCode, CliError> {
    if context.globals.json {
        let revisions: Vec<_> = nodes
            .iter()
            .map(|node| {
                let json = RevisionJson::new(graph, *node);
                match current {
                    Some(current) => json.current(current.contains(*node)),
                    None => json,
                }
            })
            .collect();
        output.json(&revisions)?;
        return Ok(ExitCode::Done);
    }
    for node in nodes {
        let is_current = current.is_some_and(|current| current.contains(*node));
        output.data(form(Entry::new(graph, *node).current(is_current)))?;
    }
    Ok(ExitCode::Done)
}
