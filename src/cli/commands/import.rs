//! `limbeck import`.

use crate::cli::arguments::Globals;
use crate::cli::run_arguments::RunArguments;
use crate::cli::runs;
use crate::diesel_interop::stamp_targets;
use crate::exec::Request;
use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

use super::import_django;
use super::import_django::DjangoArguments;

/// Take over the history of another tool
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportArguments {
    #[command(subcommand)]
    from: Tool,
}

/// Tools whose history can be taken over.
#[derive(Debug, clap::Subcommand)]
enum Tool {
    /// Take over what Diesel's __diesel_schema_migrations says is applied
    Diesel(DieselArguments),
    Django(DjangoArguments),
}

/// Options of `import diesel`.
#[derive(Debug, clap::Args)]
struct DieselArguments {
    #[command(flatten)]
    run: RunArguments,
}

pub(super) fn run(
    globals: Globals,
    arguments: &ImportArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    match &arguments.from {
        Tool::Diesel(arguments) => {
            diesel(&Context::load_to_write(globals, output)?, arguments, output)
        }
        Tool::Django(arguments) => import_django::run(globals, arguments, output),
    }
}

fn diesel(
    context: &Context,
    arguments: &DieselArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
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
