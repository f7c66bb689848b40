//! `limbeck journal`: what was done to the databases, and what people have to say about it.

mod accept;
mod list;
mod resolve;
mod start_over;
mod unseen;

use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Show what was done to the databases: when, by whom, from which file
///
/// Each database keeps its own journal. Nothing is written to it here; `journal accept` and
/// `journal resolve` add entries.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli) struct JournalArguments {
    #[command(subcommand)]
    command: Option<JournalCommand>,
    #[command(flatten)]
    list: list::ListArguments,
}

#[derive(Debug, clap::Subcommand)]
enum JournalCommand {
    /// Show what was done to the databases (the same as `journal` alone)
    List(list::ListArguments),
    Accept(accept::AcceptArguments),
    Resolve(resolve::ResolveArguments),
}

impl JournalArguments {
    /// Whether entries are added.
    pub(super) fn writes(&self) -> bool {
        match self.command {
            None | Some(JournalCommand::List(_)) => false,
            Some(JournalCommand::Accept(_) | JournalCommand::Resolve(_)) => true,
        }
    }
}

pub(super) fn run(
    context: &Context,
    arguments: &JournalArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    match &arguments.command {
        None => list::run(context, &arguments.list, output),
        Some(JournalCommand::List(list)) => list::run(context, list, output),
        Some(JournalCommand::Accept(accept)) => accept::run(context, accept, output),
        Some(JournalCommand::Resolve(resolve)) => resolve::run(context, resolve, output),
    }
}
