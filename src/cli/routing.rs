//! Which databases a command concerns, and which part of the graph each of them takes.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::iter;

use crate::db::DatabaseUrl;
use crate::env::DatabaseRoute;
use crate::env::DatabaseSettings;
use crate::env::Project;
use crate::env::RouteError;
use crate::env::Routed;
use crate::env::Routing;
use crate::env::TenantSettings;
use crate::env::tenants_of;
use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan::Need;
use crate::target::Resolver;
use crate::target::Symbol;
use crate::target::Target;
use crate::target::TargetKind;
use crate::ui::Output;

use super::choice::UNNAMED;
use super::context::Context;
use super::error::CliError;
use super::sites::Site;
use super::tenants::TenantChoice;

/// How the graph is divided among the databases: found when it is first asked for.
pub(super) struct Parts {
    routing: OnceCell<Routing>,
    /// The part of each database; `None` for one that takes all of the graph.
    of_databases: BTreeMap<String, OnceCell<Option<Routed>>>,
    /// What several chosen databases take together.
    joint: OnceCell<RevisionGraph>,
}

impl Parts {
    /// Nothing found yet for the databases of `project`.
    pub(super) fn of(project: &Project) -> Self {
        let names = names(project).into_iter();
        Parts {
            routing: OnceCell::new(),
            of_databases: names.map(|name| (name.to_owned(), OnceCell::new())).collect(),
            joint: OnceCell::new(),
        }
    }
}

/// The names of all that takes a part of the graph: databases, and their tenants.
fn names(project: &Project) -> Vec<&str> {
    if project.databases.is_empty() {
        return vec![UNNAMED];
    }
    let names = project.databases.iter().flat_map(|database| {
        let tenants = database.tenants.iter().map(|tenants| tenants.name.as_str());
        iter::once(database.name.as_str()).chain(tenants)
    });
    names.collect()
}

/// Divides `graph` among the databases of `project`; `narrowed` tells the `databases` of a revision.
pub(super) fn divide<'a>(
    project: &Project,
    graph: &RevisionGraph,
    narrowed: impl Fn(&RevisionId) -> &'a [String],
) -> Result<Routing, RouteError> {
    Routing::new(graph, &database_routes(project), narrowed)
}

fn database_routes(project: &Project) -> Vec<DatabaseRoute<'_>> {
    let branches = |name| {
        project.databases.iter().find_map(|database| match &database.tenants {
            Some(tenants) if tenants.name == name => Some(Some(tenants.branches.as_slice())),
            _ => (database.name == name).then_some(database.branches.as_deref()),
        })
    };
    names(project)
        .into_iter()
        .map(|name| DatabaseRoute { name, branches: branches(name).flatten() })
        .collect()
}

/// A database with its part of the graph; where it is does not matter yet.
#[derive(Clone)]
pub(super) struct Route<'a> {
    pub(super) settings: Cow<'a, DatabaseSettings>,
    /// Whether it is that of the tenants of the database.
    pub(super) is_of_tenants: bool,
    pub(super) graph: &'a RevisionGraph,
    /// Branches that it takes and that have no revision yet.
    pub(super) not_begun: &'a [BranchLabel],
    /// What its revisions depend on in other databases.
    pub(super) needs: &'a [Need],
}

impl<'a> Route<'a> {
    pub(super) fn name(&self) -> &str {
        self.tenants().map_or(&self.settings.name, |tenants| &tenants.name)
    }

    /// The tenants, where it is theirs.
    pub(super) fn tenants(&self) -> Option<&TenantSettings> {
        self.settings.tenants.as_ref().filter(|_| self.is_of_tenants)
    }

    fn at(self, url: DatabaseUrl, logs_sql: bool) -> Site<'a> {
        Site {
            name: self.settings.name.clone(),
            settings: self.settings,
            tenant: None,
            url,
            graph: self.graph,
            needs: self.needs,
            logs_sql,
        }
    }
}

/// What a target mentions.
pub(super) enum Place<'a> {
    Branch(&'a BranchLabel),
    Revision(&'a RevisionId),
}

impl Place<'_> {
    /// Whether a database with this part of the graph has any of it.
    pub(super) fn is_in(&self, part: &RevisionGraph) -> bool {
        match self {
            Place::Branch(label) => part.by_name(label.as_str()).is_some(),
            Place::Revision(id) => part.find(id).is_some(),
        }
    }
}

impl Context {
    /// Every database of this invocation, with its part of the graph; one with tenants comes twice,
    /// its shared schema first.
    pub(super) fn routes(&self) -> Result<Vec<Route<'_>>, CliError> {
        let meant = self.meant()?.into_iter();
        meant.map(|(settings, is_of_tenants)| self.route_of(settings, is_of_tenants)).collect()
    }

    /// The databases of this invocation, with whether their tenants are meant.
    pub(super) fn meant(&self) -> Result<Vec<(Cow<'_, DatabaseSettings>, bool)>, CliError> {
        let choice = TenantChoice::of(&self.globals);
        let mut meant = Vec::new();
        for settings in self.databases()? {
            if choice.takes_shared(&settings.name) {
                meant.push((Cow::clone(&settings), false));
            }
            if settings.tenants.is_some() && choice.takes_tenants(&settings.name) {
                meant.push((settings, true));
            }
        }
        match meant.is_empty() {
            true => Err(CliError::NoTenants),
            false => Ok(meant),
        }
    }

    /// The same, to be opened.
    pub(super) fn sites(&self) -> Result<Vec<Site<'_>>, CliError> {
        self.located(self.routes()?)
    }

    /// The databases of this invocation, to be opened whatever keeps the graph from being divided
    /// among them: each has all of it.
    pub(super) fn sites_without_routes(&self) -> Result<Vec<Site<'_>>, CliError> {
        let graph = self.revisions.graph();
        let whole =
            |settings| Route { settings, is_of_tenants: false, graph, not_begun: &[], needs: &[] };
        self.located(self.databases()?.into_iter().map(whole).collect())
    }

    /// The databases of the configuration but those that are `chosen`.
    pub(super) fn other_routes(&self, chosen: &[&str]) -> Result<Vec<Route<'_>>, CliError> {
        let databases = self.project.databases.iter();
        let others = databases.filter(|database| !chosen.contains(&database.name.as_str()));
        others.map(|database| self.route(Cow::Borrowed(database))).collect()
    }

    /// Finds out where databases are, and which tenants they have. All variables that this lacks
    /// are told at once.
    pub(super) fn located<'a>(&self, routes: Vec<Route<'a>>) -> Result<Vec<Site<'a>>, CliError> {
        let urls = self.project.urls(routes.iter().map(|route| route.settings.as_ref()))?;
        let mut sites = Vec::with_capacity(routes.len());
        let are_listed = routes.iter().any(|route| route.is_of_tenants);
        for (route, url) in routes.into_iter().zip(urls) {
            match route.tenants() {
                Some(tenants) => sites.extend(self.tenant_sites(&route, tenants, &url)?),
                None => sites.push(route.at(url, self.globals.log_sql)),
            }
        }
        if are_listed {
            self.check_tenants(&sites)?;
        }
        Ok(sites)
    }

    /// The only one of `routes`, to be opened; several are refused, for commands that must not
    /// touch more than was meant.
    pub(super) fn only_site<'a>(
        &self,
        routes: Vec<Route<'a>>,
        command: &'static str,
    ) -> Result<Site<'a>, CliError> {
        let names: Vec<String> = routes.iter().map(|route| route.name().to_owned()).collect();
        if names.len() != 1 {
            return Err(CliError::DatabaseNotChosen { command, names });
        }
        match <[Site<'a>; 1]>::try_from(self.located(routes)?) {
            Ok([site]) => Ok(site),
            Err(sites) => {
                let names = sites.iter().map(|site| site.name().to_owned()).collect();
                Err(CliError::DatabaseNotChosen { command, names })
            }
        }
    }

    /// Every database of the configuration, chosen or not, with their tenants.
    pub(super) fn all_routes(&self) -> Result<Vec<Route<'_>>, CliError> {
        let mut routes = Vec::new();
        for settings in self.project.databases.iter().map(Cow::Borrowed) {
            routes.push(self.route(Cow::clone(&settings))?);
            if settings.tenants.is_some() {
                routes.push(self.route_of_tenants(settings)?);
            }
        }
        Ok(routes)
    }

    /// A database with its part of the graph.
    pub(super) fn route<'a>(
        &'a self,
        settings: Cow<'a, DatabaseSettings>,
    ) -> Result<Route<'a>, CliError> {
        self.route_of(settings, false)
    }

    /// The tenants of a database with their part of the graph.
    pub(super) fn route_of_tenants<'a>(
        &'a self,
        settings: Cow<'a, DatabaseSettings>,
    ) -> Result<Route<'a>, CliError> {
        self.route_of(settings, true)
    }

    /// A database, or its tenants, with their part of the graph.
    pub(super) fn route_of<'a>(
        &'a self,
        settings: Cow<'a, DatabaseSettings>,
        is_of_tenants: bool,
    ) -> Result<Route<'a>, CliError> {
        let graph = self.revisions.graph();
        let route = Route { settings, is_of_tenants, graph, not_begun: &[], needs: &[] };
        Ok(match self.part(route.name())? {
            None => route,
            Some(part) => Route {
                graph: &part.graph,
                not_begun: &part.not_begun,
                needs: &part.needs,
                ..route
            },
        })
    }

    /// The part of the graph that a database takes, unless that is all of it.
    fn part(&self, database: &str) -> Result<Option<&Routed>, CliError> {
        // It widens the routes of the database that it is given for, and no others'.
        let own = tenants_of(database).unwrap_or(database);
        if self.globals.ignore_routes && self.chosen_names()?.iter().any(|name| name == own) {
            return Ok(None);
        }
        let Some(part) = self.parts.of_databases.get(database) else { return Ok(None) };
        if let Some(routed) = part.get() {
            return Ok(routed.as_ref());
        }
        let routed = self.routing()?.part(self.revisions.graph(), database)?;
        Ok(part.get_or_init(|| routed).as_ref())
    }

    /// How the graph is divided among the databases.
    pub(super) fn routing(&self) -> Result<&Routing, CliError> {
        if let Some(routing) = self.parts.routing.get() {
            return Ok(routing);
        }
        let routing = divide(&self.project, self.revisions.graph(), |id| self.databases_of(id))?;
        Ok(self.parts.routing.get_or_init(|| routing))
    }

    /// The databases that a revision names.
    fn databases_of(&self, id: &RevisionId) -> &[String] {
        self.revisions.find(id).map_or(&[], |file| &file.options.databases)
    }

    /// Everything that keeps the graph from being divided among the databases.
    pub(super) fn mistakes_of_routes(&self) -> Vec<RouteError> {
        let databases = database_routes(&self.project);
        Routing::mistakes(self.revisions.graph(), &databases, |id| self.databases_of(id))
    }

    /// The databases that `target` concerns: all, unless it names a branch or a revision, which
    /// finds its own.
    pub(super) fn routes_for(&self, target: &Target) -> Result<Vec<Route<'_>>, CliError> {
        let routes = self.routes()?;
        let Some(place) = self.named_place(target)? else {
            return Ok(routes);
        };
        if routes.iter().any(|route| place.is_in(route.graph)) {
            Ok(routes.into_iter().filter(|route| place.is_in(route.graph)).collect())
        } else {
            Err(self.not_routed(target, &place, &routes)?)
        }
    }

    /// Refuses what a new revision is to follow where none of the chosen databases takes it.
    pub(super) fn routes_of_placement(&self, targets: &[Target]) -> Result<(), CliError> {
        if self.chosen_names()?.is_empty() {
            return Ok(());
        }
        targets.iter().try_for_each(|target| self.routes_for(target).map(drop))
    }

    /// `error` of finding `targets` in what the chosen databases take, unless it is that one of
    /// them is not routed there.
    pub(super) fn not_routed_or(&self, targets: &[Target], error: CliError) -> CliError {
        match self.routes_of_placement(targets) {
            Err(not_routed @ CliError::NotRouted { .. }) => not_routed,
            _ => error,
        }
    }

    /// The databases that each of `targets` concerns.
    pub(super) fn routes_for_all<'a>(
        &self,
        targets: impl IntoIterator<Item = &'a Target>,
    ) -> Result<Vec<Route<'_>>, CliError> {
        let mut routes = self.routes()?;
        let mut words: Vec<&str> = Vec::new();
        for target in targets {
            let taking = self.routes_for(target)?;
            routes.retain(|route| taking.iter().any(|taking| taking.name() == route.name()));
            words.push(target.as_str());
        }
        if routes.is_empty() {
            return Err(CliError::NoCommonDatabase { targets: words.join(" ") });
        }
        Ok(routes)
    }

    /// All revisions of a branch, which a label or a revision names.
    pub(super) fn lineage_of(&self, branch: &str) -> Result<NodeSet, CliError> {
        let target: Target = format!("{branch}@heads").parse()?;
        let graph = self.revisions.graph();
        let nodes = match self.named_place(&target)? {
            Some(Place::Revision(id)) => graph.find(id),
            Some(Place::Branch(label)) => graph.by_name(label.as_str()),
            None => None,
        };
        let nodes: Vec<_> = nodes.into_iter().collect();
        Ok(graph.lineage(&nodes, Edges::Versioned))
    }

    /// The revision or branch that `target` mentions, if it mentions one.
    fn named_place(&self, target: &Target) -> Result<Option<Place<'_>>, CliError> {
        let graph = self.revisions.graph();
        let resolver = Resolver::new(graph);
        let (text, node) = match (&target.branch, &target.kind) {
            (Some(branch), _) => (branch.as_str(), resolver.branch(branch)?),
            (
                None,
                TargetKind::Absolute(Symbol::Name(name))
                | TargetKind::Relative { anchor: Some(Symbol::Name(name)), .. },
            ) => (name.as_str(), resolver.name(name)?),
            _ => return Ok(None),
        };
        let id = graph.id(node);
        if id.as_str().starts_with(text) {
            return Ok(Some(Place::Revision(id)));
        }
        // Its own revision need not be where the branch is.
        let mut labels = graph.labels().filter(|(_, declaring)| *declaring == node);
        let label = labels.find(|(label, _)| label.as_str().starts_with(text));
        Ok(Some(label.map_or(Place::Revision(id), |(label, _)| Place::Branch(label))))
    }

    /// The graph that listings show: what the chosen databases take, or the whole.
    pub(super) fn listed_graph(&self) -> Result<&RevisionGraph, CliError> {
        let chooses_tenants = TenantChoice::of(&self.globals) != TenantChoice::everything();
        if self.chosen_names()?.is_empty() && !chooses_tenants {
            return Ok(self.revisions.graph());
        }
        let routes = self.routes()?;
        if let [route] = routes.as_slice() {
            return Ok(route.graph);
        }
        if let Some(joint) = self.parts.joint.get() {
            return Ok(joint);
        }
        let names: Vec<&str> = routes.iter().map(Route::name).collect();
        let joint = self.routing()?.joint_part(self.revisions.graph(), &names)?;
        Ok(self.parts.joint.get_or_init(|| joint))
    }

    /// Refuses `--ignore-routes` for anything but one database, and warns of it there.
    pub(super) fn warn_of_ignored_routes(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        if !self.globals.ignore_routes {
            return Ok(());
        }
        match self.chosen_names()?.as_slice() {
            [name] => {
                output.insist(format_args!(
                    "warning: --ignore-routes: every branch and every revision can run on database \
                     {name} now, also what belongs to others"
                ));
                Ok(())
            }
            _ => {
                let names = self.project.databases.iter().map(|d| d.name.clone()).collect();
                Err(CliError::DatabaseNotChosen { command: "--ignore-routes", names })
            }
        }
    }

    /// Says which databases a run has left alone that `limbeck upgrade` would have covered.
    pub(super) fn tell_untouched(&self, touched: &[Site<'_>], output: &mut Output<'_>) {
        let names: Vec<&str> = self
            .project
            .databases
            .iter()
            .map(|database| database.name.as_str())
            .filter(|name| touched.iter().all(|site| site.name() != *name))
            .collect();
        // A URL is that of a database beside those of the configuration.
        if !names.is_empty() && self.globals.url.is_none() {
            output.notice(format_args!("not touched: {}", names.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::ptr;

    use clap::Parser;

    use crate::cli::arguments::Arguments;

    use super::*;

    #[test]
    fn each_database_is_routed_once() {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("limbeck.toml");
        let databases =
            "[databases.a]\nurl = \"a.db\"\nbranches = [\"a\"]\n[databases.b]\nurl = \"b.db\"\n";
        fs::write(&config, databases).unwrap();
        fs::create_dir(directory.path().join("versions")).unwrap();
        let revision = "/*---\nrevision = \"a1\"\ndown_revision = []\nbranch_labels = [\"a\"]\n---*/\n--- upgrade\n";
        fs::write(directory.path().join("versions/a1.sql"), revision).unwrap();
        let arguments = ["limbeck", "-c", config.to_str().unwrap(), "heads"];
        let globals = Arguments::try_parse_from(arguments).unwrap().globals;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut output = Output::new(&mut stdout, &mut stderr, false);

        let context = Context::load(globals, &mut output).unwrap();
        let (routes, target) = (context.routes().unwrap(), "a@head".parse().unwrap());
        let [a, b] = routes.as_slice() else { panic!("two databases") };
        assert!(ptr::eq(b.graph, context.revisions.graph()));
        assert!(!ptr::eq(a.graph, b.graph));
        let again = context.routes_for(&target).unwrap();
        assert_eq!(again.iter().map(Route::name).collect::<Vec<_>>(), ["a", "b"]);
        assert!(again.iter().zip(&routes).all(|(again, first)| ptr::eq(again.graph, first.graph)));
    }
}
