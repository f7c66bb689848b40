//! Repeatable scripts on the sites of a command.

use crate::exec::RepeatReport;
use crate::exec::Waiting;
use crate::graph::RevisionId;
use crate::ui::Output;

use super::context::Context;
use super::sites::Site;

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
    /// Whether any script is for `site`.
    pub(super) fn has_repeatables(&self, site: &Site<'_>) -> bool {
        let database = Some(site.settings.name.as_str());
        self.repeatables.scripts().any(|script| script.is_for(database, site.graph))
    }
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
