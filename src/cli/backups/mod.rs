//! Backups: made by the database's own programs, checked, named after what is in them, and restored.

mod before;
mod listing;
mod make;
mod name;
mod partial;
mod restore;

use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use super::db_error::DbError;
use super::sites::Site;

pub(super) use before::Before;
pub(super) use listing::list;
pub(super) use make::back_up;
pub(super) use partial::Partial;
pub(super) use partial::with_suffix;
pub(super) use restore::check_file;
pub(super) use restore::first_content;
pub(super) use restore::restore;

/// Runs a program to its end and gives what it has written.
fn finish(site: &Site<'_>, mut command: Command) -> Result<String, DbError> {
    command.stdin(Stdio::null());
    finish_fed(site, command)
}

/// The same for one that reads what it has been given.
fn finish_fed(site: &Site<'_>, mut command: Command) -> Result<String, DbError> {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let done = command.output();
    let done = done.map_err(|error| DbError::Program { program, error })?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let database = site.name().to_owned();
        return Err(DbError::ProgramFailed { database, program: name, status: done.status, said });
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
