//! Bad input: one clear message, the right exit code, and nothing half-written. Each output is
//! shown whole, as the user sees it.

mod configuration;
mod databases;
mod graph;
mod history;
mod revision_files;
mod statements;
mod usage;
mod writing;
