//! `limbeck db list-backups`.

use std::path::Path;
use std::path::PathBuf;

use crate::cli::backups;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::times;
use crate::ui::Output;
use crate::ui::Table;

/// List the backups in a directory, the newest first
///
/// Those that `limbeck db backup` has named: by the name of the database, its heads and the time.
#[derive(Debug, clap::Args)]
pub(super) struct ListBackupsArguments {
    /// The directory [default: the current directory]
    directory: Option<PathBuf>,
}

pub(super) fn run(
    context: &Context,
    arguments: &ListBackupsArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let directory = arguments.directory.as_deref().unwrap_or(Path::new("."));
    let mut table = Table::new(["database", "made", "heads", "bytes", "file"]).at_right([3]);
    let mut json = Vec::new();
    for site in super::sites(context)? {
        for listed in backups::list(&site, directory)? {
            json.push(serde_json::json!({
                "database": site.name(),
                "file": listed.path,
                "heads": listed.heads,
                "made_at": times::in_json(listed.made),
                "bytes": listed.bytes,
            }));
            table.row([
                site.name().to_owned(),
                times::in_text(listed.made),
                listed.heads,
                listed.bytes.to_string(),
                listed.path.display().to_string(),
            ]);
        }
    }
    match (context.globals.json, json.is_empty()) {
        (true, _) => output.json(&serde_json::json!({ "backups": json }))?,
        (false, true) => {
            output.status(format_args!("there is no backup in {}", directory.display()))?;
        }
        (false, false) => output.text(&table.to_string())?,
    }
    Ok(ExitCode::Done)
}
