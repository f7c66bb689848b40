//! `limbeck serve-health`.

use std::net::SocketAddr;

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::failure;
use crate::cli::health::Patience;
use crate::cli::health::ProblemSet;
use crate::cli::health::Roster;
use crate::cli::manner::Manner;
use crate::cli::serve_health::Checker;
use crate::cli::serve_health::serve;
use crate::ui::Output;

/// Serve health over HTTP: /livez, /readyz and /metrics for Prometheus
///
/// Runs until SIGTERM or Ctrl-C. There is no TLS and no authentication: keep it on the machine
/// itself or within a network that you trust.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ServeHealthArguments {
    /// Where to listen; with port 0 the system chooses one, which is printed
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8099")]
    listen: SocketAddr,
    /// How long what was seen is told again before the databases are looked at anew
    #[arg(long, value_name = "TIME", default_value = "5s")]
    cache: Patience,
    /// What counts as not ready, as for `limbeck health`
    #[arg(long, value_name = "WORDS")]
    fail_on: Option<ProblemSet>,
}

pub(super) fn run(
    globals: Globals,
    arguments: &ServeHealthArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    // What is wrong with the project is said now, and not only to whoever asks.
    let databases = {
        let (context, flaws) = Context::load_to_look(globals.clone(), output)?;
        let Roster { entries, flaws } = Roster::new(&context, flaws)?;
        let unfit = entries.iter().filter_map(|entry| entry.site.as_ref().err()).flatten();
        for error in flaws.iter().chain(unfit) {
            failure::show(error, Manner::default(), output);
        }
        entries.len()
    };
    if !arguments.listen.ip().is_loopback() {
        output.insist(format_args!(
            "warning: {} is open to other machines, without TLS and without authentication",
            arguments.listen
        ));
    }
    let counting = arguments.fail_on.clone().unwrap_or_default();
    let checker = Checker::new(globals, counting, arguments.cache.duration());
    serve(checker, arguments.listen, |address| {
        output.data(format_args!("listening on http://{address} for {databases} databases"))?;
        output.flush()
    })
    .map_err(|error| CliError::Listen { address: arguments.listen, error })?;
    Ok(ExitCode::Done)
}
