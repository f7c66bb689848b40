//! limbeck: a branched schema-migration engine.
//!
//! Revisions are nodes of a graph: a revision follows one or several others, may depend on more,
//! and may carry branch labels. The engine resolves what a user types (`timescale@head`, `-1`)
//! against that graph, plans the steps as a value, and runs them on PostgreSQL, MySQL and SQLite, each
//! step in one transaction with its bookkeeping. The version table is Alembic's.
//!
//! # From a program
//!
//! ```
//! use limbeck::exec::{Migrator, Request, RunOptions, Silent};
//! use limbeck::target::Target;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! static REVISIONS: limbeck::Embedded = limbeck::embed_revisions!("versions");
//! let revisions = REVISIONS.load()?;
//!
//! let url = "sqlite::memory:".parse()?;
//! let mut database = limbeck::db::connect(&url, &limbeck::db::SessionOptions::default())?;
//! let request = Request::Upgrade("postgres@head".parse::<Target>()?);
//! let report = Migrator::new(revisions.graph(), &revisions, RunOptions::default())
//!     .run(database.as_mut(), &request, &mut Silent)?;
//! assert_eq!(report.steps.len(), 8);
//! # Ok(())
//! # }
//! ```
//!
//! # Layers
//!
//! [`graph`], [`target`] and [`plan`] are pure. [`script`] alone touches revision files, [`db`]
//! (and [`diesel_interop`], whose subject it is) alone names diesel, [`ui`] alone prints. [`exec`] carries plans out through the
//! [`db::Database`] trait. The library reads neither the environment nor standard input.

mod bounded_file;
#[cfg(feature = "cli")]
pub mod cli;
pub mod db;
pub mod diesel_interop;
pub mod env;
pub mod exec;
pub mod graph;
pub mod lint;
pub mod plan;
pub mod script;
pub mod target;
#[cfg(feature = "cli")]
pub mod ui;

pub use script::Embedded;

/// What the macros of this crate need at the place of their use.
#[doc(hidden)]
pub mod __private {
    pub use include_dir;
    pub use limbeck_macros::include_package_dir;
}
