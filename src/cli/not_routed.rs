//! What is not routed to a database, and what to do about it.

use std::path::PathBuf;

use crate::env::Rule;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::graph::BranchLabel;
use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::target::HeadOf;
use crate::target::Resolver;
use crate::target::Target;
use crate::target::TargetError;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::routing::Place;
use super::routing::Route;
use super::sites::Site;

/// Why a revision does not run on a database.
#[derive(Debug)]
pub(super) enum Reason {
    /// Its file names other databases.
    Narrowed { databases: Vec<String>, path: PathBuf },
    /// The database does not take its branches; it may have none.
    OtherBranch { labels: Vec<BranchLabel> },
}

impl Context {
    /// Why `node` of the whole graph does not run on `database`.
    pub(super) fn reason(&self, node: Node, database: &str) -> Result<Reason, CliError> {
        let graph = self.revisions.graph();
        let verdict = self.routing()?.verdict(graph, node, database)?;
        Ok(match verdict.map(|verdict| verdict.rule) {
            Some(Rule::Narrowed { databases }) => {
                Reason::Narrowed { databases, path: graph.revision(node).path.clone() }
            }
            _ => Reason::OtherBranch { labels: graph.labels_of(node).to_vec() },
        })
    }

    /// The error of a target that none of `routes` takes.
    pub(super) fn not_routed(
        &self,
        target: &Target,
        place: &Place<'_>,
        routes: &[Route<'_>],
    ) -> Result<CliError, CliError> {
        let graph = self.revisions.graph();
        let name = match place {
            Place::Branch(label) => label.as_str(),
            Place::Revision(id) => id.as_str(),
        };
        let mut reasons = Vec::new();
        if let Some(node) = graph.by_name(name) {
            for route in routes {
                reasons.push((route.name().to_owned(), self.reason(node, route.name())?));
            }
        }
        let takers = self.all_routes()?.into_iter().filter(|route| place.is_in(route.graph));
        let takers = takers.map(|route| route.name().to_owned()).collect();
        Ok(CliError::NotRouted { target: target.to_string(), reasons, takers })
    }

    /// The revisions of `graph` that the rows of a database are.
    pub(super) fn rows(
        &self,
        graph: &RevisionGraph,
        database: &str,
        heads: &Heads,
    ) -> Result<Vec<Node>, CliError> {
        Resolver::new(graph).rows(heads).map_err(|error| {
            self.row_error(graph, database, heads, &error).unwrap_or_else(|| error.into())
        })
    }

    /// What `error` is for a row that the files know, but the database does not take: another
    /// mistake than a row that nobody knows.
    fn row_error(
        &self,
        part: &RevisionGraph,
        database: &str,
        heads: &Heads,
        error: &TargetError,
    ) -> Option<CliError> {
        let TargetError::UnknownRow { id, .. } = error else { return None };
        let graph = self.revisions.graph();
        let node = graph.find(id)?;
        let reason = self.reason(node, database).ok()?;
        let (database, id) = (database.to_owned(), id.clone());
        Some(CliError::RowNotRouted { database, id, reason, below: self.below(part, heads) })
    }

    /// The rows that say of the revisions of `part` what `heads` say of the whole history; `None`
    /// where nobody knows one of them.
    fn below(&self, part: &RevisionGraph, heads: &Heads) -> Option<Vec<RevisionId>> {
        let graph = self.revisions.graph();
        let rows: Option<Vec<Node>> = heads.iter().map(|id| graph.find(id)).collect();
        let applied = graph.ancestors(rows.filter(|rows| !rows.is_empty())?, Edges::All);
        let mut below = part.no_nodes();
        for node in applied.iter().filter_map(|node| part.find(graph.id(node))) {
            below.insert(node);
        }
        Some(part.maximal(&below).into_iter().map(|node| part.id(node).clone()).collect())
    }

    /// Refuses a `command` without a target where a branch has two heads that nobody has named:
    /// two people have written a revision at the same time, and nobody has looked at both.
    pub(super) fn refuse_forks(
        &self,
        command: &'static str,
        output: &Output<'_>,
    ) -> Result<(), CliError> {
        // Alembic wants a target.
        if output.stands_in() {
            return Ok(());
        }
        let mut errors = Vec::new();
        for route in self.routes()? {
            let graph = route.graph;
            let forks = graph.forks().into_iter();
            let mut forks = forks.filter(|fork| graph.have_grown_apart(&fork.heads));
            let Some(fork) = forks.next() else { continue };
            let heads = Resolver::new(graph).describe(&fork.heads);
            let argument = "head".to_owned();
            let file = |head: &Node| graph.revision(*head).path.clone();
            errors.push(CliError::Fork {
                database: route.name().to_owned(),
                error: TargetError::MultipleHeads { argument, heads: heads.clone() },
                heads,
                files: fork.heads.iter().map(file).collect(),
                without_target: Some(command),
            });
        }
        // Nothing is done on any of them.
        let total = errors.len();
        CliError::of_sites(errors, total)
    }

    /// The error of a run, with what only the whole project tells about it.
    pub(super) fn run_error(&self, site: &Site<'_>, error: RunError) -> CliError {
        let database = site.name().to_owned();
        if let RunErrorKind::Target(target) = error.kind.as_ref() {
            let row = self.row_error(site.graph, &database, &error.report.before, target);
            if let Some(row) = row {
                return row;
            }
            if let TargetError::MultipleHeads { heads, .. } = target
                && is_fork(heads)
            {
                let path = |head: &HeadOf| {
                    site.graph.find(&head.id).map(|node| site.graph.revision(node).path.clone())
                };
                let files = heads.iter().filter_map(path).collect();
                let (error, heads) = (target.clone(), heads.clone());
                return CliError::Fork { database, error, heads, files, without_target: None };
            }
        }
        CliError::Run { database, error }
    }
}

/// Whether `heads` are those of one branch, and not each of a branch of its own within it.
fn is_fork(heads: &[HeadOf]) -> bool {
    let having = |label: &BranchLabel| heads.iter().filter(|h| h.labels.contains(label)).count();
    let mut labels = heads.iter().flat_map(|head| &head.labels);
    let is_one_branch = labels.any(|label| having(label) == heads.len());
    let is_meant = |head: &HeadOf| head.labels.iter().any(|label| having(label) == 1);
    is_one_branch && !heads.iter().all(is_meant)
}
