//! Repeatable scripts on one site: which are to run, and running them.
//!
//! They run behind the revisions, under the lock of the site. Where DDL can be rolled back all of
//! them are one transaction, with their rows in the journal, so that nobody sees a database without
//! its views. What a script drops takes along whatever depends on it: the views of other scripts
//! are made by these scripts again, and others as they were, with their grants, comments, indexes
//! and triggers.
//!
//! A revision may need views out of its way, since a database refuses to change a column that a
//! view shows. [`aside`] is about that.

mod again;
mod aside;
mod error;
mod making;
mod run;
mod savepoint;
mod standing;
mod views;

use std::time::Duration;

use serde::Serialize;

pub(super) use aside::Aside;
pub use error::RepeatFailure;
pub use error::RepeatFailureKind;
pub use standing::Due;
pub use standing::Reason;
pub use standing::Standing;
pub use standing::Waiting;

/// Which scripts are to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Those that have changed since they ran, and those that never ran.
    Due,
    /// All.
    All,
    /// These, and no others.
    Named(Vec<String>),
}

impl Which {
    fn asks_for(&self, name: &str) -> bool {
        match self {
            Which::Due => false,
            Which::All => true,
            Which::Named(names) => names.iter().any(|one| one == name),
        }
    }

    fn leaves_out(&self, name: &str) -> bool {
        matches!(self, Which::Named(_)) && !self.asks_for(name)
    }
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RepeatReport {
    /// The scripts that ran, in order.
    pub ran: Vec<Repeated>,
    /// Those that wait for revisions.
    pub waiting: Vec<Waiting>,
    /// Scripts that ran once, and whose files are gone.
    pub gone: Vec<String>,
}

impl RepeatReport {
    /// Whether there is nothing to be said.
    pub fn is_empty(&self) -> bool {
        self.ran.is_empty() && self.waiting.is_empty() && self.gone.is_empty()
    }
}

/// A script that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repeated {
    /// The script.
    pub script: String,
    /// Why it ran.
    pub reason: Reason,
    /// How long it took.
    #[serde(rename = "seconds", serialize_with = "crate::exec::report::seconds")]
    pub elapsed: Duration,
}
