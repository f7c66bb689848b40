//! The project's own modules: where Python would find them, and what `env.py` takes from them.
//!
//! Nothing here opens a file: [`Finder`] asks [`Files`], which the engine answers.

mod config_changes;
mod finder;
mod header;
mod naming;
mod roots;

#[cfg(test)]
mod tests;

pub use config_changes::ConfigChanges;
pub use config_changes::config_changes;
pub use finder::Files;
pub use finder::Finder;
pub use header::header_value;
pub use naming::NoConvention;
pub use naming::naming_convention;
pub use roots::Roots;
