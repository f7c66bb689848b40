//! `limbeck fleet retry`.

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::exit_code::ExitCode;
use crate::cli::fleet::FleetProblem;
use crate::cli::fleet::Home;
use crate::cli::fleet::Which;
use crate::cli::fleet::site_name;
use crate::cli::tenants::TenantChoice;
use crate::db::RolloutSite;
use crate::db::RolloutState;
use crate::db::SiteState;
use crate::ui::Output;

/// Have the sites that failed tried again
///
/// All of them, or those that --database, --tenant and the like choose. A rollout that was done is
/// not any more; workers are needed again.
#[derive(Debug, clap::Args)]
pub(super) struct RetryArguments {
    /// The rollout, or the beginning of its id [default: the one that is not finished, else the
    /// last one]
    rollout: Option<String>,
}

pub(super) fn run(
    context: &Context,
    arguments: &RetryArguments,
    output: &mut Output<'_>,
) -> Result<ExitCode, CliError> {
    let mut home = Home::of(context, false)?;
    let rollout = home.rollout(arguments.rollout.as_deref(), Which::All)?;
    if rollout.state == RolloutState::Aborted {
        let (id, state) = (rollout.id, rollout.state.word());
        return Err(FleetProblem::NotOpen { id, state }.into());
    }
    let choice = TenantChoice::of(&context.globals);
    let databases: Vec<String> =
        context.databases()?.iter().map(|settings| settings.name.clone()).collect();
    let is_chosen = |site: &RolloutSite| {
        databases.contains(&site.database)
            && match &site.tenant {
                None => choice.takes_shared(&site.database),
                Some(tenant) => choice.takes(&site.database, tenant),
            }
    };
    let sites = home.with(|home| home.sites(&rollout.id))?;
    let failed = sites.iter().filter(|site| site.state == SiteState::Failed && is_chosen(site));
    let places: Vec<i64> = failed.map(|site| site.place).collect();
    if let Some(refused) = home.with(|home| home.retry(&rollout.id, &places))? {
        let site = site_name(&refused.database, refused.tenant.as_deref());
        return Err(FleetProblem::Taken { site, other: refused.other.id }.into());
    }
    if context.globals.json {
        output.json(&serde_json::json!({ "rollout": rollout.id, "retried": places.len() }))?;
    } else {
        let noun = if places.len() == 1 { "site is" } else { "sites are" };
        output.status(format_args!(
            "rollout {}: {} {noun} tried again",
            rollout.id,
            places.len()
        ))?;
    }
    Ok(ExitCode::Done)
}
