//! Backups before an upgrade, and how to come back to them.

use std::path::Path;

use limbeck_schema::Dialect;

use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::routing::Route;
use crate::cli::sites::Site;
use crate::cli::tenants::Known;
use crate::exec::Request;
use crate::ui::Output;

use super::make::Backup;
use super::make::back_up;

/// The backups that were made before a run.
#[derive(Default)]
pub(in crate::cli) struct Before {
    made: Vec<(String, Backup)>,
}

impl Before {
    /// Backs up, into `directory`, every database of `routes` that `request` would change.
    ///
    /// # Errors
    /// When one of them cannot be backed up: then nothing has been changed.
    pub(in crate::cli) fn of(
        context: &Context,
        routes: &[Route<'_>],
        request: &Request,
        directory: &Path,
        output: &mut Output<'_>,
    ) -> Result<Self, CliError> {
        let mut sites: Vec<Site<'_>> = Vec::new();
        for route in routes {
            for site in context.located(vec![route.clone()])? {
                if !is_behind(&site, request)? {
                    continue;
                }
                // Tenants that are schemas are in the backup of their database.
                let is_schema = site.place().is_some() && site.url.dialect() == Dialect::Postgresql;
                let site = if is_schema { context.home_of(&site)? } else { site };
                let is_there = site.url.sqlite_path().is_none_or(Path::exists);
                if is_there && sites.iter().all(|other| other.url != site.url) {
                    sites.push(site);
                }
            }
        }
        let mut before = Before::default();
        for site in sites {
            let backup = back_up(&site, directory, None)?;
            output.talk(format_args!("{}: backup in {}", site.name(), backup.path.display()));
            before.made.push((site.name().to_owned(), backup));
        }
        Ok(before)
    }

    /// Says how to come back to where the databases were.
    pub(in crate::cli) fn tell(&self, output: &mut Output<'_>) {
        for (name, backup) in &self.made {
            output.insist(format_args!("to have {name} as it was: {}", backup.restore));
        }
    }
}

/// Whether `request` would change a site. What keeps it from being known, the run itself tells.
fn is_behind(site: &Site<'_>, request: &Request) -> Result<bool, CliError> {
    let heads = match site.tenant.as_ref().map(|tenant| &tenant.known) {
        None | Some(Known::Unasked) => site.heads()?,
        Some(Known::At(heads)) => heads.clone(),
        Some(Known::Missing | Known::Unlisted(_)) => return Ok(false),
    };
    Ok(request.plan(site.graph, &heads).is_ok_and(|plan| !plan.is_empty()))
}
