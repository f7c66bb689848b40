//! Coming from Django: its migration graph as revisions, and what its databases say is applied.

mod config;
mod history;
mod names;
mod project;
mod revisions;

pub(super) use config::config;
pub(super) use history::Adopted;
pub(super) use history::NotAdopted;
pub(super) use history::read_site;
pub(super) use names::id_of;
pub(super) use project::DjangoProject;
pub(super) use project::Order;
pub(super) use revisions::PythonRule;
pub(super) use revisions::Taken;
pub(super) use revisions::revisions;

use super::exit_code::ExitCode;

/// Why a Django project cannot be taken over.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct DjangoProblem {
    pub(super) code: ExitCode,
    pub(super) message: String,
    pub(super) details: Vec<String>,
    pub(super) hint: Option<String>,
}

impl DjangoProblem {
    fn new(code: ExitCode, message: impl Into<String>) -> Self {
        DjangoProblem { code, message: message.into(), details: Vec::new(), hint: None }
    }

    /// A mistake on the command line.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// A mistake in the project.
    fn project(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Configuration, message)
    }

    /// A history that is not sound.
    fn history(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Integrity, message)
    }

    pub(super) fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
