//! Targets to revisions, for each kind of command: the same text means different things to
//! `upgrade`, `downgrade`, `show` and `history` (table 2.3 of Alembic's reference).

use crate::graph::Edges;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::NodeSet;
use crate::graph::RevisionGraph;

use super::error::HeadOf;
use super::error::TargetError;
use super::lookup;
use super::parse::Branch;
use super::parse::Symbol;
use super::parse::Target;
use super::parse::TargetKind;
use super::walk;
use super::walk::Spot;
use super::walk::Walked;

/// Resolves targets against one graph.
#[derive(Debug, Clone, Copy)]
pub struct Resolver<'a> {
    graph: &'a RevisionGraph,
}

/// Where a downgrade leads, and which branch it is confined to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DowngradeTarget {
    /// The revision that is to be the last one applied.
    pub(crate) spot: Spot,
    /// The revisions that stand for the branch, where one was named or is implied.
    pub(crate) branch: Vec<Node>,
}

impl<'a> Resolver<'a> {
    /// A resolver for targets in `graph`.
    pub fn new(graph: &'a RevisionGraph) -> Self {
        Resolver { graph }
    }

    /// The nodes of the rows of a version table, in load order.
    ///
    /// # Errors
    /// [`TargetError::UnknownRow`] for a row that no file declares.
    pub fn rows(&self, heads: &Heads) -> Result<Vec<Node>, TargetError> {
        lookup::rows(self.graph, heads)
    }

    /// What messages say of `nodes`.
    pub fn describe(&self, nodes: &[Node]) -> Vec<HeadOf> {
        lookup::describe(self.graph, nodes)
    }

    /// The revision that stands for `branch`.
    ///
    /// # Errors
    /// [`TargetError::NoSuchBranch`].
    pub fn branch(&self, branch: &Branch) -> Result<Node, TargetError> {
        lookup::branch_node(self.graph, branch)
    }

    /// The revisions that stand for `branch`: one, except where a part of a graph leaves out the
    /// revision of a label.
    ///
    /// # Errors
    /// [`TargetError::NoSuchBranch`].
    pub(crate) fn branch_starts(&self, branch: &Branch) -> Result<Vec<Node>, TargetError> {
        lookup::branch_starts(self.graph, branch)
    }

    /// The revision that a name stands for.
    ///
    /// # Errors
    /// When there is none, or several begin with it.
    pub fn name(&self, name: &str) -> Result<Node, TargetError> {
        lookup::name(self.graph, name, None)
    }

    /// What `target` names without a database: for `show`, `edit`, `stamp`, `merge`, `--head`
    /// and `--depends-on`. `base` is no revision at all; `-N` is so far below each head.
    ///
    /// # Errors
    /// Any [`TargetError`] about names, heads and walks.
    pub fn revisions(&self, target: &Target) -> Result<Vec<Node>, TargetError> {
        let branch = target.branch.as_ref();
        match &target.kind {
            TargetKind::Absolute(symbol) => self.symbol(target, symbol, branch),
            TargetKind::Relative { anchor: None, upwards: false, steps } if *steps > 0 => {
                self.below_heads(target, *steps, branch)
            }
            TargetKind::Relative { .. } => Err(not_allowed(target)),
        }
    }

    /// The one revision `target` names; `None` for the base.
    ///
    /// # Errors
    /// As [`Resolver::revisions`], and [`TargetError::MultipleHeads`] where it names several.
    pub fn revision(&self, target: &Target) -> Result<Option<Node>, TargetError> {
        let nodes = self.revisions(target)?;
        self.single(target, &nodes)
    }

    /// The rows that a text of SQL starts from, as the start of `start:end` names them (Alembic:
    /// `MigrationContext.get_current_heads` offline): one revision, or none for the base. There
    /// is no database to count from.
    ///
    /// # Errors
    /// As [`Resolver::revision`]; a relative target has no meaning.
    pub fn start(&self, target: &Target) -> Result<Heads, TargetError> {
        if matches!(target.kind, TargetKind::Relative { .. }) {
            return Err(not_allowed(target));
        }
        let node = self.revision(target)?;
        Ok(node.map(|node| self.graph.id(node).clone()).into_iter().collect())
    }

    fn single(&self, target: &Target, nodes: &[Node]) -> Result<Option<Node>, TargetError> {
        match nodes {
            [] => Ok(None),
            [node] => Ok(Some(*node)),
            several => Err(self.multiple_heads(target, several)),
        }
    }

    fn multiple_heads(&self, target: &Target, heads: &[Node]) -> TargetError {
        TargetError::MultipleHeads {
            argument: target.as_str().trim_start_matches('@').to_owned(),
            heads: self.describe(heads),
        }
    }

    fn symbol(
        &self,
        target: &Target,
        symbol: &Symbol,
        branch: Option<&Branch>,
    ) -> Result<Vec<Node>, TargetError> {
        match symbol {
            Symbol::Head => {
                let heads = self.versioned_heads(branch)?;
                Ok(self.single(target, &heads)?.into_iter().collect())
            }
            Symbol::Heads if branch.is_some() => self.versioned_heads(branch),
            Symbol::Heads => Ok(self.graph.heads(Edges::All)),
            Symbol::Base => match branch {
                // The branch must exist, though it adds nothing.
                Some(branch) => lookup::branch_node(self.graph, branch).map(|_| Vec::new()),
                None => Ok(Vec::new()),
            },
            Symbol::Current => Err(not_allowed(target)),
            Symbol::Name(name) => Ok(vec![lookup::name(self.graph, name, branch)?]),
        }
    }

    fn versioned_heads(&self, branch: Option<&Branch>) -> Result<Vec<Node>, TargetError> {
        let mut heads = self.graph.heads(Edges::Versioned);
        if let Some(branch) = branch {
            let lineage = lookup::lineage(self.graph, branch)?;
            heads.retain(|head| lineage.contains(*head));
        }
        Ok(heads)
    }

    /// `-N` without a database: N below each head; `label@-N` below each head with that label.
    fn below_heads(
        &self,
        target: &Target,
        steps: u32,
        branch: Option<&Branch>,
    ) -> Result<Vec<Node>, TargetError> {
        let mut heads = self.graph.heads(Edges::All);
        if let Some(branch) = branch {
            heads.retain(|head| {
                self.graph.labels_of(*head).iter().any(|label| *label == branch.as_str())
            });
        }
        heads
            .into_iter()
            .map(|head| {
                let walked = walk::down(self.graph, Spot::At(head), steps)?;
                walked.whole().and_then(Spot::node).ok_or_else(|| too_far(target))
            })
            .collect()
    }

    /// What an upgrade to `target` must bring in, from the rows `rows`.
    ///
    /// # Errors
    /// Any [`TargetError`] about names, heads, walks and ambiguity.
    pub(crate) fn upgrade_targets(
        &self,
        target: &Target,
        rows: &[Node],
    ) -> Result<Vec<Node>, TargetError> {
        match self.upgrade_walk(target, rows)? {
            None => self.revisions(target),
            Some(walked) => match walked.whole() {
                Some(Spot::At(node)) => Ok(vec![node]),
                Some(Spot::Base) | None => Err(too_far(target)),
            },
        }
    }

    /// The upper end of a range over `lower`: as for an upgrade, but a walk past the end of the
    /// history stops there.
    ///
    /// # Errors
    /// As for an upgrade.
    pub(crate) fn upper_end(
        &self,
        target: &Target,
        lower: &[Node],
    ) -> Result<Vec<Node>, TargetError> {
        match self.upgrade_walk(target, lower)? {
            None => self.revisions(target),
            Some(walked) => Ok(walked.spot.node().into_iter().collect()),
        }
    }

    /// The lower end of a range: as [`Resolver::revisions`], but a walk below the base stops
    /// there.
    ///
    /// # Errors
    /// As [`Resolver::revisions`].
    pub(crate) fn lower_end(&self, target: &Target) -> Result<Vec<Node>, TargetError> {
        match self.revisions(target) {
            Err(TargetError::TooFar { .. }) => Ok(Vec::new()),
            result => result,
        }
    }

    /// The walk of a relative target, seen from an upgrade; `None` for an absolute one.
    fn upgrade_walk(&self, target: &Target, rows: &[Node]) -> Result<Option<Walked>, TargetError> {
        let TargetKind::Relative { anchor, upwards, steps } = &target.kind else {
            return Ok(None);
        };
        let branch = target.branch.as_ref();
        let walked = match (anchor, upwards) {
            (None, _) if *steps == 0 => {
                // Alembic's words have no sign here.
                return Err(TargetError::TooFar { relative: "0".to_owned(), steps: 0 });
            }
            (None, false) => return Err(too_far(target)),
            // No step at all has no direction: it is the place itself, on its branch.
            (Some(anchor), upwards) if !*upwards || *steps == 0 => {
                walk::down(self.graph, self.anchor(target, anchor, branch)?, *steps)?
            }
            (anchor, _) => {
                let lineage =
                    branch.map(|branch| lookup::lineage(self.graph, branch)).transpose()?;
                let start = match anchor {
                    Some(anchor) => self.anchor(target, anchor, None)?,
                    None => self.upgrade_start(rows, lineage.as_ref())?,
                };
                walk::up(self.graph, start, *steps, lineage.as_ref())?
            }
        };
        Ok(Some(walked))
    }

    /// Where `+N` starts: at the one row; within a branch at its one row, or at the tip of what
    /// is applied of it, or at the base.
    fn upgrade_start(&self, rows: &[Node], lineage: Option<&NodeSet>) -> Result<Spot, TargetError> {
        let mut starts: Vec<Node> = rows.to_vec();
        if let Some(lineage) = lineage {
            starts.retain(|row| lineage.contains(*row));
            if starts.is_empty() {
                let mut applied = self.graph.ancestors(rows.iter().copied(), Edges::All);
                applied.intersect_with(lineage);
                starts = self.graph.maximal(&applied);
            }
        }
        match starts.as_slice() {
            [] => Ok(Spot::Base),
            [start] => Ok(Spot::At(*start)),
            several => Err(TargetError::AmbiguousUpgrade { rows: self.describe(several) }),
        }
    }

    /// The revision that a relative target starts from.
    fn anchor(
        &self,
        target: &Target,
        anchor: &Symbol,
        branch: Option<&Branch>,
    ) -> Result<Spot, TargetError> {
        let nodes = self.symbol(target, anchor, branch)?;
        Ok(self.single(target, &nodes)?.map_or(Spot::Base, Spot::At))
    }

    /// Where a downgrade to `target` leads, from the rows `rows`.
    ///
    /// # Errors
    /// Any [`TargetError`] about names, heads, walks and ambiguity.
    pub(crate) fn downgrade_target(
        &self,
        target: &Target,
        rows: &[Node],
    ) -> Result<DowngradeTarget, TargetError> {
        let branch = target.branch.as_ref();
        let starts = branch.map(|branch| self.branch_starts(branch)).transpose()?;
        let starts = starts.unwrap_or_default();
        let TargetKind::Relative { anchor, upwards, steps } = &target.kind else {
            let spot = self.revision(target)?.map_or(Spot::Base, Spot::At);
            return Ok(DowngradeTarget { spot, branch: starts });
        };
        let walk_down = *steps > 0 && !*upwards;
        match anchor {
            None if !walk_down => Err(too_far(target)),
            None => {
                let row = self.downgrade_start(target, rows)?;
                let spot = walk::down(self.graph, Spot::At(row), *steps)?
                    .whole()
                    .ok_or_else(|| too_far(target))?;
                let branch = if starts.is_empty() { vec![row] } else { starts };
                Ok(DowngradeTarget { spot, branch })
            }
            Some(anchor) => {
                let walked = if walk_down {
                    walk::down(self.graph, self.anchor(target, anchor, branch)?, *steps)?
                } else {
                    let lineage =
                        branch.map(|branch| lookup::lineage(self.graph, branch)).transpose()?;
                    let start = self.anchor(target, anchor, None)?;
                    walk::up(self.graph, start, *steps, lineage.as_ref())?
                };
                let spot = walked.whole().ok_or(TargetError::WalkedTooFar)?;
                Ok(DowngradeTarget { spot, branch: starts })
            }
        }
    }

    /// The row that `-N` counts from: the only one; within a branch the only one on its line, or
    /// what rows imply of it through dependencies.
    fn downgrade_start(&self, target: &Target, rows: &[Node]) -> Result<Node, TargetError> {
        let Some(branch) = &target.branch else {
            return match rows {
                [] => Err(too_far(target)),
                [row] => Ok(*row),
                several => Err(TargetError::AmbiguousDowngrade {
                    relative: target.place().to_owned(),
                    rows: self.describe(several),
                }),
            };
        };
        let lineage = lookup::lineage(self.graph, branch)?;
        let mut starts = rows.to_vec();
        starts.retain(|row| lineage.contains(*row));
        if starts.is_empty() {
            starts = self.branch_heads_of_applied(rows);
            starts.retain(|node| lineage.contains(*node));
        }
        match starts.as_slice() {
            [start] => Ok(*start),
            [] => Err(TargetError::BranchNotApplied {
                branch: branch.as_str().to_owned(),
                rows: self.describe(rows),
            }),
            several => Err(TargetError::AmbiguousDowngrade {
                relative: target.as_str().to_owned(),
                rows: self.describe(several),
            }),
        }
    }

    /// Where the database is, branch by branch: the rows, and what they imply through
    /// dependencies, without what something applied directly follows (Alembic:
    /// `_get_all_current`). In load order.
    pub fn branch_heads_of_applied(&self, rows: &[Node]) -> Vec<Node> {
        let applied = self.graph.ancestors(rows.iter().copied(), Edges::All);
        applied
            .iter()
            .filter(|node| {
                !self.graph.children(*node, Edges::Versioned).any(|child| applied.contains(child))
            })
            .collect()
    }
}

fn not_allowed(target: &Target) -> TargetError {
    TargetError::FormNotAllowed { text: target.place().to_owned() }
}

fn too_far(target: &Target) -> TargetError {
    let TargetKind::Relative { anchor, steps, .. } = &target.kind else {
        return not_allowed(target);
    };
    let skip = anchor.as_ref().map_or(0, |anchor| anchor.as_str().len());
    let relative = target.place().get(skip..).unwrap_or_default().to_owned();
    TargetError::TooFar { relative, steps: *steps }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::testing::graph;
    use crate::graph::testing::ids;

    //   a1 (lib1) ─ a2
    //   b1 (lib2) ─ b2
    #[test]
    fn no_step_from_a_place_is_the_place_on_its_branch() {
        let graph = graph("a1|||lib1; a2|a1; b1|||lib2; b2|b1");
        let resolver = Resolver::new(&graph);
        let upgrade = |text: &str| {
            resolver.upgrade_targets(&text.parse().unwrap(), &[]).map(|nodes| ids(&graph, nodes))
        };
        assert_eq!(upgrade("lib1@heads+0").unwrap(), "a2");
        assert_eq!(upgrade("lib2@head-0").unwrap(), "b2");
        assert_eq!(upgrade("lib1@head-1").unwrap(), "a1");
        assert_eq!(
            upgrade("+0").unwrap_err().to_string(),
            "Relative revision 0 didn't produce 0 migrations"
        );
        // Upwards the branch says which way to go, not where to start: Alembic's rule.
        assert!(matches!(upgrade("lib1@head+1"), Err(TargetError::MultipleHeads { .. })));
    }
}
