//! The division of a graph among databases.

use std::slice::from_ref;

use std::collections::VecDeque;

use crate::graph::BranchLabel;
use crate::graph::Declared;
use crate::graph::Edges;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::graph::nearest;
use crate::graph::nearest_name;
use crate::plan::Need;

use super::error::RouteError;

/// What the configuration says of the route to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseRoute<'a> {
    /// Its name; that of its tenants ends in `/*`.
    pub name: &'a str,
    /// The branches it takes; `None` for every branch.
    pub branches: Option<&'a [BranchLabel]>,
}

/// The part of a graph that belongs to a database.
#[derive(Debug, Clone)]
pub struct Routed {
    /// That part, as a graph of its own: heads, branch points and abbreviations are those of this
    /// part, so no other revision can be named, let alone run.
    pub graph: RevisionGraph,
    /// What its revisions depend on in other databases, in load order.
    pub needs: Vec<Need>,
    /// Branches that the database takes and that have no revision yet.
    pub not_begun: Vec<BranchLabel>,
}

/// How the revisions of one graph are divided among databases.
#[derive(Debug, Clone)]
pub struct Routing {
    pub(super) databases: Vec<Taken>,
    /// For each revision the databases that its file names, by their places among `databases`;
    /// `None` where it names none.
    narrowing: Vec<Option<Vec<usize>>>,
}

/// What a database takes before revisions are narrowed.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) name: String,
    pub(super) branches: Option<Vec<BranchLabel>>,
    /// Its branches and what these follow by down_revision.
    pub(super) branch: NodeSet,
    not_begun: Vec<BranchLabel>,
}

/// What a database takes in the end.
pub(super) struct Members {
    /// The revisions that run there.
    pub(super) runs: NodeSet,
    /// Each dependency on a revision of other databases, with these.
    needs: Vec<(Node, Node, Vec<usize>)>,
}

impl Routing {
    /// Divides `graph` among `databases`. `narrowed` tells the `databases` of a revision: empty
    /// for all.
    ///
    /// # Errors
    /// [`RouteError`] when a label or the name of a database seems to be misspelt.
    pub fn new<'a>(
        graph: &RevisionGraph,
        databases: &[DatabaseRoute<'_>],
        narrowed: impl Fn(&RevisionId) -> &'a [String],
    ) -> Result<Self, RouteError> {
        // What resembles a branch that is taken is no misspelling of it (`engine1`, `engine2`).
        let taken: Vec<&BranchLabel> =
            databases.iter().filter_map(|database| database.branches).flatten().collect();
        let narrowing = graph
            .nodes()
            .map(|node| places(graph, node, databases, narrowed(graph.id(node))))
            .collect::<Result<Vec<_>, _>>()?;
        let databases = databases
            .iter()
            .map(|database| take(graph, database, &taken))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Routing { databases, narrowing })
    }

    /// Everything that keeps [`Routing::new`] from dividing `graph`, of which that tells the first.
    pub fn mistakes<'a>(
        graph: &RevisionGraph,
        databases: &[DatabaseRoute<'_>],
        narrowed: impl Fn(&RevisionId) -> &'a [String],
    ) -> Vec<RouteError> {
        let taken: Vec<&BranchLabel> =
            databases.iter().filter_map(|database| database.branches).flatten().collect();
        let mut mistakes = Vec::new();
        for node in graph.nodes() {
            for name in narrowed(graph.id(node)) {
                mistakes.extend(places(graph, node, databases, from_ref(name)).err());
            }
        }
        for database in databases {
            for label in database.branches.unwrap_or_default() {
                let one = DatabaseRoute { name: database.name, branches: Some(from_ref(label)) };
                mistakes.extend(take(graph, &one, &taken).err());
            }
        }
        mistakes
    }

    /// The part of `graph`, the graph that was divided, which belongs to `database`; `None` where
    /// that is all of it, and for a database that was not there.
    ///
    /// # Errors
    /// [`RouteError`] when a merge leads into a branch that the database does not take, or a
    /// revision depends on one that no database takes.
    pub fn part(
        &self,
        graph: &RevisionGraph,
        database: &str,
    ) -> Result<Option<Routed>, RouteError> {
        let Some(index) = self.databases.iter().position(|taken| taken.name == database) else {
            return Ok(None);
        };
        let Members { runs, needs } = self.members(graph, index)?;
        if runs.len() == graph.len() && self.databases[index].branches.is_none() {
            return Ok(None);
        }
        let names = |places: Vec<usize>| {
            places.into_iter().map(|place| self.databases[place].name.clone()).collect()
        };
        let needs = needs.into_iter().map(|(node, needed, places)| Need {
            revision: graph.id(node).clone(),
            needed: graph.id(needed).clone(),
            databases: names(places),
        });
        Ok(Some(Routed {
            graph: graph.part(&runs),
            needs: needs.collect(),
            not_begun: self.databases[index].not_begun.clone(),
        }))
    }

    /// The part of `graph`, the graph that was divided, which belongs to any of `databases`.
    ///
    /// # Errors
    /// As [`Routing::part`].
    pub fn joint_part(
        &self,
        graph: &RevisionGraph,
        databases: &[&str],
    ) -> Result<RevisionGraph, RouteError> {
        let mut members = graph.no_nodes();
        for (index, taken) in self.databases.iter().enumerate() {
            if databases.contains(&taken.name.as_str()) {
                members.union_with(&self.members(graph, index)?.runs);
            }
        }
        Ok(graph.part(&members))
    }

    /// The databases that the file of `node` names.
    pub(super) fn named_databases(&self, node: Node) -> Vec<String> {
        let places = self.narrowing.get(node.index()).and_then(Option::as_ref);
        let places = places.into_iter().flatten();
        places.map(|place| self.databases[*place].name.clone()).collect()
    }

    /// Whether the file of `node` names databases, and that at `index` is none of them.
    pub(super) fn is_away(&self, node: Node, index: usize) -> bool {
        let narrowing = self.narrowing.get(node.index());
        matches!(narrowing, Some(Some(places)) if !places.contains(&index))
    }

    /// Whether the database at `index` takes `node` for the sake of its branches.
    fn takes(&self, node: Node, index: usize) -> bool {
        self.databases[index].branch.contains(node) && !self.is_away(node, index)
    }

    /// What runs on the database at `index`.
    pub(super) fn members(
        &self,
        graph: &RevisionGraph,
        index: usize,
    ) -> Result<Members, RouteError> {
        let database = &self.databases[index];
        let mut base = graph.no_nodes();
        let mut todo: VecDeque<Node> = database.branch.iter().collect();
        let mut needs = Vec::new();
        while let Some(node) = todo.pop_front() {
            if !base.insert(node) {
                continue;
            }
            self.check_merge(graph, index, node)?;
            todo.extend(graph.parents(node, Edges::Versioned));
            if self.is_away(node, index) {
                // It does not run here, so neither need what it depends on.
                continue;
            }
            for dependency in graph.dependencies(node).iter().copied() {
                if self.takes(dependency, index) {
                    continue;
                }
                let mut places: Vec<usize> = (0..self.databases.len())
                    .filter(|other| *other != index && self.takes(dependency, *other))
                    .collect();
                if !places.is_empty() {
                    self.check_tenants(graph, index, (node, dependency), &places)?;
                    // Where it runs in tenants as well, what is not one of them decides.
                    places.retain(|place| tenants_of(&self.databases[*place].name).is_none());
                    needs.push((node, dependency, places));
                } else if self.is_away(dependency, index) || is_foreign(graph, database, dependency)
                {
                    return Err(RouteError::NeededNowhere {
                        database: database.name.clone(),
                        revision: declared(graph, node),
                        needed: declared(graph, dependency),
                        labels: graph.labels_of(dependency).to_vec(),
                    });
                } else {
                    // It is on nobody's branch and comes along.
                    todo.push_back(dependency);
                }
            }
        }
        let mut runs = base;
        for node in graph.nodes().filter(|node| self.is_away(*node, index)) {
            runs.remove(node);
        }
        // What came along with another revision is here as well.
        needs.retain(|(_, dependency, _)| !runs.contains(*dependency));
        needs.sort_by_key(|(node, ..)| *node);
        Ok(Members { runs, needs })
    }

    /// Refuses a dependency on what runs in tenants only: there may be none yet, and there will be
    /// more.
    fn check_tenants(
        &self,
        graph: &RevisionGraph,
        index: usize,
        (node, dependency): (Node, Node),
        places: &[usize],
    ) -> Result<(), RouteError> {
        match places.iter().all(|place| tenants_of(&self.databases[*place].name).is_some()) {
            false => Ok(()),
            true => Err(RouteError::NeedsTenants {
                database: self.databases[index].name.clone(),
                revision: declared(graph, node),
                needed: declared(graph, dependency),
            }),
        }
    }

    /// Refuses a merge of a branch that the database does not take. What a branch merely grows out
    /// of belongs to it, whatever other labels it has.
    fn check_merge(
        &self,
        graph: &RevisionGraph,
        index: usize,
        node: Node,
    ) -> Result<(), RouteError> {
        if !graph.is_merge_point(node) {
            return Ok(());
        }
        let database = &self.databases[index];
        let other = graph
            .parents(node, Edges::Versioned)
            .find(|parent| is_foreign(graph, database, *parent));
        match other {
            None => Ok(()),
            Some(other) => Err(RouteError::Merge {
                database: database.name.clone(),
                revision: declared(graph, node),
                other: declared(graph, other),
                labels: graph.labels_of(other).to_vec(),
            }),
        }
    }
}

fn declared(graph: &RevisionGraph, node: Node) -> Declared {
    Declared { id: graph.id(node).clone(), path: graph.revision(node).path.clone() }
}

/// Whether `node` is on a branch, and `database` does not take it.
fn is_foreign(graph: &RevisionGraph, database: &Taken, node: Node) -> bool {
    let labels = graph.labels_of(node);
    let is_taken =
        |branches: &Vec<BranchLabel>| labels.iter().any(|label| branches.contains(label));
    !labels.is_empty() && !database.branches.as_ref().is_none_or(is_taken)
}

/// The places of the databases that the file of `node` names.
fn places(
    graph: &RevisionGraph,
    node: Node,
    databases: &[DatabaseRoute<'_>],
    names: &[String],
) -> Result<Option<Vec<usize>>, RouteError> {
    let place = |name: &String| {
        let is_named = |database: &DatabaseRoute<'_>| database_of(database.name) == name;
        let of_name: Vec<usize> =
            (0..databases.len()).filter(|place| is_named(&databases[*place])).collect();
        if !of_name.is_empty() {
            return Ok(of_name);
        }
        Err({
            let mut known: Vec<&str> =
                databases.iter().map(|database| database_of(database.name)).collect();
            known.dedup();
            RouteError::NoSuchDatabase {
                revision: declared(graph, node),
                name: name.clone(),
                nearest: nearest_name(name, known.iter().copied()).map(str::to_owned),
                known: known.into_iter().map(str::to_owned).collect(),
            }
        })
    };
    if names.is_empty() {
        return Ok(None);
    }
    Ok(Some(names.iter().map(place).collect::<Result<Vec<_>, _>>()?.concat()))
}

/// What stands behind the name of a database where its tenants are meant.
const TENANTS: &str = "/*";

/// The database whose tenants `name` means, if it means tenants.
pub fn tenants_of(name: &str) -> Option<&str> {
    name.strip_suffix(TENANTS)
}

/// The database that `name` is about: its own, or that of the tenants it means.
fn database_of(name: &str) -> &str {
    tenants_of(name).unwrap_or(name)
}

fn take(
    graph: &RevisionGraph,
    database: &DatabaseRoute<'_>,
    taken: &[&BranchLabel],
) -> Result<Taken, RouteError> {
    let mut not_begun = Vec::new();
    for label in database.branches.unwrap_or_default() {
        if graph.labels().any(|(known, _)| known == label) {
            continue;
        }
        let others = graph
            .labels()
            .filter(|(other, _)| !taken.contains(other))
            .map(|(other, _)| other.as_str());
        if let Some(nearest) = nearest(label.as_str(), others) {
            return Err(RouteError::NoSuchBranch {
                database: database.name.to_owned(),
                label: label.clone(),
                nearest: nearest.to_owned(),
            });
        }
        not_begun.push(label.clone());
    }
    let is_taken = |node: &Node| {
        database.branches.is_none_or(|branches| {
            graph.labels_of(*node).iter().any(|label| branches.contains(label))
        })
    };
    Ok(Taken {
        name: database.name.to_owned(),
        branches: database.branches.map(<[BranchLabel]>::to_vec),
        branch: graph.ancestors(graph.nodes().filter(is_taken), Edges::Versioned),
        not_begun,
    })
}
