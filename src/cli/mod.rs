//! The command line: arguments in, exit code out. Each command is one file in `commands`; what
//! its errors mean to a user is decided in one place, `failure`.

mod arguments;
mod ask;
mod backups;
mod choice;
mod clients;
mod commands;
mod context;
mod db_error;
mod django;
mod each_site;
mod elsewhere;
mod env_findings;
mod environment;
mod error;
mod exit_code;
mod failure;
mod fan_out;
mod fleet;
mod git;
mod health;
mod hooks;
mod journaling;
mod legs;
mod manner;
mod missing_file;
mod not_routed;
mod offline;
mod on_failure;
mod origins;
mod plan_check;
mod plan_file;
mod plan_python;
mod plan_view;
mod programs;
mod prove;
mod python_modules;
mod python_program;
mod reader;
mod repeatables;
mod restoring;
mod routing;
mod run_arguments;
mod run_hooks;
mod runs;
mod seeds;
mod serve_health;
mod sites;
mod summary;
mod survey;
mod tenant_runs;
mod tenants;
mod times;
mod unrouted;
mod usage;
mod verify;
mod watch;

use std::ffi::OsString;
use std::io;
use std::io::Write;

use clap::FromArgMatches;

use arguments::Arguments;
use error::CliError;
use exit_code::ExitCode;
use manner::Manner;

use crate::ui::Output;

pub use arguments::command;

/// The version that `alembic --version` tells: the release of Alembic that limbeck stands in for.
const ALEMBIC_VERSION: &str = concat!("1.20.1 (limbeck ", env!("CARGO_PKG_VERSION"), ")");

/// Runs the program with `arguments` (the first is its own name) and returns the status it exits
/// with. Called `alembic`, it ends as Alembic does.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> std::process::ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut manner = Manner::of(arguments.first().map(OsString::as_os_str));
    let stdout = io::stdout();
    let mut stdout = io::BufWriter::new(stdout.lock());
    let mut stderr = io::stderr();
    // A command line that cannot be read has its status all the same.
    manner.has_alembic_exit_codes |= arguments.iter().any(|word| word == "--alembic-exit-codes");
    let parsed = match parse(spelled(manner), &arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            let wants_json = usage::asks_for_json(&arguments, &spelled(manner));
            let mut output = Output::new(&mut stdout, &mut stderr, false);
            return usage::show(&error, wants_json, manner, &mut output);
        }
    };
    let code = run(parsed, manner, &mut stdout, &mut stderr);
    // A reader that went away (`limbeck history | head`) has got what it wanted.
    match stdout.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe && code == ExitCode::Done => {
            let mut output = Output::new(&mut stdout, &mut stderr, false);
            manner.status(failure::show(&CliError::Output(error), Manner::default(), &mut output))
        }
        _ => manner.status(code),
    }
}

/// The command line as it is spelled in this manner.
fn spelled(manner: Manner) -> clap::Command {
    let mut command = command();
    if manner.is_alembic {
        // As Python's argparse, which takes an unambiguous beginning of an option for the option,
        // and the last of several.
        command = command
            .name("alembic")
            .bin_name("alembic")
            .version(ALEMBIC_VERSION)
            .infer_long_args(true)
            .args_override_self(true)
            // limbeck's default would be a surprise to scripts that forget the target.
            .mut_subcommand("upgrade", |upgrade| {
                upgrade.mut_arg("revision", |revision| {
                    revision.required(true).default_value(None::<&str>)
                })
            });
    }
    command
}

fn parse(command: clap::Command, arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    let matches = command.try_get_matches_from(arguments)?;
    let mut arguments = Arguments::from_arg_matches(&matches)?;
    arguments.globals.note_sources(&matches);
    Ok(arguments)
}

fn run(
    arguments: Arguments,
    manner: Manner,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> ExitCode {
    let wants_json = arguments.globals.json;
    let mut output = Output::new(stdout, stderr, arguments.globals.quiet);
    if wants_json {
        output.keep_data();
    }
    if manner.is_alembic {
        output.stand_in();
        if arguments.globals.quiet {
            output.mute();
        }
    }
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
            failure::show(&error, manner, &mut output)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_taken(line: &str) -> bool {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let manner = Manner::of(words.first().map(OsString::as_os_str));
        parse(spelled(manner), &words).is_ok()
    }

    #[test]
    fn called_alembic_it_takes_options_as_argparse_does() {
        assert!(is_taken("alembic stamp --purge a1 --purge"));
        assert!(is_taken("alembic revision -m one -m two --rev-id a1"));
        assert!(is_taken("alembic heads --resolve"));
        assert!(!is_taken("limbeck stamp --purge a1 --purge"));
        assert!(!is_taken("limbeck heads --resolve"));
        assert!(!is_taken("alembic heads --nosuch"));
    }
}
