//! Seeds: files with the rows that a database begins with. A `.sql` file is run as it stands, the
//! rows of a `.csv` file are inserted, or updated where they are already.
//!
//! What a seed is for, its directory says: `seeds/[DATABASE/][tenants/][env/NAME/]FILE`. What else
//! there is to say stands in front matter, which a seed need not have.

mod csv;
mod directory;
mod head;
mod order;

use std::path::PathBuf;

use sha2::Digest as _;
use sha2::Sha256;

use super::error::ScriptError;
use super::error::SyntaxError;
use super::sql::SourcePosition;
use crate::graph::RevisionId;

pub use csv::CsvProblem;
pub use csv::CsvRow;
pub use directory::SeedDirectory;

/// A seed, with all that its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// Its path below the directory of the seeds, with `/` between the parts.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// Where it runs.
    pub scope: SeedScope,
    /// The seeds that run before it.
    pub after: Vec<String>,
    /// The revisions that it needs.
    pub needs: Vec<RevisionId>,
    /// How often it runs.
    pub when: When,
    /// What it does.
    pub content: SeedContent,
    /// SHA-256 of the bytes of the file, in hexadecimal.
    pub raw_digest: String,
}

/// Where a seed runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeedScope {
    /// On which databases; empty for all.
    pub databases: Vec<String>,
    /// In which tenants, by their names or by patterns; `None` where it is for no tenant, but for
    /// what tenants share and for databases without any.
    pub tenants: Option<Vec<String>>,
    /// In which environments; empty for every one, and where none is named.
    pub environments: Vec<String>,
}

/// How often a seed runs on one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once, whatever becomes of its text.
    Once,
    /// Again whenever what it says has changed.
    Changed,
    /// Each time.
    Always,
}

/// What a seed does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeedContent {
    /// Statements.
    Sql(SqlSeed),
    /// Rows of a table.
    Csv(CsvSeed),
}

/// A seed that is SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlSeed {
    /// What stands behind the front matter.
    pub text: String,
    /// Where that begins.
    pub position: SourcePosition,
    /// Whether it holds variables: `{{ tenant }}` and `{{ schema }}`.
    pub is_template: bool,
}

/// A seed that is rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvSeed {
    /// The schema of the table, if it names one.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// The columns by which a row is found again; `None` for the primary key.
    pub key: Option<Vec<String>>,
    /// What becomes of rows that are there already.
    pub existing: Existing,
    /// The columns, as the first line names them.
    pub columns: Vec<String>,
    /// The line that names them.
    pub line: usize,
    /// The rows, each with a value for every column.
    pub rows: Vec<CsvRow>,
}

/// What becomes of a row whose key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It gets the values of the seed.
    Update,
    /// It stays as it is.
    Keep,
}

/// Why seeds cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SeedFileError {
    /// The file, or its front matter.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A directory that says nothing.
    #[error(
        "{}: '{name}' is no database of the configuration, and neither 'tenants' nor 'env'{}",
        path.display(), did_you_mean(.nearest)
    )]
    UnknownDirectory {
        /// The directory.
        path: PathBuf,
        /// Its name.
        name: String,
        /// The database that it resembles.
        nearest: Option<String>,
    },
    /// A directory where another one would have to come first, or a file where none may be.
    #[error("{}: seeds lie in [DATABASE/][tenants/][env/NAME/]", path.display())]
    Misplaced {
        /// What is misplaced.
        path: PathBuf,
    },
    /// Rows that are none.
    #[error("{}:{line}: {problem}", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong.
        problem: CsvProblem,
    },
    /// Seeds that wait for one another.
    #[error("these seeds wait for one another: {}", .names.join(", "))]
    Cycle {
        /// Their names.
        names: Vec<String>,
    },
}

impl From<Box<SyntaxError>> for SeedFileError {
    fn from(error: Box<SyntaxError>) -> Self {
        SeedFileError::Script(ScriptError::Syntax(error))
    }
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or_else(String::new, |word| format!(", did you mean '{word}'?"))
}

impl CsvSeed {
    /// SHA-256 of what it says, however it is quoted and wherever its lines end, in hexadecimal.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: Option<&str>| match text {
            None => hash.update(b"-"),
            Some(text) => {
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text.as_bytes());
            }
        };
        add(self.schema.as_deref());
        add(Some(&self.table));
        add(match self.existing {
            Existing::Update => Some("update"),
            Existing::Keep => Some("keep"),
        });
        let key = self.key.as_ref().map(|key| key.join("\0"));
        add(key.as_deref());
        self.columns.iter().for_each(|column| add(Some(column)));
        for row in &self.rows {
            add(Some("row"));
            row.values.iter().for_each(|value| add(value.as_deref()));
        }
        hex(&hash.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
