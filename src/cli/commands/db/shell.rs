//! `limbeck db shell`.

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use limbeck_schema::Dialect;

use crate::cli::clients::Client;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::db;
use crate::ui::Output;

/// How long a look at a file may take.
const LOOK: Duration = Duration::from_secs(10);

/// Open the database in psql, mariadb (or mysql) or sqlite3
///
/// The password goes through the environment, never through the arguments. The program takes
/// limbeck's place, and its exit status is that of the command.
#[derive(Debug, clap::Args)]
pub(super) struct ShellArguments {
    /// Further arguments of the program, behind `--`
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

pub(super) fn run(
    context: &Context,
    arguments: &ShellArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let site = super::only_site(context, "db shell")?;
    if site.url.dialect() == Dialect::Sqlite {
        // sqlite3 would make a file that is not there.
        db::inspect(&site.url, &site.options(true)?, LOOK).map_err(|error| site.error(error))?;
    }
    let mut command = Client::shell(site.url.dialect()).connected_to(&site.url)?;
    if let (Dialect::Mysql, Some(name)) = (site.url.dialect(), site.url.database()) {
        command.arg(format!("--database={name}"));
    }
    command.args(&arguments.arguments);
    output.flush()?;
    take_over(command)
}

/// Becomes the program.
#[cfg(unix)]
fn take_over(mut command: Command) -> Result<ExitCode, CliError> {
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    Err(DbError::Program { program: command.get_program().into(), error }.into())
}

/// Runs the program to its end.
#[cfg(not(unix))]
fn take_over(mut command: Command) -> Result<ExitCode, CliError> {
    match command.status() {
        Ok(status) if status.success() => Ok(ExitCode::Done),
        Ok(_) => Ok(ExitCode::Failed),
        Err(error) => Err(DbError::Program { program: command.get_program().into(), error }.into()),
    }
}
