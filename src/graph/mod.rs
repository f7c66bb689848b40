//! The revision graph: what exists, what follows what, and which names stand for what.
//!
//! Pure: revisions go in as values, answers come out as values. petgraph is inside and never in
//! the interface. The vocabulary is Alembic's (section 3 of its reference): a *head* has no
//! child by down_revision, a *base* no parent, and what counts `depends_on` too says so with
//! [`Edges::All`].

mod build;
mod error;
mod forks;
mod heads;
mod id;
mod labels;
mod nearest;
mod node;
mod order;
mod part;
mod revision;
mod revision_graph;
mod walk;

#[cfg(test)]
pub(crate) mod random;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use build::SHORTEST_UNABBREVIATED;
pub use error::Declared;
pub use error::EdgeKind;
pub use error::GraphError;
pub use error::GraphWarning;
pub use forks::Fork;
pub use heads::HeadChange;
pub use heads::Heads;
pub use id::BranchLabel;
pub use id::NameError;
pub use id::RevisionId;
pub use nearest::nearest;
pub use nearest::nearest_name;
pub use node::Node;
pub use node::NodeSet;
pub use revision::Revision;
pub use revision_graph::Edges;
pub use revision_graph::RevisionGraph;
