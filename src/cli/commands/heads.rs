//! `limbeck heads`.

use crate::graph::Edges;
use crate::ui::Entry;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::show::list;

/// Show the heads of the revision files
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct HeadsArguments {
    /// Show everything about each revision
    #[arg(short, long)]
    verbose: bool,
    /// Leave out heads that another revision depends on
    #[arg(long)]
    resolve_dependencies: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &HeadsArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let graph = context.listed_graph()?;
    let edges = if arguments.resolve_dependencies { Edges::All } else { Edges::Versioned };
    let form = |entry: Entry<'_>| if arguments.verbose { entry.long() } else { entry.as_head() };
    list(context, output, graph, &graph.heads(edges), None, form)
}
