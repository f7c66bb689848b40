//! Every command and flag as a user would use it, with whole outputs.

mod editing;
mod init;
mod json;
mod listing;
mod new_revisions;
mod reading;
mod routing;
mod running;
