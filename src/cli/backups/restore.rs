//! Putting what is in a backup into an empty database.

use std::fs;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use limbeck_schema::Dialect;

use crate::cli::clients::Client;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::sites::Site;
use crate::db;
use crate::db::DatabaseUrl;
use crate::db::Snapshot;
use crate::graph::Heads;

use super::finish;
use super::listing::read_name;
use super::make::check_mysql;
use super::make::list_postgresql;
use super::name::heads_in_name;
use super::name::name_parts;
use super::partial::Partial;

/// Refuses a file that is no whole backup of a database like `site`, before anything is touched.
///
/// # Errors
/// When it cannot be read, is of another database, or is not complete.
pub(in crate::cli) fn check_file(site: &Site<'_>, path: &Path) -> Result<(), CliError> {
    let failed = |error| DbError::File { path: path.to_owned(), error };
    let mut start = Vec::new();
    let mut file = File::open(path).map_err(failed)?.take(16);
    file.read_to_end(&mut start).map_err(failed)?;
    let found = match start.as_slice() {
        start if start.starts_with(b"PGDMP") => Dialect::Postgresql,
        start if start.starts_with(b"SQLite format 3\0") => Dialect::Sqlite,
        _ => Dialect::Mysql,
    };
    let dialect = site.url.dialect();
    if found != dialect {
        let (path, database) = (path.to_owned(), site.name().to_owned());
        return Err(DbError::OtherBackup { path, database, dialect }.into());
    }
    match dialect {
        Dialect::Postgresql => list_postgresql(site, path)?,
        Dialect::Mysql => check_mysql(site, path)?,
        Dialect::Sqlite => {
            db::check_sqlite(&DatabaseUrl::of_file(path)).map_err(|error| DbError::BadBackup {
                database: site.name().to_owned(),
                what: error.message,
            })?;
        }
    }
    Ok(())
}

/// The first thing that is in the database, if it is not empty.
///
/// # Errors
/// When it cannot be read.
pub(in crate::cli) fn first_content(site: &Site<'_>) -> Result<Option<String>, CliError> {
    let mut session = site.connect_to_read()?;
    let snapshot = Snapshot::of(session.as_mut(), &[]).map_err(|error| site.error(error))?;
    Ok(db::contents(&snapshot).first().map(|line| (*line).to_owned()))
}

/// Restores the file at `path` into `site`, which is empty. Gives where the database is then.
///
/// # Errors
/// When the program fails; and when the database is not where the name of the file says.
pub(in crate::cli) fn restore(
    site: &Site<'_>,
    path: &Path,
    no_owner: bool,
) -> Result<Heads, CliError> {
    match site.url.dialect() {
        Dialect::Postgresql => {
            let mut command = Command::new(Client::restore().find()?);
            command.arg(format!("--dbname={}", site.url.without_secrets()));
            if let Some(password) = site.url.password() {
                command.env("PGPASSWORD", password);
            }
            // All of it or nothing.
            command.args(["--exit-on-error", "--single-transaction", "--no-password"]);
            if no_owner {
                command.args(["--no-owner", "--no-privileges"]);
            }
            command.arg("--").arg(path);
            finish(site, command)?;
        }
        Dialect::Mysql => {
            let mut command = Client::shell(Dialect::Mysql).connected_to(&site.url)?;
            let database = site.url.database().unwrap_or_default();
            command.arg("--batch").arg(format!("--database={database}"));
            let file =
                File::open(path).map_err(|error| DbError::File { path: path.to_owned(), error })?;
            command.stdin(Stdio::from(file));
            super::finish_fed(site, command)?;
        }
        Dialect::Sqlite => restore_sqlite(site, path)?,
    }
    let heads = site.heads()?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match read_name(name, &name_parts(site)) {
        Some((said, _)) if said != heads_in_name(&heads) => Err(DbError::BadBackup {
            database: site.name().to_owned(),
            what: format!(
                "its name says {said}, and the database is at {} now",
                heads_in_name(&heads)
            ),
        }
        .into()),
        _ => Ok(heads),
    }
}

/// Puts a copy of the file in the place of the one that is empty, or is not there.
fn restore_sqlite(site: &Site<'_>, path: &Path) -> Result<(), CliError> {
    let Some(target) = site.url.sqlite_path() else { return Err(CliError::NoDatabase) };
    let source = DatabaseUrl::of_file(path);
    let partial = Partial::new(target)?;
    db::copy_sqlite(&source, &site.options(true)?, &partial.path)
        .map_err(|error| site.error(error))?;
    fs::rename(&partial.path, target)
        .map_err(|error| DbError::File { path: target.to_owned(), error })?;
    Ok(())
}
