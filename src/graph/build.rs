//! From declared revisions to a checked graph.

use std::collections::HashMap;
use std::collections::VecDeque;

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use petgraph::graph::NodeIndex;

use super::error::Declared;
use super::error::EdgeKind;
use super::error::GraphError;
use super::error::GraphWarning;
use super::id::BranchLabel;
use super::id::RevisionId;
use super::nearest::nearest;
use super::node::Node;
use super::revision::Revision;
use super::revision_graph::Edges;
use super::revision_graph::RevisionGraph;
use super::revision_graph::Vertex;

/// A name can be shortened only if it is longer than this (section 2.1 of Alembic's reference:
/// the candidate's length counts).
pub(crate) const SHORTEST_UNABBREVIATED: usize = 3;

impl RevisionGraph {
    /// Builds the graph of `revisions`, given in load order.
    ///
    /// # Errors
    /// The first [`GraphError`] in load order: repeated ids and labels, references to nothing,
    /// self-loops, then cycles, which are named whole.
    pub fn build(revisions: Vec<Revision>) -> Result<Self, GraphError> {
        let mut names = id_names(&revisions)?;
        let labels = add_labels(&revisions, &mut names)?;
        let links = resolve_links(&revisions, &names)?;
        let mut graph = DiGraph::with_capacity(revisions.len(), revisions.len());
        for (revision, link) in revisions.into_iter().zip(&links) {
            let dependencies = link.dependencies.clone();
            graph.add_node(Vertex { revision, dependencies, labels: Vec::new(), generation: 0 });
        }
        add_edges(&mut graph, &links);
        let mut graph = RevisionGraph {
            graph,
            names,
            labels,
            further_homes: HashMap::new(),
            ranks: None,
            warnings: Vec::new(),
        };
        graph.assign_generations()?;
        graph.propagate_labels();
        graph.warnings = graph.redundant_parents();
        Ok(graph)
    }

    fn declared(&self, node: Node) -> Declared {
        declared(self.revision(node))
    }

    /// Sets every vertex's generation, parents before children (Kahn's algorithm); what cannot
    /// be reached that way is in or above a cycle.
    fn assign_generations(&mut self) -> Result<(), GraphError> {
        let mut missing: Vec<usize> =
            self.nodes().map(|node| self.parents(node, Edges::All).count()).collect();
        let mut ready: VecDeque<Node> =
            self.nodes().filter(|node| missing[node.index()] == 0).collect();
        let mut done = 0;
        while let Some(node) = ready.pop_front() {
            done += 1;
            let generation = self.generation(node) + 1;
            let children: Vec<Node> = self.children(node, Edges::All).collect();
            for child in children {
                let vertex = &mut self.graph[NodeIndex::new(child.index())];
                vertex.generation = vertex.generation.max(generation);
                missing[child.index()] -= 1;
                if missing[child.index()] == 0 {
                    ready.push_back(child);
                }
            }
        }
        if done == self.len() { Ok(()) } else { Err(self.find_cycle()) }
    }

    /// The cycle whose first member was loaded first. A cycle of down_revisions alone is named
    /// before one in which dependencies take part, as Alembic does.
    fn find_cycle(&self) -> GraphError {
        let versioned = self
            .graph
            .filter_map(|_, _| Some(()), |_, kind| (*kind == EdgeKind::DownRevision).then_some(()));
        let (component, edge) = match first_circle(tarjan_scc(&versioned)) {
            Some(component) => (component, EdgeKind::DownRevision),
            None => {
                (first_circle(tarjan_scc(&self.graph)).unwrap_or_default(), EdgeKind::DependsOn)
            }
        };
        let mut members: Vec<Declared> =
            component.into_iter().map(|index| self.declared(Node(index.index() as u32))).collect();
        members.sort_by(|a, b| a.id.cmp(&b.id));
        GraphError::Cycle { members, edge }
    }

    fn redundant_parents(&self) -> Vec<GraphWarning> {
        let mut warnings = Vec::new();
        for node in self.nodes().filter(|node| self.is_merge_point(*node)) {
            let parents: Vec<Node> = self.parents(node, Edges::Versioned).collect();
            for redundant in &parents {
                if let Some(through) =
                    parents.iter().find(|other| self.is_ancestor(*redundant, **other))
                {
                    warnings.push(GraphWarning::RedundantParent {
                        revision: self.declared(node),
                        redundant: self.id(*redundant).clone(),
                        through: self.id(*through).clone(),
                    });
                }
            }
        }
        warnings
    }
}

/// The strongly connected component of more than one member that was loaded first.
fn first_circle(components: Vec<Vec<NodeIndex>>) -> Option<Vec<NodeIndex>> {
    components
        .into_iter()
        .filter(|component| component.len() > 1)
        .min_by_key(|component| component.iter().map(|index| index.index()).min())
}

fn declared(revision: &Revision) -> Declared {
    Declared { id: revision.id.clone(), path: revision.path.clone() }
}

fn id_names(revisions: &[Revision]) -> Result<HashMap<String, Node>, GraphError> {
    let mut names = HashMap::with_capacity(revisions.len());
    for (index, revision) in revisions.iter().enumerate() {
        let node = Node(index as u32);
        if let Some(first) = names.insert(revision.id.as_str().to_owned(), node) {
            return Err(GraphError::DuplicateRevision {
                id: revision.id.clone(),
                first: revisions[first.index()].path.clone(),
                second: revision.path.clone(),
            });
        }
    }
    Ok(names)
}

fn add_labels(
    revisions: &[Revision],
    names: &mut HashMap<String, Node>,
) -> Result<Vec<(BranchLabel, Node)>, GraphError> {
    let mut labels = Vec::new();
    for (index, revision) in revisions.iter().enumerate() {
        let node = Node(index as u32);
        for label in &revision.branch_labels {
            if let Some(first) = names.insert(label.as_str().to_owned(), node) {
                return Err(GraphError::DuplicateLabel {
                    label: label.clone(),
                    first: declared(&revisions[first.index()]),
                    second: declared(revision),
                });
            }
            labels.push((label.clone(), node));
        }
    }
    Ok(labels)
}

/// The edges of one revision, resolved.
pub(super) struct Links {
    pub(super) down_revisions: Vec<Node>,
    pub(super) dependencies: Vec<Node>,
}

/// Joins vertices as `links` says, one for each of them.
pub(super) fn add_edges(graph: &mut DiGraph<Vertex, EdgeKind>, links: &[Links]) {
    // Newest edges are listed first, so everything is added backwards.
    for (child, link) in links.iter().enumerate().rev() {
        let child = NodeIndex::new(child);
        for parent in link.dependencies.iter().rev() {
            if !link.down_revisions.contains(parent) {
                graph.add_edge(child, NodeIndex::new(parent.index()), EdgeKind::DependsOn);
            }
        }
        for parent in link.down_revisions.iter().rev() {
            graph.add_edge(child, NodeIndex::new(parent.index()), EdgeKind::DownRevision);
        }
    }
}

fn resolve_links(
    revisions: &[Revision],
    names: &HashMap<String, Node>,
) -> Result<Vec<Links>, GraphError> {
    let mut links = Vec::with_capacity(revisions.len());
    for (index, revision) in revisions.iter().enumerate() {
        let own = Node(index as u32);
        let self_loop = |edge| GraphError::SelfLoop { revision: declared(revision), edge };
        let mut down_revisions = Vec::with_capacity(revision.down_revisions.len());
        for id in &revision.down_revisions {
            let node =
                find_id(revisions, names, id).ok_or_else(|| GraphError::UnknownReference {
                    revision: declared(revision),
                    target: id.to_string(),
                    edge: EdgeKind::DownRevision,
                    nearest: nearest(id.as_str(), revisions.iter().map(|r| r.id.as_str()))
                        .map(str::to_owned),
                })?;
            if node == own {
                return Err(self_loop(EdgeKind::DownRevision));
            }
            push_new(&mut down_revisions, node);
        }
        let mut dependencies = Vec::with_capacity(revision.depends_on.len());
        for name in &revision.depends_on {
            let node = find_dependency(revisions, names, revision, name)?;
            if node == own {
                return Err(self_loop(EdgeKind::DependsOn));
            }
            push_new(&mut dependencies, node);
        }
        links.push(Links { down_revisions, dependencies });
    }
    Ok(links)
}

fn push_new(nodes: &mut Vec<Node>, node: Node) {
    if !nodes.contains(&node) {
        nodes.push(node);
    }
}

fn find_id(revisions: &[Revision], names: &HashMap<String, Node>, id: &RevisionId) -> Option<Node> {
    names.get(id.as_str()).copied().filter(|node| revisions[node.index()].id == *id)
}

/// A dependency is an id, a label, or the beginning of exactly one id.
fn find_dependency(
    revisions: &[Revision],
    names: &HashMap<String, Node>,
    revision: &Revision,
    name: &str,
) -> Result<Node, GraphError> {
    if let Some(node) = names.get(name) {
        return Ok(*node);
    }
    let matches: Vec<usize> = revisions
        .iter()
        .enumerate()
        .filter(|(_, candidate)| {
            candidate.id.as_str().len() > SHORTEST_UNABBREVIATED
                && candidate.id.as_str().starts_with(name)
        })
        .map(|(index, _)| index)
        .collect();
    match matches.as_slice() {
        [index] => Ok(Node(*index as u32)),
        [] => Err(GraphError::UnknownReference {
            revision: declared(revision),
            target: name.to_owned(),
            edge: EdgeKind::DependsOn,
            nearest: nearest(
                name,
                revisions.iter().flat_map(|r| {
                    r.branch_labels.iter().map(BranchLabel::as_str).chain([r.id.as_str()])
                }),
            )
            .map(str::to_owned),
        }),
        several => Err(GraphError::AmbiguousDependency {
            revision: declared(revision),
            target: name.to_owned(),
            candidates: several.iter().map(|index| revisions[*index].id.clone()).collect(),
        }),
    }
}
