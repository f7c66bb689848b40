//! What a user sees. The only module that prints: results go to standard output, talk goes to
//! standard error, and nothing else writes to either.

mod entry;
mod json;
mod output;
mod progress;
mod sql_log;
mod table;

pub use entry::Entry;
pub use json::RevisionJson;
pub use output::Log;
pub use output::Output;
pub use progress::Progress;
pub use sql_log::SqlLog;
pub use table::Table;
pub use table::printable;
