//! Diesel's migrations and limbeck's, in the same program.
//!
//! * Our revisions on Diesel's side: [`GraphMigrations`] is a source of migrations, and
//!   [`GraphHarness`] runs them on a connection that the application has, in the order of the
//!   graph. What is applied stands in `alembic_version`, so the command line and the application
//!   see the same state.
//! * Diesel's migrations on our side: a `migrations/` directory is a version location like any
//!   other, and forms one linear branch. What Diesel has run of it by then is taken over once,
//!   by [`stamp_targets`] (`limbeck import diesel`).
//!
//! # Why the harness
//!
//! Diesel implements `MigrationHarness` for every connection, and that harness knows no graph: it
//! runs what is pending **in the order of the versions, compared as text**. Ids of revisions are
//! random, so `connection.run_pending_migrations(GraphMigrations::from(&revisions))` runs them in
//! an order that has nothing to do with what follows what, and keeps the result in a table of its
//! own, `__diesel_schema_migrations`. Use [`GraphHarness`]:
//!
//! ```
//! use diesel::Connection;
//! use diesel::sqlite::SqliteConnection;
//! use diesel_migrations::MigrationHarness;
//! use limbeck::diesel_interop::{GraphHarness, GraphMigrations};
//!
//! static REVISIONS: limbeck::Embedded = limbeck::embed_revisions!("versions");
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let revisions = REVISIONS.load()?;
//! let migrations = GraphMigrations::from(&revisions);
//! let mut connection = SqliteConnection::establish(":memory:")?;
//! let mut harness = GraphHarness::new(&mut connection, migrations);
//! harness.run_pending_migrations(migrations)?;
//! assert!(!harness.has_pending_migration(migrations)?);
//! # Ok(())
//! # }
//! ```

mod error;
mod harness;
mod history;
mod migration;
mod source;

#[cfg(test)]
mod tests;

pub use error::HarnessError;
pub use harness::GraphHarness;
pub use history::AdoptionError;
pub use history::stamp_targets;
pub use migration::MigrationFailure;
pub use source::GraphMigrations;

pub use crate::db::ApplicationConnection;
