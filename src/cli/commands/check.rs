//! `alembic check`, which needs what this version has not.

use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;

/// Compare the models with the database
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CheckArguments {}

/// Says so, in the way in which scripts that stand on Alembic expect a refusal.
pub(super) fn run() -> Result<ExitCode, CliError> {
    Err(CliError::NoAutogenerate { what: "check" })
}
