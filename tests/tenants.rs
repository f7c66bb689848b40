//! Tenants: schemas of one PostgreSQL database, databases of one MySQL server, SQLite files.

mod catalogue;
mod choice;
mod cloning;
mod cloning_schemas;
mod crowd;
mod failing;
mod isolation;
mod names;
mod reverting;
mod runs;
mod sources;
pub(crate) mod support;
mod template;
mod waves;
