//! The project's own modules: where Python would find them, what `env.py` takes from them,
//! and what they change for all revisions.
//!
//! Nothing here opens a file: [`Finder`] asks [`Files`], which the engine answers.

mod config_changes;
mod dotted;
mod finder;
mod header;
mod imports;
mod naming;
mod overrides;
mod registries;
mod roots;

#[cfg(test)]
mod tests;

pub use config_changes::ConfigChanges;
pub use config_changes::config_changes;
pub use finder::Files;
pub use finder::Finder;
pub use header::header_value;
pub use naming::Mode;
pub use naming::NoConvention;
pub use naming::naming_convention;
pub use overrides::Loaded;
pub use overrides::Override;
pub use overrides::ProjectModules;
pub use overrides::overrides;
pub use registries::Registries;
pub use roots::Roots;
