//! What the rules look at.

use limbeck_schema::Dialect;

use crate::env::RouteError;
use crate::env::Routed;
use crate::env::Routing;
use crate::graph::BranchLabel;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
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
    /// For tenants that share a database: its name, whose tables they see.
    pub shared: Option<String>,
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

    /// The dialects that `database` may have: its own; where that is not known, the one that all
    /// others have; where these have none or several, any.
    pub(super) fn dialects_of(&self, database: &LintDatabase) -> Vec<Dialect> {
        if let Some(dialect) = database.dialect {
            return vec![dialect];
        }
        let known = self.known_dialects();
        if known.len() == 1 { known } else { Dialect::ALL.to_vec() }
    }

    /// The dialects of the project's databases, as far as they are known.
    fn known_dialects(&self) -> Vec<Dialect> {
        let is_known = |dialect: &Dialect| {
            self.databases.iter().any(|(database, _)| database.dialect == Some(*dialect))
        };
        Dialect::ALL.into_iter().filter(is_known).collect()
    }

    /// The dialects in which `section` of `file` is read.
    pub(super) fn readings(&self, file: &RevisionFile, section: &Section) -> Readings {
        if let Some(dialect) = section.dialect {
            return Readings { dialects: vec![dialect], are_certain: true };
        }
        let takers: Vec<&LintDatabase> = self.takers(&file.revision.id).collect();
        let are_certain =
            !takers.is_empty() && takers.iter().all(|database| database.dialect.is_some());
        let possible = |dialect: &Dialect| {
            takers.iter().any(|database| self.dialects_of(database).contains(dialect))
        };
        let mut dialects: Vec<Dialect> = Dialect::ALL.into_iter().filter(possible).collect();
        if dialects.is_empty() {
            dialects = Dialect::ALL.to_vec();
        }
        // Where a dialect has a section of its own, this one is not for it.
        let is_for = |dialect: &Dialect| {
            let own = file.section(section.direction, *dialect);
            own.is_none_or(|own| own.dialect.is_none())
        };
        if dialects.iter().any(is_for) {
            dialects.retain(is_for);
        }
        Readings { dialects, are_certain }
    }
}

/// The dialects in which a section is read.
#[derive(Debug)]
pub(super) struct Readings {
    pub(super) dialects: Vec<Dialect>,
    /// Whether it runs in each of them, rather than in one of them.
    pub(super) are_certain: bool,
}
