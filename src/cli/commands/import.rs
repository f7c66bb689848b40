//! `limbeck import`.

use crate::cli::run_arguments::RunArguments;
use crate::cli::runs;
use crate::diesel_interop::stamp_targets;
use crate::exec::Request;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Take over the history that another tool keeps in the database
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportArguments {
    /// The tool
    #[arg(value_enum)]
    from: Tool,
    #[command(flatten)]
    run: RunArguments,
}

/// Tools whose history can be taken over.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Tool {
    /// Diesel's __diesel_schema_migrations
    Diesel,
}

pub(super) fn run(
    context: &Context,
    arguments: &ImportArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let Tool::Diesel = arguments.from;
    let site = context.only_site(context.routes()?, "import")?;
    // Only read: a database that is not there must not be made, and then found empty.
    let mut database = site.connect(true)?;
    let heads = site.certain_rows(database.as_mut())?;
    let targets = stamp_targets(database.as_mut(), site.graph, &heads)
        .map_err(|error| site.adoption_error(error))?;
    drop(database);
    runs::run(context, &[site], &arguments.run, &Request::TakeOver(targets), output)?;
    Ok(ExitCode::Done)
}
