//! The same for each database, whatever becomes of the others.

use serde_json::Value;

use crate::ui::Output;

use super::error::CliError;
use super::failure;
use super::sites::Site;

/// What went wrong on some of the databases of a command.
#[derive(Debug)]
#[must_use = "who asked is told, and the command ends with it"]
pub(super) struct SiteErrors {
    errors: Vec<CliError>,
    total: usize,
}

/// Does something with each site. One that fails does not keep the others from being done; an
/// output that cannot be written does.
pub(super) fn for_each<'s, 'a>(
    sites: &'s [Site<'a>],
    output: &mut Output<'_>,
    mut work: impl FnMut(&'s Site<'a>, &mut Output<'_>) -> Result<(), CliError>,
) -> Result<SiteErrors, CliError> {
    let mut errors = Vec::new();
    for site in sites {
        match work(site, output) {
            Ok(()) => {}
            Err(error @ CliError::Output(_)) => return Err(error),
            Err(error) => errors.push(error),
        }
    }
    Ok(SiteErrors { errors, total: sites.len() })
}

/// Does something with what each site has answered. One that has not is among the errors.
pub(super) fn for_each_answer<'s, 'a, T>(
    sites: &'s [Site<'a>],
    answers: Vec<Result<T, CliError>>,
    output: &mut Output<'_>,
    mut work: impl FnMut(&'s Site<'a>, T, &mut Output<'_>) -> Result<(), CliError>,
) -> Result<SiteErrors, CliError> {
    let mut answers = answers.into_iter();
    for_each(sites, output, |site, output| match answers.next() {
        Some(answer) => work(site, answer?, output),
        None => Ok(()),
    })
}

impl SiteErrors {
    /// Whether nothing went wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The same with those of databases that nothing could be done with.
    pub(super) fn and(mut self, others: Vec<CliError>) -> Self {
        self.total += others.len();
        self.errors.extend(others);
        self
    }

    /// The same with what went wrong later on some of the databases with which nothing had.
    pub(super) fn and_later(mut self, others: Vec<CliError>) -> Self {
        self.errors.extend(others);
        self
    }

    /// Leaves out the errors that are none where others have succeeded.
    pub(super) fn forgive(&mut self, is_none: impl Fn(&CliError) -> bool) {
        if self.errors.len() < self.total {
            self.errors.retain(|error| !is_none(error));
        }
    }

    /// The errors as they stand in the JSON of the command.
    pub(super) fn as_json(&self) -> Vec<Value> {
        self.errors.iter().map(failure::as_json).collect()
    }

    /// The JSON of the command: `results` under the name `key`, and the errors beside them.
    pub(super) fn with_results(&self, key: &str, results: impl Into<Value>) -> Value {
        self.with_results_and(key, results, None)
    }

    /// The same with an error that is about no single database.
    pub(super) fn with_results_and(
        &self,
        key: &str,
        results: impl Into<Value>,
        error: Option<&CliError>,
    ) -> Value {
        let errors: Vec<_> = self.errors.iter().chain(error).map(failure::as_json).collect();
        serde_json::json!({ key: results.into(), "errors": errors })
    }

    /// What the errors come to.
    ///
    /// # Errors
    /// As [`CliError::of_sites`].
    pub(super) fn into_result(self) -> Result<(), CliError> {
        CliError::of_sites(self.errors, self.total)
    }
}
