//! The cases of Alembic's own tests, as tables: what they ask, and what must come of it.
//!
//! `version_traversal.toml` and `revision.toml` ask limbeck's library about graphs. The other tables are command lines in Alembic
//! projects, most of them from upstream's tests of commands and of script directories. `accounting.toml` says for every
//! test method upstream what became of it.

mod accounting;
mod graphs;
mod projects;
mod question;
