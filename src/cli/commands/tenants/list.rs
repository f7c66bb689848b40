//! `limbeck tenants list`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::sites::Site;
use crate::cli::tenants::Known;
use crate::graph::RevisionId;
use crate::ui::Output;

/// List the tenants, one in a line, as `--database` takes them; `--tenant` chooses among them
#[derive(Debug, clap::Args)]
pub(super) struct ListArguments {}

pub(super) fn run(context: &Context, output: &mut Output<'_>) -> Result<ExitCode, CliError> {
    let mut routes = context.routes()?;
    routes.retain(|route| route.tenants().is_some());
    if routes.is_empty() {
        return Err(CliError::NoTenants);
    }
    let sites = context.located(routes)?;
    let mut errors = Vec::new();
    let mut listed = Vec::new();
    for site in &sites {
        let Some(tenant) = &site.tenant else { continue };
        if let Known::Unlisted(_) = tenant.known {
            errors.extend(site.check_tenant().err());
            continue;
        }
        listed.push((site, tenant));
    }
    if context.globals.json {
        let tenants: Vec<_> = listed
            .iter()
            .map(|(site, tenant)| {
                serde_json::json!({
                    "database": site.settings.name,
                    "tenant": tenant.name,
                    "state": state(&tenant.known),
                    "current": heads(&tenant.known),
                    "failed": tenant.has_failed,
                })
            })
            .collect();
        output.json(&serde_json::json!({ "tenants": tenants }))?;
    } else {
        for (site, tenant) in &listed {
            output.data(line(site, &tenant.known, tenant.has_failed))?;
        }
    }
    let total = listed.len() + errors.len();
    CliError::of_sites(errors, total)?;
    Ok(ExitCode::Done)
}

/// What is known of a tenant, in a word.
fn state(known: &Known) -> &'static str {
    match known {
        Known::At(_) => "known",
        Known::Missing => "missing",
        Known::Unasked | Known::Unlisted(_) => "unknown",
    }
}

fn heads(known: &Known) -> Option<Vec<&str>> {
    match known {
        Known::At(heads) => Some(heads.iter().map(RevisionId::as_str).collect()),
        Known::Missing | Known::Unasked | Known::Unlisted(_) => None,
    }
}

fn line(site: &Site<'_>, known: &Known, has_failed: bool) -> String {
    let note = match (known, has_failed) {
        (Known::Missing, _) => "  (no schema)",
        (_, true) => "  (failed)",
        (_, false) => "",
    };
    format!("{}{note}", site.name())
}
