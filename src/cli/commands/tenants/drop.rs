//! `limbeck tenants drop`.

use crate::cli::ask;
use crate::cli::context::Context;
use crate::cli::db_error::DbError;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::routing::Route;
use crate::cli::tenants::Known;
use crate::exec;
use crate::exec::Silent;
use crate::ui::Output;

/// Drop a tenant: its schema with all its data
///
/// Asks for its name, unless --yes is given. What the application keeps of it in its own tables is
/// left there. Tenants of a database with `protected = true` are never dropped.
#[derive(Debug, clap::Args)]
pub(super) struct DropArguments {
    /// The name of the tenant
    name: String,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
}

pub(super) fn run(
    context: &Context,
    arguments: &DropArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    const COMMAND: &str = "tenants drop";
    let route = super::only_route(context, COMMAND)?;
    let site = context.tenant_site(&route, &arguments.name)?;
    if site.settings.is_protected {
        let database = site.settings.name.clone();
        return Err(DbError::Protected { database, command: COMMAND }.into());
    }
    let tenant = site.tenant.as_ref().and_then(|tenant| tenant.place.as_ref());
    let Some(place) = tenant else {
        return Err(CliError::TenantOfItsOwn { database: site.name.clone() });
    };
    if place.schema == place.shared_schema {
        return Err(CliError::NoSuchTenant { name: place.schema.clone() });
    }
    let mut home = context.tenant_home(&site)?;
    let is_noted = home.has_row(&place.schema).map_err(|error| site.error(error))?;
    // Whatever else is in the database is not for this command to drop.
    if !is_noted && !is_listed(context, &route, &place.schema)? {
        return Err(CliError::NoSuchTenant { name: place.schema.clone() });
    }
    let question =
        format!("The schema {} of {} and all its data will be gone.", place.schema, site.name());
    if !ask::has_name_typed(&question, &place.schema, arguments.yes, output)? {
        output.talk("nothing was dropped");
        return Ok(ExitCode::Done);
    }
    // Whoever is at work there is waited for.
    let mut session = site.connect(false)?;
    let options = site.entry_options(context, 10, None)?;
    exec::acquire(session.as_mut(), &options, &mut Silent)
        .map_err(|kind| site.journal_error(kind))?;
    let was_there = home.drop_schema(&place.schema).map_err(|error| site.error(error))?;
    if context.globals.json {
        output.json(&serde_json::json!({
            "database": site.settings.name, "tenant": arguments.name, "dropped": was_there,
        }))?;
    } else {
        output.status(match was_there {
            true => format!("{}: dropped", site.name()),
            false => format!("{}: there is no such schema", site.name()),
        })?;
    }
    Ok(ExitCode::Done)
}

/// Whether `name` is among the tenants of `route`.
fn is_listed(context: &Context, route: &Route<'_>, name: &str) -> Result<bool, CliError> {
    for site in context.all_tenants(route)? {
        let Some(tenant) = &site.tenant else { continue };
        if let Known::Unlisted(_) = tenant.known {
            site.check_tenant()?;
        }
        if tenant.name == name {
            return Ok(true);
        }
    }
    Ok(false)
}
