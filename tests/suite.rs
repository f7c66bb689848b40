//! The integration tests of limbeck: one binary, so that it links once.
//!
//! `./test` prepares the machine and runs everything; `./test some_name` runs what matches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed; clippy knows test functions, not their helpers"
)]

mod alembic_cases;
mod alembic_projects;
mod bad_input;
mod commands;
mod concurrency;
mod config;
mod db_commands;
mod diesel;
mod differential;
mod django;
mod faults;
mod fleet;
mod golden;
mod health;
mod hooks;
mod journal;
mod mysql;
mod parted;
mod plans;
mod python_bodies;
mod readme;
mod reference;
mod repeatable;
mod routes;
mod scenarios;
mod seeds;
mod sessions;
mod smoke;
mod support;
mod tenants;
mod verify;
mod worked_history;
