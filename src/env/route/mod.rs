//! Which revisions run on which database.
//!
//! A database takes the revisions of its branches and what these follow; one without `branches`
//! takes all. The `databases` of a revision narrows that: on any other database it does not
//! exist, and what follows it there follows what it follows. A dependency on a revision that only
//! other databases take is a *need*: these must have applied it first.

mod error;
mod place;
mod routing;
mod rule;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

pub use error::RouteError;
pub use place::line_of_branches;
pub use routing::DatabaseRoute;
pub use routing::Routed;
pub use routing::Routing;
pub use routing::tenants_of;
pub use rule::Rule;
pub use rule::Verdict;
