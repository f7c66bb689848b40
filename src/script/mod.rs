//! Revision files: read, written and named. The only module that touches them.
//!
//! Reading: [`ScriptDirectory`] goes through the version locations and hands each entry to the
//! reader of its format ([`RevisionFile::parse`] for our own `.sql` files, a Diesel directory
//! otherwise); a binary can carry its revisions along ([`Embedded`]), and [`Revisions`] are what
//! either gives, with the graph. Writing: a [`NewRevision`] is named, rendered, read back and only then put on disk
//! ([`Draft`]). Nothing here prints, reads the environment or knows what time it is.

mod converted;
mod diesel_directory;
mod directory;
mod embedded;
mod error;
mod file_name;
mod front_matter;
mod init;
mod new_revision;
mod python_revision;
mod python_template;
mod quoting;
mod repeatable;
mod repeatables;
mod revision_file;
mod revisions;
mod sections;
mod seed;
mod source;
mod stored;
mod template;
mod toml_text;
mod tree;
mod write;

pub use limbeck_sql as sql;

pub use converted::ConvertError;
pub use converted::Converted;
pub use converted::ConvertedSection;
pub use directory::LoadOptions;
pub use directory::LoadedScripts;
pub use directory::ScriptDirectory;
pub use embedded::Embedded;
pub use error::FileAction;
pub use error::PythonError;
pub use error::ScriptError;
pub use error::SyntaxError;
pub use error::SyntaxErrorKind;
pub use file_name::FileNameError;
pub use file_name::Naming;
pub use file_name::slug;
pub use front_matter::duration;
pub use front_matter::line_of_key;
pub use front_matter::milliseconds;
pub use init::InitAction;
pub use init::InitRequest;
pub use init::apply_init;
pub use init::plan_init;
pub use new_revision::Draft;
pub use new_revision::NewRevision;
pub use python_revision::HeaderValues;
pub use python_revision::PythonScript;
pub use python_revision::TellHeader;
pub use python_template::PythonTemplate;
pub use repeatable::RepeatableScript;
pub use repeatables::Repeatable;
pub use repeatables::Repeatables;
pub use repeatables::Unsplit;
pub use revision_file::Direction;
pub use revision_file::RevisionFile;
pub use revision_file::RevisionFormat;
pub use revision_file::RevisionOptions;
pub use revision_file::Section;
pub use revisions::LoadError;
pub use revisions::Revisions;
pub use seed::CsvProblem;
pub use seed::CsvRow;
pub use seed::CsvSeed;
pub use seed::Existing;
pub use seed::Seed;
pub use seed::SeedContent;
pub use seed::SeedDirectory;
pub use seed::SeedFileError;
pub use seed::SeedScope;
pub use seed::SqlSeed;
pub use seed::When;
pub use stored::StoredError;
pub use stored::StoredRevision;
pub use template::INIT_TEMPLATES;
pub use template::InitTemplate;
pub use template::RevisionTemplate;
pub use template::SqlTemplate;
pub use write::write_new;
