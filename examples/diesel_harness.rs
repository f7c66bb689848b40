//! A program that has its own Diesel connection runs limbeck's revisions on it, through Diesel's
//! `MigrationHarness`.
//!
//! `cargo run --example diesel_harness`

#![expect(clippy::print_stdout, reason = "showing is what an example is for")]

use std::error::Error;

use diesel::Connection;
use diesel::sqlite::SqliteConnection;
use diesel_migrations::MigrationHarness;
use limbeck::diesel_interop::GraphHarness;
use limbeck::diesel_interop::GraphMigrations;

static REVISIONS: limbeck::Embedded = limbeck::embed_revisions!("versions");

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let revisions = REVISIONS.load()?;
    let migrations = GraphMigrations::from(&revisions);

    // Whatever connection the application has; from a pool, for instance.
    let mut connection = SqliteConnection::establish(":memory:")?;

    // Not `connection.run_pending_migrations(...)`: Diesel's own harness knows no graph, and
    // would run them in the order of their ids.
    let mut harness = GraphHarness::new(&mut connection, migrations);
    for migration in harness.pending_migrations(migrations)? {
        println!("pending: {}", migration.name());
    }
    let run = harness.run_pending_migrations(migrations)?.len();
    println!("{run} migrations were run");

    // The newest first; what is applied is kept in `alembic_version`, as the heads of the graph.
    let applied = harness.applied_migrations()?;
    if let Some(newest) = applied.first() {
        println!("the newest of {} is {newest}", applied.len());
    }
    Ok(())
}
