//! Several processes on one database, and processes that are stopped in the middle.

mod across;
mod crowd;
mod holders;
mod interrupts;
mod step;
