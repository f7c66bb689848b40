//! Runs migrations in the order of the graph, on a connection of the application.
//!
//! The session is the application's, with its settings. On SQLite that means `foreign_keys` as the
//! application has it (on, by default, with the library that Diesel's `bundled` builds): a script
//! that rebuilds a table needs it off, as limbeck's own sessions have it.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;
use std::time::Instant;

use diesel::migration::Migration;
use diesel::migration::MigrationSource;
use diesel::migration::MigrationVersion;
use diesel::migration::Result;
use diesel_migrations::MigrationError;
use diesel_migrations::MigrationHarness;

use super::error::HarnessError;
use super::migration;
use super::source::GraphMigrations;
use crate::db::ApplicationConnection;
use crate::db::LockScope;
use crate::db::TableName;
use crate::db::VersionTable;

use crate::graph::HeadChange;
use crate::graph::Heads;
use crate::graph::Node;
use crate::graph::RevisionGraph;
use crate::graph::RevisionId;
use crate::plan;
use crate::plan::Direction;
use crate::target::Target;

/// How long to wait for another run, unless told otherwise.
const LOCK_WAIT: Duration = Duration::from_secs(60);
/// The pause between two attempts at the lock.
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// A [`MigrationHarness`] that knows the graph.
///
/// * Pending migrations come in the order of the graph, and are all checked before the first one
///   runs.
/// * Each runs in one transaction with the change of its rows in `alembic_version`, unless it
///   says that it cannot (`transaction = false`, `run_in_transaction = false`). Within a
///   transaction of the application that is a savepoint.
/// * A revision runs only when all that it follows is applied, and is reverted only when nothing
///   applied follows it.
/// * Two programs, or a program and `limbeck upgrade`, never apply the same revision twice: each
///   takes limbeck's lock on PostgreSQL and the write lock on SQLite, and reads the rows again
///   before it begins. (On SQLite there is nothing to lock for a revision without a transaction,
///   and a `limbeck upgrade` that comes second fails instead of waiting; a rerun goes on.)
///
/// Nothing is read from or written to Diesel's `__diesel_schema_migrations`. There is no journal
/// either, so a revision without a transaction that fails half way is not resumed; the command
/// line does that.
///
/// On a database that Diesel's own harness has migrated, `limbeck import diesel` (or
/// [`stamp_targets`](super::stamp_targets)) comes first: the harness would begin at the beginning.
///
/// Any source whose versions are revisions of the graph will do, in particular Diesel's own of a
/// directory that is one of the version locations.
pub struct GraphHarness<'a, C> {
    connection: &'a mut C,
    migrations: GraphMigrations<'a>,
    table: VersionTable,
    lock_wait: Duration,
}

impl<C> fmt::Debug for GraphHarness<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphHarness")
            .field("table", &self.table)
            .field("lock_wait", &self.lock_wait)
            .finish_non_exhaustive()
    }
}

impl<'a, C: ApplicationConnection> GraphHarness<'a, C> {
    /// A harness for the revisions of `migrations` on `connection`. The version table is
    /// `alembic_version`.
    pub fn new(connection: &'a mut C, migrations: GraphMigrations<'a>) -> Self {
        let table = VersionTable::new(C::DIALECT, TableName::new("alembic_version"));
        GraphHarness { connection, migrations, table, lock_wait: LOCK_WAIT }
    }

    /// With another version table.
    #[must_use]
    pub fn version_table(mut self, name: TableName) -> Self {
        self.table = VersionTable::new(C::DIALECT, name);
        self
    }

    /// With another limit to the wait for other runs, which is a minute otherwise. SQLite waits
    /// as long as the `busy_timeout` of the connection says.
    #[must_use]
    pub fn lock_wait(mut self, limit: Duration) -> Self {
        self.lock_wait = limit;
        self
    }

    /// The revision that a migration stands for.
    fn node(&self, migration: &dyn Migration<C::Backend>) -> Result<Node> {
        let version = migration.name().version().to_string();
        let found = version.parse().ok().and_then(|id| self.migrations.graph.find(&id));
        Ok(found.ok_or(HarnessError::UnknownMigration { version })?)
    }

    fn carry_out(
        &mut self,
        direction: Direction,
        migration: &dyn Migration<C::Backend>,
    ) -> Result<MigrationVersion<'static>> {
        let node = self.node(migration)?;
        if migration.metadata().run_in_transaction() {
            self.in_one_transaction(direction, node, migration)?;
        } else {
            acquire(self.connection, &self.table, LockScope::Session, self.lock_wait)?;
            let result = self.outside_transaction(direction, node, migration);
            // If the migration failed too, that is what matters.
            let unlocked = self.connection.unlock(&self.table);
            result?;
            unlocked?;
        }
        Ok(migration.name().version().as_owned())
    }

    fn in_one_transaction(
        &mut self,
        direction: Direction,
        node: Node,
        migration: &dyn Migration<C::Backend>,
    ) -> Result<()> {
        let (graph, wait) = (self.migrations.graph, self.lock_wait);
        let table = &self.table;
        self.connection.in_transaction(|connection| {
            acquire(connection, table, LockScope::Transaction, wait)?;
            // By its full name from here on: scripts may change the search_path.
            let table = connection.ensure(table)?;
            let heads = connection.version_rows(&table)?;
            if let Some(change) = change(graph, direction, node, &heads)? {
                run(connection, direction, migration)?;
                connection.change_heads(&table, &change)?;
            }
            Ok(())
        })
    }

    fn outside_transaction(
        &mut self,
        direction: Direction,
        node: Node,
        migration: &dyn Migration<C::Backend>,
    ) -> Result<()> {
        let table = &self.table;
        let table = self.connection.in_transaction(|connection| -> Result<VersionTable> {
            Ok(connection.ensure(table)?)
        })?;
        let heads = self.connection.version_rows(&table)?;
        let Some(change) = change(self.migrations.graph, direction, node, &heads)? else {
            return Ok(());
        };
        run(self.connection, direction, migration)?;
        self.connection.in_transaction(|connection| {
            connection.change_heads(&table, &change)?;
            Ok(())
        })
    }
}

/// What applying or reverting `node` changes in the rows; `None` when somebody has applied it.
fn change(
    graph: &RevisionGraph,
    direction: Direction,
    node: Node,
    heads: &Heads,
) -> Result<Option<HeadChange>> {
    let step = match direction {
        Direction::Downgrade => Some(plan::revert_one(graph, heads, node)?),
        Direction::Upgrade | Direction::Stamp => plan::apply_one(graph, heads, node)?,
    };
    Ok(step.map(|step| step.head_change()))
}

fn run<C: ApplicationConnection>(
    connection: &mut C,
    direction: Direction,
    migration: &dyn Migration<C::Backend>,
) -> Result<()> {
    match direction {
        Direction::Downgrade => migration.revert(connection),
        Direction::Upgrade | Direction::Stamp => migration.run(connection),
    }
}

/// Polls for the lock: a blocking call could not be bounded, and would hold a snapshot that
/// `CREATE INDEX CONCURRENTLY` of the other run waits for.
fn acquire<C: ApplicationConnection>(
    connection: &mut C,
    table: &VersionTable,
    scope: LockScope,
    limit: Duration,
) -> Result<()> {
    let start = Instant::now();
    while !connection.try_lock(table, scope)? {
        let waited = start.elapsed();
        if waited >= limit {
            return Err(HarnessError::LockTimeout { waited }.into());
        }
        std::thread::sleep(LOCK_PAUSE.min(limit - waited));
    }
    Ok(())
}

impl<C: ApplicationConnection> MigrationHarness<C::Backend> for GraphHarness<'_, C> {
    /// Applies the revision; does nothing when it is applied already.
    fn run_migration(
        &mut self,
        migration: &dyn Migration<C::Backend>,
    ) -> Result<MigrationVersion<'static>> {
        self.carry_out(Direction::Upgrade, migration)
    }

    fn revert_migration(
        &mut self,
        migration: &dyn Migration<C::Backend>,
    ) -> Result<MigrationVersion<'static>> {
        self.carry_out(Direction::Downgrade, migration)
    }

    /// The rows and all that they follow, each after everything that follows it: the first can
    /// be reverted first.
    fn applied_migrations(&mut self) -> Result<Vec<MigrationVersion<'static>>> {
        let graph = self.migrations.graph;
        let heads = self.connection.version_rows(&self.table)?;
        let applied = plan::applied(graph, &heads)?;
        Ok(applied.into_iter().map(|node| version(graph.id(node))).collect())
    }

    /// What is not applied, in an order in which it can be. Fails when one of them has no script
    /// that can be run.
    fn pending_migrations<S: MigrationSource<C::Backend>>(
        &mut self,
        source: S,
    ) -> Result<Vec<Box<dyn Migration<C::Backend>>>> {
        let mut offered = HashMap::new();
        for migration in source.migrations()? {
            let node = self.node(migration.as_ref())?;
            offered.insert(node, migration);
        }
        let GraphMigrations { graph, scripts } = self.migrations;
        let heads = self.connection.version_rows(&self.table)?;
        let plan = plan::upgrade(graph, &heads, &Target::heads())?;
        let mut pending = Vec::new();
        for id in plan.steps.into_iter().filter_map(|step| step.revision) {
            let Some(migration) = graph.find(&id).and_then(|node| offered.remove(&node)) else {
                continue;
            };
            migration::script_of(&id, Direction::Upgrade, scripts, C::DIALECT)
                .map_err(|unfit| HarnessError::Unfit(Box::new(unfit)))?;
            pending.push(migration);
        }
        Ok(pending)
    }

    /// Reverts the one head. With several heads none of them is the last: that is an error.
    fn revert_last_migration<S: MigrationSource<C::Backend>>(
        &mut self,
        source: S,
    ) -> Result<MigrationVersion<'static>> {
        let heads = self.connection.version_rows(&self.table)?;
        let mut rows = heads.iter();
        let last = match (rows.next(), rows.next()) {
            (None, _) => return Err(MigrationError::NoMigrationRun.into()),
            (Some(row), None) => version(row),
            (Some(_), Some(_)) => {
                let heads = heads.iter().cloned().collect();
                return Err(HarnessError::SeveralHeads { heads }.into());
            }
        };
        let migrations = source.migrations()?;
        match migrations.iter().find(|migration| migration.name().version() == last) {
            Some(migration) => self.revert_migration(migration),
            None => Err(MigrationError::UnknownMigrationVersion(last).into()),
        }
    }
}

fn version(id: &RevisionId) -> MigrationVersion<'static> {
    MigrationVersion::from(id.as_str()).as_owned()
}
