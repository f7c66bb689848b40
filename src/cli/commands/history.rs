//! `limbeck history`.

use crate::graph::Heads;
use crate::plan;
use crate::target::Target;
use crate::target::TargetRange;
use crate::ui::Entry;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::show::Unknown;
use super::show::applied_rows;
use super::show::list;

/// List revisions, newest first
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct HistoryArguments {
    /// List this range only: [start]:[end], such as 'base:current' or '-3:'
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    rev_range: Option<String>,
    /// Show everything about each revision
    #[arg(short, long)]
    verbose: bool,
    /// Mark what the databases are at
    #[arg(short, long)]
    indicate_current: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &HistoryArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let graph = context.listed_graph()?;
    let range = match &arguments.rev_range {
        Some(text) => text.parse()?,
        None => TargetRange { start: None, end: None },
    };
    let names_current =
        [&range.start, &range.end].into_iter().flatten().any(|target| target.is_current());
    let current = if names_current || arguments.indicate_current {
        let unknown = if names_current { Unknown::Refused } else { Unknown::LeftOut };
        Some(applied_rows(context, graph, unknown, output)?)
    } else {
        None
    };
    let heads: Heads =
        current.iter().flat_map(|rows| rows.iter()).map(|row| graph.id(row).clone()).collect();
    let nodes = plan::history(graph, &heads, &range).map_err(|error| {
        let targets: Vec<Target> = range.start.iter().chain(&range.end).cloned().collect();
        context.not_routed_or(&targets, error.into())
    })?;
    let marked = current.as_ref().filter(|_| arguments.indicate_current);
    let form = |entry: Entry<'_>| if arguments.verbose { entry.long() } else { entry.as_history() };
    list(context, output, graph, &nodes, marked, form)
}
