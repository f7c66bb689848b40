//! The command line: arguments in, exit code out. Each command is one file in `commands`; what
//! its errors mean to a user is decided in one place, `failure`.

mod arguments;
mod commands;
mod context;
mod error;
mod exit_code;
mod failure;
mod offline;
mod routing;
mod sites;
mod watch;

use std::ffi::OsString;
use std::io;
use std::io::Write;

use clap::Parser;
use clap::error::ErrorKind;

use arguments::Arguments;
use error::CliError;
use exit_code::ExitCode;

use crate::ui::Output;

pub use arguments::command;

/// Runs the program with `arguments` (the first is its own name) and returns the status it exits
/// with.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> std::process::ExitCode {
    let stdout = io::stdout();
    let mut stdout = io::BufWriter::new(stdout.lock());
    let mut stderr = io::stderr();
    let code = run(arguments, &mut stdout, &mut stderr);
    // A reader that went away (`limbeck history | head`) has got what it wanted.
    match stdout.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe && code == ExitCode::Done => {
            let mut output = Output::new(&mut stdout, &mut stderr, false);
            failure::show(&CliError::Output(error), &mut output).into()
        }
        _ => code.into(),
    }
}

fn run(
    arguments: impl IntoIterator<Item = OsString>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return show_clap_error(&error),
    };
    let wants_json = arguments.globals.json;
    let mut output = Output::new(stdout, stderr, arguments.globals.quiet);
    match commands::run(arguments, &mut output) {
        Ok(code) => code,
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::Done,
        Err(error) => {
            // Whoever reads the result as JSON finds JSON, whatever became of the command.
            if wants_json && !output.has_json() {
                let json = serde_json::json!({ "errors": failure::all_as_json(&error) });
                if output.json(&json).is_err() {
                    return ExitCode::Failed;
                }
            }
            failure::show(&error, &mut output)
        }
    }
}

/// clap prints its own errors, in colour where the terminal has it.
fn show_clap_error(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion if printed.is_ok() => ExitCode::Done,
        _ => ExitCode::Usage,
    }
}
