//! `limbeck db restore`.

use std::path::PathBuf;

use crate::cli::backups;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::graph::RevisionId;
use crate::ui::Output;

use super::drop::Guards;

/// Restore a backup into an empty database
///
/// One that is not empty is dropped and created anew with --replace. On PostgreSQL in one transaction. The file is checked before anything is touched, and the
/// database afterwards: it must be where the name of the file says. One that is missing is created.
#[derive(Debug, clap::Args)]
pub(super) struct RestoreArguments {
    /// The file that `limbeck db backup` has made
    file: PathBuf,
    /// Drop a database that is not empty, and create it anew with the same owner, encoding and
    /// settings; asks for its name, unless --yes is given
    #[arg(long)]
    replace: bool,
    /// Let all belong to the user of the database, and grant nothing: for roles that are not there
    /// (PostgreSQL)
    #[arg(long)]
    no_owner: bool,
    #[command(flatten)]
    guards: Guards,
}

pub(super) fn run(
    context: &Context,
    arguments: &RestoreArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let site = super::only_site(context, "db restore")?;
    backups::check_file(&site, &arguments.file)?;
    make_room(context, &site, arguments, output)?;
    let heads = backups::restore(&site, &arguments.file, arguments.no_owner)?;
    if context.globals.json {
        output.json(&serde_json::json!({
            "database": site.name(), "file": arguments.file, "heads": heads,
        }))?;
    } else {
        let ids: Vec<&str> = heads.iter().map(RevisionId::as_str).collect();
        let at = if ids.is_empty() { "the base".to_owned() } else { ids.join(", ") };
        output.status(format_args!("database {}: restored, at {at}", site.name()))?;
    }
    Ok(ExitCode::Done)
}

/// Sees to it that the database is there and empty.
fn make_room(
    context: &Context,
    site: &Site<'_>,
    arguments: &RestoreArguments,
    output: &mut Output<'_>,
) -> Result<(), CliError> {
    let RestoreArguments { replace, guards, .. } = arguments;
    let failed = |error| site.error(error);
    let mut administer = match replace {
        true => guards.admit(context, site, "db restore --replace")?,
        // What is empty has nothing to be protected.
        false => {
            let admin = guards.admin_url()?;
            db::administer(&site.url, admin.as_ref(), &site.options(false)?).map_err(failed)?
        }
    };
    if !administer.exists().map_err(failed)? {
        administer.create().map_err(failed)?;
        output.talk(format_args!("created {}", administer.name()));
        return Ok(());
    }
    let Some(what) = backups::first_content(site)? else { return Ok(()) };
    if !replace {
        return Err(DbError::NotEmpty { database: site.name().to_owned(), what }.into());
    }
    let shape = administer.shape().map_err(failed)?;
    guards.pass(site, administer.as_mut(), output)?;
    guards.drop_database(site, administer.as_mut())?;
    output.talk(format_args!("dropped {}", administer.name()));
    administer.recreate(&shape).map_err(failed)
}
