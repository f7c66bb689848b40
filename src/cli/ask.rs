//! Asking the person at the terminal.

use std::io;
use std::io::BufRead as _;
use std::io::IsTerminal as _;

use crate::ui::Output;

use super::error::CliError;

/// Whether the person says yes; without a person to ask, the flag must have said so.
///
/// # Errors
/// [`CliError::NotConfirmed`] when standard input is no terminal.
pub(super) fn confirm(
    question: &str,
    says_yes: bool,
    output: &mut Output<'_>,
) -> Result<bool, CliError> {
    if says_yes {
        return Ok(true);
    }
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(CliError::NotConfirmed { question: question.to_owned() });
    }
    output.insist(format_args!("{question} [y/N]"));
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
