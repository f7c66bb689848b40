//! What a project says about itself: `limbeck.toml`, resolved against variables and the place of
//! the file. Variables are looked up through a function that the caller gives; nothing here reads
//! the process environment.

mod config_file;
mod error;
mod project;
mod route;
mod variables;

pub use error::ConfigError;
pub use error::ConfigErrorKind;
pub use error::MissingVariables;
pub use project::DatabaseSettings;
pub use project::Project;
pub use project::ScriptSettings;
pub use route::RouteError;
pub use route::Routed;
pub use route::routed_graph;
pub use variables::Variables;
