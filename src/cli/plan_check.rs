//! Whether a plan still fits the configuration and the files.

use crate::exec::PreparedScript;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::script_of;
use crate::graph::RevisionId;
use crate::plan;
use crate::plan::Plan;

use super::context::Context;
use super::error::CliError;
use super::plan_file::PlanChange;
use super::plan_file::PlanFile;
use super::plan_file::PlannedDatabase;
use super::plan_file::PlannedScript;
use super::run_arguments;
use super::sites::Site;

/// The databases of `file`, in its order, once nothing but their rows is left to be looked at.
///
/// # Errors
/// Everything that has changed since the plan was made, of all databases.
pub(super) fn sites<'a>(context: &'a Context, file: &PlanFile) -> Result<Vec<Site<'a>>, CliError> {
    let mut sites = Vec::new();
    let mut errors = Vec::new();
    // Tenants are listed only for a plan that has some.
    let has_tenants = file.databases.iter().any(is_tenant);
    let mut routes = context.routes()?;
    routes.retain(|route| has_tenants && route.tenants().is_some());
    let mut tenants = context.located(routes)?;
    for planned in &file.databases {
        let tenant = tenants.iter().position(|tenant| tenant.name() == planned.database);
        let found = match tenant {
            Some(tenant) => Some(tenants.swap_remove(tenant)),
            None if is_tenant(planned) => None,
            None => database(context, planned)?,
        };
        match site(context, file, planned, found) {
            Ok(site) => sites.push(site),
            Err(error) => errors.push(error),
        }
    }
    let total = errors.len();
    CliError::of_sites(errors, total)?;
    Ok(sites)
}

/// Whether a plan is that of a tenant: no database has a slash in its name.
fn is_tenant(planned: &PlannedDatabase) -> bool {
    planned.database.contains('/')
}

/// The database that a plan is for, if there is one.
fn database<'a>(
    context: &'a Context,
    planned: &PlannedDatabase,
) -> Result<Option<Site<'a>>, CliError> {
    let mut routes = context.routes()?;
    routes.retain(|route| route.name() == planned.database);
    Ok(context.located(routes)?.pop())
}

fn site<'a>(
    context: &'a Context,
    file: &PlanFile,
    planned: &PlannedDatabase,
    found: Option<Site<'a>>,
) -> Result<Site<'a>, CliError> {
    let stale = |change| CliError::StalePlan { database: planned.database.clone(), change };
    let Some(site) = found else {
        return Err(stale(PlanChange::NoDatabase));
    };
    let address = site.url.to_string();
    if address != planned.address {
        return Err(stale(PlanChange::Address {
            planned: planned.address.clone(),
            found: address,
        }));
    }
    let table = site.tables()?.version.to_string();
    if table != planned.version_table {
        return Err(stale(PlanChange::VersionTable {
            planned: planned.version_table.clone(),
            found: table,
        }));
    }
    let mode = context.project.scripts.transaction_mode.name();
    if mode != file.transaction_mode {
        return Err(stale(PlanChange::TransactionMode {
            planned: file.transaction_mode.clone(),
            found: mode.to_owned(),
        }));
    }
    if let Some(what) = graph_change(&site, &planned.plan) {
        return Err(stale(PlanChange::Graph { what }));
    }
    for (step, script) in planned.plan.steps.iter().zip(&planned.scripts) {
        let Some(id) = &step.revision else { continue };
        let options = run_arguments::options_of(&site, &run_arguments::run_options(context));
        let prepared =
            script_of(id, step.direction, &context.revisions, site.url.dialect(), &options);
        let prepared = prepared.map_err(|unfit| CliError::Run {
            database: planned.database.clone(),
            error: RunError::before_any_step(RunErrorKind::Script(unfit)),
        })?;
        if let Some(change) = script_change(context, id, script, &prepared) {
            return Err(stale(change));
        }
    }
    Ok(site)
}

/// How the revisions fit together otherwise than in `planned`, if they do.
fn graph_change(site: &Site<'_>, planned: &Plan) -> Option<String> {
    let replay = |count: usize| {
        let steps = planned.steps.iter().take(count);
        let steps = steps.filter_map(|step| Some((step.direction, step.revision.as_ref()?)));
        plan::replay(site.graph, &planned.before, steps)
    };
    let again = match replay(planned.steps.len()) {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            let last = (1..=planned.steps.len()).find(|count| matches!(replay(*count), Ok(None)));
            let step = last.and_then(|count| planned.steps.get(count - 1))?;
            let id = step.revision.as_ref()?;
            return Some(match site.graph.find(id) {
                None => format!("revision {id} is not one of the database any more"),
                Some(_) => format!("`{}` cannot be done at its place any more", step.short_log()),
            });
        }
        Err(error) => return Some(error.to_string()),
    };
    let is_other = |(new, old): (&plan::Step, &plan::Step)| {
        new.from != old.from
            || new.to != old.to
            || new.before != old.before
            || new.after != old.after
    };
    let other = again.steps.iter().zip(&planned.steps).find(|(new, old)| is_other((new, old)));
    other.map(|(new, old)| format!("`{}` is `{}` now", old.short_log(), new.short_log()))
}

fn script_change(
    context: &Context,
    revision: &RevisionId,
    planned: &PlannedScript,
    prepared: &PreparedScript,
) -> Option<PlanChange> {
    let found = PlannedScript::new(prepared, context.directory());
    let (revision, path) = (revision.clone(), found.path.clone());
    if found.raw_digest != planned.raw_digest {
        let planned = planned.raw_digest.clone();
        return Some(PlanChange::Script { revision, path, planned, found: found.raw_digest });
    }
    // A file that was only moved is the same one.
    let same = PlannedScript { path: planned.path.clone(), ..found };
    (same != *planned).then_some(PlanChange::Settings { revision, path })
}
