//! Asking the person at the terminal.

use std::io;
use std::io::BufRead as _;
use std::io::IsTerminal as _;

use crate::ui::Output;

use super::error::CliError;

/// Whether the person says yes; without a person to ask, the flag must have said so.
///
/// # Errors
/// [`CliError::NotConfirmed`] when there is nobody at a terminal.
pub(super) fn confirm(
    question: &str,
    says_yes: bool,
    output: &mut Output<'_>,
) -> Result<bool, CliError> {
    if says_yes {
        return Ok(true);
    }
    let answer = ask(question, format_args!("{question} [y/N]"), output)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Has `name` typed before something is lost, unless `says_yes`; whether it was. `question` says
/// what will be gone. `name` is the database's own on its server, not the alias, which is the same
/// everywhere.
///
/// # Errors
/// [`CliError::NotConfirmed`] when there is nobody at a terminal.
pub(super) fn has_name_typed(
    question: &str,
    name: &str,
    says_yes: bool,
    output: &mut Output<'_>,
) -> Result<bool, CliError> {
    if says_yes {
        return Ok(true);
    }
    let words = format_args!("{question}\nType {name} to go on, anything else to stop:");
    let typed = ask(question, words, output)?;
    Ok(typed.trim_end_matches(['\r', '\n']) == name)
}

/// Shows `words` and reads a line, where there is a person to show them to.
fn ask(
    question: &str,
    words: std::fmt::Arguments<'_>,
    output: &mut Output<'_>,
) -> Result<String, CliError> {
    let stdin = io::stdin();
    if !stdin.is_terminal() || !io::stderr().is_terminal() {
        return Err(CliError::NotConfirmed { question: question.to_owned() });
    }
    output.insist(words);
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(answer)
}
