//! Diesel's own migrations beside limbeck's: taking over the history that Diesel keeps.

mod history;

pub use history::stamp_targets;
