//! `limbeck tenants create`.

use limbeck_schema::Dialect;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fan_out::FanOutArguments;
use crate::cli::run_arguments::RunArguments;
use crate::cli::sites::Site;
use crate::cli::tenant_runs;
use crate::env::shown;
use crate::exec::Request;
use crate::exec::TransactionMode;
use crate::target::Target;
use crate::ui::Output;

use super::clone::Cloning;

/// Create tenants: the schema of each, with all revisions of its branches
///
/// With a `template` in the configuration each is made as a copy of that tenant, with its rows, and
/// then brought on. On MySQL that is a database, on SQLite the file comes into being. A new one is made in one
/// transaction, but on MySQL. A schema that is there is gone on with, so that what has failed can be
/// tried again.
#[derive(Debug, clap::Args)]
pub(super) struct CreateArguments {
    /// The names of the tenants
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    fan_out: FanOutArguments,
}

pub(super) fn run(
    context: &Context,
    arguments: &CreateArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let route = super::only_route(context, "tenants create")?;
    let mut sites = Vec::new();
    let mut are_new = true;
    for name in &arguments.names {
        let site = context.tenant_site(&route, name)?;
        if let Some(template) = route.tenants().and_then(|tenants| tenants.template.as_deref())
            && template != name
        {
            let clone = Cloning { run: &arguments.run, no_data: false };
            clone.make(context, &route, (template, name), output)?;
            output.talk(format_args!("{}: made as the template {}", site.name(), shown(template)));
            sites.push(site);
            continue;
        }
        if let Some(place) = site.tenant.as_ref().and_then(|tenant| tenant.place.as_ref()) {
            let mut home = context.tenant_home(&site)?;
            let is_new = home.create_schema(&place.schema).map_err(|error| site.error(error))?;
            are_new &= is_new;
            if !is_new {
                output.talk(format_args!("{}: the schema is there already", site.name()));
            }
        }
        sites.push(site);
    }
    // Those that are new wait for nobody.
    let fan_out = arguments.fan_out.clone().without_waves();
    let mut options = arguments.run.options(context)?;
    // What nobody uses yet needs no commit for each revision, which is what takes the time.
    let is_mysql = |site: &Site<'_>| site.url.dialect() == Dialect::Mysql;
    if are_new && !sites.iter().any(is_mysql) {
        options.transaction_mode = TransactionMode::Run;
    }
    let run = tenant_runs::Run { context, options, fan_out: &fan_out, wait: None, seeding: None };
    run.on_sites(&sites, &Request::Upgrade(Target::heads()), output)?;
    // An upgrade of all tenants passes by what nobody lists.
    let listed = context.all_tenants(&route)?;
    for site in &sites {
        if listed.iter().all(|known| known.name() != site.name()) {
            output.talk(format_args!(
                "note: {} is not among the tenants that the configuration lists yet; until it is, \
                 no upgrade of all tenants reaches it",
                site.name()
            ));
        }
    }
    Ok(ExitCode::Done)
}
