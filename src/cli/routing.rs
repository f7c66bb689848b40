//! Which databases a command concerns, and which part of the graph each of them takes.

use std::borrow::Cow;

use crate::db::DatabaseUrl;
use crate::env::DatabaseSettings;
use crate::env::Routed;
use crate::env::routed_graph;
use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::target::Resolver;
use crate::target::Symbol;
use crate::target::Target;
use crate::target::TargetKind;
use crate::ui::Entry;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::sites::Site;

/// A database with its part of the graph; where it is does not matter yet.
pub(super) struct Route<'a> {
    pub(super) settings: Cow<'a, DatabaseSettings>,
    pub(super) graph: &'a RevisionGraph,
    /// Branches that it takes and that have no revision yet.
    not_begun: &'a [BranchLabel],
}

impl<'a> Route<'a> {
    pub(super) fn name(&self) -> &str {
        &self.settings.name
    }

    fn at(self, url: DatabaseUrl) -> Site<'a> {
        Site { settings: self.settings, url, graph: self.graph }
    }
}

impl Context {
    /// Every database of this invocation, with its part of the graph.
    pub(super) fn routes(&self) -> Result<Vec<Route<'_>>, CliError> {
        self.databases()?.into_iter().map(|settings| self.route(settings)).collect()
    }

    /// The same, to be opened.
    pub(super) fn sites(&self) -> Result<Vec<Site<'_>>, CliError> {
        self.located(self.routes()?)
    }

    /// Finds out where databases are. All variables that this lacks are told at once.
    pub(super) fn located<'a>(&self, routes: Vec<Route<'a>>) -> Result<Vec<Site<'a>>, CliError> {
        let urls = self.project.urls(routes.iter().map(|route| route.settings.as_ref()))?;
        Ok(routes.into_iter().zip(urls).map(|(route, url)| route.at(url)).collect())
    }

    /// The only one of `routes`, to be opened; several are refused, for commands that must not
    /// touch more than was meant.
    pub(super) fn only_site<'a>(
        &self,
        routes: Vec<Route<'a>>,
        command: &'static str,
    ) -> Result<Site<'a>, CliError> {
        match <[Route<'a>; 1]>::try_from(routes) {
            Ok([route]) => {
                let url = self.project.url(&route.settings)?;
                Ok(route.at(url))
            }
            Err(routes) => {
                let names = routes.iter().map(|route| route.name().to_owned()).collect();
                Err(CliError::DatabaseNotChosen { command, names })
            }
        }
    }

    /// A database with its part of the graph.
    pub(super) fn route<'a>(
        &'a self,
        settings: Cow<'a, DatabaseSettings>,
    ) -> Result<Route<'a>, CliError> {
        Ok(match self.part(&settings)? {
            None => Route { settings, graph: self.revisions.graph(), not_begun: &[] },
            Some(part) => Route { settings, graph: &part.graph, not_begun: &part.not_begun },
        })
    }

    /// The part of the graph that a database takes, unless that is all of it: found when it is
    /// first asked for.
    fn part(&self, database: &DatabaseSettings) -> Result<Option<&Routed>, CliError> {
        let (Some(branches), Some(part)) = (&database.branches, self.parts.get(&database.name))
        else {
            return Ok(None);
        };
        if let Some(routed) = part.get() {
            return Ok(Some(routed));
        }
        let taken = self.project.taken_branches();
        let routed = routed_graph(self.revisions.graph(), &database.name, branches, &taken)?;
        Ok(Some(part.get_or_init(|| routed)))
    }

    /// The databases that `target` concerns: all, unless it names a branch or a revision, which
    /// finds its own.
    pub(super) fn routes_for(&self, target: &Target) -> Result<Vec<Route<'_>>, CliError> {
        let routes = self.routes()?;
        let Some(node) = self.named_place(target)? else {
            return Ok(routes);
        };
        let id = self.revisions.graph().id(node);
        let takes_it = |route: &Route<'_>| route.graph.find(id).is_some();
        if routes.iter().any(takes_it) {
            Ok(routes.into_iter().filter(takes_it).collect())
        } else {
            Err(CliError::NotRouted { target: target.to_string() })
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
            return Err(CliError::NotRouted { target: words.join(" ") });
        }
        Ok(routes)
    }

    /// The revision or branch that `target` mentions, if it mentions one.
    fn named_place(&self, target: &Target) -> Result<Option<Node>, CliError> {
        let resolver = Resolver::new(self.revisions.graph());
        if let Some(branch) = &target.branch {
            return Ok(Some(resolver.branch(branch)?));
        }
        let (TargetKind::Absolute(symbol) | TargetKind::Relative { anchor: Some(symbol), .. }) =
            &target.kind
        else {
            return Ok(None);
        };
        match symbol {
            Symbol::Name(name) => Ok(Some(resolver.name(name)?)),
            Symbol::Head | Symbol::Heads | Symbol::Base | Symbol::Current => Ok(None),
        }
    }

    /// The graph that listings show: that of the one chosen database, or the whole.
    pub(super) fn listed_graph(&self) -> Result<&RevisionGraph, CliError> {
        if self.chosen_names()?.is_empty() {
            return Ok(self.revisions.graph());
        }
        match self.routes()?.as_slice() {
            [route] => Ok(route.graph),
            _ => Ok(self.revisions.graph()),
        }
    }

    /// Says which branches go nowhere: heads that no database takes, and branches that a database
    /// takes but nobody has begun. A branch that is never run must not go unnoticed.
    pub(super) fn warn_of_routes(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        let databases = self.project.databases.iter().map(Cow::Borrowed);
        let routes = databases.map(|d| self.route(d)).collect::<Result<Vec<_>, _>>()?;
        for route in &routes {
            for label in route.not_begun {
                output.insist(format_args!(
                    "warning: database {} takes branch '{label}', but no revision has that label \
                     yet",
                    route.name()
                ));
            }
        }
        let graph = self.revisions.graph();
        for head in graph.heads(Edges::Versioned) {
            let id = graph.id(head);
            if !routes.is_empty() && routes.iter().all(|route| route.graph.find(id).is_none()) {
                output.insist(format_args!(
                    "warning: no database takes revision {}: its branch is never run",
                    Entry::new(graph, head).as_head()
                ));
            }
        }
        Ok(())
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
