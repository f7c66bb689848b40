//! What can go wrong with a revision that is handed over.

use std::ffi::OsString;

/// Why Python has not run a revision to its end.
#[derive(Debug, thiserror::Error)]
pub enum HandoffError {
    /// The interpreter cannot be started.
    #[error("{} cannot be started: {source}", program.display())]
    Start {
        /// The interpreter.
        program: OsString,
        /// What the system said.
        source: std::io::Error,
    },
    /// The interpreter has no Alembic.
    #[error("Python has no Alembic ({message})")]
    NoAlembic {
        /// The interpreter and what it said.
        message: String,
    },
    /// Its Alembic is too old.
    #[error("Alembic {version} is older than 1.8, the first that revisions can be handed to")]
    OldAlembic {
        /// Its version.
        version: String,
    },
    /// env.py leads to another database.
    #[error(
        "env.py has opened another database than limbeck: {} instead of {}",
        theirs.join(", "), ours.join(", ")
    )]
    OtherDatabase {
        /// What limbeck has.
        ours: Vec<String>,
        /// What env.py has opened.
        theirs: Vec<String>,
    },
    /// env.py or Alembic does not do what is needed.
    #[error("{message}")]
    Environment {
        /// What it does.
        message: String,
    },
    /// An exception before the revision began: in env.py, or while the revisions were loaded.
    #[error("before the revision began: {class}: {message}")]
    Before {
        /// Its class.
        class: String,
        /// What it says.
        message: String,
    },
    /// An exception of the revision.
    #[error("{class}: {message}")]
    Raised {
        /// Its class.
        class: String,
        /// What it says.
        message: String,
    },
    /// The revision came to its end, and then env.py did not commit.
    #[error("{message}")]
    NotCommitted {
        /// What it has not committed.
        message: String,
    },
    /// Python ended before it had begun with the revision.
    #[error("Python ended ({status}) before it began with the revision")]
    EndedBefore {
        /// How.
        status: String,
    },
    /// Python ended within the revision, and nobody knows how far it came.
    #[error("Python ended ({status}) within the revision")]
    Ended {
        /// How.
        status: String,
    },
    /// The run was asked to stop.
    #[error("the run was asked to stop")]
    Interrupted {
        /// Whether the revision had begun.
        has_begun: bool,
    },
    /// What Python said makes no sense.
    #[error("an answer of Python that limbeck does not know")]
    Protocol,
}

impl HandoffError {
    /// Whether nobody knows whether the revision took effect.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, HandoffError::Ended { .. } | HandoffError::Protocol)
    }

    /// Whether nothing of the revision was begun.
    pub fn is_before(&self) -> bool {
        let has_begun = matches!(
            self,
            HandoffError::Raised { .. }
                | HandoffError::NotCommitted { .. }
                | HandoffError::Interrupted { has_begun: true }
        );
        !self.is_in_doubt() && !has_begun
    }

    /// The way out.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            HandoffError::Start { .. } => {
                "name the project's interpreter: python_program = \"…\" in limbeck.toml, or activate \
                 its virtual environment"
            }
            HandoffError::NoAlembic { .. } => {
                "install the project's requirements for this interpreter, or name another: \
                 python_program = \"…\" in limbeck.toml"
            }
            HandoffError::OldAlembic { .. } => "upgrade Alembic in the project's environment",
            HandoffError::OtherDatabase { .. } => {
                "env.py decides on its URL by itself: let both read the same setting or variable"
            }
            HandoffError::NotCommitted { .. } => {
                "let env.py run the migrations in `with context.begin_transaction():`, or commit at \
                 its end what it has begun before; `alembic upgrade` would lose the revision too"
            }
            HandoffError::EndedBefore { .. } | HandoffError::Before { .. } => {
                "`alembic current` shows whether the project's env.py works by itself"
            }
            _ => return None,
        })
    }
}
