//! The revision graph.

mod id;
mod revision;

pub use id::BranchLabel;
pub use id::NameError;
pub use id::RevisionId;
pub use revision::Revision;
