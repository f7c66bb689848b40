//! `limbeck db backup`.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::cli::backups;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::each_site::for_each;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::ui::Output;

/// Back databases up into files
///
/// PostgreSQL through pg_dump, MySQL and MariaDB through mariadb-dump or mysqldump, SQLite by
/// itself. A backup is checked before it has its name, which says database, revision and time.
#[derive(Debug, clap::Args)]
pub(super) struct BackupArguments {
    /// The directory of the files, or the file for one database [default: the current directory]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
}

pub(super) fn run(
    context: &Context,
    arguments: &BackupArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let sites = super::sites(context)?;
    let (directory, file) = match &arguments.output {
        None => (Path::new("."), None),
        Some(path) if path.is_dir() => (path.as_path(), None),
        Some(path) if sites.len() > 1 => {
            return Err(DbError::OneFile { path: path.clone(), count: sites.len() }.into());
        }
        Some(path) => (Path::new("."), Some(path)),
    };
    let mut json = Vec::new();
    let errors = for_each(&sites, output, |site, output| {
        let backup = backups::back_up(site, directory, file.map(PathBuf::as_path))?;
        let bytes = fs::metadata(&backup.path).map_or(0, |metadata| metadata.len());
        if context.globals.json {
            json.push(serde_json::json!({
                "database": site.name(),
                "file": backup.path,
                "bytes": bytes,
                "heads": backup.heads,
                "restore": backup.restore,
            }));
            return Ok(());
        }
        output.data(backup.path.display())?;
        output.talk(format_args!("database {}: {bytes} bytes; to restore it:", site.name()));
        output.talk(format_args!("  {}", backup.restore));
        Ok(())
    })?;
    if context.globals.json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}
