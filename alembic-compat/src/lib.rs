//! What Alembic projects consist of, read without Python.
//!
//! The package knows nothing of the engine: it turns Alembic's files into plain values. So far it
//! reads the one thing the engine shares with Alembic's configuration: `%(token)s` templates.

pub mod body;
pub mod env_py;
pub mod header;
pub mod mako;
mod percent;
pub mod python;

pub use percent::PercentError;
pub use percent::Value;
pub use percent::format_percent;
