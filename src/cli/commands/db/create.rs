//! `limbeck db create`.

use limbeck_schema::Dialect;

use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::each_site::for_each;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::db;
use crate::db::DatabaseUrl;
use crate::ui::Output;

use super::AdminArguments;

/// Create the databases that are missing
///
/// Those that are there are left as they are. On a server whose users may not create databases,
/// --admin-url names one who may; then the user of each database is created as well, with the
/// password of its URL, and owns it.
#[derive(Debug, clap::Args)]
pub(super) struct CreateArguments {
    #[command(flatten)]
    admin: AdminArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &CreateArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let admin = arguments.admin.url()?;
    let sites = super::sites(context)?;
    if admin.is_some() {
        check_one_server(&sites)?;
    }
    let mut json = Vec::new();
    let errors = for_each(&sites, output, |site, output| {
        json.push(create(context, site, admin.as_ref(), output)?);
        Ok(())
    })?;
    if context.globals.json {
        output.json(&errors.with_results("databases", json))?;
    }
    errors.into_result()?;
    Ok(ExitCode::Done)
}

fn create(
    context: &Context,
    site: &Site<'_>,
    admin: Option<&DatabaseUrl>,
    output: &mut Output<'_>,
) -> Result<serde_json::Value, CliError> {
    let admin = admin.filter(|_| site.url.dialect() != Dialect::Sqlite);
    let mut administer = db::administer(&site.url, admin, &site.options(false)?)
        .map_err(|error| site.error(error))?;
    let created = administer.create().map_err(|error| site.error(error))?;
    let name = administer.name();
    if !context.globals.json {
        if let Some(user) = &created.made_user {
            output.status(format_args!("database {}: created role {user}", site.name()))?;
        }
        output.status(match (created.was_there, &created.owner) {
            (true, _) => format!("database {}: {name} is there", site.name()),
            (false, None) => format!("database {}: created {name}", site.name()),
            (false, Some(owner)) => {
                format!("database {}: created {name}, owned by {owner}", site.name())
            }
        })?;
    }
    Ok(serde_json::json!({
        "database": site.name(),
        "name": name,
        "created": !created.was_there,
        "created_role": created.made_user,
        "owner": created.owner,
    }))
}

/// An administrator of one server is nobody on another.
fn check_one_server(sites: &[Site<'_>]) -> Result<(), CliError> {
    let on_servers = || sites.iter().filter(|site| site.url.dialect() != Dialect::Sqlite);
    let mut places: Vec<_> = on_servers().map(|site| (site.url.host(), site.url.port())).collect();
    places.sort_unstable();
    places.dedup();
    if places.len() > 1 {
        let names = on_servers().map(|site| site.name().to_owned()).collect();
        return Err(DbError::SeveralServers { names }.into());
    }
    Ok(())
}
