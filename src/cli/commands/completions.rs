//! `limbeck completions`.

use std::io::Write;

use clap_complete::Shell;

use crate::cli::arguments;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::ui::Output;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(
    arguments: &CompletionsArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut arguments::command(), "limbeck", &mut script);
    script.flush()?;
    output.data(String::from_utf8_lossy(&script).trim_end())?;
    Ok(ExitCode::Done)
}
