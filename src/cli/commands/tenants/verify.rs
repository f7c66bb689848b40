//! `limbeck tenants verify`.

use std::collections::BTreeMap;

use crate::cli::context::Context;
use crate::cli::each_site;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::runs::at;
use crate::cli::sites::Site;
use crate::cli::tenants::Known;
use crate::db::TenantHome;
use crate::graph::Heads;
use crate::ui::Output;

/// Hold the catalogue against the version table of every tenant
///
/// Ends with status 5 if they differ. The version tables are the truth; another program than
/// limbeck that writes to them leaves the catalogue behind.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArguments {
    /// Write the rows of the catalogue that differ anew
    #[arg(long)]
    repair: bool,
}

/// How a row of the catalogue differs.
struct Difference {
    tenant: String,
    message: String,
}

pub(super) fn run(
    context: &Context,
    arguments: &VerifyArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let (mut differences, mut count) = (Vec::new(), 0);
    let mut errors = Vec::new();
    // Rows of tenants that are no more are nobody's who was named.
    let are_all = !context.globals.names_tenants();
    for route in super::routes(context)? {
        let sites = match are_all {
            true => context.all_tenants(&route)?,
            false => context.named_tenants(&route)?,
        };
        let Some(first) = sites.first() else { continue };
        if route.tenants().is_some_and(|tenants| tenants.url.is_some()) {
            output.talk(format_args!(
                "{}: tenants with databases of their own have no catalogue",
                route.name()
            ));
            continue;
        }
        let mut home = context.tenant_home(first)?;
        let rows = home.rows().map_err(|error| first.error(error))?;
        let mut rows: BTreeMap<String, Option<Heads>> =
            rows.into_iter().map(|row| (row.name, row.heads)).collect();
        count += sites.len();
        let found = each_site::for_each(&sites, output, |site, _| {
            let row = site.tenant.as_ref().and_then(|tenant| rows.remove(&tenant.name));
            if let Some(message) = verified(site, row, arguments.repair, &mut home)? {
                differences.push(Difference { tenant: site.name().to_owned(), message });
            }
            Ok(())
        })?;
        errors.extend(found.into_result().err());
        // What is left is of tenants that are no more.
        for name in rows.into_keys().filter(|_| are_all) {
            if arguments.repair {
                home.forget(&name).map_err(|error| first.error(error))?;
            }
            let tenant = route.settings.tenant_name(&name);
            let message = "in the catalogue, and no tenant any more".to_owned();
            differences.push(Difference { tenant, message });
        }
    }
    let code = match differences.is_empty() || arguments.repair {
        true => ExitCode::Done,
        false => ExitCode::Drift,
    };
    if context.globals.json {
        let told: Vec<_> = differences
            .iter()
            .map(|one| serde_json::json!({ "tenant": one.tenant, "message": one.message }))
            .collect();
        output.json(&serde_json::json!({
            "tenants": count,
            "differences": told,
            "repaired": arguments.repair,
            "exit_code": code as u8,
        }))?;
    } else {
        for one in &differences {
            output.data(format_args!("{}: {}", one.tenant, one.message))?;
        }
        let word = if arguments.repair { "repaired" } else { "different" };
        output.status(format!("{count} tenants: {} {word}", differences.len()))?;
    }
    let total = errors.len();
    CliError::of_sites(errors, total.max(1))?;
    Ok(code)
}

/// How the catalogue differs from the version table of a tenant, if it does.
fn verified(
    site: &Site<'_>,
    row: Option<Option<Heads>>,
    repairs: bool,
    home: &mut TenantHome,
) -> Result<Option<String>, CliError> {
    let Some(tenant) = &site.tenant else { return Ok(None) };
    let Some(place) = &tenant.place else { return Ok(None) };
    if let Known::Missing = tenant.known {
        return match row.flatten() {
            None => Ok(None),
            Some(_) => {
                if repairs {
                    home.forget(&tenant.name).map_err(|error| site.error(error))?;
                }
                Ok(Some("in the catalogue, and it has no schema".to_owned()))
            }
        };
    }
    let mut session = site.connect_to_read()?;
    let truth = session.version_rows().map_err(|error| site.error(error))?;
    let known = row.flatten();
    // A tenant without a version table need not be there.
    if known == truth || (truth.is_none() && known.as_ref().is_none_or(Heads::is_empty)) {
        return Ok(None);
    }
    if repairs {
        match &truth {
            Some(_) => home.note(place),
            None => home.forget(&tenant.name),
        }
        .map_err(|error| site.error(error))?;
    }
    let told = known.as_ref().map_or("not in the catalogue".to_owned(), |heads| {
        format!("in the catalogue{}", shown(heads))
    });
    let truth = truth.unwrap_or_default();
    Ok(Some(format!("{told}, and in truth{}", shown(&truth))))
}

fn shown(heads: &Heads) -> String {
    match heads.is_empty() {
        true => " at the base".to_owned(),
        false => at(heads).replace(['(', ')'], ""),
    }
}
