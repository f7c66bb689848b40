//! Every command and flag as a user would use it, with whole outputs.

mod editing;
mod id_lengths;
mod init;
mod json;
mod json_failing;
mod listing;
mod new_revisions;
mod offline;
mod offline_lookup;
mod offline_refused;
mod reading;
mod routing;
mod running;
