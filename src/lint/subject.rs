//! What the rules look at.

use limbeck_schema::Dialect;

use crate::env::RouteError;
use crate::env::Routed;
use crate::env::Routing;
use crate::graph::BranchLabel;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::script::Direction;
use crate::script::RevisionFile;
use crate::script::Revisions;
use crate::script::Section;

/// A database, as far as its configuration can be read without its secrets.
#[derive(Debug, Clone)]
pub struct LintDatabase {
    /// Its name.
    pub name: String,
    /// The branches it takes; `None` for every branch.
    pub branches: Option<Vec<BranchLabel>>,
    /// Its dialect, where that is known.
    pub dialect: Option<Dialect>,
}

/// What can be set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LintOptions {
    /// Branches that are meant for no database.
    pub unrouted_branches: Vec<BranchLabel>,
    /// How many statements a section may have; any number if not set.
    pub max_statements: Option<usize>,
}

/// A project, for the rules.
#[derive(Debug)]
pub struct Subject<'a> {
    pub(super) revisions: &'a Revisions,
    pub(super) options: LintOptions,
    /// Every database, with its part of the graph; `None` for all of it.
    pub(super) databases: Vec<(LintDatabase, Option<Routed>)>,
}

impl<'a> Subject<'a> {
    /// The project of `revisions`, which `routing` divides among `databases`.
    ///
    /// # Errors
    /// As [`Routing::part`].
    pub fn new(
        revisions: &'a Revisions,
        routing: &Routing,
        databases: Vec<LintDatabase>,
        options: LintOptions,
    ) -> Result<Self, RouteError> {
        let with_part = |database: LintDatabase| {
            let part = routing.part(revisions.graph(), &database.name)?;
            Ok((database, part))
        };
        let databases = databases.into_iter().map(with_part).collect::<Result<_, RouteError>>()?;
        Ok(Subject { revisions, options, databases })
    }

    pub(super) fn graph(&self) -> &'a RevisionGraph {
        self.revisions.graph()
    }

    /// The databases on which a revision runs.
    pub(super) fn takers(&self, id: &RevisionId) -> impl Iterator<Item = &LintDatabase> {
        let takes = move |part: &Option<Routed>| {
            part.as_ref().is_none_or(|part| part.graph.find(id).is_some())
        };
        self.databases.iter().filter(move |(_, part)| takes(part)).map(|(database, _)| database)
    }

    /// Whether `node` is on a branch that is meant for no database.
    pub(super) fn is_for_none(&self, node: Node) -> bool {
        let declared = &self.options.unrouted_branches;
        self.graph().labels_of(node).iter().any(|label| declared.contains(label))
    }

    /// Every file with its node, in load order.
    pub(super) fn files(&self) -> impl Iterator<Item = (Node, &'a RevisionFile)> {
        self.graph().nodes().zip(self.revisions.files())
    }

    /// The sections of `file` that run on `database`: one, unless its dialect is not known.
    pub(super) fn sections<'f>(
        file: &'f RevisionFile,
        direction: Direction,
        database: &LintDatabase,
    ) -> Vec<(&'f Section, Dialect)> {
        match database.dialect {
            Some(dialect) => file
                .section(direction, dialect)
                .map(|section| (section, dialect))
                .into_iter()
                .collect(),
            None => file
                .sections
                .iter()
                .filter(|section| section.direction == direction)
                .map(|section| (section, section.dialect.unwrap_or(Dialect::Postgresql)))
                .collect(),
        }
    }
}
