//! `limbeck ensure_version`.

use crate::ui::Output;

use crate::cli::context::Context;
use crate::cli::each_site::for_each;
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
    let mut done = Vec::new();
    let errors = for_each(&sites, output, |site, output| {
        site.with_session(|database| database.ensure_version_table())?;
        site.announce(output);
        done.push(serde_json::json!({
            "database": site.name(),
            "version_table": site.tables()?.version.to_string(),
        }));
        Ok(())
    })?;
    if context.globals.json {
        output.json(&errors.with_results("databases", done))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}
