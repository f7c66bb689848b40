//! What a crash leaves behind: a ten-step run is stopped at each of its effects in turn, by an
//! error or by `kill -9`, and a rerun must end exactly where a run without faults ends.
//!
//! `scenario` is the history that runs, `bench` a database to run it on and what is seen of it
//! afterwards, `child` the process that is killed, `sweep` the loop over all effects.

mod asker;
pub(crate) mod bench;
mod child;
mod doubt;
mod instead;
mod legs;
mod mysql;
pub(crate) mod scenario;
mod sweep;
