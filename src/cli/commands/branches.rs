//! `limbeck branches`.

use crate::graph::Edges;
use crate::graph::Heads;
use crate::plan;
use crate::target::TargetRange;
use crate::ui::Entry;
use crate::ui::Output;
use crate::ui::RevisionJson;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Show the branch points of the revision files
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct BranchesArguments {
    /// Show everything about each revision
    #[arg(short, long)]
    verbose: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &BranchesArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let graph = context.listed_graph()?;
    let all = plan::history(graph, &Heads::none(), &TargetRange { start: None, end: None })?;
    let points: Vec<_> =
        all.into_iter().filter(|node| graph.is_branch_point(*node, Edges::Versioned)).collect();
    if context.globals.json {
        let points: Vec<_> = points.iter().map(|node| RevisionJson::new(graph, *node)).collect();
        output.json(&points)?;
        return Ok(ExitCode::Done);
    }
    for node in points {
        let entry = Entry::new(graph, node);
        output.data(if arguments.verbose { entry.long() } else { entry.as_branch() })?;
        let indent = " ".repeat(graph.id(node).as_str().chars().count());
        for child in graph.children(node, Edges::Versioned) {
            let mut line = Entry::new(graph, child).as_branch();
            if arguments.verbose {
                line = format!("{line}, {}", graph.revision(child).doc());
            }
            output.data(format_args!("{indent} -> {line}"))?;
        }
        output.data("")?;
    }
    Ok(ExitCode::Done)
}
