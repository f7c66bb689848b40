//! `limbeck ensure_version`.

use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::offline;
use crate::cli::offline::OfflineArguments;

/// Create the version table where it is missing
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EnsureVersionArguments {
    #[command(flatten)]
    offline: OfflineArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &EnsureVersionArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    if arguments.offline.sql {
        offline::print_version_table(context, "ensure_version --sql", output)?;
        return Ok(ExitCode::Done);
    }
    let sites = context.sites()?;
    let mut errors = Vec::new();
    let mut done = Vec::new();
    for site in &sites {
        match site.with_session(|database| database.ensure_version_table()) {
            Ok(()) => {
                site.announce(output);
                done.push(serde_json::json!({
                    "database": site.name(),
                    "version_table": site.settings.tables.clone()?.version.to_string(),
                }));
            }
            Err(error) => errors.push(error),
        }
    }
    if context.globals.json {
        output.json(&done)?;
    }
    CliError::of_sites(errors, sites.len())?;
    Ok(ExitCode::Done)
}
