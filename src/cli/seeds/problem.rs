//! What can go wrong with seeds.

use std::path::PathBuf;

use crate::exec::SeedError;
use crate::script::SeedFileError;

/// Why seeds are not run, as facts.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum SeedProblem {
    /// They cannot be read.
    #[error(transparent)]
    File(#[from] SeedFileError),
    /// A name that no seed has.
    #[error("there is no seed `{name}` in {}", directory.display())]
    NoSuchSeed { name: String, directory: PathBuf, nearest: Option<String> },
    /// A name that several seeds end with.
    #[error("`{name}` may be any of several seeds")]
    SeveralSeeds { name: String, names: Vec<String> },
    /// A seed that was named and is for nothing that was chosen.
    #[error("seed {seed} is not for any chosen database")]
    Nowhere { seed: String, environments: Vec<String>, has_environment: bool },
    /// One cannot be run.
    #[error("database {database}: {error}")]
    Run { database: String, url: String, seed: Option<String>, error: SeedError },
    /// Something is due on a database that is protected.
    #[error("database {database} is protected: its seeds are not run")]
    Protected { database: String, due: Vec<String>, is_upgrade: bool },
}

impl SeedProblem {
    /// Whether a person has asked to stop.
    pub(in crate::cli) fn is_interruption(&self) -> bool {
        matches!(self, SeedProblem::Run { error, .. } if error.is_interruption())
    }

    /// The database that it is about, if it is about one.
    pub(in crate::cli) fn database(&self) -> Option<&str> {
        match self {
            SeedProblem::Run { database, .. } | SeedProblem::Protected { database, .. } => {
                Some(database)
            }
            _ => None,
        }
    }
}
