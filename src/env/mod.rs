//! What a project says about itself: `limbeck.toml`, Alembic's own files, or both, resolved
//! against variables and the place of the files. Variables are looked up through a function that the caller gives; nothing here reads
//! the process environment.

mod alembic;
mod alembic_databases;
mod config_file;
mod database;
mod env_file;
mod error;
mod files;
mod location;
mod project;
mod route;
mod scripts;
mod setting;
mod text;
mod variable_file;
mod variables;
mod watching;

pub use alembic::AlembicProject;
pub use alembic::ConfigPlace;
pub use alembic_databases::alembic_url;
pub use database::DatabaseSettings;
pub use database::Tables;
pub use database::ValueProblem;
pub use env_file::EnvFile;
pub use error::ConfigError;
pub use error::ConfigErrorKind;
pub use error::MissingVariables;
pub use error::SecretFileError;
pub use files::ConfigFileKind;
pub use files::ConfigFiles;
pub use files::ConfigFilesError;
pub use files::LIMBECK_TOML;
pub use project::Examined;
pub use project::Project;
pub use route::DatabaseRoute;
pub use route::RouteError;
pub use route::Routed;
pub use route::Routing;
pub use route::Rule;
pub use route::Verdict;
pub use route::line_of_branches;
pub use scripts::ScriptSettings;
pub use setting::Origin;
pub use setting::Setting;
pub use text::ServerFlags;
pub use variable_file::VariableFile;
pub use variable_file::VariableLineError;
pub use variables::MissingVariable;
pub use variables::VariableSource;
pub use variables::Variables;
pub use watching::FailureHooks;
pub use watching::HealthSettings;
pub use watching::OnFailureSettings;
pub use watching::Webhook;
