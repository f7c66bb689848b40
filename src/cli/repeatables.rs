//! Repeatable scripts on the sites of a command.

use crate::exec::Migrator;
use crate::exec::RepeatReport;
use crate::exec::Report;
use crate::exec::RunError;
use crate::exec::RunErrorKind;
use crate::exec::RunOptions;
use crate::exec::Waiting;
use crate::exec::WhichRepeatables;
use crate::graph::RevisionId;
use crate::ui::Output;

use super::context::Context;
use super::error::CliError;
use super::run_arguments::options_of;
use super::sites::Site;
use super::watch::Watch;

/// What keeps `limbeck repeat` from doing anything.
#[derive(Debug, thiserror::Error)]
pub(super) enum RepeatProblem {
    /// The project has no such scripts.
    #[error("the configuration names no directory of repeatable scripts")]
    None,
    /// There is no script of this name.
    #[error("there is no repeatable script `{name}`")]
    NoSuch {
        /// The name.
        name: String,
        /// Those that there are.
        names: Vec<String>,
    },
    /// No database knows of a script of this name.
    #[error("no chosen database knows of a repeatable script `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
}

impl Context {
    /// Says, where there are such scripts, that `what` is not about them.
    pub(super) fn tell_of_repeatables(&self, what: &str, output: &mut Output<'_>) {
        if self.repeatables.is_there() {
            output.remark(format_args!(
                "{what} says nothing of repeatable scripts: limbeck repeat --plan does"
            ));
        }
    }

    /// Whether any script is for `site`.
    pub(super) fn has_repeatables(&self, site: &Site<'_>) -> bool {
        let database = Some(site.settings.name.as_str());
        self.repeatables.scripts().any(|script| script.is_for(database, site.graph))
    }
}

/// Runs scripts on one site.
pub(super) fn run(
    context: &Context,
    site: &Site<'_>,
    which: &WhichRepeatables,
    options: &RunOptions,
    output: &mut Output<'_>,
) -> Result<Report, CliError> {
    let mut database = site.connect(false)?;
    site.check_version_table(database.as_mut())?;
    let heads = database.version_rows().map_err(|error| site.error(error))?.unwrap_or_default();
    let migrator = Migrator::new(site.graph, &context.revisions, options_of(site, options));
    let mut watch = Watch { database: site.name(), output };
    let repeatables =
        migrator.repeat(database.as_mut(), which, &mut watch).map_err(|kind| failed(site, kind))?;
    tell(site.name(), &repeatables, output);
    Ok(Report { repeatables, ..Report::at(&heads) })
}

/// An error of them.
pub(super) fn failed(site: &Site<'_>, kind: RunErrorKind) -> CliError {
    let error = RunError::before_any_step(kind);
    CliError::Run { database: site.name().to_owned(), error }
}

/// Says what was not done, and why.
pub(super) fn tell(database: &str, report: &RepeatReport, output: &mut Output<'_>) {
    for waiting in &report.waiting {
        output.remark(format_args!("repeatable {} {}", waiting.script, waits_for(waiting)));
    }
    for gone in &report.gone {
        output.insist(format_args!(
            "warning: repeatable {gone} ran once, and its file is gone; when a revision has dropped \
             what it made: limbeck repeat --forget {gone} -d {database}"
        ));
    }
}

/// What a script waits for.
pub(super) fn waits_for(waiting: &Waiting) -> String {
    let ids: Vec<&str> = waiting.revisions.iter().map(RevisionId::as_str).collect();
    format!("waits for {}", ids.join(", "))
}
