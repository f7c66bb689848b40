//! Several processes on one database, and processes that are stopped in the middle.

mod across;
mod concurrently;
mod crowd;
mod holders;
mod interrupts;
mod lock_waits;
mod sessions;
mod step;
