//! `limbeck db`: databases as a whole, and SQL by hand.

mod backup;
mod create;
mod drop;
mod exec;
mod exec_rows;
mod look;
mod restore;
mod rights;
mod shell;
mod support;
