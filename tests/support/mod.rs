//! What tests are made of: a project in a directory of its own, the real binary run in it, private servers.
//!
//! ```ignore
//! let env = project()
//!     .revision(revision("a1b2", &[]).label("app"))
//!     .revision(revision("c3d4", &["a1b2"]))
//!     .build();
//! assert_snapshot!(env.run(&["upgrade", "head"]), @"");
//! ```
//!
//! On PostgreSQL: `project().url(postgres().create_database())`; on MariaDB: `project().url(mariadb().create_database())`.

#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]

mod environment;
mod examples;
mod mariadb;
mod output;
mod postgres;
mod programs;
mod project;
mod query;
mod real_python;
mod scratch;

pub(crate) use environment::TestEnvironment;
pub(crate) use examples::{copy_directory, example};
pub(crate) use mariadb::{MariadbServer, mariadb};
pub(crate) use output::{Output, without_create_date};
pub(crate) use postgres::{OwnedDatabase, PASSWORD, PostgresServer, postgres, second_postgres};
pub(crate) use programs::{command_lines, oracle};
pub(crate) use project::{ProjectBuilder, RevisionFile, project, revision};
pub(crate) use query::query;
pub(crate) use real_python::python;
pub(crate) use scratch::{assert_no_scratch_on_mariadb, assert_no_scratch_on_postgres};

/// Filters for `insta`, for the few outputs that show when something happened:
/// `insta::with_settings!({filters => DATES}, { assert_snapshot!(…) })`.
pub(crate) const DATES: [(&str, &str); 1] =
    [(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| UTC|[+-]\d\d:\d\d)?", "$$DATE")];
