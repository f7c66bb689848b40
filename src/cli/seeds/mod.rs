//! Running the seeds of a project on the databases of a command, for `db seed` and
//! `upgrade --seed`.

mod choice;
mod problem;
mod tell;

use crate::exec;
use crate::exec::PreparedSeed;
use crate::exec::RunOptions;
use crate::exec::SeedError;
use crate::exec::SeedReport;
use crate::script::SeedDirectory;
use crate::ui::Output;

use super::choice::UNNAMED;
use super::context::Context;
use super::error::CliError;
use super::routing::Route;
use super::run_arguments::options_of;
use super::sites::Site;
use super::watch::Watch;

use choice::Chosen;

pub(super) use problem::SeedProblem;
pub(super) use tell::as_json;
pub(super) use tell::table;

/// How seeds are to be run.
#[derive(Debug, Clone, Default)]
pub(super) struct Manner {
    /// The seeds that are meant; none for all.
    pub(super) names: Vec<String>,
    /// The environment.
    pub(super) environment: Option<String>,
    /// Whether those that are named run also where they are done.
    pub(super) again: bool,
    /// Whether it is only to be told what would be done.
    pub(super) only_plan: bool,
    /// Whether databases that are protected are seeded too.
    pub(super) allow_protected: bool,
    /// Whether an upgrade asks for it.
    pub(super) is_upgrade: bool,
}

/// Seeds that have been read, with how they are to be run.
pub(super) struct Seeding<'a> {
    context: &'a Context,
    options: RunOptions,
    manner: Manner,
    chosen: Chosen,
}

/// What became of the seeds of one site.
pub(super) struct Seeded {
    pub(super) site: String,
    pub(super) database: String,
    pub(super) tenant: Option<String>,
    pub(super) reports: Vec<SeedReport>,
    pub(super) error: Option<CliError>,
}

impl Seeded {
    /// An error that keeps every seed from being run.
    pub(super) fn failed(error: CliError) -> Self {
        Seeded {
            site: String::new(),
            database: String::new(),
            tenant: None,
            reports: Vec::new(),
            error: Some(error),
        }
    }
}

impl<'a> Seeding<'a> {
    /// Reads the seeds of the project. A directory that nobody has named need not be there.
    pub(super) fn read(
        context: &'a Context,
        options: RunOptions,
        manner: Manner,
    ) -> Result<Self, CliError> {
        let scripts = &context.project.scripts;
        let mut databases: Vec<String> =
            context.project.databases.iter().map(|database| database.name.clone()).collect();
        if databases.is_empty() {
            databases.push(UNNAMED.to_owned());
        }
        let seeds = match scripts.names_seeds || scripts.seeds.exists() {
            true => SeedDirectory { path: &scripts.seeds, databases: &databases }
                .load()
                .map_err(SeedProblem::from)?,
            false => Vec::new(),
        };
        let environment = manner.environment.clone().filter(|name| !name.is_empty());
        let chosen = Chosen::of(seeds, &manner.names, environment, &scripts.seeds)?;
        Ok(Seeding { context, options, manner, chosen })
    }

    /// Whether there is any seed at all.
    pub(super) fn is_empty(&self) -> bool {
        self.chosen.seeds.is_empty()
    }

    /// Refuses what is known beforehand, before an upgrade begins: seeds for a database that is
    /// protected, and those that cannot be run as they stand.
    pub(super) fn check(&self, routes: &[Route<'a>]) -> Result<(), CliError> {
        for route in routes {
            let name = &route.settings.name;
            let is_meant = match route.is_of_tenants {
                true => self.chosen.has_for_tenants(name),
                false => !self.chosen.on(name, None).is_empty(),
            };
            if route.settings.is_protected && !self.manner.allow_protected && is_meant {
                let (database, due) = (name.clone(), Vec::new());
                let is_upgrade = self.manner.is_upgrade;
                return Err(SeedProblem::Protected { database, due, is_upgrade }.into());
            }
            if is_meant && !route.is_of_tenants {
                for site in self.context.located(vec![route.clone()])? {
                    self.prepared(&site)?;
                }
            }
        }
        Ok(())
    }

    /// Seeds what is shared of `routes`, then their tenants, which are listed only then: in tables
    /// that the first part may have filled. The tenants of a database that has failed are left
    /// alone.
    pub(super) fn run(
        &self,
        routes: Vec<Route<'a>>,
        output: &mut Output<'_>,
    ) -> Result<Vec<Seeded>, CliError> {
        self.check_named(&routes)?;
        let are_several = routes.len() > 1;
        let (of_tenants, shared): (Vec<Route<'a>>, Vec<Route<'a>>) =
            routes.into_iter().partition(|route| route.is_of_tenants);
        let is_meant = |route: &Route<'_>| !self.chosen.on(&route.settings.name, None).is_empty();
        let shared = shared.into_iter().filter(is_meant).collect();
        let mut seeded = self.sites(&self.context.located(shared)?, are_several, output)?;
        let has_failed = |route: &Route<'_>| {
            let mut of_it = seeded.iter().filter(|one| one.database == route.settings.name);
            of_it.any(|one| one.error.is_some())
        };
        let is_meant = |route: &Route<'_>| {
            self.chosen.has_for_tenants(&route.settings.name) && !has_failed(route)
        };
        let of_tenants: Vec<Route<'a>> = of_tenants.into_iter().filter(is_meant).collect();
        if !of_tenants.is_empty() {
            let mut tenants = self.context.located(of_tenants)?;
            tenants.retain(|site| {
                let name = site.tenant.as_ref().map(|tenant| tenant.name.as_str());
                // One that stands for all of a list that nobody can read has an error to tell.
                name == Some("*") || !self.chosen.on(&site.settings.name, name).is_empty()
            });
            seeded.extend(self.sites(&tenants, are_several || tenants.len() > 1, output)?);
        }
        Ok(seeded)
    }

    /// Refuses a seed that was named and is for nothing that was chosen.
    fn check_named(&self, routes: &[Route<'_>]) -> Result<(), CliError> {
        for name in &self.chosen.named {
            let is_somewhere = routes.iter().any(|route| {
                let database = &route.settings.name;
                match route.is_of_tenants {
                    false => self.chosen.on(database, None).iter().any(|seed| seed.name == *name),
                    true => self.chosen.has_for_tenants(database),
                }
            });
            if !is_somewhere {
                let seed = self.chosen.seeds.iter().find(|seed| seed.name == *name);
                let scope = seed.map(|seed| seed.scope.clone()).unwrap_or_default();
                return Err(SeedProblem::Nowhere {
                    seed: name.clone(),
                    environments: scope.environments,
                    has_environment: self.chosen.environment.is_some(),
                }
                .into());
            }
        }
        Ok(())
    }

    /// Seeds `sites`, one after the other. What cannot be run anywhere is told before any is begun.
    fn sites(
        &self,
        sites: &[Site<'_>],
        are_several: bool,
        output: &mut Output<'_>,
    ) -> Result<Vec<Seeded>, CliError> {
        let all: Vec<(&Site<'_>, Vec<PreparedSeed<'_>>)> = sites
            .iter()
            .map(|site| Ok((site, self.prepared(site)?)))
            .collect::<Result<_, CliError>>()?;
        let mut seeded = Vec::with_capacity(all.len());
        for (site, seeds) in all {
            let mut one = Seeded {
                site: site.name().to_owned(),
                database: site.settings.name.clone(),
                tenant: site.tenant.as_ref().map(|tenant| tenant.name.clone()),
                reports: Vec::new(),
                error: None,
            };
            if !self.manner.only_plan && are_several {
                output.talk(format_args!("[{}]", site.name()));
            }
            if let Err(error) = self.site(site, &seeds, &mut one.reports, output) {
                one.error = Some(error);
            }
            let is_over = one.error.as_ref().is_some_and(is_interruption);
            seeded.push(one);
            if is_over {
                break;
            }
        }
        Ok(seeded)
    }

    fn prepared(&self, site: &Site<'_>) -> Result<Vec<PreparedSeed<'_>>, CliError> {
        let options = options_of(site, &self.options);
        let tenant = site.tenant.as_ref().map(|tenant| tenant.name.as_str());
        let mut prepared = Vec::new();
        for seed in self.chosen.on(&site.settings.name, tenant) {
            let again = self.manner.again && self.chosen.named.contains(&seed.name);
            let ready = exec::prepare_seed(seed, site.url.dialect(), &options, again);
            let ready = ready.and_then(|ready| {
                exec::check_known(site.graph, seed)?;
                Ok(ready)
            });
            prepared.push(ready.map_err(|error| problem(site, Some(&seed.name), error))?);
        }
        Ok(prepared)
    }

    fn site(
        &self,
        site: &Site<'_>,
        seeds: &[PreparedSeed<'_>],
        reports: &mut Vec<SeedReport>,
        output: &mut Output<'_>,
    ) -> Result<(), CliError> {
        let wrong = |error: SeedError| problem(site, None, error);
        // A file that is not there is told, and not made.
        let mut reader = site.connect(true)?;
        if seeds.iter().any(|seed| !seed.seed.needs.is_empty()) {
            site.check_version_table(reader.as_mut())?;
        }
        let standings = exec::seed_standings(reader.as_mut(), seeds);
        let standings = standings.map_err(|error| wrong(error.into()))?;
        let due = seeds.iter().zip(&standings).filter(|(_, standing)| standing.is_due());
        let due: Vec<String> = due.map(|(seed, _)| seed.seed.name.clone()).collect();
        if self.manner.only_plan || due.is_empty() {
            if !due.is_empty() {
                exec::check_needs(reader.as_mut(), site.graph, seeds, &standings).map_err(wrong)?;
            }
            reports.extend(seeds.iter().zip(standings).map(|(seed, standing)| SeedReport {
                seed: seed.seed.name.clone(),
                standing,
                rows: None,
            }));
        } else {
            if site.settings.is_protected && !self.manner.allow_protected {
                let (database, is_upgrade) = (site.name().to_owned(), self.manner.is_upgrade);
                return Err(SeedProblem::Protected { database, due, is_upgrade }.into());
            }
            drop(reader);
            let mut database = site.connect(false)?;
            let options = options_of(site, &self.options);
            let mut watch = Watch { database: site.name(), output };
            let database = database.as_mut();
            let ran = exec::run_seeds(database, site.graph, seeds, &options, &mut watch, reports);
            let failed = seeds.get(reports.len()).map(|seed| seed.seed.name.as_str());
            ran.map_err(|error| problem(site, failed, error))?;
        }
        if !self.manner.only_plan {
            tell::summary(reports, output);
        }
        Ok(())
    }
}

fn problem(site: &Site<'_>, seed: Option<&str>, error: SeedError) -> CliError {
    match error {
        SeedError::Database(error) => site.error(error),
        error => SeedProblem::Run {
            database: site.name().to_owned(),
            url: site.url.to_string(),
            seed: seed.map(str::to_owned),
            error,
        }
        .into(),
    }
}

fn is_interruption(error: &CliError) -> bool {
    matches!(error, CliError::Seed(problem) if problem.is_interruption())
}
