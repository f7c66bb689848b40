//! The cases of Alembic's own tests, as tables: what they ask, and what must come of it.
//!
//! `version_traversal.toml` and `revision.toml` ask limbeck's library about graphs. `accounting.toml` says for every test
//! method upstream what became of it.

mod graphs;
mod question;
