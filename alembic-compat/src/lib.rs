//! What Alembic projects consist of, read without Python: the configuration ([`config`]), revision
//! files ([`header`], [`body`]), the template of new ones ([`mako`]), and database URLs as
//! SQLAlchemy takes them ([`url`]).
//!
//! The package knows nothing of the engine: texts and plain values go in, plain values come out. It
//! opens no file and reads no environment; what it must know of them it asks through closures.

pub mod body;
pub mod config;
pub mod env_py;
pub mod eval;
pub mod header;
pub mod hooks;
pub mod ini;
pub mod logging;
pub mod mako;
pub mod op;
mod percent;
pub mod preflight;
pub mod project;
pub mod python;
pub mod sa;
pub mod secrets;
pub mod stdlib;
pub mod third_party;
pub mod url;

pub use percent::PercentError;
pub use percent::Value;
pub use percent::format_percent;

/// Makes every module that limbeck has itself known to an interpreter: SQLAlchemy and Alembic, the
/// standard library, and the stand-ins for other packages, which take the place of some of the
/// first.
pub fn register(interp: &mut eval::Interpreter) {
    sa::register(interp);
    stdlib::register(interp);
    third_party::register(interp);
}
