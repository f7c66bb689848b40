//! `limbeck tenants`: the life of tenants.

mod clone;
mod create;
mod drop;
mod list;
mod verify;

use std::borrow::Cow;

use clap::Subcommand;

use crate::cli::arguments::Globals;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::routing::Route;
use crate::ui::Output;

use super::status;

/// List, create, clone, drop and check the tenants of databases
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TenantsArguments {
    #[command(subcommand)]
    command: TenantsCommand,
}

#[derive(Debug, Subcommand)]
enum TenantsCommand {
    List(list::ListArguments),
    Create(create::CreateArguments),
    Clone(clone::CloneArguments),
    Drop(drop::DropArguments),
    /// Show how far every tenant is: `limbeck status --tenants`
    Status(status::StatusArguments),
    Verify(verify::VerifyArguments),
}

pub(super) fn run(
    globals: Globals,
    arguments: &TenantsArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let read = |globals, output: &mut Output<'_>| Context::load(globals, output);
    let write = |globals, output: &mut Output<'_>| Context::load_to_write(globals, output);
    match &arguments.command {
        TenantsCommand::List(_) => list::run(&read(globals, output)?, output),
        TenantsCommand::Create(arguments) => {
            create::run(&write(globals, output)?, arguments, output)
        }
        TenantsCommand::Clone(arguments) => clone::run(&write(globals, output)?, arguments, output),
        TenantsCommand::Drop(arguments) => drop::run(&write(globals, output)?, arguments, output),
        TenantsCommand::Status(arguments) => {
            let mut globals = globals;
            if globals.shared {
                return Err(CliError::NoTenants);
            }
            globals.all_tenants |= !globals.names_tenants();
            status::run(globals, arguments, output)
        }
        TenantsCommand::Verify(arguments) => {
            verify::run(&write(globals, output)?, arguments, output)
        }
    }
}

/// The tenants of each chosen database that has some.
fn routes(context: &Context) -> Result<Vec<Route<'_>>, CliError> {
    let mut routes = Vec::new();
    if context.globals.shared {
        return Err(CliError::NoTenants);
    }
    for settings in context.databases()? {
        if settings.tenants.is_some() {
            routes.push(context.route_of_tenants(settings)?);
        }
    }
    match routes.is_empty() {
        true => Err(CliError::NoTenants),
        false => Ok(routes),
    }
}

/// The tenants of the one chosen database that has some: what is made or dropped must be meant.
fn only_route<'a>(context: &'a Context, command: &'static str) -> Result<Route<'a>, CliError> {
    let mut routes = routes(context)?;
    match (routes.pop(), routes.is_empty()) {
        (Some(route), true) => Ok(route),
        (route, _) => {
            let names = routes.iter().chain(&route).map(|route| Cow::clone(&route.settings));
            let names = names.map(|settings| settings.name.clone()).collect();
            Err(CliError::DatabaseNotChosen { command, names })
        }
    }
}
