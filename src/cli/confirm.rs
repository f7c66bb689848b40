//! Asking before something is lost.

use std::io;
use std::io::BufRead as _;
use std::io::IsTerminal as _;

use crate::ui::Output;

use super::db_error::DbError;
use super::error::CliError;

/// Has the name of the database typed, unless `yes` has been said already. `losses` says what
/// will be gone. `name` is what is to be typed: the database's own name on its server, not the
/// alias, which is the same everywhere.
pub(super) fn confirm(
    command: &'static str,
    database: &str,
    name: &str,
    losses: &str,
    yes: bool,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(DbError::NotConfirmed { database: database.to_owned(), command }.into());
    }
    output.insist(losses);
    output.insist(format_args!("Type {name} to go on, anything else to stop:"));
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    if typed.trim_end_matches(['\r', '\n']) == name {
        Ok(())
    } else {
        Err(DbError::OtherName { database: database.to_owned(), name: name.to_owned() }.into())
    }
}
