//! What a project says about itself: `limbeck.toml`, Alembic's own files, or both, resolved
//! against variables and the place of the files. Variables are looked up through a function that the caller gives; nothing here reads
//! the process environment.

mod alembic;
mod alembic_databases;
mod config_file;
mod env_file;
mod error;
mod files;
mod project;
mod route;
mod variables;

pub use alembic::AlembicProject;
pub use alembic::ConfigPlace;
pub use alembic_databases::alembic_url;
pub use env_file::EnvFile;
pub use error::ConfigError;
pub use error::ConfigErrorKind;
pub use error::MissingVariables;
pub use files::ConfigFileKind;
pub use files::ConfigFiles;
pub use files::ConfigFilesError;
pub use files::LIMBECK_TOML;
pub use project::DatabaseSettings;
pub use project::Project;
pub use project::ScriptSettings;
pub use project::Tables;
pub use project::UrlProblem;
pub use route::DatabaseRoute;
pub use route::RouteError;
pub use route::Routed;
pub use route::Routing;
pub use route::Rule;
pub use route::Verdict;
pub use route::line_of_branches;
pub use variables::Variables;
