//! `limbeck wait`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::health::Patience;
use crate::cli::health::await_ready;
use crate::cli::manner::Manner;
use crate::ui::Output;

/// Wait until every database exists and accepts connections
///
/// Says on standard error which one it waits for, and why. A user or password that the server
/// refuses ends the waiting for that database at once. A SQLite file needs no waiting.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct WaitArguments {
    /// How long to wait, such as 500ms, 60s or 2m; a bare number is seconds
    #[arg(long, value_name = "TIME", default_value = "60s")]
    timeout: Patience,
    /// Go on also when the server refuses the user or the password: it may still be setting up
    #[arg(long)]
    keep_trying: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &WaitArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = context.sites()?;
    let errors = await_ready(&sites, &arguments.timeout, arguments.keep_trying, output)?;
    let code = if errors.is_empty() { ExitCode::Done } else { ExitCode::Unreachable };
    if context.globals.json {
        let databases: Vec<_> = sites
            .iter()
            .map(|site| {
                let is_ready = errors.iter().all(|error| error.database() != Some(site.name()));
                serde_json::json!({ "database": site.name(), "ready": is_ready })
            })
            .collect();
        output.json(&serde_json::json!({
            "ready": errors.is_empty(),
            "exit_code": code as u8,
            "databases": databases,
            "errors": errors.iter().map(failure::as_json).collect::<Vec<_>>(),
        }))?;
    }
    for error in &errors {
        failure::show(error, Manner::default(), output);
    }
    Ok(code)
}
