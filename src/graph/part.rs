//! The part of a graph that some revisions make among themselves.
//!
//! What is left out is contracted: a revision that followed it follows what that one followed. So
//! among the members nothing changes, neither who follows whom nor in which order they are listed.

use std::collections::HashMap;

use petgraph::graph::DiGraph;

use super::build::Links;
use super::build::add_edges;
use super::node::Node;
use super::node::NodeSet;
use super::revision_graph::Edges;
use super::revision_graph::RevisionGraph;
use super::revision_graph::Vertex;

impl RevisionGraph {
    /// The graph of `members` alone, in the same load order.
    ///
    /// A member follows the nearest members that it follows here: by down_revision where
    /// down_revisions lead to them, by dependency where any other way does, also one through
    /// revisions that are left out. So every member has the ancestors that it has here, by either
    /// kind of edges, as far as they are members; a parent that is below another one already is
    /// named only where the file itself names it. A label whose revision is left out stands for
    /// the nearest members of its branch above that one.
    ///
    /// Listings and plans of the part are in the order of the whole graph: whatever parts are made
    /// of one graph, one order goes for all of them.
    #[must_use]
    pub fn part(&self, members: &NodeSet) -> RevisionGraph {
        let old: Vec<Node> = members.iter().collect();
        let mut new = vec![None; self.len()];
        for (index, node) in (0u32..).zip(&old) {
            new[node.index()] = Some(Node(index));
        }
        let renamed = |nodes: &[Node]| -> Vec<Node> {
            nodes.iter().filter_map(|node| new[node.index()]).collect()
        };

        let mut names = HashMap::with_capacity(old.len());
        let mut graph = DiGraph::with_capacity(old.len(), old.len());
        let mut links = Vec::with_capacity(old.len());
        for (index, node) in (0u32..).zip(&old) {
            let parents = self.nearest_members(*node, members);
            let mut revision = self.revision(*node).clone();
            if parents.has_changed {
                let ids = parents.down_revisions.iter().map(|parent| self.id(*parent).clone());
                revision.down_revisions = ids.collect();
                revision.depends_on = self.names_of_dependencies(*node, &parents.dependencies);
            }
            names.insert(revision.id.as_str().to_owned(), Node(index));
            let link = Links {
                down_revisions: renamed(&parents.down_revisions),
                dependencies: renamed(&parents.dependencies),
            };
            graph.add_node(Vertex {
                revision,
                dependencies: link.dependencies.clone(),
                labels: Vec::new(),
                // Of a subset the old ones do: an ancestor's is smaller.
                generation: self.generation(*node),
            });
            links.push(link);
        }
        add_edges(&mut graph, &links);

        let mut labels = Vec::new();
        let mut further_homes = HashMap::new();
        for (label, _) in self.labels() {
            let starts = self.branch_starts(label.as_str()).into_iter();
            let homes: Vec<Node> =
                starts.flat_map(|start| self.homes_above(start, members)).collect();
            let homes = renamed(&self.lowest(&homes));
            let Some(first) = homes.first() else { continue };
            let revision = &mut graph[petgraph::graph::NodeIndex::new(first.index())].revision;
            if !revision.branch_labels.contains(label) {
                revision.branch_labels.push(label.clone());
            }
            names.insert(label.as_str().to_owned(), *first);
            labels.push((label.clone(), *first));
            if homes.len() > 1 {
                further_homes.insert(label.clone(), homes);
            }
        }

        let ranks = self.ranks();
        let mut part = RevisionGraph {
            graph,
            names,
            labels,
            further_homes,
            ranks: Some(old.iter().map(|node| ranks[node.index()]).collect()),
            // The files are to be mended, and they make the whole graph.
            warnings: Vec::new(),
        };
        part.propagate_labels();
        part
    }

    /// The place of each revision in the order of the whole graph, newest first.
    fn ranks(&self) -> Vec<u32> {
        if let Some(ranks) = &self.ranks {
            return ranks.clone();
        }
        let mut all = self.no_nodes();
        for node in self.nodes() {
            all.insert(node);
        }
        let mut ranks = vec![0; self.len()];
        let order = self.topological_order(&all, &self.heads(Edges::All));
        for (rank, node) in (0u32..).zip(order) {
            ranks[node.index()] = rank;
        }
        ranks
    }

    /// The parents of `node` among `members`.
    fn nearest_members(&self, node: Node, members: &NodeSet) -> Parents {
        let is_member = |node: &Node| members.contains(*node);
        let declared: Vec<Node> = self.parents(node, Edges::Versioned).collect();
        let dependencies = self.dependencies(node);
        if declared.iter().chain(dependencies).all(is_member) {
            let dependencies = dependencies.to_vec();
            return Parents { down_revisions: declared, dependencies, has_changed: false };
        }
        let mut down_revisions = self.reached(node, members, Edges::Versioned);
        if !declared.iter().all(is_member) {
            down_revisions = self.without_ancestors(&down_revisions, Edges::Versioned);
        }
        let mut own: Vec<Node> = dependencies.iter().copied().filter(is_member).collect();
        let mut all = self.reached(node, members, Edges::All);
        // What a member follows through others comes with it.
        let needed = self.without_ancestors(&all, Edges::All);
        all.retain(|parent| {
            !down_revisions.contains(parent) && !own.contains(parent) && needed.contains(parent)
        });
        own.extend(all);
        Parents { down_revisions, dependencies: own, has_changed: true }
    }

    /// The members that are met first on the ways down from `node`, in the order of the ways.
    fn reached(&self, node: Node, members: &NodeSet, edges: Edges) -> Vec<Node> {
        let mut seen = self.no_nodes();
        let mut reached = Vec::new();
        let mut todo: Vec<Node> = Vec::new();
        let push_parents = |node: Node, todo: &mut Vec<Node>| {
            let parents: Vec<Node> = self.parents(node, edges).collect();
            todo.extend(parents.into_iter().rev());
        };
        push_parents(node, &mut todo);
        while let Some(node) = todo.pop() {
            if !seen.insert(node) {
                continue;
            }
            if members.contains(node) {
                reached.push(node);
            } else {
                push_parents(node, &mut todo);
            }
        }
        reached
    }

    fn without_ancestors(&self, nodes: &[Node], edges: Edges) -> Vec<Node> {
        let is_below = |node: Node| nodes.iter().any(|other| self.follows(node, *other, edges));
        nodes.iter().copied().filter(|node| !is_below(*node)).collect()
    }

    /// The dependencies `parents` of `node` as they are written: those that its file names in the
    /// words of the file, where these still mean the same, others by their ids.
    fn names_of_dependencies(&self, node: Node, parents: &[Node]) -> Vec<String> {
        let written = self.dependencies(node).iter().zip(&self.revision(node).depends_on);
        let mut names = Vec::with_capacity(parents.len());
        for parent in parents {
            // Two names of one revision make one dependency, and then words and nodes differ.
            let is_paired = self.dependencies(node).len() == self.revision(node).depends_on.len();
            let word = written.clone().find(|(named, _)| *named == parent).map(|(_, word)| word);
            names.push(match word.filter(|_| is_paired) {
                Some(word) => word.clone(),
                None => self.id(*parent).to_string(),
            });
        }
        names
    }

    /// The members that are met first on the ways up the branch from `start`, itself included.
    fn homes_above(&self, start: Node, members: &NodeSet) -> Vec<Node> {
        let mut seen = self.no_nodes();
        let mut homes = Vec::new();
        let mut todo = vec![start];
        while let Some(node) = todo.pop() {
            if !seen.insert(node) {
                continue;
            }
            if members.contains(node) {
                homes.push(node);
            } else {
                todo.extend(self.children(node, Edges::Versioned));
            }
        }
        homes
    }

    /// Those of `nodes` that follow none of the others by down_revision, in load order.
    fn lowest(&self, nodes: &[Node]) -> Vec<Node> {
        let is_above =
            |node: Node| nodes.iter().any(|other| self.follows(*other, node, Edges::Versioned));
        let mut lowest: Vec<Node> = nodes.iter().copied().filter(|node| !is_above(*node)).collect();
        lowest.sort_unstable();
        lowest.dedup();
        lowest
    }
}

/// What a member follows in its part.
struct Parents {
    down_revisions: Vec<Node>,
    dependencies: Vec<Node>,
    /// Whether that is not what its file says.
    has_changed: bool,
}
