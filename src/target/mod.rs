//! Targets: what a user types to name revisions (`timescale@head`, `-1`, `a1b2:head`), parsed
//! once into a value, then resolved against a graph and the rows of a version table.
//!
//! Parsing knows no graph and resolving no text: a [`Target`] is what was typed, a
//! [`Node`](crate::graph::Node) what it means. The forms and their meaning are Alembic's
//! (section 2 of its reference); the differences are listed in `docs/compatibility.md`.

mod error;
mod lookup;
mod parse;
mod resolve;
mod walk;

pub use error::HeadOf;
pub use error::TargetError;
pub use parse::Branch;
pub use parse::ParseTargetError;
pub use parse::Symbol;
pub use parse::Target;
pub use parse::TargetKind;
pub use parse::TargetRange;
pub use resolve::Resolver;
pub(crate) use walk::Spot;
