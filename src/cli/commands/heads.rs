//! `limbeck heads`.

use crate::graph::Edges;
use crate::ui::Entry;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::show::list;

/// Show current available heads in the script directory
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct HeadsArguments {
    /// Use more verbose output
    #[arg(short, long)]
    verbose: bool,
    /// Treat dependency versions as down revisions
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
    list(context, output, &graph, &graph.heads(edges), None, form)
}
