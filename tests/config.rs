//! The configuration: where values are from, what is said of them, and which databases are chosen.

mod alembic;
mod check;
mod choice;
mod parts;
mod servers;
mod shared;
mod show;
mod variables;
