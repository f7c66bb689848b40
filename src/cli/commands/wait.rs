//! `limbeck wait`.

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::health::Entry;
use crate::cli::health::Patience;
use crate::cli::health::Roster;
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
    globals: Globals,
    arguments: &WaitArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let (context, mut flaws) = Context::load_to_look(globals, output)?;
    // What is in the revision files is no matter of whether databases answer.
    flaws.retain(|flaw| matches!(flaw, CliError::Config(_)));
    let Roster { entries, .. } = Roster::new(&context, Vec::new())?;
    let names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    let (mut sites, mut errors) = (Vec::new(), flaws);
    for Entry { site, .. } in entries {
        match site {
            Ok(site) => sites.push(site),
            Err(unfit) => {
                for error in &unfit {
                    output.talk(format_args!("not waiting for {}", failure::message(error)));
                }
                errors.extend(unfit);
            }
        }
    }
    let late = await_ready(&sites, &arguments.timeout, arguments.keep_trying, output)?;
    let code = match (late.is_empty(), errors.is_empty()) {
        (true, true) => ExitCode::Done,
        (true, false) => ExitCode::Configuration,
        (false, _) => ExitCode::Unreachable,
    };
    errors.extend(late);
    if context.globals.json {
        let databases: Vec<_> = names
            .iter()
            .map(|name| {
                let is_ready = errors.iter().all(|error| error.database() != Some(name));
                serde_json::json!({ "database": name, "ready": is_ready })
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
