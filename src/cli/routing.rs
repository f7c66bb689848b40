//! Which databases a command concerns, and which part of the graph each of them takes.

use std::borrow::Cow;

use crate::env::DatabaseSettings;
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
    pub(super) graph: Cow<'a, RevisionGraph>,
    /// Branches that it takes and that have no revision yet.
    not_begun: Vec<BranchLabel>,
}

impl Route<'_> {
    pub(super) fn name(&self) -> &str {
        &self.settings.name
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
        let sites = routes.into_iter().zip(urls);
        Ok(sites
            .map(|(Route { settings, graph, .. }, url)| Site { settings, url, graph })
            .collect())
    }

    fn route<'a>(&'a self, settings: Cow<'a, DatabaseSettings>) -> Result<Route<'a>, CliError> {
        let graph = self.revisions.graph();
        let (graph, not_begun) = match settings.branches.as_deref() {
            Some(branches) => {
                let routed =
                    routed_graph(graph, &settings.name, branches, &self.project.taken_branches())?;
                (Cow::Owned(routed.graph), routed.not_begun)
            }
            None => (Cow::Borrowed(graph), Vec::new()),
        };
        Ok(Route { settings, graph, not_begun })
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
    pub(super) fn listed_graph(&self) -> Result<Cow<'_, RevisionGraph>, CliError> {
        match self.chosen_names()?.as_slice() {
            [] => Ok(Cow::Borrowed(self.revisions.graph())),
            _ => {
                let mut routes = self.routes()?;
                match routes.len() {
                    1 => Ok(routes.remove(0).graph),
                    _ => Ok(Cow::Borrowed(self.revisions.graph())),
                }
            }
        }
    }

    /// Says which branches go nowhere: heads that no database takes, and branches that a database
    /// takes but nobody has begun. A branch that is never run must not go unnoticed.
    pub(super) fn warn_of_routes(&self, output: &mut Output<'_>) -> Result<(), CliError> {
        let databases = self.project.databases.iter().map(Cow::Borrowed);
        let routes = databases.map(|d| self.route(d)).collect::<Result<Vec<_>, _>>()?;
        for route in &routes {
            for label in &route.not_begun {
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
