//! A graph as a source of Diesel's migrations.

use std::fmt;

use diesel::backend::Backend;
use diesel::migration::Migration;
use diesel::migration::MigrationSource;
use diesel::migration::Result;
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use limbeck_schema::Dialect;

use super::migration::GraphMigration;
use crate::exec::ScriptSource;
use crate::graph::RevisionGraph;
use crate::script::Revisions;
use crate::target::Target;

/// The revisions of a graph as Diesel's migrations, for PostgreSQL and SQLite. The version of a
/// migration is the id of its revision.
///
/// They come in an order in which they can be applied, but Diesel's own harness sorts them anew,
/// by version: see [the module](super).
#[derive(Clone, Copy)]
pub struct GraphMigrations<'a> {
    pub(super) graph: &'a RevisionGraph,
    pub(super) scripts: &'a dyn ScriptSource,
}

impl<'a> GraphMigrations<'a> {
    /// The revisions of `graph`, whose scripts are in `scripts`.
    pub fn new(graph: &'a RevisionGraph, scripts: &'a dyn ScriptSource) -> Self {
        GraphMigrations { graph, scripts }
    }

    fn all<DB: Backend>(&self, dialect: Dialect) -> Result<Vec<Box<dyn Migration<DB>>>> {
        let everything =
            crate::plan::upgrade(self.graph, &crate::graph::Heads::none(), &Target::heads())?;
        let ids = everything.steps.into_iter().filter_map(|step| step.revision);
        Ok(ids
            .filter_map(|id| self.graph.find(&id))
            .map(|node| self.graph.revision(node))
            .map(|revision| -> Box<dyn Migration<DB>> {
                Box::new(GraphMigration::new(revision, self.scripts, dialect))
            })
            .collect())
    }
}

impl<'a> From<&'a Revisions> for GraphMigrations<'a> {
    fn from(revisions: &'a Revisions) -> Self {
        GraphMigrations::new(revisions.graph(), revisions)
    }
}

impl fmt::Debug for GraphMigrations<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphMigrations").finish_non_exhaustive()
    }
}

impl MigrationSource<Pg> for GraphMigrations<'_> {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Pg>>>> {
        self.all(Dialect::Postgresql)
    }
}

impl MigrationSource<Sqlite> for GraphMigrations<'_> {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Sqlite>>>> {
        self.all(Dialect::Sqlite)
    }
}
