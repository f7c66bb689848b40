//! `limbeck config`: what the configuration comes to.

use crate::cli::arguments::Globals;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::ui::Output;

use super::config_check;
use super::config_show;

/// Say what the configuration comes to, and what is wrong with it
///
/// `check` looks at everything and opens no database: variables without a value, files of secrets
/// that cannot be read, ports, branches that nobody has, and the revisions. It tells all that is
/// wrong, a line each, and ends with 78; with 0 when nothing is. `show` lists every value with
/// where it is from, also while some are missing. Neither shows a secret.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ConfigArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Tell everything that is wrong, without opening a database
    Check,
    /// List every value with where it is from
    Show,
}

pub(super) fn run(
    globals: Globals,
    arguments: &ConfigArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    match arguments.action {
        Action::Check => config_check::run(globals, output),
        Action::Show => config_show::run(&globals, output),
    }
}
