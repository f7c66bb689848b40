//! Backing a database up into a file.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::io::Read as _;
use std::io::Seek as _;
use std::io::SeekFrom;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use limbeck_schema::Dialect;

use crate::cli::clients::Client;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::db;
use crate::graph::Heads;

use super::finish;
use super::name::file_name;
use super::name::quoted;
use super::partial::Partial;

/// A backup that has been made.
pub(in crate::cli) struct Backup {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) heads: Heads,
    /// The command that restores it.
    pub(in crate::cli) restore: String,
}

/// Backs `site` up into `file`, or into a file of `directory` that is named after it.
///
/// # Errors
/// When the database cannot be read, the program is missing or fails, or the file is there already.
pub(in crate::cli) fn back_up(
    site: &Site<'_>,
    directory: &Path,
    file: Option<&Path>,
) -> Result<Backup, CliError> {
    // Read first: what is in the backup is that or, if a run is at work, newer.
    let heads = site.heads()?;
    let dialect = site.url.dialect();
    let path = match file {
        Some(path) => path.to_owned(),
        None => directory.join(file_name(site, &heads)),
    };
    if path.exists() {
        return Err(DbError::FileExists { path }.into());
    }
    let partial = Partial::new(&path)?;
    match dialect {
        Dialect::Postgresql => dump_postgresql(site, &partial.path)?,
        Dialect::Mysql => dump_mysql(site, &partial.path)?,
        Dialect::Sqlite => db::copy_sqlite(&site.url, &site.options(true)?, &partial.path)
            .map_err(|error| site.error(error))?,
    }
    partial.finish(&path)?;
    let restore = format!(
        "limbeck db restore -d {} --replace {}",
        site.name(),
        quoted(&path.display().to_string())
    );
    Ok(Backup { path, heads, restore })
}

fn dump_postgresql(site: &Site<'_>, path: &Path) -> Result<(), DbError> {
    let mut dump = Client::dump(Dialect::Postgresql).connected_to(&site.url)?;
    dump.args(["--format=custom", "--no-password", "--file"]).arg(path);
    finish(site, dump)?;
    list_postgresql(site, path)
}

/// Refuses a file whose contents cannot be listed.
pub(super) fn list_postgresql(site: &Site<'_>, path: &Path) -> Result<(), DbError> {
    let mut list = Command::new(Client::restore().find()?);
    list.arg("--list").arg(path);
    let list = finish(site, list)?;
    if list.lines().any(|line| line.starts_with(';')) {
        return Ok(());
    }
    bad(site, "pg_restore --list lists nothing")
}

fn dump_mysql(site: &Site<'_>, path: &Path) -> Result<(), DbError> {
    let mut dump = Client::dump(Dialect::Mysql).connected_to(&site.url)?;
    dump.args(["--single-transaction", "--routines", "--events", "--triggers"]);
    let mut file = OsString::from("--result-file=");
    file.push(path);
    dump.arg(file).arg("--").arg(site.url.database().unwrap_or_default());
    finish(site, dump)?;
    check_mysql(site, path)
}

/// Refuses a file that ends early.
pub(super) fn check_mysql(site: &Site<'_>, path: &Path) -> Result<(), DbError> {
    let end = last_bytes(path, 200).map_err(|error| DbError::File { path: path.into(), error })?;
    if end.contains("-- Dump completed") {
        return Ok(());
    }
    bad(site, "its last line does not say that it is complete")
}

fn bad(site: &Site<'_>, what: &str) -> Result<(), DbError> {
    Err(DbError::BadBackup { database: site.name().to_owned(), what: what.to_owned() })
}

fn last_bytes(path: &Path, count: u64) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(count)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
