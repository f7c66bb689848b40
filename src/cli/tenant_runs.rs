//! Runs over databases and their tenants: what is shared first, then the tenants.

use std::borrow::Cow;

use crate::exec::Request;
use crate::exec::RunOptions;
use crate::graph::Edges;
use crate::graph::RevisionId;
use crate::plan::Direction;
use crate::plan::Need;
use crate::plan::Obstacle;
use crate::plan::Unmet;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::fan_out;
use super::fan_out::FanOutArguments;
use super::health::Patience;
use super::health::await_ready;
use super::routing::Route;
use super::runs;
use super::seeds::Seeded;
use super::seeds::Seeding;
use super::sites::Site;
use super::summary::Outcome;
use super::survey::below;
use super::tenants::Known;
use super::tenants::Tenant;
use super::tenants::TenantChoice;

/// How a run is to go.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) options: RunOptions,
    pub(super) fan_out: &'a FanOutArguments,
    /// How long to wait for databases that do not answer yet.
    pub(super) wait: Option<&'a Patience>,
    /// The seeds that are run behind it.
    pub(super) seeding: Option<Seeding<'a>>,
}

impl<'a> Run<'a> {
    /// Carries `request` out on what is shared of `routes`, then on their tenants: these are listed
    /// only then, in tables that the first part may have made. The tenants of a database whose
    /// shared schema has failed are left as they are.
    pub(super) fn upgrade(
        &self,
        routes: Vec<Route<'a>>,
        request: &Request,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let context = self.context;
        let of_both = routes.clone();
        let (of_tenants, shared): (Vec<Route<'a>>, Vec<Route<'a>>) =
            routes.into_iter().partition(|route| route.tenants().is_some());
        for tenants in of_tenants.iter().filter_map(Route::tenants) {
            tenants.check()?;
        }
        let shared = if self.fan_out.retry_failed { Vec::new() } else { shared };
        let sites = context.located(shared)?;
        if let Some(patience) = self.wait {
            // What does not answer by then fails in its turn and keeps nobody else from being done.
            await_ready(&sites, patience, false, output)?;
        }
        let mut outcomes = runs::outcomes(context, &sites, &self.options, request, output)?;
        if !outcomes.iter().any(Outcome::is_interrupted) {
            let has_failed = |route: &Route<'_>| {
                let mut of_database =
                    outcomes.iter().filter(|outcome| outcome.database == route.settings.name);
                of_database.any(|outcome| outcome.error.is_some())
            };
            let (held_up, routes): (Vec<Route<'a>>, Vec<Route<'a>>) =
                of_tenants.into_iter().partition(has_failed);
            for route in held_up {
                outcomes.push(Outcome::of_tenants(route.name(), &route.settings.name));
            }
            let tenants = self.tenants(routes)?;
            outcomes.extend(self.run_tenants(&tenants, request, output)?);
        }
        if outcomes.iter().any(Outcome::is_retried) {
            output.remark("the failed tenants once more: limbeck upgrade --retry-failed");
        }
        let seeded = self.seed(of_both, &outcomes, output);
        runs::finish_with(context, outcomes, seeded, output)?;
        context.tell_untouched(&sites, output);
        Ok(())
    }

    /// Runs the seeds, where they are asked for. After a failure none is run: what they bring may
    /// have no place yet.
    fn seed(
        &self,
        routes: Vec<Route<'a>>,
        outcomes: &[Outcome],
        output: &mut Output<'_>,
    ) -> Option<Vec<Seeded>> {
        let seeding = self.seeding.as_ref()?;
        if outcomes.iter().any(|outcome| outcome.error.is_some() || outcome.report.is_none()) {
            output.insist("no seeds were run; after a successful upgrade: limbeck db seed");
            return Some(Vec::new());
        }
        // What the upgrade has done is told all the same.
        Some(seeding.run(routes, output).unwrap_or_else(|error| vec![Seeded::failed(error)]))
    }

    /// Carries `request`, a downgrade or a stamp, out on the tenants of `routes`, which were named.
    pub(super) fn on_tenants(
        &self,
        routes: Vec<Route<'a>>,
        request: &Request,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        self.on_sites(&self.tenants(routes)?, request, output)
    }

    /// Carries `request` out on `tenants`.
    pub(super) fn on_sites(
        &self,
        tenants: &[Site<'_>],
        request: &Request,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let outcomes = self.run_tenants(tenants, request, output)?;
        runs::finish(self.context, outcomes, output)
    }

    /// Whether `routes` are those of tenants, and the command line has named them: what must not
    /// touch more than was meant is not done to all of them for want of a word.
    pub(super) fn are_named_tenants(&self, routes: &[Route<'_>]) -> bool {
        let is_named = TenantChoice::of(&self.context.globals).is_named();
        is_named && !routes.is_empty() && routes.iter().all(|route| route.tenants().is_some())
    }

    /// Refuses to revert, in the shared schema of `site`, what a tenant needs.
    pub(super) fn check_needed_by_tenants(
        &self,
        site: &Site<'a>,
        request: &Request,
    ) -> Result<(), CliError> {
        if site.tenant.is_some() || site.settings.tenants.is_none() {
            return Ok(());
        }
        let route = self.context.route_of_tenants(Cow::clone(&site.settings))?;
        let mut needs = route.needs.iter().filter(|need| need.databases.contains(&site.name));
        if needs.next().is_none() {
            return Ok(());
        }
        let heads = site.heads()?;
        let plan = request.plan(site.graph, &heads).map_err(|kind| site.journal_error(kind))?;
        let reverted: Vec<&RevisionId> =
            plan.steps.iter().filter_map(|step| step.revision.as_ref()).collect();
        let needs: Vec<&Need> =
            route.needs.iter().filter(|need| reverted.contains(&&need.needed)).collect();
        if needs.is_empty() {
            return Ok(());
        }
        for tenant in self.context.all_tenants(&route)? {
            let heads = match &tenant.tenant.as_ref().map(|tenant| &tenant.known) {
                Some(Known::At(heads)) => heads.clone(),
                Some(Known::Missing) => continue,
                _ => tenant.heads()?,
            };
            let rows = heads.iter().filter_map(|id| tenant.graph.find(id));
            let applied = tenant.graph.ancestors(rows, Edges::All);
            let is_applied = |need: &&&Need| {
                tenant.graph.find(&need.revision).is_some_and(|node| applied.contains(node))
            };
            if let Some(need) = needs.iter().find(is_applied) {
                let unmet = Unmet {
                    revision: need.needed.clone(),
                    direction: Direction::Downgrade,
                    other: tenant.name.clone(),
                    other_revision: need.revision.clone(),
                    obstacle: Obstacle::NotPlanned,
                };
                let (database, cause) = (site.name.clone(), None);
                let target = below(tenant.graph, &need.revision);
                let command = format!("limbeck downgrade -d '{}' {target}", route.name());
                return Err(CliError::Unmet { database, unmet, cause, command: Some(command) });
            }
        }
        Ok(())
    }

    /// The tenants of `routes`.
    fn tenants(&self, routes: Vec<Route<'a>>) -> Result<Vec<Site<'a>>, CliError> {
        let mut tenants = self.context.located(routes)?;
        if self.fan_out.retry_failed {
            // Which have failed is not known where none can be listed: that is an error of its own.
            let is_meant =
                |tenant: &Tenant| tenant.has_failed || matches!(tenant.known, Known::Unlisted(_));
            tenants.retain(|site| site.tenant.as_ref().is_some_and(is_meant));
        }
        Ok(tenants)
    }

    fn run_tenants(
        &self,
        tenants: &[Site<'_>],
        request: &Request,
        output: &mut Output<'_>,
    ) -> Result<Vec<Outcome>, CliError> {
        match tenants {
            [] => Ok(Vec::new()),
            // One is shown step by step.
            [one] => {
                let outcomes =
                    runs::outcomes(self.context, tenants, &self.options, request, output)?;
                for outcome in &outcomes {
                    fan_out::note(self.context, one, outcome, output);
                }
                Ok(outcomes)
            }
            several => {
                let how = (&self.options, request);
                fan_out::run(self.context, several, self.fan_out, how, output)
            }
        }
    }
}
