//! Command lines that clap refuses: its own words on standard error, and where JSON is asked for,
//! the document of every other failure.

use std::ffi::OsString;

use clap::Arg;
use clap::Command;
use clap::error::ErrorKind;
use serde_json::Value;
use serde_json::json;

use crate::ui::Output;

use super::exit_code::ExitCode;
use super::manner::Manner;

/// Shows `error`, and returns the status to exit with.
pub(super) fn show(
    error: &clap::Error,
    wants_json: bool,
    manner: Manner,
    output: &mut Output<'_>,
) -> std::process::ExitCode {
    let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if wants_json && !is_answer {
        let written = output.json(&json!({ "errors": [as_json(error)] })).is_ok();
        if !(written && output.flush().is_ok()) {
            return manner.status(ExitCode::Failed);
        }
    }
    // In colour where the terminal has it.
    let printed = error.print();
    match is_answer && printed.is_ok() {
        true => ExitCode::Done.into(),
        // The status of Python's argparse.
        false if manner.has_alembic_exit_codes => std::process::ExitCode::from(2),
        false => ExitCode::Usage.into(),
    }
}

/// Whether a command line that cannot be read has `--json` in it, as an option: neither behind
/// `--`, nor as the value of an option that takes any word.
pub(super) fn asks_for_json(arguments: &[OsString], command: &Command) -> bool {
    let mut command = command;
    let mut is_value = false;
    for word in arguments.iter().skip(1).map(|word| word.to_string_lossy()) {
        if std::mem::take(&mut is_value) {
            continue;
        }
        match word.as_ref() {
            "--" => return false,
            "--json" => return true,
            word => {
                command = command.find_subcommand(word).unwrap_or(command);
                is_value = command.get_arguments().any(|option| takes_any_word(option, word));
            }
        }
    }
    false
}

/// Whether `option` is spelled so and takes the next word, whatever that looks like.
fn takes_any_word(option: &Arg, spelled: &str) -> bool {
    option.is_allow_hyphen_values_set()
        && option.get_action().takes_values()
        && match spelled.strip_prefix("--") {
            Some(long) => option.get_long() == Some(long),
            None => spelled.starts_with('-') && spelled.chars().next_back() == option.get_short(),
        }
}

/// The error in the form of all others, from clap's words: a paragraph that says what is wrong,
/// tips, and the usage.
fn as_json(error: &clap::Error) -> Value {
    let (mut message, mut details, mut hints) = (String::new(), Vec::new(), Vec::new());
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
    ) {
        // Its words are the whole help, or all commands.
        message.push_str("no command is given");
        hints.push("--help lists the commands".to_owned());
    } else {
        let text = error.render().to_string();
        for paragraph in text.split("\n\n") {
            let mut lines = paragraph.lines().map(str::trim).filter(|line| !line.is_empty());
            let Some(first) = lines.next() else { continue };
            if let Some(first) = first.strip_prefix("error: ") {
                message.push_str(first);
                let rest: Vec<&str> = lines.collect();
                if message.ends_with(':') {
                    message = format!("{message} {}", rest.join(", "));
                } else {
                    details.extend(rest.into_iter().map(str::to_owned));
                }
            } else if first.starts_with("tip: ") {
                let tips = [first].into_iter().chain(lines);
                hints.extend(tips.map(|tip| tip.trim_start_matches("tip: ").to_owned()));
            } else if first.starts_with("Usage:") {
                details.push(first.to_owned());
                details.extend(lines.map(str::to_owned));
            }
        }
    }
    json!({
        "database": null,
        "message": message,
        "details": details,
        "hints": hints,
        "exit_code": ExitCode::Usage as u8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(line: &str) -> bool {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        asks_for_json(&words, &crate::cli::command())
    }

    #[test]
    fn json_is_asked_for_by_an_option_alone() {
        for line in [
            "limbeck upgrade --json --bogus",
            "limbeck upgrade --bogus --json",
            "limbeck --json",
            "limbeck --json upgarde",
            "limbeck merge -m x --json --bogus",
            "limbeck merge -m=-- --json --bogus",
            "limbeck merge --message=x --json --bogus",
            // No option takes it.
            "limbeck upgrade -d --json",
        ] {
            assert!(asks(line), "{line}");
        }
        for line in [
            "limbeck upgrade --bogus",
            "limbeck upgrade --bogus -- --json",
            "limbeck merge -m --json --bogus",
            "limbeck merge -qm --json --bogus",
            "limbeck merge --message --json --bogus",
            "limbeck history -r --json --bogus",
            "limbeck upgrade --json=yes",
        ] {
            assert!(!asks(line), "{line}");
        }
    }

    #[test]
    fn the_parts_of_an_error_are_told_apart() {
        let json = |line: &str| {
            as_json(&crate::cli::command().try_get_matches_from(line.split(' ')).unwrap_err())
        };
        let error = json("limbeck upgrade --jsno");
        assert_eq!(error["message"], "unexpected argument '--jsno' found");
        assert_eq!(error["hints"], json!(["a similar argument exists: '--json'"]));
        assert_eq!(error["exit_code"], 64);
        let error = json("limbeck downgrade");
        let message = "the following required arguments were not provided: <REVISION>";
        assert_eq!(error["message"], message);
        assert_eq!(error["details"], json!(["Usage: limbeck downgrade <REVISION>"]));
        let error = json("limbeck journal resolve a1 --as what");
        assert_eq!(error["message"], "invalid value 'what' for '--as <VERDICT>'");
        assert!(error["details"][0].as_str().unwrap().starts_with("[possible values: "), "{error}");
        assert_eq!(json("limbeck --json")["message"], "no command is given");
        assert_eq!(json("limbeck")["message"], "no command is given");
        assert_eq!(json("limbeck db")["message"], "no command is given");
    }
}
