//! What is verified: databases, each from where it stands, and of tenants that stand alike one.

use std::collections::BTreeSet;

use crate::cli::context::Context;
use crate::cli::each_site;
use crate::cli::each_site::SiteErrors;
use crate::cli::error::CliError;
use crate::cli::missing_file;
use crate::cli::routing::Route as DatabaseRoute;
use crate::cli::sites::Site;
use crate::cli::tenants::Known;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::graph::Heads;
use crate::graph::RevisionGraph;
use crate::plan;
use crate::plan::Plan;
use crate::target::Target;
use crate::ui::Output;

use super::Wanted;

/// The tenant that stands for all where none is asked.
const SOMEBODY: &str = "tenant";

/// A database, or a tenant, whose revisions are verified.
pub(in crate::cli) struct Subject<'a> {
    pub(in crate::cli) site: Site<'a>,
    /// Where it stands.
    pub(in crate::cli) start: Heads,
    /// The revisions of the schema that a tenant shares with others.
    pub(in crate::cli) shared: Option<&'a RevisionGraph>,
    /// How many other tenants stand there too.
    others: usize,
}

/// The way through a history.
pub(super) struct Route {
    pub(super) plan: Plan,
    /// The steps that are verified.
    pub(super) wanted: BTreeSet<usize>,
}

impl Subject<'_> {
    /// What it is called.
    pub(in crate::cli) fn name(&self) -> String {
        match self.others {
            0 => self.site.name().to_owned(),
            1 => format!("{} and another tenant", self.site.name()),
            others => format!("{} and {others} other tenants", self.site.name()),
        }
    }

    /// From nothing to where it stands, on to the heads, and no further than the last revision that
    /// is wanted.
    pub(super) fn way(&self, context: &Context, wanted: &Wanted) -> Result<Route, CliError> {
        let graph = self.site.graph;
        context
            .rows(graph, self.site.name(), &self.start)
            .map_err(|error| missing_file::explained(context, &self.site, error))?;
        let planned = |heads: &Heads, target: &Target| {
            plan::upgrade(graph, heads, target).map_err(|error| {
                let error = RunError::before_any_step(RunErrorKind::Target(error));
                context.run_error(&self.site, error)
            })
        };
        let mut plan = Plan { before: Heads::none(), steps: Vec::new() };
        let mut heads = Heads::none();
        for row in self.start.iter() {
            let part = planned(&heads, &row.as_str().parse()?)?;
            plan.steps.extend(part.steps);
            heads = plan.steps.last().map_or(heads, |step| step.after.clone());
        }
        let applied = plan.steps.len();
        plan.steps.extend(planned(&heads, &Target::heads())?.steps);
        let is_wanted = |(at, step): &(usize, &plan::Step)| {
            step.revision.as_ref().is_some_and(|id| wanted.takes(id, *at >= applied))
        };
        let wanted: BTreeSet<usize> =
            plan.steps.iter().enumerate().filter(is_wanted).map(|(at, _)| at).collect();
        plan.steps.truncate(wanted.last().map_or(0, |last| last + 1));
        Ok(Route { plan, wanted })
    }
}

/// What the command is about. With `is_fresh` no database is asked.
pub(in crate::cli) fn subjects<'a>(
    context: &'a Context,
    is_fresh: bool,
    output: &mut Output<'_>,
) -> Result<(Vec<Subject<'a>>, SiteErrors), CliError> {
    let mut sites = Vec::new();
    for route in context.routes()? {
        let shared = match route.tenants() {
            Some(_) => Some(context.route(route.settings.clone())?.graph),
            None => None,
        };
        let of_route = match route.tenants() {
            Some(_) if is_fresh => vec![somebody(context, &route)?],
            _ => context.located(vec![route])?,
        };
        sites.extend(of_route.into_iter().map(|site| (site, shared)));
    }
    let (mut starts, mut kept, mut graphs) = (Vec::new(), Vec::new(), Vec::new());
    for (site, shared) in sites {
        kept.push(site);
        graphs.push(shared);
    }
    let errors = each_site::for_each(&kept, output, |site, _| {
        starts.push(None);
        let start = match is_fresh {
            true => Heads::none(),
            false => standing(site)?,
        };
        starts.pop();
        starts.push(Some(start));
        Ok(())
    })?;
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    for ((site, shared), start) in kept.into_iter().zip(graphs).zip(starts) {
        let Some(start) = start else { continue };
        let is_alike = |known: &&mut Subject<'_>| {
            site.tenant.is_some()
                && known.site.tenant.is_some()
                && known.site.settings.name == site.settings.name
                && known.start == start
        };
        match subjects.iter_mut().find(is_alike) {
            Some(known) => known.others += 1,
            None => subjects.push(Subject { site, start, shared, others: 0 }),
        }
    }
    Ok((subjects, errors))
}

/// Where a database stands.
fn standing(site: &Site<'_>) -> Result<Heads, CliError> {
    match site.tenant.as_ref().map(|tenant| &tenant.known) {
        Some(Known::At(heads)) => Ok(heads.clone()),
        Some(Known::Missing) => Ok(Heads::none()),
        _ => site.heads(),
    }
}

/// A tenant that nobody has listed: the first that is named, or any.
fn somebody<'a>(context: &Context, route: &DatabaseRoute<'a>) -> Result<Site<'a>, CliError> {
    let globals = &context.globals;
    let of_database = globals.databases.iter().filter_map(|name| name.split_once('/'));
    let named = of_database
        .filter(|(database, _)| *database == route.settings.name)
        .map(|(_, tenant)| tenant)
        .chain(globals.tenants.iter().map(String::as_str))
        .find(|name| !name.contains(['*', '?']));
    context.tenant_site(route, named.unwrap_or(SOMEBODY))
}
